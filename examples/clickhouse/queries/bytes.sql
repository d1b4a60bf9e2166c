-- SPDX-License-Identifier: Apache-2.0
-- board: mail-flow
-- panel: lines
-- title: Volume
-- unit: bytes
-- means: Bytes of the mails that ended.
SELECT
    $__timeInterval(event_created) AS time,
    sum(ifNull(email_size, 0)) AS bytes
FROM postfix.mails
WHERE $__timeFilter(event_created)
  AND $__conditionalAll(event_source IN (${host:singlequote}), $host)
  AND vendor_verdict <> 'handed_over'
GROUP BY time
ORDER BY time
