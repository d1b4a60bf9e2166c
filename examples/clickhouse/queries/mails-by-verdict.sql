-- SPDX-License-Identifier: Apache-2.0
-- board: mail-flow
-- panel: bars
-- title: Mails by verdict
-- unit: short
-- means: Mails by what became of them, at the time of their end. handed_over (to a content filter of our own) is left out: its mail is counted when that ends.
SELECT
    $__timeInterval(event_created) AS time,
    if(vendor_verdict = '', 'unknown', vendor_verdict) AS verdict,
    count() AS mails
FROM postfix.mails
WHERE $__timeFilter(event_created)
  AND $__conditionalAll(event_source IN (${host:singlequote}), $host)
  AND vendor_verdict <> 'handed_over'
GROUP BY time, verdict
ORDER BY time, verdict
