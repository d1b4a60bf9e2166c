-- SPDX-License-Identifier: Apache-2.0
-- board: access
-- panel: table
-- title: Alerts
-- unit: short
-- means: The newest alerts, whose limit it is, and what was counted.
SELECT event_created, severity, rule, key, value, most AS "limit", seconds, held, event_source, user, client, email_uid
FROM postfix.alerts
WHERE $__timeFilter(event_created)
  AND $__conditionalAll(event_source IN (${host:singlequote}), $host)
ORDER BY event_created DESC
LIMIT 200
