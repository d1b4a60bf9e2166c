# SPDX-License-Identifier: Apache-2.0
"""Clients that say odd things, go away or are too many; TLS from clients."""
import ssl

from client import Closed
from truth import split_reply
from scenarios.common import SENDER, offered, opened, scenario


# ---- inbound, sessions that go wrong ------------------------------------------------------------
@scenario
def lost_after_each_stage(s):
    """Clients that go away without a word, each at another stage."""
    def gone(c, stage, **fields):
        c.drop()
        s.expect("lost after " + stage, c.where("smtpd.lost_connection", vendor_stage=stage),
                 {**c.source(), **fields})
    gone(s.client("plain"), "CONNECT")
    c = opened(s)
    gone(c, "EHLO")
    c = opened(s, sender=SENDER)
    gone(c, "MAIL")
    c = opened(s, sender=SENDER, to=s.address())
    gone(c, "RCPT")
    c = opened(s, sender=SENDER, to=s.address())
    c.raw("DATA\r\n")
    c.reply()
    c.count("data", False)
    c.raw("Subject: half\r\n\r\nhalf a message\r\n")
    gone(c, "DATA", vendor_bytes=33)


@scenario
def timeouts(s):
    for stage in ("CONNECT", "EHLO", "RCPT"):
        c = s.client("impatient")
        if stage != "CONNECT":
            c.ehlo()
        if stage == "RCPT":
            c.mail_from(SENDER)
            c.rcpt(s.address())
        reply = c.reply()
        s.require(reply.code == 421, reply)
        c.wait_closed()
        s.expect("timeout after " + stage, c.where("smtpd.timeout", vendor_stage=stage), c.source())


@scenario
def too_many_errors(s):
    c = opened(s, sender=SENDER)
    try:
        for n in range(30):
            to = "nosuch%d@example.com" % n
            reply = c.rcpt(to)
            if reply.code == 421:  # not an answer to this command, which nobody has read
                seen, accepted = c.counts["rcpt"]
                c.counts["rcpt"] = (seen - 1, accepted)
                break
            c.expect_reject(reply, "RCPT", SENDER, to)
    except Closed:
        pass
    c.wait_closed()
    s.expect("too many errors", c.where("smtpd.too_many_errors", vendor_stage="RCPT"), c.source())


@scenario
def non_smtp_command(s):
    c = s.client("plain")
    reply = c.cmd("GET / HTTP/1.1")
    s.require(reply.code == 221, reply)
    c.counts["unknown"] = (1, 0)
    c.wait_closed()
    s.expect("non-SMTP", c.where("smtpd.non_smtp_command"), {"vendor_text": "GET / HTTP/1.1", **c.source()})


@scenario
def header_instead_of_command(s):
    c = s.client("plain")
    reply = c.cmd("Subject: no command", verb="unknown")
    s.require(reply.code == 221, reply)
    c.counts["unknown"] = (1, 0)
    c.wait_closed()
    s.expect("header", c.where("smtpd.non_smtp_command"), {"vendor_text": "Subject: no command", **c.source()})


@scenario
def other_commands(s):
    c = opened(s)
    c.raw("HELP\r\n")
    known = c.reply().code == 214  # since 3.8
    c.count("help" if known else "unknown", known)
    for line in ("NOOP", "RSET", "VRFY user@example.com", "FOO bar", "XCLIENT ADDR=192.0.2.3",
                 "AUTH PLAIN AAAA"):
        c.cmd(line)
    reply = c.cmd("ETRN example.com")
    c.expect_reject(reply, "ETRN", event="smtpd.reject")
    c.quit()


@scenario
def improper_pipelining_forbidden(s):
    c = s.client("prompt")
    c.raw("EHLO fast.example.net\r\nNOOP\r\n")
    reply = c.reply()
    s.require(reply.code == 554, reply)
    c.count("ehlo", False)  # the other is not read any more
    c.wait_closed()
    s.expect("pipelining", c.where("smtpd.pipelining", vendor_stage="EHLO"), {"vendor_text": "NOOP\\r\\n"})


@scenario
def improper_pipelining(s):
    c = s.client("plain")
    c.raw("EHLO fast.example.net\r\nNOOP\r\n")
    c.helo = "fast.example.net"
    s.require(c.reply().code == 250 and c.reply().code == 250, "both")
    c.count("ehlo", True)
    c.count("noop", True)
    c.quit()
    s.expect("pipelining", c.where("smtpd.pipelining", vendor_stage="EHLO"), {"vendor_text": "NOOP\\r\\n"})


@scenario
def proper_pipelining(s):
    c = opened(s)
    to = s.address()
    c.raw("MAIL FROM:<sender@example.net>\r\nRCPT TO:<nosuch@example.com>\r\nRCPT TO:<%s>\r\n" % to)
    replies = [c.reply() for _ in range(3)]
    for verb, reply in zip(("mail", "rcpt", "rcpt"), replies):
        c.count(verb, reply.code < 400)
    c.opened = 1
    c.expect_reject(replies[1], "RCPT", SENDER, "nosuch@example.com")
    message = s.message()
    reply = c.data(message.text)
    c.quit()
    s.lmtp(c.queued(reply, SENDER, [to], message), to)


@scenario
def data_in_chunks(s):
    to = s.address()
    message = s.message()
    c = opened(s, sender=SENDER, to=to)
    text = message.text.replace("\n", "\r\n").encode() + b"\r\n"
    for chunk, last in ((text[:50], ""), (text[50:], " LAST")):
        c.raw(b"BDAT %d%s\r\n" % (len(chunk), last.encode()) + chunk)
        reply = c.reply()
        c.count("bdat", reply.code < 400)
    c.quit()
    s.lmtp(c.queued(reply, SENDER, [to], message), to)


@scenario
def told_by_xclient(s):
    """A client that may say who the client is."""
    to = s.address()
    c = opened(s, "xclient")
    c.cmd("XCLIENT NAME=spoken.example.net ADDR=203.0.113.77 PORT=4242 LOGIN=Spoken@example.net")
    c.counts["xclient"] = (1, 0)  # smtpd counts no success when it starts the session anew
    c.ehlo("told.example.net")
    message = s.message()
    c.mail_from(SENDER)
    c.rcpt(to)
    reply = c.data(message.text)
    c.cmd("QUIT")
    # from here on the log calls it so
    c.ip, c.port, c.name, c.user = "203.0.113.77", 4242, "spoken.example.net", "Spoken@example.net"
    c.method = "XCLIENT"
    c.wait_closed()
    s.lmtp(c.queued(reply, SENDER, [to], message), to)


@scenario
def rejects_within_a_mail(s):
    """The first recipient makes a queue file; what is refused after that carries its id."""
    to = s.address()
    message = s.message()
    sender = "sender@nxdomain.example.net"
    c = opened(s, "checked", sender, to)
    within = c.rcpt("nosuch@example.com")
    reply = c.data(message.text)
    c.quit()
    c.expect_reject(within, "RCPT", sender, "nosuch@example.com", email_uid=reply.queue_id)
    s.expect("warning", c.where("smtpd.reject_warning", email_to=to),
             {"email_from": sender, "smtp_response_code": 450, "smtp_response_enhanced_code": "4.1.8"})
    s.expect("warning", c.where("smtpd.reject_warning", email_to="nosuch@example.com"),
             {"email_uid": reply.queue_id})
    s.lmtp(c.queued(reply, sender, [to], message), to)
    sender = "late.sender@example.net"
    c, _, reply = offered(s, to, "checked", sender)
    s.require(reply.code == 554, reply)
    c.expect_reject(reply, "END-OF-MESSAGE", sender, to)


@scenario
def long_command(s):
    c = opened(s)
    c.cmd("NOOP " + "x" * 1500)
    c.cmd("RCPT TO:<" + "y" * 3000 + "@example.com>")
    c.quit()


@scenario
def bare_newlines(s):
    to = s.address()
    message = s.message()
    c = opened(s, sender=SENDER, to=to)
    reply = c.data(message.text.encode() + b"\r\n.\r\n")
    c.quit()
    s.lmtp(c.queued(reply, SENDER, [to], message), to)


@scenario
def control_bytes(s):
    """Bytes that no log line may hold arrive as question marks."""
    c = s.client("plain")
    c.raw(b"EHLO bell\x07name\r\n")
    c.count("ehlo", c.reply().code < 400)
    c.helo = "bell?name"
    c.mail_from(SENDER)
    reply = c.rcpt("nosuch@example.com")
    s.expect("reject", c.where("smtpd.reject", vendor_stage="RCPT"),
             {"vendor_helo": "bell?name", "smtp_response_code": reply.code, "email_to": "nosuch@example.com"})
    c.quit()


@scenario
def too_large(s):
    c = opened(s)
    reply = c.mail_from(SENDER, " SIZE=9000000")
    s.require(reply.code == 552, reply)
    s.expect("announced size", c.where("smtpd.reject", vendor_stage="MAIL"), {**split_reply(reply.text)})
    c.quit()
    large = s.message(body="x" * 70 + "\n" + ("y" * 70 + "\n") * 3500)
    _, _, reply = offered(s, s.address(), message=large)
    s.require(reply.code == 552, reply)


@scenario
def bad_addresses(s):
    c = opened(s)
    for verb, text in (("MAIL", "<a@example.net, b@example.net>"), ("RCPT", "<>")):
        reply = c.cmd("%s %s:%s" % (verb, {"MAIL": "FROM", "RCPT": "TO"}[verb], text))
        s.require(reply.code == 501, reply)
        s.expect("illegal address", c.where("smtpd.illegal_address", vendor_stage=verb),
                 {"vendor_text": text, **c.source()})
        c.mail_from(SENDER)
    c.quit()


@scenario
def client_limits(s):
    ip = "198.51.100.252"
    first, second = s.client("limited", ip=ip), s.client("limited", ip=ip)
    third = s.client("limited", ip=ip)
    s.require(third.greeting.code == 421, third.greeting)
    third.wait_closed()
    s.expect("connection limit", third.where("smtpd.limit_exceeded", vendor_rate=3),
             {"vendor_limit": "Connection concurrency", **third.source()})
    for c in (first, second):
        c.ehlo()
    first.mail_from(SENDER)
    for n in range(3):
        first.rcpt(s.address(part=str(n)))
    reply = first.rcpt(s.address(part="3"))
    s.require(reply.code == 450, reply)
    s.expect("recipient limit", first.where("smtpd.limit_exceeded", vendor_limit="Recipient address rate"),
             {"vendor_rate": 4, **first.source()})
    for c in (first, second):
        c.quit()


# ---- inbound, TLS -------------------------------------------------------------------------------
@scenario
def tls_versions(s):
    for options in ({"version": ssl.TLSVersion.TLSv1_3}, {"version": ssl.TLSVersion.TLSv1_2},
                    {"version": ssl.TLSVersion.TLSv1_2, "ciphers": "ECDHE-ECDSA-AES128-GCM-SHA256"}):
        to = s.address(part=str(s.count))
        c = opened(s, tls=options)
        mail = c.send(SENDER, [to], s.message())
        c.quit()
        s.lmtp(mail, to)


@scenario
def tls_client_certificate(s):
    to = s.address()
    c = opened(s, tls={"certificate": s.world.work + "/tls/client.example.net.pem", "trust": "Trusted"})
    mail = c.send(SENDER, [to], s.message())
    c.quit()
    s.lmtp(mail, to)


@scenario
def tls_required(s):
    c = opened(s, "tlsonly")
    s.require(c.mail_from(SENDER).code == 530, "STARTTLS first")
    c.quit()


@scenario
def tls_fails(s):
    c = opened(s, "tlsonly")
    try:
        c.starttls(version=ssl.TLSVersion.TLSv1_2)
    except (ssl.SSLError, ConnectionError):
        pass
    c.finish()
    s.expect("SSL_accept", c.where("tls.accept_error"), c.source())
    s.expect("lost", c.where("smtpd.lost_connection", vendor_stage="STARTTLS"), c.source())
    c = opened(s)
    c.cmd("STARTTLS")
    c.counts["starttls"] = (1, 0)
    c.raw(b"this is no TLS at all\r\n" * 4)
    c.drop()
    s.expect("SSL_accept", c.where("tls.accept_error"), c.source())
    s.expect("lost", c.where("smtpd.lost_connection", vendor_stage="STARTTLS"), c.source())
