# SPDX-License-Identifier: Apache-2.0
"""Attacks and faults among honest traffic. Each names the rules and keys that must tell of it; at which line, naive.py counts."""
from honest import PEERS, QUIET_USERS, UNKNOWN, home, user
from log import DAY, START

ATTACK_DAYS = (17, 18, 21, 22)  # workdays, after what is usual has been seen for a fortnight
DKIM = "host mx.%s.example[203.0.113.9] said: 550 5.7.26 This mail is unauthenticated (in reply to end of DATA command)"
TIMEOUT = "connect to mx.%s.example[203.0.113.77]:25: Connection timed out"
SMTPD = "/usr/lib/postfix/sbin/smtpd"


class Attacks:
    def __init__(self, log):
        self.log, self.random, self.planned = log, log.random, set()
        self.victims = []
        for i in self.random.sample(QUIET_USERS, 40):
            self.victims.append(user(i))
            for day in range(4):
                self.log.imap_login(START + day * DAY + 32400 + i, home(i), user(i))
        self.addresses = 0
        self.stalls = []  # when a mail had its last line

    def when(self, first=8, last=17):
        return START + self.random.choice(ATTACK_DAYS) * DAY + self.random.uniform(first, last) * 3600

    def address(self):
        self.addresses += 1
        return "10.220.%d.%d" % (self.addresses, self.random.randint(1, 254))

    def plan(self, *told):
        self.planned.update(told)

    def any_fail(self, second, ip, name):
        if self.random.random() < 0.5:
            self.log.imap_fail(second, ip, name)
        else:
            self.log.smtp_fail(second, ip, name)

    def login_by_mail(self, second, ip, name):
        self.send(second, ip, name, peer="peer%02d" % self.random.randrange(PEERS))

    # ---- logins
    def brute_force(self):
        ip, victim, at = self.address(), self.victims.pop(), self.when()
        for _ in range(60):
            self.any_fail(at, ip, victim)
            at += self.random.uniform(8, 20)
        self.plan(("login-failures-address", ip), ("login-failures-user", victim))

    def long(self):
        """Longer than half of the quiet time, and as slow as is told of at all."""
        ip, at = self.address(), self.when()
        for n in range(90):
            self.any_fail(at, ip, "long")
            at += self.random.uniform(24, 26)
        self.plan(("login-failures-address", ip), ("login-failures-user", "long"))

    def flood(self):
        """Without names, many a session, so many that it is told twice in the quiet time."""
        ip, at = self.address(), self.when()
        for _ in range(50):
            self.log.smtp_fail(at, ip, "", 5, named=False)
            at += self.random.uniform(3, 9)
        self.plan(("login-failures-address", ip))

    def counted_only(self):
        ip, at = self.address(), self.when()
        for _ in range(9):
            self.log.smtp_denied(at, ip, 2)
            at += self.random.uniform(20, 40)
        self.plan(("login-failures-address", ip))

    def slow_spray(self):
        ip, at = self.address(), START + self.random.choice(ATTACK_DAYS) * DAY + 600
        for n in range(25):
            self.any_fail(at, ip, "slowly%d" % n)
            at += self.random.uniform(2500, 3300)
        self.plan(("login-slow-spray", ip))

    def spray(self):
        ip, at = self.address(), self.when()
        for n in range(14):
            self.any_fail(at, ip, "fast%d" % n)
            at += self.random.uniform(33, 41)
        self.plan(("login-spray", ip), ("login-slow-spray", ip))

    def botnet(self):
        victim, at = self.victims.pop(), self.when()
        for n in range(30):
            self.any_fail(at, "10.%d.%d.3" % (221 + n % 30, self.random.randint(0, 255)), victim)
            at += self.random.uniform(100, 140)
        self.plan(("login-user-networks", victim))

    def one_prefix(self):
        at, net = self.when(), "3fff:abc:%x:1" % self.random.randint(1, 4095)
        for n in range(40):
            self.any_fail(at, "%s::%x" % (net, n + 1), "host%d" % n)
            at += self.random.uniform(5, 15)
        self.plan(*((rule, net) for rule in ("login-failures-address", "login-spray", "login-slow-spray")))

    def guessed(self):
        """The sixth guess was right."""
        ip, victim, at = self.address(), self.victims.pop(), self.when()
        for _ in range(6):
            self.any_fail(at, ip, victim)
            at += self.random.uniform(300, 550)
        self.log.imap_login(at, ip, victim)
        self.plan(("login-after-failures-address", ip), ("login-after-failures", victim), ("login-new-network", victim))

    def guessed_elsewhere(self):
        victim, at = self.victims.pop(), self.when()
        for n in range(5):
            self.any_fail(at, "10.230.%d.7" % n, victim)
            at += self.random.uniform(300, 600)
        self.login_by_mail(at, self.address(), victim)
        self.plan(("login-after-failures", victim), ("login-new-network", victim))

    def guessed_of_others(self):
        ip, victim, at = self.address(), self.victims.pop(), self.when()
        for n in range(5):
            self.any_fail(at, ip, "guess%d" % n)
            at += self.random.uniform(30, 90)
        self.log.imap_login(at, ip, victim)
        self.plan(("login-after-failures-address", ip), ("login-new-network", victim))

    def guessed_in_vain(self):
        """The owner comes while others guess."""
        i = self.random.choice(range(1300, 1400))  # of whom none has a telephone with an old password
        at = self.when()
        self.log.imap_login(START + DAY, home(i), user(i))
        for n in range(7):
            self.any_fail(at, "10.231.%d.7" % (n % 4), user(i))
            at += self.random.uniform(300, 500)
        self.log.imap_login(at, home(i), user(i))
        self.plan(("login-after-failures-known", user(i)))

    def shared(self):
        """Many at once use one account."""
        victim, at = self.victims.pop(), self.when()
        for n in range(9):
            ip = "3fff:%x:5:5::1" % (3900 + n)
            if self.random.random() < 0.5:
                self.log.imap_login(at, ip, victim)
            else:
                self.login_by_mail(at, ip, victim)
            at += self.random.uniform(120, 400)
        self.plan(("login-user-many-networks", victim), ("login-new-network", victim))

    def edge(self, inside):
        """As many as one rule needs, within the window or in a little more."""
        log, when = self.log, self.when
        gap = lambda window, count: window * (0.98 if inside else 1.01) / (count - 1)
        told = lambda *pairs: self.plan(*pairs) if inside else None
        ip, victim, at = self.address(), self.victims.pop(), when()
        for n in range(11):
            self.any_fail(at + n * gap(300, 11), ip, victim)
        told(("login-failures-address", ip), ("login-failures-user", victim))
        ip, at = self.address(), when()
        for n in range(11):
            self.any_fail(at + n * gap(600, 11), ip, "edge%d" % n)
        told(("login-spray", ip))
        self.plan(("login-slow-spray", ip))
        ip, at = self.address(), START + 17 * DAY
        for n in range(11):
            self.any_fail(at + n * gap(DAY, 11), ip, "day%d" % n)
        told(("login-slow-spray", ip))
        victim, at = self.victims.pop(), when()
        for n in range(6):
            self.any_fail(at + n * gap(3600, 6), "10.232.%d.9" % n, victim)
        told(("login-user-networks", victim))
        victim, at = self.victims.pop(), when()
        for n in range(6):
            log.imap_login(at + n * gap(3600, 6), "3fff:%x:6:6::1" % (3950 + n), victim)
        told(("login-user-many-networks", victim))
        self.plan(("login-new-network", victim))
        victim, at = self.victims.pop(), when()
        for n in range(5):
            self.any_fail(at + n * 600, "10.233.%d.9" % n, victim)
        log.imap_login(at + gap(3600, 2), self.address(), victim)
        told(("login-after-failures", victim))
        self.plan(("login-new-network", victim))
        ip, at = self.address(), when()
        for n in range(6):
            log.relay_denied(at + n * gap(600, 6), ip, "edge@example.net")
        told(("relay-attempts", ip))
        domain, at = "edge%d.example" % inside, when()
        for n in range(21):
            qid = log.receive(at + n * gap(3600, 21), "198.51.100.97", "mail." + domain, "e@" + domain)
            log.put(at + n * gap(3600, 21) + 0.45, "opendmarc[812]", "%s: %s fail" % (qid, domain),
                    ("dmarc", "auth-domain-fail", domain, qid))
            log.removed(at + n * gap(3600, 21) + 1, qid)
        told(("auth-domain-fail", domain))
        sender, at = "w@edge%d.example.org" % inside, when()
        for n in range(6):
            self.send(at + n * gap(3600, 6), "198.18.67.1", sender, status="bounced", text=DKIM % "peer02", peer="peer02")
        told(("auth-own-refused", sender.split("@")[1]))
        ip, at = self.address(), when()
        for n in range(21):
            log.pregreet(at + n * gap(600, 21), ip)
        told(("postscreen-address", ip))

    # ---- mails
    def send(self, second, ip, sender, nrcpt=1, status="sent", peer="peer01", text=None, login=None):
        qid, domain, hop = self.log.submit(second, ip, login or sender, nrcpt, sender), sender.split("@")[1], "mx.%s.example" % peer
        to, facts = "u@%s.example" % peer, [("delivery", hop, qid if status == "deferred" else None)]
        if status != "deferred":
            facts.append(("final", domain, status == "bounced"))
        if status == "bounced" and "5.7.26" in text:
            facts.append(("refused", domain, qid))
        self.log.deliver(second + 2, qid, to, hop + "[203.0.113.9]:25", status, text or "250 2.0.0 Ok: queued as 7F00AE", *facts,
                         dsn="5.7.26" if text and "5.7.26" in text else None)
        if status == "deferred":
            self.log.requeue(second + 7200, qid, sender)
            self.log.deliver(second + 7201, qid, to, hop + "[203.0.113.9]:25", "sent", "250 2.0.0 Ok: queued as 7F00AF",
                             ("delivery", hop, None), ("final", domain, False))
            second += 7200
        self.log.removed(second + 3, qid)

    def many_mails(self):
        victim, at = self.victims.pop(), START + self.random.choice(ATTACK_DAYS) * DAY + self.random.uniform(9, 10) * 3600
        for _ in range(125):
            self.send(at, "198.18.60.1", victim, peer="peer%02d" % self.random.randrange(PEERS))
            at += self.random.uniform(15, 27)
        self.plan(("mail-growth-user", victim), ("login-new-network", victim))

    def dead_account(self):
        sender, at = "old@dead.example.org", self.when()
        for _ in range(140):
            self.send(at, "198.18.61.1", sender, peer="peer%02d" % self.random.randrange(PEERS))
            at += self.random.uniform(10, 24)
        self.plan(("mail-growth-user", sender), ("mail-growth-domain", "dead.example.org"))

    def many_recipients(self):
        for count, nrcpt, gap in ((1, 501, 9), (20, 40, 60), (20, 50, 330)):
            victim, at = self.victims.pop(), self.when(8, 15)
            for _ in range(count):
                self.send(at, "198.18.62.1", victim, nrcpt)
                at += gap * self.random.uniform(0.9, 1)
            self.plan(("recipients-user", victim), ("login-new-network", victim))

    def bounces(self):
        at = self.when()
        for n in range(150):
            bad = n > 20 and self.random.random() < 0.25
            self.send(at, "198.18.63.1", "list@list.example.org", status="bounced" if bad else "sent", peer="peer%02d" % (n % PEERS),
                      text=UNKNOWN % ("peer01", "u@peer01.example") if bad else None, login="list%d@list.example.org" % (n % 3))
            at += self.random.uniform(15, 35)
        self.plan(("bounce-share", "list.example.org"), ("mail-growth-domain", "list.example.org"))

    def near_bounces(self):
        """Less than a twentieth."""
        at = self.when()
        for n in range(300):
            bad = n % 22 == 21
            self.send(at, "198.18.68.1", "n%d@near.example.org" % (n % 3), status="bounced" if bad else "sent",
                      peer="peer%02d" % (n % PEERS), text=UNKNOWN % ("peer01", "u@peer01.example") if bad else None)
            at += 11
        self.plan(("mail-growth-domain", "near.example.org"))
        self.plan(*(("mail-growth-user", "n%d@near.example.org" % n) for n in range(3)))

    def forwards(self):
        """Mail of strangers that local(8) forwards, and that is refused there."""
        at = self.when()
        for n in range(9):
            qid, copy = self.log.receive(at, "198.51.100.96", "mail.forward.example", "s@forward.example"), self.log.next_qid()
            self.log.queue(at + 0.6, copy, "s@forward.example", 1)
            self.log.deliver(at + 0.8, qid, "f@example.com", "local", "sent", "forwarded as " + copy, daemon="local")
            self.log.deliver(at + 2, copy, "f@peer02.example", "mx.peer02.example[203.0.113.9]:25", "bounced", DKIM % "peer02",
                             ("delivery", "mx.peer02.example", None), dsn="5.7.26")
            self.log.removed(at + 2.1, copy)
            self.log.removed(at + 2.2, qid)
            at += 200

    def refused(self):
        at = self.when()
        for _ in range(9):
            self.send(at, "198.18.64.1", "w@shop.example.org", status="bounced", text=DKIM % "peer02", peer="peer02")
            at += self.random.uniform(60, 300)
        self.plan(("auth-own-refused", "shop.example.org"))

    def deferrals(self):
        at = self.when(8, 15)
        for n in range(45):
            good = n % 12 == 5
            self.send(at, "198.18.65.1", "d%d@defer.example.org" % n, status="sent" if good else "deferred", peer="stuck",
                      text=None if good else TIMEOUT % "stuck")
            at += self.random.uniform(10, 22)
        self.plan(("nexthop-deferrals", "mx.stuck.example"))

    def harvest(self):
        ip, at = self.address(), self.when()
        for n in range(45):
            if n % 9 == 4:
                self.log.removed(at + 5, self.log.receive(at, ip, "unknown", "h@example.net"))
            else:
                self.log.unknown_user(at, ip, "guess%d@example.com" % n)
            at += self.random.uniform(20, 60)
        self.plan(("harvest", ip))

    def relay(self):
        ip, at = self.address(), self.when()
        for n in range(9):
            self.log.relay_denied(at, ip, "r%d@example.net" % n)
            at += self.random.uniform(10, 60)
        self.plan(("relay-attempts", ip))

    def tls(self):
        at, relay = self.when(), "mx.badtls.example[203.0.113.78]:25"
        for n in range(18):
            if n % 5 == 3:
                self.log.put(at, "postfix/smtp[779]", "Trusted TLS connection established to %s: TLSv1.3 with cipher "
                             "TLS_AES_256_GCM_SHA384 (256/256 bits)" % relay, ("tls", "mx.badtls.example", False))
            else:
                self.log.put(at, "postfix/smtp[779]", "SSL_connect error to %s: -1" % relay, ("tls", "mx.badtls.example", True))
            at += self.random.uniform(60, 150)
        self.plan(("tls-nexthop", "mx.badtls.example"))

    def forged(self):
        for domain, rule in (("bank.example", "auth-domain-fail"), ("shop.example.org", "auth-own-domain-fail")):
            at = self.when()
            for _ in range(27):
                qid = self.log.receive(at, "198.51.100.99", "mail.bank.example", "b@" + domain)
                self.log.late(at + 0.45, "opendmarc[812]", "%s: %s fail" % (qid, domain), ("dmarc", rule, domain, qid))
                self.log.removed(at + 1, qid)
                at += self.random.uniform(20, 100)
            self.plan((rule, domain))

    def bad_content(self):
        virus, spam, at = self.victims.pop(), self.victims.pop(), self.when()
        verdict = ("(00812-%02d) Blocked %s {DiscardedOutbound,Quarantined}, MYNETS LOCAL [198.18.66.1]:40001 <%s> -> <u@peer03.example>, "
                   "quarantine: q-%s, Queue-ID: %s, Message-ID: <%s@example.com>, mail_id: m%s, Hits: 14.2, size: 4711, 90 ms")
        for n in range(9):
            sender, what = (virus, "INFECTED (Eicar-Signature)") if n == 0 else (spam, "SPAM")
            qid = self.log.submit(at, "198.18.66.1", sender)
            self.log.put(at + 1, "amavis[812]", verdict % (n, what, sender, qid, qid, qid, qid),
                         ("virus", virus) if n == 0 else ("spam", spam, qid))
            self.log.deliver(at + 1.1, qid, "u@peer03.example", "127.0.0.1[127.0.0.1]:10024", "sent", "250 2.7.0 Ok, discarded, "
                             "id=00812-%02d - %s" % (n, what.split()[0]), ("delivery", "127.0.0.1", None))
            self.log.removed(at + 1.2, qid)
            at += self.random.uniform(100, 400)
        self.plan(("virus-own-user", virus), ("spam-own-user", spam), ("login-new-network", virus), ("login-new-network", spam))

    # ---- the mail system itself
    def stalled(self):
        """A delivery agent hangs."""
        at = self.when()
        qid = self.log.receive(at, "198.51.100.98", "mail.sender99.example", "s@sender99.example")
        self.log.put(at + 2700, "postfix/qmgr[902]", qid + ": removed")
        self.stalls.append(at + 0.5)
        self.plan(("queue-stalled", "all"))

    def storm(self):
        at, one = self.when(), self.address()
        for n in range(700):
            ip = one if n % 25 == 7 else "10.240.%d.%d" % (n // 250, n % 250 + 1)
            self.log.pregreet(at, ip)
            at += self.random.uniform(0.3, 1.1)
        self.plan(("postscreen-storm", "all"), ("postscreen-address", one))

    def many_rejects(self):
        at = self.when()
        for n in range(270):
            self.log.unknown_user(at, "10.241.%d.%d" % (n // 100, n % 100 + 1), "m%d@example.com" % n)
            at += self.random.uniform(1, 3.5)
        self.plan(("rejects-growth", "unknown_user"))

    def daemons(self):
        master, at = "postfix/master[900]", self.when()
        self.log.put(at, master, "warning: process %s pid 4242 killed by signal 11" % SMTPD, ("daemon", "daemon-died", SMTPD))
        self.log.put(at + 1, master, "warning: %s: bad command startup -- throttling" % SMTPD, ("daemon", "daemon-throttled", SMTPD))
        for n in range(4):
            self.log.put(at + 100 * n, master, "warning: process /usr/lib/postfix/sbin/local pid %d exit status 1" % (4300 + n),
                         ("daemon", "daemon-exits", "/usr/lib/postfix/sbin/local"))
        self.plan(("daemon-died", SMTPD), ("daemon-throttled", SMTPD),
                  ("daemon-exits", "/usr/lib/postfix/sbin/local"))

    def strange(self):
        at = self.when(10, 15)
        for n in range(120):
            self.log.put(at, "postfix/smtpd[4444]", "gnarl blorp %d of something new" % n, ("strange",))
            at += self.random.uniform(8, 20)
        self.plan(("unknown-lines", "all"))

    def write(self):
        self.edge(True)
        self.edge(False)
        for attack in (self.brute_force, self.flood, self.counted_only, self.slow_spray, self.spray, self.botnet, self.one_prefix,
                       self.guessed, self.guessed_elsewhere, self.guessed_of_others, self.guessed_in_vain, self.shared):
            for _ in range(2):
                attack()
        for attack in (self.long, self.near_bounces, self.forwards, self.many_mails, self.dead_account, self.many_recipients, self.bounces, self.refused, self.deferrals,
                       self.harvest, self.relay, self.tls, self.forged, self.bad_content, self.storm,
                       self.many_rejects, self.daemons, self.strange, self.stalled):
            attack()
