-- SPDX-License-Identifier: Apache-2.0
-- After tables.sql: what boards and people ask. clickhouse-client --multiquery <views.sql; again after tables.sql got columns.

-- A mail, by its newest record: one that was amended counts once. A mail that only went to another mail of our own (verdict
-- handed_over: a content filter) is no mail of its own to who counts mails.
CREATE OR REPLACE VIEW postfix.mails AS
SELECT
    *,
    subtractMicroseconds(event_created, toInt64(ifNull(vendor_queue_time, 0) * 1000000)) AS born,
    lower(extract(email_from, '@([^@]*)$')) AS from_domain,
    replaceOne(ifNull(toString(source_ip), ''), '::ffff:', '') AS client
FROM postfix.records FINAL;

-- What became of a mail at each of its recipients. The lists are parallel; one that was cut (vendor_truncated) is filled up.
CREATE OR REPLACE VIEW postfix.recipients AS
SELECT
    event_created, event_source, vendor_instance, email_uid, vendor_mail_id, trace_id, email_from, from_domain, user_name, client,
    vendor_verdict,
    r.1 AS recipient,
    lower(extract(r.1, '@([^@]*)$')) AS to_domain,
    r.2 AS status, r.3 AS dsn, r.4 AS relay, if(r.5 = '-', '', r.5) AS reason
FROM postfix.mails
ARRAY JOIN arrayZip(
    vendor_recipients,
    arrayResize(vendor_recipients_status, length(vendor_recipients)),
    arrayResize(vendor_recipients_dsn, length(vendor_recipients)),
    arrayResize(vendor_recipients_relay, length(vendor_recipients)),
    arrayResize(vendor_recipients_reason, length(vendor_recipients))) AS r;

-- A try to deliver to a recipient. hop: internal ones go to another mail of our own, all others are to be counted; what was deferred or
-- bounced has none.
CREATE OR REPLACE VIEW postfix.deliveries AS
SELECT
    event_created, event_source, vendor_instance, email_uid, vendor_mail_id, trace_id, email_from, email_to,
    lower(extract(email_to, '@([^@]*)$')) AS to_domain,
    vendor_daemon AS daemon, vendor_status AS status, vendor_hop AS hop, vendor_reason AS reason, vendor_event_outcome_reason AS reply, vendor_dsn AS dsn,
    vendor_relay_host AS relay, vendor_relay_tls_version AS tls,
    vendor_delay AS delay, vendor_delay_before_qmgr AS before_queue, vendor_delay_in_qmgr AS in_queue,
    vendor_delay_conn_setup AS connecting, vendor_delay_transmission AS sending
FROM postfix.lines
WHERE vendor_status <> '' AND email_to <> '';

-- A login, or a try of one, once: as the server tells it. Postfix and OpenSMTPD by these events, Dovecot, Cyrus, nginx and others by the
-- action login. What checked the password for them (auth, PAM, saslauthd) tells of the same try. Not by the category: a failure without
-- a name, as Postfix writes them by default before 3.10, is 109999 and not 100500. reason auth: a checker that was down is none.
CREATE OR REPLACE VIEW postfix.logins AS
SELECT
    event_created, event_source, event_source_product AS product, vendor_service AS service, event_outcome AS outcome,
    user_name AS user, replaceOne(ifNull(toString(source_ip), ''), '::ffff:', '') AS client, source_hostname AS client_name,
    source_geo_country_iso AS country, vendor_sasl_method AS method, vendor_reason AS reason,
    if(event_outcome = 'failure', greatest(1, ifNull(vendor_auth_attempts, 1)), 1) AS tries
FROM postfix.lines
WHERE event_outcome IN ('success', 'failure')
  AND (vendor_event_action = 'login'
    OR (vendor_event_type IN ('sasl.failed', 'opensmtpd.auth_failed') AND vendor_reason = 'auth')
    OR (vendor_event_type IN ('smtpd.client', 'opensmtpd.auth_ok') AND vendor_event_action = 'authentication'));

-- What was turned away: clients, senders, recipients, contents.
CREATE OR REPLACE VIEW postfix.refusals AS
SELECT
    event_created, event_source, vendor_instance, vendor_event_type AS event, vendor_reason AS reason, smtp_response_code AS code,
    vendor_event_outcome_reason AS reply, replaceOne(ifNull(toString(source_ip), ''), '::ffff:', '') AS client,
    source_hostname AS client_name, email_from, email_to, vendor_helo AS helo, user_name AS user
FROM postfix.lines
WHERE event_action = 'blocked';

-- Lines that took a rule of alerts over its limit.
CREATE OR REPLACE VIEW postfix.alerts AS
SELECT
    event_created, event_source, vendor_alert_severity AS severity, alert_severity_level AS level, alert_signature_id AS rule,
    alert_signature AS text, vendor_alert_key AS key, vendor_alert_value AS value, vendor_alert_limit AS most,
    vendor_alert_window AS seconds, vendor_alert_count AS held, email_uid, vendor_mail_id, trace_id,
    user_name AS user, replaceOne(ifNull(toString(source_ip), ''), '::ffff:', '') AS client
FROM postfix.lines
WHERE alert_signature_id <> '';

-- Mails of a day (UTC), as counted by their end.
CREATE OR REPLACE VIEW postfix.days AS
SELECT
    toDate(event_created) AS day, event_source, vendor_verdict AS verdict,
    count() AS mails, sum(ifNull(email_size, 0)) AS bytes, sum(ifNull(vendor_count_recipients, 0)) AS recipients,
    sum(ifNull(vendor_count_sent, 0)) AS sent, sum(ifNull(vendor_count_bounced, 0)) AS bounced,
    sum(ifNull(vendor_count_expired, 0)) AS expired, countIf(vendor_incomplete = 'true') AS incomplete
FROM postfix.mails
WHERE vendor_verdict <> 'handed_over'
GROUP BY day, event_source, verdict;

-- Hosts, and what they last wrote: one that is silent is not one without mail.
CREATE OR REPLACE VIEW postfix.hosts AS
SELECT event_source, max(event_created) AS newest, max(inserted) AS stored, count() AS lines
FROM postfix.lines
WHERE event_created > now() - INTERVAL 7 DAY
GROUP BY event_source;
