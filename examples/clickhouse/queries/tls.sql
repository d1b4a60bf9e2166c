-- SPDX-License-Identifier: Apache-2.0
-- board: mail-flow
-- panel: table
-- title: TLS
-- unit: short
-- means: Protocol of the connection that a mail came by, and of the deliveries to other hosts; none is in clear (or by a socket).
SELECT 'in' AS way, if(vendor_tls_version = '', 'none', vendor_tls_version) AS version, count() AS connections
FROM postfix.mails
WHERE $__timeFilter(event_created)
  AND $__conditionalAll(event_source IN (${host:singlequote}), $host)
  AND vendor_verdict <> 'handed_over' AND source_ip IS NOT NULL
GROUP BY version
UNION ALL
SELECT 'out' AS way, if(tls = '', 'none', tls) AS version, count() AS connections
FROM postfix.deliveries
WHERE $__timeFilter(event_created)
  AND $__conditionalAll(event_source IN (${host:singlequote}), $host)
  AND hop <> 'internal' AND status = 'sent' AND daemon NOT IN ('local', 'virtual', 'pipe', 'discard')
GROUP BY version
ORDER BY way, connections DESC, version
