# SPDX-License-Identifier: Apache-2.0
"""The figures of `pfxlog report` against what the driver knows of the same run: which mails it sent, who
got them, who refused them. Each figure that is compared can be falsified, and then that is noticed.
"""
import collections
import json
import os
import subprocess

from story import is_dropped, is_handed_on, tried

# Mails that are another one's way, and such that Postfix made itself.
CONTINUED = ("filtered", "relayed")
NOTICES = ("non-delivery", "delivery status", "delivery delay", "delay")
INBOX = ("smtp", "pickup", "reinjected")
REFUSING = ("smtpd.reject", "smtpd.proxy_reject", "milter.reject", "postscreen.reject", "smtpd.limit_exceeded",
            "cleanup.header_check", "cleanup.body_check", "smtpd.illegal_address", "smtpd.bad_etrn", "smtpd.bad_bdat")
TOO_LARGE = "too_large"  # a scenario that has one more mail refused, at the end of its data


def lower_domain(address):
    local, at, domain = address.rpartition("@")
    return local + at + domain.lower() if at else address


def domain_of(address):
    return address.rpartition("@")[2].lower() if "@" in address else "(none)"


def client_of(mail):
    if mail.how == "pickup":
        return "(local)"
    client = mail.client or {"name": "localhost", "ip": "127.0.0.1"}  # a filter before the queue
    return "%s[%s]" % (client["name"].lower(), client["ip"]) if client["name"] else client["ip"]


def relations(mail):
    return [parent["relation"] for parent in mail.parents]


def lines_expected(world, log, events, unless=lambda check: False):
    """The lines that the driver's checks of these events are about, each once."""
    return {number for check in world.truth.all_checks() if check.count
            and check.where.get("vendor_event_type") in events and not unless(check)
            for number in log.select(check.where)}


def unnamed(world):
    """Mails that smtpd was told to hold or to discard before they had a queue id: no line of theirs has the sender."""
    told = {(c.scenario, c.where.get("email_to")) for c in world.truth.checks
            if c.where.get("vendor_event_type") in ("smtpd.hold", "smtpd.discard")}
    return {key for key, mail in world.truth.mails.items() if (mail.scenario, (mail.rcpt_to or [None])[0]) in told}


def count_mails(mails, figures, no_sender):
    """Mails that came in, each once, and what was done with them before they were sent on."""
    total = figures["totals"]
    for key, mail in mails.items():
        # "own": to the postmaster, about no mail. It comes from no client.
        kinds = relations(mail)
        total["notices"] += any(kind in NOTICES for kind in kinds)
        total["held"] += mail.end == "hold"
        total["discarded"] += mail.end == "discarded"
        if mail.how not in INBOX or any(kind in CONTINUED for kind in kinds):
            continue
        total["received"] += 1
        sender = "(unknown)" if key in no_sender else mail.sender or "<>"
        figures["senders", lower_domain(sender), "mails"] += 1
        figures["sender_domains", domain_of(sender) if "@" in sender else sender, "mails"] += 1
        figures["clients", client_of(mail), "mails"] += 1
        if mail.user:
            figures["users", mail.user.lower(), "mails"] += 1
        if mail.how != "pickup":
            figures["tls", "in", (mail.tls or {"version": "none"})["version"], "count"] += 1
    sessions = {(m.client["ip"], m.client["port"]) for m in mails.values() if m.user and m.client}
    total["logins_succeeded"] = len(sessions)


def count_recipients(mails, figures):
    total = figures["totals"]
    for mail in mails.values():
        for address, fate in tried(mail).items():
            status, to, domain = fate["status"], lower_domain(address), domain_of(address)
            expired = status == "deferred" and mail.end == "removed"
            if status in ("deferred", "SOFTBOUNCE"):
                times = fate.get("attempts", 1)
                total["deferrals"] += times
                figures["recipient_domains", domain, "deferrals"] += times
            if expired:
                total["expired"] += 1
                figures["recipients", to, "expired"] += 1
            elif status == "bounced":
                total["bounced"] += 1
                figures["recipients", to, "bounced"] += 1
                figures["recipient_domains", domain, "bounced"] += 1
            elif fate.get("forwarded_as"):
                total["forwarded"] += 1
            elif status == "sent" and is_dropped(fate):
                total["discarded"] += 1
            elif status == "sent" and not is_handed_on(mail, fate, mails):
                total["delivered"] += 1
                figures["recipients", to, "delivered"] += 1
                figures["recipient_domains", domain, "delivered"] += 1
                figures["sizes of", to] += mail.size or 0
                figures["sizes not known of", to] += mail.size is None
        deferred = [f for f in tried(mail).values() if f["status"] in ("deferred", "SOFTBOUNCE")]
        total["deferred"] += bool(deferred)
        total["waiting"] += bool(deferred) and mail.end == "deferred"


def expected(world, log):
    """Figure by figure: (section, key..., column): number."""
    figures = collections.Counter()
    figures["totals"] = collections.Counter()
    mails = world.truth.mails
    count_mails(mails, figures, unnamed(world))
    count_recipients(mails, figures)
    total = figures.pop("totals")
    total["held"] += len(lines_expected(world, log, ("postsuper.placed_on_hold",)))
    refused = {n for n in lines_expected(world, log, REFUSING)
               if log.records[n]["vendor_event_type"] not in ("cleanup.header_check", "cleanup.body_check")
               or log.records[n]["vendor_event_action"] == "reject"}
    too_large = any(check.scenario == TOO_LARGE for check in world.truth.checks)
    total["refused"] = len(refused) + too_large
    total["connections"] = len(lines_expected(world, log, ("smtpd.connect",)))
    total["logins_failed"] = len(lines_expected(world, log, ("sasl.failed",)))
    for reason, count in collections.Counter(log.records[n].get("vendor_reason", "other") for n in refused).items():
        figures["refusal_reasons", reason, "refused"] = count
    figures["refusal_reasons", "size", "refused"] += too_large
    # Where each mail of a recipient has a size that its receiver counted.
    for key in [key for key in figures if key[0] == "sizes of"]:
        size = figures.pop(key)
        if not figures.pop(("sizes not known of", key[1]), 0):
            figures["recipients", key[1], "bytes"] = size
    for key in [key for key in figures if key[0] == "sizes not known of"]:
        figures.pop(key)
    figures.update({("totals", name): count for name, count in total.items()})
    return figures


KEYS = {"senders": ("sender",), "sender_domains": ("domain",), "clients": ("client",), "users": ("user",),
        "tls": ("direction", "version"), "recipients": ("recipient",), "recipient_domains": ("domain",),
        "refusal_reasons": ("reason",)}
COLUMNS = {"senders": ("mails",), "sender_domains": ("mails",), "clients": ("mails",), "users": ("mails",),
           "tls": ("count",), "recipients": ("delivered", "bounced", "expired", "bytes"),
           "recipient_domains": ("delivered", "deferrals", "bounced"), "refusal_reasons": ("refused",)}


def told(report):
    """The same of a report."""
    figures = collections.Counter()
    for name, number in report["totals"].items():
        figures["totals", name] = number
    for section, keys in KEYS.items():
        for row in report.get(section, ()):
            for column in COLUMNS[section]:
                figures[(section, *(row[k] for k in keys), column)] = row.get(column, 0)
    return figures


def differences(truth, got):
    """What is told otherwise, or not at all, or too much: every row has to be known."""
    wrong = ["%s: expected %s, got %s" % (" ".join(key), number, got[key])
             for key, number in sorted(truth.items()) if got[key] != number]
    for key, number in got.items():
        comparable = key[0] != "totals" and key[-1] != "bytes" and key[:2] != ("tls", "out")
        if comparable and number and key not in truth:
            wrong.append("%s: %s, of which the driver knows nothing" % (" ".join(key), number))
    return wrong


def reported(world, log):
    """What the report says otherwise; failures as texts."""
    rulebases = os.environ.get("PFX_RULEBASES", os.environ["PFX_SRCDIR"] + "/rulebases")
    output = subprocess.run(
        [os.environ["PFX_BUILDDIR"] + "/tools/pfxlog", "report", "--json", "--top", "0", "--rulebasedir", rulebases,
         "--ownrelays", "mx.example.com=mx,192.0.2.2=mail", world.work + "/story.log"],
        check=True, stdout=subprocess.PIPE, text=True, timeout=60).stdout
    truth, got = expected(world, log), told(json.loads(output))
    failures = ["report: " + text for text in differences(truth, got)]
    unnoticed = [key for key in truth
                 if len(differences({**truth, key: truth[key] + 1}, got)) <= len(failures)] if not failures else []
    failures += ["report: nobody notices a wrong %s" % " ".join(key) for key in unnoticed]
    print("report: %d figures are the driver's" % len(truth))
    return failures
