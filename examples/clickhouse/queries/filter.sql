-- SPDX-License-Identifier: Apache-2.0
-- board: mail-flow
-- panel: bars
-- title: What filters say
-- unit: short
-- means: Verdicts of amavis, rspamd, SpamAssassin and others on the mails that ended; nothing where no filter is in products.
SELECT
    $__timeInterval(event_created) AS time,
    vendor_filter_verdict AS verdict,
    count() AS mails
FROM postfix.mails
WHERE $__timeFilter(event_created)
  AND $__conditionalAll(event_source IN (${host:singlequote}), $host)
  AND vendor_verdict <> 'handed_over' AND vendor_filter_verdict <> ''
GROUP BY time, verdict
ORDER BY time, verdict
