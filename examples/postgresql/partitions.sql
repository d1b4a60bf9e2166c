-- SPDX-License-Identifier: Apache-2.0
-- After ../postgresql.sql: its table gets a partition a day (UTC), so that a day goes by dropping a table. Rows that are there move.
-- As a superuser: psql -v ON_ERROR_STOP=1 -1 -d mail -f partitions.sql; then postfix-log-days.timer. PostgreSQL 15 or later.
SET LOCAL TimeZone = 'UTC';

-- Owns the tables; nobody logs in as it.
CREATE ROLE mail_owner NOLOGIN;

ALTER TABLE postfix_log RENAME TO postfix_log_before;
CREATE TABLE postfix_log (LIKE postfix_log_before INCLUDING DEFAULTS) PARTITION BY RANGE (event_created);
CREATE INDEX ON postfix_log USING brin (event_created);
CREATE INDEX ON postfix_log (email_uid) WHERE email_uid IS NOT NULL;
CREATE INDEX ON postfix_log USING gin (data jsonb_path_ops);
GRANT INSERT ON postfix_log TO rsyslog;

-- Lines of days that have no partition: late ones, and those of hosts whose clock is wrong. Without it they would be refused.
CREATE TABLE postfix_log_other PARTITION OF postfix_log DEFAULT;

-- Days that are not to be dropped, as an inquiry needs them: INSERT INTO postfix_log_hold VALUES ('2026-08-01', '2026-08-31', 'case 7').
CREATE TABLE postfix_log_hold (first date NOT NULL, last date NOT NULL, why text NOT NULL, CHECK (first <= last));

ALTER TABLE postfix_log OWNER TO mail_owner;
ALTER TABLE postfix_log_other OWNER TO mail_owner;
ALTER TABLE postfix_log_hold OWNER TO mail_owner;

-- Makes the partition of a day, if there is none; false if there is. A grant on the parent is none on a partition, and row level
-- security of the parent none of a partition: nobody is granted a partition, and it has the parent's security without its policies.
CREATE FUNCTION postfix_log_make(day date) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp SET TimeZone = 'UTC' AS $$
DECLARE
    part text := 'postfix_log_' || to_char(day, 'YYYYMMDD');
BEGIN
    IF to_regclass('public.' || part) IS NOT NULL THEN
        RETURN false;
    END IF;
    -- Nothing may come into the default partition between moving its rows and having another place for them.
    LOCK TABLE public.postfix_log_other IN ACCESS EXCLUSIVE MODE;
    EXECUTE format('CREATE TABLE public.%I (LIKE public.postfix_log INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
    EXECUTE format('ALTER TABLE public.%I OWNER TO mail_owner', part);
    EXECUTE format('WITH moved AS (DELETE FROM public.postfix_log_other WHERE event_created >= %L AND event_created < %L RETURNING *)
        INSERT INTO public.%I SELECT * FROM moved', day, day + 1, part);
    EXECUTE format('ALTER TABLE public.postfix_log ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)', part, day, day + 1);
    IF (SELECT relrowsecurity FROM pg_class WHERE oid = 'public.postfix_log'::regclass) THEN
        EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', part);
    END IF;
    RETURN true;
END $$;

-- Makes the partitions of today and the days ahead, drops those of days before the last `keep` whole ones, and says what it did.
-- Waits for nobody longer than ten seconds, as writers would have to wait behind it: then it fails, and the next run does it.
CREATE FUNCTION postfix_log_days(keep integer, ahead integer DEFAULT 7) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET TimeZone = 'UTC' SET lock_timeout = '10s' AS $$
DECLARE
    today date := current_date;
    one date;
    part text;
    many bigint;
BEGIN
    IF keep IS NULL OR keep < 1 OR ahead IS NULL OR ahead NOT BETWEEN 1 AND 366 THEN
        RAISE EXCEPTION 'postfix_log_days(%, %): keep at least a day, and make 1 to 366 ahead', keep, ahead;
    END IF;
    FOR n IN 0..ahead LOOP
        IF public.postfix_log_make(today + n) THEN
            RETURN NEXT format('made %s', today + n);
        END IF;
    END LOOP;
    FOR part, one IN
        SELECT c.relname, to_date(right(c.relname, 8), 'YYYYMMDD') FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'public.postfix_log'::regclass AND c.relname ~ '^postfix_log_\d{8}$' ORDER BY 1
    LOOP
        CONTINUE WHEN one >= today - keep;
        IF EXISTS (SELECT FROM public.postfix_log_hold WHERE one BETWEEN first AND last) THEN
            RETURN NEXT format('held %s', one);
        ELSE
            EXECUTE format('DROP TABLE public.%I', part);
            RETURN NEXT format('dropped %s', one);
        END IF;
    END LOOP;
    DELETE FROM public.postfix_log_other WHERE event_created < today - keep AND NOT EXISTS
        (SELECT FROM public.postfix_log_hold WHERE event_created::date BETWEEN first AND last);
    GET DIAGNOSTICS many = ROW_COUNT;
    IF many > 0 THEN
        RETURN NEXT format('deleted %s late rows', many);
    END IF;
    SELECT count(*) FROM public.postfix_log_other INTO many;
    IF many > 0 THEN
        RETURN NEXT format('left %s rows of other days', many);
    END IF;
END $$;

ALTER FUNCTION postfix_log_make OWNER TO mail_owner;
ALTER FUNCTION postfix_log_days OWNER TO mail_owner;
GRANT CREATE ON SCHEMA public TO mail_owner;
-- Everybody may run a new function, and this one runs with its owner's rights.
REVOKE EXECUTE ON FUNCTION postfix_log_make, postfix_log_days FROM PUBLIC;

-- What is there: each of its days, and the next ones.
SELECT postfix_log_make(day) FROM (SELECT DISTINCT event_created::date AS day FROM postfix_log_before
    UNION SELECT current_date + n FROM generate_series(0, 7) AS n) AS days ORDER BY day;
INSERT INTO postfix_log SELECT * FROM postfix_log_before;
DROP TABLE postfix_log_before;
