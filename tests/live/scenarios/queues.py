# SPDX-License-Identifier: Apache-2.0
"""From one instance to the other; local submission; the queue by hand."""
import re

import config
from config import MX, RELAY
from postfix import wait
from truth import ABSENT, Mail
from scenarios.common import by_tls, scenario, submit


# ---- both instances -----------------------------------------------------------------------------
@scenario
def from_out_to_in(s):
    """Submission, TLS to the inbound instance, LMTP: one mail, two queue ids. And one refused there."""
    sender = "alice@example.org"
    to, nobody = s.address(), "nosuch+%s@example.com" % s.tag
    mail = submit(s, [to], sender=sender)
    got = s.world.lmtp.mail_to(to)
    inner_id = got["hops"][0][1]
    s.require(got["hops"][1][1] == mail.queue_id, "the hops %s" % got["hops"])
    mail.fate(to, "sent", "2.0.0", "250 2.0.0 Ok: queued as " + inner_id, queued_as=inner_id,
              relay=("mx.example.com", MX, 25))
    inner = s.truth.mail(Mail(s.name, "postfix-in", inner_id, "smtp", sender, nrcpt=1,
                              message_id=mail.message_id)).child_of(mail, "relayed")
    s.expect("client", {"vendor_event_type": "smtpd.client", "email_uid": inner_id},
             {"source_ip": RELAY, "vendor_instance": "postfix-in", "user_name": ABSENT})
    s.lmtp(inner, to)

    mail = submit(s, [nobody], sender=sender)
    s.notification(mail, sender)
    mail.fate(nobody, "bounced", "5.1.1",
              "550 5.1.1 <%s>: Recipient address rejected: User unknown in virtual mailbox table" % nobody,
              relay=("mx.example.com", MX, 25), command="RCPT TO", reason="unknown_user")
    s.expect("reject", {"vendor_event_type": "smtpd.reject", "email_to": nobody, "source_ip": RELAY},
             {"email_from": sender, "smtp_response_code": 550, "vendor_helo": "mail.example.org"})

    # Two sessions, of the kind that the mail's own header tells of; both sides log each.
    using = re.search(r"using (\S+) with cipher (\S+) \(", " ".join(got["text"]))
    tls = {"vendor_tls_version": using[1], "vendor_tls_cipher": using[2]}
    inner.tls = {"version": using[1], "cipher": using[2]}
    s.expect("TLS out", {"vendor_event_type": "tls.connection_established_to", "vendor_relay_host": "mx.example.com"},
             {"vendor_relay_ip": MX, "vendor_tls_trustlevel": "Trusted", **tls}, 2)
    for event in ("tls.connection_established", "smtpd.connect", "smtpd.disconnect"):
        s.expect("session of the other", {"vendor_event_type": event, "source_ip": RELAY},
                 {"vendor_instance": "postfix-in", **(tls if event.startswith("tls") else {})}, 2)


# ---- local submission and the queue by hand -----------------------------------------------------
def local_mail(s, to, arguments=(), sender="daemon@example.org"):
    """By sendmail(1), so by pickup."""
    message = s.message()
    s.world.outbound.sendmail([*arguments, "-f", sender, to], message.text + "\n")
    return message


@scenario
def local_sender_that_lies(s):
    """What sendmail -f is given is quoted, and stays a sender."""
    sender = '"x> to=<victim@example.com> proto=SMTP helo=<h"@example.org'
    to = s.address(domain="example.net")
    message = local_mail(s, to, sender=sender)
    got = s.world.receivers["mx1"].mail_to(to)
    mail = s.truth.mail(Mail(s.name, "postfix-out", got["hops"][0][1], "pickup", sender,
                             nrcpt=1, message_id=message.message_id))
    s.mx(mail, to)
    s.expect("pickup", {"vendor_event_type": "pickup.submission", "email_uid": mail.queue_id},
             {"user_id": "0", "email_from": sender, "email_to": ABSENT, "vendor_helo": ABSENT})


@scenario
def local_submission(s):
    to = s.address(domain="example.net")
    message = local_mail(s, to)
    got = s.world.receivers["mx1"].mail_to(to)
    mail = s.truth.mail(Mail(s.name, "postfix-out", got["hops"][0][1], "pickup", "daemon@example.org",
                             nrcpt=1, message_id=message.message_id))
    s.mx(mail, to)
    s.expect("pickup", {"vendor_event_type": "pickup.submission", "email_uid": mail.queue_id},
             {"user_id": "0", "email_from": "daemon@example.org"})


@scenario
def success_notice(s):
    """The sender asks to be told of success."""
    sender = "alice@example.org"
    to = s.address(domain="example.net")
    c = by_tls(s)
    mail = c.send(sender, [to], s.message(), rcpt_options=" NOTIFY=SUCCESS")
    c.quit()
    s.mx(mail, to)
    s.notification(mail, sender, kind="delivery status")


def held(s, part):
    """A mail that is deferred, so that there is something to handle."""
    to = s.address("grey", domain="plain.example.net", part=part)
    mail = submit(s, [to])
    s.mx(mail, to, 2)
    wait(lambda: mail.queue_id in s.world.outbound.queued(("deferred",)), 20, "a deferred mail")
    return mail, to


@scenario
def postsuper_handles(s):
    super_ = lambda *words: s.world.outbound.command("postsuper", *words)
    mail, to = held(s, "del")
    super_("-d", mail.queue_id)
    mail.end = "deleted"
    mail2, _ = held(s, "hold")
    super_("-h", mail2.queue_id)
    super_("-H", mail2.queue_id)
    s.expect("postsuper", {"vendor_event_type": "postsuper.removed", "email_uid": mail.queue_id})
    s.expect("postsuper", {"vendor_event_type": "postsuper.placed_on_hold", "email_uid": mail2.queue_id})
    s.expect("postsuper", {"vendor_event_type": "postsuper.released_from_hold", "email_uid": mail2.queue_id})


@scenario
def force_expired(s):
    sender = "alice@example.org"
    mail, to = held(s, "exp")
    s.world.outbound.command("postsuper", "-e", mail.queue_id)
    s.world.outbound.command("postqueue", "-i", mail.queue_id)
    s.notification(mail, sender)
    mail.end, mail.activations = "removed", 2
    s.expect("expired", {"vendor_event_type": "qmgr.returned_to_sender", "email_uid": mail.queue_id},
             {"email_from": sender, "vendor_status": "force-expired"})


@scenario
def address_probe(s):
    """sendmail -bv asks whether a mail would get there; none is sent."""
    good, bad = s.address(domain="plain.example.net"), s.address("unknown", domain="plain.example.net")
    s.world.outbound.sendmail(["-bv", "-f", "alice@example.org", good, bad], "")
    got = s.world.lmtp.wait_for(lambda m: "alice@example.org" in m["recipients"] and m["end"] and
                                any(good in line for line in m["text"]), "the report of a probe")
    own = next(line.split()[1] for line in got["text"] if line.startswith("X-Postfix-Queue-ID:"))
    mail = s.truth.mail(Mail(s.name, "postfix-out", own, "pickup", "alice@example.org", nrcpt=2))
    relay = ("mx2.example.net", config.PLAIN_RECEIVER, 25)
    mail.fate(good, "deliverable", "2.1.5", "250 2.1.5 ok", relay=relay)
    mail.fate(bad, "undeliverable", "5.1.1", "550 5.1.1 <%s>: no such user (here)" % bad, relay=relay,
              command="RCPT TO")
    s.expect("pickup", {"vendor_event_type": "pickup.submission", "email_uid": own},
             {"user_id": "0", "email_from": "alice@example.org"})
    s.notification(mail, "alice@example.org", kind="delivery status")
