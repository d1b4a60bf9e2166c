#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compare.py SENT DECODED: GELF messages, a line each, against what Graylog made of them.

Every field sent must have arrived, with its value and its type, and none beside.
"""
import datetime
import json
import sys

STANDARD = {"host": "source", "short_message": "message", "full_message": "full_message", "level": "level"}

ABSENT = type("Absent", (), {"__repr__": lambda self: "nothing"})()


def expected(sent):
    message = {}
    for name, value in sent.items():
        if name in STANDARD:
            message[STANDARD[name]] = value
        elif name.startswith("_"):
            message[name[1:]] = value
        elif name not in ("version", "timestamp"):
            message["not a GELF name: " + name] = value
    return message


def milliseconds(text):
    moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    return round(moment.replace(tzinfo=datetime.timezone.utc).timestamp() * 1000)


def differences(sent, decoded):
    timestamp = decoded.pop("timestamp", None)
    if timestamp is None or abs(milliseconds(timestamp) - sent["timestamp"] * 1000) > 1:
        yield f"timestamp: {sent['timestamp']} became {timestamp}"
    ours = expected(sent)
    for name in sorted(ours.keys() | decoded.keys()):
        a, b = ours.get(name, ABSENT), decoded.get(name, ABSENT)
        if type(a) is not type(b) or a != b:
            yield f"{name}: {a!r} became {b!r}"


def lines(name):
    with open(name, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def main():
    sent, decoded = lines(sys.argv[1]), lines(sys.argv[2])
    wrong = []
    if len(sent) != len(decoded):
        wrong.append(f"{len(sent)} messages sent, {len(decoded)} decoded")
    for number, (a, b) in enumerate(zip(sent, decoded), 1):
        wrong += [f"message {number}: {what}" for what in differences(a, b)]
    for what in wrong[:20]:
        print(what)
    print(f"{len(sent)} messages, {sum(map(len, sent))} fields, {len(wrong)} differences")
    sys.exit(bool(wrong) or not sent)


main()
