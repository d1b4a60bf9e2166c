# SPDX-License-Identifier: Apache-2.0
"""What scenarios have in common, and the list of them.

A scenario does something to Postfix and writes down what must then be true. It is a function that
takes `s` (driver.Scenario); its name is the scenario's. They run at the same time, so each has
addresses of its own for what it counts.
"""
import config
from truth import ABSENT, Mail

ALL = {}
SENDER = "sender@example.net"


def scenario(function):
    ALL[function.__name__] = function
    return function


def opened(s, service="plain", sender=None, to=None, helo="client.example.net", tls=None, **options):
    """A client that has said EHLO and, where they are given, STARTTLS, MAIL and RCPT, all accepted.

    `tls` has the options of starttls(), `options` are those of the client.
    """
    def accepted(reply, code=250):
        s.require(reply.code == code, reply)
    c = s.client(service, **options)
    accepted(c.ehlo(helo))
    if tls is not None:
        accepted(c.starttls(**tls), 220)
        accepted(c.ehlo(helo))
    if sender is not None:
        accepted(c.mail_from(sender))
    if to is not None:
        accepted(c.rcpt(to))
    return c


def offered(s, to, service="plain", sender=SENDER, message=None):
    """One mail in a session of its own, whose DATA may be refused: client, message, final reply."""
    message = message or s.message()
    c = opened(s, service, sender, to)
    reply = c.data(message.text)
    c.quit()
    return c, message, reply


def refused(c, to, code=None, event="smtpd.reject", **fields):
    """A recipient that is refused, with that code if given; fields are those of the reject's line."""
    reply = c.rcpt(to)
    c.scenario.require(reply.code == code if code else reply.code >= 400, reply)
    c.expect_reject(reply, "RCPT", c.sender, to, event, **fields)
    return reply


def by_tls(s, service="submission", user="alice", method="PLAIN", password=None, **options):
    """A client of the submission service that is logged in."""
    wrapped = service == "submissions"
    c = opened(s, service, tls=None if wrapped else {}, wrap=wrapped, **options)
    s.require(c.auth(method, user if method == "CRAM-MD5" else user + "@example.org",
                     password or config.USERS[user]).code == 235, "login")
    c.user = user + "@example.org"  # Cyrus SASL adds the realm where the client gave none
    return c


def submit(s, recipients, sender="alice@example.org", message=None, **options):
    c = by_tls(s, **options)
    mail = c.send(sender, recipients, message or s.message())
    c.quit()
    return mail


def scanned(s, mail, to):
    """A mail that goes through the content filter and comes back as another."""
    got = s.world.lmtp.mail_to(to)
    child_id = got["hops"][0][1]
    s.require(got["hops"][1][1] == mail.queue_id, "the hops %s" % got["hops"])
    mail.fate(to, "sent", "2.0.0", "250 2.0.0 Ok: queued as " + child_id, queued_as=child_id,
              relay=("127.0.0.1", "127.0.0.1", config.FILTER_PORT))
    child = reinjected(s, mail, child_id)
    s.lmtp(child, to)
    return child


def reinjected(s, mail, child_id, relation="filtered", orig=True):
    client = mail.client or {}
    child = s.truth.mail(Mail(
        s.name, "postfix-in", child_id, "reinjected", mail.sender, message_id=mail.message_id,
        nrcpt=mail.nrcpt, service="reinject", orig_queue_id=mail.queue_id, orig_client=client))
    if mail.queue_id:
        child.child_of(mail, relation)
    s.expect("re-injected", {"vendor_event_type": "smtpd.client", "email_uid": child_id},
             {"vendor_orig_queue_id": (mail.queue_id or ABSENT) if orig else ABSENT,
              "vendor_orig_client_ip": client["ip"], "vendor_orig_client_hostname": client["name"] or "unknown",
              "vendor_service": "reinject", "source_ip": "127.0.0.1"})
    return child


def ps_refused(c, to, code):
    """As refused(), by postscreen, which knows no names of clients; the session ends."""
    refused(c, to, code, "postscreen.reject", source_hostname=ABSENT)
    c.quit()


def ps_opened(s, **options):
    """A client that postscreen keeps to itself."""
    return opened(s, "postscreen", seen_by_smtpd=False, **options)


def ps_where(c, event, **more):
    return {"vendor_event_type": event, "source_ip": c.ip, "source_port": c.port,
            "vendor_instance": "postfix-in", **more}


def ps_expect(s, c, event, fields=None, **where):
    """A line of postscreen about this connection, and that it was one to us."""
    s.expect(event, ps_where(c, event, **where), fields or {})
    s.expect("postscreen.connect", ps_where(c, "postscreen.connect"),
             {"vendor_server_ip": c.destination[0], "vendor_server_port": 25})
