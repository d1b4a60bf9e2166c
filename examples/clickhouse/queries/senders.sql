-- SPDX-License-Identifier: Apache-2.0
-- board: mail-flow
-- panel: table
-- title: Sender domains
-- unit: short
-- means: Domains of envelope senders; - is the null sender of notices.
SELECT
    if(from_domain = '', '-', from_domain) AS domain,
    count() AS mails,
    sum(ifNull(vendor_count_recipients, 0)) AS recipients,
    sum(ifNull(vendor_count_bounced, 0)) AS bounced,
    sum(ifNull(email_size, 0)) AS bytes
FROM postfix.mails
WHERE $__timeFilter(event_created)
  AND $__conditionalAll(event_source IN (${host:singlequote}), $host)
  AND vendor_verdict <> 'handed_over'
GROUP BY domain
ORDER BY mails DESC, domain
LIMIT 50
