-- SPDX-License-Identifier: Apache-2.0
-- Flows over several collectors (doc/scale.md), after postgresql.sql: each collector knows the mails of its own hosts, and
-- here those of one host are joined to the mails of the next. All collectors have the same ownrelays, with =HOST as in event_source
-- and with the addresses that the hosts send from.
--
--   SELECT * FROM mail_flows('2026-08-21', '2026-08-22');   the flow of each mail that ended then
--   SELECT * FROM mail_way('4hR8n873Ycz9Tn');               the way of one mail, by any id of it
CREATE INDEX ON postfix_log ((data->>'vendor_mail_id')) WHERE data ? 'vendor_mail_record';
CREATE INDEX ON postfix_log (event_created) WHERE data ? 'vendor_mail_record';

-- The records of mails that ended then, each once: a later record amends the one before, and one without a gap comes before all with
-- one, which are of a collector that got the last lines alone. Mails whose record has no arrival
-- are taken to have arrived when they ended, those without a trace to be alone. client_host: '' for a client that is none of ours, NULL where none is known.
CREATE FUNCTION mail_records(since timestamptz, until timestamptz) RETURNS TABLE (
    mail_id text, trace_id text, parent_id text, host text, uid text, message_id text, client_host text, arrived timestamptz,
    ended timestamptz, verdict text, incomplete boolean, collector text, data jsonb)
LANGUAGE sql STABLE AS $$
    SELECT DISTINCT ON (r.data->>'vendor_mail_id')
           r.data->>'vendor_mail_id', coalesce(nullif(r.data->>'trace_id', ''), r.data->>'vendor_mail_id'),
           CASE WHEN r.data->>'vendor_link' IS DISTINCT FROM 'weak' THEN r.data->>'vendor_parent_mail_id' END, lower(r.event_source), r.email_uid,
           nullif(r.data->>'email_message_id', ''), coalesce(lower(r.data->>'vendor_client_own_host'), CASE WHEN r.data ?| ARRAY['source_ip', 'source_hostname'] THEN '' END),
           coalesce((r.data->>'vendor_mail_arrival')::timestamptz, r.event_created), r.event_created,
           r.data->>'vendor_verdict', r.data ? 'vendor_incomplete', r.data->>'vendor_collector', r.data
    FROM postfix_log r
    WHERE r.data ? 'vendor_mail_record' AND r.data->>'vendor_mail_id' <> '' AND r.event_created >= since AND r.event_created < until
    ORDER BY r.data->>'vendor_mail_id', r.data ? 'vendor_incomplete', (r.data->>'vendor_mail_record')::int DESC, r.event_created DESC
$$;

-- What a mail handed to another own host: once for all recipients of one delivery. No queue id: the reply named none.
CREATE FUNCTION mail_hops(since timestamptz, until timestamptz) RETURNS TABLE (
    mail_id text, trace_id text, host text, message_id text, target text, queue_id text, told timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT m.mail_id, m.trace_id, m.host, m.message_id, lower(m.data->'vendor_recipients_own_host'->>(n::int - 1)),
           nullif(m.data->'vendor_recipients_queued_as'->>(n::int - 1), '-'),
           max(nullif(m.data->'vendor_recipients_time'->>(n::int - 1), '-')::timestamptz)
    FROM mail_records(since, until) m,
         LATERAL jsonb_array_elements_text(
             CASE jsonb_typeof(m.data->'vendor_recipients_status') WHEN 'array' THEN m.data->'vendor_recipients_status' ELSE '[]' END) WITH ORDINALITY AS status(word, n)
    WHERE status.word = 'sent' AND coalesce(m.data->'vendor_recipients_own_host'->>(n::int - 1), '-') <> '-'
    GROUP BY 1, 2, 3, 4, 5, 6
$$;

-- Which mail came from which, over collectors. A queue id is given again, so that the host and the time belong to it: the next host has
-- the mail before the one that sent it tells so, by at most the ten minutes that Postfix waits for the end of DATA. Of several
-- one that came from that host, then the nearest, in both directions; those that a collector joined itself take part, so that nobody
-- takes their place. Where the reply had no queue id: the same Message-ID, from that host, in that time; there the nearest before and behind
-- are looked at alone, since strangers can give thousands of mails one Message-ID.
CREATE FUNCTION mail_links(since timestamptz, until timestamptz) RETURNS TABLE (
    mail_id text, trace_id text, parent_id text, parent_trace text, how text)
LANGUAGE sql STABLE SET enable_nestloop = off SET jit = off AS $$
    WITH mail AS MATERIALIZED (SELECT * FROM mail_records(since, until)),
    hop AS MATERIALIZED (SELECT * FROM mail_hops(since, until)),
    close AS (
        SELECT c.mail_id, c.trace_id, c.parent_id IS NULL AS alone, h.mail_id AS parent_id, h.trace_id AS parent_trace, h.target, h.queue_id,
               (c.client_host IS NULL)::int AS stranger, abs(extract(epoch FROM h.told - c.arrived)) AS apart
        FROM hop h JOIN mail c ON c.host = h.target AND c.uid = h.queue_id
        WHERE coalesce(c.client_host, h.host) = h.host
              AND c.arrived BETWEEN h.told - interval '10 minutes' AND h.told + interval '2 seconds'),
    named AS (
        SELECT *, row_number() OVER (PARTITION BY mail_id ORDER BY stranger, apart, parent_id) AS of_child,
               row_number() OVER (PARTITION BY parent_id, target, queue_id ORDER BY stranger, apart, mail_id) AS of_hop
        FROM close),
    told AS (SELECT * FROM named WHERE of_child = 1 AND of_hop = 1),
    like_it AS (
        SELECT h.target, h.message_id, h.host, h.told AS at, true AS is_hop, h.mail_id, h.trace_id
        FROM hop h WHERE h.queue_id IS NULL AND h.message_id IS NOT NULL AND h.told IS NOT NULL
        UNION ALL
        SELECT c.host, c.message_id, c.client_host, c.arrived, false, c.mail_id, c.trace_id FROM mail c
        WHERE c.message_id IS NOT NULL AND c.client_host <> '' AND c.parent_id IS NULL AND c.mail_id NOT IN (SELECT t.mail_id FROM told t)),
    beside AS (
        SELECT *, CASE WHEN is_hop THEN max(at) FILTER (WHERE NOT is_hop) OVER before ELSE max(at) FILTER (WHERE is_hop) OVER before END AS last,
               CASE WHEN is_hop THEN min(at) FILTER (WHERE NOT is_hop) OVER behind ELSE min(at) FILTER (WHERE is_hop) OVER behind END AS next
        FROM like_it
        WINDOW before AS (PARTITION BY target, message_id, host ORDER BY at),
               behind AS (PARTITION BY target, message_id, host ORDER BY at DESC)),
    near AS MATERIALIZED (SELECT *, unnest(ARRAY[last, next]) AS near FROM beside),
    moments AS (SELECT target, message_id, host, is_hop, at, min(mail_id) AS mail_id FROM like_it GROUP BY 1, 2, 3, 4, 5),
    nearest AS (
        SELECT DISTINCT ON (b.is_hop, b.mail_id, b.target) b.is_hop, b.mail_id, b.target, b.trace_id, o.mail_id AS other
        FROM near b
        JOIN moments o ON o.target = b.target AND o.message_id = b.message_id AND o.host = b.host AND o.is_hop = NOT b.is_hop AND o.at = b.near
        WHERE b.near >= b.at - CASE WHEN b.is_hop THEN interval '10 minutes' ELSE interval '2 seconds' END
          AND b.near <= b.at + CASE WHEN b.is_hop THEN interval '2 seconds' ELSE interval '10 minutes' END
        ORDER BY b.is_hop, b.mail_id, b.target, abs(extract(epoch FROM o.at - b.at)), o.mail_id)
    SELECT t.mail_id, t.trace_id, t.parent_id, t.parent_trace, 'queue id' FROM told t WHERE alone
    UNION ALL
    SELECT c.mail_id, c.trace_id, h.mail_id, h.trace_id, 'message-id'
    FROM nearest c JOIN nearest h ON h.mail_id = c.other AND h.other = c.mail_id AND h.target = c.target
    WHERE h.is_hop AND NOT c.is_hop
$$;

-- The flow of each mail: the trace_id of the mail that all of it came from, which is what one collector of all hosts would tell. A loop
-- ends at hopcount_limit, 50; what does not end is a ring, by a clock that was put back, and one flow, too.
CREATE FUNCTION mail_flows(since timestamptz, until timestamptz) RETURNS TABLE (mail_id text, flow text, trace_id text)
LANGUAGE sql STABLE SET enable_nestloop = off SET jit = off AS $$
    WITH RECURSIVE link AS MATERIALIZED (
        SELECT DISTINCT ON (l.trace_id) l.trace_id, l.parent_trace FROM mail_links(since, until) l
        WHERE l.trace_id <> l.parent_trace ORDER BY l.trace_id, l.parent_trace),
    walk(trace_id, at, depth) AS (
        SELECT l.trace_id, l.parent_trace, 1 FROM link l
        UNION
        SELECT w.trace_id, l.parent_trace, w.depth + 1 FROM walk w JOIN link l ON l.trace_id = w.at WHERE w.depth < 64),
    root AS (
        SELECT w.trace_id, CASE WHEN max(w.depth) < 64 THEN (array_agg(w.at ORDER BY w.depth DESC))[1] ELSE min(w.at) FILTER (WHERE w.depth > 32) END AS flow
        FROM walk w GROUP BY w.trace_id)
    SELECT m.mail_id, coalesce(r.flow, m.trace_id), m.trace_id
    FROM mail_records(since, until) m LEFT JOIN root r ON r.trace_id = m.trace_id
$$;

-- All mails of the flows that a mail of this queue id, Message-ID, mail id or recipient is in, oldest first, of the days around now or at.
CREATE FUNCTION mail_way(id text, at timestamptz DEFAULT now(), around interval DEFAULT '1 day') RETURNS TABLE (
    flow text, arrived timestamptz, host text, uid text, sender text, recipients jsonb, statuses jsonb, verdict text, collector text)
LANGUAGE sql STABLE AS $$
    WITH f AS MATERIALIZED (SELECT * FROM mail_flows(at - around, at + around)),
    m AS MATERIALIZED (SELECT * FROM mail_records(at - around, at + around)),
    w AS (SELECT regexp_replace(id, '^<(.+)>$', '\1') AS one) -- as headers have a Message-ID
    SELECT f.flow, m.arrived, m.host, m.uid, m.data->>'email_from', m.data->'vendor_recipients', m.data->'vendor_recipients_status',
           m.verdict, m.collector
    FROM m JOIN f USING (mail_id)
    WHERE f.flow IN (SELECT f2.flow FROM w, m m2 JOIN f f2 USING (mail_id)
                     WHERE one IN (m2.uid, m2.message_id, m2.mail_id, m2.trace_id) OR m2.data->'vendor_recipients' ? one)
    ORDER BY f.flow, m.arrived
$$;
