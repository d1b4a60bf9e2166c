-- SPDX-License-Identifier: Apache-2.0
-- After roles.sql: a tenant reads rows with its name in vendor_tenant, and no others. psql -v ON_ERROR_STOP=1 -1 -d mail -f tenants.sql
-- A tenant: CREATE ROLE bank LOGIN; GRANT mail_tenants TO bank; INSERT INTO mail_tenant_member VALUES ('bank', 'bank.example.com');
-- Each tenant has a login of its own: who may is asked of session_user, which nobody but a superuser can change. A setting such as
-- current_setting('app.tenant') anybody can change.
ALTER TABLE postfix_log ADD COLUMN IF NOT EXISTS vendor_tenant text[];
CREATE INDEX IF NOT EXISTS postfix_log_tenant ON postfix_log USING gin (vendor_tenant);

CREATE ROLE mail_tenants NOLOGIN;
CREATE TABLE mail_tenant_member (role name NOT NULL, tenant text NOT NULL, PRIMARY KEY (role, tenant));
ALTER TABLE mail_tenant_member OWNER TO mail_owner;
ALTER TABLE mail_tenant_member ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON mail_tenant_member FOR SELECT TO mail_tenants USING (role = session_user);
GRANT SELECT ON mail_tenant_member TO mail_tenants, mail_auditor;
CREATE POLICY every ON mail_tenant_member FOR SELECT TO mail_auditor USING (true);

-- FORCE: else the owner, and so each view without security_invoker, reads everything.
ALTER TABLE postfix_log ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY w ON postfix_log FOR INSERT TO rsyslog WITH CHECK (true);
CREATE POLICY r ON postfix_log FOR SELECT TO mail_reader, mail_auditor, mail_tenants USING (true);
-- Restrictive: policies add up, and whoever is a tenant stays one, whatever other role it was given.
CREATE POLICY t ON postfix_log AS RESTRICTIVE FOR SELECT TO mail_tenants
    USING (vendor_tenant && ARRAY(SELECT tenant FROM mail_tenant_member WHERE role = session_user));

-- The partitions, which postfix_log_make() does from now on. Only the function that keeps days sees rows, and those of other days.
DO $$
DECLARE part text;
BEGIN
    FOR part IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'postfix_log'::regclass LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', part);
    END LOOP;
END $$;
CREATE POLICY days ON postfix_log_other TO mail_owner USING (true) WITH CHECK (true);

-- Typed columns only: data has the recipients of the whole mail, who may be others'.
\ir roles.sql
GRANT SELECT ON postfix_log_fields TO mail_tenants;
