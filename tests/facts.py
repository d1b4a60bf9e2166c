#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every sentence of Postfix's source, and the lines of three documents, through pfxlog.

Reads ../shared/postfix-log-catalogue and ../shared/seeds beside the source tree (or under
$PFX_SHARED). Demands, of Postfix 3.7 to 3.12 and of what 2.10 to 3.6, Debian, Cyrus SASL and
OpenSSL say otherwise: tier 1 wholly specific, tier 2 at least 95 in a hundred, none unmatched, no
event of a daemon that did not speak; every Postfix line of the documents specific, with the values
that a plain look at the line finds.
"""
import collections
import glob
import json
import os
import re
import subprocess
import sys

SRC = os.environ.get("PFX_SRCDIR", os.path.join(os.path.dirname(__file__), ".."))
BUILD = os.environ.get("PFX_BUILDDIR", os.path.join(SRC, "build"))
SHARED = os.environ.get("PFX_SHARED", os.path.join(SRC, "..", "shared"))

failures = 0


def fail(*what):
    global failures
    failures += 1
    print("FAIL:", *what)


def normalize(lines):
    text = "".join(line + "\n" for line in lines)
    out = subprocess.run([os.path.join(BUILD, "tools", "pfxlog"), "normalize", "--no-story", "--rulebasedir",
                          os.path.join(SRC, "rulebases")], input=text.encode(), check=True,
                         stdout=subprocess.PIPE).stdout.decode().splitlines()
    if len(out) != len(lines):
        fail("%d lines in, %d out" % (len(lines), len(out)))
        sys.exit(1)
    return [json.loads(line) for line in out]


# Values that a look at a message finds without knowing the sentence, and where they must be.
LOOKS = [
    (r"^[^:]*\bto=<([^<>\"]*)>", ["email_to"]),
    (r"\borig_to=<([^<>\"]*)>", ["vendor_orig_to"]),
    (r"\bdsn=([245]\.\d+\.\d+)", ["vendor_dsn"]),
    (r"\bdelay=([\d.]+)", ["vendor_delay"]),
    (r"\bstatus=([A-Za-z-]+)(?: \(|, returned)", ["vendor_status"]),
    (r"\bsize=(\d+), nrcpt", ["email_size"]),
    (r"\bnrcpt=(\d+)", ["vendor_nrcpt"]),
    (r"\brelay=[^,]*\[([0-9a-f.:]+)\]", ["vendor_relay_ip"]),
    (r"; from=<([^<>\"]*)>", ["email_from"]),
    (r"; from=.* to=<([^<>\"]*)>", ["email_to"]),
    (r"; from=.* helo=<([^<>]*)>", ["vendor_helo"]),
    (r"\bproto=(E?SMTP)\b", ["network_protocol"]),
    (r"\bsasl_method=(\w+)", ["vendor_sasl_method"]),
    (r"\bsasl_username=<?(?!\(unavailable\))([^\s<>,]+)>?", ["user_name"]),
    (r"\b(TLSv[\d.]+) with cipher", ["vendor_tls_version"]),
    (r" with cipher (\S+)", ["vendor_tls_cipher"]),
    (r"\b(?:from|client=)\s?\w[\w.-]*\[([0-9a-f.:]+)\]", ["source_ip"]),
    (r"^(?:CONNECT from|DISCONNECT|PASS \w+|[A-Z -]+ from) \[([0-9a-f.:]+)\]", ["source_ip"]),
    (r"^[A-Z -]+ (?:from )?\[[0-9a-f.:]+\]:(\d+)", ["source_port"]),
    (r"\bmessage-id=<([^<>]+)>", ["email_message_id", "vendor_resent_message_id"]),
    (r"^(?:warning: )?([0-9A-F]{7,}|[0-9A-Za-z]{10,}z[0-9A-Za-y]+): ", ["email_uid"]),
]


def check_values(message, tree, where):
    """Each value that is plain to see stands under its name."""
    for pattern, names in LOOKS:
        found = re.search(pattern, message)
        if found is None or found.group(1) == "":
            continue
        ours = [str(tree[name]).lower() for name in names if name in tree]
        theirs = found.group(1).lower()
        if theirs not in ours and not any(numbers_equal(theirs, o) for o in ours):
            fail("%s: %s is %s, not %s\n    %s" % (where, "/".join(names), ours, theirs, message))


def numbers_equal(a, b):
    try:
        return float(a) == float(b)
    except ValueError:
        return False


# The names in the column "expect" of samples-older.tsv, and where the value must stand.
EXPECTED = {
    "qid": "email_uid", "to": "email_to", "orig_to": "vendor_orig_to", "from": "email_from",
    "size": "email_size", "nrcpt": "vendor_nrcpt", "orig_queue_id": "vendor_orig_queue_id",
    "relay_ip": "vendor_relay_ip", "relay_port": "vendor_relay_port", "client_ip": "source_ip",
    "client_host": "source_hostname", "client_port": "source_port", "status": "vendor_status",
    "dsn": "vendor_dsn", "delay": "vendor_delay", "conn_use": "vendor_conn_use", "helo": "vendor_helo",
    "proto": "network_protocol", "code": "smtp_response_code", "esc": "smtp_response_enhanced_code",
    "stage": "vendor_stage vendor_smtp_stage", "tls_version": "vendor_tls_version",
    "tls_cipher": "vendor_tls_cipher", "sasl_method": "vendor_sasl_method", "user": "user_name",
    "queued_as": "vendor_queued_as", "file": "file_path",
    "host": "host_hostname vendor_relay_host source_hostname",
    "tls_err": "vendor_tls_error",
}


def check_expected(message, tree, where, expected):
    for name, value in expected.items():
        ours = [tree[n] for n in EXPECTED[name].split() if n in tree]
        if value is None or value == "(unavailable)":  # so smtpd says that there is none
            if ours:
                fail("%s: %s is %s, not absent\n    %s" % (where, name, ours, message))
        elif not any(str(value).lower() == str(o).lower() or numbers_equal(value, o) or
                     name == "tls_err" and value in o for o in ours):
            fail("%s: %s is %s, not %s\n    %s" % (where, name, ours, value, message))


# Programs that speak as another: one program under several names, and the scripts of a command.
SAME = {"lmtp": "smtp", "oqmgr": "qmgr", "nqmgr": "qmgr", "postfix-script": "postfix",
        "postfix-tls-script": "postfix", "postfix-non-bdb-script": "postfix", "postmulti-script": "postmulti"}


def check_speaker(ident, program, event, message, daemons):
    """An event is named after the daemon that speaks, or after none. postlogd passes on what others say."""
    area = event.split(".")[0]
    if area in daemons and area not in (program, SAME.get(program)) and program != "postlogd":
        fail("%s: %s says %s: %s" % (ident, program, event, message))


def check_references(ident, message, tree):
    """A network event has both ends where the line has a host with its address."""
    if tree.get("gim_event_type_code") == 129999 and re.search(r"\[[0-9a-f.:]{7,}\]", message):
        if "source_reference" not in tree or "destination_reference" not in tree:
            fail("%s: no references: %s" % (ident, message))


def check_catalogue(path, name):
    with open(path, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file][1:]
    daemons = {os.path.basename(p)[:-len(".rulebase")]
               for p in glob.glob(os.path.join(SRC, "rulebases", "**", "*.rulebase"), recursive=True)
               if os.path.basename(os.path.dirname(p)) not in ("shared", "library")}
    trees = normalize(["Aug 21 10:15:32 mail postfix/%s[1]: %s" % (r[1], r[5]) for r in rows])
    total, specific = collections.Counter(), collections.Counter()
    for row, tree in zip(rows, trees):
        ident, program, tier, checked, level, message = row[:6]
        event = tree["vendor_event_type"]
        if tier in "12":
            check_speaker(ident, program, event, message, daemons)
            check_references(ident, message, tree)
        if len(row) > 6 and row[6]:
            check_expected(message, tree, ident, json.loads(row[6]))
        total[tier] += 1
        if event not in ("generic", "unmatched"):
            specific[tier] += 1
            if tier == "1" and checked in "12":
                check_values(message, tree, ident)
                if "vendor_unparsed" in tree:
                    fail(ident, "leaves unparsed:", tree["vendor_unparsed"], "\n   ", message)
        elif tier == "1":
            fail("tier 1 is generic: %s %s: %s" % (ident, program, message))
        if event == "unmatched":
            fail("unmatched: %s %s: %s" % (ident, program, message))
        if level != "info" and tree.get("vendor_event_severity") != level:
            fail("level of", ident, "is", tree.get("vendor_event_severity"))
    for tier in sorted(total):
        print("%s: tier %s: %d of %d specific (%.2f %%)"
              % (name, tier, specific[tier], total[tier], 100.0 * specific[tier] / total[tier]))
    if specific["2"] < 0.95 * total["2"]:
        fail("%s, tier 2: at least 95 in a hundred are wanted" % name)


def pack_lines(text):
    """The examples of the pack's page run together in one paragraph: "# Title line line # Title"."""
    paragraph = next(p for p in text.splitlines() if p.startswith("# Mail delivery"))
    start = re.compile(r"(?=(?:\b[A-Z][a-z]+ +\d+ \d\d:\d\d:\d\d \S+ |(?<!\d )\bmail )postfix/)")
    for part in re.split(r"# [A-Z][^#\[]*?(?=[A-Z][a-z]+ +\d+ \d\d:\d\d|mail postfix)", paragraph):
        for line in start.split(part):
            if line.strip():
                yield line.strip()


def quoted_lines(text):
    """Log lines that stand in running text, in quotation marks or alone."""
    for line in re.findall(r"[A-Z][a-z]{2}\s+\d+ \d\d:\d\d:\d\d \S+\s+postfix[^\n\u201d]*", text):
        yield line


# Categories of the pack's examples, in their order. 129999 and 109999 stand where the line has not
# what the nearer code requires: both ports of a connection, the login of our own client.
PACK_CODES = [130000, 130000, 130000, 139999, 130500, 131000, 130500, 131500, 139999, 139999, 139999,
              129999, None, 109999, 120300, 140200, 139999, 120300, 139999, 139999, 139999, 210000,
              210100, 219999]


def check_documents(directory):
    # What a document's lines must be, in their order.
    wanted = {
        "graylog-postfix-pack.txt": [
            "mail.delivery", "mail.delivery", "mail.delivery", "qmgr.queue_active",
            "postscreen.reject", "smtpd.reject", "postscreen.command_length_limit", "milter.header_check", "cleanup.",
            "bounce.", "bounce.", "tls.connection_established_to", "tls.certificate_unverified",
            "smtp.sasl", "smtpd.timeout", "dnsblog.", "smtpd.proxy", "tlsproxy.disconnect", "pickup.",
            "qmgr.", "postsuper.", "master.", "master.", "scache."],
        "mail-access-monitor.txt": ["smtpd.connect", "sasl.failed", "qmgr.queue_active",
                                    "mail.delivery"],
        "proxy-filter-logs.txt": [
            "smtpd.connect", "smtpd.client", "smtpd.connect", "smtpd.client", "cleanup.message",
            "qmgr.queue_active", "smtpd.disconnect", "smtpd.proxy", "qmgr.removed",
            "smtpd.disconnect", "smtpd.proxy", "smtpd.disconnect"],
    }
    for name, events in wanted.items():
        with open(os.path.join(directory, name), encoding="utf-8") as file:
            text = file.read()
        lines = list((pack_lines if "pack" in name else quoted_lines)(text))
        trees = normalize(lines)
        if len(lines) != len(events):
            fail("%s: %d lines found, %d expected" % (name, len(lines), len(events)))
        for line, tree, event in zip(lines, trees, events):
            if not tree["vendor_event_type"].startswith(event):
                fail("%s: %s instead of %s\n    %s" % (name, tree["vendor_event_type"], event, line))
            if "vendor_unparsed" in tree:
                fail("%s leaves unparsed: %s\n    %s" % (name, tree["vendor_unparsed"], line))
            check_values(re.sub(r"^.*?postfix\S*: ", "", line), tree, name)
        codes = [tree.get("gim_event_type_code") for tree in trees]
        if "pack" in name and codes != PACK_CODES:
            fail("%s: the codes are %s" % (name, codes))
        print("%s: %d lines" % (name, len(lines)))


def main():
    catalogue = os.path.join(SHARED, "postfix-log-catalogue", "samples.tsv")
    seeds = os.path.join(SHARED, "seeds")
    if not os.path.exists(catalogue) or not os.path.isdir(seeds):
        print("SKIP: there is no %s: logs of others, which are no part of this repository" % SHARED)
        return 77
    check_catalogue(catalogue, "catalogue")
    older = os.path.join(SHARED, "postfix-log-catalogue", "samples-older.tsv")
    if os.path.exists(older):
        check_catalogue(older, "older")
    else:
        print("SKIP: there is no %s: logs of others, which are no part of this repository" % older)
    check_documents(seeds)
    print("%d failures" % failures)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
