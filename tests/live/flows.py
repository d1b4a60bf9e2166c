#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""flows.py URL: examples/opensearch/pfx-flows, asked of a real OpenSearch: an estate of three hosts by one collector and by three has the flows
that it was made of, with the same ids, run once and run again and again. A program that is spoilt is found."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

SRC, BUILD = pathlib.Path(os.environ["PFX_SRCDIR"]), pathlib.Path(os.environ["PFX_BUILDDIR"])
sys.path.insert(0, str(SRC / "tests" / "traffic"))
import estate  # noqa: E402

URL, PROGRAM = sys.argv[1], SRC / "examples" / "opensearch" / "pfx-flows"
DAY = ["--since", "2026-08-21", "--until", "2026-08-23"]
wrong = []


def same(what, wanted, got):
    if wanted != got:
        wrong.append("%s: expected %r, got %r" % (what, wanted, got))


def call(method, path, body=None, kind="application/json"):
    data = body.encode() if isinstance(body, str) else json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(URL + path, data, {"Content-Type": kind}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        sys.exit("FAIL: %s %s: %s" % (method, path, error.read().decode()[:1000]))


def load(documents):
    """In the place of all that is there."""
    call("DELETE", "/postfix-*,mail-flows-*")
    with open(SRC / "examples" / "opensearch-template.json", encoding="utf-8") as file:
        call("PUT", "/_index_template/postfix", json.load(file))
    for first in range(0, len(documents), 5000):
        bulk = "".join('{"create":{"_index":"postfix-%s"}}\n%s\n' % (json.loads(document)["event_created"][:10], document)
                       for document in documents[first:first + 5000])
        if call("POST", "/_bulk", bulk, "application/x-ndjson")["errors"]:
            sys.exit("FAIL: documents were refused")
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


def as_sets(flow_of):
    flows = {}
    for mail, flow in flow_of.items():
        flows.setdefault(flow, set()).add(mail)
    return {frozenset(mails) for mails in flows.values()}


def main():
    made = estate.Estate(11, 1500)
    documents = {"one": [], "three": []}
    with tempfile.TemporaryDirectory() as work:
        for name, hosts in (("one", [None]), ("three", list(estate.HOSTS))):
            for host in hosts:
                log = pathlib.Path(work) / "estate.log"
                log.write_text("".join(text + "\n" for _, of, text in made.lines if host in (None, of)), encoding="utf-8")
                told = subprocess.run([str(BUILD / "tools" / "pfxlog"), "normalize", "--rulebasedir", str(SRC / "rulebases"), "--ownrelays",
                                       estate.RELAYS, "--collector", host or "all", str(log)], check=True, stdout=subprocess.PIPE).stdout
                # Deliveries are there, too, so that what looks for records has to.
                documents[name] += [line for line in told.decode().splitlines() if "vendor_status" in line or "vendor_mail_record" in line]
        wanted = made.flows(map(json.loads, documents["one"]))
        same("flows of the estate", 1500, len(as_sets(wanted)))
        documents["three"] += [json.dumps(half) for half in made.halves(list(map(json.loads, documents["three"])))]

        load(documents["one"])
        one, ways = join(), run("way", "r17@example.com", "--at", "2026-08-21 12:00", "--around", "20")
        same("flows by one collector", 0, len(as_sets(one) ^ as_sets(wanted)))
        text = PROGRAM.read_text(encoding="utf-8")
        spoil(work, text, "weak links count", [('if record.get("vendor_link") != "weak" else None', "")], wanted)

        load(documents["three"])
        # As a timer runs it: what is not all there yet is joined later; a flow whose begin is too long ago stays what it was.
        for until in ("10:15", "10:30", "10:45"):
            join("--since", "2026-08-21", "--until", "2026-08-21 " + until)
        three = join()
        same("flows by three", 0, len(as_sets(three) ^ as_sets(wanted)))
        same("ids of flows", one, three)
        before = stored()
        join("--since", "2026-08-21 10:20")
        same("what was put again", before, stored())
        same("no address", [], [document for document in before.values() if "@" in json.dumps(document)])
        told = run("way", "r17@example.com", "--at", "2026-08-21 12:00", "--around", "20")
        ids = [[json.loads(line)["mail_id"] for line in text.splitlines()] for text in (ways, told)]
        same("the way of a mail", *ids)
        flow = next(flow for flow in as_sets(wanted) if ids[0] and ids[0][0] in flow)
        same("all its mails", flow, frozenset(ids[0]))
        arrivals = [json.loads(line)["arrived"] for line in told.splitlines()]
        same("oldest first", sorted(arrivals), arrivals)

        window = ("return -DATA_END <= (child.arrived - hop.told).total_seconds() <= AHEAD", "return True")
        anyone = ("child.client in (None, hop.mail.host)", "True")
        mutual = ("first[of_child, of_child(*pair)] is pair and first[of_hop, of_hop(*pair)] is pair", "True")
        spoil(work, text, "no window", [window, anyone], wanted)
        spoil(work, text, "no mutual best", [mutual, anyone], wanted)
        spoil(work, text, "a record with a gap", [('"vendor_incomplete" not in record, ', "")], wanted)
        spoil(work, text, "no guess", [("if not hop.queue_id and", "if False and")], wanted)
        spoil(work, text, "guesses alone", [("for hop in hops if hop.queue_id for", "for hop in [] for")], wanted)

    if "no record of" not in run("way", "nobody@example.com", "--at", "2026-08-21", status=1):
        wrong.append("says nothing of what is not there")
    if "is not before" not in run("join", "--since", "2026-08-23", "--until", "2026-08-22", status=2):
        wrong.append("takes a time that ends before it begins")
    if "a time such as" not in run("join", "--since", "soon", status=2):
        wrong.append("takes a time that is none")
    call("DELETE", "/postfix-*,mail-flows-*")
    for line in wrong:
        print("FAIL: " + line[:1500])
    print("flows: %d of one collector, %d of three; %d wrong" % (len(as_sets(one)), len(as_sets(three)), len(wrong)))
    return 1 if wrong else 0


def spoil(work, text, what, changes, wanted):
    program = pathlib.Path(work) / "spoilt"
    for old, new in changes:
        if old not in text:
            sys.exit("FAIL: %s: nothing spoilt" % what)
        text = text.replace(old, new)
    program.write_text(text, encoding="utf-8")
    call("DELETE", "/mail-flows-*")
    if as_sets(join(program=program)) == as_sets(wanted):
        wrong.append("%s is not found" % what)


if __name__ == "__main__":
    sys.exit(main())
