-- SPDX-License-Identifier: Apache-2.0
-- board: access
-- panel: stat
-- title: Logins
-- unit: short
-- means: Tries to log in as the server tells them, each once (doc/story.md), the users who got in, and addresses that failed.
SELECT
    countIf(outcome = 'success') AS logins,
    sumIf(tries, outcome = 'failure') AS failed,
    uniqExactIf(user, outcome = 'success' AND user <> '') AS users,
    uniqExactIf(client, outcome = 'failure' AND client <> '') AS "failing addresses"
FROM postfix.logins
WHERE $__timeFilter(event_created)
  AND $__conditionalAll(event_source IN (${host:singlequote}), $host)
