-- SPDX-License-Identifier: Apache-2.0
-- board: access
-- panel: table
-- title: Users with failed logins
-- unit: short
-- means: Names that were tried, from how many addresses, and whether somebody got in as well: that one is worth a look.
SELECT
    user,
    sumIf(tries, outcome = 'failure') AS failed,
    uniqExactIf(client, outcome = 'failure') AS addresses,
    countIf(outcome = 'success') AS logins,
    maxIf(event_created, outcome = 'failure') AS "last failure"
FROM postfix.logins
WHERE $__timeFilter(event_created)
  AND $__conditionalAll(event_source IN (${host:singlequote}), $host)
  AND user <> ''
GROUP BY user
HAVING failed > 0
ORDER BY failed DESC, user
LIMIT 50
