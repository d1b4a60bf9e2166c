-- SPDX-License-Identifier: Apache-2.0
-- board: mail-flow
-- panel: table
-- title: Way of a mail
-- unit: short
-- means: All lines of the flow of the queue id, message-id, mail id or trace id in the field id at the top, on all hosts.
SELECT event_created, event_source, vendor_daemon AS daemon, email_uid, vendor_event_type AS event, email_from, email_to,
    vendor_status AS status, vendor_relay_host AS relay, vendor_verdict AS verdict, vendor_event_outcome_reason AS reply
FROM postfix.lines
WHERE trace_id IN (
    SELECT trace_id FROM postfix.lines
    WHERE $__timeFilter(event_created) AND trace_id <> '' AND ${id:singlequote} <> ''
      AND (email_uid = ${id:singlequote} OR email_message_id = ${id:singlequote} OR vendor_mail_id = ${id:singlequote} OR trace_id = ${id:singlequote}))
ORDER BY event_created
LIMIT 1000
