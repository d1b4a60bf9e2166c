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
-- are taken to have arrived when they ended. client_host: '' for a client that is none of ours, NULL where none is known.
CREATE FUNCTION mail_records(since timestamptz, until timestamptz) RETURNS TABLE (
    mail_id text, trace_id text, parent_id text, host text, uid text, message_id text, client_host text, arrived timestamptz,
    ended timestamptz, verdict text, incomplete boolean, collector text, data jsonb)
LANGUAGE sql STABLE AS $$
    SELECT DISTINCT ON (r.data->>'vendor_mail_id')
           r.data->>'vendor_mail_id', r.data->>'trace_id',
           CASE WHEN r.data->>'vendor_link' <> 'weak' THEN r.data->>'vendor_parent_mail_id' END, lower(r.event_source), r.email_uid,
           nullif(r.data->>'email_message_id', ''), coalesce(lower(r.data->>'vendor_client_own_host'), CASE WHEN r.data ?| ARRAY['source_ip', 'source_hostname'] THEN '' END),
           coalesce((r.data->>'vendor_mail_arrival')::timestamptz, r.event_created), r.event_created,
           r.data->>'vendor_verdict', r.data ? 'vendor_incomplete', r.data->>'vendor_collector', r.data
    FROM postfix_log r
    WHERE r.data ? 'vendor_mail_record' AND r.event_created >= since AND r.event_created < until
    ORDER BY r.data->>'vendor_mail_id', r.data ? 'vendor_incomplete', (r.data->>'vendor_mail_record')::int DESC
$$;

-- What a mail handed to another own host: once for all recipients of one delivery. No queue id: the reply named none.
CREATE FUNCTION mail_hops(since timestamptz, until timestamptz) RETURNS TABLE (
    mail_id text, trace_id text, host text, message_id text, target text, queue_id text, told timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT m.mail_id, m.trace_id, m.host, m.message_id, lower(m.data->'vendor_recipients_own_host'->>(n::int - 1)),
           nullif(m.data->'vendor_recipients_queued_as'->>(n::int - 1), '-'),
           max((m.data->'vendor_recipients_time'->>(n::int - 1))::timestamptz)
    FROM mail_records(since, until) m,
         LATERAL jsonb_array_elements_text(m.data->'vendor_recipients_status') WITH ORDINALITY AS status(word, n)
    WHERE status.word = 'sent' AND coalesce(m.data->'vendor_recipients_own_host'->>(n::int - 1), '-') <> '-'
    GROUP BY 1, 2, 3, 4, 5, 6
$$;

-- Which mail came from which, over collectors. A queue id is given again, so that the host and the time belong to it: the next host has
-- the mail before the one that sent it tells so, by at most the ten minutes that Postfix waits for the end of DATA. Of several
-- one that came from that host, then the nearest, in both directions; those that a collector joined itself take part, so that nobody
-- takes their place. Where the reply had no queue id: the same Message-ID, from that host, in that time.
CREATE FUNCTION mail_links(since timestamptz, until timestamptz) RETURNS TABLE (
    mail_id text, trace_id text, parent_id text, parent_trace text, how text)
LANGUAGE sql STABLE AS $$
    WITH mail AS MATERIALIZED (SELECT * FROM mail_records(since, until)),
    hop AS MATERIALIZED (SELECT * FROM mail_hops(since, until)),
    near AS (
        SELECT c.mail_id, c.trace_id, c.parent_id IS NULL AS alone, h.mail_id AS parent_id, h.trace_id AS parent_trace, h.target, h.queue_id,
               (c.client_host IS NULL)::int AS stranger, abs(extract(epoch FROM h.told - c.arrived)) AS apart
        FROM hop h JOIN mail c ON c.host = h.target AND c.uid = h.queue_id
        WHERE coalesce(c.client_host, h.host) = h.host
              AND c.arrived BETWEEN h.told - interval '10 minutes' AND h.told + interval '2 seconds'),
    named AS (
        SELECT *, row_number() OVER (PARTITION BY mail_id ORDER BY stranger, apart, parent_id) AS of_child,
               row_number() OVER (PARTITION BY parent_id, target, queue_id ORDER BY stranger, apart, mail_id) AS of_hop
        FROM near),
    told AS (SELECT * FROM named WHERE of_child = 1 AND of_hop = 1),
    like_it AS (
        SELECT c.mail_id, c.trace_id, h.mail_id AS parent_id, h.trace_id AS parent_trace, h.target,
               abs(extract(epoch FROM h.told - c.arrived)) AS apart
        FROM hop h JOIN mail c ON c.host = h.target AND c.message_id = h.message_id AND c.client_host = h.host
        WHERE h.queue_id IS NULL AND c.parent_id IS NULL AND c.mail_id NOT IN (SELECT t.mail_id FROM told t)
              AND c.arrived BETWEEN h.told - interval '10 minutes' AND h.told + interval '2 seconds'),
    guessed AS (
        SELECT *, row_number() OVER (PARTITION BY mail_id ORDER BY apart, parent_id) AS of_child,
               row_number() OVER (PARTITION BY parent_id, target ORDER BY apart, mail_id) AS of_hop
        FROM like_it)
    SELECT t.mail_id, t.trace_id, t.parent_id, t.parent_trace, 'queue id' FROM told t WHERE alone
    UNION ALL
    SELECT g.mail_id, g.trace_id, g.parent_id, g.parent_trace, 'message-id' FROM guessed g WHERE of_child = 1 AND of_hop = 1
$$;

-- The flow of each mail: the trace_id of the mail that all of it came from, which is what one collector of all hosts would tell.
CREATE FUNCTION mail_flows(since timestamptz, until timestamptz) RETURNS TABLE (mail_id text, flow text, trace_id text)
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE link AS MATERIALIZED (
        SELECT DISTINCT ON (l.trace_id) l.trace_id, l.parent_trace FROM mail_links(since, until) l
        WHERE l.trace_id <> l.parent_trace ORDER BY l.trace_id, l.parent_trace),
    walk(trace_id, at, depth) AS (
        SELECT l.trace_id, l.parent_trace, 1 FROM link l
        UNION
        SELECT w.trace_id, l.parent_trace, w.depth + 1 FROM walk w JOIN link l ON l.trace_id = w.at WHERE w.depth < 32),
    root AS (SELECT DISTINCT ON (w.trace_id) w.trace_id, w.at AS flow FROM walk w ORDER BY w.trace_id, w.depth DESC)
    SELECT m.mail_id, coalesce(r.flow, m.trace_id), m.trace_id
    FROM mail_records(since, until) m LEFT JOIN root r ON r.trace_id = m.trace_id
$$;

-- All mails of the flows that a mail of this queue id, Message-ID, mail id or recipient is in, oldest first, of the days around now or at.
CREATE FUNCTION mail_way(id text, at timestamptz DEFAULT now(), around interval DEFAULT '1 day') RETURNS TABLE (
    flow text, arrived timestamptz, host text, uid text, sender text, recipients jsonb, statuses jsonb, verdict text, collector text)
LANGUAGE sql STABLE AS $$
    WITH f AS MATERIALIZED (SELECT * FROM mail_flows(at - around, at + around)),
    m AS MATERIALIZED (SELECT * FROM mail_records(at - around, at + around))
    SELECT f.flow, m.arrived, m.host, m.uid, m.data->>'email_from', m.data->'vendor_recipients', m.data->'vendor_recipients_status',
           m.verdict, m.collector
    FROM m JOIN f USING (mail_id)
    WHERE f.flow IN (SELECT f2.flow FROM m m2 JOIN f f2 USING (mail_id)
                     WHERE id IN (m2.uid, m2.message_id, m2.mail_id, m2.trace_id) OR m2.data->'vendor_recipients' ? id)
    ORDER BY f.flow, m.arrived
$$;
