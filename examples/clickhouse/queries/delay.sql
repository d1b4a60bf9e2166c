-- SPDX-License-Identifier: Apache-2.0
-- board: mail-flow
-- panel: lines
-- title: Delay of what was delivered
-- unit: s
-- means: From arrival to delivery, half of the deliveries and the slowest tenth and hundredth.
SELECT
    $__timeInterval(event_created) AS time,
    quantile(0.5)(delay) AS p50,
    quantile(0.9)(delay) AS p90,
    quantile(0.99)(delay) AS p99
FROM postfix.deliveries
WHERE $__timeFilter(event_created)
  AND $__conditionalAll(event_source IN (${host:singlequote}), $host)
  AND hop <> 'internal' AND status = 'sent'
GROUP BY time
ORDER BY time
