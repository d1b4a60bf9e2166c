-- SPDX-License-Identifier: Apache-2.0
-- After views.sql: who may do what. Change: passwords, and the networks that users come from.
CREATE ROLE IF NOT EXISTS mail_writer;
GRANT INSERT ON postfix.lines TO mail_writer;
CREATE ROLE IF NOT EXISTS mail_reader SETTINGS readonly = 2, max_execution_time = 60, max_memory_usage = 8000000000;
GRANT SELECT ON postfix.* TO mail_reader;
CREATE USER IF NOT EXISTS rsyslog IDENTIFIED WITH sha256_password BY 'secret' HOST IP '192.0.2.0/24';
CREATE USER IF NOT EXISTS grafana IDENTIFIED WITH sha256_password BY 'secret' HOST IP '192.0.2.0/24';
GRANT mail_writer TO rsyslog;
GRANT mail_reader TO grafana;
