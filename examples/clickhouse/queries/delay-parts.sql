-- SPDX-License-Identifier: Apache-2.0
-- board: mail-flow
-- panel: lines
-- title: Where the time goes
-- unit: s
-- means: Mean of the four parts of delays=: before the queue manager, in it (deferred mail waits there), connecting, sending.
SELECT
    $__timeInterval(event_created) AS time,
    avg(before_queue) AS before,
    avg(in_queue) AS queued,
    avg(connecting) AS connecting,
    avg(sending) AS sending
FROM postfix.deliveries
WHERE $__timeFilter(event_created)
  AND $__conditionalAll(event_source IN (${host:singlequote}), $host)
  AND hop <> 'internal' AND status = 'sent'
GROUP BY time
ORDER BY time
