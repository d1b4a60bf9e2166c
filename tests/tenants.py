#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Mails of a server of three tenants, whose recipients this file chooses: each line is told to be of the tenants that
doc/tenants.md says, and no view of a tenant has another's recipient in any byte."""
import json
import os
import random
import re
import subprocess
import sys
import tempfile

SRC = os.environ.get("PFX_SRCDIR", os.path.join(os.path.dirname(__file__), ".."))
BUILD = os.environ.get("PFX_BUILDDIR", os.path.join(SRC, "build"))
RULEBASES = os.environ.get("PFX_RULEBASES", os.path.join(SRC, "rulebases"))
TABLE = """# kind value tenant
domain example.com acme
domain .example.org globex   # all below
domain shop.example.org initech
user svc-* acme
user svc-initech-* initech
network 192.0.2.0/24 acme
network 192.0.2.128/25 globex
instance postfix-globex globex
"""
OF = {"example.com": "acme", "a.example.org": "globex", "shop.example.org": "initech", "elsewhere.example": None}
SENDERS = [  # how the client line says it, and whose it is
    ("client=unknown[203.0.113.%d]", None),
    ("client=unknown[192.0.2.%d]", "acme"),
    ("client=unknown[192.0.2.1%d]", None),  # made to fit the longer network below
    ("client=unknown[203.0.113.%d], sasl_method=PLAIN, sasl_username=svc-7", "acme"),
    ("client=unknown[203.0.113.%d], sasl_method=PLAIN, sasl_username=svc-initech-1", "initech"),
    ("client=unknown[192.0.2.%d], sasl_method=PLAIN, sasl_username=bob@a.example.org", "globex"),
]


def mails(count, chance):
    """Lines, and beside each its tenants."""
    for n in range(count):
        uid = "%09X0A" % (0xA00000000 + n)
        client, sender = chance.choice(SENDERS)
        number = chance.randint(1, 99)
        if client == SENDERS[2][0]:
            number, sender = chance.randint(30, 99), "globex"
        spoofed = chance.choice(["x@example.com", "y@a.example.org", "z@elsewhere.example"])
        recipients = ["%s%d.%d@%s" % (chance.choice("prst"), n, i, chance.choice(list(OF))) for i in range(chance.randint(1, 6))]
        host = chance.choice(["postfix", "postfix-globex"])
        server = "globex" if host == "postfix-globex" else None

        def line(text, tenants, n=n, host=host):
            return "2026-11-05T10:%02d:%02d.%06dZ mx %s%s" % (n // 60 % 60, n % 60, n % 1000000, "" if text.startswith("amavis") else host + "/", text), tenants

        whose = {sender} if sender else {server} if server else set()
        yield line("smtpd[7]: %s: %s" % (uid, client % number if "%d" in client else client), whose)
        yield line("qmgr[8]: %s: from=<%s>, size=100, nrcpt=%d (queue active)" % (uid, spoofed, len(recipients)), whose)
        yield line("amavis[5]: (00005-01) Passed CLEAN {RelayedInbound}, [203.0.113.5]:41000 [203.0.113.5] <%s> -> %s, Queue-ID: %s, Message-ID: "
                   "<1@elsewhere.example>, mail_id: 8nDHeBHAa8hi, Hits: -1.9, size: 100, queued_as: %09X0B, 12 ms"
                   % (spoofed, ",".join("<%s>" % r for r in recipients), uid, 0xA00000000 + n), None)
        union = {sender} if sender else set()
        for recipient in recipients:
            of = OF[recipient.split("@")[1]]
            union |= {of} if of else set()
            yield line("smtp[9]: %s: to=<%s>, relay=mx.example.net[198.51.100.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)"
                       % (uid, recipient), {of} if of else whose)
        # An alias of one that is a mailbox of another, and what it was before rewriting.
        alias, mailbox = "t%d.a@a.example.org" % n, "p%d.b@example.com" % n
        yield line("smtp[9]: %s: to=<%s>, orig_to=<%s>, relay=mx.example.net[198.51.100.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)"
                   % (uid, mailbox, alias), {"acme"})
        union |= {"acme"}
        yield line("qmgr[8]: %s: removed" % uid, union or whose)


def run(table, lines, *arguments):
    done = subprocess.run([os.path.join(BUILD, "tools", "pfxlog"), "normalize", "--rulebasedir", RULEBASES, "--tenants", table, "--products", "all",
                           *arguments], input="\n".join(lines).encode() + b"\n", stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().splitlines()


FAULTS = [
    ("domain example.com", ":1: a row has three columns"),
    ("# c\n\ndomain example.com acme more", ":3: a row has three columns"),
    ("host example.com acme", ":1: the first column is domain, user"),
    ("domain example.com Acme", ":1: the name of a tenant has small letters"),
    ("domain example.com acme_2", ":1: the name of a tenant has small letters"),
    ("domain example.com -acme", ":1: the name of a tenant has small letters"),
    ("domain a@example.com acme", ":1: no domain"),
    ("domain . acme", ":1: no domain"),
    ("network 192.0.2.0/33 acme", ":1: no network"),
    ("network 192.0.2 acme", ":1: no network"),
    ("address 192.0.2.0/24 acme", ":1: no address"),
    ("domain Example.com acme\ndomain example.COM globex", "example.com stands there twice"),
]


def faults():
    """How many bad tables are not refused with their place."""
    wrong = 0
    for text, wanted in FAULTS:
        with tempfile.NamedTemporaryFile("w", suffix=".tenants") as file:
            file.write(text)
            file.flush()
            done = subprocess.run([os.path.join(BUILD, "tools", "pfxlog"), "normalize", "--rulebasedir", RULEBASES,
                                   "--tenants", file.name], input=b"", stderr=subprocess.PIPE)
            if done.returncode != 2 or wanted not in done.stderr.decode():
                wrong += 1
                print("%r: %d %s" % (text, done.returncode, done.stderr.decode()))
    return wrong


# Lines of a mail, and what may be in no byte of acme's view and of a strict one; what acme's has all the same.
SENT = ", relay=mx.example.net[198.51.100.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (%s)"
HIDDEN = [
    ("a sender whose address another ends with", ["qmgr[8]: %s: from=<s@a.example.org>, size=1, nrcpt=1 (queue active)",
     "smtp[9]: %s: to=<p@example.com>, orig_to=<boss@a.example.org>" + SENT % "250 ok"], "boss@", "p@example.com"),
    ("a sender who is the recipient before rewriting", ["qmgr[8]: %s: from=<s@a.example.org>, size=1, nrcpt=1 (queue active)",
     "smtp[9]: %s: to=<p@example.com>, orig_to=<s@a.example.org>" + SENT % "250 ok"], "orig_to", "p@example.com"),
    ("a domain with an underscore", ["smtp[9]: %s: to=<p@example.com>, orig_to=<hidden@foo_bar.example.org>" + SENT % "250 ok"], "hidden@", "p@example.com"),
    ("a dot behind the domain", ["smtp[9]: %s: to=<p@example.com>, orig_to=<hidden@a.example.org.>" + SENT % "250 ok"], "hidden@", "p@example.com"),
    ("a reply", ["smtp[9]: %s: to=<p@example.com>" + SENT % "250 forwarded to HIDDEN@A.EXAMPLE.ORG."], "HIDDEN@", "p@example.com"),
    ("a line that was cut in an address", ["smtp[9]: %s: to=<p@example.com>, orig_to=<hidden@a.exam"], "hidden@", "mx"),
    ("a sentence in two lines", ["smtpd[7]: %s: client=unknown[192.0.2.9]",
     "amavis[5]: (00005-01) Passed CLEAN {RelayedOutbound}, [192.0.2.9]:41000 [192.0.2.9] <p@example.com> -> <p@example.com>,<hidden@a.exam...%.0s",
     "amavis[5]: (00005-01) ...ple.org>,<hidden@a.example.org>, Queue-ID: %s, Message-ID: <1@example.com>, mail_id: 8nDHeBHAa8hi, Hits: -1.9, size: 100, 12 ms"],
     "hidden@", "p@example.com"),
    ("the name of a file", ["amavis[6]: (00006-01) Blocked SPAM {DiscardedInbound,Quarantined}, [203.0.113.5]:41000 [203.0.113.5] <x@elsewhere.example> -> "
     "<p@example.com>, quarantine: spam-hidden@a.example.org_12.gz, Queue-ID: %s, mail_id: 8nDHeBHAa8hi, Hits: 22, size: 100, 12 ms"], "hidden@", "p@example.com"),
]
# Of nobody's recipients a tenant sees those of its own mails alone.
OPERATORS = ["smtp[9]: %s: to=<p@example.com>" + SENT % "250 ok", "smtp[9]: %s: to=<hidden@elsewhere.example>" + SENT % "250 ok", "qmgr[8]: %s: removed"]


def hidden(table):
    """How many of these show what they may not, or nothing."""
    wrong = 0
    for n, (what, texts, not_this, this) in enumerate(HIDDEN + [("the operator's recipients", OPERATORS, "hidden@", "vendor_recipients")]):
        lines = ["2026-11-05T10:00:00.%06dZ mx %s%s" % (i, "" if text.startswith("amavis") else "postfix/", text % ("B%09X" % n)) for i, text in enumerate(texts)]
        for arguments in (["--tenant", "acme"], ["--strict"]):
            text = "\n".join(run(table, lines, "--format", "gelf", *arguments))
            if texts is OPERATORS and arguments[0] == "--strict":
                continue
            if not_this in text or this not in text:
                wrong += 1
                print("%s, %s: %s" % (what, arguments, text))
    return wrong


def main():
    chance = random.Random(17)
    pairs = list(mails(400, chance))
    lines = [line for line, _ in pairs]
    with tempfile.NamedTemporaryFile("w", suffix=".tenants") as file:
        file.write(TABLE)
        file.flush()
        wrong = faults() + hidden(file.name)
        for (line, tenants), out in zip(pairs, run(file.name, lines)):
            got = set(json.loads(out).get("vendor_tenant", []))
            if tenants is not None and got != tenants:
                wrong += 1
                print("%s\n    is of %s, told %s" % (line, sorted(tenants), sorted(got)))
        everybody = set(re.findall("[ _]to=<([^>]*)>", "\n".join(lines)))
        shown = 0
        for tenant in ("acme", "globex", "initech"):
            others = [r for r in everybody if OF[r.split("@")[1]] not in (tenant, None)]
            own = [r for r in everybody if OF[r.split("@")[1]] == tenant]
            for arguments in (["--format", "gelf"], ["--format", "ecs"], ["--format", "gim"]):
                text = "\n".join(run(file.name, lines, "--tenant", tenant, *arguments))
                leaks = [r for r in others if r in text]
                missing = [r for r in own if text.count(r) < 2 and "a@a." not in r]
                if tenant == "acme" and "count_recipients" not in text and "gim" in arguments:
                    missing.append("counts of its own mails")
                if leaks or missing:
                    wrong += 1
                    print("%s, %s: shows %s, lacks %s" % (tenant, arguments, leaks[:3], missing[:3]))
                shown += len(own)
        for out in run(file.name, lines, "--strict", "--format", "gelf"):
            document = json.loads(out)
            names = {r for r in everybody if r in out}
            if document.get("_vendor_tenant", "").count(",") and any("count_" in name for name in document):
                names.add("a count@example.com")
            if any(OF[r.split("@")[1]] not in (None, document.get("_vendor_tenant")) for r in names):
                wrong += 1
                print("strict: %s" % out)
        # Without a view a record shows all: so the above can fail.
        if not any(len(json.loads(out).get("vendor_tenant", [])) > 1 and "vendor_recipients" in out for out in run(file.name, lines)):
            wrong += 1
            print("no record of several tenants")
    print("%d lines, %d recipients looked for, %d wrong" % (len(lines), shown, wrong))
    return 1 if wrong or shown < 1000 else 0


if __name__ == "__main__":
    sys.exit(main())
