-- SPDX-License-Identifier: Apache-2.0
-- board: access
-- panel: table
-- title: Hosts
-- unit: short
-- means: When each host last wrote a line, in the last seven days, whatever the time chosen: one that is silent is not one without mail.
SELECT event_source, newest, round(dateDiff('second', newest, now64(6)) / 60) AS "minutes ago", lines
FROM postfix.hosts
ORDER BY newest
