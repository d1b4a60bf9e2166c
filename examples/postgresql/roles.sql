-- SPDX-License-Identifier: Apache-2.0
-- After partitions.sql: who may do what (doc/access.md). Give them to people: GRANT mail_reader TO anna.
-- Run it again when the table got a column. psql -v ON_ERROR_STOP=1 -1 -d mail -f roles.sql
DO $$
DECLARE
    columns text;
    new text;
BEGIN
    FOREACH new IN ARRAY ARRAY['mail_reader', 'mail_auditor', 'mail_operator'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = new) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', new);
        END IF;
    END LOOP;
    -- Typed columns, none of which is a text that others wrote; data has those. So SELECT * is refused: the view has what may be read.
    -- Never ON ALL TABLES: partitions are tables, and have no policies.
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = 'postfix_log'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'data' INTO columns;
    EXECUTE format('GRANT SELECT (%s) ON postfix_log TO mail_reader', columns);
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'mail_tenants') THEN -- of tenants.sql
        EXECUTE format('GRANT SELECT (%s) ON postfix_log TO mail_tenants', columns);
    END IF;
    -- security_invoker: else everybody would read with the rights of the view's owner.
    EXECUTE format('CREATE OR REPLACE VIEW postfix_log_fields WITH (security_invoker = true) AS SELECT %s FROM postfix_log', columns);
END $$;
ALTER VIEW postfix_log_fields OWNER TO mail_owner;
GRANT SELECT ON postfix_log_fields TO mail_reader, mail_auditor;
GRANT SELECT ON postfix_log, postfix_log_hold TO mail_auditor;

-- Makes and drops days, and reads nothing. Not pg_monitor: pg_stat_activity would show what others search for.
GRANT EXECUTE ON FUNCTION postfix_log_days TO mail_operator;
GRANT SELECT, INSERT, DELETE ON postfix_log_hold TO mail_operator;
