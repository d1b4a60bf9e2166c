# SPDX-License-Identifier: Apache-2.0
"""An SMTP client that can be rude, and keeps account of what it said and was told."""
import base64
import hashlib
import hmac
import re
import socket
import ssl

from config import SERVICES, instance_of
from nameserver import client_name
from truth import ABSENT, Mail, split_reply

COMMANDS = ("helo ehlo xclient xforward starttls auth mail rcpt data bdat rset noop vrfy etrn help "
            "quit unknown").split()
NO_PORT = {"impatient", "submission", "submissions", "relay", "verifying"}  # services that log no client port


class Reply:
    def __init__(self, lines):
        self.lines = lines
        self.code = int(lines[-1][:3])
        self.text = " ".join(lines)

    @property
    def queue_id(self):
        found = re.search(r"queued as (\w+)", self.text)
        return found and found[1]

    def __repr__(self):
        return self.text


class Closed(Exception):
    """The server has ended the connection."""


class Client:
    """One connection. `seen_by_smtpd=False` for those that postscreen keeps to itself."""

    def __init__(self, scenario, service, ip=None, greet=True, wrap=False, seen_by_smtpd=True, destination=None):
        self.scenario, self.service, self.instance = scenario, service, instance_of(service)
        self.ip = ip or scenario.new_ip()
        self.destination = destination or SERVICES[service]
        self.socket = socket.socket(socket.AF_INET6 if ":" in self.ip else socket.AF_INET)
        self.socket.settimeout(30)
        self.socket.bind((self.ip, 0))
        self.port = self.socket.getsockname()[1]
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect(self.destination)
        self.rest, self.counts = b"", {}
        self.in_mail, self.opened = False, 0  # queue files it caused, accepted in the end or not
        self.helo = self.user = self.method = self.tls = None
        self.protocol = "smtp"
        self.seen_by_smtpd, self.closed = seen_by_smtpd, False
        self.trust = "Anonymous"
        found, resolves = client_name(self.ip)
        self.name = found if resolves else None
        if seen_by_smtpd:
            scenario.expect("connect", self.where("smtpd.connect"), {
                **self.source(), "vendor_service": self.service_part()})
            if found and not resolves:
                scenario.expect("unresolvable name", {
                    "vendor_event_type": "smtpd.hostname_mismatch", "host_hostname": found},
                    {"source_ip": self.ip, "vendor_event_severity": "warning"})
        if wrap:
            self.handshake(wrap)
        self.greeting = self.reply() if greet else None

    # ---- what the log must call us
    def port_logged(self):
        return self.service not in NO_PORT

    def service_part(self):
        return self.service if self.service.startswith("submission") else ABSENT

    def where(self, event, **more):
        found = {"vendor_event_type": event, "source_ip": self.ip, "vendor_instance": self.instance}
        if self.port_logged():
            found["source_port"] = self.port
        return {**found, **more}

    def source(self):
        return {"source_hostname": self.name or "unknown",
                "source_port": self.port if self.port_logged() else ABSENT}

    # ---- talking
    def raw(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def reply(self):
        lines = []
        while True:
            while b"\n" not in self.rest:
                try:
                    more = self.socket.recv(65536)
                except (ConnectionError, ssl.SSLError):
                    more = b""
                if not more:
                    raise Closed
                self.rest += more
            line, self.rest = self.rest.split(b"\n", 1)
            lines.append(line.decode("utf-8", "replace").rstrip("\r"))
            if lines[-1][3:4] != "-":
                return Reply(lines)

    def count(self, verb, good):
        verb = verb.lower() if verb.lower() in COMMANDS else "unknown"
        total, accepted = self.counts.get(verb, (0, 0))
        self.counts[verb] = (total + 1, accepted + bool(good))

    def cmd(self, line, verb=None):
        self.raw(line + "\r\n")
        reply = self.reply()
        verb = verb or line.split(" ")[0]
        self.count(verb, reply.code < 400)
        if verb == "MAIL":
            self.in_mail = False
        elif verb == "RCPT" and reply.code < 400 and not self.in_mail:
            self.in_mail = True  # the first recipient opens the queue file
            self.opened += 1
        return reply

    def ehlo(self, name="client.example.net"):
        self.helo, self.protocol = name, "esmtp"
        return self.cmd("EHLO " + name)

    def simple_helo(self, name="client.example.net"):
        self.helo, self.protocol = name, "smtp"
        return self.cmd("HELO " + name)

    def starttls(self, **options):
        reply = self.cmd("STARTTLS")
        if reply.code == 220:
            self.handshake(options)
        return reply

    def handshake(self, options):
        options = options if isinstance(options, dict) else {}
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if options.get("version"):
            context.minimum_version = context.maximum_version = options["version"]
        if options.get("ciphers"):
            context.set_ciphers(options["ciphers"])
        if options.get("certificate"):
            context.load_cert_chain(options["certificate"])
            self.trust = options.get("trust", "Trusted")
        try:
            self.socket = context.wrap_socket(self.socket)
        except OSError:
            self.counts["starttls"] = (1, 0)  # the 220 was not the end of it
            raise
        cipher, _, bits = self.socket.cipher()
        self.tls = {"version": self.socket.version(), "cipher": cipher, "bits": bits}
        self.helo = None
        if self.seen_by_smtpd:
            self.scenario.expect("TLS", self.where("tls.connection_established"), {
                "vendor_tls_version": self.tls["version"], "vendor_tls_cipher": cipher,
                "vendor_tls_cipher_size": "%d/%d" % (bits, bits), "vendor_tls_trustlevel": self.trust,
                **self.source()})

    def auth(self, method, user, password):
        b64 = lambda text: base64.b64encode(text).decode()
        if method == "PLAIN":
            reply = self.cmd("AUTH PLAIN " + b64(b"\0%s\0%s" % (user.encode(), password.encode())))
        else:
            self.raw("AUTH %s\r\n" % method)
            reply = self.reply()
            if method == "LOGIN":
                answers = [user.encode(), password.encode()]
            else:
                challenge = base64.b64decode(reply.text[4:])
                digest = hmac.new(password.encode(), challenge, hashlib.md5).hexdigest()
                answers = [("%s %s" % (user, digest)).encode()]
            for answer in answers:
                self.raw(b64(answer) + "\r\n")
                reply = self.reply()
            self.count("auth", reply.code == 235)
        if reply.code == 235:
            self.user, self.method = user, method
        return reply

    def mail_from(self, sender, options=""):
        self.sender = sender
        return self.cmd("MAIL FROM:<%s>%s" % (sender, options))

    def rcpt(self, address, options=""):
        return self.cmd("RCPT TO:<%s>%s" % (address, options))

    def data(self, text):
        """The whole of DATA; the final reply."""
        self.raw("DATA\r\n")
        reply = self.reply()
        if reply.code == 354:
            self.raw(text if isinstance(text, bytes) else
                     re.sub("(?m)^\\.", "..", text).replace("\n", "\r\n").encode() + b"\r\n.\r\n")
            reply = self.reply()
        self.count("data", reply.code < 400)
        return reply

    def send(self, sender, recipients, message, options="", rcpt_options=""):
        """A whole mail, of which all is to be accepted; what is known of it then."""
        for reply in [self.mail_from(sender, options)] + [self.rcpt(r, rcpt_options) for r in recipients]:
            self.scenario.require(reply.code == 250, reply)
        reply = self.data(message.text)
        self.scenario.require(reply.code == 250 and reply.queue_id, reply)
        return self.queued(reply, sender, recipients, message)

    def queued(self, reply, sender, recipients, message):
        return self.scenario.truth.mail(Mail(
            self.scenario.name, self.instance, reply.queue_id, "smtp", sender, user=self.user,
            method=self.method, tls=self.tls, message_id=message.message_id, nrcpt=len(recipients),
            rcpt_to=list(recipients),
            service=None if self.service_part() is ABSENT else self.service_part(),
            client={"name": self.name, "ip": self.ip, "port": self.port, "helo": self.helo,
                    "protocol": self.protocol, "port_logged": self.port_logged()}))

    # ---- what it must have been logged as
    def expect_reject(self, reply, stage, sender=None, to=None, event="smtpd.reject", **more):
        """The line of a reject: our own reply, and the envelope as we said it."""
        self.scenario.expect("%s at %s" % (event, stage),
                             self.where(event, vendor_stage=stage, email_to=to if to is not None else ABSENT),
                             {**split_reply(reply.text), **self.source(),
                              "email_from": sender if sender is not None else ABSENT,
                              "vendor_helo": self.helo or ABSENT,
                              "network_protocol": self.protocol, **more})

    def expect_disconnect(self):
        total = tuple(map(sum, zip(*self.counts.values()))) or (0, 0)
        fields = {}
        for verb, (seen, accepted) in {**dict.fromkeys(COMMANDS, (0, 0)), **self.counts,
                                       "commands": total}.items():
            name = "vendor_cmd_" + verb
            fields[name] = seen if seen or verb == "commands" else ABSENT
            fields[name + "_accepted"] = accepted if seen != accepted else ABSENT
        if not sum(total):
            fields["vendor_cmd_commands_accepted"] = 0  # Postfix writes commands=0/0
        self.scenario.expect("disconnect", self.where("smtpd.disconnect"),
                             {**fields, **self.source()})

    def quit(self):
        self.cmd("QUIT")
        self.wait_closed()

    def wait_closed(self):
        """Until the server is done with us: smtpd logs its last line before it closes."""
        try:
            while True:
                self.reply()
        except Closed:
            pass
        self.finish()

    def drop(self):
        """Goes away without a word, and waits until the server has noticed."""
        if not isinstance(self.socket, ssl.SSLSocket):
            # The server may have gone first.
            try:
                self.socket.shutdown(socket.SHUT_WR)
                while self.socket.recv(65536):
                    pass
            except OSError:
                pass
        self.finish()

    def finish(self):
        self.socket.close()
        if self.seen_by_smtpd and not self.closed:
            self.expect_disconnect()
            self.scenario.expect("queue files", self.where("smtpd.client"), self.source(), self.opened)
        self.closed = True
