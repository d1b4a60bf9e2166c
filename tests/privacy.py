#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No personal value of a line comes through pseudonyms: every value that has a form, or stands where one does, is taken
out of the lines by means of this file's own, and looked for in all bytes that pfxlog makes of them.

Lines: the samples of the rules, examples/mail.log, the log of the live run when there is one, and ../shared when it is
there. Values: addresses and their local parts, IP addresses, names of hosts, logins; in upper and lower case, percent
and xtext codings, base64 at all three offsets. arguments: --show prints each leak, and exits 1 if there is one.
"""
import base64
import collections
import glob
import ipaddress
import json
import os
import re
import subprocess
import sys
import urllib.parse

SRC = os.environ.get("PFX_SRCDIR", os.path.join(os.path.dirname(__file__), ".."))
BUILD = os.environ.get("PFX_BUILDDIR", os.path.join(SRC, "build"))
RULEBASES = os.environ.get("PFX_RULEBASES", os.path.join(SRC, "rulebases"))
SHARED = os.environ.get("PFX_SHARED", os.path.join(SRC, "..", "shared"))
PFXLOG = [os.path.join(BUILD, "tools", "pfxlog")]

ADDRESS = re.compile(r"[A-Za-z0-9!#$%&*+/=?^_`{|}~.\x80-\uffff-]+@[A-Za-z0-9\x80-\uffff](?:[A-Za-z0-9\x80-\uffff.-]*[A-Za-z0-9\x80-\uffff])?")
QUOTED = re.compile(r'"((?:[^"\\]|\\.)+)"@([A-Za-z0-9.-]+)')
IP4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)")
IP6 = re.compile(r"(?<![0-9A-Za-z:.])(?:[0-9A-Fa-f]{0,4}:){2,7}(?:[0-9A-Fa-f]{1,4}|(?:\d{1,3}\.){3}\d{1,3})?(?![0-9A-Za-z:])")
HOST = re.compile(r"(?<![\w.@/=+-])(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}(?=\[)|(?<=helo=<)[^>\[\]]+(?=>)")
USER = re.compile(r"(?:\bsasl_username=|\b(?:r?user|login|username)=<?\"?)([A-Za-z0-9._+-]{3,})")

# Words that are in logs for another reason than that somebody is called so.
COMMON = set("""postmaster abuse root mailer-daemon webmaster hostmaster security noc double-bounce unknown localhost
user users mail smtp smtpd test info admin host domain example local virtual address sender recipient client from null
none list lists spam ham virus bounce bounces bounced return message noreply no-reply reply login auth data text name foo
bar postfix dovecot amavis amavisd rspamd spamd clamav nobody news www www-data daemon sys vmail service services status
reject rejected accept deferred sent error warning fatal panic helo ehlo rcpt size proto the and for not new old cur tmp
later forwarded receipt blocked full grey out nets username quarantine uid gid pid vendor event email source destination net com org imap pop3 lmtp command connect connection mailbox
""".split())


def shared_lines():
    """Lines of ../shared: pairs of place and line."""
    names = ["corpus/lines.log", "corpus/other-daemons.log", "corpus/malformed.log"]
    names += ["neighbours/access/real.log", "neighbours/filters/real.log"]
    names += ["neighbours/access/live-debian12.log", "neighbours/access/live-debian13.log"]
    names += sorted(os.path.relpath(p, SHARED) for p in glob.glob(SHARED + "/neighbours/filters/live-logs/*.log"))
    names += sorted(os.path.relpath(p, SHARED) for p in glob.glob(SHARED + "/cases/*/*.log"))
    for name in names:
        path = os.path.join(SHARED, name)
        if os.path.exists(path):
            yield from read(path)
    for name in ("postfix-log-catalogue/samples.tsv", "postfix-log-catalogue/samples-older.tsv"):
        for row in rows(os.path.join(SHARED, name)):
            if row.get("message"):
                yield name, "postfix/%s[7]: %s" % (row.get("program", "smtpd"), row["message"])
    for path in sorted(glob.glob(SHARED + "/neighbours/*/samples.tsv")):
        for row in rows(path):
            if row.get("message"):
                yield path, "%s[7]: %s" % (row.get("program", "amavis"), row["message"])
    path = os.path.join(SHARED, "replies", "open.tsv")
    for row in rows(path):
        if row.get("line"):
            yield path, row["line"]


def rows(path):
    """Rows of a table with a head; none of one that is not there."""
    if os.path.exists(path):
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            head = file.readline().rstrip("\n").split("\t")
            for line in file:
                yield dict(zip(head, line.rstrip("\n").split("\t")))


def read(path):
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            if line.strip():
                yield path, line.rstrip("\n")


def own_lines():
    for path in sorted(glob.glob(SRC + "/rulebases/*/**/*.samples", recursive=True) + glob.glob(SRC + "/rulebases/*/*.samples")):
        program = os.path.basename(path)[:-len(".samples")]
        folder = os.path.relpath(path, SRC + "/rulebases").split(os.sep)[0]
        for place, line in read(path):
            if not line.startswith("#"):
                yield place, ("postfix/%s[7]: " % program if folder == "postfix" else program + "[7]: ") + line
    yield from read(os.path.join(SRC, "examples", "mail.log"))
    live = os.path.join(BUILD, "live.log")
    if os.path.exists(live):
        yield from read(live)


def is_common(word):
    word = word.lower()
    return len(word) < 3 or word in COMMON or word.isdigit()


def values_of(line):
    """Personal values of a line, in lower case, each with its class."""
    found = {}
    for text in {line, urllib.parse.unquote(line, errors="surrogateescape")}:
        for m in ADDRESS.finditer(text):
            address = m[0].lower()
            local = re.split("[=<:]", address.rsplit("@", 1)[0])[-1] if "=" in address else address.rsplit("@", 1)[0]
            found[address] = "address"
            if re.fullmatch("4[0-9a-z]{9,15}", local):
                continue # a queue id, of a Message-ID that Postfix gave
            if not is_common(local) and len(local) > 3 and not IP4.fullmatch(local):
                found[local] = "local part"
        for m in QUOTED.finditer(text):
            if not is_common(m[1]):
                found[m[1].lower()] = "quoted"
        for m in list(IP4.finditer(text)) + list(IP6.finditer(text)):
            try:
                ip = ipaddress.ip_address(m[0])
            except ValueError:
                continue
            if line.startswith("v", m.start() - 1) or re.search(r"\b%s postfix/" % re.escape(m[0]), line):
                continue # a version; the host that wrote the line
            if getattr(ip, "ipv4_mapped", None):
                ip = ip.ipv4_mapped
            if not (ip.is_loopback or m[0].lower() == "::ffff:127" or ip.is_unspecified or len(m[0]) < 5):
                found[m[0].lower()] = "ip"
        for m in HOST.finditer(text):
            name = m[0].lower()
            if not is_common(name) and name not in ("localhost", "localhost.localdomain"):
                found[name] = "host"
        for m in USER.finditer(text):
            if not is_common(m[1]):
                found[m[1].lower()] = "user"
    return found


def hidden(lines, key, *arguments):
    """What pfxlog makes of each line, as one text."""
    text = "".join(line + "\npostfix/marker[%d]: end\n" % i for i, line in enumerate(lines))
    run = subprocess.run(PFXLOG + ["normalize", "--products", "all", "--pseudonymize", key, "--rulebasedir",
                                   RULEBASES, *arguments],
                         input=text.encode(errors="surrogateescape"), check=True, stdout=subprocess.PIPE)
    outs, current = [], []
    for line in run.stdout.decode(errors="surrogateescape").splitlines():
        if '"vendor_daemon":"marker"' in line or '"_vendor_daemon":"marker"' in line or '"process.name":"marker"' in line:
            outs.append("\n".join(current))
            current = []
        else:
            current.append(line)
    assert len(outs) == len(lines), (len(outs), len(lines))
    return outs


# Fields whose values are joined by, and how two spellings of one are folded.
JOINED = {"source_ip": str.lower, "source_hostname": str.lower, "vendor_relay_host": str.lower, "email_message_id": str,
          "vendor_helo": str.lower, "trace_id": str, "vendor_session_id": str, "vendor_dovecot_session": str}


def joins(lines, key):
    """What is lost of the story behind pseudonyms: each value has one pseudonym and no other value has it; mails, their
    parents and verdicts are as they were."""
    wrong = []
    plain = subprocess.run(PFXLOG + ["normalize", "--products", "all", "--rulebasedir", RULEBASES],
                           input="\n".join(lines).encode(errors="surrogateescape") + b"\n", check=True, stdout=subprocess.PIPE)
    veiled = subprocess.run(PFXLOG + ["normalize", "--products", "all", "--pseudonymize", key, "--rulebasedir", RULEBASES],
                            input="\n".join(lines).encode(errors="surrogateescape") + b"\n", check=True, stdout=subprocess.PIPE)
    forward, back, looked = {}, {}, 0
    pairs = list(zip(plain.stdout.decode(errors="replace").splitlines(), veiled.stdout.decode(errors="replace").splitlines()))
    for a, b in pairs:
        a, b = json.loads(a), json.loads(b)
        for name in ("event_created", "vendor_event_type", "email_uid", "vendor_mail_id", "vendor_parent_uid", "vendor_verdict", "vendor_link",
                     "vendor_hop", "gim_event_type_code", "vendor_reason", "email_direction", "vendor_count_sent", "vendor_recipients_status"):
            if a.get(name) != b.get(name):
                wrong.append("%s: %r became %r" % (name, a.get(name), b.get(name)))
        if len(a.get("vendor_recipients", [])) != len(b.get("vendor_recipients", [])):
            wrong.append("recipients: %r became %r" % (a.get("vendor_recipients"), b.get("vendor_recipients")))
        for name, fold in JOINED.items():
            if name in a and name in b:
                looked += 1
                value = fold(a[name])
                one = forward.setdefault((name, value), b[name])
                other = back.setdefault((name, b[name]), value)
                if one != b[name] or other != value:
                    wrong.append("%s: %r is %r and %r; that is %r, too" % (name, value, one, b[name], other))
    return wrong, looked


def codings(value):
    yield value
    for offset in range(3):
        raw = base64.b64encode(b"\0" * offset + value.encode(errors="surrogateescape")).decode()
        part = raw[(0, 2, 3)[offset]:].rstrip("=")[:-1]
        if len(part) >= 8:
            yield part.lower()


def main():
    show = "--show" in sys.argv
    key = os.path.join(os.environ.get("TMPDIR", "/tmp"), "privacy.%d.key" % os.getpid())
    with open(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write("always %s\n" % base64.b64encode(bytes(range(32))).decode())
    sources = [("own", list(own_lines()))]
    if os.path.isdir(SHARED):
        sources.append(("shared", list(shared_lines())))
    total, kinds, leaks = 0, collections.Counter(), []
    for _, pairs in sources:
        lines = [line for _, line in pairs]
        known = [values_of(line) for line in lines]
        for arguments in (("--format", "gelf"), ("--format", "ecs"), ("--no-story", "--format", "gim")):
            for (place, line), values, out in zip(pairs, known, hidden(lines, key, *arguments)):
                if not out:
                    continue
                total += 1
                low = out.lower()
                flat = low.replace("\\/", "/")
                for value, kind in values.items():
                    kinds[kind] += 1
                    if any(coding in flat for coding in codings(value)):
                        leaks.append((kind, value, place, line, out))
    # Samples have no time: that of the run would be another one in each.
    wrong, looked = joins([re.sub(r"^(?=[\w./-]+\[7\]: )", "2026-08-21T10:15:32+02:00 mx1 ", line) for _, line in sources[0][1]], key)
    for text in wrong[:10]:
        print(text)
    if wrong or looked < 1000:
        print("%d joins lost of %d" % (len(wrong), looked))
        return 1
    # What a site keeps is found: so would be what came through by a fault.
    pairs = sources[0][1]
    lines = [line for _, line in pairs]
    blind = []
    for kind, hide in (("address", "address=keep"), ("local part", "address=keep"), ("user", "user=keep"),
                       ("ip", "ip=keep"), ("host", "host=keep")):
        outs = hidden(lines, key, "--no-story", "--format", "gelf", "--hide", hide)
        if not any(k == kind and v in out.lower() for line, out in zip(lines, outs) for v, k in values_of(line).items()):
            blind.append(kind)
    os.unlink(key)
    if blind:
        print("kept, and not found: %s" % ", ".join(blind))
        return 1
    if show:
        for kind, value, place, line, out in leaks:
            print("%s\t%s\t%s\n    %s\n    %s" % (kind, value, os.path.basename(place), line[:600], out[:3000]))
    print("%d joins kept; %d documents, values: %s; leaks: %d %s" % (looked, total, dict(kinds), len(leaks), dict(collections.Counter(k for k, *_ in leaks))))
    return 1 if leaks or total < 1000 else 0


if __name__ == "__main__":
    sys.exit(main())
