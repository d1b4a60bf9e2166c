# SPDX-License-Identifier: Apache-2.0
"""Header and body checks, content filters before and after the queue, milters."""
import config
from truth import ABSENT, Mail, split_reply
from scenarios.common import SENDER, offered, opened, refused, reinjected, scanned, scenario


# ---- inbound, content ---------------------------------------------------------------------------
def checked(s, subject, action, check="header", body="one line\n", headers="", text=None):
    """A mail that header_checks or body_checks do something about; None when they refused it."""
    to = s.address(part=str(s.count))
    c, message, reply = offered(s, to, "checked", message=s.message(subject=subject, body=body, headers=headers))
    where = {"vendor_event_type": "cleanup.%s_check" % check, "email_to": to,
             "vendor_event_action": "warning" if action == "warn" else action}
    fields = {"email_from": SENDER, "source_ip": c.ip, "source_hostname": c.name or "unknown",
              "vendor_helo": "client.example.net", "network_protocol": "esmtp", "vendor_check_class": check}
    if check == "header" and text is None:
        fields.update(vendor_email_header="Subject", vendor_email_header_content=subject)
    elif text:
        fields.update(text)
    s.expect("%s check" % check, where, fields)
    if reply.code >= 400:
        return reply, to
    fields["email_uid"] = reply.queue_id
    return c.queued(reply, SENDER, [to], message), to


@scenario
def header_checks(s):
    for word in ("warn", "prepend", "replace", "info"):
        s.lmtp(*checked(s, "please %s this" % word, word))
    reply, _ = checked(s, "please reject this", "reject")
    s.require(reply.code == 550, reply)
    mail, _ = checked(s, "please hold this", "hold")
    mail.end, mail.activations = "hold", 0
    mail, _ = checked(s, "please discard this", "discard")
    mail.end, mail.activations, mail.message_id = "discarded", 0, None  # the subject came first
    mail, to = checked(s, "please bcc this", "bcc")
    mail.nrcpt = 2
    s.lmtp(mail, to)
    s.lmtp(mail, "ok+headerbcc@example.com")
    mail, to = checked(s, "please redirect this", "redirect")
    s.lmtp(mail, "ok+headerredirect@example.com", orig_to=to)
    scanned(s, *checked(s, "please filter this", "filter"))
    s.lmtp(*checked(s, "strip", "strip", headers="X-Strip: away\n",
                    text={"vendor_email_header": "X-Strip", "vendor_email_header_content": "away"}))


@scenario
def header_that_lies(s):
    """A subject that looks like the end of the line it is logged in."""
    for subject in ("warn this; from=<liar@example.org> to=<victim@example.org> proto=ESMTP helo=<x>",
                    "warn this from evil.example.org[192.0.2.66]; from=<liar@example.org>",
                    "warn this: \u00fcml\u00e4ut <b@example.org>, \"quoted\""):
        s.lmtp(*checked(s, subject, "warn"))


@scenario
def body_checks(s):
    reply, _ = checked(s, "advert", "reject", "body", "hello\nbuy this now\n",
                       text={"vendor_email_header_content": "buy this now"})
    s.require(reply.code == 550, reply)
    s.lmtp(*checked(s, "mind", "warn", "body", "mind this line; to=<x@example.org>\n",
                    text={"vendor_email_header_content": "mind this line; to=<x@example.org>"}))


@scenario
def content_filter(s):
    to = s.address()
    scanned(s, s.send("filtered", [to]), to)


@scenario
def content_filter_rejects(s):
    to = s.address()
    mail = s.send("filtered", [to], message=s.message(headers="X-Filter: reject\n"))
    mail.fate(to, "bounced", "5.7.1", "550 5.7.1 id=12345-01 - INFECTED: Eicar (test), from=<x>",
              relay=("127.0.0.1", "127.0.0.1", config.FILTER_PORT), command="end of DATA")
    s.notice_by_mx1(mail)


@scenario
def proxy_filter(s):
    """Before the queue: the only queue id is the one behind the filter."""
    to = s.address()
    c, message, reply = offered(s, to, "proxied")
    s.expect("proxy-accept", {"vendor_event_type": "smtpd.proxy_accept", "email_to": to}, {
        **split_reply(reply.text), "vendor_stage": "END-OF-MESSAGE", "email_from": SENDER,
        "vendor_helo": "client.example.net", "vendor_queued_as": reply.queue_id})
    outer = Mail(s.name, "postfix-in", None, "proxied", SENDER, nrcpt=1,
                 message_id=message.message_id, client={"ip": c.ip, "name": c.name})
    s.lmtp(reinjected(s, outer, reply.queue_id, orig=False), to)


@scenario
def proxy_filter_rejects(s):
    to = s.address()
    _, _, reply = offered(s, to, "proxied", message=s.message(headers="X-Filter: reject\n"))
    s.require(reply.code == 550, reply)
    proxy_rejected(s, reply, "END-OF-MESSAGE", to, vendor_reason="virus")


def proxy_rejected(s, reply, stage, to, **more):
    """These lines do not tell the client."""
    s.expect("proxy-reject", {"vendor_event_type": "smtpd.proxy_reject", "vendor_stage": stage, "email_to": to},
             {**split_reply(reply.text), "email_from": SENDER, "source_ip": ABSENT,
              "vendor_helo": "client.example.net", "network_protocol": "esmtp", **more})


@scenario
def proxy_filter_passes_rejects(s):
    """What smtpd behind the filter refuses."""
    c = opened(s, "proxied", SENDER)
    refused(c, "nosuch+%s@example.com" % s.tag, vendor_reason="unknown_user")
    c.quit()


@scenario
def proxy_filter_missing(s):
    c = opened(s, "noproxy", SENDER)
    reply = c.rcpt(s.address())
    s.require(reply.code == 451, reply)
    c.quit()
    s.expect("connect to proxy", {"vendor_event_type": "smtpd.proxy_connect_failed"},
             {"vendor_event_severity": "warning", "vendor_event_outcome_reason": "Connection refused"})


# ---- inbound, milter ----------------------------------------------------------------------------
@scenario
def milter_accepts(s):
    to = s.address()
    got = s.lmtp(s.send("miltered", [to]), to)
    s.require("X-Milter-Seen: yes" in got["text"], "the header")


@scenario
def milter_rejects(s):
    c = opened(s, "miltered", helo="milter-no.example.net")
    reply = c.mail_from(SENDER)  # smtpd keeps the answer to EHLO for this
    s.require(reply.code == 550, reply)
    s.expect("milter-reject at EHLO", c.where("milter.reject", vendor_stage="EHLO"), {
        **split_reply(reply.text), "vendor_helo": "milter-no.example.net", "email_from": ABSENT})
    s.expect("milter-reject at MAIL", c.where("milter.reject", vendor_stage="MAIL"), {
        **split_reply(reply.text), "email_from": SENDER})
    c.quit()
    c = opened(s, "miltered", SENDER)
    to = "ok+milter-no@example.com"
    reply = c.rcpt(to)
    s.require(reply.code == 550, reply)
    s.expect("milter-reject at RCPT", c.where("milter.reject", vendor_stage="RCPT", email_to=to), {
        **split_reply(reply.text), "email_from": SENDER, "vendor_helo": "client.example.net"})
    c.quit()


def milter_verdict(s, word):
    to = s.address(part=word)
    c, message, reply = offered(s, to, "miltered", message=s.message(headers="X-Milter: %s\n" % word))
    return c, to, message, reply


@scenario
def milter_refuses_content(s):
    for word, code in (("reject", 554), ("plainreject", 550), ("tempfail", 451), ("tempcode", 451)):
        c, to, _, reply = milter_verdict(s, word)
        s.require(reply.code == code, reply)
        s.expect("milter " + word, {"vendor_event_type": "milter.reject", "email_to": to,
                                    "vendor_stage": "END-OF-MESSAGE"}, {
            "email_from": SENDER, "source_ip": c.ip, "vendor_helo": "client.example.net",
            # cleanup knows no code, only its first digit
            **split_reply(reply.text), "smtp_response_code": ABSENT})


@scenario
def milter_quarantines(s):
    c, to, message, reply = milter_verdict(s, "quarantine")
    mail = c.queued(reply, SENDER, [to], message)
    mail.end, mail.activations = "hold", 0
    s.expect("milter hold", {"vendor_event_type": "milter.hold", "email_uid": reply.queue_id}, {
        "email_from": SENDER, "email_to": to, "source_ip": c.ip})


@scenario
def milter_discards(s):
    c, to, message, reply = milter_verdict(s, "discard")
    mail = c.queued(reply, SENDER, [to], message)
    mail.end, mail.activations = "discarded", 0
    s.expect("milter discard", {"vendor_event_type": "milter.discard", "email_uid": reply.queue_id}, {
        "email_from": SENDER, "email_to": to, "source_ip": c.ip})


@scenario
def milter_missing(s):
    c = s.client("nomilter")
    if c.greeting.code == 421:  # newer Postfix says so at once, and who it is in place of the enhanced code
        reply, stages = c.greeting.text.replace(" mx.example.com ", " 4.7.1 "), ("CONNECT",)
        c.wait_closed()
    else:
        s.require(c.ehlo().code == 250, "EHLO")
        reply, stages = c.mail_from(SENDER), ("CONNECT", "EHLO", "MAIL")
        s.require(reply.code == 451, reply)
        reply = reply.text
        c.quit()
    for stage in stages:
        s.expect("milter-reject", c.where("milter.reject", vendor_stage=stage), {
            **split_reply(reply), **c.source(),
            "email_from": SENDER if stage == "MAIL" else ABSENT})
    s.expect("milter", {"vendor_event_type": "milter.connect_failed"}, {
        "vendor_milter": "inet:127.0.0.1:10098", "vendor_event_severity": "warning",
        "vendor_event_outcome_reason": "Connection refused"})
