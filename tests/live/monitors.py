#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""monitors.py URL: what examples/alerts/ looks for, asked of an OpenSearch. What is right was counted by hand in the lines below."""
import datetime
import json
import os
import subprocess
import sys
import time
import urllib.error

from server import Server, same, wrong

SRC, BUILD = os.environ["PFX_SRCDIR"], os.environ["PFX_BUILDDIR"]
URL = sys.argv[1]
EVE = 'eve"}}{{ctx}}<!channel>\\@example.com'  # a name that is none of JSON, of a template or of a chat
call = Server(URL, 60).call


def wait():
    for _ in range(600):
        try:
            return call("GET", "/")
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
    sys.exit("FAIL: the server does not answer")


def read(name):
    with open(os.path.join(SRC, "examples", name), encoding="utf-8") as file:
        return file.read()


def lines():
    """At 10:00:02 and 10:07:02 mails to 501 recipients, high; at 10:20:10 the eleventh failed login of an address, medium."""
    for minute, queue_id, user in ((0, "4ABCDEF000", "alice@example.com"), (7, "4ABCDEF001", EVE)):
        for second, text in enumerate((
                "smtpd[8]: %s: client=unknown[203.0.113.7], sasl_method=LOGIN, sasl_username=%s" % (queue_id, user),
                "cleanup[9]: %s: message-id=<%s@example.com>" % (queue_id, queue_id),
                "qmgr[3]: %s: from=<alice@example.com>, size=900, nrcpt=501 (queue active)" % queue_id)):
            yield "2026-03-02T10:%02d:%02d+00:00 mx1 postfix/%s" % (minute, second, text)
    for second in range(11):
        yield ("2026-03-02T10:20:%02d+00:00 mx1 postfix/smtpd[7]: warning: unknown[198.51.100.9]: SASL LOGIN authentication failed: "
               "authentication failure, sasl_username=bob@example.com" % second)


def load():
    call("PUT", "/_index_template/postfix", json.loads(read("opensearch-template.json")))
    told = subprocess.run([os.path.join(BUILD, "tools/pfxlog"), "alerts", "--json", "--rulebasedir", os.path.join(SRC, "rulebases"), "-"],
                          input="\n".join(lines()) + "\n", capture_output=True, text=True, check=True).stdout
    bulk = "".join('{"create":{"_index":"postfix-2026-03-02"}}\n%s\n' % document for document in told.splitlines())
    answer = call("POST", "/_bulk?refresh=true", bulk, "application/x-ndjson")
    same("documents that were taken", [201] * 3, [item["create"]["status"] for item in answer["items"]])


# ---- what the plugin does -------------------------------------------------------------------------
def milliseconds(moment):
    return int(datetime.datetime.fromisoformat("2026-03-02T%s+00:00" % moment).timestamp()) * 1000


def search(monitor, moment):
    query = json.dumps(monitor["inputs"][0]["search"]["query"]).replace("{{period_end}}", str(milliseconds(moment)))
    return json.loads(query)


def buckets(monitor, moment):
    """Name of a trigger -> rules and keys of the buckets that it selects."""
    found = {}
    for trigger in (wrapped["bucket_level_trigger"] for wrapped in monitor["triggers"]):
        query, condition = search(monitor, moment), trigger["condition"]
        query["aggregations"][condition["parent_bucket_path"]]["aggregations"]["condition"] = {
            "bucket_selector": {name: condition[name] for name in ("buckets_path", "script", "gap_policy")}}
        answer = call("POST", "/postfix-*/_search", query)
        found[trigger["name"]] = [tuple(bucket["key"].values()) for bucket in
                                  answer["aggregations"][condition["parent_bucket_path"]]["buckets"]]
    return found


def message(monitor, moment):
    """What a query-level monitor says, or None."""
    trigger = monitor["triggers"][0]["query_level_trigger"]
    context = {"ctx": {"results": [call("POST", "/postfix-*/_search", search(monitor, moment))]}}
    script = {"source": "def ctx = params.ctx; return " + trigger["condition"]["script"]["source"], "params": context}
    if call("POST", "/_scripts/painless/_execute", {"script": script})["result"] != "true":
        return None
    source = json.dumps({"text": trigger["actions"][0]["message_template"]["source"]})
    return call("POST", "/_render/template", {"source": source, "params": context})["template_output"]["text"]


def try_monitors():
    by_key, each_line, of_a_day = json.loads(read("alerts/opensearch-monitors.json"))
    alice, eve = ("recipients-user", "alice@example.com"), ("recipients-user", EVE)
    for moment, wanted in (("10:00:02", []), ("10:01:00", [alice]), ("10:15:00", [alice, eve]), ("10:16:00", [eve]), ("10:23:00", [])):
        same("high at " + moment, {"critical": [], "high": wanted}, buckets(by_key, moment))
    # Every five minutes, whenever it began: each line once.
    for second in (0, 2, 59):
        said = [message(each_line, "%02d:%02d:%02d" % (9 + m // 60, m % 60, second)) for m in range(50, 100, 5)]
        same("messages", 2, sum(text is not None for text in said))
        text = "".join(text or "" for text in said)
        for part in ("high recipients-user alice@example.com\n  mails of one user to more than 500 recipients in an hour\n  Value: 501\n  Limit: 500\n"
                     "  Window (s): 3600\n", "  Queue id: 4ABCDEF000\n  Host: mx1\n", "high recipients-user %s\n" % EVE):
            same("%r in the messages" % part, 1, text.count(part))
    same("of a day", "login-failures-address: 1 times, of 1\n", message(of_a_day, "23:00:00"))
    same("of the next hours of nothing", None, message(of_a_day, "10:20:00"))


def try_grafana():
    """The query of each rule, as Grafana's backend for Elasticsearch puts it together."""
    try:
        import yaml
    except ImportError:
        print("grafana-alerts.yaml is not tried: there is no python3-yaml")
        return
    found = {}
    for rule in (rule for group in yaml.safe_load(read("alerts/grafana-alerts.yaml"))["groups"] for rule in group["rules"]):
        model, span = rule["data"][0]["model"], rule["data"][0]["relativeTimeRange"]
        end = milliseconds("10:21:00")
        times = {"gte": end - span["from"] * 1000, "lte": end - span["to"] * 1000, "format": "epoch_millis"}
        query = {"size": 0, "query": {"bool": {"filter": [
            {"range": {model["timeField"]: times}}, {"query_string": {"analyze_wildcard": True, "query": model["query"]}}]}}}
        at = query
        for part in model["bucketAggs"]:
            settings = {"fixed_interval": part["settings"]["interval"], "min_doc_count": 0} if part["type"] == "date_histogram" else \
                {"size": int(part["settings"]["size"]), "order": {part["settings"]["orderBy"]: part["settings"]["order"]}}
            at["aggs"] = {part["id"]: {part["type"]: {"field": part["field"], **settings}}}
            at = at["aggs"][part["id"]]
        rules = call("POST", "/postfix-*/_search", query)["aggregations"]["2"]["buckets"]
        found[rule["labels"]["severity"]] = [(one["key"], key["key"], sum(step["doc_count"] for step in key["4"]["buckets"]))
                                             for one in rules for key in one["3"]["buckets"]]
    same("Grafana's rules", {"critical": [], "high": [("recipients-user", EVE, 1)], "medium": [("login-failures-address", "198.51.100.9", 1)],
                             "low": [], "informational": []}, found)


wait()
load()
try_monitors()
try_grafana()
for line in wrong:
    print("FAIL: " + line[:1500])
sys.exit(len(wrong) > 0)
