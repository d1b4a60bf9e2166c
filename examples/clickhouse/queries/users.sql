-- SPDX-License-Identifier: Apache-2.0
-- board: access
-- panel: table
-- title: Users by addresses
-- unit: short
-- means: Who logs in from how many addresses and countries.
SELECT
    user,
    count() AS logins,
    uniqExact(client) AS addresses,
    arrayStringConcat(arraySort(groupUniqArray(country)), ' ') AS countries,
    max(event_created) AS last
FROM postfix.logins
WHERE $__timeFilter(event_created)
  AND $__conditionalAll(event_source IN (${host:singlequote}), $host)
  AND outcome = 'success' AND user <> ''
GROUP BY user
ORDER BY addresses DESC, logins DESC, user
LIMIT 50
