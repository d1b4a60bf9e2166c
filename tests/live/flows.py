#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""flows.py URL: examples/opensearch/pfx-flows, asked of a real OpenSearch: an estate of three hosts by one collector and by three has the flows
that it was made of, with the same ids, run once and run again and again. A program that is spoilt is found."""
import http.server
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

from server import Server, same, wrong

SRC, BUILD = pathlib.Path(os.environ["PFX_SRCDIR"]), pathlib.Path(os.environ["PFX_BUILDDIR"])
sys.path.insert(0, str(SRC / "tests" / "traffic"))
import estate  # noqa: E402
import oddities  # noqa: E402

URL, PROGRAM = sys.argv[1], SRC / "examples" / "opensearch" / "pfx-flows"
DAY = ["--since", "2026-08-21", "--until", "2026-08-23"]
server = Server(URL, 120)
call = server.call


def load(documents):
    """In the place of all that is there."""
    call("DELETE", "/postfix-*,mail-flows-*")
    with open(SRC / "examples" / "opensearch-template.json", encoding="utf-8") as file:
        call("PUT", "/_index_template/postfix", json.load(file))
    server.put([("postfix-" + json.loads(document)["event_created"][:10], document) for document in documents])
    call("POST", "/postfix-*/_refresh")


def run(*arguments, program=PROGRAM, status=0):
    done = subprocess.run([sys.executable, str(program), "--url", URL, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != status:
        wrong.append("%s: exit status %d: %s" % (" ".join(arguments), done.returncode, done.stderr.decode()[-500:]))
    return done.stdout.decode() if status == 0 else done.stderr.decode()


def stored():
    """{mail id: document} of mail-flows-*."""
    call("POST", "/mail-flows-*/_refresh")
    hits = call("POST", "/mail-flows-*/_search", {"size": 10000})["hits"]["hits"]
    same("documents of one mail", len(hits), len({hit["_source"]["vendor_mail_id"] for hit in hits}))
    return {hit["_source"]["vendor_mail_id"]: hit["_source"] for hit in hits}


def join(*arguments, program=PROGRAM):
    run("join", *(arguments or DAY), program=program)
    return {mail: document["vendor_flow_id"] for mail, document in stored().items()}


def main():
    made = estate.Estate(11, 1500)
    documents = {"one": [], "three": []}
    with tempfile.TemporaryDirectory() as work:
        for name, collector, lines in made.collected():
            told = subprocess.run([str(BUILD / "tools" / "pfxlog"), "normalize", "--rulebasedir", str(SRC / "rulebases"), "--ownrelays", estate.RELAYS,
                                   "--collector", collector], input=lines.encode(), check=True, stdout=subprocess.PIPE).stdout
            # Deliveries are there, too, so that what looks for records has to.
            documents[name] += [line for line in told.decode().splitlines() if "vendor_status" in line or "vendor_mail_record" in line]
        wanted = made.flows(map(json.loads, documents["one"]))
        same("flows of the estate", 1500, len(estate.as_sets(wanted)))
        documents["three"] += [json.dumps(half) for half in made.halves(list(map(json.loads, documents["three"])))]

        load(documents["one"])
        one, ways = join(), run("way", "r17@example.com", "--at", "2026-08-21 12:00", "--around", "20")
        same("flows by one collector", 0, len(estate.as_sets(one) ^ estate.as_sets(wanted)))
        text = PROGRAM.read_text(encoding="utf-8")
        spoil(work, text, "weak links count", [('if record.get("vendor_link") != "weak" else None', "")], wanted)

        load(documents["three"])
        # As a timer runs it: what is not all there yet is joined later; a flow whose begin is too long ago stays what it was.
        for until in ("10:15", "10:30", "10:45"):
            join("--since", "2026-08-21", "--until", "2026-08-21 " + until)
        three = join()
        same("flows by three", 0, len(estate.as_sets(three) ^ estate.as_sets(wanted)))
        same("ids of flows", one, three)
        before = stored()
        join("--since", "2026-08-21 10:20")
        same("what was put again", before, stored())
        same("no address", [], [document for document in before.values() if "@" in json.dumps(document)])
        told = run("way", "r17@example.com", "--at", "2026-08-21 12:00", "--around", "20")
        ids = [[json.loads(line)["mail_id"] for line in text.splitlines()] for text in (ways, told)]
        same("the way of a mail", *ids)
        flow = next(flow for flow in estate.as_sets(wanted) if ids[0] and ids[0][0] in flow)
        same("all its mails", flow, frozenset(ids[0]))
        arrivals = [json.loads(line)["arrived"] for line in told.splitlines()]
        same("oldest first", sorted(arrivals), arrivals)

        window = [(one, "datetime.timedelta(days=9)") for one in ("datetime.timedelta(seconds=600)", "datetime.timedelta(seconds=2)")]
        anyone = [("of_children[key, client]", "of_children[key, None]"), ("(host, None) if client_or_none else (host,)", "(host, None)"),
                  ("of_hops[key, child.client].", "of_hops[key, None].")]
        mutual = [("if child and of_hops[key, None].nearest(child.arrived, child.arrived - AHEAD, child.arrived + DATA_END) is hop:", "if child:")]
        spoil(work, text, "no window", window + anyone, wanted)
        spoil(work, text, "no mutual best", anyone + mutual, wanted)
        spoil(work, text, "a record with a gap", [('not record.get("vendor_incomplete"), ', "")], wanted)
        spoil(work, text, "no guess", [("if not hop.queue_id and", "if False and")], wanted)
        spoil(work, text, "guesses alone", [("for hop in hops if hop.queue_id], True", "for hop in []], True")], wanted)

    try_oddities()
    try_answers()
    if "no record of" not in run("way", "nobody@example.com", "--at", "2026-08-21", status=1):
        wrong.append("says nothing of what is not there")
    if "is not before" not in run("join", "--since", "2026-08-23", "--until", "2026-08-22", status=2):
        wrong.append("takes a time that ends before it begins")
    if "a time such as" not in run("join", "--since", "soon", status=2):
        wrong.append("takes a time that is none")
    call("DELETE", "/postfix-*,mail-flows-*")
    for options in (["--around", "nan"], ["--around", "1e12"], ["--around", "0"], ["--at", "0001-01-01"]):
        if "--around is" not in run("way", "x", *options, status=2):
            wrong.append("takes a time beyond all times: %s" % options)
    for line in wrong:
        print("FAIL: " + line[:1500])
    print("flows: %d of one collector, %d of three; %d wrong" % (len(estate.as_sets(one)), len(estate.as_sets(three)), len(wrong)))
    return 1 if wrong else 0


def try_oddities():
    """Records as odd as they come; some that are none; and a mail whose month is known later."""
    documents, flows = oddities.oddities()
    good = len(documents)
    for number, odd in enumerate(({"event_source": None}, {"vendor_mail_id": None}, {"vendor_mail_arrival": 1787306400000}, {"email_message_id": ["a", "b"]},
                                  {"vendor_recipients_status": ["sent"], "vendor_recipients_own_host": ["hub1"], "vendor_recipients_time": [5]})):
        document = {**oddities.record("none%d" % number, "in1", 800), **odd}
        documents.append({name: value for name, value in document.items() if value is not None})
    # A text where a list should be, a time without a zone: these are mails.
    for mail, fields in (("scalar", {"vendor_recipients_status": "bounced"}), ("zoneless", {"vendor_mail_arrival": "2026-08-21T10:15:00"})):
        documents.append(oddities.record(mail, "in1", 900, **fields))
        flows[mail] = mail
    load(list(map(json.dumps, documents)))
    done = subprocess.run([sys.executable, str(PROGRAM), "--url", URL, "join", *DAY], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    same("odd records", 0, done.returncode)
    if "%d records are left out" % (len(documents) - good - 2) not in done.stderr.decode():
        wrong.append("does not say what it leaves out: %s" % done.stderr.decode()[-500:])
    got = {mail: document["vendor_flow_id"] for mail, document in stored().items()}
    same("flows of odd records", {}, {mail: (flow, got.get(mail)) for mail, flow in flows.items() if got.get(mail) != flow})
    same("no others", [], sorted(set(got) - set(flows)))

    late = oddities.record("late", "in1", 0, event_created="2026-09-01T00:00:05Z", vendor_mail_arrival="2026-08-31T23:59:58+00:00")
    half = {name: value for name, value in late.items() if name != "vendor_mail_arrival"}
    for document in ({**half, "vendor_incomplete": "true"}, late):
        load_more([document])
        run("join", "--since", "2026-08-31", "--until", "2026-09-02")
    call("POST", "/mail-flows-*/_refresh")
    hits = call("POST", "/mail-flows-*/_search", {"query": {"ids": {"values": ["late"]}}})["hits"]["hits"]
    same("a mail of another month", ["mail-flows-2026-08"], [hit["_index"] for hit in hits])
    # As a header has it.
    load_more([{**late, "email_message_id": "late@example.com", "vendor_mail_record": 2}])
    if '"late"' not in run("way", "<late@example.com>", "--at", "2026-09-01"):
        wrong.append("a Message-ID as a header has it")

    loader = importlib.machinery.SourceFileLoader("program", str(PROGRAM))
    program = importlib.util.module_from_spec(importlib.util.spec_from_loader("program", loader))
    loader.exec_module(program)
    documents, flows = oddities.alike(4000)
    begin = time.process_time()
    got = program.joined([program.Mail(document) for document in documents])
    same("one Message-ID", {}, {mail: got[mail][0] for mail, flow in flows.items() if got[mail][0] != flow})
    if time.process_time() - begin > 10:
        wrong.append("one Message-ID: %d seconds of a processor" % (time.process_time() - begin))


def load_more(documents):
    server.put([("postfix-" + one["event_created"][:10], json.dumps(one)) for one in documents])
    call("POST", "/postfix-*,mail-flows-*/_refresh")


ANSWERS = {"half": b'{"timed_out": false, "_sh', "empty": b"", "nothing": b"{}", "a list": b"[]", "no hits": b'{"timed_out":false,"_shards":{"failed":0}}',
           "no source": b'{"timed_out":false,"_shards":{"failed":0},"_scroll_id":"1","hits":{"hits":[{"_id":"1"}]}}',
           "a shard less": b'{"timed_out":false,"_shards":{"failed":1},"_scroll_id":"1","hits":{"hits":[]}}', "cut": b'{"timed_out": false}', "busy": b'{"error":"busy"}', "elsewhere": b"{}"}


class Answer(http.server.BaseHTTPRequestHandler):
    """The one that the path begins with; cut is shorter than it says."""

    def log_message(self, *arguments):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind = self.path.split("/")[1].replace("%20", " ")
        self.send_response({"busy": 429, "elsewhere": 302}.get(kind, 200))
        if kind == "elsewhere":
            self.send_header("Location", "/there")
        self.send_header("Content-Length", str(len(ANSWERS[kind]) + (kind == "cut")))
        self.end_headers()
        self.wfile.write(ANSWERS[kind])

    do_DELETE = do_PUT = do_POST

    def do_GET(self):
        """Where a redirected search is not asked: no mails."""
        answer = b'{"timed_out":false,"_shards":{"failed":0},"_scroll_id":"1","hits":{"hits":[]}}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


def try_answers():
    """Each is told in a line, and none is taken for no mails."""
    answering = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=answering.serve_forever, daemon=True).start()
    for kind in ANSWERS:
        address = "http://127.0.0.1:%d/%s" % (answering.server_port, kind.replace(" ", "%20"))
        done = subprocess.run([sys.executable, str(PROGRAM), "--url", address, "join", *DAY], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        said = done.stderr.decode()
        if done.returncode != 1 or not said.startswith("pfx-flows: ") or said.count("\n") != 1 or done.stdout:
            wrong.append("an answer of %s: exit status %d: %s" % (kind, done.returncode, said[-500:]))
    answering.shutdown()
    done = subprocess.run([sys.executable, str(PROGRAM), "--url", "opensearch.example.com:9200", "join"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 1 or not done.stderr.startswith(b"pfx-flows: "):
        wrong.append("a URL that is none: %s" % done.stderr.decode()[-500:])


def spoil(work, text, what, changes, wanted):
    program = pathlib.Path(work) / "spoilt"
    for old, new in changes:
        if old not in text:
            sys.exit("FAIL: %s: nothing spoilt" % what)
        text = text.replace(old, new)
    program.write_text(text, encoding="utf-8")
    call("DELETE", "/mail-flows-*")
    if estate.as_sets(join(program=program)) == estate.as_sets(wanted):
        wrong.append("%s is not found" % what)


if __name__ == "__main__":
    sys.exit(main())
