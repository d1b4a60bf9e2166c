-- SPDX-License-Identifier: Apache-2.0
-- board: access
-- panel: bars
-- title: Alerts by rule
-- unit: short
-- means: Lines that took a rule of alerts over its limit (doc/alerts.md).
SELECT
    $__timeInterval(event_created) AS time,
    rule,
    count() AS alerts
FROM postfix.alerts
WHERE $__timeFilter(event_created)
  AND $__conditionalAll(event_source IN (${host:singlequote}), $host)
GROUP BY time, rule
ORDER BY time, rule
