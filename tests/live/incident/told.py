# SPDX-License-Identifier: Apache-2.0
"""What the driver of the incident does, and what the log, people and account-suspend have to be told of it."""
import base64
import collections
import datetime
import imaplib
import smtplib
import time

import dovecot
from mail import Case, Mail, message
from postfix import wait
from truth import ABSENT, Check, Log, Range, problems, self_test, values_of
from world import MX

LEVELS = ["informational", "low", "medium", "high", "critical"]
WRONG = "battery staple"
NUMBER, NTH, SINCE = "(number of the alert)", "(which one of its connection)", "(seconds)"


class Account:
    """What is true of a user."""

    def __init__(self):
        self.failed, self.succeeded = collections.Counter(), collections.Counter()  # by address
        self.wrong = 0   # passwords that were wrong, of these
        self.mails, self.alerts = [], []


class Submission:
    """A session of smtpd with a login."""

    def __init__(self, told, user, ip):
        self.told, self.user, self.ip, self.sent = told, user + "@example.com", ip, []
        self.client = smtplib.SMTP(timeout=60, source_address=(ip, 0), local_hostname="client.example.net")
        self.client.connect(MX, 2571)
        self.port = self.client.sock.getsockname()[1]
        self.client.ehlo()

    def login(self, password):
        word = base64.b64encode(("\0%s\0%s" % (self.user, password)).encode()).decode()
        return self.client.docmd("AUTH", "PLAIN " + word)[0]

    def mail(self, to):
        case = Case("incident", 2571, self.ip, self.user, to, 250)
        mail = Mail(case, self.ip)
        text = message(self.told.world, mail)
        if not self.sent:
            self.told.accounts[self.user].succeeded[self.ip] += 1
        self.client.mail(self.user)
        for recipient in to:
            if self.client.rcpt(recipient)[0] != 250:
                raise AssertionError("not taken: " + recipient)
        code, reply = self.client.data(text)
        if code != 250:
            raise AssertionError("not taken: %r" % reply)
        mail.queue_id = reply.decode().split("queued as ")[1]
        self.sent.append(mail)
        self.told.accounts[self.user].mails.append(mail)

    def activated(self, n):
        """The line that tells how many recipients the nth mail has."""
        return {"vendor_event_type": "qmgr.queue_active", "email_uid": self.sent[n - 1].queue_id}

    def quit(self):
        self.client.quit()
        for n in range(1, len(self.sent) + 1):
            self.told.world.document(self.activated(n))


class Told:
    def __init__(self, world):
        self.world = world
        self.accounts = collections.defaultdict(Account)
        self.checks, self.alerts, self.heard, self.failures = [], 0, [], []
        self.staying = {}

    def check(self, what, where, fields, count=1):
        self.checks.append(Check("incident", what, where, fields, count))

    # ---- logins; each gives the line that tells of it
    def failed(self, user, ip, password, tries):
        account = self.accounts[user + "@example.com"]
        account.failed[ip] += tries
        account.wrong += tries if password == WRONG else 0

    def imap_refused(self, user, ip, password=WRONG, tries=1):
        client = dovecot.Imap(ip)
        port = client.sock.getsockname()[1]
        for _ in range(tries):
            try:
                client.login(user + "@example.com", password)
            except imaplib.IMAP4.error:
                continue
            raise AssertionError("%s is let in" % user)
        client.logout()
        self.failed(user, ip, password, tries)
        line = {"vendor_event_type": "dovecot.login_failed", "source_ip": ip, "source_port": port}
        self.check("refused by IMAP", line, {
            "user_name": user + "@example.com", "event_outcome": "failure",
            # Of who is denied, Dovecot says no number.
            "vendor_auth_attempts": tries if password == WRONG else ABSENT})
        self.world.document(line)
        return line

    def imap(self, user, ip, stay=False):
        client = dovecot.Imap(ip)
        line = {"vendor_event_type": "dovecot.login", "source_ip": ip, "source_port": client.sock.getsockname()[1]}
        client.login(user + "@example.com", dovecot.PASSWORD)
        client.select("INBOX")
        if stay:
            self.staying[user] = client
        else:
            client.logout()
        self.accounts[user + "@example.com"].succeeded[ip] += 1
        self.check("let in by IMAP", line, {"user_name": user + "@example.com"})
        self.world.document(line)
        return line

    def kicked(self, user):
        """The session that was open is no more."""
        sock = self.staying.pop(user).sock
        sock.settimeout(10)
        while sock.recv(4096):
            pass

    def submission(self, user, ip, password):
        session = Submission(self, user, ip)
        if session.login(password) != 235:
            raise AssertionError("%s is not let in" % user)
        return session

    def submission_refused(self, user, ip, password=WRONG, tries=1):
        session = Submission(self, user, ip)
        for _ in range(tries):
            code = session.login(password)
            if code != 535:
                raise AssertionError("%s is answered %d" % (user, code))
        session.quit()
        self.failed(user, ip, password, tries)
        line = {"vendor_event_type": "sasl.failed", "source_ip": ip, "source_port": session.port}
        self.check("refused by smtpd", line, {"user_name": user + "@example.com"}, tries)
        self.world.document({**line, "vendor_event_type": "smtpd.disconnect"})
        return {**line, NTH: tries}

    def sends(self, user, ip, to):
        session = self.submission(user, ip, dovecot.PASSWORD)
        session.mail(to)
        session.quit()

    # ---- what has to be told
    def alert(self, line, user, rules, within=0):
        """That line of the user, and no other, has these alerts, in the order of severity and of the table: (rule, key, value, limit,
        window, when what was counted began, technique, severity). within: seconds that the beginning may be told too early."""
        _, key, value, limit, window, begin, technique, severity = rules[0]
        self.alerts += 1
        self.accounts[user + "@example.com"].alerts += rules
        names, level = [rule[0] for rule in rules], LEVELS.index(severity) + 1
        self.check("alert", {**line, NUMBER: self.alerts}, {
            "vendor_alert": names, "vendor_alert_key": key, "vendor_alert_value": value, "vendor_alert_limit": limit,
            "vendor_alert_window": window, "vendor_alert_technique": technique, "vendor_alert_severity": severity,
            "vendor_alert_count": ABSENT, "alert_signature_id": names[0], "alert_severity": severity,
            "alert_severity_level": level, "event_severity_level": Range(level, max(level, 3)),
            SINCE: Range(int(begin) - within, time.time())})
        text = "%s: %s, %d (limit %d in %d s) on mx" % (" ".join(names), key, value, limit, window)
        self.heard += [(place, text) for place in ("chat", "pager") if place == "chat" or level >= 4]

    def says(self, name, text):
        """account-suspend has said that, and nothing else."""
        wait(lambda: self.world.said(name), 30, name)
        got = [line.split(" ", 1)[1] for line in self.world.said(name).splitlines()]
        if got != [text]:
            self.failures.append("%s: expected %r, got %r" % (name, text, got))

    def denied(self, text):
        if self.world.said("suspended") != text:
            self.failures.append("denied: expected %r, got %r" % (text, self.world.said("suspended")))

    # ---- and was
    def log(self):
        lines, documents = map(list, zip(*self.world.normalized()))
        number, seen = 0, collections.Counter()
        for document in documents:
            place = tuple(document.get(k) for k in ("vendor_event_type", "source_ip", "source_port"))
            seen[place] += 1
            document[NTH] = seen[place]
            if "vendor_alert" in document:
                number += 1
                document[NUMBER] = number
                document[SINCE] = datetime.datetime.fromisoformat(
                    document["vendor_alert_since"].replace("Z", "+00:00")).timestamp()
        return Log(lines, documents), number

    def report(self):
        log, number = self.log()
        for user, account in self.accounts.items():
            # pam tells of each try, too, and none counts twice for that.
            self.check("what pam says", {"vendor_event_type": "dovecot.auth_failed", "user_name": user,
                                         "vendor_authentication_provider": "pam"}, {}, account.wrong)
        self.failures += ["%s: %s" % (check.what, problem) for check in self.checks for problem in problems(check, log)]
        if number != self.alerts:
            self.failures.append("%d lines with alerts, expected %d: %s" % (number, self.alerts, [
                (d["vendor_alert"], d["vendor_alert_key"]) for d in log.records if "vendor_alert" in d]))
        self.failures += ["no rule for: " + line for line, d in zip(log.lines, log.records) if "vendor_unparsed" in d]
        if sorted(self.world.heard()) != sorted(self.heard):
            self.failures.append("heard: expected %r, got %r" % (sorted(self.heard), sorted(self.world.heard())))
        lies, unnoticed = self_test([c for c in self.checks if not problems(c, log)], log)
        self.failures += ["a false truth went unnoticed: %r" % (c,) for c in unnoticed]
        print("%d alerts, %d checks compare %d values; %d falsified ones noticed, %d not" % (
            number, len(self.checks), sum(map(values_of, self.checks)), lies - len(unnoticed), len(unnoticed)))
        return self.failures
