# SPDX-License-Identifier: Apache-2.0
"""topic.py BROKER DIRECTORY COUNT SQL...: reads the topic of kafka.sql from that broker by ClickHouse's engine, until it has so many records,
and prints what it got: a line a document with its host, event, queue id, and one beginning with "refused" a record that is none.

In the process of the engine nothing reads in the background, so what the materialized views select is selected here."""
import os
import re
import sys
import time

from chdb import session

BROKER, DIRECTORY, COUNT = sys.argv[1], sys.argv[2], int(sys.argv[3])
engine = session.Session(os.path.join(DIRECTORY, "topic"))
views = {}
for name in sys.argv[4:]:
    with open(name, encoding="utf-8") as file:
        text = re.sub(r"--[^\n]*", "", file.read())
    for statement in (one.strip() for one in text.split(";\n")):
        view = re.match(r"CREATE MATERIALIZED VIEW IF NOT EXISTS postfix\.(topic_\w+) TO (\S+) AS\s+(.*)", statement, re.S)
        if view:
            views[view.group(1)] = view.group(3).rstrip(";")
            continue
        statement = re.sub(r"kafka_broker_list = '[^']*'", "kafka_broker_list = '%s'" % BROKER, re.sub(r"\nTTL [^\n]*", "", statement))
        statement = statement.replace("kafka_security_protocol = 'ssl'", "kafka_security_protocol = 'plaintext', kafka_commit_on_select = 1")
        try:
            if statement:
                engine.query(statement)
        except Exception as error:  # chdb 4.4 says so, and makes the table all the same
            if "Shutdown was called" not in str(error):
                raise


def rows(sql):
    return engine.query(sql, "TSV").bytes().decode()


engine.query("CREATE TABLE postfix.read ENGINE = Memory AS SELECT *, _error, _raw_message FROM postfix.topic LIMIT 0 "
             "SETTINGS stream_like_engine_allow_direct_select = 1")
for _ in range(60):
    engine.query("INSERT INTO postfix.read SELECT *, _error, _raw_message FROM postfix.topic SETTINGS stream_like_engine_allow_direct_select = 1")
    if int(rows("SELECT count() FROM postfix.read")) >= COUNT:
        break
    time.sleep(0.5)
engine.query("INSERT INTO postfix.lines SELECT * EXCEPT (_error, _raw_message) FROM (%s)" % views["topic_lines"].replace("postfix.topic", "postfix.read"))
sys.stdout.write(rows("SELECT event_source, vendor_event_type, email_uid FROM postfix.lines"))
for text, error in (line.split("\t") for line in rows(views["topic_refused"].replace("postfix.topic", "postfix.read")).splitlines()):
    print("refused\t%s\t%s" % (text, "with an error" if error else "without"))
