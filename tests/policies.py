#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Files of examples/opensearch/ and examples/tenants/ by their form: policies of index state management, whose plugin Maven Central has not, by what
OpenSearch's manual says of them; roles by the table of fields. tests/live/opensearch-access.test has the roles in a real server."""
import fnmatch
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent
HERE = TOP / "examples/opensearch"
# Of the manual's page "Policies": actions that we use, and what they take.
ACTIONS = {"rollover": {"min_size", "min_primary_shard_size", "min_doc_count", "min_index_age"}, "force_merge": {"max_num_segments"},
           "read_only": set(), "read_write": set(), "replica_count": {"number_of_replicas"}, "snapshot": {"repository", "snapshot"},
           "allocation": {"require", "include", "exclude", "wait_for"}, "delete": set()}
CONDITIONS = {"min_index_age", "min_rollover_age", "min_doc_count", "min_size", "cron"}
failures = []


def check(what, good):
    if not good:
        failures.append(what)


def days(age):
    return int(age[:-1]) * {"d": 24, "h": 1}[age[-1]] / 24


def faults(policy):
    """What is wrong with a policy."""
    found = []
    if set(policy) != {"description", "default_state", "ism_template", "states"}:
        found.append("members %s" % sorted(policy))
    states = {state["name"]: state for state in policy["states"]}
    seen, at, age = [], policy["default_state"], 0.0
    while at in states and at not in seen:
        seen.append(at)
        state = states[at]
        if set(state) != {"name", "actions", "transitions"}:
            found.append("%s: members %s" % (at, sorted(state)))
        merged = False
        for action in state["actions"]:
            kinds = set(action) - {"retry", "timeout"}
            if len(kinds) != 1 or kinds - set(ACTIONS):
                found.append("%s: actions %s" % (at, sorted(kinds)))
                continue
            kind = kinds.pop()
            if set(action[kind]) - ACTIONS[kind]:
                found.append("%s: %s has %s" % (at, kind, sorted(action[kind])))
            if "retry" in action and not ({"count"} <= set(action["retry"]) <= {"count", "backoff", "delay"}):
                found.append("%s: retry %s" % (at, action["retry"]))
            if kind == "read_only":
                merged = True
            if kind == "force_merge":  # makes an index read-only, and leaves it so
                merged = True
            if kind == "read_write":
                merged = False
            if kind == "rollover" and at != policy["default_state"]:
                found.append("%s: rolls over, and is not the first" % at)
        if merged:
            found.append("%s: nothing can be erased any more" % at)
        if len(state["transitions"]) > 1:
            found.append("%s: more than one way on" % at)
        nexts = state["transitions"][:1]
        if not nexts:
            break
        conditions = nexts[0]["conditions"]
        if len(conditions) != 1 or set(conditions) - CONDITIONS:  # the plugin takes one
            found.append("%s: conditions %s" % (at, conditions))
        for name in set(conditions) & {"min_index_age", "min_rollover_age"}:
            if days(conditions[name]) <= age:
                found.append("%s: %s is no later than the one before" % (at, conditions[name]))
            age = days(conditions[name])
        at = nexts[0]["state_name"]
    if at not in states:
        found.append("no state " + at)
    elif {"delete": {}} not in [{k: v for k, v in action.items() if k != "retry"} for action in states[at]["actions"]]:
        found.append("the end is %s, and deletes nothing" % at)
    if set(states) != set(seen):
        found.append("states that nothing leads to: %s" % sorted(set(states) - set(seen)))
    return found


policies = {file.name: json.loads(file.read_text())["policy"] for file in HERE.glob("ism-*.json")}
check("policies: %s" % sorted(policies), set(policies) == {"ism-policy.json", "ism-short.json", "ism-rollover.json"})
for name, policy in policies.items():
    for fault in faults(policy):
        failures.append("%s: %s" % (name, fault))


def taken(index):
    """The policies that a new index gets: of one priority there must be one."""
    fitting = [(template["priority"], name) for name, policy in policies.items() for template in policy["ism_template"]
               if any(fnmatch.fnmatch(index, pattern) for pattern in template["index_patterns"])]
    return [name for priority, name in fitting if priority == max(fitting)[0]]


# What opensearch.conf writes, and what README.md tells of.
prefix = re.search(r'name="postfix-index".*?constant\(value="([^"]+)"\)', (TOP / "examples/opensearch.conf").read_text(), re.S).group(1)
records = re.search(r'name="record-index".*?constant\(value="([^"]+)"\)', (TOP / "examples/opensearch.conf").read_text(), re.S).group(1)
for index, wanted in ((prefix + "2026-08-21", "ism-policy.json"), ("postfix-big-bank.example.com_2026-08-21", "ism-policy.json"), ("postfix-plain-2026-08-21", "ism-short.json"), ("postfix-log-000001", "ism-rollover.json"),
                      (records + "2026-08", "ism-policy.json"), ("mail-records-bank_2026-08", "ism-policy.json")):
    check("%s gets %s" % (index, taken(index)), taken(index) == [wanted])
    mappings = json.loads((TOP / "examples/opensearch-template.json").read_text())["index_patterns"]
    check("%s has no mapping" % index, any(fnmatch.fnmatch(index, pattern) for pattern in mappings))
check("an index of a day can not roll over", not any("rollover" in action for state in policies["ism-policy.json"]["states"] for action in state["actions"]))

# Each of these is seen.
BASE = json.dumps(policies["ism-policy.json"])
for old, new in (('{"read_write": {}}', '{"read_only": {}}'), ('{"read_write": {}}', '{"replica_count": {"number_of_replicas": 1}}'), ('"min_index_age": "90d"', '"min_index_age": "20d"'),
                 ('"state_name": "cold"', '"state_name": "colder"'), ('"state_name": "cold"', '"state_name": "delete"'), ('"delete": {}', '"read_write": {}'),
                 ('"max_num_segments"', '"segments"'), ('"min_index_age": "30d"', '"min_age": "30d"')):
    check("%s for %s is taken" % (new, old), old in BASE and faults(json.loads(BASE.replace(old, new, 1))))

# Texts are not for the reader: the list in roles.yml is that of fields.def.
fields = re.findall(r'^PFX_FIELD\(\w+, "([^"]+)", (?:"[^"]*"|NULL), \w+, \w+, (\w+),', (TOP / "plugins/mmpostfix/event/fields.def").read_text(), re.M)
texts = {name for name, privacy in fields if privacy in ("TEXT", "CONTENT")}
check("only %d texts" % len(texts), len(texts) > 15)
try:
    import yaml
except ImportError:
    print("roles.yml is not looked at: there is no python3-yaml")
else:
    loaded = {name: yaml.safe_load((HERE / (name + ".yml")).read_text()) for name in ("roles", "roles_mapping", "audit")}
    for name, kind in (("roles", "roles"), ("roles_mapping", "rolesmapping"), ("audit", "audit")):
        check(name + ".yml: _meta", loaded[name].pop("_meta") == {"type": kind, "config_version": 2})
    roles = loaded["roles"]
    check("roles without a mapping: %s" % (set(roles) ^ set(loaded["roles_mapping"])), set(roles) == set(loaded["roles_mapping"]))
    for name, role in roles.items():
        check("%s: members" % name, set(role) == {"cluster_permissions", "index_permissions"})
        for part in role["index_permissions"]:
            check("%s: %s" % (name, sorted(part)), {"index_patterns", "allowed_actions"} <= set(part) <= {"index_patterns", "allowed_actions", "dls", "fls"})
            check("%s: fields are let in and left out" % name, len({field[0] == "~" for field in part.get("fls", [])}) < 2)
            check("%s: the filter's own field is left out" % name, not any(fnmatch.fnmatch("vendor_tenant", field[1:]) for field in part.get("fls", [])))
    left_out = set(roles["mail_reader"]["index_permissions"][0]["fls"])
    check("mail_reader in roles.yml and the texts of fields.def: %s" % sorted(left_out ^ {"~" + t for t in texts} ^ {"~" + t + ".*" for t in texts}),
          left_out == {"~" + t for t in texts} | {"~" + t + ".*" for t in texts})

# Kafka: what the rules come to, by what the manual says of literal and prefixed names.
with tempfile.TemporaryDirectory() as folder:
    told = pathlib.Path(folder, "told")
    stand_in = pathlib.Path(folder, "kafka-acls")
    stand_in.write_text('#!/bin/sh\nfor word; do printf "%%s\\t" "$word"; done >>"%s"; echo >>"%s"\n' % (told, told))
    stand_in.chmod(0o755)

    def acls(*arguments):
        told.write_text("")
        code = subprocess.run([str(TOP / "examples/tenants/kafka-acls.sh"), "kafka1.example.com:9093", "admin.properties", *arguments],
                              env={**os.environ, "KAFKA_ACLS": str(stand_in)}, stderr=subprocess.DEVNULL, check=False).returncode
        return code, [line.split("\t")[:-1] for line in told.read_text().splitlines()]

    def may(rules, who, operation, kind, name):
        for rule in rules:
            given = {rule[n]: rule[n + 1] for n in range(len(rule) - 1) if rule[n].startswith("--")}
            operations = {"Write", "Describe", "Create"} if "--producer" in rule else {rule[n + 1] for n, word in enumerate(rule) if word == "--operation"}
            there = given.get("--" + kind)
            if there and given["--allow-principal"] == "User:" + who and operation in operations and \
                    (name.startswith(there) if given.get("--resource-pattern-type") == "prefixed" else name == there):
                return True
        return False

    code, rules = acls("mx1.example.com,logs.example.com", "bank", "bank2", "shop")
    check("kafka-acls.sh ends with %d" % code, code == 0 and len(rules) == 10)
    check("of all rules, where to", all(rule[:5] == ["--bootstrap-server", "kafka1.example.com:9093", "--command-config", "admin.properties", "--add"] for rule in rules))
    for who, operation, kind, name, wanted in (
            ("bank", "Read", "topic", "mail.bank", True), ("bank", "Read", "topic", "mail.bank2", False), ("bank2", "Read", "topic", "mail.bank", False),
            ("bank", "Read", "topic", "mail-own", False), ("bank", "Write", "topic", "mail.bank", False), ("bank", "Read", "group", "bank.reports", True),
            ("bank", "Read", "group", "bank2.reports", False), ("mx1.example.com", "Write", "topic", "mail.shop", True),
            ("logs.example.com", "Create", "topic", "mail-own", True), ("mx1.example.com", "Read", "topic", "mail.shop", False)):
        check("%s %s %s %s: not %s" % (who, operation, kind, name, wanted), may(rules, who, operation, kind, name) == wanted)
    for bad in ("a.b", "A", "*", "a b", ""):
        check("a tenant %r is taken" % bad, acls("mx1.example.com", bad)[0] == 1)
    check("no tenant is taken", acls("mx1.example.com")[0] == 2)
print("\n".join(failures))
sys.exit(bool(failures))
