-- SPDX-License-Identifier: Apache-2.0
-- board: mail-flow
-- panel: stat
-- title: Mails
-- unit: short
-- means: Mails that ended in the time chosen, each counted once by its newest record, and what became of them. Incomplete: lines of the mail are missing.
SELECT
    count() AS mails,
    countIf(vendor_verdict = 'delivered') AS delivered,
    countIf(vendor_verdict = 'partly') AS partly,
    countIf(vendor_verdict IN ('bounced', 'expired')) AS failed,
    countIf(vendor_verdict = 'rejected') AS rejected,
    countIf(vendor_verdict IN ('discarded', 'deleted', 'canceled')) AS dropped,
    countIf(vendor_incomplete = 'true') AS incomplete
FROM postfix.mails
WHERE $__timeFilter(event_created)
  AND $__conditionalAll(event_source IN (${host:singlequote}), $host)
  AND vendor_verdict <> 'handed_over'
