#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every sample's category is one of the Graylog Information Model, with the fields it requires.

Also: an ip field holds an address, a lower-cased one no upper-case letter, an integer one an integer;
certificates that could not be verified have no code; the same in GELF, where nothing is empty,
boolean or a list, and in ECS, under its names and in its types.
"""
import glob
import ipaddress
import json
import os
import re
import subprocess
import sys

SRC = os.environ.get("PFX_SRCDIR", os.path.join(os.path.dirname(__file__), ".."))
BUILD = os.environ.get("PFX_BUILDDIR", os.path.join(SRC, "build"))

# What the model requires of a code (its pages authentication, network, messaging, name resolution,
# service). The defaults, *9999, are where events go that can not give it; they require nothing here.
CODES = {
    100500: ["application_name", "event_outcome", "source_reference", "user_name"],
    109999: [],
    120000: ["destination_port", "destination_reference", "event_action", "event_source",
             "network_transport", "source_port", "source_reference"],
    120200: ["destination_port", "destination_reference", "network_transport", "source_port",
             "source_reference"],
    120300: ["destination_reference", "source_reference"],
    129999: [],
    130000: ["event_outcome"],
    130500: [],
    131000: [],
    131500: [],
    132000: [],
    139999: [],
    140200: ["query_response"],
    140300: [],
    149999: [],
    210000: ["event_outcome", "service_name", "user_name"],
    210100: ["event_outcome", "service_name", "user_name"],
    211000: ["event_outcome", "service_name", "user_name"],
    211504: ["service_name"],
    219999: ["service_name"],
}
# Events whose code is fixed by what they are.
FIXED = {
    "mail.delivery": {130000, 132000, 139999}, "postscreen.dnsbl_rank": {130500}, "smtpd.reject": {131000},
    "dnsblog.listed": {140200}, "master.daemon_started": {210000}, "master.terminating": {210100},
    "master.reload": {211000}, "tls.certificate_unverified": {None},
    "smtp.certificate_unverified": {None},
}

# The names of the Elastic Common Schema that are used, by its types; all others begin with postfix.
ECS_TYPES = {
    "date": "@timestamp",
    "ip": "destination.ip source.ip",
    "long": "destination.port event.severity process.pid source.port",
    "keyword": "destination.address destination.domain ecs.version email.direction"
               " email.from.address email.local_id email.message_id email.subject email.to.address"
               " event.action event.code event.dataset event.kind event.module event.outcome"
               " event.reason file.path host.name log.level log.origin.function message"
               " network.protocol network.transport process.name service.name service.type"
               " service.version source.address source.domain tls.cipher tls.client.server_name"
               " tls.version tls.version_protocol user.id user.name",
    "list": "event.category event.type",
}
ECS = {name: kind for kind, names in ECS_TYPES.items() for name in names.split()}
# The types that ECS expects of each category used.
ECS_EVENT_TYPES = {
    "authentication": {"start", "end", "info"},
    "configuration": {"access", "change", "creation", "deletion", "info"},
    "email": {"info"},
    "network": {"access", "allowed", "connection", "denied", "end", "info", "protocol", "start"},
    "process": {"access", "change", "end", "info", "start"},
}

failures = 0


def fail(*what):
    global failures
    failures += 1
    print("FAIL:", *what)


def samples():
    """Every message of the samples as a raw line."""
    for directory in ("postfix/shared", "postfix/library", "postfix"):
        for path in sorted(glob.glob(os.path.join(SRC, "rulebases", directory, "*.samples"))):
            daemon = os.path.basename(path)[:-len(".samples")]
            for line in open(path, encoding="utf-8"):
                line = line.rstrip("\n")
                if line and not line.startswith("#"):
                    own = line.startswith("postfix") and "[" in line
                    yield "Aug 21 10:15:32 mail " + (line if own else "postfix/%s[1]: %s" % (daemon, line))


def normalize(lines, form):
    out = subprocess.run([os.path.join(BUILD, "tools", "pfxlog"), "normalize", "--no-story", "--format", form,
                          "--rulebasedir", os.path.join(SRC, "rulebases")],
                         input="".join(line + "\n" for line in lines).encode(), check=True,
                         stdout=subprocess.PIPE).stdout.decode().splitlines()
    return [json.loads(line) for line in out]


def field_types():
    text = open(os.path.join(SRC, "plugins", "mmpostfix", "event", "fields.def"), encoding="utf-8").read()
    return dict(re.findall(r'^PFX_FIELD\(\w+, "([^"]+)", (?:"[^"]+"|NULL), (\w+),', text, re.M))


def check_types(line, tree, types):
    for name, value in tree.items():
        kind = types.get(name)
        if kind == "IP":
            try:
                ipaddress.ip_address(value)
            except ValueError:
                fail("%s is no address: %r\n   %s" % (name, value, line))
        elif kind == "LOWER" and value != value.lower() and value.isascii():
            fail("%s is not in lower case: %r\n   %s" % (name, value, line))
        elif kind == "INTEGER" and type(value) is not int:
            fail("%s is no integer: %r\n   %s" % (name, value, line))
        elif kind == "NUMBER" and type(value) is not float:
            fail("%s is no number with a fraction: %r\n   %s" % (name, value, line))
        elif kind in ("STRING", "DATE") and type(value) is not str:
            fail("%s is no string: %r\n   %s" % (name, value, line))


def check_category(line, tree):
    code, event = tree.get("gim_event_type_code"), tree["vendor_event_type"]
    if event in FIXED and code not in FIXED[event]:
        fail("%s has %s instead of %s\n   %s" % (event, code, FIXED[event], line))
    if code is None:
        if event not in FIXED:
            fail("%s has no code\n   %s" % (event, line))
        return
    if code not in CODES:
        fail("%s has the unknown code %s\n   %s" % (event, code, line))
        return
    for name in CODES[code] + ["gim_event_category", "gim_event_subcategory", "gim_event_type"]:
        if name not in tree:
            fail("%d of %s requires %s\n   %s" % (code, event, name, line))
    if tree.get("event_outcome", "success") not in ("success", "failure"):
        fail("event_outcome is", tree["event_outcome"])


def check_gelf(line, tree, message):
    for name, value in message.items():
        if type(value) not in (str, int, float) or value == "":
            fail("GELF %s is %r\n   %s" % (name, value, line))
    for name, value in tree.items():
        wanted = "<>" if name == "email_from" and value == "" else value
        wanted = wanted.strip(" ") if type(wanted) is str else wanted
        if str(wanted).strip() != "" and message.get("_" + name) != wanted:
            fail("GELF _%s is %r, not %r\n   %s" % (name, message.get("_" + name), wanted, line))


def ecs_names():
    """Output name -> name in ECS, None where it is left out."""
    text = open(os.path.join(SRC, "plugins", "mmpostfix", "event", "fields.def"), encoding="utf-8").read()
    return {name: ecs or None for name, ecs in
            re.findall(r'^PFX_FIELD\(\w+, "([^"]+)", (?:NULL|"([^"]+)"),', text, re.M)}


def of_ecs_type(kind, value):
    if kind == "ip":
        try:
            return bool(ipaddress.ip_address(value))
        except ValueError:
            return False
    if kind == "date":
        return re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value) is not None
    return type(value) is {"long": int, "keyword": str, "list": list}[kind]


def check_ecs(line, tree, document, names):
    """The fields of the tree under their ECS names, with what ECS wants of a document beside them."""
    wanted = {"ecs.version", "event.kind", "event.dataset", "event.type", "message", "@timestamp"}
    for name, value in tree.items():
        other = names.get(name, "postfix." + name[len("vendor_"):])
        if other is None:
            continue
        wanted.add(other)
        if name == "process_id":
            value = int(value)
        elif name == "vendor_tls_version":
            value = value.partition("v")[2]
            wanted.add("tls.version_protocol")
        if document.get(other) != value:
            fail("ECS %s is %r, not %r\n   %s" % (other, document.get(other), value, line))
    if "gim_event_type_code" in tree:
        wanted.add("event.category")
    if set(document) != wanted:
        fail("ECS has, or lacks, %s\n   %s" % (sorted(set(document) ^ wanted), line))
    for name, value in document.items():
        if not name.startswith("postfix.") and not (name in ECS and of_ecs_type(ECS[name], value)):
            fail("ECS has no such %s: %r\n   %s" % (name, value, line))
        if not re.fullmatch(r"[@a-z0-9_.]+", name):
            fail("ECS %s is no name\n   %s" % (name, line))
    if document.get("event.outcome", "unknown") not in ("success", "failure", "unknown"):
        fail("ECS event.outcome is %r\n   %s" % (document["event.outcome"], line))
    for category in document.get("event.category", []):
        if not set(document["event.type"]) <= ECS_EVENT_TYPES.get(category, set()):
            fail("ECS %s does not go with %s\n   %s" % (document["event.type"], category, line))


def check_ecs_objects(names):
    """No name is a value and an object at once: a store would refuse the document."""
    for name in names:
        for other in names:
            if other.startswith(name + "."):
                fail("ECS %s is a value, and an object in %s" % (name, other))


def main():
    lines = list(samples())
    types, names = field_types(), ecs_names()
    trees, messages, documents = (normalize(lines, form) for form in ("gim", "gelf", "ecs"))
    if not len(lines) == len(trees) == len(messages) == len(documents):
        fail("%d samples, %d trees, %d messages, %d documents" %
             (len(lines), len(trees), len(messages), len(documents)))
        return 1
    seen = set()
    check_ecs_objects({name for document in documents for name in document} |
                      {name for name in names.values() if name is not None})
    for line, tree, message, document in zip(lines, trees, messages, documents):
        check_ecs(line, tree, document, names)
        seen.add(tree["vendor_event_type"])
        check_types(line, tree, types)
        check_category(line, tree)
        check_gelf(line, tree, message)
    for event in set(FIXED) - seen:
        fail("no sample of", event)
    print("%d samples of %d events, %d failures" % (len(lines), len(seen), failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
