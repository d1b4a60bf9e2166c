-- SPDX-License-Identifier: Apache-2.0
-- board: mail-flow
-- panel: table
-- title: Recipient domains
-- unit: short
-- means: Domains with most deliveries; deferred counts tries, so one mail may be there more than once.
SELECT
    to_domain AS domain,
    countIf(status = 'sent') AS sent,
    countIf(status = 'deferred') AS deferred,
    countIf(status = 'bounced') AS bounced,
    countIf(status = 'expired') AS expired,
    round(quantileIf(0.5)(delay, status = 'sent'), 1) AS "median delay (s)"
FROM postfix.deliveries
WHERE $__timeFilter(event_created)
  AND $__conditionalAll(event_source IN (${host:singlequote}), $host)
  AND hop <> 'internal'
GROUP BY domain
ORDER BY count() DESC, domain
LIMIT 50
