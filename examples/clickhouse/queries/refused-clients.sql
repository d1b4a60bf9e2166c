-- SPDX-License-Identifier: Apache-2.0
-- board: access
-- panel: table
-- title: Clients that are refused
-- unit: short
-- means: Who is turned away most, and the last answer.
SELECT
    client,
    any(client_name) AS name,
    count() AS refused,
    arrayStringConcat(arraySort(groupUniqArray(5)(if(reason = '', 'other', reason))), ', ') AS reasons,
    argMax(reply, event_created) AS "last answer",
    max(event_created) AS last
FROM postfix.refusals
WHERE $__timeFilter(event_created)
  AND $__conditionalAll(event_source IN (${host:singlequote}), $host)
GROUP BY client
ORDER BY refused DESC, client
LIMIT 50
