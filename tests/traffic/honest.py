# SPDX-License-Identifier: Apache-2.0
"""What an honest site writes: users in office hours, mistyped passwords, phones, an office behind one address, webmail, mobile users
and travellers, newsletters, some bounces, greylisting, and the noise of the internet."""
from log import DAY, START

DAYS = 23
DENSE = 16  # days from here on have more logins
USERS, OFFICE_USERS, MOBILE_USERS = 1500, range(200), range(200, 350)
QUIET_USERS = range(1400, 1500)  # are on holiday in the last days, in which others use their names
TRAVELLERS = range(350, 362)
OFFICE, WEBMAIL = "192.0.2.200", "192.0.2.80"
NEWS, CLUB = "news@example.com", "club@example.com"
WORKDAY = [1, 1, 1, 1, 1, 2, 6, 25, 60, 80, 80, 75, 50, 70, 80, 75, 60, 35, 15, 8, 5, 4, 3, 2]
WEEKEND = [1, 1, 1, 1, 1, 1, 2, 3, 5, 6, 7, 7, 7, 6, 6, 6, 6, 6, 6, 6, 5, 4, 3, 2]
PEERS = 40
UNKNOWN = "host mx.%s.example[203.0.113.9] said: 550 5.1.1 <%s>: Recipient address rejected: User unknown (in reply to RCPT TO command)"


def user(i):
    return "user%04d@example.com" % i


def home(i):
    return "198.18.%d.%d" % (i // 250, i % 250 + 1)


def stranger(random):
    return "10.%d.%d.%d" % (random.randint(0, 199), random.randint(0, 255), random.randint(1, 254))


class Honest:
    def __init__(self, log):
        self.log, self.random = log, log.random
        self.networks = {i: ["3fff:%x:%x:%x::1" % (16 + i + 200 * self.random.randint(0, 2), self.random.randint(1, 9), n + 1)
                             for n in range(12)] for i in MOBILE_USERS}
        self.planned = set()

    def times(self, day, count):
        weights = WORKDAY if day % 7 < 5 else WEEKEND
        start = START + day * DAY
        return [start + h * 3600 + self.random.random() * 3590 for h in self.random.choices(range(24), weights, k=count)]

    def address(self, i, day, second):
        if self.random.random() < 0.08:
            return WEBMAIL
        if i in TRAVELLERS and day > 15 + i % 3:
            return "3fff:%x:1:1::7" % (3000 + i)
        if i in OFFICE_USERS and day % 7 < 5 and 7 <= second % DAY // 3600 < 18:
            return OFFICE
        if i in MOBILE_USERS and self.random.random() < 0.6:
            return self.random.choice(self.networks[i])
        return home(i)

    def logins(self, day):
        count = USERS * (3 if day >= DENSE else 1) if day % 7 < 5 else USERS // 4
        mistyped = set()
        for second in self.times(day, count):
            i = self.random.randrange(USERS)
            if self.busy(i, day, second) or (i in QUIET_USERS and day >= DENSE):
                continue
            ip = self.address(i, day, second)
            if self.random.random() < 0.03 and i not in mistyped and i not in QUIET_USERS:
                mistyped.add(i)
                self.mistype(second, ip, i)
            self.log.imap_login(second, ip, user(i))

    def busy(self, i, day, second):
        """Users whose telephone has an old password log in elsewhere only where that is planned."""
        return any(i == p and abs(second - at) < 6 * 3600 for p, at in self.phones.get(day, ()))

    def mistype(self, second, ip, i):
        tries, at = self.random.randint(1, 4), second - 4
        kind = self.random.randrange(3)
        if kind == 0:
            self.log.imap_fail(at, ip, user(i), tries)
            return
        for _ in range(tries):
            at -= self.random.uniform(5, 15)
            if kind == 1:
                self.log.imap_fail(at, ip, user(i))
            else:
                self.log.smtp_fail(at, ip, user(i))

    def choose_phones(self):
        """day -> users and when their telephones begin to try an old password each minute."""
        chosen = self.random.sample(range(400, 1300), DAYS)
        self.phones = {day: [(chosen[day], START + day * DAY + 9 * 3600 + self.random.randint(0, 7200))] for day in range(1, DAYS)}
        for i in chosen:
            self.log.imap_login(START + 3600, home(i), user(i))

    def phone(self, day):
        for i, start in self.phones.get(day, ()):
            for n in range(self.random.randint(60, 240)):
                self.log.imap_fail(start + n * 60 + self.random.random(), home(i), user(i))
            if day % 5 == 1:  # at the computer beside it all is well: told as information of low weight
                self.log.imap_login(start + 1800, home(i), user(i))
                self.planned.add(("login-after-failures-known", user(i)))

    # ---- mails
    def mails(self, day):
        workday = day % 7 < 5
        for second in self.times(day, 1000 if workday else 150):
            i = self.random.randrange(USERS) if self.random.random() < 0.7 else self.random.randrange(600, 640)
            if self.busy(i, day, second) or (i in QUIET_USERS and day >= DENSE):
                continue
            self.outgoing(second, self.address(i, day, second), user(i))
        for second in self.times(day, 700 if workday else 300):
            self.incoming(second)

    def outgoing(self, second, ip, sender, nrcpt=1):
        log, random = self.log, self.random
        if random.random() < 0.35:
            qid = log.submit(second, ip, sender)
            log.deliver(second + 1, qid, user(random.randrange(USERS)), "mail.example.com[private/dovecot-lmtp]", "sent",
                        "250 2.0.0 <u> sKJ3Ev8a52gQ0gAA Saved", ("delivery", "mail.example.com", None), daemon="lmtp")
            log.removed(second + 1.1, qid)
            return
        qid = log.submit(second, ip, sender, nrcpt)
        if nrcpt == 1 and random.random() < 0.15:
            qid = self.filtered(second + 0.6, qid, ip, sender)
        bad = 0.02 if nrcpt == 1 else 0.005
        last = max(self.outcome(second + 1 + n * 0.6, qid, sender, bad) for n in range(nrcpt))
        log.removed(last + 0.1, qid)

    def filtered(self, second, qid, ip, sender):
        """By way of a filter, which hands the mail back as a file of its own."""
        copy, log = self.log.next_qid(), self.log
        tag = "postfix/smtpd[%d]" % log.next_pid()
        orig = ", orig_queue_id=%s, orig_client=unknown[%s]" % (qid, ip) if self.random.random() < 0.5 else ""
        log.put(second, tag, "connect from localhost[127.0.0.1]")
        log.put(second + 0.01, tag, "%s: client=localhost[127.0.0.1]%s" % (copy, orig))
        log.queue(second + 0.02, copy, sender, 1)
        log.put(second + 0.15, tag, "disconnect from localhost[127.0.0.1] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5")
        log.put(second + 0.16, "amavis[811]", "(00811-%02d) Passed CLEAN {RelayedOutbound}, MYNETS LOCAL [%s]:40000 <%s> -> "
                "<u@peer.example>, Queue-ID: %s, Message-ID: <%s@example.com>, mail_id: m%s, Hits: -1, size: 4711, queued_as: %s, "
                "90 ms" % (int(second) % 100, ip, sender, qid, qid, qid, copy))
        log.deliver(second + 0.2, qid, "u@peer.example", "127.0.0.1[127.0.0.1]:10024", "sent",
                    "250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as " + copy, ("delivery", "127.0.0.1", None))
        log.removed(second + 0.21, qid)
        return copy

    def outcome(self, second, qid, sender, bad):
        """Of one recipient elsewhere; when it is final."""
        log, random = self.log, self.random
        peer, luck, domain = "peer%02d" % random.randrange(PEERS), random.random(), sender.split("@")[1]
        to, hop = "u%d@%s.example" % (random.randrange(999), peer), "mx.%s.example" % peer
        relay = hop + "[203.0.113.9]:25"
        if random.random() < 0.3:
            log.put(second - 0.2, "postfix/smtp[%d]" % log.next_pid(), "Trusted TLS connection established to %s: TLSv1.3 with cipher "
                    "TLS_AES_256_GCM_SHA384 (256/256 bits)" % relay, ("tls", hop, False))
        elif random.random() < 0.01:
            log.put(second - 0.2, "postfix/smtp[%d]" % log.next_pid(), "SSL_connect error to %s: Connection reset by peer" % relay,
                    ("tls", hop, True))
        if luck < bad:
            log.deliver(second, qid, to, relay, "bounced", UNKNOWN % (peer, to), ("final", domain, True), ("delivery", hop, None))
            return second
        if luck < bad + 0.03:
            greylisted = luck < bad + 0.015
            text = "451 4.7.1 Greylisting in action, please come back later" if greylisted else "451 4.3.0 Temporary lookup failure"
            log.deliver(second, qid, to, relay, "deferred", "host %s[203.0.113.9] said: %s (in reply to RCPT TO command)" % (hop, text),
                        ("delivery", hop, None if greylisted else qid), dsn="4.7.1" if greylisted else "4.3.0")
            second += 600
            log.requeue(second - 1, qid, sender)
        log.deliver(second, qid, to, relay, "sent", "250 2.0.0 Ok: queued as 7F00AB", ("final", domain, False),
                    ("delivery", hop, None))
        return second

    def incoming(self, second):
        log, random = self.log, self.random
        n = random.randrange(60)
        sender = "s%d@sender%02d.example" % (random.randrange(500), n)
        qid = log.receive(second, "198.51.100.%d" % (100 + n), "mail.sender%02d.example" % n, sender)
        luck = random.random()
        if luck < 0.08:  # forwarded by local(8) as a file of its own or by an alias of cleanup, and sometimes refused
            copy, alias = (log.next_qid(), "") if luck < 0.04 else (qid, ">, orig_to=<f@example.com")
            if copy != qid:
                log.queue(second + 0.6, copy, sender, 1)
                log.deliver(second + 0.8, qid, "f@example.com", "local", "sent", "forwarded as " + copy, daemon="local")
                log.removed(second + 2.2, copy)
            peer = "peer%02d" % random.randrange(PEERS)
            hop = "mx.%s.example" % peer
            bad = random.random() < 0.1
            log.deliver(second + 2, copy, "f@%s.example%s" % (peer, alias), hop + "[203.0.113.9]:25", "bounced" if bad else "sent",
                        "host %s[203.0.113.9] said: 550 5.7.26 This mail is unauthenticated (in reply to end of DATA command)" % hop
                        if bad else "250 2.0.0 Ok: queued as 7F00AC", ("delivery", hop, None), dsn="5.7.26" if bad else None)
        else:
            log.deliver(second + 0.9, qid, user(random.randrange(USERS)), "mail.example.com[private/dovecot-lmtp]", "sent",
                        "250 2.0.0 <u> sKJ3Ev8a52gQ0gAA Saved", ("delivery", "mail.example.com", None), daemon="lmtp")
        log.removed(second + 2.2, qid)

    def newsletters(self, day):
        if day % 7 == 1:
            self.outgoing(START + day * DAY + 14 * 3600 + 7, "198.18.9.9", NEWS, 1200)
        if day % 7 == 3:
            self.outgoing(START + day * DAY + 15 * 3600 + 7, "198.18.9.10", CLUB, 450)

    # ---- the internet
    def noise(self, day):
        log, random, start = self.log, self.random, START + day * DAY
        spread = lambda n: [start + random.random() * (DAY - 60) for _ in range(n)]  # at all hours alike
        for second in spread(80):
            ip = stranger(random)
            for n in range(random.randint(1, 4)):
                log.unknown_user(second + n, ip, "x%d@example.com" % random.randrange(99999))
        for second in spread(60):
            ip = stranger(random)
            for n in range(random.randint(1, 3)):
                log.relay_denied(second + n, ip, "probe@example.net")
        for second in spread(250):
            log.blocklisted(second, stranger(random), user(random.randrange(USERS)))
        for second in spread(120):
            log.greylisted(second, stranger(random), user(random.randrange(USERS)))
        for second in spread(500):
            log.pregreet(second, stranger(random))
        for second in spread(200):
            log.smtp_denied(second, stranger(random), random.randint(1, 3))
        for second in spread(60):
            ip = stranger(random)
            log.smtp_fail(second, ip, "test%d" % random.randrange(500), random.randint(1, 4))
        for second in spread(100):
            tag, ip = "postfix/smtpd[%d]" % log.next_pid(), stranger(random)
            log.put(second, tag, "connect from unknown[%s]" % ip)
            log.put(second + 0.1, tag, "SSL_accept error from unknown[%s]: -1" % ip)
            log.put(second + 0.11, tag, "lost connection after STARTTLS from unknown[%s]" % ip)
            log.put(second + 0.12, tag, "disconnect from unknown[%s] ehlo=1 starttls=0/1 commands=1/2" % ip)
        for n in range(8):  # slow ones that stay below each limit: ten names a day
            ip = "10.210.%d.%d" % (day, n)
            for k in range(20):
                log.smtp_fail(start + k * 4000 + n * 60 + random.random() * 3000, ip, "slow%d" % (k % 10))

    def upkeep(self, day):
        second = START + day * DAY + 3 * 3600 + 720
        log, master = self.log, "postfix/master[900]"
        log.put(second, "postfix/postfix-script[905]", "refreshing the Postfix mail system")
        log.put(second + 0.1, master, "reload -- version 3.7.11, configuration /etc/postfix")
        if day % 7 == 6:
            log.put(second + 60, "postfix/postfix-script[906]", "stopping the Postfix mail system")
            log.put(second + 60.1, master, "terminating on signal 15")
            log.put(second + 60.2, master, "warning: process /usr/lib/postfix/sbin/smtpd pid 77 killed by signal 15")
            log.put(second + 65, "postfix/postfix-script[907]", "starting the Postfix mail system")
            log.put(second + 65.1, master, "daemon started -- version 3.7.11, configuration /etc/postfix")

    def write(self):
        self.choose_phones()
        for day in range(DAYS):
            self.logins(day)
            self.phone(day)
            self.mails(day)
            self.newsletters(day)
            self.noise(day)
            self.upkeep(day)
