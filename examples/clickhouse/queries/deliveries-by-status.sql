-- SPDX-License-Identifier: Apache-2.0
-- board: mail-flow
-- panel: bars
-- title: Deliveries by status
-- unit: short
-- means: Tries to deliver to a recipient outside of our own hosts, by Postfix's status. Many deferred ones are a next hop that does not take mail.
SELECT
    $__timeInterval(event_created) AS time,
    status,
    count() AS deliveries
FROM postfix.deliveries
WHERE $__timeFilter(event_created)
  AND $__conditionalAll(event_source IN (${host:singlequote}), $host)
  AND hop <> 'internal'
GROUP BY time, status
ORDER BY time, status
