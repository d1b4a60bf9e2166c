#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""widgets.py PACK MESSAGES: each query of the content pack is asked of real output.

PACK is the built pack, MESSAGES what `pfxlog normalize` printed, a line each. Each widget, alert and saved
search must find a message that has all of its fields: a renamed field or a misspelt value is seen
here and not on an empty dashboard.
"""
import json
import re
import sys

TOKEN = re.compile(r'\s*(?:([()])|(AND|OR|NOT)\b|(\w+):|"([^"]*)"|([^\s():"]+))')


class Query:
    """The part of Lucene's syntax that the pack uses: field:value, field:(a OR b), AND OR NOT ()."""

    def __init__(self, text):
        self.tokens = []
        end = 0
        while text[end:].strip():
            match = TOKEN.match(text, end)
            if not match:
                sys.exit(f"widgets.py does not understand: {text}")
            self.tokens.append(match)
            end = match.end()
        self.finds = self.any_of(None) if self.tokens else lambda message: True
        if self.tokens:
            sys.exit(f"widgets.py does not understand: {text}")

    def next_is(self, group, text=None):
        found = self.tokens and self.tokens[0].group(group)
        return found is not None and found != [] and (text is None or found == text)

    def take(self, group):
        return self.tokens.pop(0).group(group)

    def any_of(self, field):
        parts = [self.all_of(field)]
        while self.next_is(2, "OR"):
            self.take(2)
            parts.append(self.all_of(field))
        return lambda message: any(part(message) for part in parts)

    def all_of(self, field):
        parts = [self.one(field)]
        while self.next_is(2, "AND"):
            self.take(2)
            parts.append(self.one(field))
        return lambda message: all(part(message) for part in parts)

    def one(self, field):
        if self.next_is(2, "NOT"):
            self.take(2)
            part = self.one(field)
            return lambda message: not part(message)
        if self.next_is(1, "("):
            self.take(1)
            part = self.any_of(field)
            self.take(1)
            return part
        if self.next_is(3):
            return self.one(self.take(3))
        value = self.take(4 if self.next_is(4) else 5)
        if field == "_exists_":
            return lambda message: value in message
        return lambda message: str(message.get(field)) == value


def fields_of(search_type):
    """Those that the figures and groups of a widget are made from."""
    for group in search_type.get("row_groups", []) + search_type.get("column_groups", []):
        yield from group["fields"]
    for series in search_type.get("series", []):
        if series["field"]:
            yield series["field"]


def questions(entity):
    """(name, query, fields) of everything in an entity that asks for messages."""
    kind, data = entity["type"]["name"], entity["data"]
    if kind == "event_definition":
        config = data["config"]
        fields = config["group_by"] + [s["field"] for s in config["series"] if s["field"]]
        yield data["title"]["@value"], config["query"]["@value"], fields
    if kind not in ("dashboard", "search"):
        return
    for query in data["search"]["queries"]:
        state = data["state"][query["id"]]
        asked = {s["id"]: s for s in query["search_types"]}
        for widget in state["widgets"]:
            title = " / ".join([data["title"]["@value"], state["titles"]["tab"]["title"],
                                state["titles"]["widget"][widget["id"]]])
            shown = widget["config"].get("fields", []) if widget["type"] == "messages" else []
            for search_type in (asked[i] for i in state["widget_mapping"][widget["id"]]):
                own = search_type["query"] or query["query"]
                yield title, own["query_string"], [*fields_of(search_type), *shown]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        pack = json.load(file)
    with open(sys.argv[2], encoding="utf-8") as file:
        messages = [json.loads(line) for line in file]
    known = set().union(*messages) | {"timestamp", "message"}
    asked, wrong = 0, []
    for entity in pack["entities"]:
        for name, text, fields in questions(entity):
            asked += 1
            found = [message for message in messages if Query(text).finds(message)]
            every = set(fields) - {"timestamp", "message"}
            if set(fields) - known:
                wrong.append(f"{name}: no line has {sorted(set(fields) - known)}")
            elif not found:
                wrong.append(f"{name}: nothing is found by {text}")
            elif not every <= set().union(*found):
                wrong.append(f"{name}: {text} finds no line with {sorted(every - set().union(*found))}")
    for what in wrong:
        print(what)
    print(f"{asked} queries asked of {len(messages)} messages, {len(wrong)} in vain")
    sys.exit(bool(wrong) or not asked)


main()
