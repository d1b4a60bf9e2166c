-- SPDX-License-Identifier: Apache-2.0
-- board: access
-- panel: table
-- title: Addresses that fail to log in
-- unit: short
-- means: Tries by address, and how many names were tried; - is a try of which the server tells no name (Postfix before 3.10).
SELECT
    client,
    any(client_name) AS name,
    any(country) AS country,
    sum(tries) AS failed,
    uniqExactIf(user, user <> '') AS users,
    arrayStringConcat(arraySort(groupUniqArray(5)(if(user = '', '-', user))), ', ') AS some,
    max(event_created) AS last
FROM postfix.logins
WHERE $__timeFilter(event_created)
  AND $__conditionalAll(event_source IN (${host:singlequote}), $host)
  AND outcome = 'failure'
GROUP BY client
ORDER BY failed DESC, client
LIMIT 50
