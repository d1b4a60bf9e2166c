#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The shipped rules of alerts on three weeks of an honest site with attacks in them: each attack is told at the very line that is one
too many, and nothing else is told. Which line that is the driver counts itself, from what it did.

    alerts-traffic.py [--log DIR] [SEED...]

Rules that count by parts of a window (limits above 32, sums, shares, growth) may tell a thirtieth of the window late, and shares may be of
a window that is a thirtieth shorter. PFX_ALERTS_TABLE names a table to use instead of the shipped one.
"""
import argparse
import collections
import datetime
import glob
import json
import os
import subprocess
import sys
import tempfile
import time

SRC = os.environ.get("PFX_SRCDIR", os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
BUILD = os.environ.get("PFX_BUILDDIR", os.path.join(SRC, "build"))
RULEBASES = os.environ.get("PFX_RULEBASES", os.path.join(SRC, "rulebases"))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(SRC, "tests", "traffic"))
from attacks import Attacks  # noqa: E402
from honest import Honest, NEWS, OFFICE, WEBMAIL  # noqa: E402
from log import Log, SECOND  # noqa: E402
from naive import BY_PARTS, Naive, PARTS  # noqa: E402

DOMAINS = ["example.com"] + [name + ".example.org" for name in ("dead", "list", "shop", "defer", "edge0", "edge1", "near")]


def site_rules(directory):
    """What doc/alerts.md tells such a site to have: the office and webmail are exempt, and so is the newsletter."""
    path = os.path.join(directory, "site.tsv")
    with open(os.environ.get("PFX_ALERTS_TABLE", os.path.join(SRC, "rulebases", "alerts.tsv"))) as table:
        rows = [row.rstrip("\n").split("\t") for row in table if row.strip() and not row.startswith("#")]
    with open(path, "w") as out:
        for row in rows:
            if row[0] == "@exempt":
                row[10] += "," + OFFICE + "," + WEBMAIL
            elif row[0] == "recipients-user":
                row[10] += " !user_name=" + NEWS
            out.write("\t".join(row) + "\n")
    return path


def told(log, *options):
    """Of each line that tells: its time in microseconds, its rules, the key of the first, the severity."""
    command = [os.path.join(BUILD, "tools", "pfxlog"), "alerts", "--json", "--rulebasedir", RULEBASES]
    command += [*options, log]
    out = subprocess.run(command, env=dict(os.environ, TZ="UTC"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if out.returncode not in (0, 1):
        sys.exit(out.stderr.decode())
    found = []
    for text in out.stdout.splitlines():
        line = json.loads(text)
        at = datetime.datetime.fromisoformat(line["event_created"].replace("Z", "+00:00"))
        at = int(at.timestamp()) * SECOND + at.microsecond
        found.append((at, line["vendor_alert"], line["vendor_alert_key"], line["vendor_alert_severity"]))
    return found


def compare(lines, wanted, early, found):
    """What is told at the line, late (by seconds), missed, and false; and what lies behind, for people."""
    place = {line[0]: number for number, line in enumerate(lines)}
    expected = collections.defaultdict(list)  # line -> rule, key, severity
    for number, rule, key, severity in wanted:
        expected[number].append((rule, key, severity))
    good, late, faults, changed = 0, [], [], set()
    pending = collections.defaultdict(list)  # rule -> line, of those that may be late
    for number, alerts in expected.items():
        for rule, key, severity in alerts:
            pending[rule].append((number, key, severity))
    for at, rules, key, severity in found:
        number = place[at]
        for rule in rules:
            # The line has one key, of the rule it names first.
            fits = [p for p in pending[rule] if (rule != rules[0] or p[1] == key or key == p[1] + "::/64") and
                    (p[0] == number or (rule in BY_PARTS and 0 <= at - lines[p[0]][0] <= BY_PARTS[rule] // PARTS * SECOND
                                        and number > p[0]))]
            if not fits and (rule in changed or (number, rule) in early):
                # A share of a window that is a little shorter: the line may come a little before, and so the next of it.
                changed.add(rule)
                fits = [p for p in pending[rule] if 0 <= lines[p[0]][0] - at <= BY_PARTS[rule] // PARTS * SECOND]
            if not fits:
                faults.append("false: %s of %s at line %d: %s" % (rule, key, number + 1, lines[number][1]))
                continue
            if rule == rules[0] and fits[0][2] is not None and fits[0][2] != severity:
                faults.append("%s of %s at line %d is %s, not %s" % (rule, key, number + 1, severity, fits[0][2]))
            pending[rule].remove(fits[0])
            good += fits[0][0] == number
            if fits[0][0] != number:
                late.append((rule, (at - lines[fits[0][0]][0]) / SECOND))  # less than 0: before
    for rule, rest in pending.items():
        faults += ["missed: %s of %s at line %d: %s" % (rule, key, number + 1, lines[number][1]) for number, key, _ in rest]
    return good, late, faults


def run(seed, directory):
    start = time.time()
    log = Log(seed)
    honest, attacks = Honest(log), Attacks(log)
    honest.write()
    attacks.write()
    lines = log.finish()
    path = os.path.join(directory, "traffic-%d.log" % seed)
    with open(path, "w") as out:
        out.writelines(line[1] + "\n" for line in lines)
    made = time.time()
    naive = Naive({OFFICE, WEBMAIL}, {NEWS})
    wanted = naive.run(lines, attacks.stalls)
    counted = time.time()
    domains = os.path.join(directory, "domains")
    with open(domains, "w") as out:
        out.writelines(domain + "\n" for domain in DOMAINS)
    found = told(path, "--rules", site_rules(directory), "--localdomains", domains)
    asked = time.time()
    planned = honest.planned | attacks.planned
    # Of honest users, too, a new network is told: it is information.
    crossed = {(rule, key) for _, rule, key, _ in wanted}
    faults = ["the traffic is not honest: " + text for text in naive.faults[:5]]
    faults += ["the traffic has what is not planned: %s of %s" % pair for pair in sorted(crossed - planned)
               if pair[0] != "login-new-network"]
    faults += ["planned, but the traffic has it not: %s of %s" % pair for pair in sorted(planned - crossed)]
    good, late, more = compare(lines, wanted, naive.early, found)
    print("seed %d: %d lines, %d alerts of %d rules, %d planned keys; told at the line %d, late %d%s, missed %d, false %d; "
          "%.1f s made, %.1f s counted, %.1f s pfxlog"
          % (seed, len(lines), len(wanted), len({w[1] for w in wanted}), len(planned), good, len(late),
             " (%.0f s at most)" % max(l[1] for l in late) if late else "", sum(f.startswith("missed") for f in more),
             sum(f.startswith("false") for f in more), made - start, counted - made, asked - counted))
    for rule, seconds in late:
        print("  late: %s by %.1f s" % (rule, seconds))
    for text in (faults + more)[:12]:
        print("  " + text)
    return not faults + more


def real():
    """The example tells of the one who tries passwords, at the eleventh. Of logs of others people have to judge."""
    example = [(datetime.datetime.fromtimestamp(at // SECOND, datetime.timezone.utc).strftime("%H:%M:%S"), *rest)
               for at, *rest in told(os.path.join(SRC, "examples", "mail.log"))]
    good = example == [("06:18:29", ["login-failures-address"], "203.0.113.99", "medium")]
    if not good:
        print("examples/mail.log: %s" % example)
    logs = sorted(glob.glob(os.path.join(SRC, "..", "shared", "corpus", "*.log")) +
                  glob.glob(os.path.join(SRC, "..", "shared", "neighbours", "**", "*.log"), recursive=True))
    print("%d logs of others%s" % (len(logs), "" if logs else ": skipped, ../shared is not there"))
    for path in logs:
        for _, rules, key, severity in told(path):
            print("  %s: %s %s of %s" % (os.path.basename(path), severity, ", ".join(rules), key))
    return good


parser = argparse.ArgumentParser()
parser.add_argument("--log", help="a directory that keeps the logs")
parser.add_argument("seed", nargs="*", type=int, default=[1, 2])
options = parser.parse_args()
with tempfile.TemporaryDirectory() as temporary:
    results = [run(seed, options.log or temporary) for seed in options.seed]
sys.exit(not all(results + [real()]))
