#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The programs of examples/ that bring figures and documents into stores, by themselves, with what goes wrong around them: input that
is none, a server that answers nonsense, and an end in the middle. With rsyslogd: tests/e2e/prometheus.test, tests/e2e/clickhouse.test."""
import glob
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

EXAMPLES = os.path.join(os.environ.get("PFX_SRCDIR", os.path.join(os.path.dirname(__file__), "..")), "examples")
failures = []


def check(what, wanted, is_so):
    if wanted != is_so:
        failures.append("%s: %r, not %r" % (what, is_so, wanted))


def wait_for(what, is_so, seconds=15):
    until = time.time() + seconds
    while not is_so() and time.time() < until:
        time.sleep(0.02)
    if not is_so():
        failures.append("%s: not within %d seconds" % (what, seconds))


# ---- figures for Prometheus

def samples(path):
    with open(path, encoding="utf-8") as file:
        return {line.rpartition(" ")[0]: line.rpartition(" ")[2] for line in file.read().splitlines() if not line.startswith("#")}


def prometheus(lines, path):
    """Its samples of actions and of the module, after such lines between two good ones; None when it did not go on."""
    lines = [json.dumps({"origin": "core.action", "name": "before", "processed": 1}), *lines,
             json.dumps({"origin": "core.action", "name": "behind", "processed": 2})]
    done = subprocess.run([EXAMPLES + "/prometheus/pfx-prometheus", path], input="\n".join(lines).encode() + b"\n", capture_output=True)
    if done.returncode != 0:
        return done.stderr.decode()[-200:]
    found = samples(path)
    check("before and behind", ("1", "2"), tuple(found.pop('rsyslog_action_processed_total{action="%s"}' % name, None) for name in ("before", "behind")))
    found.pop("mmpostfix_stats_timestamp_seconds")
    return found


def try_prometheus(work):
    path = os.path.join(work, "figures.prom")
    for line in ('{"origin":{},"name":"m"}', '{"origin":1,"name":"m"}', '{"origin":"mmpostfix.queue","name":[1],"queue.active":1}',
                 '{"origin":"imudp","name":null,"submitted":1}', "[" * 100000, "null", '"x"', "\0", "{", '{"origin":"core.action"',
                 '{"origin":"mmpostfix","name":"m","line.newest":"x","reloads":"y","matched":true,"generic":{},"lag":[]}',
                 '{"origin":"mmpostfix","name":"m","line.newest":null,"reload.failed":null}',
                 '{"origin":"core.action","name":"n","processed":NaN,"failed":Infinity,"suspended":1e999,"resumed":%s}' % ("9" * 400)):
        check("what is no figure: %.60s" % line, {}, prometheus([line], path))
    check("a name with markup", {r'rsyslog_action_failed_total{action="x\"} 1\nevil{a=\"\\"}': "7"},
          prometheus([json.dumps({"origin": "core.action", "name": 'x"} 1\nevil{a="\\', "failed": 7})], path))
    check("half a character", {'rsyslog_action_failed_total{action="?"}': "7"},
          prometheus([r'{"origin":"core.action","name":"\ud800","failed":7}'], path))
    check("64 bits", {'rsyslog_action_failed_total{action="n"}': str(2**64 - 1)},
          prometheus([json.dumps({"origin": "core.action", "name": "n", "failed": 2**64 - 1})], path))


# ---- documents for ClickHouse

class Server(threading.Thread):
    """Answers one request after another as the list says, then all of them with 200; keeps the bodies of these."""

    def __init__(self, answers):
        super().__init__(daemon=True)
        self.answers, self.bodies, self.paths = list(answers), [], []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            connection = self.listener.accept()[0]
            with connection, connection.makefile("rb") as file:
                first, length = file.readline(), 0
                while (line := file.readline().strip()):
                    if line.lower().startswith(b"content-length:"):
                        length = int(line.partition(b":")[2])
                body = file.read(length)
                self.paths.append(first)
                answer = self.answers.pop(0) if self.answers else b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
                if b" 200 OK" in answer:
                    self.bodies.append(body)
                connection.sendall(answer.replace(b"PORT", b"%d" % self.port))


class Forwarder:
    def __init__(self, server, spool, **options):
        self.process = subprocess.Popen([EXAMPLES + "/clickhouse/pfx-clickhouse", "--url", "http://127.0.0.1:%d/" % server.port, "--spool", spool,
                                         *(word for name, value in options.items() for word in ("--" + name.replace("_", "-"), value))],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        check("it is there", b"OK\n", self.process.stdout.readline())

    def say(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().decode().strip()

    def batch(self, *documents):
        return [self.say(line) for line in ("BEGIN TRANSACTION", *documents, "COMMIT TRANSACTION")]

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        said = self.process.stderr.read().decode()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        return said


def try_clickhouse(work):
    spool = os.path.join(work, "spool")
    taken = ["OK", "DEFER_COMMIT", "OK"]
    for name, answer in (("nonsense", b"what do you want?\r\n\r\n"), ("nothing", b""), ("half of an answer", b"HTTP/1.1 500 Oh\r\nContent-Length: 100\r\n\r\nno"),
                         ("half of a good one", b"HTTP/1.1 202 Yes\r\nContent-Length: 100\r\n\r\nyes"),
                         ("endless headers", b"HTTP/1.1 200 Yes\r\n" + b"X: y\r\n" * 200),
                         ("trouble", b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n"),
                         # Whoever follows it with a GET is answered 200, and the documents are gone.
                         ("elsewhere", b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:PORT/login\r\nContent-Length: 0\r\n\r\n")):
        server = Server([answer])
        forwarder = Forwarder(server, spool)
        check(name + ": into the spool", taken, forwarder.batch('{"a": 1}'))
        wait_for(name + ": the spool is empty", lambda: not glob.glob(spool + "/*.json"))
        check(name + ": what arrived", [b'{"a": 1}\n'], server.bodies)
        check(name + ": where", [], [path for path in server.paths if not path.startswith(b"POST /?")])
        said = forwarder.end()
        check(name + ": it is told", 1, said.count("tried again: "))

    # A password of any characters.
    server = Server([])
    with open(os.path.join(work, "password"), "w", encoding="utf-8") as file:
        file.write("pass\u0142word\n")
    forwarder = Forwarder(server, spool, password_file=file.name)
    forwarder.batch('{"a": 1}')
    wait_for("a password", lambda: server.bodies)
    forwarder.end()

    # What was not committed is not there; what was, comes over a restart, once, in its order.
    server = Server([b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n"] * 1)
    forwarder = Forwarder(server, spool)
    check("the first batch", taken, forwarder.batch('{"a": 1}'))
    check("the second batch", taken, forwarder.batch('{"a": 2}'))
    forwarder.say("BEGIN TRANSACTION")
    forwarder.say('{"a": 3}')
    forwarder.end()
    forwarder = Forwarder(server, spool)
    wait_for("the spool is empty", lambda: not glob.glob(spool + "/*.json"))
    check("over a restart", [b'{"a": 1}\n', b'{"a": 2}\n'], server.bodies)
    # A line that has no end is none of a batch.
    forwarder.process.stdin.write(b'BEGIN TRANSACTION\n{"a": 4}\nCOMMIT TRANS')
    forwarder.process.stdin.close()
    check("its end", 0, forwarder.process.wait(10))
    check("half a command", [], glob.glob(spool + "/*.json"))
    for file in (forwarder.process.stdout, forwarder.process.stderr):
        file.close()

    # No room: rsyslog is told, and keeps what it has.
    forwarder = Forwarder(Server([b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n"] * 100), spool, spool_bytes="5")
    check("room for one", taken, forwarder.batch('{"a": 5}'))
    check("no room", "Error: the spool is full", forwarder.batch('{"a": 6}')[-1])
    forwarder.end()


with tempfile.TemporaryDirectory() as directory:
    try_prometheus(directory)
    try_clickhouse(directory)
for failure in failures:
    print("FAIL:", failure)
if not failures:
    print("to stores: all as it has to be")
sys.exit(bool(failures))
