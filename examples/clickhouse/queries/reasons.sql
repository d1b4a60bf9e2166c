-- SPDX-License-Identifier: Apache-2.0
-- board: mail-flow
-- panel: table
-- title: Why mail is deferred or bounced
-- unit: short
-- means: Classes of reasons (doc/reasons.md), next hops, and the last answer.
SELECT
    if(reason = '', 'other', reason) AS reason_class,
    status,
    relay,
    count() AS deliveries,
    uniqExact(event_source, vendor_instance, email_uid) AS mails,
    argMax(reply, event_created) AS "last answer"
FROM postfix.deliveries
WHERE $__timeFilter(event_created)
  AND $__conditionalAll(event_source IN (${host:singlequote}), $host)
  AND status <> 'sent'
GROUP BY reason_class, status, relay
ORDER BY deliveries DESC, reason_class, status, relay
LIMIT 50
