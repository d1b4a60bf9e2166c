-- SPDX-License-Identifier: Apache-2.0
-- After views.sql: flows over several collectors (doc/scale.md), each of which knows the mails of its own hosts. All have the same
-- ownrelays, with =HOST as in event_source and with the addresses that the hosts send from.
--
--   SELECT * FROM postfix.mail_flows(since='2026-08-21 00:00:00', until='2026-08-22 00:00:00')

-- What a mail handed to another own host: once for all recipients of one delivery. queue_id: '' where the reply named none.
CREATE OR REPLACE VIEW postfix.mail_hops AS
SELECT
    vendor_mail_id AS mail_id, if(records.trace_id = '', vendor_mail_id, records.trace_id) AS trace_id, lower(event_source) AS host,
    email_message_id AS message_id,
    lower(r.2) AS target, if(r.3 = '-', '', r.3) AS queue_id, max(parseDateTime64BestEffortOrZero(r.4, 6, 'UTC')) AS told
FROM postfix.records FINAL
ARRAY JOIN arrayZip(
    vendor_recipients_status,
    arrayResize(vendor_recipients_own_host, length(vendor_recipients_status), '-'),
    arrayResize(vendor_recipients_queued_as, length(vendor_recipients_status), '-'),
    arrayResize(vendor_recipients_time, length(vendor_recipients_status), '-')) AS r
WHERE event_created >= {since:DateTime64(6, 'UTC')} AND event_created < {until:DateTime64(6, 'UTC')}
  AND r.1 = 'sent' AND r.2 NOT IN ('', '-')
GROUP BY mail_id, trace_id, host, message_id, target, queue_id;

-- A mail as a child; one without a trace is alone: from which own host it came ('': from elsewhere; NULL: no client is known), and whether its collector joined it.
CREATE OR REPLACE VIEW postfix.mail_children AS
SELECT
    vendor_mail_id AS mail_id, if(records.trace_id = '', vendor_mail_id, records.trace_id) AS trace_id, lower(event_source) AS host, email_uid AS uid, email_message_id AS message_id,
    vendor_parent_mail_id = '' OR vendor_link = 'weak' AS alone,
    multiIf(vendor_client_own_host <> '', lower(toString(vendor_client_own_host)), source_ip IS NOT NULL OR source_hostname <> '', '', NULL) AS client_host,
    if(toUnixTimestamp64Micro(vendor_mail_arrival) = 0, event_created, vendor_mail_arrival) AS arrived
FROM postfix.records FINAL
WHERE event_created >= {since:DateTime64(6, 'UTC')} AND event_created < {until:DateTime64(6, 'UTC')};

-- Which mail came from which. A queue id is given again, so that the host and the time belong to it: the next host has the mail before
-- the one that sent it tells so, by at most the ten minutes that Postfix waits for the end of DATA. Of several one that came from
-- that host, then the nearest, in both directions; those that a collector joined itself take part, so that nobody takes their place.
CREATE OR REPLACE VIEW postfix.mail_named AS
SELECT mail_id, trace_id, parent_id, parent_trace, alone FROM (
    SELECT
        c.mail_id AS mail_id, c.trace_id AS trace_id, c.alone AS alone, h.mail_id AS parent_id, h.trace_id AS parent_trace,
        abs(dateDiff('microsecond', c.arrived, h.told)) AS apart, c.client_host IS NULL AS stranger,
        row_number() OVER (PARTITION BY c.mail_id ORDER BY stranger, apart, parent_id) AS of_child,
        row_number() OVER (PARTITION BY h.mail_id, h.target, h.queue_id ORDER BY stranger, apart, c.mail_id) AS of_hop
    FROM postfix.mail_hops(since={since:DateTime64(6, 'UTC')}, until={until:DateTime64(6, 'UTC')}) AS h
    INNER JOIN postfix.mail_children(since={since:DateTime64(6, 'UTC')}, until={until:DateTime64(6, 'UTC')}) AS c
        ON c.host = h.target AND c.uid = h.queue_id
    WHERE h.queue_id <> '' AND ifNull(c.client_host, h.host) = h.host
      AND c.arrived BETWEEN h.told - INTERVAL 10 MINUTE AND h.told + INTERVAL 2 SECOND)
WHERE of_child = 1 AND of_hop = 1;

-- And where the reply had no queue id: the same Message-ID, from that host, in that time. The nearest before and behind are looked at
-- alone, since strangers can give thousands of mails one Message-ID.
CREATE OR REPLACE VIEW postfix.mail_alike AS
SELECT h.target AS target, h.message_id AS message_id, h.host AS host, h.told AS at, 1 AS is_hop, h.mail_id AS mail_id, h.trace_id AS trace_id
FROM postfix.mail_hops(since={since:DateTime64(6, 'UTC')}, until={until:DateTime64(6, 'UTC')}) AS h
WHERE h.queue_id = '' AND h.message_id <> ''
UNION ALL
SELECT c.host, c.message_id, assumeNotNull(c.client_host), c.arrived, 0, c.mail_id, c.trace_id
FROM postfix.mail_children(since={since:DateTime64(6, 'UTC')}, until={until:DateTime64(6, 'UTC')}) AS c
WHERE c.message_id <> '' AND ifNull(c.client_host, '') <> '' AND c.alone
  AND c.mail_id NOT IN (SELECT mail_id FROM postfix.mail_named(since={since:DateTime64(6, 'UTC')}, until={until:DateTime64(6, 'UTC')}));

CREATE OR REPLACE VIEW postfix.mail_nearest AS
SELECT b.is_hop AS is_hop, b.mail_id AS mail_id, b.target AS target, any(b.trace_id) AS trace_id,
    argMin(o.mail_id, (abs(dateDiff('microsecond', o.at, b.at)), o.mail_id)) AS other
FROM (
    SELECT *, arrayJoin([last, next]) AS near FROM (
        SELECT *, if(is_hop, maxIf(at, NOT is_hop) OVER before, maxIf(at, is_hop) OVER before) AS last,
            if(is_hop, minIf(at, NOT is_hop) OVER behind, minIf(at, is_hop) OVER behind) AS next
        FROM postfix.mail_alike(since={since:DateTime64(6, 'UTC')}, until={until:DateTime64(6, 'UTC')})
        WINDOW before AS (PARTITION BY target, message_id, host ORDER BY at RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
            behind AS (PARTITION BY target, message_id, host ORDER BY at DESC RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW))) AS b
INNER JOIN (
    SELECT target, message_id, host, is_hop, at, min(mail_id) AS mail_id
    FROM postfix.mail_alike(since={since:DateTime64(6, 'UTC')}, until={until:DateTime64(6, 'UTC')})
    GROUP BY target, message_id, host, is_hop, at) AS o
    ON o.target = b.target AND o.message_id = b.message_id AND o.host = b.host AND o.is_hop = 1 - b.is_hop AND o.at = b.near
WHERE b.near BETWEEN b.at - toIntervalSecond(if(b.is_hop, 600, 2)) AND b.at + toIntervalSecond(if(b.is_hop, 2, 600))
GROUP BY b.is_hop, b.mail_id, b.target;

CREATE OR REPLACE VIEW postfix.mail_links AS
SELECT mail_id, trace_id, parent_id, parent_trace, 'queue id' AS how
FROM postfix.mail_named(since={since:DateTime64(6, 'UTC')}, until={until:DateTime64(6, 'UTC')}) WHERE alone
UNION ALL
SELECT c.mail_id AS mail_id, c.trace_id AS trace_id, h.mail_id AS parent_id, h.trace_id AS parent_trace, 'message-id' AS how
FROM (SELECT * FROM postfix.mail_nearest(since={since:DateTime64(6, 'UTC')}, until={until:DateTime64(6, 'UTC')}) WHERE NOT is_hop) AS c
INNER JOIN (SELECT * FROM postfix.mail_nearest(since={since:DateTime64(6, 'UTC')}, until={until:DateTime64(6, 'UTC')}) WHERE is_hop) AS h
    ON h.mail_id = c.other AND h.other = c.mail_id AND h.target = c.target;

-- The flow of each mail: the trace_id of the mail that all of it came from, which is what one collector of all hosts would tell. A loop
-- ends at hopcount_limit, 50; what does not end is a ring, by a clock that was put back, and one flow, too.
CREATE OR REPLACE VIEW postfix.mail_flows AS
WITH RECURSIVE
    -- As a constant: a step of the walk would look for all links again.
    (SELECT groupArray((child, parent)) FROM (
        SELECT trace_id AS child, min(parent_trace) AS parent
        FROM postfix.mail_links(since={since:DateTime64(6, 'UTC')}, until={until:DateTime64(6, 'UTC')})
        WHERE trace_id <> parent_trace GROUP BY child)) AS links,
    link AS (SELECT pair.1 AS child, pair.2 AS parent FROM (SELECT arrayJoin(links) AS pair)),
    walk AS (
        SELECT child AS trace, parent AS up, 1 AS depth FROM link
        UNION ALL
        SELECT walk.trace AS trace, link.parent AS up, walk.depth + 1 AS depth FROM walk INNER JOIN link ON link.child = walk.up WHERE walk.depth < 64)
SELECT m.mail_id AS mail_id, if(r.flow = '', m.trace_id, r.flow) AS flow, m.trace_id AS trace_id
FROM postfix.mail_children(since={since:DateTime64(6, 'UTC')}, until={until:DateTime64(6, 'UTC')}) AS m
LEFT JOIN (SELECT trace, if(max(depth) < 64, argMax(up, depth), minIf(up, depth > 32)) AS flow FROM walk GROUP BY trace) AS r ON r.trace = m.trace_id;
