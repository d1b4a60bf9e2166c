# SPDX-License-Identifier: Apache-2.0
"""A log in the making: lines, and beside each what it is by the driver's own knowledge, called facts.

A fact is a tuple, its first member one of:
  fail IP USER|None N      N tries to log in that failed, told by this line
  denied IP N              the same, told by the counts of a session alone
  login IP USER            a login
  mail USER DOMAIN NRCPT   the mail of a user who logged in comes into the queue
  final DOMAIN BAD         a recipient's outcome of a mail of an own domain to elsewhere
  refused DOMAIN QID       such a mail is not taken for DKIM, SPF or DMARC
  delivery HOP QID|None    a delivery; QID: it is deferred, and not for greylisting
  asked IP TO|None         a client asks for a recipient; TO: one that nobody knows
  reject REASON            refused for good
  relay IP                 relay denied
  dmarc RULE DOMAIN QID, virus USER, spam USER QID, guilty IP (postscreen), daemon RULE PATH,
  tls HOP BAD, strange (no daemon of Postfix writes that)
"""
import random

SECOND = 1000000
DAY = 86400
START = 1772409600  # 2026-03-02, a Monday, 00:00 UTC
CLOCK = ["%02d:%02d:%02d" % (s // 3600, s // 60 % 60, s % 60) for s in range(DAY)]
DATES = ["2026-03-%02d" % d for d in range(2, 32)]
OUR_MX = "198.51.100.5"


class Log:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.lines = []  # order in microseconds, time, text, facts
        self.pid = 1000
        self.qid = 0xA000000000
        self.session = 0

    def put(self, second, tag, text, *facts):
        at = int(second * SECOND)
        self.lines.append((at, at, tag + ": " + text, facts))

    def late(self, second, tag, text, *facts):
        """A line that may stand behind those of the same second that came after it."""
        at = int(second * SECOND)
        last = at - at % SECOND + SECOND - 1
        self.lines.append((self.random.randint(at, last) if self.random.random() < 0.3 else at, at, tag + ": " + text, facts))

    def next_pid(self):
        self.pid = self.pid + 1 if self.pid < 64000 else 1001
        return self.pid

    def next_qid(self):
        self.qid += 1
        return "%010X" % self.qid

    def finish(self):
        """The lines in the order of the log, each with a time of its own, which is how an alert's line is found again."""
        self.lines.sort(key=lambda line: line[0])
        used, out = set(), []
        for _, at, text, facts in self.lines:
            while at in used:
                at += 1
            used.add(at)
            second, part = divmod(at - START * SECOND, SECOND)
            out.append((at, "%sT%s.%06d+00:00 mx1 %s" % (DATES[second // DAY], CLOCK[second % DAY], part, text), facts))
        self.lines = out
        return out

    # ---- logins
    def imap_login(self, second, ip, user):
        self.session += 1
        pid, session = self.next_pid(), "S%010d" % self.session
        self.late(second, "dovecot", "imap-login: Login: user=<%s>, method=PLAIN, rip=%s, lip=%s, mpid=%d, TLS, session=<%s>"
                  % (user, ip, OUR_MX, pid, session), ("login", ip, user))
        self.put(second + 60, "dovecot", "imap(%s)<%d><%s>: Disconnected: Logged out in=70 out=900 deleted=0 expunged=0 "
                 "trashed=0 hdr_count=0 hdr_bytes=0 body_count=0 body_bytes=0" % (user, pid, session))

    def imap_fail(self, second, ip, user, attempts=1):
        self.session += 1
        self.late(second, "dovecot", "imap-login: Disconnected: Connection closed (auth failed, %d attempts in %d secs): "
                  "user=<%s>, method=PLAIN, rip=%s, lip=%s, TLS, session=<S%010d>"
                  % (attempts, attempts * 2, user, ip, OUR_MX, self.session), ("fail", ip, user, attempts))

    def smtp_fail(self, second, ip, user, attempts=1, gap=0.2, named=True):
        """A session of submission in which each try fails."""
        tag = "postfix/submission/smtpd[%d]" % self.next_pid()
        self.put(second - 0.01, tag, "connect from unknown[%s]" % ip)
        for i in range(attempts):
            self.put(second + i * gap, tag, "warning: unknown[%s]: SASL PLAIN authentication failed: authentication failure%s"
                     % (ip, ", sasl_username=" + user if named else ""), ("fail", ip, user if named else None, 1))
        self.put(second + attempts * gap + 0.05, tag, "disconnect from unknown[%s] ehlo=1 auth=0/%d quit=1 commands=2/%d"
                 % (ip, attempts, attempts + 2))

    def smtp_denied(self, second, ip, attempts=1):
        """AUTH where it is not offered: only the counts tell of it."""
        tag = "postfix/smtpd[%d]" % self.next_pid()
        self.put(second, tag, "connect from unknown[%s]" % ip)
        self.put(second + 0.3, tag, "lost connection after AUTH from unknown[%s]" % ip)
        self.put(second + 0.31, tag, "disconnect from unknown[%s] ehlo=1 auth=0/%d commands=1/%d" % (ip, attempts, attempts + 1),
                 ("denied", ip, attempts))

    # ---- mails
    def submit(self, second, ip, user, nrcpt=1, sender=None):
        """A mail of a user who logs in, up to the queue."""
        qid, tag = self.next_qid(), "postfix/submission/smtpd[%d]" % self.next_pid()
        sender = sender or user
        self.put(second, tag, "connect from unknown[%s]" % ip)
        self.put(second + 0.2, tag, "%s: client=unknown[%s], sasl_method=PLAIN, sasl_username=%s" % (qid, ip, user),
                 ("login", ip, user))
        self.queue(second + 0.3, qid, sender, nrcpt, ("mail", user, sender.split("@")[1], nrcpt), ("asked", ip, None))
        self.put(second + 0.5, tag, "disconnect from unknown[%s] ehlo=2 starttls=1 auth=1 mail=1 rcpt=%d data=1 quit=1 "
                 "commands=%d" % (ip, nrcpt, nrcpt + 7))
        return qid

    def receive(self, second, ip, name, sender):
        """A mail of a stranger for somebody here, up to the queue."""
        qid, tag = self.next_qid(), "postfix/smtpd[%d]" % self.next_pid()
        self.put(second, tag, "connect from %s[%s]" % (name, ip))
        self.put(second + 0.2, tag, "%s: client=%s[%s]" % (qid, name, ip))
        self.queue(second + 0.3, qid, sender, 1, ("asked", ip, None))
        self.put(second + 0.5, tag, "disconnect from %s[%s] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5" % (name, ip))
        return qid

    def queue(self, second, qid, sender, nrcpt, *facts):
        self.put(second, "postfix/cleanup[901]", "%s: message-id=<%s@example.com>" % (qid, qid))
        self.put(second + 0.1, "postfix/qmgr[902]", "%s: from=<%s>, size=4711, nrcpt=%d (queue active)" % (qid, sender, nrcpt),
                 *facts)

    def requeue(self, second, qid, sender, nrcpt=1):
        """A deferred mail is taken up again."""
        self.put(second, "postfix/qmgr[902]", "%s: from=<%s>, size=4711, nrcpt=%d (queue active)" % (qid, sender, nrcpt))

    def removed(self, second, qid):
        self.put(second, "postfix/qmgr[902]", qid + ": removed")

    def deliver(self, second, qid, to, relay, status, text, *facts, dsn=None, daemon="smtp"):
        dsn = dsn or {"sent": "2.0.0", "deferred": "4.4.1", "bounced": "5.1.1"}[status]
        self.put(second, "postfix/%s[%d]" % (daemon, 700 + self.qid % 90),
                 "%s: to=<%s>, relay=%s, delay=1.2, delays=0.1/0/0.5/0.6, dsn=%s, status=%s (%s)"
                 % (qid, to, relay, dsn, status, text), *facts)

    def reject(self, second, ip, to, code, text, *facts, helo="mail"):
        tag = "postfix/smtpd[%d]" % self.next_pid()
        self.put(second, tag, "connect from unknown[%s]" % ip)
        self.put(second + 0.2, tag, "NOQUEUE: reject: RCPT from unknown[%s]: %s %s; from=<x@example.net> to=<%s> proto=ESMTP "
                 "helo=<%s>" % (ip, code, text, to, helo), *facts)
        self.put(second + 0.3, tag, "disconnect from unknown[%s] ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4" % ip)

    def unknown_user(self, second, ip, to):
        self.reject(second, ip, to, "550 5.1.1", "<%s>: Recipient address rejected: User unknown in virtual mailbox table" % to,
                    ("asked", ip, to), ("reject", "unknown_user"))

    def relay_denied(self, second, ip, to):
        self.reject(second, ip, to, "554 5.7.1", "<%s>: Relay access denied" % to, ("asked", ip, None),
                    ("reject", "relay_denied"), ("relay", ip))

    def blocklisted(self, second, ip, to):
        self.reject(second, ip, to, "554 5.7.1", "Service unavailable; Client host [%s] blocked using bl.example.org" % ip,
                    ("asked", ip, None), ("reject", "blocklist"))

    def greylisted(self, second, ip, to):
        self.reject(second, ip, to, "450 4.2.0", "<%s>: Recipient address rejected: Greylisted" % to, ("asked", ip, None))

    def pregreet(self, second, ip):
        port, tag = 20000 + self.next_pid() % 40000, "postfix/postscreen[903]"
        self.put(second, tag, "CONNECT from [%s]:%d to [%s]:25" % (ip, port, OUR_MX))
        self.late(second + 0.05, tag, "PREGREET 14 after 0.05 from [%s]:%d: EHLO ylmf-pc\\r\\n" % (ip, port), ("guilty", ip))
        self.put(second + 1.2, tag, "DISCONNECT [%s]:%d" % (ip, port))
