-- SPDX-License-Identifier: Apache-2.0
-- The table that postgresql.conf fills. Each column but data is named as a field (doc/fields.md) and gets
-- its value; data has them all.
CREATE TABLE postfix_log (
    event_created        timestamptz NOT NULL,
    event_source         text NOT NULL,
    vendor_instance      text,
    vendor_daemon        text,
    vendor_event_type    text NOT NULL,
    gim_event_type_code  integer,
    event_outcome        text,
    email_uid            text,
    email_from           text,
    email_to             text,
    email_size           bigint,
    source_ip            inet,
    user_name            text,
    vendor_status        text,
    vendor_reason        text,
    vendor_delay         double precision,
    data                 jsonb NOT NULL
);
CREATE INDEX ON postfix_log USING brin (event_created);
CREATE INDEX ON postfix_log (email_uid) WHERE email_uid IS NOT NULL;
CREATE INDEX ON postfix_log USING gin (data jsonb_path_ops);

-- Give it a password, or let pg_hba.conf trust its socket.
CREATE ROLE rsyslog LOGIN;
GRANT INSERT ON postfix_log TO rsyslog;
