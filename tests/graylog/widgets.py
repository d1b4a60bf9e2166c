#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""widgets.py PACK MESSAGES: each query of the content pack is asked of real output.

PACK is the built pack, MESSAGES what `pfxlog normalize` printed, a line each. Each widget, alert and saved
search must find a message that has all of its fields: a renamed field or a misspelt value is seen
here and not on an empty dashboard. None may find a message of another product, be sorted by what no server sorts
by, or miss lines between two looks.
"""
import json
import re
import sys

TOKEN = re.compile(r'\s*(?:([()])|(AND|OR|NOT)\b|(\w+):|"((?:[^"\\]|\\.)*)"|([^\s():"]+))')


class Query:
    """The part of Lucene's syntax that the pack uses: field:value, field:(a OR b), AND OR NOT ().

    AND and OR need parentheses between them: Lucene has no order of precedence, and takes a OR b AND c as b AND c.
    """

    def __init__(self, text):
        self.tokens, self.text = [], text
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
        listed = self.values(field)
        if listed:
            return lambda message: str(message.get(field)) in listed
        parts, alone = [], []
        while not parts or self.next_is(2, "OR"):
            if parts:
                self.take(2)
            alone.append(not self.next_is(2, "NOT"))
            factors = self.all_of(field)
            alone[-1] = alone[-1] and len(factors) == 1
            parts.append(factors)
        if len(parts) > 1 and not all(alone):
            sys.exit(f"widgets.py: AND or NOT beside OR without parentheses: {self.text}")
        return lambda message: any(all(factor(message) for factor in factors) for factors in parts)

    def values(self, field):
        """What stands up to the closing parenthesis, where that is values of one field with OR between them."""
        ends = next((i for i, token in enumerate(self.tokens) if token.group(1) == ")"), 0)
        inside = self.tokens[:ends]
        if field in (None, "_exists_") or len(inside) % 2 == 0 or any(token.group(5) is None for token in inside[::2]) or \
                any(token.group(2) != "OR" for token in inside[1::2]):
            return None
        self.tokens = self.tokens[ends:]
        return {token.group(5) for token in inside[::2]}

    def all_of(self, field):
        factors = [self.one(field)]
        while self.next_is(2, "AND"):
            self.take(2)
            factors.append(self.one(field))
        return factors

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
        value = re.sub(r"\\(.)", r"\1", self.take(4)) if self.next_is(4) else self.take(5)
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
                both = [q["query_string"] for q in (query["query"], search_type["query"]) if q and q["query_string"]]
                yield title, " AND ".join(f"({text})" for text in both), [*fields_of(search_type), *shown]


STRANGER = {"event_source_product": "other"}
# Those that OpenSearch can order buckets by. A percentage is worked out afterwards, the latest is a list; a
# percentile is asked for as 95 and known as 95.0.
SORTABLE = {"count", "avg", "card", "max", "min", "sum", "stddev", "sumofsquares", "variance"}
# What Graylog 6.0 knows of an event definition; it refuses a pack with more.
CONFIG = {"type", "query", "filters", "streams", "group_by", "series", "conditions", "search_within_ms",
          "execute_every_ms", "event_limit"}


def queries(entity):
    """(name, query) of every place in an entity that has one, and must."""
    data, kind = entity["data"], entity["type"]["name"]
    if kind == "event_definition":
        yield data["title"]["@value"], data["config"]["query"]["@value"]
    if kind not in ("dashboard", "search"):
        return
    title = data["title"]["@value"]
    for query in data["search"]["queries"]:
        yield title, query["query"]["query_string"]
        for search_type in query["search_types"]:
            yield f"{title}, a search type", (search_type["query"] or {"query_string": ""})["query_string"]
    for page in data["state"].values():
        for widget in page["widgets"]:
            if kind == "dashboard" or widget["query"]:  # on a search's page, the page's own
                yield f"{title}, {page['titles']['widget'][widget['id']]}", widget["query"]["query_string"]


def literal(series):
    argument = series.get("percentile", series.get("strategy"))
    return f"{series['type']}({series['field'] or ''}{'' if argument is None else f',{argument}'})"


def unsorted(entity):
    """What of an entity comes in no order, or in one that servers do not know."""
    if entity["type"]["name"] not in ("dashboard", "search"):
        return
    for query in entity["data"]["search"]["queries"]:
        state = entity["data"]["state"][query["id"]]
        asked = {s["id"]: s for s in query["search_types"]}
        for widget in state["widgets"]:
            title = state["titles"]["widget"][widget["id"]]
            for search_type in (asked[i] for i in state["widget_mapping"][widget["id"]]):
                if search_type["type"] == "messages":
                    order = [(sort["field"], {"Ascending": "ASC", "Descending": "DESC"}[sort["direction"]])
                             for sort in widget["config"]["sort"]]
                    if [(sort["field"], sort["order"]) for sort in search_type.get("sort", [])] != order:
                        yield f"{title}: messages in another order than the page says"
                    if order not in ([("timestamp", "DESC")], [("timestamp", "ASC"), ("gl2_second_sort_field", "ASC")]):
                        yield f"{title}: messages sorted by {order}"
                    continue
                figures = [literal(s) for s in search_type["series"] if s["type"] in SORTABLE]
                sort = [s["field"] for s in search_type["sort"]]
                if search_type["sort"] != widget["config"]["sort"]:
                    yield f"{title}: sorted in another way than the page says"
                if any(group["type"] == "values" for group in search_type["row_groups"]) and sort != figures[:1]:
                    yield f"{title}: sorted by {sort}, and not by its first figure that can be, {figures[:1]}"


def gaps(entity):
    """Why an event definition would miss lines, tell one burst too often, or not be installed."""
    if entity["type"]["name"] != "event_definition":
        return
    config, settings = entity["data"]["config"], entity["data"]["notification_settings"]
    within, every = config["search_within_ms"], config["execute_every_ms"]
    if not every < within <= 1.5 * every:
        yield f"looks every {every} ms at {within}: late lines in none, or a burst in several"
    if settings["grace_period_ms"] < within:
        yield "notifies twice of one burst"
    if not entity["data"]["key_spec"] == config["group_by"] != []:
        yield "has no key to tell events apart"
    if set(config) - CONFIG:
        yield f"has what Graylog 6.0 does not know: {sorted(set(config) - CONFIG)}"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        pack = json.load(file)
    with open(sys.argv[2], encoding="utf-8") as file:
        messages = [json.loads(line) for line in file]
    known = set().union(*messages) | {"timestamp", "message"}
    strangers = [{**message, **STRANGER} for message in messages]
    asked, wrong = 0, []
    for entity in pack["entities"]:
        name = entity["data"]["title"]["@value"]
        wrong += [f"{name}: {what}" for what in (*unsorted(entity), *gaps(entity))]
        for name, text in queries(entity):
            if not text or any(map(Query(text).finds, strangers)):
                wrong.append(f"{name}: {text or 'no query'} does not name the product")
        for name, text, fields in questions(entity):
            asked += 1
            found = list(filter(Query(text).finds, messages))
            every = set(fields) - {"timestamp", "message"}
            if set(fields) - known:
                wrong.append(f"{name}: no line has {sorted(set(fields) - known)}")
            elif not found:
                wrong.append(f"{name}: nothing is found by {text}")
            elif not every <= set().union(*found):
                wrong.append(f"{name}: {text} finds no line with {sorted(every - set().union(*found))}")
    for what in wrong:
        print(what)
    print(f"{asked} queries asked of {len(messages)} messages, {len(wrong)} complaints")
    sys.exit(bool(wrong) or not asked)


if __name__ == "__main__":
    main()
