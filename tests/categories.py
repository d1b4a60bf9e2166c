#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every sample's category is one of the Graylog Information Model, with the fields it requires.

Also: an ip field holds an address, a lower-cased one no upper-case letter, an integer one an integer;
certificates that could not be verified have no code; the same in GELF, where nothing is empty,
boolean or a list.
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
    140200: [],
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
    "mail.delivery": {130000, 139999}, "postscreen.dnsbl_rank": {130500}, "smtpd.reject": {131000},
    "dnsblog.listed": {140200}, "master.daemon_started": {210000}, "master.terminating": {210100},
    "master.reload": {211000}, "tls.certificate_unverified": {None},
    "smtp.certificate_unverified": {None},
}

failures = 0


def fail(*what):
    global failures
    failures += 1
    print("FAIL:", *what)


def samples():
    """Every message of the samples as a raw line."""
    for directory in ("shared", "library", "."):
        for path in sorted(glob.glob(os.path.join(SRC, "rulebases", directory, "*.samples"))):
            daemon = os.path.basename(path)[:-len(".samples")]
            for line in open(path, encoding="utf-8"):
                line = line.rstrip("\n")
                if line and not line.startswith("#"):
                    own = line.startswith("postfix") and "[" in line
                    yield "Aug 21 10:15:32 mail " + (line if own else "postfix/%s[1]: %s" % (daemon, line))


def normalize(lines, form):
    out = subprocess.run([os.path.join(BUILD, "tools", "pfxlog"), "normalize", "--format", form,
                          "--rulebasedir", os.path.join(SRC, "rulebases")],
                         input="".join(line + "\n" for line in lines).encode(), check=True,
                         stdout=subprocess.PIPE).stdout.decode().splitlines()
    return [json.loads(line) for line in out]


def field_types():
    text = open(os.path.join(SRC, "plugins", "mmpostfix", "fields.def"), encoding="utf-8").read()
    return dict(re.findall(r'^PFX_FIELD\(\w+, "([^"]+)", (\w+),', text, re.M))


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
        if str(wanted).strip() != "" and message.get("_" + name) != wanted:
            fail("GELF _%s is %r, not %r\n   %s" % (name, message.get("_" + name), wanted, line))


def main():
    lines = list(samples())
    types = field_types()
    trees, messages = normalize(lines, "gim"), normalize(lines, "gelf")
    if not len(lines) == len(trees) == len(messages):
        fail("%d samples, %d trees, %d messages" % (len(lines), len(trees), len(messages)))
        return 1
    seen = set()
    for line, tree, message in zip(lines, trees, messages):
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
