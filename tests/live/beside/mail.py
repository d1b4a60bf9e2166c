# SPDX-License-Identifier: Apache-2.0
"""Scenarios as tables: what is sent, and what the driver then knows."""
import base64
import collections
import hashlib
import re
import smtplib
import subprocess

from truth import ABSENT, Check
from world import MX

RECORD = "(the record)"  # true of the last line of a mail that has its verdict; see report.py

# One row of a program's table. service: port of smtpd. client: good, bad (by SPF of example.org) or an address.
#   reply     how smtpd has to answer in the end, 250 for a mail that is taken
#   record    fields of the line "removed" of the mail
#   lines     (where, fields, count) beside; {"id": True} in where: of this mail; "ip": of this client
#   options   for message(), and: helo, login (user, password), recipients' text, tries, to
Case = collections.namedtuple("Case", "name port client sender to reply record lines options", defaults=({}, (), {}))


class Mail:
    """A mail that was sent: what the client knows of it."""

    def __init__(self, case, ip):
        self.case, self.ip = case, ip
        self.name, self.sender, self.to = case.name, case.sender, case.to
        self.replies, self.queue_id, self.port = [], None, None
        self.message_id = self.text = None


def sign(text, domain, selector, key):
    """A DKIM signature, simple/simple, as RFC 6376 has it."""
    head, body = text.split(b"\r\n\r\n", 1)
    body = re.sub(rb"(\r\n)*$", b"", body) + b"\r\n"
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    chosen = [line for line in head.split(b"\r\n") if line.split(b":")[0].lower() in (b"from", b"to", b"subject")]
    field = ("DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=%s; s=%s; h=%s; bh=%s; b="
             % (domain, selector, ":".join(line.split(b":")[0].decode().lower() for line in chosen), digest))
    signed = b"".join(line + b"\r\n" for line in chosen) + field.encode()
    made = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=signed, check=True,
                          stdout=subprocess.PIPE).stdout
    return field.encode() + base64.b64encode(made) + b"\r\n" + text


def message(world, mail, subject="hello", body="See you tomorrow.", header_from=None, message_id=None, headers="",
            signed=None, spoiled=False, **_):
    """The text, and the message-id of the mail. signed: (domain, selector)."""
    mail.message_id = message_id if message_id is not None else "%s.%d@client.example.net" % (
        mail.name.replace(" ", "-"), next(world.numbers))
    text = "From: %s\r\nTo: <%s>\r\nSubject: %s\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\n" % (
        header_from or "<%s>" % (mail.sender or "daemon@example.org"), mail.to[0], subject)
    if mail.message_id:
        text += "Message-ID: <%s>\r\n" % mail.message_id
    text = (text + headers + "\r\n" + body + "\r\n").encode()
    if signed:
        text = sign(text, *signed, world.path("dkim.key"))
    return text.replace(b"tomorrow", b"tonight") if spoiled else text


def send(world, case, ip=None, **more):
    """Sends it; what the server said, and what that means for the log."""
    with world.lock:
        ip = ip or (next(world.good) if case.client == "good" else next(world.bad) if case.client == "bad" else case.client)
    mail = Mail(case, ip)
    options = {**case.options, **more}
    text = message(world, mail, **options)
    client = smtplib.SMTP(timeout=60, source_address=(ip, 0), local_hostname="unused")
    client.connect("127.0.0.1" if ip == "127.0.0.1" else MX, case.port)
    mail.port = client.sock.getsockname()[1]
    client.ehlo(options.get("helo", "client.example.net"))
    if "login" in options:
        try:
            client.login(*options["login"], initial_response_ok=True)
        except smtplib.SMTPAuthenticationError as error:
            mail.replies.append((error.smtp_code, error.smtp_error.decode()))
            client.quit()
            return mail
    client.mail(case.sender)
    for recipient in case.to:
        mail.replies.append(client.rcpt(recipient))
    if any(code == 250 for code, _ in mail.replies):
        mail.replies.append(client.data(text))
    client.quit()
    mail.replies = [(code, text.decode() if isinstance(text, bytes) else text) for code, text in mail.replies]
    found = re.search(r"queued as (\w+)", mail.replies[-1][1])
    mail.queue_id = found and found[1]
    return mail


def checks(case, mail):
    """What the log must say of this mail: once each, and nothing else."""
    of = lambda what, where, fields, count=1: Check(case.name, what, where, fields, count)
    code = mail.replies[-1][0]
    if code != case.reply:
        raise AssertionError("%s: answer %r, expected %d" % (case.name, mail.replies, case.reply))
    found = [of("client", {"vendor_event_type": "smtpd.connect", "source_ip": mail.ip, "source_port": mail.port}, {})]
    # What smtpd says of this session: one mail, one way or other.
    if mail.queue_id and "proxied" not in case.options:
        base = {"source_ip": mail.ip, "email_uid": mail.queue_id, "vendor_event_type": "smtpd.client"}
        found.append(of("taken once", base, {"source_port": mail.port}))
    if mail.queue_id and case.record is not None:
        fields = {"email_from": case.sender, "email_message_id": mail.message_id or ABSENT,
                  "vendor_recipients": sorted(case.to), **case.record}
        found.append(of("record", {"email_uid": mail.queue_id, RECORD: True}, filled(fields, mail)))
        found.append(of("removed", {"email_uid": mail.queue_id, "vendor_event_type": "qmgr.removed"}, {}))
    for where, fields, count in case.lines:
        found.append(of("lines", filled(where, mail), filled(fields, mail), count))
    return found


def filled(fields, mail):
    """With what only the mail knows."""
    known = {"ID": mail.queue_id, "IP": mail.ip, "MSGID": mail.message_id, "PORT": mail.port}
    return {k: known.get(v, v) if isinstance(v, str) else v for k, v in fields.items()}
