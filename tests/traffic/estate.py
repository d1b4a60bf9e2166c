# SPDX-License-Identifier: Apache-2.0
"""An estate of three mail hosts whose mails this file chooses, and so knows: two edges, in1 and in2, and hub1 behind them.
Filters on the same host, Postfix' own second instance and another program; replies with and without a queue id, mails
without a Message-ID, deferrals, two recipients to two hosts, notices that leave by another host, queue ids that are given
again, and foreign queue ids that are equal to own ones."""
import datetime
import random

BEGIN = datetime.datetime(2026, 8, 21, 10, tzinfo=datetime.timezone.utc)
HOSTS = {"in1": "192.0.2.11", "in2": "192.0.2.12", "hub1": "192.0.2.30"}
RELAYS = ",".join("%s=%s" % (address, host) for host, address in HOSTS.items())
BASE52 = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz"


def as_sets(flow_of):
    """The mails of each flow, of {mail: flow}."""
    flows = {}
    for mail, flow in flow_of.items():
        flows.setdefault(flow, set()).add(mail)
    return {frozenset(mails) for mails in flows.values()}


class Estate:
    def __init__(self, seed, flows, reuse=True):
        """reuse: queue ids are given again, as they are in half an hour that is not sent in seconds."""
        self.reuse = reuse
        self.chance = random.Random(seed)
        self.lines = []  # (time, host, text)
        self.flow_of = {}  # (host, queue id, time of its first line) -> number of its flow
        self.used = {host: [] for host in HOSTS}
        self.flow = 0
        at = 0.0
        for self.flow in range(flows):
            at += self.chance.expovariate(1 / 1.5)
            self.one_flow(at)
        self.lines.sort(key=lambda line: line[0])

    def collected(self):
        """(run, collector, its lines): one, by one collector of all hosts, and three, by one for each."""
        for run, hosts in (("one", [None]), ("three", HOSTS)):
            for host in hosts:
                yield run, host or "all", "".join(text + "\n" for _, of, text in self.lines if host in (None, of))

    def flows(self, documents):
        """The right answer: {vendor_mail_id: number of its flow} of the records among these documents."""
        lives, flows = {}, {}
        for (host, uid, at), flow in self.flow_of.items():
            lives.setdefault((host, uid), []).append((at, flow))
        for document in documents:
            if "vendor_mail_record" in document:
                born = datetime.datetime.fromisoformat(document["vendor_mail_arrival"].replace("Z", "+00:00"))
                at = (born - BEGIN).total_seconds()
                flows[document["vendor_mail_id"]] = min((abs(at - t), flow) for t, flow in lives[document["event_source"], document["email_uid"]])[1]
        return flows

    @staticmethod
    def halves(documents):
        """What another collector tells of some mails whose last lines alone it got: the same id, later, higher, and not the whole."""
        for number, document in enumerate(documents):
            if document.get("vendor_mail_record") and number % 7 == 0:
                kept = ("event_created", "event_source", "email_uid", "vendor_mail_id", "vendor_event_type", "event_source_product")
                yield {**{name: document[name] for name in kept if name in document}, "trace_id": document["vendor_mail_id"],
                       "vendor_mail_record": document["vendor_mail_record"] + 1, "vendor_incomplete": "true", "vendor_collector": "late"}

    def say(self, at, host, text):
        stamp = BEGIN + datetime.timedelta(seconds=at)
        self.lines.append((at, host, "%s %s postfix%s" % (stamp.isoformat(timespec="microseconds"), host, text)))

    def pid(self):
        return self.chance.randint(1000, 60000)

    def queue_id(self, host, at):
        """Long in half of the estate; a short one may have been given before, half an hour ago and more, or seconds."""
        if host == "in2" and not self.reuse:
            return "%X" % self.chance.randrange(0xA00000000, 0xFFFFFFFFF)
        if host == "in2":
            old = [uid for uid, since in self.used[host] if at - since > 1800]
            soon = [uid for uid, since in self.used[host] if 5 < at - since < 60]
            if soon and self.chance.random() < .1:
                uid = self.chance.choice(soon)
                self.used[host] = [row for row in self.used[host] if row[0] != uid]
            elif old and self.chance.random() < .4:
                uid = old[0]
                self.used[host] = [row for row in self.used[host] if row[0] != uid]
            else:
                uid = "%X" % self.chance.randrange(0xA00000000, 0xFFFFFFFFF)
            return uid
        moment = BEGIN + datetime.timedelta(seconds=at)
        seconds, micro = int(moment.timestamp()), moment.microsecond

        def digits(number, least):
            text = ""
            while number or len(text) < least:
                number, digit = divmod(number, 52)
                text = BASE52[digit] + text
            return text
        return digits(seconds, 6) + digits(micro, 4) + "z" + "".join(self.chance.choice(BASE52[:51]) for _ in range(5))

    def begin(self, host, at, instance="", client=None, message_id="", sender="", orig=None, recipients=1):
        """A mail into the queue of a host: by smtpd, or by Postfix itself. Returns its queue id and when it is active."""
        uid = self.queue_id(host, at)
        self.flow_of[host, uid, round(at, 6)] = self.flow
        smtpd, cleanup, qmgr = self.pid(), self.pid(), self.pid()
        if client:
            self.say(at - .002, host, "%s/smtpd[%d]: connect from %s" % (instance, smtpd, client))
            self.say(at, host, "%s/smtpd[%d]: %s: client=%s%s" % (instance, smtpd, uid, client, orig or ""))
            self.say(at + .3, host, "%s/smtpd[%d]: disconnect from %s ehlo=1 mail=1 rcpt=%d data=1 quit=1 commands=%d" % (
                instance, smtpd, client, recipients, 4 + recipients))
        self.say(at + .001, host, "%s/cleanup[%d]: %s: message-id=<%s>" % (instance, cleanup, uid, message_id))
        self.say(at + .002, host, "%s/qmgr[%d]: %s: from=<%s>, size=%d, nrcpt=%d (queue active)" % (
            instance, qmgr, uid, sender, self.chance.randint(500, 90000), recipients))
        return uid, at + .003

    def deliver(self, host, at, born, uid, to, relay, status, text, instance="", agent="smtp", tx=.05):
        self.say(at, host, "%s/%s[%d]: %s: to=<%s>, relay=%s, delay=%.2f, delays=%.2f/0.01/%.2f/%.2f, dsn=%s, status=%s (%s)" % (
            instance, agent, self.pid(), uid, to, relay, at - born, max(0, at - born - tx - .01), tx / 2, tx / 2,
            {"sent": "2.0.0", "deferred": "4.4.1", "bounced": "5.1.1"}[status], status, text))

    def end(self, host, at, uid, instance="", lost=False):
        """The queue file is away, and its id may be given again. lost: the line did not come to anybody."""
        self.used[host].append((uid, at))
        if not lost:
            self.say(at, host, "%s/qmgr[%d]: %s: removed" % (instance, self.pid(), uid))

    def hand_on(self, host, at, born, uid, to, target, message_id, sender, instance=""):
        """From a host to another of our own: the child's life within the transmission. Returns when the delivery is told."""
        names = {"in1": "in1.example.com", "in2": "in2.example.com", "hub1": "hub1.example.com"}
        if self.chance.random() < .08:  # first not
            self.deliver(host, at + .02, born, uid, to, "none", "deferred", "connect to %s[%s]:25: Connection timed out" % (names[target], HOSTS[target]),
                         instance)
            at += 400
            self.say(at, host, "%s/qmgr[%d]: %s: from=<%s>, size=1000, nrcpt=1 (queue active)" % (instance, self.pid(), uid, sender))
        tx = .1 + self.chance.random() * .4
        child, _ = child_and_active = self.begin(target, at + tx * .6, client="%s[%s]" % (names[host], HOSTS[host]), message_id=message_id, sender=sender)
        told = at + tx
        reply = "250 2.0.0 Ok: queued as " + child if self.chance.random() > .15 or not message_id else "250 2.0.0 Ok"
        self.deliver(host, told, born, uid, to, "%s[%s]:25" % (names[target], HOSTS[target]), "sent", reply, instance, tx=tx)
        return told, child_and_active, at + tx * .6

    def leave(self, host, at, born, uid, to, instance=""):
        """To a stranger, whose queue id may be one of ours."""
        foreign = uid if self.chance.random() < .1 else "%X" % self.chance.randrange(0xA00000000, 0xFFFFFFFFF)
        self.deliver(host, at, born, uid, to, "mx.example.net[203.0.113.25]:25", "sent", "250 2.0.0 Ok: queued as " + foreign, instance)

    def one_flow(self, at):
        chance = self.chance
        edge = chance.choice(["in1", "in2"])
        message_id = "" if chance.random() < .05 else "%d.%d@example.net" % (self.flow, chance.randrange(10 ** 9))
        sender = "s%d@example.net" % self.flow
        client = "unknown[198.51.100.%d]" % chance.randint(1, 250)
        both = chance.random() < .2
        tos = ["r%d@example.com" % self.flow] + (["q%d@example.com" % self.flow] if both else [])
        uid, active = self.begin(edge, at, client=client, message_id=message_id, sender=sender, recipients=len(tos))
        born = at
        instance = ""
        way = chance.random()
        if way < .3:  # through an own second instance, or a filter that is none of Postfix'
            filtered = at + .3
            instance = "-filter" if way < .15 else ""
            child, child_active = self.begin(edge, filtered, instance, "localhost[127.0.0.1]", message_id, sender, recipients=len(tos),
                                             orig=", orig_queue_id=%s, orig_client=%s" % (uid, client))
            for to in tos:
                self.deliver(edge, filtered + .1, born, uid, to, "127.0.0.1[127.0.0.1]:10024", "sent",
                             "250 2.0.0 %sOk: queued as %s" % ("" if way < .15 else "from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 ", child))
            self.end(edge, filtered + .12, uid)
            uid, active, born = child, child_active, filtered
        last = active
        for number, to in enumerate(tos):
            target = "hub1" if number == 0 else ("in2" if edge == "in1" else "in1")
            told, (child, child_active), child_born = self.hand_on(edge, active + .05 * number, born, uid, to, target, message_id, sender, instance)
            last = max(last, told)
            fate = chance.random()
            if target == "in2" and fate > .7:  # its end was lost, so that it has no record
                self.leave(target, child_active + .4, child_born, child, to)
                self.end(target, child_active + .41, child, lost=True)
                continue
            if fate < .1:  # refused for good: a notice, which leaves by another host of ours
                self.deliver(target, child_active + .2, child_born, child, to, "mx.example.org[203.0.113.80]:25", "bounced",
                             "host mx.example.org[203.0.113.80] said: 550 5.1.1 unknown user (in reply to RCPT TO command)")
                notice = child_active + .21
                notice_id, notice_active = self.begin(target, notice, message_id="n%d.%d@%s.example.com" % (self.flow, number, target))
                self.say(notice + .004, target, "/bounce[%d]: %s: sender non-delivery notification: %s" % (self.pid(), child, notice_id))
                self.end(target, notice + .005, child)
                exit_host = "in2" if target != "in2" else "in1"
                sent, (out, out_active), out_born = self.hand_on(target, notice_active, notice, notice_id, sender, exit_host,
                                                                "n%d.%d@%s.example.com" % (self.flow, number, target), "")
                self.end(target, sent + .01, notice_id)
                self.leave(exit_host, out_active + .3, out_born, out, sender)
                self.end(exit_host, out_active + .31, out)
            else:
                if fate < .5:
                    self.deliver(target, child_active + .1, child_born, child, to, "hub.example.com[private/lmtp]", "sent", "250 2.1.5 Delivered", agent="lmtp")
                else:
                    self.leave(target, child_active + .4, child_born, child, to)
                self.end(target, child_active + .41, child)
        self.end(edge, last + .01, uid, instance)
