# SPDX-License-Identifier: Apache-2.0
"""What the driver knows to be true, and the comparison of a normalized log with it.

A check names the lines it is about (`where`, and how many there must be) and what they must hold
(`fields`). Every single value can be falsified, and then the check must fail: self_test() does
that for all of them, so none can be there that passes whatever the log says.
"""
import collections
import json
import re
import threading


class _Absent:
    def __repr__(self):
        return "(absent)"


ABSENT = _Absent()  # the field must not be there


class Range:
    """A number between two others: what the driver can know of a time."""

    def __init__(self, low, high):
        self.low, self.high = low, high

    def __repr__(self):
        return "%g to %g" % (self.low, self.high)


def equal(got, expected):
    if expected is ABSENT:
        return got is None
    if isinstance(expected, Range):
        return isinstance(got, (int, float)) and expected.low <= got <= expected.high
    return type(got) is type(expected) and got == expected


def falsified(value):
    if value is ABSENT:
        return "something"
    if isinstance(value, Range):
        return Range(value.high + 1e6, value.high + 2e6)
    if isinstance(value, list):
        return value + ["-"]
    return value + 1 if isinstance(value, (int, float)) else value + "-"


Check = collections.namedtuple("Check", "scenario what where fields count")


class Log:
    """The normalized lines of a log beside the lines themselves."""
    INDEXES = ("email_uid", "source_ip", "vendor_event_type")

    def __init__(self, lines, records):
        self.lines, self.records = lines, records
        self.index = {name: collections.defaultdict(list) for name in self.INDEXES}
        for number, record in enumerate(records):
            for name in self.INDEXES:
                self.index[name][record.get(name)].append(number)

    def select(self, where):
        lists = [self.index[n][where[n]] for n in self.INDEXES
                 if n in where and isinstance(where[n], str)]
        numbers = min(lists, key=len) if lists else range(len(self.records))
        return [n for n in numbers
                if all(equal(self.records[n].get(k), v) for k, v in where.items())]


def problems(check, log):
    """What the log says otherwise; nothing when it agrees."""
    found = log.select(check.where)
    if len(found) != check.count:
        return ["%d lines, not %d, with %r" % (len(found), check.count, check.where)]
    return ["%s: expected %r, got %r\n    %s" % (name, value, log.records[n].get(name), log.lines[n])
            for n in found for name, value in check.fields.items()
            if not equal(log.records[n].get(name), value)]


def falsifications(check):
    """The check, each time with one value that is not true."""
    yield check._replace(count=check.count + 1)
    if check.count:
        for name, value in check.where.items():
            yield check._replace(where={**check.where, name: falsified(value)})
        for name, value in check.fields.items():
            yield check._replace(fields={**check.fields, name: falsified(value)})


def values_of(check):
    """How many values of the log a check compares."""
    return check.count * (len(check.where) + len(check.fields)) or 1


def split_reply(reply):
    """Code, enhanced code and text of an SMTP reply, as fields; ABSENT where it has none."""
    m = re.match(r"(\d{3})[ -](?:([245]\.\d{1,3}\.\d{1,3})(?: |$))?(.*)$", reply, re.S)
    return {"smtp_response_code": int(m[1]), "smtp_response_enhanced_code": m[2] or ABSENT,
            "vendor_smtp_response_message": m[3]}


class Mail:
    """One mail with a queue id."""

    def __init__(self, scenario, instance, queue_id, how, sender=None, **known):
        self.scenario, self.instance, self.queue_id, self.how = scenario, instance, queue_id, how
        self.sender = sender
        self.recipients = {}      # address: fate, as dict
        self.rcpt_to = []         # what the client named, before any rewriting
        self.client = None        # name, ip, port, helo, protocol
        self.service = None       # of the smtpd that took it
        self.user = self.method = self.tls = self.message_id = self.size = self.nrcpt = None
        self.orig_queue_id = self.orig_client = None  # before a content filter
        self.parents = []         # {instance, queue_id, relation}
        self.end = "removed"      # or deferred, hold, discarded (before the queue), deleted (by hand)
        self.activations = 1      # how often the queue manager took it up
        for name, value in known.items():
            if not hasattr(self, name):
                raise AttributeError(name)
            setattr(self, name, value)

    def child_of(self, parent, relation):
        self.parents.append({"instance": parent.instance, "queue_id": parent.queue_id,
                             "relation": relation})
        return self

    def fate(self, address, status, dsn, reply=None, text=None, relay=None, **more):
        """What became of a recipient. relay: (host, ip, port), (host, path), or a word."""
        self.recipients[address] = dict(more, status=status, dsn=dsn, reply=reply, text=text,
                                        relay=relay)
        return self

    def record(self):
        return {k: v for k, v in self.__dict__.items() if v is not None}

    def checks(self):
        """Everything the log of this mail must say."""
        of = lambda what, event, fields, count=1, **where: Check(
            self.scenario, "%s %s" % (self.queue_id, what),
            {"email_uid": self.queue_id, "vendor_event_type": event,
             "vendor_instance": self.instance, **where}, fields, count)
        if self.client:
            yield of("client", "smtpd.client", self.client_fields())
        if self.message_id is not None:
            yield of("message-id", "cleanup.message_id", {"email_message_id": self.message_id.strip("<>") or ABSENT})
        if self.activations and self.sender is not None:
            fields = {"email_from": self.sender}
            if self.size is not None:
                fields["email_size"] = self.size
            if self.nrcpt is not None:
                fields["vendor_nrcpt"] = self.nrcpt
            yield of("active", "qmgr.queue_active", fields, self.activations)
        for address, fate in self.recipients.items():
            if fate["status"] not in ("none", "redirected"):
                yield of("delivery to " + address, "mail.delivery", self.fate_fields(fate),
                         fate.get("attempts", 1), email_to=address)
        yield of("removed", "qmgr.removed", {}, int(self.end == "removed"))

    def client_fields(self):
        c = self.client
        return {"source_ip": c["ip"], "source_hostname": c["name"] or "unknown",
                "source_port": c["port"] if c["port_logged"] else ABSENT,
                "vendor_service": self.service or ABSENT,
                "vendor_sasl_method": self.method or ABSENT,
                "user_name": self.user.lower() if self.user else ABSENT,
                "vendor_orig_queue_id": self.orig_queue_id or ABSENT}

    @staticmethod
    def fate_fields(fate):
        fields = {"vendor_status": fate["status"], "vendor_dsn": fate["dsn"],
                  "vendor_orig_to": fate.get("orig_to") or ABSENT,
                  "vendor_delay": Range(0, 120)}
        relay = fate["relay"]
        if isinstance(relay, str):
            fields["vendor_relay_host"] = relay
            fields["vendor_relay_ip"] = ABSENT
        elif relay and len(relay) == 2:
            fields.update(vendor_relay_host=relay[0], vendor_relay_path=relay[1])
        elif relay:
            fields.update(vendor_relay_host=relay[0], vendor_relay_ip=relay[1], vendor_relay_port=relay[2])
        if fate["reply"]:
            fields.update(split_reply(fate["reply"]))
        if fate.get("conn_use"):
            fields["vendor_conn_use"] = fate["conn_use"]
        if fate["text"]:
            fields["vendor_mail_response"] = fate["text"]
        for key, name in (("command", "vendor_smtp_command"), ("queued_as", "vendor_queued_as"),
                          ("forwarded_as", "vendor_forwarded_as"), ("reason", "vendor_reason")):
            if fate.get(key):
                fields[name] = fate[key]
        return fields


class Truth:
    """All scenarios write into one; they run in threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.mails, self.checks, self.tables = {}, [], {}

    def mail(self, mail):
        with self.lock:
            key = (mail.instance, mail.queue_id)
            if key in self.mails:
                raise ValueError("two mails with the id %s" % mail.queue_id)
            self.mails[key] = mail
        return mail

    def expect(self, scenario, what, where, fields=None, count=1):
        with self.lock:
            self.checks.append(Check(scenario, what, where, fields or {}, count))

    def all_checks(self):
        return self.checks + [c for m in self.mails.values() for c in m.checks()]

    def save(self, path):
        """One record a mail, for whoever puts the lines of a mail together. Ids link parents and
        children; a recipient that is not listed was not tried."""
        with open(path, "w", encoding="utf-8") as f:
            json.dump([m.record() for m in self.mails.values()], f, indent=1)


def self_test(checks, log):
    """How many falsified checks there were, and those that nobody noticed."""
    count, unnoticed = 0, []
    for check in checks:
        for lie in falsifications(check):
            count += 1
            if not problems(lie, log):
                unnoticed.append(lie)
    return count, unnoticed


def conclude(failures, seconds):
    """Prints what failed, and how it ended. Returns the exit status."""
    for failure in failures:
        print("FAIL: " + failure)
    print("%s after %.1f s" % ("failed: %d problems" % len(failures) if failures else "all true", seconds))
    return bool(failures)
