-- SPDX-License-Identifier: Apache-2.0
-- After tables.sql: ClickHouse reads the topic that ../kafka.conf writes. Each block is in the table before its offsets are committed,
-- so none is lost; after a crash some may come twice. Change: brokers; certificates are in the server's configuration, below kafka.
CREATE TABLE IF NOT EXISTS postfix.topic AS postfix.records
ENGINE = Kafka
SETTINGS kafka_broker_list = 'kafka1.example.com:9093,kafka2.example.com:9093',
    kafka_topic_list = 'postfix',
    kafka_group_name = 'clickhouse',
    kafka_format = 'JSONEachRow',
    kafka_security_protocol = 'ssl',
    kafka_num_consumers = 1,
    kafka_max_block_size = 65536,
    kafka_handle_error_mode = 'stream',
    input_format_skip_unknown_fields = 1,
    input_format_null_as_default = 1,
    date_time_input_format = 'best_effort';

CREATE MATERIALIZED VIEW IF NOT EXISTS postfix.topic_lines TO postfix.lines AS
    SELECT * EXCEPT record_rank FROM postfix.topic WHERE length(_error) = 0;

-- What was no document: its text and what is wrong with it.
CREATE TABLE IF NOT EXISTS postfix.refused (at DateTime('UTC') DEFAULT now('UTC'), text String, error String)
ENGINE = MergeTree ORDER BY at TTL at + INTERVAL 30 DAY;
CREATE MATERIALIZED VIEW IF NOT EXISTS postfix.topic_refused TO postfix.refused AS
    SELECT _raw_message AS text, _error AS error FROM postfix.topic WHERE length(_error) > 0;
