-- SPDX-License-Identifier: Apache-2.0
-- board: access
-- panel: bars
-- title: Refused, by reason
-- unit: short
-- means: Commands and connections that were turned away, by class of reason (doc/reasons.md).
SELECT
    $__timeInterval(event_created) AS time,
    if(reason = '', 'other', reason) AS reason_class,
    count() AS refused
FROM postfix.refusals
WHERE $__timeFilter(event_created)
  AND $__conditionalAll(event_source IN (${host:singlequote}), $host)
GROUP BY time, reason_class
ORDER BY time, reason_class
