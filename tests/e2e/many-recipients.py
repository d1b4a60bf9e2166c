#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""many-recipients.py lines RECIPIENTS BYTES: the log of a mail to so many recipients with addresses of so many bytes,
one of them with a reply of 20,000 bytes, and a line of a program that no rule knows of 60,000 bytes.
many-recipients.py check VALUE DOCUMENT <JSON lines: exits 1 and says so when a line is not whole JSON, when a value is
longer than VALUE bytes, or a list as it would be joined, or the line than DOCUMENT bytes; prints how many
lines there are."""
import json
import sys


def log(recipients, size):
    at = 36000.0

    def line(daemon, text, step=0.0001):
        nonlocal at
        at += step
        print("2026-11-05T%02d:%02d:%09.6f+00:00 mx1 postfix/%s" % (at // 3600, at // 60 % 60, at % 60, daemon + ": " + text))

    line("smtpd[1]", "4FCCCCCC01: client=client.example.net[192.0.2.10]")
    line("cleanup[2]", "4FCCCCCC01: message-id=<big@example.net>")
    line("qmgr[9]", "4FCCCCCC01: from=<list@example.net>, size=1000, nrcpt=%d (queue active)" % recipients)
    for i in range(recipients):
        address = "%06d@example.com" % i
        address = "\u00e4" * ((size - len(address)) // 2) + address
        reply = "250 2.0.0 Ok" + (' "a/b\\c"' * 2500 if i == 7 else "")
        line("smtp[3]", "4FCCCCCC01: to=<%s>, relay=mx.example.com[198.51.100.20]:25, delay=1, delays=0/0/0/1, "
             "dsn=2.0.0, status=sent (%s)" % (address, reply))
    line("qmgr[9]", "4FCCCCCC01: removed", 1)
    line("qmgr[9]", "nobody knows this sentence " + "/" * 60000)


def check(value_limit, document_limit):
    count, wrong = 0, []
    for count, line in enumerate(sys.stdin.buffer, 1):
        line = line.rstrip(b"\n")
        if len(line) > document_limit:
            wrong.append("line %d: %d bytes" % (count, len(line)))
        try:
            document = json.loads(line.decode("utf-8"))
        except ValueError as error:
            wrong.append("line %d: %s" % (count, error))
            continue
        for name, value in document.items():
            if "truncated" in name:
                continue
            parts = value if isinstance(value, list) else [value]
            length = sum(len(part.encode()) + 2 for part in parts if isinstance(part, str)) - 2
            if length > value_limit:
                wrong.append("line %d: %s has %d bytes" % (count, name, length))
    print(count)
    sys.exit("\n".join(wrong[:5]) if wrong else 0)


if __name__ == "__main__":
    {"lines": log, "check": check}[sys.argv[1]](*map(int, sys.argv[2:]))
