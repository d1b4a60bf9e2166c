# SPDX-License-Identifier: Apache-2.0
"""Stand-ins of the servers that examples/ send to, on a port of 127.0.0.1 that the kernel chooses.

usage: examples-receiver.py gelf DIR [CERTIFICATE KEY]    GELF over TCP or TLS
       examples-receiver.py opensearch DIR                bulk requests over HTTP

DIR/port gets the port, DIR/got a line a message or document. They run until they are killed.
"""
import http.server
import json
import os
import socket
import ssl
import sys
import threading

directory = sys.argv[2]


def announce(port):
    with open(directory + "/port.new", "w", encoding="ascii") as file:
        file.write(str(port))
    os.rename(directory + "/port.new", directory + "/port")


def gelf(got, certificate=None, key=None):
    server = socket.create_server(("127.0.0.1", 0))
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server = context.wrap_socket(server, server_side=True)
    announce(server.getsockname()[1])
    while True:
        try:
            connection, data = server.accept()[0], b""
        except OSError:  # a handshake that failed; the client tries again
            continue
        while block := connection.recv(65536):
            *frames, data = (data + block).split(b"\0")
            got.writelines(frame.strip() + b"\n" for frame in frames)
            got.flush()


class Bulk(http.server.BaseHTTPRequestHandler):
    """Takes documents by POST /_bulk, but refuses the first two lines at first: one because it is busy,
    one for good. The first record of a mail is refused as the server is busy."""

    protocol_version = "HTTP/1.1"
    got = None
    lock = threading.Lock()  # both actions keep their connections
    refusals = [(429, "circuit_breaking_exception"), (400, "mapper_parsing_exception")]
    busy_for_records = True
    refused_for_good = set()
    ids = set()

    def log_message(self, *_):
        pass

    def answer(self, status, what):
        body = json.dumps(what).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):  # the health check
        self.answer(200, {"status": "green"})

    def take_record(self, operation, where, document):
        """Which record is the better one is the pipeline's business, which tests/live/opensearch.test has."""
        if operation != "index" or set(where) != {"_index", "_id", "pipeline"} or where["pipeline"] != "mail-records":
            raise ValueError("record " + json.dumps({operation: where}))
        item = {"_index": where["_index"], "_id": where["_id"], "status": 201}
        if Bulk.busy_for_records:
            Bulk.busy_for_records = False
            item.update(status=429, error={"type": "circuit_breaking_exception", "reason": "once"})
        else:
            self.got.write(json.dumps({"index": where["_index"], "id": where["_id"], "document": document}).encode() + b"\n")
        return {operation: item}

    def take(self, action, document):
        (operation, where), = action.items()
        if where.get("_index", "").startswith("mail-records-"):
            return self.take_record(operation, where, document)
        if operation != "create" or set(where) != {"_index", "_id"} or not where["_id"]:
            raise ValueError("action " + json.dumps(action))
        item = {"_index": where["_index"], "_id": where["_id"], "status": 201}
        if where["_id"] in self.ids:
            item.update(status=409, error={"type": "version_conflict_engine_exception"})
        elif self.refusals:
            status, reason = self.refusals.pop(0)
            if status == 400:
                self.refused_for_good.add(where["_id"])
            item.update(status=status, error={"type": reason, "reason": "once"})
        elif where["_id"] in self.refused_for_good:
            raise ValueError("sent again, though refused for good")
        else:
            self.ids.add(where["_id"])
            line = {"index": where["_index"], "document": document}
            self.got.write(json.dumps(line).encode() + b"\n")
        return {operation: item}

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            if self.path != "/_bulk" or not body.endswith(b"\n"):
                raise ValueError("request for " + self.path)
            lines = [json.loads(line) for line in body.decode("utf-8").splitlines()]
            if len(lines) % 2:
                raise ValueError("an action without a document")
            with self.lock:
                items = [self.take(*pair) for pair in zip(lines[::2], lines[1::2])]
                self.got.flush()
        except ValueError as error:
            with open(directory + "/complaints", "a", encoding="utf-8") as file:
                file.write(str(error) + "\n")
            self.answer(400, {"error": {"type": "illegal_argument_exception"}, "status": 400})
            return
        errors = any("error" in next(iter(item.values())) for item in items)
        self.answer(200, {"took": 1, "errors": errors, "items": items})


with open(directory + "/got", "ab") as output:
    if sys.argv[1] == "gelf":
        gelf(output, *sys.argv[3:])
    else:
        Bulk.got = output
        http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bulk)
        announce(http.server_address[1])
        http.serve_forever()
