#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Replies and delivery status texts with the right class of their reason, through pfxlog.

Reads ../shared/replies beside the source tree (or under $PFX_SHARED). Demands: 97 % of the texts have
their class, and 90 % of those of any class that has 20 of them.
"""
import collections
import csv
import json
import os
import subprocess
import sys

SRC = os.environ.get("PFX_SRCDIR", os.path.join(os.path.dirname(__file__), ".."))
BUILD = os.environ.get("PFX_BUILDDIR", os.path.join(SRC, "build"))
SHARED = os.environ.get("PFX_SHARED", os.path.join(SRC, "..", "shared"))
REPLIES = os.path.join(SHARED, "replies", "open.tsv")
ALL, CLASS, ENOUGH = 0.97, 0.90, 20


def reasons(lines):
    out = subprocess.run([os.path.join(BUILD, "tools", "pfxlog"), "normalize", "--no-story", "--rulebasedir",
                          os.path.join(SRC, "rulebases")], input="".join(line + "\n" for line in lines).encode(),
                         check=True, stdout=subprocess.PIPE).stdout.decode().splitlines()
    if len(out) != len(lines):
        sys.exit("FAIL: %d lines in, %d out" % (len(lines), len(out)))
    return [json.loads(line).get("vendor_reason", "-") for line in out]


def main():
    if not os.path.isfile(REPLIES):
        print("SKIP: there is no %s: replies of others, which are no part of this repository" % REPLIES)
        return 77
    with open(REPLIES, encoding="utf-8") as file:
        rows = list(csv.DictReader((line for line in file if line.strip() and not line.startswith("#")),
                                   delimiter="\t", quoting=csv.QUOTE_NONE))
    texts, right = collections.Counter(), collections.Counter()
    for row, got in zip(rows, reasons([row["line"] for row in rows])):
        texts[row["class"]] += 1
        if got == row["class"] or got in row["also"].split(","):
            right[row["class"]] += 1
        else:
            print("%s: %s, not %s: %s" % (row["id"], got, row["class"], row["text"][:120]))
    share = sum(right.values()) / len(rows)
    print("%d texts, %.1f %% right" % (len(rows), 100 * share))
    failures = int(share < ALL)
    for name, count in texts.most_common():
        good = right[name] / count
        low = count >= ENOUGH and good < CLASS
        failures += low
        print("%s%-16s %4d texts, %.1f %% right" % ("FAIL: " if low else "", name, count, 100 * good))
    if share < ALL:
        print("FAIL: less than %.0f %% are right" % (100 * ALL))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
