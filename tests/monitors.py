#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""examples/alerts/opensearch-monitors.json and grafana-alerts.yaml: what devtools/make-monitors writes, and of the form that the
documentation of OpenSearch's alerting plugin (create monitor) and of Grafana (file provisioning of alert rules) asks for; their
fields are documented ones, of a type in the index template that the search can use. Each check has to find what is broken on purpose."""
import copy
import json
import os
import re
import subprocess
import sys
import tempfile

SRC = os.environ.get("PFX_SRCDIR", os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
EXAMPLES = os.path.join(SRC, "examples")
ALERTS = os.path.join(EXAMPLES, "alerts")
LEVELS = ["informational", "low", "medium", "high", "critical"]  # 1 to 5


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


DOCUMENTED = set(re.findall(r"^\| `(\w+)` \|", read(SRC, "doc", "fields.md"), re.M))
TEMPLATE = json.loads(read(EXAMPLES, "opensearch-template.json"))
TYPES = {name: row["type"] for name, row in TEMPLATE["template"]["mappings"]["properties"].items()}
# Which types a search may use so.
USES = {"terms": {"keyword", "ip", "long"}, "cardinality": {"keyword", "ip", "long"}, "max": {"long", "double", "date"},
        "range": {"date"}, "date_histogram": {"date"}, "sort": {"date", "long", "keyword"}}


class Wrong(Exception):
    pass


def need(is_so, *what):
    if not is_so:
        raise Wrong(" ".join(str(part) for part in what))


def keys(value, must, may=()):
    need(isinstance(value, dict), "no object:", value)
    need(set(must) <= set(value) <= set(must) | set(may), "keys", sorted(value), "of", sorted(must), sorted(may))


def text(value, most=10000):
    need(isinstance(value, str) and 0 < len(value) <= most, "no text:", value)


def field(name, use=None):
    need(name in DOCUMENTED and name in TYPES, "no such field:", name)
    need(use is None or TYPES[name] in USES[use], "no", use, "of a", TYPES[name], name)


# ---- OpenSearch -----------------------------------------------------------------------------------
def mustache(source):
    """Sections that are closed in their order."""
    open_ones = []
    for kind, name in re.findall(r"\{\{([#^/]?)([^{}]+)\}\}", source):
        need(re.fullmatch(r"[\w.]+", name), "a tag", name)
        if kind == "/":
            need(open_ones and open_ones.pop() == name, "closes nothing:", name)
        elif kind:
            open_ones.append(name)
        if name.startswith("_source."):
            field(name[8:])
    need(not open_ones, "left open:", open_ones)
    need(not re.sub(r"\{\{[^{}]+\}\}", "", source).count("{{"), "braces in", source)


def aggregations(query):
    """Checks them; name -> its row, those of buckets with what hangs below."""
    found = {}
    for name, row in query.get("aggregations", {}).items():
        kinds = [kind for kind in row if kind != "aggregations"]
        need(len(kinds) == 1, "kinds of", name, kinds)
        kind = kinds[0]
        if kind == "composite":
            need(0 < row[kind]["size"] <= 10000, "size", row)
            for source in row[kind]["sources"]:
                (_, of), = source.items()
                keys(of, ["terms"])
                field(of["terms"]["field"], "terms")
        else:
            need(kind in USES, "kind", kind)
            field(row[kind]["field"], kind)
        found[name] = (kind, aggregations(row))
    return found


SPAN = r"(?:\|\|-(\d+)m)?"


def filters(query, interval):
    """Severities that are looked for, and whether windows stand side by side."""
    severities, window = None, None
    for part in query["query"]["bool"]["filter"]:
        if "terms" in part:
            (name, severities), = part["terms"].items()
            field(name, "terms")
            need(name == "vendor_alert_severity" and set(severities) <= set(LEVELS), "severities", part)
        else:
            keys(part, ["range"])
            (name, span), = part["range"].items()
            field(name, "range")
            keys(span, ["gte", "lt", "format"])
            need(span["format"] == "epoch_millis", "format", span)
            ends = [re.fullmatch(re.escape("{{period_end}}") + SPAN, span[end]) for end in ("gte", "lt")]
            need(all(ends), "times", span)
            window = int(ends[0].group(1)) - int(ends[1].group(1) or 0)
    need(severities and window, "a query without severity or time", query)
    need(window >= interval, "lines between two runs are not seen")
    return severities, window == interval


def trigger_bucket(trigger, query):
    keys(trigger, ["name", "severity", "condition", "actions"])
    condition = trigger["condition"]
    keys(condition, ["buckets_path", "parent_bucket_path", "script"], ["gap_policy", "composite_agg_filter"])
    above = aggregations(query)
    need(condition["parent_bucket_path"] in above, "parent", condition)
    kind, below = above[condition["parent_bucket_path"]]
    need(kind in ("composite", "terms") and query["size"] == 0, "no buckets", kind)
    for path in condition["buckets_path"].values():
        need(path == "_count" or path in below, "path", path)
    need(set(re.findall(r"params\.(\w+)", condition["script"]["source"])) == set(condition["buckets_path"]), "parameters", condition)


def trigger_query(trigger, query):
    keys(trigger, ["name", "severity", "condition", "actions"])
    keys(trigger["condition"], ["script"])
    need(trigger["condition"]["script"]["source"].startswith("ctx.results[0]."), "condition", trigger)
    for row in query.get("sort", []):
        field(*row, "sort")
    for name in query.get("_source", []):
        field(name)
    for action in trigger["actions"]:
        asked = re.findall(r"_source\.(\w+)", action["message_template"]["source"])
        need(set(asked) <= set(query.get("_source", [])), "not fetched", asked)
        for name in re.findall(r"results\.0\.aggregations\.(\w+)", action["message_template"]["source"]):
            need(name in aggregations(query), "no aggregation", name)


def check_monitors(monitors):
    told = []
    need(len({one["name"] for one in monitors}) == len(monitors), "names")
    for one in monitors:
        keys(one, ["type", "name", "monitor_type", "enabled", "schedule", "inputs", "triggers"], ["ui_metadata"])
        text(one["name"], 256)
        need(one["type"] == "monitor" and one["enabled"] is True, "type", one)
        keys(one["schedule"], ["period"])
        keys(one["schedule"]["period"], ["interval", "unit"])
        interval, unit = one["schedule"]["period"]["interval"], one["schedule"]["period"]["unit"]
        need(type(interval) is int and interval > 0 and unit == "MINUTES", "schedule", interval, unit)
        need(len(one["inputs"]) == 1, "inputs")
        keys(one["inputs"][0], ["search"])
        keys(one["inputs"][0]["search"], ["indices", "query"])
        search = one["inputs"][0]["search"]
        need(search["indices"] == TEMPLATE["index_patterns"][:1], "indices", search["indices"])
        keys(search["query"], ["size", "query"], ["aggregations", "sort", "_source"])
        severities, beside = filters(search["query"], interval)
        kind = {"query_level_monitor": "query_level_trigger", "bucket_level_monitor": "bucket_level_trigger"}.get(one["monitor_type"])
        need(kind, "monitor_type", one["monitor_type"])
        need(0 < len(one["triggers"]) <= 10, "triggers")
        need(kind == "bucket_level_trigger" or beside, "a line is told twice")
        levels = []
        for wrapped in one["triggers"]:
            keys(wrapped, [kind])
            trigger = wrapped[kind]
            (trigger_bucket if kind == "bucket_level_trigger" else trigger_query)(trigger, search["query"])
            text(trigger["name"])
            need(trigger["severity"] in list("12345"), "severity", trigger["severity"])
            need(trigger["condition"]["script"]["lang"] == "painless", "language")
            need(len({action["name"] for action in trigger["actions"]}) == len(trigger["actions"]) > 0, "actions")
            for action in trigger["actions"]:
                keys(action, ["name", "destination_id", "message_template", "throttle_enabled"],
                     ["subject_template", "throttle", "action_execution_policy"])
                for part in ("subject_template", "message_template"):
                    keys(action[part], ["source", "lang"])
                    need(action[part]["lang"] == "mustache", "language")
                    mustache(action[part]["source"])
                need(action["destination_id"] == "CHANNEL_ID", "whose channel?")
                policy = action.get("action_execution_policy")
                need((policy is not None) == (kind == "bucket_level_trigger"), "policy", policy)
                if policy is not None:
                    need(set(policy["action_execution_scope"]["per_alert"]["actionable_alerts"]) <= {"NEW", "DEDUPED", "COMPLETED"}, policy)
            level = re.search(r"params\.level == (\d)$", trigger["condition"]["script"]["source"])
            levels += [level.group(1)] if level else []
            need(not level or LEVELS[int(level.group(1)) - 1] == trigger["name"], "level", trigger["name"])
        need(kind == "query_level_trigger" or sorted(LEVELS[int(level) - 1] for level in levels) == sorted(severities),
             "severities without a trigger", severities)
        told += severities
    need(set(told) == set(LEVELS), "severities that nobody looks for", told)


# ---- Grafana --------------------------------------------------------------------------------------
def seconds(value):
    match = re.fullmatch(r"(\d+)(s|m|h|d|w)", value)
    need(match, "no duration:", value)
    return int(match.group(1)) * {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}[match.group(2)]


def check_search(row):
    model = row["model"]
    keys(model, ["refId", "query", "timeField", "metrics", "bucketAggs"])
    name, value = re.fullmatch(r'(\w+):"(\w+)"', model["query"]).groups()
    field(name, "terms")
    field(model["timeField"], "date_histogram")
    ids = [part["id"] for part in model["metrics"] + model["bucketAggs"]]
    need(len(set(ids)) == len(ids) and all(re.fullmatch(r"\d+", one) for one in ids), "ids", ids)
    for part in model["bucketAggs"]:
        keys(part, ["id", "type", "field", "settings"])
        field(part["field"], part["type"])
        need(all(isinstance(setting, str) for setting in part["settings"].values()), "settings", part)
    last = model["bucketAggs"][-1]
    need(last["type"] == "date_histogram" and last["field"] == model["timeField"], "an alert needs a series")
    need(row["relativeTimeRange"]["from"] > row["relativeTimeRange"]["to"] >= 0, "range", row["relativeTimeRange"])
    return value, [part["field"] for part in model["bucketAggs"] if part["type"] == "terms"]


def check_expression(row, known):
    model = row["model"]
    keys(model, ["refId", "type", "datasource", "expression"], ["reducer", "settings", "conditions"])
    need(model["datasource"] == {"type": "__expr__", "uid": "__expr__"}, "data source", model)
    need(model["expression"] in known, "no such refId:", model["expression"])
    if model["type"] == "reduce":
        need(model["reducer"] in ("sum", "last", "max", "min", "mean", "count"), "reducer", model)
        need(model["settings"]["mode"] in ("", "dropNN", "replaceNN"), "mode", model)
    else:
        need(model["type"] == "threshold", "type", model)
        for condition in model["conditions"]:
            need(condition["evaluator"]["type"] in ("gt", "lt", "within_range", "outside_range"), "evaluator", condition)
            need(all(isinstance(number, (int, float)) for number in condition["evaluator"]["params"]), "parameters", condition)


def check_rule(rule, interval):
    keys(rule, ["uid", "title", "condition", "data", "noDataState", "execErrState", "for"], ["annotations", "labels", "isPaused"])
    need(re.fullmatch(r"[A-Za-z0-9_-]{1,40}", rule["uid"]), "uid", rule["uid"])
    text(rule["title"], 190)
    need(rule["noDataState"] in ("NoData", "OK", "Alerting", "KeepLast"), "noDataState", rule)
    need(rule["execErrState"] in ("Error", "OK", "Alerting", "KeepLast"), "execErrState", rule)
    need(seconds(rule["for"]) % interval == 0, "for", rule["for"])
    known, labels, severity = [], set(rule["labels"]), None
    for row in rule["data"]:
        keys(row, ["refId", "datasourceUid", "relativeTimeRange", "model"], ["queryType"])
        keys(row["relativeTimeRange"], ["from", "to"])
        need(row["refId"] not in known and row["model"]["refId"] == row["refId"], "refId", row["refId"])
        if row["datasourceUid"] == "__expr__":
            check_expression(row, known)
        else:
            need(re.fullmatch(r"[A-Za-z0-9_-]{1,40}", row["datasourceUid"]), "data source", row["datasourceUid"])
            severity, more = check_search(row)
            labels |= set(more)
            need(row["relativeTimeRange"]["from"] >= interval, "lines between two runs are not seen")
        known.append(row["refId"])
    need(rule["condition"] in known and rule["data"][known.index(rule["condition"])]["model"].get("type") == "threshold",
         "condition", rule["condition"])
    for name, value in list(rule["labels"].items()) + list(rule["annotations"].items()):
        need(re.fullmatch(r"[a-zA-Z_]\w*", name) and isinstance(value, str), "label", name, value)
        for asked in re.findall(r"\{\{([^{}]*)\}\}", value):
            need(re.fullmatch(r" \.Labels\.(\w+) ", asked) and asked.strip()[8:] in labels, "no such label:", asked)
    need(rule["labels"]["severity"] == severity, "severity", severity)
    return severity


def check_grafana(document):
    keys(document, ["apiVersion", "groups"])
    need(document["apiVersion"] == 1, "apiVersion")
    need("$" not in json.dumps(document), "a dollar: Grafana takes it for a variable")
    uids, titles, severities = [], [], []
    for group in document["groups"]:
        keys(group, ["orgId", "name", "folder", "interval", "rules"])
        text(group["name"])
        text(group["folder"])
        need(type(group["orgId"]) is int and group["orgId"] > 0, "orgId")
        interval = seconds(group["interval"])
        need(interval > 0 and interval % 10 == 0, "interval", group["interval"])
        for rule in group["rules"]:
            severities.append(check_rule(rule, interval))
            uids.append(rule["uid"])
            titles.append(rule["title"])
    need(len(set(uids)) == len(uids) and len(set(titles)) == len(titles), "uids, titles", uids, titles)
    need(sorted(severities) == sorted(LEVELS), "severities", severities)


# ---- each check can fail --------------------------------------------------------------------------
GONE = object()
BROKEN_MONITORS = [
    ((0, "inputs", 0, "search", "query", "aggregations", "alerts", "composite", "sources", 0, "rule", "terms", "field"), "vendor_alarm"),
    ((0, "inputs", 0, "search", "query", "aggregations", "alerts", "aggregations", "level", "max", "field"), "alert_severity"),
    ((0, "triggers", 0, "bucket_level_trigger", "condition", "parent_bucket_path"), "alert"),
    ((0, "triggers", 0, "bucket_level_trigger", "condition", "buckets_path"), {"level": "levels"}),
    ((0, "triggers", 0, "bucket_level_trigger", "condition", "script", "source"), "params.levels == 5"),
    ((0, "triggers", 0, "bucket_level_trigger", "severity"), 1),
    ((0, "triggers", 1), {"query_level_trigger": {}}),
    ((0, "schedule", "period", "unit"), "minutes"),
    ((1, "schedule", "period", "interval"), 6),
    ((1, "inputs", 0, "search", "query", "query", "bool", "filter", 1, "range", "event_created", "lt"), "{{period_end}}||-4m"),
    ((1, "inputs", 0, "search", "query", "_source"), ["event_created"]),
    ((1, "triggers", 0, "query_level_trigger", "actions", 0, "message_template", "source"), "{{#ctx.results}}"),
    ((1, "name"), "Postfix alerts of a day"),
    ((2, "triggers", 0, "query_level_trigger", "actions", 0, "destination_id"), GONE),
    ((2, "inputs", 0, "search", "query", "query", "bool", "filter", 0, "terms", "vendor_alert_severity"), ["low"]),
]
RULE = ("groups", 0, "rules", 0)
BROKEN_GRAFANA = [
    (("apiVersion",), "1"), (("groups", 0, "interval"), "15"), (("groups", 0, "interval"), "15s"), (("groups", 0, "folder"), GONE),
    (RULE + ("uid",), "x" * 41), (RULE + ("uid",), "mmpostfix-alert-high"), (RULE + ("condition",), "D"), (RULE + ("condition",), "A"),
    (RULE + ("for",), "0"), (RULE + ("noDataState",), "Ok"), (RULE + ("data", 1, "model", "expression"), "D"),
    (RULE + ("data", 1, "model", "refId"), "A"), (RULE + ("data", 0, "model", "timeField"), "timestamp"),
    (RULE + ("data", 0, "model", "bucketAggs", 2), GONE), (RULE + ("data", 0, "model", "bucketAggs", 0, "field"), "vendor_alarm"),
    (RULE + ("data", 0, "model", "query"), 'vendor_alert_severity:"high"'), (RULE + ("labels", "severity"), "high"),
    (RULE + ("annotations", "summary"), "{{ $labels.x }}"), (RULE + ("annotations", "summary"), "{{ .Labels.user }}"),
    (RULE + ("data", 0, "relativeTimeRange", "from"), 0), (("groups", 0, "rules", 1), GONE),
]


def is_wrong(check, document):
    try:
        check(document)
    except (Wrong, AttributeError, KeyError, TypeError, ValueError) as error:
        return str(error) or "wrong"
    return None


def check_both(name, check, document, broken):
    complaint = is_wrong(check, document)
    wrong = ["%s: %s" % (name, complaint)] if complaint else []
    for path, value in broken:
        copied = copy.deepcopy(document)
        at = copied
        for step in path[:-1]:
            at = at[step]
        if value is GONE:
            del at[path[-1]]
        else:
            at[path[-1]] = value
        if not is_wrong(check, copied):
            wrong.append("%s: nobody minds %s = %s" % (name, path, value))
    return wrong


def stale():
    with tempfile.TemporaryDirectory() as work:
        subprocess.run([os.path.join(SRC, "devtools", "make-monitors"), work], check=True)
        return ["examples/alerts/%s is stale: run devtools/make-monitors" % name for name in sorted(os.listdir(work))
                if read(work, name) != read(ALERTS, name)]


def main():
    wrong = stale() + check_both("opensearch-monitors.json", check_monitors, json.loads(read(ALERTS, "opensearch-monitors.json")),
                                 BROKEN_MONITORS)
    try:
        import yaml
    except ImportError:
        print("grafana-alerts.yaml is not looked at: there is no python3-yaml")
    else:
        wrong += check_both("grafana-alerts.yaml", check_grafana, yaml.safe_load(read(ALERTS, "grafana-alerts.yaml")), BROKEN_GRAFANA)
    for line in wrong:
        print("FAIL: " + line[:1000])
    print("%d wrong" % len(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
