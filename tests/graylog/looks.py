#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""looks.py PACK MESSAGES: whether dashboards can be read: nothing cut, no empty place, colours that say what they show.

PACK and MESSAGES as for widgets.py. How much fits was read off pages of 1,280 pixels.
"""
import colorsys
import json
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from widgets import Query  # noqa: E402

COLUMNS = 12
# What a value means, by field: its colour is of that hue.
GOOD, WAITS, BAD, NEUTRAL = "green", "amber", "red", "any"
MEANING = {
    "vendor_status": {"sent": GOOD, "deliverable": GOOD, "deferred": WAITS},
    "vendor_verdict": {"delivered": GOOD, "handed_over": GOOD, "partly": WAITS, "quarantined": WAITS, "deleted": NEUTRAL,
                       "canceled": NEUTRAL, "probed": NEUTRAL},
    "event_outcome": {"success": GOOD},
    "vendor_event_outcome": {"aborted": WAITS},
    "event_severity": {"informational": NEUTRAL, "low": GOOD, "medium": WAITS},
    "vendor_tls_trustlevel": {"Verified": GOOD, "Trusted": GOOD, "Anonymous": NEUTRAL, "Untrusted": WAITS, "Unverified": WAITS},
    "vendor_tls_version": {"TLSv1.3": GOOD, "TLSv1.2": GOOD, "TLSv1.1": WAITS},
}
UNITS = {"delay": "(s)", "size": "(bytes)"}


def hue(colour):
    red, green, blue = (int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5))
    degrees, _, saturation = (part * 360 if i == 0 else part
                              for i, part in enumerate(colorsys.rgb_to_hls(red, green, blue)))
    if saturation < 0.2:
        return "grey"
    return next((name for name, low, high in [("red", 0, 15), ("amber", 15, 55), ("green", 75, 150), ("red", 325, 361)]
                 if low <= degrees < high), "other")


def meaning(field, value):
    if field == "smtp_response_code":
        return {"4": WAITS, "5": BAD}.get(str(value)[0], GOOD)
    return MEANING[field].get(value, BAD)


class Shown:
    """A widget as the page shows it."""

    def __init__(self, page, widget, messages):
        self.title = page["titles"]["widget"][widget["id"]]
        self.place = page["positions"][widget["id"]]
        self.config, self.kind = widget["config"], widget["config"].get("visualization", "messages")
        self.rows = [f for p in self.config.get("row_pivots", []) for f in p["fields"]]
        self.columns = [f for p in self.config.get("column_pivots", []) for f in p["fields"]]
        finds = Query(widget["query"]["query_string"]).finds if widget["query"] else lambda message: True
        self.found = [message for message in messages if finds(message)]

    def cut(self):
        width, height = self.place["width"], self.place["height"]
        if len(self.title) > 7 * width + 5:
            yield f"a title of {len(self.title)} letters in {width} columns"
        if self.kind == "numeric" and (width < 3 or height < 3):
            yield "no room for a number"
        split = self.columns or self.kind == "pie"
        if (split or len(self.config.get("series", [])) > 1) and self.kind in ("bar", "pie") and (height < 5 or width < 4):
            yield "no room for a legend"
        limits = [p["config"].get("limit", 0) for p in self.config.get("column_pivots", [])]
        if self.kind == "pie":
            limits += [p["config"].get("limit", 0) for p in self.config["row_pivots"]]
        if max(limits, default=0) > 8:
            yield "more values than a legend has room for"

    def misleading(self):
        if self.kind in ("line", "area"):
            yield "a slope where there is no value"
        if "vendor_relay_host" in self.rows and any(m.get("vendor_relay_host") == "none" for m in self.found):
            yield "none is no next hop"
        for series in self.config.get("series", []):
            name = series["config"]["name"] or ""
            for word, unit in UNITS.items():
                if word in series["function"] and not (name.endswith(unit)):
                    yield f"{series['function']} without a unit"
        if "Instances" in self.title and self.rows != ["event_source", "vendor_instance"]:
            yield "counts names: that of an instance is on many hosts"

    def coloured(self):
        fields = self.columns if self.columns else self.rows if self.kind == "pie" else []
        if not fields or fields[0] not in (*MEANING, "smtp_response_code"):
            return
        has = {c["field_name"]: c["chart_color"] for c in (self.config["formatting_settings"] or {}).get("chart_colors", [])}
        seen = {str(m[fields[0]]) for m in self.found if fields[0] in m}
        for value in sorted(seen | set(has)):
            if value not in has:
                yield f"{value} has the colour of chance"
            elif meaning(fields[0], value) not in (NEUTRAL, hue(has[value])):
                yield f"{value} is {hue(has[value])}, and means {meaning(fields[0], value)}"
        if len(set(has.values())) < len(has):
            yield "two values of one colour"


def empty_places(page):
    rows = {}
    for place in page["positions"].values():
        rows.setdefault(place["row"], []).append(place)
    for row, places in rows.items():
        if sum(place["width"] for place in places) != COLUMNS:
            yield f"row {row} is not full"
        if len({place["height"] for place in places}) > 1:
            yield f"row {row} has a place empty below"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        pack = json.load(file)
    with open(sys.argv[2], encoding="utf-8") as file:
        messages = [json.loads(line) for line in file]
    count, wrong = 0, []
    for entity in pack["entities"]:
        for page in entity["data"].get("state", {}).values():
            name = page["titles"]["tab"]["title"]
            wrong += [f"{name}: {what}" for what in empty_places(page)]
            for widget in (Shown(page, widget, messages) for widget in page["widgets"]):
                count += 1
                wrong += [f"{name} / {widget.title}: {what}"
                          for what in (*widget.cut(), *widget.misleading(), *widget.coloured())]
            if "way" in name:
                [table] = [widget["config"] for widget in page["widgets"] if widget["type"] == "messages"]
                if "vendor_event_action" not in table["fields"] or table["sort"][0]["direction"] != "Ascending":
                    wrong.append(f"{name}: a way is told from its start, by what was done")
    for what in wrong:
        print(what)
    print(f"{count} widgets looked at, {len(wrong)} complaints")
    sys.exit(bool(wrong) or not count)


main()
