# SPDX-License-Identifier: Apache-2.0
"""Mail that comes in and is delivered: addresses, aliases, transports."""
import concurrent.futures
import ssl
import threading

from config import MX6
from nameserver import client_name
from truth import Mail
from scenarios.common import SENDER, opened, ps_expect, ps_opened, ps_refused, refused, scenario


# ---- inbound, all well --------------------------------------------------------------------------
@scenario
def plain_delivery(s):
    to = s.address()
    s.lmtp(s.send("plain", [to]), to)


@scenario
def null_sender(s):
    to = s.address()
    s.lmtp(s.send("plain", [to], sender=""), to)


@scenario
def simple_helo_smtp(s):
    c = s.client("plain")
    c.simple_helo("old.example.net")
    to = s.address()
    mail = c.send(SENDER, [to], s.message())
    c.mail_from(SENDER)
    refused(c, "nosuch@example.com", vendor_reason="unknown_user")
    c.quit()
    s.lmtp(mail, to)


@scenario
def many_recipients(s):
    """Thirty at once, of which LMTP answers each in its own way."""
    kinds = ["ok"] * 25 + ["unknown", "full", "multi", "user", "closed"]
    addresses = [s.address(kind, part=str(n)) for n, kind in enumerate(kinds)]
    mail = s.send("plain", addresses)
    for address in addresses:
        s.lmtp(mail, address)
    s.notice_by_mx1(mail)


@scenario
def quoted_addresses(s):
    sender = '"a sender, (odd)"@example.net'
    addresses = ['"ok, with blanks"@example.com', '"ok>tricky"@example.com', '"ok; to=<x>"@example.com']
    mail = s.send("plain", addresses, sender=sender)
    for address in addresses:
        s.lmtp(mail, address)


@scenario
def utf8_addresses(s):
    c = opened(s)
    to = "jos\u00e9+%s@example.com" % s.tag
    mail = c.send("gr\u00fc\u00dfe@example.net", [to], s.message(subject="\u00e4"), options=" SMTPUTF8")
    c.quit()
    s.lmtp(mail, to)


@scenario
def ipv6_client(s):
    to = s.address()
    by6 = {"ip": "2001:db8:2::1", "destination": (MX6, 25)}
    c = ps_opened(s, sender=SENDER, **by6)
    ps_refused(c, to, 450)
    ps_expect(s, c, "postscreen.pass_new")
    again = opened(s, "postscreen", **by6)
    mail = again.send(SENDER, [to], s.message())
    again.quit()
    ps_expect(s, again, "postscreen.pass_old")
    s.lmtp(mail, to)


def at_once(s, clients, mails, **options):
    """So many clients send so many mails each in one session; options are those of opened(), each
    called with the client's number."""
    def one(number):
        c = opened(s, helo="client-%d.example.net" % number, **{k: of(number) for k, of in options.items()})
        for turn in range(mails):
            to = s.address(part="%d.%d" % (number, turn))
            with lock:
                message = s.message()
            yield c.send("sender%d@example.net" % number, [to], message), to
        c.quit()
    lock = threading.Lock()
    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        for pairs in pool.map(lambda n: list(one(n)), range(clients)):
            for mail, to in pairs:
                s.lmtp(mail, to)


@scenario
def eight_at_once(s):
    at_once(s, 8, 5)


@scenario
def sixteen_from_one_address(s):
    """As many clients behind one address: a third without TLS, the others with one version or the other."""
    ip = next(ip for ip in iter(s.new_ip, None) if client_name(ip)[1])
    ways = (None, {"version": ssl.TLSVersion.TLSv1_2}, {"version": ssl.TLSVersion.TLSv1_3})
    at_once(s, 16, 3, ip=lambda number: ip, tls=lambda number: ways[number % 3])


@scenario
def hard_body_and_dots(s):
    to = s.address()
    body = ".\n..dots\n.\nOct  1 00:00:00 mx postfix/smtpd[1]: connect from unknown[192.0.2.9]\n"
    mail = s.send("plain", [to], message=s.message(body=body))
    got = s.lmtp(mail, to)
    s.require(".." in "".join(got["text"]), "the dots")


@scenario
def odd_message_ids(s):
    for message_id in ("<a b@example.net>", "<>", "<x; from=<y@z>@example.net>", "no-brackets@example.net"):
        to = s.address(part=str(s.count))
        message = s.message()
        message = message._replace(text=message.text.replace(message.message_id, message_id),
                                   message_id=message_id)
        s.lmtp(s.send("plain", [to], message=message), to)


@scenario
def no_message_id(s):
    """Cleanup makes one only for local clients: the line says message-id=<> ."""
    to = s.address()
    message = s.message()
    message = message._replace(text=message.text.replace("Message-ID", "X-No-ID"), message_id="<>")
    s.lmtp(s.send("plain", [to], message=message), to)


# ---- rewriting and transports -------------------------------------------------------------------
@scenario
def alias_group(s):
    mail = s.send("plain", ["group@example.com"])
    mail.nrcpt = 2
    for n in "12":
        s.lmtp(mail, "ok+group%s@example.com" % n, orig_to="group@example.com")


@scenario
def alias_away(s):
    mail = s.send("plain", ["away@example.com"])
    s.mx(mail, "ok+away@example.net", orig_to="away@example.com")


@scenario
def lmtp_by_socket(s):
    to = s.address(domain="unix.example.com")
    mail = s.send("plain", [to])
    s.took(mail, to, s.world.unix, ("mx.example.com", s.world.work + "/lmtp"))


def local_alias(s, name, status, dsn, text, **more):
    to = name + "@mx.example.com"
    mail = s.send("plain", [to])
    mail.fate(to, status, dsn, text=text, relay="local", **more)
    return mail, to


@scenario
def local_forward(s):
    """An alias of local(8) makes a new mail of the old one."""
    to = "forwarded@mx.example.com"
    mail = s.send("plain", [to])
    got = s.world.lmtp.mail_to("alias.target@example.com")
    child_id = got["hops"][0][1]
    s.require(got["hops"][1][1] == mail.queue_id, "the hops %s" % got["hops"])
    mail.fate(to, "sent", "2.0.0", relay="local", forwarded_as=child_id)
    child = s.truth.mail(Mail(s.name, "postfix-in", child_id, "forwarded", SENDER,
                              message_id=mail.message_id, nrcpt=2)).child_of(mail, "forwarded")
    s.lmtp(child, "alias.target@example.com", orig_to=to)
    s.mx(child, "alias.other@example.net", orig_to=to)


@scenario
def local_file_and_command(s):
    local_alias(s, "devnull", "sent", "2.0.0", "delivered to file: /dev/null")
    local_alias(s, "piped", "sent", "2.0.0", "delivered to command: cat >/dev/null")
    mail, _ = local_alias(s, "failing", "bounced", "5.3.0", None)
    s.notice_by_mx1(mail)


@scenario
def helo_odd(s):
    """A HELO name that tries to end its field."""
    c = opened(s, sender=SENDER, helo="[198.51.100.3]")
    refused(c, "nosuch@example.com")
    c.quit()
