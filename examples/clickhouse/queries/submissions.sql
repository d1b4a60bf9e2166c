-- SPDX-License-Identifier: Apache-2.0
-- board: access
-- panel: table
-- title: Mail of users
-- unit: short
-- means: Mails and recipients of those who log in; bounced ones are what a stolen account makes many of. Addresses are those that they came from, not a content filter's.
SELECT
    user_name AS user,
    countIf(vendor_verdict <> 'handed_over') AS mails,
    sumIf(ifNull(vendor_count_recipients, 0), vendor_verdict <> 'handed_over') AS recipients,
    sumIf(ifNull(vendor_count_bounced, 0), vendor_verdict <> 'handed_over') AS bounced,
    uniqExactIf(client, vendor_parent_mail_id = '' AND client <> '') AS addresses
FROM postfix.mails
WHERE $__timeFilter(event_created)
  AND $__conditionalAll(event_source IN (${host:singlequote}), $host)
  AND user_name <> ''
GROUP BY user
HAVING mails > 0
ORDER BY recipients DESC, user
LIMIT 50
