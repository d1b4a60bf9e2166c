#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""pfxlog verify of CSV, in the forms that an export has: Graylog's (all cells quoted, names without an underscore, line feeds as they
are, doubles as Java prints them) and OpenSearch Dashboards' (arrays as JSON, a blank for what is not there, an apostrophe in front of
what a spreadsheet takes for a formula). Nothing is found in documents that are as they were, and each cell that was changed is."""
import csv
import io
import json
import os
import subprocess
import sys
import tempfile

SRC = os.environ.get("PFX_SRCDIR", os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
PFXLOG = os.path.join(os.environ.get("PFX_BUILDDIR", os.path.join(SRC, "build")), "tools", "pfxlog")
CHAINS = os.path.join(SRC, "tests", "chain")
FOREIGN = {"timestamp", "level", "gl2_message_id", "_index"}


def fail(text):
    print("FAIL: " + text)
    sys.exit(1)


def documents(kind):
    with open(os.path.join(CHAINS, kind + ".json"), encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def verify(kind, text):
    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        run = subprocess.run([PFXLOG, "verify", "--json", "--anchors", os.path.join(CHAINS, kind + ".anchors"), file.name],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8")
    if run.returncode not in (0, 1):
        fail(run.stderr)
    return [json.loads(line) for line in run.stdout.splitlines()], run.stderr


def graylog(document):
    row = {"timestamp": "2026-08-21T10:15:32.123Z", "level": "6", "gl2_message_id": "01J\nX"}
    for name, value in document.items():
        if name in ("version", "timestamp", "level"):
            continue
        name = {"host": "source", "short_message": "message"}.get(name, name.lstrip("_"))
        row[name] = str(value).strip() if isinstance(value, str) else repr(value).replace("e-0", "E-").replace("e", "E")
    return row


def dashboards(document):
    row = {"_index": "mail-1"}
    for name, value in document.items():
        text = json.dumps(value, separators=(",", ":")) if isinstance(value, list) else str(value)
        row["_source." + name] = "'" + text if text[:1] in ("=", "+", "-", "@") else text
    return row


def write(rows, separator=",", empty="", quoting=csv.QUOTE_ALL, end="\r\n"):
    names = sorted({name for row in rows for name in row})
    out = io.StringIO()
    table = csv.DictWriter(out, names, restval=empty, delimiter=separator, quoting=quoting, lineterminator=end)
    table.writeheader()
    table.writerows(rows)
    return out.getvalue()


FORMS = [("gelf", graylog, dict()), ("gelf", graylog, dict(separator=";", end="\n")), ("plain", dashboards, dict(empty=" ", quoting=csv.QUOTE_MINIMAL)),
         ("plain", dashboards, dict(separator="\t", quoting=csv.QUOTE_MINIMAL)), ("ecs", dashboards, dict(empty=" ", quoting=csv.QUOTE_MINIMAL))]
cells = 0
for kind, form, how in FORMS:
    if not os.path.exists(os.path.join(CHAINS, kind + ".json")):
        continue
    rows = [form(document) for document in documents(kind)]
    found, said = verify(kind, write(rows, **how))
    if found or not said.startswith("%d documents of 1 chains, 0 findings" % len(rows)):
        fail("%s %s: %s %s" % (kind, how, found[:2], said))
    if verify(kind, "\ufeff" + write(rows, **how))[0]:
        fail("%s: behind the mark of UTF-8 in front" % kind)
    for number, row in enumerate(rows):
        for column, name in enumerate(row):
            if kind == "ecs" and (number + column) % 5:
                continue
            bare = name.replace("_source.", "")
            if bare in FOREIGN:
                continue
            for what, value in (("changed", row[name][:-1] + ("8" if row[name][-1:] != "8" else "9")), ("taken out", "")):
                if what == "taken out" and (bare.endswith("chain") or row[name] == ""):
                    continue
                changed = rows[:number] + [dict(row, **{name: value})] + rows[number + 1:]
                found, said = verify(kind, write(changed, **how))
                cells += 1
                if not found:
                    fail("%s: row %d: %s %s, and nothing found: %s" % (kind, number + 1, name, what, said))
        if how and kind != "ecs":
            break  # the rest is the same
# What is no table of documents, and rows that are none.
rows = [graylog(document) for document in documents("gelf")]
table = write(rows)
head, rest = table.split("\r\n", 1)
for what, text, wanted in (("no column", table.replace('"vendor_chain"', '"vendor_chaim"'), "0 documents"),
                           ("a cell too many", head + '\r\n"x",' + rest, "UNREADABLE"), ("a quote without an end", table + '"x', "UNREADABLE"),
                           ("a column twice", "\r\n".join(row + ',"' + ("vendor_chain" if row == head else "x") + '"' for row in table.rstrip().split("\r\n") if row.endswith('"')), "UNREADABLE"),
                           ("a quote within", head + "\r\n" + rest.replace('","', '"x,"', 1), "UNREADABLE")):
    found, said = verify("gelf", text)
    if wanted not in said + str(found):
        fail("%s: %s %s" % (what, found[:2], said))
rows[3]["event_created"] = "Aug 21, 2026 @ 06:00:00.000"
found, said = verify("gelf", write(rows))
if not any(f["finding"] == "UNREADABLE" and "made its time anew" in f["text"] for f in found):
    fail("a time that was made anew: %s" % found)
print("%d cells" % cells)
