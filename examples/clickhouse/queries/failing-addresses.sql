-- SPDX-License-Identifier: Apache-2.0
-- board: access
-- panel: table
-- title: Addresses that fail to log in
-- unit: short
-- means: Tries by address; users are - where the server does not tell a name (Postfix before 3.10).
SELECT
    client,
    any(client_name) AS name,
    any(country) AS country,
    sum(tries) AS failed,
    uniqExact(user) AS users,
    arrayStringConcat(arraySort(groupUniqArray(5)(if(user = '', '-', user))), ', ') AS some,
    max(event_created) AS last
FROM postfix.logins
WHERE $__timeFilter(event_created)
  AND $__conditionalAll(event_source IN (${host:singlequote}), $host)
  AND outcome = 'failure'
GROUP BY client
ORDER BY failed DESC, client
LIMIT 50
