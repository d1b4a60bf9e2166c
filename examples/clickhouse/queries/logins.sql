-- SPDX-License-Identifier: Apache-2.0
-- board: access
-- panel: bars
-- title: Logins by outcome
-- unit: short
-- means: Failed tries beside logins; a rise of one without the other is guessing, or a server that can not check passwords.
SELECT
    $__timeInterval(event_created) AS time,
    outcome,
    sum(tries) AS logins
FROM postfix.logins
WHERE $__timeFilter(event_created)
  AND $__conditionalAll(event_source IN (${host:singlequote}), $host)
GROUP BY time, outcome
ORDER BY time, outcome
