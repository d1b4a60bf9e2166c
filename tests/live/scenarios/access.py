# SPDX-License-Identifier: Apache-2.0
"""What smtpd refuses or does by its restrictions, access tables and policy server."""
from truth import ABSENT
from scenarios.common import SENDER, opened, refused, scanned, scenario


# ---- inbound, refused ---------------------------------------------------------------------------
def refuse(s, to, sender=SENDER, service="plain", helo="client.example.net", ip=None, **expected):
    c = opened(s, service, sender, helo=helo, ip=ip)
    reply = refused(c, to, **expected)
    c.quit()
    return reply


@scenario
def unknown_user(s):
    refuse(s, "nosuch@example.com", vendor_reason="unknown_user")
    refuse(s, '"no such, user"@example.com', vendor_reason="unknown_user")
    refuse(s, "nosuch@example.com", sender="", vendor_reason="unknown_user")


@scenario
def relay_denied(s):
    refuse(s, "someone@example.net", vendor_reason="relay_denied")
    refuse(s, "someone@example.net", service="relay", vendor_reason="relay_denied")


@scenario
def bad_helo(s):
    refuse(s, s.address(), helo="bad_name!.example.net")
    refuse(s, s.address(), helo="bad.helo.example.net")
    refuse(s, s.address(), helo="-")


@scenario
def refused_at_once(s):
    """Without smtpd_delay_reject: at HELO the client's name stands in the line as it came, twice."""
    for helo in ("a_b; from=<liar@example.org> to=<victim@example.com> proto=SMTP helo=<good.example.com>",
                 "a_b>: Relay access denied; proto=ESMTP helo=<good.example.com>",
                 "unknown[192.0.2.66]: 554 5.7.1 <x>: Client host rejected: Access denied; proto=SMTP"):
        c = s.client("prompt")
        reply = c.ehlo(helo)
        c.protocol = "smtp"  # of a client that smtpd has not yet greeted (smtpd.c, ehlo_cmd)
        s.require(reply.code >= 500, reply)
        c.expect_reject(reply, "EHLO", vendor_sasl_method=ABSENT, user_name=ABSENT)
        c.quit()
    c = opened(s, "prompt")
    sender = '"x; from=<liar@example.org> to=<victim@example.com> proto=SMTP helo=<h>"@nxdomain.example.net'
    reply = c.mail_from(sender)
    s.require(reply.code >= 400, reply)
    c.expect_reject(reply, "MAIL", sender)
    c.quit()


@scenario
def bad_sender(s):
    refuse(s, s.address(), sender="someone@nxdomain.example.net")
    refuse(s, s.address(), sender="someone@servfail.example.net")
    refuse(s, s.address(), sender="someone@nullmx.example.net")
    refuse(s, s.address(), sender="bad.sender@example.net")


@scenario
def bad_client(s):
    refuse(s, s.address(), ip="198.51.100.250", service="filtered")
    refuse(s, s.address(), ip="198.51.100.251", service="filtered")


@scenario
def access_replies(s):
    refuse(s, "ok+custom@example.com")
    refuse(s, "ok+defer@example.com")
    refuse(s, "not-fqdn")


@scenario
def access_hangup(s):
    c = opened(s, sender=SENDER)
    refused(c, "ok+hangup@example.com")
    c.wait_closed()


@scenario
def policy_replies(s):
    for word in ("policy-reject", "policy-grey", "policy-code"):
        to = "ok+" + word + "@example.com"
        c_reply = refuse(s, to)
        s.require(any(a.get("recipient") == to for a in s.world.policy.seen), c_reply)


@scenario
def blocklisted_at_smtpd(s):
    refuse(s, s.address(), ip="198.51.100.249", service="checked", vendor_reason="blocklist")


@scenario
def mail_before_helo(s):
    c = s.client("plain")
    s.require(c.mail_from(SENDER).code == 503, "HELO first")
    c.ehlo()
    s.require(c.rcpt(s.address()).code == 503, "MAIL first")
    c.quit()


# ---- inbound, access actions --------------------------------------------------------------------
def acted(s, word, event, action_text, **more):
    """A recipient whose table entry or policy asks for an action that lets the mail in."""
    to = "ok+%s@example.com" % word
    c = opened(s)
    mail = c.send(SENDER, [to], s.message())
    c.quit()
    where = c.where(event, email_to=to)
    s.expect(event, where, {"email_from": SENDER, "vendor_helo": "client.example.net",
                            "vendor_smtp_response_message": action_text, **c.source(), **more})
    return mail, to


@scenario
def access_warn_info(s):
    s.lmtp(*acted(s, "warn", "smtpd.warn", "somebody wrote to warn"))
    s.lmtp(*acted(s, "info", "smtpd.info", "somebody wrote to info"))


@scenario
def access_hold(s):
    mail, to = acted(s, "hold", "smtpd.hold", "<ok+hold@example.com>: Recipient address for the postmaster to see")
    mail.end, mail.activations = "hold", 0


@scenario
def access_discard(s):
    mail, _ = acted(s, "discard", "smtpd.discard", "<ok+discard@example.com>: Recipient address nobody wants it")
    mail.end, mail.activations, mail.message_id = "discarded", 0, None


@scenario
def access_redirect(s):
    mail, to = acted(s, "redirect", "smtpd.redirect",
                     "<ok+redirect@example.com>: Recipient address triggers REDIRECT ok+redirected@example.com")
    mail.fate(to, "redirected", None)
    s.lmtp(mail, "ok+redirected@example.com", orig_to=to)


@scenario
def access_bcc(s):
    mail, to = acted(s, "bcc", "smtpd.bcc", "<ok+bcc@example.com>: Recipient address triggers BCC ok+bccd@example.com")
    mail.nrcpt = 2
    s.lmtp(mail, to)
    s.lmtp(mail, "ok+bccd@example.com")


@scenario
def access_prepend(s):
    """It is done without a word in the log."""
    to = "ok+prepend@example.com"
    got = s.lmtp(s.send("plain", [to]), to)
    s.require("X-Seen: yes" in got["text"], "the header")


@scenario
def access_filter(s):
    mail, to = acted(s, "filter", "smtpd.filter",
                     "<ok+filter@example.com>: Recipient address triggers FILTER scan:[127.0.0.1]:10027")
    scanned(s, mail, to)


@scenario
def policy_actions(s):
    mail, _ = acted(s, "policy-hold", "smtpd.hold", "<ok+policy-hold@example.com>: Recipient address policy holds it")
    mail.end, mail.activations = "hold", 0
    s.lmtp(*acted(s, "policy-warn", "smtpd.warn", "policy warns"))
