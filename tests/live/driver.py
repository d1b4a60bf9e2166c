# SPDX-License-Identifier: Apache-2.0
"""Runs all scenarios against two private Postfix instances, then holds the log against the truth.

Run by live.test, as root, in namespaces of its own: driver.py DIRECTORY. The directory is left with
in.log, out.log, their normalized lines and truth.json.
"""
import collections
import concurrent.futures
import itertools
import json
import os
import subprocess
import sys
import threading
import time
import traceback

import config
import postfix
import scenarios
from client import Client
from milter import Milter
from postfix import Instance, wait
from nameserver import ZONE, Dns
from report import report
from reported import reported
from story import story_report
from standins import Filter, Policy, Receiver, queue_id_of, receiver_tls
from truth import Log, Mail, Truth, conclude, split_reply


class World:
    def __init__(self, work):
        self.work, self.truth = work, Truth()
        self.lock = threading.Lock()
        self.ips = itertools.chain("198.51.100.%d" % n for n in range(2, 224))
        self.trusted = itertools.chain("198.51.100.%d" % n for n in range(224, 248))
        postfix.set_up_network()
        postfix.make_certificates(work)
        postfix.make_users(work)
        self.inbound = Instance(work, "in", config.INBOUND, config.INBOUND_SERVICES)
        self.outbound = Instance(work, "out", config.OUTBOUND, config.OUTBOUND_SERVICES)
        self.instances = [self.inbound, self.outbound]
        postfix.take_over_system_files(work, self.instances)
        self.stand_ins()

    def stand_ins(self):
        tls = lambda name: receiver_tls(self.work, name)
        self.dns = Dns(config.DNS, ZONE)
        self.receivers = {
            "mx1": Receiver((config.RECEIVER, 25), "mx1.example.net", tls("mx1.example.net"), prefix="A1"),
            "mx2": Receiver((config.PLAIN_RECEIVER, 25), "mx2.example.net", prefix="A2"),
            "mx4": Receiver((config.BUSY, 25), "mx4.example.net", greeting="421 4.3.2 too busy, come back"),
            "mx5": Receiver((config.BROKEN_TLS, 25), "mx5.example.net", starttls_reply="220 2.0.0 go"),
            "mx6": Receiver((config.RECEIVER6, 25), "mx6.example.net", prefix="A6"),
            "mx7": Receiver((config.OTHER_NAME, 25), "mx7.example.net", tls("wrong.example.net"),
                            auth=True, prefix="A7"),
        }
        self.lmtp = Receiver(("127.0.0.1", config.LMTP_PORT), "lmtp.example.com", lmtp=True, prefix="B1")
        self.unix = Receiver(self.work + "/lmtp", "unix.example.com", lmtp=True, prefix="B2")
        os.chmod(self.work + "/lmtp", 0o777)
        self.policy = Policy(("127.0.0.1", config.POLICY_PORT))
        self.milter = Milter(("127.0.0.1", config.MILTER_PORT))
        onward = ("127.0.0.1", config.REINJECT_PORT)
        self.filters = [Filter(("127.0.0.1", port), onward)
                        for port in (config.PROXY_PORT, config.FILTER_PORT)]

    def settle(self):
        """Until nothing moves any more."""
        for instance in self.instances:
            wait(lambda i=instance: not i.queued(("incoming", "active", "maildrop")), 60,
                 "an empty queue of " + instance.short)
            instance.flush_log()

    def log(self):
        """Both logs, normalized, without the marks of our own."""
        lines = []
        for instance in self.instances:
            lines += [line for line in instance.lines() if "/mark[" not in line]
        path = self.work + "/all.log"
        with open(path, "w") as f:
            f.writelines(line + "\n" for line in lines)
        pfxlog = os.environ["PFX_BUILDDIR"] + "/tools/pfxlog"
        rulebases = os.environ.get("PFX_RULEBASES", os.environ["PFX_SRCDIR"] + "/rulebases")
        output = subprocess.run([pfxlog, "normalize", "--no-story", "--rulebasedir", rulebases, path], check=True,
                                stdout=subprocess.PIPE, text=True, timeout=60).stdout
        with open(self.work + "/all.json", "w") as f:
            f.write(output)
        coverage = subprocess.run([pfxlog, "coverage", "--json", "--rulebasedir", rulebases, path],
                                  check=True, stdout=subprocess.PIPE, text=True, timeout=60).stdout
        return Log(lines, [json.loads(r) for r in output.splitlines()]), json.loads(coverage)


class Scenario:
    """What a scenario works with: the world, and the truth under its own name."""

    def __init__(self, world, name):
        self.world, self.truth, self.name = world, world.truth, name
        self.tag = name.replace("_", "")
        self.count = 0

    def expect(self, what, where, fields=None, count=1):
        self.truth.expect(self.name, what, where, fields, count)

    def require(self, condition, what):
        if not condition:
            raise AssertionError("not what the scenario is about: %s" % what)

    def new_ip(self, trusted=False):
        with self.world.lock:
            return next(self.world.trusted if trusted else self.world.ips)

    def client(self, service, **options):
        return Client(self, service, **options)

    def message(self, subject="hello", headers="", body="one line\n"):
        self.count += 1
        message_id = "<%s.%d@client.example.net>" % (self.tag, self.count)
        text = ("From: someone@example.net\nTo: somebody@example.com\nSubject: %s\n"
                "Message-ID: %s\nDate: Thu, 01 Jan 2026 00:00:00 +0000\n%s\n%s"
                % (subject, message_id, headers, body.rstrip("\n")))
        return Message(message_id, text)

    def address(self, kind="ok", domain="example.com", part=""):
        return "%s+%s%s@%s" % (kind, self.tag, part, domain)

    def send(self, service, recipients, sender="sender@example.net", message=None, **options):
        """One mail in one session, all well."""
        c = self.client(service, **options)
        c.ehlo()
        mail = c.send(sender, recipients, message or self.message())
        c.quit()
        return mail

    # ---- what became of it, from those who got it
    def took(self, mail, address, server, relay, rcpt=None, **more):
        """A receiver tells what it answered for this recipient."""
        got = server.mail_to(rcpt or address)
        reply = got["recipients"][rcpt or address].replace("\r\n", " ")
        found = split_reply(reply)
        code, dsn = found["smtp_response_code"], found["smtp_response_enhanced_code"]
        status = {2: "sent", 4: "deferred", 5: "bounced"}[code // 100]
        if not isinstance(dsn, str):
            dsn = "%d.0.0" % (code // 100)
        if status == "sent":
            more["queued_as"] = queue_id_of(reply)
        else:
            more["command"] = more.get("command") or ("end of DATA" if got["text"] and address.split("+")[0] in
                                                      ("spam", "later", "liar") else "RCPT TO")
        if got["text"] and status == "sent":
            self.require(got["hops"][0][1] == mail.queue_id, "the mail of %s" % mail.queue_id)
        if got["size"]:
            mail.size = got["size"]
        if status == "deferred":
            mail.end = "deferred"
        mail.fate(address, status, dsn, reply, relay=relay, **more)
        return got

    def lmtp(self, mail, address, **more):
        return self.took(mail, address, self.world.lmtp, ("127.0.0.1", "127.0.0.1", config.LMTP_PORT), **more)

    def mx(self, mail, address, number=1, **more):
        server = self.world.receivers["mx%d" % number]
        ip = server.server.server_address[0]
        return self.took(mail, address, server, (server.name, ip, 25), **more)

    def notification(self, mail, to, server=None, relay=None, kind="non-delivery"):
        """The notice about a mail: the receiver has it, and it tells both queue ids."""
        server = server or self.world.lmtp
        mark = "X-Postfix-Queue-ID: " + mail.queue_id
        got = server.wait_for(lambda m: to in m["recipients"] and m["end"] and mark in m["text"],
                              "a notice about " + mail.queue_id)
        notice = self.truth.mail(Mail(self.name, mail.instance, got["hops"][0][1], "notification", "",
                                      nrcpt=1, message_id=got["message_id"], size=got["size"]))
        notice.child_of(mail, kind)
        notice.fate(to, "sent", "2.0.0", got["recipients"][to], queued_as=queue_id_of(got["end"]),
                    relay=relay or ("127.0.0.1", "127.0.0.1", config.LMTP_PORT))
        self.expect("notice about " + mail.queue_id, {
            "vendor_event_type": "bounce.sender_notification", "email_uid": mail.queue_id},
            {"vendor_bounce_uid": notice.queue_id, "vendor_event_outcome": kind})
        return notice

    def notice_by_mx1(self, mail, to="sender@example.net", **more):
        return self.notification(mail, to, self.world.receivers["mx1"],
                                 ("mx1.example.net", config.RECEIVER, 25), **more)


Message = collections.namedtuple("Message", "message_id text")


def run_scenarios(world, wanted):
    """Many at once. What failed, with its trace."""
    failed = []

    def one(name, function):
        begin = time.monotonic()
        try:
            function(Scenario(world, name))
        except Exception:
            failed.append("%s: %s" % (name, traceback.format_exc()))
        return name, time.monotonic() - begin
    chosen = [(n, f) for n, f in scenarios.ALL.items() if not wanted or n in wanted]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        times = list(pool.map(lambda pair: one(*pair), chosen))
    slow = sorted(times, key=lambda t: -t[1])[:3]
    print("%d scenarios; the slowest: %s" % (len(chosen), ", ".join("%s %.1f s" % t for t in slow)))
    return failed


def main(work, wanted):
    begin = time.monotonic()
    world = World(work)
    failures = []
    try:
        for instance in world.instances:
            instance.start()
        for instance in world.instances:
            instance.flush_log()
        print("Postfix is up after %.1f s" % (time.monotonic() - begin))
        failures += run_scenarios(world, wanted)
        world.outbound.command("postfix", "reload")
        world.settle()
    finally:
        for instance in world.instances:
            instance.stop()
        world.truth.save(work + "/truth.json")
    failures += report(world)
    failures += story_report(world)
    failures += reported(world, world.log()[0])
    return conclude(failures, time.monotonic() - begin)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
