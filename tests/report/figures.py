#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Figures of `pfxlog report` against another source of them.

    figures.py generated TRUTH JSON      what tests/bench/generate knows of its log
    figures.py pflogsumm OUTPUT JSON     what pflogsumm counted in the same log
    figures.py formats JSON TEXT CSV HTML    the same report in four formats

Each comparison is made again with figures falsified, one at a time, and has to notice it.
"""
import collections
import csv
import html.parser
import json
import re
import sys

LIES = 100  # of each comparison
SECTION_KEYS = {"senders": "sender", "sender_domains": "domain", "recipients": "recipient",
                "recipient_domains": "domain", "users": "user", "clients": "client", "hours": "hour"}


def of_report(report, columns):
    """(section, key, column): number, for the columns of each section; of totals those that are named."""
    figures = {("totals", "", name): report["totals"][name] for name in columns["totals"]}
    for section, names in columns.items():
        for row in report.get(section, ()) if section != "totals" else ():
            for name in names:
                if row.get(name):
                    figures[section, row[SECTION_KEYS[section]], name] = row[name]
    return figures


def differences(truth, got):
    return ["%s: expected %s, got %s" % (" ".join(key), truth.get(key, 0), got.get(key, 0))
            for key in sorted(set(truth) | set(got)) if truth.get(key, 0) != got.get(key, 0)]


def conclude(truth, got, what):
    wrong = differences(truth, got)
    for text in wrong[:20]:
        print("FAIL: %s: %s" % (what, text))
    some = lambda figures: sorted(figures)[::max(1, len(figures) // LIES)]
    unnoticed = [key for key in some(truth) if not differences({**truth, key: truth[key] + 1}, got)]
    unnoticed += [key for key in some(got) if not differences(truth, {**got, key: got[key] + 1})]
    for key in unnoticed[:20]:
        print("FAIL: %s: nobody notices a wrong %s" % (what, " ".join(key)))
    if not wrong and not unnoticed:
        print("%s: %d figures are equal" % (what, len(truth)))
    return bool(wrong or unnoticed or not truth)


# ---- the generator's truth ----------------------------------------------------------------------
def domain_of(address):
    return address.rpartition("@")[2] if address else "<>"


def generated(truth_file, report_file):
    figures = collections.Counter()
    total = lambda name, number=1: figures.update({("totals", "", name): number})
    for line in open(truth_file, encoding="utf-8"):
        mail = json.loads(line)
        size = mail["size"]
        if mail["origin"] == "bounce":
            total("notices")
        else:
            total("received")
            total("bytes_received", size)
            figures["senders", mail["from"] or "<>", "mails"] += 1
            figures["senders", mail["from"] or "<>", "bytes"] += size
            figures["sender_domains", domain_of(mail["from"]), "mails"] += 1
            if mail["sasl_username"]:
                figures["users", mail["sasl_username"], "mails"] += 1
        total("deferred", any(to["attempts"] > 1 for to in mail["recipients"]))
        for to in mail["recipients"]:
            # Each attempt but the last one was put off.
            total("deferrals", to["attempts"] - 1)
            column = {"sent": "delivered", "bounced": "bounced"}[to["status"]]
            total(column)
            figures["recipients", to["to"], column] += 1
            figures["recipient_domains", domain_of(to["to"]), column] += 1
            figures["recipient_domains", domain_of(to["to"]), "deferrals"] += to["attempts"] - 1
            if column == "delivered":
                total("bytes_delivered", size)
                figures["recipients", to["to"], "bytes"] += size
    got = of_report(json.load(open(report_file, encoding="utf-8")), {
        "totals": ["notices", "received", "bytes_received", "deferred", "deferrals", "delivered", "bounced",
                   "bytes_delivered"],
        "senders": ["mails", "bytes"], "sender_domains": ["mails"], "users": ["mails"],
        "recipients": ["delivered", "bounced", "bytes"], "recipient_domains": ["delivered", "bounced", "deferrals"]})
    return conclude({key: number for key, number in figures.items() if number}, got, "the generator")


# ---- pflogsumm ----------------------------------------------------------------------------------
TOTALS = {"received": "received", "delivered": "delivered", "forwarded": "forwarded", "deferred": "deferred",
          "bounced": "bounced", "rejected": "refused", "reject warnings": "reject_warnings", "held": "held",
          "discarded": "discarded", "senders": "senders", "sending hosts/domains": "sender_domains",
          "recipients": "recipients", "recipient hosts/domains": "recipient_domains"}


def of_pflogsumm(text):
    """The same figures of its output, which has counts in whole numbers and sizes in k."""
    figures = {}
    grand, rest = text.split("Per-Hour Traffic", 1) if "Per-Hour Traffic" in text else (text.split("Per-Day", 1)[0], text)
    for line in grand.splitlines():
        found = re.match(r"\s+(\d+)\s+([a-z /]+?)(?:\s+\(.*)?$", line)
        if found and found[2].strip() in TOTALS:
            figures["totals", "", TOTALS[found[2].strip()]] = int(found[1])
        found = re.match(r"\s+\d+\s+deferred\s+\((\d+)\s+deferrals\)", line)
        if found:
            figures["totals", "", "deferrals"] = int(found[1])
    for line in rest.splitlines():
        found = re.match(r"\s+(\d\d)00-\d{4}\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*$", line)
        if found:
            for i, name in enumerate(("received", "delivered", "deferrals", "bounced", "refused")):
                figures["hours", found[1], name] = int(found[i + 2])
    for title, section, columns in (
            ("Host/Domain Summary: Message Delivery", "recipient_domains", ("delivered", None, "deferrals")),
            ("Host/Domain Summary: Messages Received", "sender_domains", ("mails",)),
            ("Senders by message count", "senders", ("mails",)),
            ("Recipients by message count", "recipients", ("delivered",))):
        part = text.split(title, 1)[1].split("\n\n", 1)[0] if title in text else ""
        for line in part.splitlines()[2:]:
            words = line.split()
            if words and words[0].isdigit():
                key = "<>" if words[-1] == "from=<>" else words[-1]
                for name, word in zip(columns, words):
                    if name:
                        figures[section, key, name] = int(word)
    return {key: number for key, number in figures.items() if number}


def pflogsumm(output_file, report_file):
    truth = of_pflogsumm(open(output_file, encoding="utf-8").read())
    # What it counts senders and recipients of: those of mails that came in, and those that got one.
    got = of_report(json.load(open(report_file, encoding="utf-8")), {
        "totals": [name for name in set(TOTALS.values()) | {"deferrals"} if name not in ("recipients",
                                                                                         "recipient_domains")],
        "hours": ["received", "delivered", "deferrals", "bounced", "refused"],
        "senders": ["mails"], "sender_domains": ["mails"], "recipients": ["delivered"],
        "recipient_domains": ["delivered", "deferrals"]})
    got["totals", "", "recipients"] = len([key for key in got if key[0] == "recipients"])
    got["totals", "", "recipient_domains"] = len([key for key in got if key[::2] == ("recipient_domains", "delivered")])
    return conclude(truth, {key: number for key, number in got.items() if number}, "pflogsumm")


# ---- the four formats ---------------------------------------------------------------------------
def flat(report):
    """Section: list of rows, each a list of texts, of JSON."""
    rows = {}
    for section, content in report.items():
        if section == "cut":
            continue
        if isinstance(content, dict):
            rows[section] = [[str(v)] for v in content.values()]
        else: # delays have three digits behind the point
            rows[section] = [["%.3f" % v if isinstance(v, float) else str(v) for v in row.values()] for row in content]
    return rows


def of_csv(path):
    rows = collections.defaultdict(list)
    for row in csv.DictReader(open(path, encoding="utf-8", newline="")):
        section = row.pop("section")
        if section in ("head", "totals"):
            row.pop("what")
        values = [v for v in row.values() if v != ""]
        rows[section].append(values)
    return rows


class Page(html.parser.HTMLParser):
    """Sections of an HTML report: title: rows of cells; charts as (title, sum)."""

    def __init__(self):
        super().__init__()
        self.sections, self.title, self.cell, self.tags = {}, None, None, []

    def handle_starttag(self, tag, attributes):
        if tag in ("h2", "td", "dd", "b"):
            self.cell = ""
        if tag == "tr" and self.title:
            self.sections[self.title].append([])

    def handle_data(self, data):
        if self.cell is not None:
            self.cell += data

    def handle_endtag(self, tag):
        if self.cell is None or tag not in ("h2", "td", "dd", "b"):
            return
        if tag == "h2":
            self.title = self.cell
            self.sections[self.title] = []
        elif tag == "td":
            self.sections[self.title][-1].append(self.cell)
        else:
            self.sections[self.title].append([self.cell])
        self.cell = None


def of_html(path):
    page = Page()
    page.feed(open(path, encoding="utf-8").read())
    return {title: [row for row in rows if row] for title, rows in page.sections.items()}


def of_text(path):
    sections, title = {}, None
    lines = open(path, encoding="utf-8").read().splitlines()
    for number, line in enumerate(lines):
        if line and set(line) == {"-"}:
            title = lines[number - 1]
            sections[title] = []
        elif title and line.startswith("  ") and not (number + 1 < len(lines) and set(lines[number + 1]) == {"-"}):
            sections[title].append(line.split())
    return sections


TITLES = {"totals": "Totals", "problems": "Problems", "hours": "By hour of the day", "days": "By day",
          "sender_domains": "Domains of senders", "senders": "Senders", "recipient_domains": "Domains of recipients",
          "recipients": "Recipients", "users": "Mails by login", "clients": "Clients", "sizes": "Sizes",
          "refusal_reasons": "Refusals by reason", "refusals": "Refusals by reason and client",
          "next_hops": "Next hops", "deferrals": "Deferrals by next hop and reason",
          "bounces": "Bounces by next hop and reason", "delays": "Delays of deliveries", "tls": "TLS",
          "login_users": "Logins by user", "login_clients": "Logins by address",
          "login_services": "Logins by service", "filters": "Verdicts of filters", "viruses": "Viruses",
          "greylist": "Greylisting by policy services", "postscreen": "postscreen",
          "warnings": "Warnings and errors", "not_understood": "Lines that were not understood"}
BYTES = {"bytes", "bytes_received", "bytes_delivered"}
SECONDS = {"p50", "p90", "p99", "longest"}


def for_people(name, value):
    """A figure as the text and HTML show it."""
    if name in BYTES:
        if value < 1024:
            return "%d B" % value
        for unit in ("kB", "MB", "GB", "TB"):
            value /= 1024
            if value < 1024:
                return ("%.1f %s" if value < 10 else "%.0f %s") % (value, unit)
    if name in SECONDS:
        if value < 10:
            return "%.*f s" % (2 if value < 1 else 1, value)
        value = int(value)
        for unit, below, name_of, name_rest in ((60, 3600, "min", "s"), (3600, 86400, "h", "min")):
            if value < 60:
                return "%d s" % value
            if value < below:
                return "%d %s %02d %s" % (value // unit, name_of, value % unit // (unit // 60), name_rest)
        return "%d d %02d h" % (value // 86400, value % 86400 // 3600)
    if name in ("since", "time"):
        return value.replace("T", " ")
    return str(value)


def formats(json_file, text_file, csv_file, html_file):
    report = json.load(open(json_file, encoding="utf-8"))
    wrong, compared = [], 0
    csv_rows, text, page = of_csv(csv_file), of_text(text_file), of_html(html_file)
    for section, rows in flat(report).items():
        if section == "head":
            continue
        listed = [sorted(row) for row in rows]
        compared += sum(map(len, listed))
        if listed != [sorted(row) for row in csv_rows.get(section, [])]:
            wrong.append("CSV differs in %s" % section)
        content = report[section]
        names = [{name: value} for name, value in content.items()] if isinstance(content, dict) else content
        # A text is cut where it is long, and spelled out in words.
        shown = [sorted(" ".join(for_people(n, v) for n, v in row.items() if n != "text").split()) for row in names]
        figures = [[word for word in row if word != "-"] for row in text.get(TITLES[section], [])]
        if section != "totals":
            figures = figures[1:] if rows else []  # without the titles
        for expected, got in zip(shown, figures):
            if collections.Counter(expected) - collections.Counter(got):
                wrong.append("text differs in %s: %s, %s" % (section, expected, got))
        if len(figures) != len(shown):
            wrong.append("text has %d rows of %s, not %d" % (len(figures), section, len(shown)))
        cells = page.get(TITLES[section], [])
        if section in ("hours", "days"):
            sums = [str(sum(row[name] for row in content)) for name in
                    ("received", "delivered", "deferrals", "bounced", "refused")]
            if [row[0] for row in cells] != sums:
                wrong.append("HTML differs in %s" % section)
            continue
        for row, got in zip(names, cells):
            expected = [for_people(n, v) if n in BYTES | SECONDS | {"since", "time"} or not isinstance(v, str) else v
                        for n, v in row.items()]
            if [cell for cell in got if cell != ""] != expected:
                wrong.append("HTML differs in %s: %s, %s" % (section, expected, got))
        if len(cells) != len(names):
            wrong.append("HTML has %d rows of %s, not %d" % (len(cells), section, len(names)))
    return wrong, compared


def formats_and_mutants(json_file, text_file, csv_file, html_file):
    wrong, compared = formats(json_file, text_file, csv_file, html_file)
    for text in wrong[:20]:
        print("FAIL: formats: " + text)
    if wrong:
        return True
    # The same with one number of the JSON changed: each other format has to be noticed to differ.
    report = json.load(open(json_file, encoding="utf-8"))
    numbers = [(section, i, name) for section, rows in report.items() if isinstance(rows, list)
               for i, row in enumerate(rows) for name, value in row.items() if isinstance(value, int)]
    numbers += [("totals", None, name) for name in report["totals"]]
    missed = 0
    for section, i, name in numbers:
        row = report[section] if i is None else report[section][i]
        kept = row[name]
        row[name] += 1 if name not in BYTES else 1 << 40
        with open(json_file + ".lie", "w", encoding="utf-8") as f:
            json.dump(report, f)
        row[name] = kept
        told = " ".join(formats(json_file + ".lie", text_file, csv_file, html_file)[0])
        missed += not ("CSV" in told and "text" in told and "HTML" in told)
    if missed:
        print("FAIL: formats: %d of %d wrong figures are not noticed" % (missed, len(numbers)))
    else:
        print("formats: %d figures are the same in all, %d lies were noticed" % (compared, len(numbers)))
    return bool(missed)


if __name__ == "__main__":
    sys.exit({"generated": generated, "pflogsumm": pflogsumm, "formats": formats_and_mutants}[sys.argv[1]](*sys.argv[2:]))
