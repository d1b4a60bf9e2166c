-- SPDX-License-Identifier: Apache-2.0
-- board: access
-- panel: table
-- title: Mail of users
-- unit: short
-- means: Mails and recipients of those who log in; bounced ones are what a stolen account makes many of.
SELECT
    user_name AS user,
    count() AS mails,
    sum(ifNull(vendor_count_recipients, 0)) AS recipients,
    sum(ifNull(vendor_count_bounced, 0)) AS bounced,
    uniqExact(client) AS addresses
FROM postfix.mails
WHERE $__timeFilter(event_created)
  AND $__conditionalAll(event_source IN (${host:singlequote}), $host)
  AND user_name <> '' AND vendor_verdict <> 'handed_over'
GROUP BY user
ORDER BY recipients DESC, user
LIMIT 50
