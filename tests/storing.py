#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What stores need beside a line (plugins/mmpostfix/storing.h): ids of lines by the scheme done anew here, domains as the
address is shown, own hosts and the lists of a record, the arrival of a mail as its queue id tells it."""
import datetime
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile

SRC = os.environ.get("PFX_SRCDIR", os.path.join(os.path.dirname(__file__), ".."))
BUILD = os.environ.get("PFX_BUILDDIR", os.path.join(SRC, "build"))
RULEBASES = os.environ.get("PFX_RULEBASES", os.path.join(SRC, "rulebases"))
failures = []


def check(what, wanted, is_so):
    if wanted != is_so:
        failures.append("%s: %r, not %r" % (what, is_so, wanted))


def documents(lines, *options):
    with tempfile.NamedTemporaryFile("w", suffix=".log") as log:
        log.write("".join(line + "\n" for line in lines))
        log.flush()
        out = subprocess.run([BUILD + "/tools/pfxlog", "normalize", "--rulebasedir", RULEBASES, *options, log.name],
                             capture_output=True, text=True)
    if out.returncode != 0:
        sys.exit("FAIL: pfxlog: " + out.stderr)
    return [json.loads(line) for line in out.stdout.splitlines()]


def line_id(host, instance, service, daemon, pid, time, text, repeated=""):
    """As storing.c: the time in UTC with the microseconds it has."""
    hashed = hashlib.sha256(b"L" + "\n".join([host, instance, service, daemon, pid, time, repeated, text]).encode()).digest()
    return "%016x" % (int.from_bytes(hashed[:8], "big") | 1)


def ids_are_of_the_line():
    base = ("mx1", "postfix", "", "smtpd", "11", "2026-08-21T10:00:00.000001Z", "connect from client.example.net[192.0.2.9]")
    others = [list(base) for _ in range(8)]
    others[1][0], others[2][1], others[3][2], others[4][3] = "mx2", "postfix-out", "submission", "smtps/smtpd".split("/")[1] + "x"
    others[4][3] = "postscreen"
    others[5][4], others[6][5], others[7][6] = "12", "2026-08-21T10:00:00Z", "connect from client.example.net[192.0.2.8]"
    lines = []
    for host, instance, service, daemon, pid, time, text in others:
        tag = "/".join(part for part in (instance, service, daemon) if part)
        lines.append("%s %s %s[%s]: %s" % (time.replace("Z", "+00:00"), host, tag, pid, text))
    wanted = [line_id(*other) for other in others]
    check("different lines", 8, len(set(wanted)))
    for options in ([], ["--no-story"], ["--threads", "2"], ["--format", "gelf"]):
        key = "_vendor_line_id" if "gelf" in options else "vendor_line_id"
        check("ids by scheme %s" % options, wanted, [d.get(key) for d in documents(lines, "--line-ids", *options)])
    check("no ids unasked", [None], [d.get("vendor_line_id") for d in documents(lines[:1])])
    check("another zone, and a blank more", wanted[:1], [d["vendor_line_id"] for d in documents(
        ["2026-08-21T12:00:00.000001+02:00 mx1 postfix/smtpd[11]:  connect from client.example.net[192.0.2.9] "], "--line-ids")])
    check("in a header of another daemon", wanted[:1], [d["vendor_line_id"] for d in documents(
        ["<22>1 2026-08-21T10:00:00.000001Z mx1 postfix/smtpd 11 - - connect from client.example.net[192.0.2.9]"], "--line-ids")])
    check("collector", ["c-7"] * 8, [d.get("vendor_collector") for d in documents(lines, "--collector", "c-7")])


def ids_are_hidden_where_addresses_are():
    line = ["2026-08-21T10:00:00.000001+00:00 mx1 postfix/smtpd[11]: connect from client.example.net[192.0.2.9]"]
    with tempfile.TemporaryDirectory() as work:
        keys = work + "/keys"
        subprocess.run([BUILD + "/tools/pfxlog", "pseudonym", "--make", "always", "--key", keys], check=True, capture_output=True)
        plain, = documents(line, "--line-ids")
        first, = documents(line, "--line-ids", "--pseudonymize", keys)
        again, = documents(line, "--line-ids", "--pseudonymize", keys)
        check("keyed", True, first["vendor_line_id"] != plain["vendor_line_id"])
        check("the same again", first["vendor_line_id"], again["vendor_line_id"])
        delivery = ["2026-08-21T10:00:00.4+00:00 mx1 postfix/smtp[14]: 4cBQzN2Hr1z9sWk: to=<alice@shop.example.com>, relay=none, "
                    "delay=1, delays=1/0/0/0, dsn=4.4.1, status=deferred (connect to shop.example.com[192.0.2.1]:25: Connection refused)"]
        for hide in ("whole", "local", "drop", "keep"):
            document, = documents(delivery, "--pseudonymize", keys, "--hide", "address=" + hide)
            shown = document.get("email_to")
            check("domain of an address, %s" % hide, shown and shown.rsplit("@", 1)[1].lower() if shown else None, document.get("vendor_to_domain"))
            if hide == "whole":
                check("nothing of it in clear", -1, json.dumps(document).find("shop.example"))


def domains_are_those_of_addresses():
    rows = [("Bob@Example.ORG", "example.org"), ('"a@b"@example.com', "example.com"), ("bob", None), ("", None), ('"bob@example.org"', None), ('"a\\"@b"', None),
            ("bob@[192.0.2.1]", "[192.0.2.1]"), ("@example.net:bob@example.org", "example.org"), ("bob@b\u00fccher.example", "b\u00fccher.example")]
    for sender, domain in rows:
        document, = documents(["2026-08-21T10:00:00.3+00:00 mx1 postfix/qmgr[13]: 4cBQzN2Hr1z9sWk: from=<%s>, size=100, nrcpt=1 (queue active)" % sender])
        check("domain of %r" % sender, domain, document.get("vendor_from_domain"))
        check("its type", True, domain is None or isinstance(document["vendor_from_domain"], str))
        document, = documents(["2026-08-21T10:00:00.4+00:00 mx1 postfix/local[14]: 3F4A91230: to=<%s>, relay=local, delay=1, delays=1/0/0/0, "
                               "dsn=2.0.0, status=sent (delivered to mailbox)" % (sender or "x")])
        check("domain of recipient %r" % sender, domain, document.get("vendor_to_domain"))


BASE52 = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz"


def long_id(seconds, microseconds, chance):
    """global/mail_queue.h: six digits of seconds, four of microseconds, 'z', an inode in base 51."""
    def digits(number, least):
        text = ""
        while number or len(text) < least:
            number, digit = divmod(number, 52)
            text = BASE52[digit] + text
        return text
    return digits(seconds, 6) + digits(microseconds, 4) + "z" + "".join(chance.choice(BASE52[:51]) for _ in range(5))


def records_tell_where_mails_went():
    """Mails with recipients to own hosts, to others, and to nobody yet; each delivery is chosen here."""
    chance = random.Random(7)
    begin = datetime.datetime(2026, 8, 21, 10, tzinfo=datetime.timezone.utc)
    hops = [("hub[198.51.100.5]:25", "hub1"), ("mx.example.org[203.0.113.7]:25", None), ("relay.example.com[198.51.100.6]:25", "hub2.example.com"),
            ("127.0.0.1[127.0.0.1]:10025", None), ("filter[198.51.100.9]:10024", None)]
    lines, wanted = [], {}
    for n in range(200):
        born = begin + datetime.timedelta(seconds=n, microseconds=chance.randrange(1, 10 ** 6))
        uid = long_id(int(born.timestamp()), born.microsecond, chance)

        def say(after, text, born=born):
            lines.append("%s mx1 postfix/%s" % ((born + datetime.timedelta(seconds=after)).isoformat(timespec="microseconds"), text))
        own_client = chance.random() < .3
        say(.001, "smtpd[11]: %s: client=%s" % (uid, "edge.example.com[198.51.100.1]" if own_client else "unknown[203.0.113.%d]" % (n % 200 + 1)))
        say(.002, "cleanup[12]: %s: message-id=<%d@example.net>" % (uid, n))
        rows = {}
        recipients = chance.randint(1, 5)
        say(.003, "qmgr[13]: %s: from=<s@example.net>, size=100, nrcpt=%d (queue active)" % (uid, recipients))
        for r in range(recipients):
            hop, own = chance.choice(hops)
            queued = chance.choice([long_id(int(born.timestamp()), 7 + r, chance), "%X" % (0xABCDE00000 + n * 16 + r), None])
            at = (born + datetime.timedelta(seconds=.1 + r / 100)).isoformat(timespec="microseconds").replace("+00:00", "Z")
            rows["r%d@example.org" % r] = (queued or "-", own or "-", at.replace(".000000Z", "Z"))
            say(.1 + r / 100, "smtp[14]: %s: to=<r%d@example.org>, relay=%s, delay=%.2f, delays=0/0/0/0.1, dsn=2.0.0, status=sent (250 2.0.0 Ok%s)" % (
                uid, r, hop, .1 + r / 100, ": queued as " + queued if queued else ""))
        say(.5, "qmgr[13]: %s: removed" % uid)
        wanted[uid] = (rows, born, own_client)
    records = [d for d in documents(lines, "--ownrelays", "198.51.100.5=hub1,198.51.100.6=hub2.example.com,198.51.100.9,198.51.100.1=edge")
               if "vendor_mail_record" in d]
    check("records", len(wanted), len(records))
    for d in records:
        rows, born, own_client = wanted[d["email_uid"]]
        to = d["vendor_recipients"]
        empty = ["-"] * len(to)
        told = dict(zip(to, zip(d.get("vendor_recipients_queued_as", empty), d.get("vendor_recipients_own_host", empty), d["vendor_recipients_time"])))
        check("deliveries of " + d["email_uid"], rows, told)
        check("arrival of " + d["email_uid"], born, datetime.datetime.fromisoformat(d["vendor_mail_arrival"].replace("Z", "+00:00")))
        check("client of " + d["email_uid"], "edge" if own_client else None, d.get("vendor_client_own_host"))


def arrival_is_told_only_where_it_is_known():
    lines = ["2026-08-21T10:00:05.500000+00:00 mx1 postfix/smtp[14]: 3F4A91230: to=<a@example.org>, relay=mx.example.org[203.0.113.7]:25, delay=5.5, "
             "delays=5/0/0/.5, dsn=2.0.0, status=sent (250 ok)",
             "2026-08-21T10:00:05.600000+00:00 mx1 postfix/qmgr[13]: 3F4A91230: removed",
             "2026-08-21T10:00:06.600000+00:00 mx1 postfix/qmgr[13]: 3F4A91231: from=<b@example.net>, size=100, nrcpt=1 (queue active)",
             "2026-08-21T10:00:07.600000+00:00 mx1 postfix/qmgr[13]: 3F4A91231: removed"]
    records = {d["email_uid"]: d for d in documents(lines) if "vendor_mail_record" in d}
    check("by delay", "2026-08-21T10:00:00Z", records["3F4A91230"].get("vendor_mail_arrival"))
    check("not known", None, records["3F4A91231"].get("vendor_mail_arrival"))


ids_are_of_the_line()
ids_are_hidden_where_addresses_are()
domains_are_those_of_addresses()
records_tell_where_mails_went()
arrival_is_told_only_where_it_is_known()
for failure in failures[:20]:
    print("FAIL: " + failure)
sys.exit(bool(failures))
