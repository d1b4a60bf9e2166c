# SPDX-License-Identifier: Apache-2.0
"""server.py PORT DIRECTORY SQL...: the engine of ClickHouse behind as much of its HTTP interface as pfx-clickhouse and the test use.
Answers 403 without the right password, 500 to the first two inserts, and 400 to one whose body has the word refuse-me."""
import http.server
import os
import re
import sys
import threading
import urllib.parse

from chdb import session

PORT, DIRECTORY = int(sys.argv[1]), sys.argv[2]
engine = session.Session(os.path.join(DIRECTORY, "data"))
for name in sys.argv[3:]:
    with open(name, encoding="utf-8") as file:
        text = re.sub(r"\nTTL [^\n]*?(?=;?\n|$)", lambda match: ";" if match.group(0).endswith(";") else "", re.sub(r"--[^\n]*", "", file.read()))
    for statement in text.split(";\n"):
        if statement.strip():
            engine.query(statement)
inserts = 0
lock = threading.Lock()  # the engine does one thing at a time


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        address = urllib.parse.urlsplit(self.path)
        if address.path == "/ping":
            return self.answer(200, "Ok.\n")
        with lock:
            answer = engine.query(urllib.parse.parse_qs(address.query)["query"][0], "TSV").bytes().decode()
        return self.answer(200, answer)

    def do_POST(self):
        global inserts
        body = self.rfile.read(int(self.headers["Content-Length"]))
        given = {name: values[0] for name, values in urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query).items()}
        into, form = re.fullmatch(r"INSERT INTO ([\w.]+) FORMAT (\w+)", given.pop("query")).groups()
        if (self.headers["X-ClickHouse-User"], self.headers["X-ClickHouse-Key"]) != ("rsyslog", "secret"):
            return self.answer(403, "Code: 516. DB::Exception: rsyslog: Authentication failed")
        inserts += 1
        print("inserts %d" % inserts, flush=True)
        if inserts <= 2:
            print("troubles %d" % inserts, flush=True)
            return self.answer(500, "Code: 241. DB::Exception: Memory limit exceeded")
        if b"refuse-me" in body:
            return self.answer(400, "Code: 27. DB::Exception: Cannot parse input")
        path = os.path.join(DIRECTORY, "body")
        settings = ", ".join("%s = '%s'" % one for one in given.items())
        with lock:
            with open(path, "wb") as file:
                file.write(body)
            try:
                engine.query("INSERT INTO %s FROM INFILE '%s' SETTINGS %s FORMAT %s" % (into, path, settings, form))
            except Exception as error:  # of the engine
                return self.answer(400, str(error))
        return self.answer(200, "")

    def log_message(self, *_):
        pass


http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
