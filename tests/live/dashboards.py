#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""dashboards.py URL: what examples/opensearch/dashboards.ndjson shows, asked of an OpenSearch as OpenSearch Dashboards puts it together.
What is right is known by the maker of the log, or counted in its text. Dashboards itself is not here: that it imports and draws the
objects is not tried, only that they hold together and ask what they mean. A real rsyslogd fills the indices by examples/opensearch.conf."""
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from server import Server, same, wrong

SRC, BUILD = pathlib.Path(os.environ["PFX_SRCDIR"]), pathlib.Path(os.environ["PFX_BUILDDIR"])
URL = sys.argv[1]
MAILS = 1200
PLACE = "kibanaSavedObjectMeta.searchSourceJSON.index"
server = Server(URL, 120)
call = server.call


def objects():
    with open(SRC / "examples" / "opensearch" / "dashboards.ndjson", encoding="utf-8") as file:
        return {(one["type"], one["id"]): one for one in map(json.loads, file)}


def normalized(log):
    """Documents of a log."""
    return subprocess.run([str(BUILD / "tools" / "pfxlog"), "normalize", "--rulebasedir", str(SRC / "rulebases"), str(log)],
                          check=True, stdout=subprocess.PIPE).stdout.decode().splitlines()


def put(index, log):
    server.put([(index, document) for document in normalized(log)])
    call("POST", "/%s/_refresh" % index)


def unordered(lines):
    """Each fifth mail is said to be removed before its last delivery is told, as by a second worker: its record is amended."""
    told = [re.search(r"\]: (\w+): (removed$|.* status=)?", line) for line in lines]
    last, later, moved = {}, {}, 0
    for at, match in enumerate(told):
        if match and match.group(2) == "removed":
            moved += 1
            if moved % 5 == 0 and match.group(1) in last:
                later[last[match.group(1)]] = at
        elif match and match.group(2):
            last[match.group(1)] = at
    gone = set(later.values())
    return [lines[one] for at in range(len(lines)) if at not in gone for one in ([later[at], at] if at in later else [at])]


def best(told):
    """The number of the best record of each mail in documents, by its id."""
    ranks = collections.defaultdict(set)
    for document in map(json.loads, told):
        if "vendor_mail_record" in document:
            ranks[document["vendor_mail_id"]].add((not document.get("vendor_incomplete"), document["vendor_mail_record"]))
    return {mail: max(there)[1] for mail, there in ranks.items()}


def load(work):
    bench = SRC / "tests" / "bench"
    subprocess.run([os.environ.get("CC", "cc"), "-std=gnu11", "-D_GNU_SOURCE", "-O1", "-o", work + "/generate"] +
                   [str(bench / (name + ".c")) for name in "generate stream site traffic delivery".split()], check=True)
    log = subprocess.run([work + "/generate", "--mails", str(MAILS), "--format", "rfc3339", "--truth", work + "/truth"], stdout=subprocess.PIPE,
                         check=True).stdout.decode()
    with open(work + "/log", "w", encoding="utf-8") as file:
        file.write("\n".join(unordered(log.splitlines())) + "\n")
    with open(work + "/truth", encoding="utf-8") as file:
        truth = [json.loads(line) for line in file]
    call("PUT", "/_index_template/postfix", json.loads((SRC / "examples" / "opensearch-template.json").read_text(encoding="utf-8")))
    call("PUT", "/_ingest/pipeline/mail-records", json.loads((SRC / "examples" / "opensearch" / "mail-records.json").read_text(encoding="utf-8")))
    told = normalized(work + "/log")
    loaded = subprocess.run(["bash", str(SRC / "tests" / "live" / "opensearch-load.sh"), URL.rpartition(":")[2], work + "/log", str(len(told)),
                             str(sum(best(told).values()))], check=False, stdout=subprocess.PIPE)
    if loaded.returncode:
        sys.exit(loaded.stdout.decode())
    put("postfix-demo", SRC / "examples" / "mail.log")
    return truth, log


# ---- forms ------------------------------------------------------------------------------------------
def check_forms(found):
    properties = json.loads((SRC / "examples" / "opensearch-template.json").read_text(encoding="utf-8"))["template"]["mappings"]["properties"]
    types = {name: row["type"] for name, row in properties.items()}
    uses = {"terms": {"keyword", "ip", "long"}, "cardinality": {"keyword", "ip", "long"}, "sum": {"long", "double"},
            "percentiles": {"long", "double"}, "date_histogram": {"date"}}
    shown = set()
    for key, one in found.items():
        for reference in one["references"]:
            if (reference["type"], reference["id"]) not in found:
                wrong.append("%s refers to nothing: %r" % (key, reference))
        attributes = one["attributes"]
        if one["type"] != "index-pattern":
            search = json.loads(attributes["kibanaSavedObjectMeta"]["searchSourceJSON"])
            for field in re.findall(r"(\w+):", search["query"]["query"]):
                if field not in types:
                    wrong.append("%s asks for a field that is none: %s" % (key, field))
        if one["type"] in ("visualization", "search"):
            same("%s: index" % (key,), [PLACE], [reference["name"] for reference in one["references"]])
            same("%s: index" % (key,), PLACE, search["indexRefName"])
        if one["type"] == "visualization":
            state = json.loads(attributes["visState"])
            same("%s: title" % (key,), attributes["title"], state["title"])
            same("%s: ids" % (key,), len(state["aggs"]), len({agg["id"] for agg in state["aggs"]}))
            for agg in state["aggs"]:
                field = agg["params"].get("field")
                if agg["type"] != "count" and types.get(field) not in uses[agg["type"]]:
                    wrong.append("%s: no %s of %s" % (key, agg["type"], field))
        if one["type"] == "search":
            for column in attributes["columns"] + [row[0] for row in attributes["sort"]]:
                if column not in types:
                    wrong.append("%s: no column %s" % (key, column))
        if one["type"] == "dashboard":
            taken = set()
            names = {reference["name"]: (reference["type"], reference["id"]) for reference in one["references"]}
            for panel in json.loads(attributes["panelsJSON"]):
                at = panel["gridData"]
                cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
                if taken & cells or at["x"] + at["w"] > 48:
                    wrong.append("%s: a panel on another" % (key,))
                taken |= cells
                shown.add(names.pop(panel["panelRefName"]))
            same("%s: references that no panel has" % (key,), {}, names)
    same("objects on no dashboard", set(), {key for key in found if key[0] in ("visualization", "search")} - shown)


# ---- what they ask ----------------------------------------------------------------------------------
INDICES = {"mmpostfix-lines": "postfix-2026-08-*", "mmpostfix-records": "mail-records-*"}


def ask(found, name, index=None):
    """Buckets of a visualization, as rows: keys, then the measures."""
    one = found[("visualization", "mmpostfix-" + name)]
    index = index or INDICES[one["references"][0]["id"]]
    state, search = json.loads(one["attributes"]["visState"]), json.loads(one["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
    measures = [agg for agg in state["aggs"] if agg["schema"] == "metric"]
    body = {"size": 0, "track_total_hits": True, "query": {"bool": {"filter": [
        {"range": {"event_created": {"gte": "1990-01-01T00:00:00Z", "lte": "2100-01-01T00:00:00Z", "format": "strict_date_optional_time"}}},
        {"query_string": {"query": search["query"]["query"], "analyze_wildcard": True}}]}}}
    at = body
    order = []
    for agg in state["aggs"]:
        if agg["schema"] == "metric":
            continue
        given = agg["params"]
        if agg["type"] == "date_histogram":
            part = {"field": given["field"], "calendar_interval": "1d", "time_zone": "UTC", "min_doc_count": given["min_doc_count"]}
        else:
            part = {"field": given["field"], "size": given["size"],
                    "order": {"_count" if measures[0]["type"] == "count" else given["orderBy"]: given["order"]}}
            if given["missingBucket"] and given["field"] not in ("source_ip",):
                part["missing"] = given["missingBucketLabel"]
        at["aggs"] = {agg["id"]: {agg["type"]: part}}
        at = at["aggs"][agg["id"]]
        order.append(agg["id"])
    leaves = {agg["id"]: {agg["type"]: {name: agg["params"][name] for name in ("field", "percents") if name in agg["params"]}}
              for agg in measures if agg["type"] != "count"}
    if leaves:
        at.setdefault("aggs", {}).update(leaves)
    answer = call("POST", "/%s/_search" % index, body)

    def rows(part, left, keys):
        if not left:
            values = [part["doc_count"] if agg["type"] == "count" else part[agg["id"]].get("value", part[agg["id"]].get("values")) for agg in measures]
            yield keys + values
            return
        for bucket in part[left[0]]["buckets"]:
            yield from rows(bucket, left[1:], keys + [bucket["key"]])
    top = dict(answer.get("aggregations", {}), doc_count=answer["hits"]["total"]["value"])
    return list(rows(top, order, []))


def summed(rows, at):
    found = collections.Counter()
    for row in rows:
        found[row[at]] += row[-1]
    return found


def verdict(mail):
    there = {one["status"] for one in mail["recipients"]}
    return "delivered" if there == {"sent"} else "bounced" if there == {"bounced"} else "partly"


def try_questions(found, truth, text):
    tries = collections.Counter()
    for mail in truth:
        for one in mail["recipients"]:
            tries["deferred"] += one["attempts"] - 1
            tries[one["status"]] += 1
    failed = collections.Counter(re.findall(r"\[([^\]]+)\]: SASL \w+ authentication failed", text))
    same("mails", [[len(truth), sum(mail["size"] for mail in truth), sum(len(mail["recipients"]) for mail in truth)]], ask(found, "mails"))
    same("verdicts", collections.Counter(verdict(mail) for mail in truth), summed(ask(found, "verdicts"), 1))
    same("statuses", +tries, summed(ask(found, "statuses"), 1))
    hops = collections.Counter(re.findall(r"to=<.*, relay=([^\[,]+).*, status=(\w+)", text))
    rows = ask(found, "next-hops")
    same("next hops", {(hop, status): hops[(hop, status)] for hop, status, _ in rows}, {(hop, status): count for hop, status, count in rows})
    same("next hops: rows", min(50, len({hop for hop, _ in hops})), len({row[0] for row in rows}))
    same("not delivered", collections.Counter({key: tries[key] for key in ("deferred", "bounced")}), summed(ask(found, "not-delivered"), 1))
    delays = sorted(float(one) for one in re.findall(r" delay=([\d.]+), .*status=sent", text))
    middle = ask(found, "delays")[0][-1]["50.0"]
    if not delays[len(delays) * 4 // 10] <= middle <= delays[len(delays) * 6 // 10]:
        wrong.append("delays: the median is %r" % middle)
    logged_in = len(re.findall(r"client=.*sasl_username=", text))
    same("logins", collections.Counter(failure=sum(failed.values()), success=logged_in), summed(ask(found, "logins"), 1))
    addresses = ask(found, "failing-addresses")
    same("failing addresses: rows", min(50, len(failed)), len(addresses))
    same("failing addresses", {row[0]: failed[row[0]] for row in addresses}, {row[0]: row[1] for row in addresses})
    users = collections.Counter(mail["sasl_username"].lower() for mail in truth if mail["sasl_username"])
    got = {row[0]: row[1] for row in ask(found, "submissions")}
    same("submissions", {name: users[name] for name in got}, got)
    if not got:
        wrong.append("submissions: nothing")
    refused = len(re.findall(r"reject: ", text))
    if summed(ask(found, "refused"), 1).total() < refused > 0 or not ask(found, "refused-clients"):
        wrong.append("refused: %r, and %d in the log" % (ask(found, "refused"), refused))
    clients = len([mail for mail in truth if mail["client_ip"]])
    same("tls-in", clients, sum(row[1] for row in ask(found, "tls-in")))
    # Names of those who failed are in the demo log, alerts in what monitors.py has loaded.
    demo = (SRC / "examples" / "mail.log").read_text(encoding="utf-8")
    named = collections.Counter(name.lower() for name in re.findall(
        r"smtpd\[\d+\]: warning: .*SASL \w+ authentication failed: .*sasl_username=(\S+)$", demo, re.M))
    same("failing users", dict(named), {row[0]: row[1] for row in ask(found, "failing-users", "postfix-demo")})
    same("alerts", collections.Counter({"recipients-user": 2, "login-failures-address": 1}), summed(ask(found, "alerts", "postfix-2026-03-02"), 1))
    for key, one in found.items():
        if key[0] == "search":
            search = json.loads(one["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
            call("POST", "/postfix-2026-08-*/_search", {"size": 1, "_source": one["attributes"]["columns"], "sort": [{"event_created": "desc"}],
                                                      "query": {"query_string": {"query": search["query"]["query"]}}})
    # One that is wrong is found out.
    spoilt = json.loads(json.dumps(found[("visualization", "mmpostfix-verdicts")]).replace("NOT vendor_verdict:handed_over", "vendor_count_recipients:1"))
    if summed(ask({("visualization", "mmpostfix-verdicts"): spoilt}, "verdicts"), 1) == collections.Counter(verdict(mail) for mail in truth):
        wrong.append("nobody minds another question")


def count_again(found, truth):
    """Each mail once, from whatever is in the indices of lines: by the reindexing that doc/boards.md tells of, and as a server without the pipeline has it."""
    wanted = collections.Counter(verdict(mail) for mail in truth)
    numbers = call("POST", "/mail-records-*/_search", {"size": 0, "aggs": {"n": {"terms": {"field": "vendor_mail_record"}}}})["aggregations"]["n"]["buckets"]
    if len(numbers) < 2:
        wrong.append("no record was amended: %r" % numbers)
    again = json.loads((SRC / "examples" / "opensearch" / "mail-records-reindex.json").read_text(encoding="utf-8"))
    again["source"]["index"] = "postfix-2026-08-*"
    for name, minded in (("mail-records", False), (None, True)):
        call("DELETE", "/mail-records-*")
        if name is None:
            del again["dest"]["pipeline"]
            again["source"]["sort"] = [{"vendor_mail_record": "desc"}]  # the last that comes is not the last that was told
        call("POST", "/_reindex?refresh=true", again)
        if (summed(ask(found, "verdicts"), 1) != wanted) != minded:
            wrong.append("read in again with the pipeline %s: %r, not %r" % (name, summed(ask(found, "verdicts"), 1), wanted))


found = objects()
check_forms(found)
with tempfile.TemporaryDirectory() as directory:
    made = load(directory)
try_questions(found, *made)
count_again(found, made[0])
for line in wrong:
    print("FAIL: " + line[:1500])
sys.exit(len(wrong) > 0)
