-- SPDX-License-Identifier: Apache-2.0
-- board: mail-flow
-- panel: table
-- title: Way of a mail
-- unit: short
-- means: All lines of the flow of the queue id, message-id, mail id or trace id in the field id at the top, on all hosts.
WITH trim(BOTH '<>' FROM ${id:singlequote}) AS id -- as headers have a Message-ID
SELECT event_created, event_source, vendor_daemon AS daemon, email_uid, vendor_event_type AS event, email_from, email_to,
    vendor_status AS status, vendor_relay_host AS relay, vendor_verdict AS verdict, vendor_event_outcome_reason AS reply
FROM postfix.lines
WHERE trace_id IN (
    SELECT trace_id FROM postfix.lines
    WHERE $__timeFilter(event_created) AND trace_id <> '' AND id <> ''
      AND id IN (email_uid, email_message_id, vendor_mail_id, trace_id))
ORDER BY event_created
LIMIT 1000
