# SPDX-License-Identifier: Apache-2.0
"""What scenarios have in common, and the list of them.

A scenario does something to Postfix and writes down what must then be true. It is a function that
takes `s` (driver.Scenario); its name is the scenario's. They run at the same time, so each has
addresses of its own for what it counts.
"""
import config
from truth import ABSENT, Mail

ALL = {}


def scenario(function):
    ALL[function.__name__] = function
    return function


def by_tls(s, service="submission", user="alice", method="PLAIN", password=None, **options):
    """A client of the submission service that is logged in."""
    c = s.client(service, wrap=service == "submissions", **options)
    c.ehlo()
    if service == "submission":
        c.starttls()
        c.ehlo()
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


def ps_where(c, event, **more):
    return {"vendor_event_type": event, "source_ip": c.ip, "source_port": c.port,
            "vendor_instance": "postfix-in", **more}


def ps_expect(s, c, event, fields=None, **where):
    """A line of postscreen about this connection, and that it was one to us."""
    s.expect(event, ps_where(c, event, **where), fields or {})
    s.expect("postscreen.connect", ps_where(c, "postscreen.connect"),
             {"vendor_server_ip": c.destination[0], "vendor_server_port": 25})
