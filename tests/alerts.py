#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rules of rulebases/alerts.tsv, each with what it must tell and what it must not.

A case is a log that is made here, of the sentences of Postfix's and its neighbours' sources, and the alerts that
a reader of the rule expects: which line (from 0), which rules, whose. Any other alert is a fault.
"""
import datetime
import json
import os
import subprocess
import sys
import tempfile

SRC = os.environ.get("PFX_SRCDIR", os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
BUILD = os.environ.get("PFX_BUILDDIR", os.path.join(SRC, "build"))
RULEBASES = os.environ.get("PFX_RULEBASES", os.path.join(SRC, "rulebases"))
START = datetime.datetime(2026, 3, 2, 6, 0, 0, 250000)  # a Monday; with a fraction, equal lines are copies
A, B, U = "192.0.2.10", "198.51.100.20", "alice@example.com"
CASES = []


def case(rule, what, lines, alerts, options=()):
    CASES.append((rule, what, lines, alerts, list(options)))


def line(second, tag, text):
    at = START + datetime.timedelta(seconds=second)
    return at, "%s.%06d+00:00 mx1 %s: %s" % (at.strftime("%Y-%m-%dT%H:%M:%S"), at.microsecond, tag, text)


def smtp(second, ip, user=None, reason="authentication failure"):
    text = "warning: unknown[%s]: SASL LOGIN authentication failed: %s" % (ip, reason)
    return line(second, "postfix/smtpd[%d]" % (1000 + hash_of(ip)), text + (", sasl_username=" + user if user else ""))


def imap(second, ip, user, attempts=1, session=None):
    return line(second, "dovecot", "imap-login: Disconnected: Connection closed (auth failed, %d attempts in 4 secs): "
                "user=<%s>, method=PLAIN, rip=%s, lip=192.0.2.1, TLS, session=<s%s>"
                % (attempts, user, ip, session or "%s%s" % (second, hash_of(ip))))


def login(second, ip, user):
    return line(second, "dovecot", "imap-login: Login: user=<%s>, method=PLAIN, rip=%s, lip=192.0.2.1, mpid=7, TLS, "
                "session=<l%s%s>" % (user, ip, second, hash_of(ip)))


def hash_of(text):
    return sum((i + 1) * ord(c) for i, c in enumerate(text)) % 9000


def reject(second, ip, to, text, code="550 5.1.1", verb="reject"):
    return line(second, "postfix/smtpd[%d]" % (1000 + hash_of(ip)),
                "NOQUEUE: %s: RCPT from unknown[%s]: %s <%s>: %s; from=<x@example.net> to=<%s> proto=ESMTP helo=<h>"
                % (verb, ip, code, to, text, to))


def mail(second, n, user=None, ip=A, sender=U, nrcpt=1):
    """A mail up to the queue, and its queue id."""
    qid = "%010X" % (0xA000000000 + n)
    if user:
        who = "unknown[%s], sasl_method=PLAIN, sasl_username=%s" % (ip, user)
    else:
        who = "unknown[%s]" % ip
    return [line(second, "postfix/smtpd[%d]" % (20000 + n), "%s: client=%s" % (qid, who)),
            line(second, "postfix/cleanup[9]", "%s: message-id=<%d@example.com>" % (qid, n)),
            line(second, "postfix/qmgr[8]", "%s: from=<%s>, size=500, nrcpt=%d (queue active)" % (qid, sender, nrcpt))], qid


def delivery(second, qid, to, status, text, relay="mx.example.org[203.0.113.5]:25", dsn=None):
    dsn = dsn or {"sent": "2.0.0", "deferred": "4.4.1", "bounced": "5.1.1"}[status]
    return line(second, "postfix/smtp[77]", "%s: to=<%s>, relay=%s, delay=1, delays=0/0/0/1, dsn=%s, status=%s (%s)"
                % (qid, to, relay, dsn, status, text))


def minutes(m, s=0):
    return m * 60 + s


# ---- logins
F = "login-failures-address"
case(F, "11 in 4:50", [smtp(i * 29, A) for i in range(11)], [(10, F, A)])
case(F, "dovecot: 6 attempts twice", [imap(0, A, U, 6), imap(50, A, U, 6)],
     [(1, [F, "login-failures-user"], A)])
case(F, "dovecot: one attempt, then 10", [imap(0, A, U, 1), imap(50, A, U, 10)], [(1, [F, "login-failures-user"], A)])
case(F, "the 11th at 5:01", [smtp(i * 24, A) for i in range(10)] + [smtp(301, A)], [])
case(F, "pam, auth and login lines of 6 tries", sum([[
    line(i * 20, "auth", "pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=bob "
         "rhost=%s  user=bob" % A),
    line(i * 20 + 1, "dovecot", "auth-worker(4): pam(bob,%s): pam_authenticate() failed: Authentication failure "
         "(Password mismatch?)" % A),
    imap(i * 20 + 3, A, "bob")] for i in range(6)], []), [])
case(F, "no answer of the authentication server", [
    smtp(i, A, reason="Connection lost to authentication server") for i in range(20)], [])
# What Cyrus SASL says when saslauthd is down (SASL_FAIL); of a wrong password it says authentication failure (SASL_BADAUTH).
case(F, "saslauthd is down", [line(0, "postfix/smtpd[5]", "connect from unknown[%s]" % A)] + [
    line(1 + i, "postfix/smtpd[5]", "warning: unknown[%s]: SASL LOGIN authentication failed: generic failure" % A)
    for i in range(11)] + [
    line(13, "postfix/smtpd[5]", "disconnect from unknown[%s] ehlo=1 auth=0/11 quit=1 commands=2/13" % A)], [])
case(F, "refused where it is not offered: the counts of the session", [
    line(0, "postfix/smtpd[5]", "connect from unknown[%s]" % A),
    line(9, "postfix/smtpd[5]", "disconnect from unknown[%s] ehlo=1 auth=0/11 quit=1 commands=2/13" % A)], [(1, F, A)])
case(F, "the counts of a session whose lines told them", [line(0, "postfix/smtpd[5]", "connect from unknown[%s]" % A)] + [
    line(1 + i, "postfix/smtpd[5]", "warning: unknown[%s]: SASL LOGIN authentication failed: authentication failure" % A)
    for i in range(8)] + [
    line(11, "postfix/smtpd[5]", "disconnect from unknown[%s] ehlo=1 auth=0/8 quit=1 commands=2/10" % A)], [])
case(F, "one /64", [smtp(i, "2001:db8:0:1::%x" % i) for i in range(11)], [(10, F, "2001:db8:0:1::/64")])
case(F, "the host itself", [smtp(i, "127.0.0.1") for i in range(30)], [])
case(F, "own networks", [smtp(i, A) for i in range(30)], [], ["--localnetworks", "192.0.2.0/24"])
case(F, "own networks, IPv4 in IPv6", [smtp(i, "::ffff:" + A) for i in range(30)], [], ["--localnetworks", "192.0.2.0/24"])
case(F, "quiet: once an hour, and how many were held back",
     [smtp(i * 20, A) for i in range(30)] + [smtp(4000 + i * 20, A) for i in range(30)],
     [(10, F, A), (40, F, A, {"vendor_alert_count": 19, "vendor_alert_value": 11, "vendor_alert_limit": 10})])
case(F, "the same lines twice", sum([[smtp(i * 20, A)] * 2 for i in range(10)], []), [])
case(F, "11 that Dovecot refused unasked: in clear text", [line(
    20 * i, "dovecot", "imap-login: Disconnected: Aborted login by logging out (auth failed, 1 attempts in 0 secs): user=<bob>, "
    "rip=%s, lip=192.0.2.1, session=<s%d>" % (A, i)) for i in range(11)], [])
R = "login-failures-user"
case(R, "6 by IMAP, 5 by SMTP", [imap(i * 10, "203.0.113.%d" % (i % 3), U) for i in range(6)] + [
    smtp(70 + i * 10, "203.0.113.9", U) for i in range(5)], [(10, R, U)])
case(R, "11 addresses", [imap(i * 25, "203.0.113.%d" % i, U) for i in range(11)], [(10, R, U)])
case(R, "a phone, each minute", [imap(i * 60, A, U) for i in range(120)], [])
case(R, "11 without a name", [smtp(i * 20, "203.0.113.%d" % i) for i in range(11)], [])
R = "login-spray"
case(R, "11 users", [smtp(i * 50, A, "user%d" % i) for i in range(11)], [(10, [R, "login-slow-spray"], A)])
case(R, "hosts of one /64", [smtp(i * 50, "2001:db8:0:1::%x" % i, "user%d" % i) for i in range(11)],
     [(10, [R, "login-slow-spray"], "2001:db8:0:1::/64")])
case(R, "11 users, after the first a try without a name", [smtp(0, A, "user0"), smtp(40, A)] + [
    smtp(i * 50, A, "user%d" % i) for i in range(1, 11)], [(11, [R, "login-slow-spray"], A)])
case(R, "one user 40 times", [smtp(i * 31, A, "bob") for i in range(40)], [])
SITE = tempfile.NamedTemporaryFile("w", suffix=".tsv")
SITE.write("@exempt" + "\t-" * 9 + "\tsource_ip=127.0.0.1,::1,%s\t-\n" % A)
SITE.flush()
EXEMPT = ["--rules", SITE.name]
case(R, "a webmail host that is exempt, of 30 users", [(imap if i % 2 else smtp)(i * 15, A, "user%d" % i) for i in range(30)], [],
     EXEMPT)
case(R, "another host than the exempt one", [imap(i * 50, B, "user%d" % i) for i in range(11)], [(10, [R, "login-slow-spray"], B)],
     EXEMPT)
case("login-after-failures", "a login by an exempt host", [imap(i, A, U) for i in range(9)] + [login(60, A, U)], [], EXEMPT)
R = "login-slow-spray"
case(R, "a user each two hours", [smtp(i * 7200, A, "user%d" % i) for i in range(11)], [(10, R, A)])
case(R, "two bursts of 6", [smtp(i * 60 + j * 36000, A, "user%d" % (i + j * 6)) for j in range(2) for i in range(6)],
     [(10, R, A)])
case(R, "10 users, twice each", [smtp(i * 4000, A, "user%d" % (i % 10)) for i in range(20)], [])
case(R, "11 users in 26 hours", [smtp(i * 9360, A, "user%d" % i) for i in range(11)], [])
R = "login-user-networks"
case(R, "6 networks", [imap(i * 500, "198.18.%d.1" % i, U) for i in range(6)], [(5, R, U)])
case(R, "by SMTP and IMAP", [(imap if i % 2 else smtp)(i * 500, "2001:db8:0:%x::1" % i, U) for i in range(6)], [(5, R, U)])
case(R, "hosts of one /24", [imap(i * 500, "198.18.0.%d" % i, U) for i in range(6)], [])
case(R, "5 networks", [imap(i * 100, "198.18.%d.1" % (i % 5), U) for i in range(10)], [])
DAY = 86400
HISTORY = [login(i * DAY, "203.0.113.7", U) for i in range(20)]
R = "login-after-failures"
NEW = "login-new-network"
case(R, "5 failures, a login from a new network", HISTORY + [imap(20 * DAY + i * 600, B, U) for i in range(5)] + [
    login(20 * DAY + 3300, B, U)], [(25, ["login-after-failures-address", R, NEW], B, {"vendor_alert_severity": "critical",
                                                                                      "event_severity": "critical"})])
case(R, "nothing is known yet", [imap(i * 600, B, U) for i in range(5)] + [login(3300, B, U)],
     [(5, ["login-after-failures-address", R], B, {"vendor_alert_severity": "high"})])
case(R, "failures of five users, and another's login", [login(i * DAY, "203.0.113.7", "bob@example.com") for i in range(20)] + [
    imap(20 * DAY + i * 60, A, "user%d" % i) for i in range(5)] + [login(20 * DAY + 400, A, "bob@example.com")],
     [(25, ["login-after-failures-address", NEW], A, {"vendor_alert_severity": "critical"})])
case(R, "an office with an old phone", [login(i * DAY, A, "bob@example.com") for i in range(20)] + [
    imap(20 * DAY + i * 60, A, "carol@example.com") for i in range(6)] + [login(20 * DAY + 400, A, "bob@example.com")], [])
case(R, "61 minutes after the first", HISTORY + [imap(20 * DAY + i * 600, B, U) for i in range(5)] + [
    login(20 * DAY + 3661, B, U)], [(25, NEW, U)])
case(R, "from where the user is at home", HISTORY + [imap(20 * DAY + i * 600, "198.18.0.%d" % i, U) for i in range(5)] + [
    login(20 * DAY + 3300, "203.0.113.8", U)], [(25, "login-after-failures-known", U, {"vendor_alert_severity": "low"})])
case(NEW, "20 days from one network", HISTORY + [login(20 * DAY, B, U)], [(20, NEW, U)])
case(NEW, "again after 29 days", HISTORY + [login(48 * DAY, "203.0.113.9", U)], [])
case(NEW, "the second day of the rule", [login(0, A, U), login(DAY, B, U)], [])
R = "login-user-many-networks"
case(R, "6 networks", [login(i * 480, "198.%d.7.1" % (18 + i), U) for i in range(6)], [(5, R, U)])
case(R, "addresses of one", [login(i * 480, "198.18.%d.1" % i, U) for i in range(6)], [])
case(R, "home, phone, office", [login(i * 100, ("192.0.2.1", "198.51.100.1", "203.0.113.1")[i % 3], U) for i in range(12)], [])

# ---- mails
R = "recipients-user"
case(R, "501 at once", mail(0, 1, U, nrcpt=501)[0], [(2, R, U)])
case(R, "501 at once, and lines of a host whose clock is 5 hours behind", mail(20000, 1, U, nrcpt=501)[0] + sum([
    mail(20000 + i, 10 + i, U)[0] + mail(2000 + i, 20 + i, U)[0] for i in range(1, 6)], []), [(2, R, U)])
case(R, "101 mails to 5", sum([mail(i * 35, i, U, nrcpt=5)[0] for i in range(101)], []),
     [(302, R, U, {"vendor_alert_value": 505})])
case(R, "400, taken up again 3 times", mail(0, 1, U, nrcpt=400)[0] + [
    line(600 * i, "postfix/qmgr[8]", "A000000001: from=<%s>, size=500, nrcpt=400 (queue active)" % U) for i in range(1, 4)], [])
case(R, "500 in an hour", sum([mail(i * 35, i, U, nrcpt=5)[0] for i in range(100)], []), [])
G = "mail-growth-user"
DOMAIN = "mail-growth-domain"


def usual(days, per_hour):
    out = []
    for hour in range(days * 24):
        for i in range(per_hour):
            second = hour * 3600 + i * (3500 // per_hour)
            lines, qid = mail(second, hour * 100 + i, U)
            out += lines + [line(second + 1, "postfix/qmgr[8]", qid + ": removed")]
    return out


OPTIONS = ["--localdomains", "example.com"]
LONG = usual(8, 20)
BURST = sum([mail(8 * DAY + 7 * 3600 + i * 30, 90000 + i, U)[0] for i in range(101)], [])
case(G, "20 an hour for 8 days, then 101", LONG + BURST, [(len(LONG) + 99 * 3 + 2, [G, DOMAIN], U)])
case(G, "a dead account", LONG + sum([mail(8 * DAY + 7 * 3600 + i * 30, 90000 + i, "bob@example.org", sender="bob@example.org")[0]
                                      for i in range(101)], []),
     [(len(LONG) + 99 * 3 + 2, [G, DOMAIN], "bob@example.org")])
case(G, "95", LONG + sum([mail(8 * DAY + 7 * 3600 + i * 30, 90000 + i, "bob@example.org", sender="bob@example.org")[0]
                          for i in range(95)], []), [])
SHORT = mail(0, 1, U)[0][:3] + [line(1, "postfix/qmgr[8]", "A000000001: removed")]  # the rules begin
HALF = [mail(2 * DAY + 1800 + i * 30, 90000 + i, "bob@example.org", sender="bob@example.org")[0] for i in range(120)]
case(G, "a dead account, half before the hour and half after it", SHORT + sum(HALF, []),
     [(len(SHORT) + 99 * 3 + 2, [G, DOMAIN], "bob@example.org")])
case(G, "nothing is known yet", sum([mail(i * 10, i, U)[0] for i in range(300)], []), [])




def filtered(second, n, nrcpt, orig, outcome=None, user=U, verdict="queued"):
    """A mail by way of a filter, which hands it back as a second queue file; orig: Postfix tells of the first one there."""
    first, qid = mail(second, n, user, nrcpt=nrcpt)
    second_lines, copy = mail(second + 1, n + 500000, ip="127.0.0.1", nrcpt=nrcpt)
    who = "localhost[127.0.0.1]" + (", orig_queue_id=%s, orig_client=unknown[%s]" % (qid, A) if orig else "")
    second_lines[0] = line(second + 1, "postfix/smtpd[10]", "%s: client=%s" % (copy, who))
    second_lines[1] = line(second + 1, "postfix/cleanup[9]", "%s: message-id=<%d@example.com>" % (copy, n))
    out = first + second_lines + [
        delivery(second + 1, qid, "u%d@example.org" % n, "sent", "250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as "
                 + copy, relay="127.0.0.1[127.0.0.1]:10024"), line(second + 1, "postfix/qmgr[8]", qid + ": removed")]
    if outcome:
        out.append(delivery(second + 2, copy, "u%d@example.org" % n, *outcome))
    return out + [line(second + 2, "postfix/qmgr[8]", copy + ": removed")]


R = "recipients-user"
for orig in (False, True):
    case(R, "300 by way of a filter", filtered(0, 1, 300, orig), [])
    case(R, "501 by way of a filter", filtered(0, 1, 501, orig), [(2, R, U)])
    case(G, "60 mails by way of a filter", SHORT + sum([
        filtered(2 * DAY + i * 30, 90000 + i, 1, orig, user="bob@example.org") for i in range(60)], []), [], OPTIONS)
    case("bounce-share", "30 by way of a filter, of which 12 bounced", sum([
        filtered(i * 10, i, 1, orig, ("bounced", "host mx.example.org[203.0.113.5] said: 550 5.1.1 User unknown") if i % 5 < 2 else
                 ("sent", "250 2.0.0 Ok")) for i in range(30)], []), [], OPTIONS)
R = "bounce-share"


def first_over(count, bounced, at_least, bad):
    """Bounces come last, so that the share grows with each."""
    for i in range(1, bounced + 1):
        total = count - bounced + i
        if total >= at_least and i >= bad and i * 20 > total:
            return i
    return None


def bounce_case(what, count, bounced, told, options=OPTIONS, sender=U):
    # The first bounced mails are made at the end of the hour instead.
    out = []
    for i in range(count):
        lines, qid = mail(i * 10, i, sender=sender)
        bad = i >= count - bounced
        out += lines + [delivery(i * 10 + 1, qid, "u%d@example.org" % i, "bounced" if bad else "sent",
                                 "host mx.example.org[203.0.113.5] said: 550 5.1.1 <u@example.org>: Recipient address "
                                 "rejected: User unknown (in reply to RCPT TO command)" if bad else "250 2.0.0 Ok")]
    case(R, what, out, [((count - bounced + told) * 4 - 1, R, sender.split("@")[1])] if told else [], options)


bounce_case("200 final, 11 bounced", 200, 11, first_over(200, 11, 50, 10))
bounce_case("60 final, 12 bounced", 60, 12, first_over(60, 12, 50, 10))
bounce_case("50 final, 3 bounced", 50, 3, None)
bounce_case("of a stranger", 60, 30, None, sender="x@example.net")
R = "nexthop-deferrals"
TIMEOUT = "connect to mx.example.org[203.0.113.5]:25: Connection timed out"


def deferred(count, sent, same=False, text=TIMEOUT, relay="mx.example.org[203.0.113.5]:25"):
    out = []
    for i in range(sent):
        lines, qid = mail(i * 10, i, ip=B, sender="x@example.net")
        out += lines + [delivery(i * 10 + 1, qid, "u@example.org", "sent", "250 2.0.0 Ok")]
    for i in range(count):
        lines, qid = mail(i * 20, 5000 if same else 5000 + i, ip=B, sender="x@example.net")
        out += (lines if not same or i == 0 else []) + [delivery(i * 20 + 1, qid, "u@example.org", "deferred", text, relay)]
    return out


case(R, "21 mails, 2 were sent", deferred(21, 2), [(2 * 4 + 21 * 4 - 1, R, "mx.example.org")])
case(R, "25 of 25", deferred(25, 0, relay="none"), [(21 * 4 - 1, R, "example.org")])
case(R, "one mail 25 times", deferred(25, 0, same=True), [])
case(R, "21 of 61", deferred(21, 40), [])
R = "auth-own-refused"
DKIM = ("host mx.example.org[203.0.113.5] said: 550 5.7.26 This mail is unauthenticated: neither SPF nor DKIM passed "
        "(in reply to end of DATA command)")


def refused(count, same=False, status="bounced", text=DKIM, dsn="5.7.26"):
    out = []
    for i in range(count):
        lines, qid = mail(i * 100, 0 if same else i)
        out += (lines if not same or i == 0 else []) + [
            delivery(i * 100 + 1, qid, "u@example.org", status, text, dsn=dsn)]
    return out


case(R, "6 mails", refused(6), [(23, R, "example.com")], OPTIONS)
case(R, "5 mails", refused(5), [], OPTIONS)
case(R, "6 of somebody else that an alias sent on", [(at, text.replace("from=<alice@example.com>", "from=<s@example.net>")) for at, text in refused(6)],
     [], OPTIONS)
case(R, "one mail deferred 6 times", refused(6, same=True, status="deferred", dsn="4.7.30", text=DKIM.replace("550 5.7.26", "421-4.7.30")), [], OPTIONS)
R = "harvest"
UNKNOWN = "Recipient address rejected: User unknown in virtual mailbox table"
case(R, "21 of 21", [reject(i * 60, A, "u%d@example.com" % i, UNKNOWN) for i in range(21)], [(20, R, A)])
case(R, "21 unknown, 10 good", sum([mail(i * 60, i, ip=A, sender="x@example.net")[0] for i in range(10)], []) + [
    reject(600 + i * 60, A, "u%d@example.com" % i, UNKNOWN) for i in range(21)], [(50, R, A)])
case(R, "30 of 100", sum([mail(i * 20, i, ip=A, sender="x@example.net")[0] for i in range(70)], []) + [
    reject(1400 + i * 20, A, "u%d@example.com" % i, UNKNOWN) for i in range(30)], [])
case(R, "one address 50 times", [reject(i * 60, A, "u@example.com", UNKNOWN) for i in range(50)], [])
R = "relay-attempts"
case(R, "6 in 5 minutes", [reject(i * 60, A, "u@example.org", "Relay access denied", "554 5.7.1") for i in range(6)], [(5, R, A)])
case(R, "5", [reject(i * 60, A, "u@example.org", "Relay access denied", "554 5.7.1") for i in range(5)], [])
case(R, "warnings", [reject(i * 10, A, "u@example.org", "Relay access denied", "554 5.7.1", "reject_warning") for i in range(20)], [])
R = "auth-domain-fail"


def dmarc(count, domain):
    return [line(i * 60, "opendmarc[4]", "%010X: %s fail" % (0xB000000000 + i, domain(i))) for i in range(count)]


case(R, "21 of one domain", dmarc(21, lambda i: "example.org"), [(20, R, "example.org")])
case(R, "21 domains", dmarc(21, lambda i: "d%d.example.org" % i), [])
case("auth-own-domain-fail", "21 of our own", dmarc(21, lambda i: "example.com"), [(20, "auth-own-domain-fail", "example.com")], OPTIONS)
R = "postscreen-address"


def pregreet(count, gap):
    return [line(i * gap, "postfix/postscreen[3]", "PREGREET 11 after 0.1 from [%s]:%d: EHLO x\\r\\n" % (A, 2000 + i)) for i in range(count)]


case(R, "21 in 9 minutes", pregreet(21, 25), [(20, R, A)])
case(R, "20", pregreet(20, 25), [])

STORM = "postscreen-storm"


def past(usual):
    """Times of so many events in 15 minutes, of two days the hours that are the past of the third one's beginning."""
    hours = [0, 3600] + [DAY + h * 3600 for h in (-1, 0, 1)]
    return [hour + i * 900 / usual for hour in hours for i in range(usual * 4)]


def storm(usual, count, what="PREGREET 11 after 0.1 from [%s]:2000: EHLO x\\r\\n"):
    """Two days of the usual, and after a pause so many in 10 minutes; each of another address."""
    times = past(usual) + [2 * DAY + i * 600 / count for i in range(count)]
    return [line(t, "postfix/postscreen[3]", what % ("10.9.%d.%d" % (i // 250 % 250, i % 250))) for i, t in enumerate(times)]


case(STORM, "600, usual 50", storm(50, 600), [(50 * 20 + 499, STORM, "all")])
case(STORM, "3 times as many as usual", storm(190, 570), [])
case(STORM, "450, usual 10", storm(10, 450), [])
case(STORM, "5000 that pass", storm(10, 5000, "PASS OLD [%s]:2000"), [])
R = "rejects-growth"
RELAY = ("Relay access denied", "554 5.7.1")


def rejects(usual, count, reason, code="550 5.1.1"):
    times = past(usual)
    address = lambda i: "10.8.%d.%d" % (i // 250 % 250, i % 250)
    return [reject(t, address(i), "u%d@example.com" % i, UNKNOWN) for i, t in enumerate(times)] + [
        reject(2 * DAY + i * 600 / count, address(100000 + i), "u%d@example.com" % i, reason, code) for i in range(count)]


UNKNOWN = "Recipient address rejected: User unknown in virtual mailbox table"
case(R, "260 of the reason, usual 50", rejects(50, 260, UNKNOWN), [(50 * 20 + 200, R, "unknown_user")])
case(R, "201 of a reason that is not usual", rejects(5, 201, *RELAY), [(5 * 20 + 199, R, "relay_denied")])
case(R, "150, usual 10", rejects(10, 150, UNKNOWN), [])
case(R, "5000 for greylisting", rejects(5, 5000, "Recipient address rejected: Greylisted", "450 4.2.0"), [])
R = "tls-nexthop"
MX = "mx.example.org[203.0.113.5]:25"
TO_MX = "Trusted TLS connection established to %s: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)" % MX


def tls(texts, gap=60):
    return [line(i * gap, "postfix/smtp[%d]" % (800 + i % 90), text) for i, text in enumerate(texts)]


case(R, "11 of 12", tls([TO_MX] + ["SSL_connect error to %s: Connection reset by peer" % MX] * 11), [(11, R, "mx.example.org")])
case(R, "certificates that have expired, 20 of 20",
     tls(["certificate verification failed for %s: certificate has expired" % MX] * 20), [(10, R, "mx.example.org")])
case(R, "11 of 900", tls(([TO_MX] * 80 + ["SSL_connect error to %s: -1" % MX]) * 11, 3), [])
case(R, "half of them", tls([TO_MX, "SSL_connect error to %s: -1" % MX] * 20), [])
case(R, "clients that we are asked by", [line(i * 60, "postfix/smtpd[%d]" % i, "SSL_accept error from unknown[%s]: -1" % A)
                                         for i in range(30)], [])
VIRUS, SPAM = "virus-own-user", "spam-own-user"


def scanned(second, n, user, what, milter=False):
    """A mail and the verdict on it."""
    lines, qid = mail(second, n, user, sender=U if user else "x@example.net")
    if milter:
        return lines + [line(second + 1, "clamav-milter[4]", "Message %s from <%s> to <u@example.org> with subject 'x' message-id "
                             "'<%d@example.com>' date 'x' infected by Eicar-Signature" % (qid, U, n))]
    return lines + [line(second + 1, "amavis[4]", "(00004-%02d) Blocked %s {DiscardedOutbound,Quarantined}, [%s]:40001 <%s> -> "
                         "<u@example.org>, quarantine: q%d, Queue-ID: %s, Message-ID: <%d@example.com>, mail_id: m%d, Hits: 14.2, "
                         "size: 500, 90 ms" % (n, what, A, U if user else "x@example.net", n, qid, n, n))]


INFECTED = "INFECTED (Eicar-Signature)"
case(VIRUS, "found by amavis", scanned(0, 1, U, INFECTED), [(3, VIRUS, U)])
case(VIRUS, "found by clamav-milter", scanned(0, 1, U, None, True), [(3, VIRUS, U)])
case(VIRUS, "of a stranger", scanned(0, 1, None, INFECTED), [])
case(VIRUS, "a clean mail", scanned(0, 1, U, "CLEAN"), [])
case(SPAM, "6 in an hour", sum([scanned(i * 600, i, U, "SPAM") for i in range(6)], []), [(23, SPAM, U)])
case(SPAM, "5", sum([scanned(i * 600, i, U, "SPAM") for i in range(5)], []), [])
case(SPAM, "6 of a stranger", sum([scanned(i * 600, i, None, "SPAM") for i in range(6)], []), [])
case(SPAM, "one mail, told of 6 times", scanned(0, 1, U, "SPAM") + [scanned(i, 1, U, "SPAM")[3] for i in range(10, 60, 10)], [])

# ---- the mail system itself
R = "queue-length"


def waiting(count, rest):
    out = sum([mail(0, i, ip=B, sender="x@example.net")[0] for i in range(count)], [])
    return out + [line(60 * i, "postfix/smtpd[5]", "connect from unknown[%s]" % B) for i in rest]


case(R, "501 for 15 minutes", waiting(501, range(1, 20)), [(501 * 3 + 15, R, "all")])
case(R, "500 for 20 minutes", waiting(500, range(1, 20)), [])
case(R, "501 for 5 minutes", waiting(501, range(1, 5)) + [
    line(300 + i, "postfix/qmgr[8]", "%010X: removed" % (0xA000000000 + i)) for i in range(50)] + [
    line(360 + 60 * i, "postfix/smtpd[5]", "connect from unknown[%s]" % B) for i in range(20)], [])
R = "queue-stalled"
HOUR_LONG = [60 * i for i in range(1, 61)]


def passes(at):
    return [line(i, "postfix/smtpd[5]", "connect from unknown[%s]" % B) for i in at]


ONE = mail(0, 0, ip=B, sender="x@example.net")[0]
QUEUED = "%010X" % 0xA000000000
case(R, "active, no result", ONE + passes(HOUR_LONG), [(len(ONE) + 31, R, "all")])
case(R, "deferred for hours", ONE + [line(1, "postfix/smtp[9]", QUEUED + ": to=<b@example.org>, relay=none, delay=1, delays=0/0/1/0, "
                                          "dsn=4.4.1, status=deferred (connect to mx.example.org[192.0.2.9]:25: Connection timed out)")] +
     passes(HOUR_LONG), [])
case(R, "on hold for hours", ONE[:-1] + [line(1, "postfix/cleanup[8]", QUEUED + ": hold: header Subject: x from unknown[%s]; "
                                               "from=<x@example.net> to=<b@example.org> proto=ESMTP helo=<x>" % B)] + passes(HOUR_LONG), [])
case(R, "delivered, its last line lost", ONE + [line(1, "postfix/smtp[9]", QUEUED + ": to=<b@example.org>, relay=mx.example.org[192.0.2.9]:25, "
                                                     "delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 Ok)")] + passes(HOUR_LONG), [])
MASTER = "postfix/master[2]"
DAEMON = "/usr/lib/postfix/sbin/smtpd"
case("daemon-throttled", "bad command startup", [line(0, MASTER, "warning: %s: bad command startup -- throttling" % DAEMON)],
     [(0, "daemon-throttled", DAEMON)])
case("daemon-died", "signal 11", [line(0, MASTER, "warning: process %s pid 7 killed by signal 11" % DAEMON)],
     [(0, "daemon-died", DAEMON)])
case("daemon-died", "postfix stop", [line(0, MASTER, "warning: process %s pid 7 killed by signal 15" % DAEMON)], [])
case("daemon-died", "a panic", [line(0, "postfix/qmgr[8]", "panic: vstream_fseek: bad whence: 7"),
     line(0, MASTER, "warning: process /usr/lib/postfix/sbin/qmgr pid 8 killed by signal 6")], [(1, "daemon-died", "/usr/lib/postfix/sbin/qmgr")])
case("daemon-died", "a fatal line", [line(0, "postfix/smtpd[8]", "fatal: open database /etc/aliases.db: No such file or directory")], [])
case("daemon-exits", "3 with status 1", [line(i, MASTER, "warning: process %s pid %d exit status 1" % (DAEMON, i)) for i in range(3)],
     [(2, "daemon-exits", DAEMON)])
case("daemon-exits", "2 with status 1", [line(i, MASTER, "warning: process %s pid %d exit status 1" % (DAEMON, i)) for i in range(2)], [])
R = "unknown-lines"


def unknown(known, strange):
    out = [line(i, "postfix/smtpd[5]", "connect from unknown[%s]" % A) for i in range(known)]
    return out + [line(known + i, "postfix/smtpd[5]", "gnarl blorp %d of something new" % i) for i in range(strange)]


case(R, "12 of 1000", unknown(988, 12), [(988 + 11, R, "all")])
case(R, "9 of 1000", unknown(991, 9), [])
case(R, "40 of 60", unknown(20, 40), [])


def run(lines, options):
    command = [os.path.join(BUILD, "tools", "pfxlog"), "alerts", "--json", "--rulebasedir", RULEBASES]
    out = subprocess.run(command + options, input="".join(text + "\n" for _, text in lines).encode(),
                         env=dict(os.environ, TZ="UTC"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if out.returncode not in (0, 1):
        sys.exit(out.stderr.decode())
    return [json.loads(text) for text in out.stdout.splitlines()]


def stamp(at):
    return at.strftime("%Y-%m-%dT%H:%M:%S")


def check(rule, what, lines, alerts, options):
    # Mails of most cases have no end: they are stalled indeed.
    got = [(d["event_created"][:19], d["vendor_alert"], d["vendor_alert_key"], d) for d in run(lines, options)
           if d["vendor_alert"] != ["queue-stalled"] or rule == "queue-stalled"]
    want = [(stamp(lines[a[0]][0]), a[1] if isinstance(a[1], list) else [a[1]], a[2], a[3] if len(a) > 3 else {})
            for a in alerts]
    good = len(got) == len(want)
    for g, w in zip(got, want):
        good &= g[0] == w[0] and set(g[1]) == set(w[1])
        good &= (g[2] == w[2] or len(w[1]) > 1)
        good &= all(g[3].get(k) == v for k, v in w[3].items())
    if not good:
        print("%s: %s:\n  want %s\n  got  %s" % (rule, what, want[:4], [
            (g[0], g[1], g[2], g[3]["vendor_alert_severity"], g[3]["vendor_alert_value"], g[3].get("vendor_alert_count"))
            for g in got[:4]]))
    return good


wanted = sys.argv[1:]
chosen = [c for c in CASES if not wanted or c[0] in wanted]
bad = sum(not check(*c) for c in chosen)
print("%d cases, %d failed" % (len(chosen), bad))
sys.exit(bad > 0)
