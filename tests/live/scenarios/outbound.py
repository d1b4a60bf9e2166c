# SPDX-License-Identifier: Apache-2.0
"""Submission, and all that receivers answer."""
import config
from config import RELAY6
from postfix import wait
from truth import ABSENT
from scenarios.common import SENDER, by_tls, opened, refused, scenario, submit


# ---- outbound, submission -----------------------------------------------------------------------
@scenario
def submission_plain(s):
    to = s.address(domain="example.net")
    s.mx(submit(s, [to]), to)


@scenario
def submission_login_wrapped(s):
    to = s.address(domain="example.net")
    s.mx(submit(s, [to], service="submissions", method="LOGIN"), to)


@scenario
def submission_cram_md5(s):
    to = s.address(domain="example.net")
    s.mx(submit(s, [to], sender="bob@example.org", user="bob.jones", method="CRAM-MD5"), to)


@scenario
def submission_ipv6(s):
    to = s.address(domain="example.net")
    s.mx(submit(s, [to], ip="2001:db8:2::2", destination=(RELAY6, 587)), to)


@scenario
def wrong_password(s):
    for method in ("PLAIN", "LOGIN", "CRAM-MD5"):
        c = opened(s, "submission", tls={})
        s.require(c.auth(method, "alice@example.org", "wrong").code == 535, "535")
        s.expect("login fails", c.where("sasl.failed", vendor_sasl_method=method),
                 {**c.source(), "vendor_event_severity": "warning", "user_name": "alice@example.org",
                  "vendor_event_outcome_reason": "authentication failure"})
        c.quit()


@scenario
def login_names_that_lie(s):
    for name in ("x, sasl_username=alice@example.org", "x: authentication failure, sasl_username=root",
                 "x; from=<liar@example.org> to=<victim@example.com> proto=SMTP helo=<h>"):
        c = opened(s, "submission", tls={})
        s.require(c.auth("PLAIN", name, "wrong").code == 535, "535")
        s.expect("login fails", c.where("sasl.failed", vendor_sasl_method="PLAIN"),
                 {**c.source(), "vendor_event_severity": "warning", "email_from": ABSENT,
                  "user_name": name.lower() + ("" if "@" in name else "@example.org")})  # Cyrus SASL's realm
        c.quit()


@scenario
def login_without_tls(s):
    c = opened(s, "submission")
    s.require(c.cmd("AUTH PLAIN AAAA").code in (503, 530, 538), "TLS first")
    c.quit()


@scenario
def not_logged_in(s):
    c = opened(s, "submission", "alice@example.org", tls={})
    refused(c, "someone@example.net")
    c.quit()


@scenario
def sender_of_another(s):
    c = by_tls(s)
    c.mail_from("bob@example.org")
    refused(c, "someone@example.net", 553)
    c.quit()


@scenario
def relay_for_networks(s):
    to = s.address(domain="plain.example.net")
    s.mx(s.send("relay", [to], sender="printer@example.org", ip=s.new_ip(trusted=True)), to, 2)


# ---- outbound, what receivers answer ------------------------------------------------------------
@scenario
def receiver_replies(s):
    """One mail a kind of answer; those that end in a bounce give a notice to the sender."""
    sender = "alice@example.org"
    for kind in ("ok", "unknown", "full", "grey", "multi", "bare", "spam", "later", "echo", "liar"):
        to = s.address(kind, domain="plain.example.net")
        mail = submit(s, [to], sender=sender)
        s.mx(mail, to, 2)
        if mail.recipients[to]["status"] == "bounced":
            s.notification(mail, sender)


@scenario
def receiver_hangs_up(s):
    to = s.address("hangup", domain="plain.example.net")
    mail = submit(s, [to])
    mail.end = "deferred"
    mail.fate(to, "deferred", "4.4.2", relay=("mx2.example.net", config.PLAIN_RECEIVER, 25))


@scenario
def mixed_recipients(s):
    """Some in one session, some at another receiver, some nowhere."""
    sender = "alice@example.org"
    addresses = [s.address("ok", "plain.example.net", "a"), s.address("unknown", "plain.example.net", "b"),
                 s.address("grey", "plain.example.net", "c"), s.address("ok", "example.net", "d")]
    mail = submit(s, addresses, sender=sender)
    for address in addresses:
        s.mx(mail, address, 2 if "plain" in address else 1)
    mail.end = "deferred"
    s.notification(mail, sender)


def unreachable(s, domain, status, dsn, relay="none", notice=True, **more):
    sender = "alice@example.org"
    to = s.address(domain=domain)
    mail = submit(s, [to], sender=sender)
    mail.fate(to, status, dsn, relay=relay, **more)
    if status == "deferred":
        mail.end = "deferred"
    else:
        s.notification(mail, sender)
    return mail


@scenario
def connection_refused(s):
    unreachable(s, "down.example.net", "deferred", "4.4.1", reason="network")


@scenario
def second_mx(s):
    to = s.address(domain="fallback.example.net")
    s.mx(submit(s, [to]), to, 2)
    s.expect("first MX", {"vendor_event_type": "smtp.connect_failed", "vendor_relay_host": "mx8.example.net"},
             {"vendor_relay_ip": config.NOBODY_TOO, "vendor_relay_port": 25})


@scenario
def greeted_with_421(s):
    unreachable(s, "busy.example.net", "deferred", "4.3.2",
                relay=("mx4.example.net", config.BUSY, 25), reply="421 4.3.2 too busy, come back")


@scenario
def dns_troubles(s):
    unreachable(s, "nxdomain.example.net", "bounced", "5.4.4", reason="dns")
    unreachable(s, "servfail.example.net", "deferred", "4.4.3", reason="dns")
    unreachable(s, "nullmx.example.net", "bounced", "5.1.0")
    unreachable(s, "nomxhost.example.net", "bounced", "5.4.4", reason="dns")
    s.expect("no address", {"vendor_event_type": "smtp.no_address", "vendor_domain": "nomxhost.example.net"},
             {"vendor_event_severity": "warning"})
    unreachable(s, "loop.example.net", "bounced", "5.4.6")


@scenario
def address_without_mx(s):
    to = s.address(domain="address.example.net")
    mail = submit(s, [to])
    s.took(mail, to, s.world.receivers["mx2"], ("address.example.net", config.PLAIN_RECEIVER, 25))


@scenario
def receiver_by_ipv6(s):
    to = s.address(domain="six.example.net")
    s.mx(submit(s, [to]), to, 6)


@scenario
def outbound_transports(s):
    sender = "printer@example.org"
    for domain, status, dsn, text in (("asleep", "deferred", "4.3.2", "destination is asleep"),
                                      ("moved", "bounced", "5.1.6", "destination has moved")):
        to = s.address(domain=domain + ".example.net")
        mail = s.send("relay", [to], sender=sender, ip=s.new_ip(trusted=True))
        mail.fate(to, status, dsn, text=text, relay="none")
        if status == "deferred":
            mail.end = "deferred"
        else:
            s.notification(mail, sender)


@scenario
def canonical_recipient(s):
    mail = submit(s, ["old.name@example.net"])
    s.mx(mail, "ok+newname@example.net", orig_to="old.name@example.net")


@scenario
def other_transports(s):
    """discard, pipe, virtual, soft bounces, and servers that are not there."""
    sender = "printer@example.org"

    def by_relay(to):
        return s.send("relay", [to], sender=sender, ip=s.new_ip(trusted=True))

    def gone(to, relay, status, dsn, **more):
        mail = by_relay(to)
        mail.fate(to, status, dsn, relay=relay, **more)
        if status in ("deferred", "SOFTBOUNCE"):
            mail.end = "deferred"
        return mail
    gone(s.address(domain="hole.example.net"), "none", "sent", "2.0.0", text="silently")
    gone(s.address(domain="pipeok.example.net"), "pipeok", "sent", "2.0.0",
         text="delivered via pipeok service")
    mail = gone(s.address(domain="pipefails.example.net"), "pipefails", "bounced", "5.3.0",
                text='Command died with status 1: "/bin/false"')
    s.notification(mail, sender)
    gone("box@example.org", "virtual", "sent", "2.0.0", text="delivered to maildir")
    gone(s.address(domain="nolmtp.example.net"), "none", "deferred", "4.4.1", reason="network")
    gone(s.address(domain="nosocket.example.net"), "none", "deferred", "4.4.1")
    to = s.address("unknown", domain="softly.example.net")
    mail = by_relay(to)
    s.mx(mail, to, 2)
    mail.recipients[to]["status"], mail.recipients[to]["dsn"] = "SOFTBOUNCE", "4.1.1"
    mail.end = "deferred"


@scenario
def permit_is_logged(s):
    to = s.address(domain="plain.example.net")
    c = opened(s, "relay", helo="printer.example.org", ip=s.new_ip(trusted=True))
    mail = c.send("printer@example.org", [to], s.message())
    c.quit()
    s.mx(mail, to, 2)
    s.expect("permit", c.where("smtpd.permit", email_to=to), {
        "email_from": "printer@example.org", "vendor_helo": "printer.example.org",
        "vendor_restriction": "permit_mynetworks", **c.source()})


@scenario
def reused_connection(s):
    """The second mail goes over the connection of the first."""
    for turn in (1, 2):
        to = s.address(domain="cached.example.net", part=str(turn))
        mail = submit(s, [to])
        s.mx(mail, to, 2, conn_use=turn if turn > 1 else None)
        wait(lambda: mail.queue_id not in s.world.outbound.queued(("active", "incoming")), 20, "delivery")


@scenario
def verified_recipients(s):
    """smtpd asks the receiver before it says yes or no."""
    good, bad = s.address(domain="plain.example.net"), s.address("unknown", domain="plain.example.net")
    c = opened(s, "verifying", SENDER, ip=s.new_ip(trusted=True))
    refused(c, bad, 450)
    c.cmd("RSET")
    mail = c.send(SENDER, [good], s.message())
    c.quit()
    s.mx(mail, good, 2)
    s.expect("probe", {"vendor_event_type": "mail.delivery", "email_to": good, "vendor_status": "deliverable"},
             {"vendor_dsn": "2.1.5"})
    s.expect("mails of the probes", {"vendor_event_type": "qmgr.queue_active",
                                     "email_from": "double-bounce@example.org"}, {"vendor_nrcpt": 1}, 2)
    s.expect("probe", {"vendor_event_type": "mail.delivery", "email_to": bad},
             {"vendor_status": "undeliverable", "vendor_dsn": "5.1.1"})


@scenario
def null_sender_bounces(s):
    """Nobody is told."""
    to = s.address("unknown", domain="plain.example.net")
    mail = s.send("relay", [to], sender="", ip=s.new_ip(trusted=True))
    s.mx(mail, to, 2)


# ---- outbound, TLS and SASL ---------------------------------------------------------------------
@scenario
def verified_receiver(s):
    to = s.address(domain="verified.example.net")
    s.mx(submit(s, [to]), to)
    s.expect("verified", {"vendor_event_type": "tls.connection_established_to", "vendor_tls_trustlevel": "Verified"},
             {"vendor_relay_host": "mx1.example.net", "vendor_relay_ip": config.RECEIVER})


@scenario
def receiver_of_wrong_name(s):
    unreachable(s, "othername.example.net", "deferred", "4.7.5", reason="tls",
                relay=("mx7.example.net", config.OTHER_NAME, 25), text="Server certificate not verified")
    s.expect("certificate", {"vendor_event_type": "tls.certificate_unverified", "vendor_relay_host": "mx7.example.net"},
             {"vendor_relay_ip": config.OTHER_NAME, "vendor_relay_port": 25})


@scenario
def receiver_without_tls(s):
    unreachable(s, "mustencrypt.example.net", "deferred", "4.7.4", reason="tls",
                relay=("mx2.example.net", config.PLAIN_RECEIVER, 25))


@scenario
def receiver_with_broken_tls(s):
    unreachable(s, "badtls.example.net", "deferred", "4.7.5", reason="tls",
                relay=("mx5.example.net", config.BROKEN_TLS, 25))
    s.expect("SSL_connect", {"vendor_event_type": "tls.connect_error", "vendor_relay_host": "mx5.example.net"},
             {"vendor_relay_ip": config.BROKEN_TLS, "vendor_relay_port": 25})


@scenario
def login_at_receiver(s):
    to = s.address(domain="auth.example.net")
    got = s.mx(submit(s, [to]), to, 7)
    s.require(got["user"] == "someone", "the login")


@scenario
def login_at_receiver_fails(s):
    unreachable(s, "badauth.example.net", "deferred", "4.7.8", reason="auth",
                relay=("mx7.example.net", config.OTHER_NAME, 25),
                reply="535 5.7.8 those are not your words")
