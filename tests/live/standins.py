# SPDX-License-Identifier: Apache-2.0
"""What stands in for the world around Postfix: receivers, LMTP, policy and content filter.

Each notes what it was told and what it answered: that is truth which no log was asked for.
"""
import re
import socket
import socketserver
import ssl
import threading
import time


class _Server(socketserver.ThreadingMixIn):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64


class TcpServer(_Server, socketserver.TCPServer):
    pass


class Tcp6Server(TcpServer):
    address_family = socket.AF_INET6


class UnixServer(_Server, socketserver.UnixStreamServer):
    pass


def serve(address, handle):
    """Calls handle(connection, peer) in a thread of its own for each connection."""
    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.settimeout(30)
            if self.request.family != socket.AF_UNIX:  # small answers are not to wait for others
                self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                handle(self.request, self.client_address)
            except OSError:
                pass  # the other side went away, as some are told to
    kind = UnixServer if isinstance(address, str) else Tcp6Server if ":" in address[0] else TcpServer
    server = kind(address, Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    return server


# ---- SMTP, server side --------------------------------------------------------------------------
class Lines:
    """A connection, by lines; all that was read in vain is lost with it."""

    def __init__(self, connection):
        self.connection, self.rest = connection, b""

    def line(self):
        while b"\n" not in self.rest:
            more = self.connection.recv(65536)
            if not more:
                raise ConnectionResetError
            self.rest += more
        line, self.rest = self.rest.split(b"\n", 1)
        return line.rstrip(b"\r")

    def message(self):
        lines = []
        while True:
            line = self.line()
            if line == b".":
                return lines
            lines.append(line[1:] if line.startswith(b".") else line)

    def send(self, text):
        self.connection.sendall(text.encode() + b"\r\n")


class Transaction(dict):
    """What a receiver saw of one mail: peer, helo, tls, sender, size, recipients with their
    replies, the end's reply, and from the text the message-id and the queue ids it went by."""


# What a recipient's local part, up to a "+", makes a receiver answer at RCPT or at the end.
AT_RCPT = {
    "unknown": "550 5.1.1 <%s>: no such user (here)",
    "full": "452 4.2.2 <%s>: mailbox is full",
    "grey": "451 4.7.1 Greylisted, see https://example.net/grey; come back",
    "multi": "550-5.7.1 [192.0.2.2] Our system has detected\r\n"
             "550-5.7.1 that this mail is not wanted; from=<nobody@example.net>\r\n"
             "550 5.7.1 (see (nested) text) gsmtp",
    "bare": "550 no enhanced code",
}
AT_END = {
    "spam": "554 5.7.1 looks like spam to us",
    "later": "451 4.3.0 try again",
    # What would like to be Postfix's own, a filter's, or another mail's.
    "echo": "250 2.0.0 Ok, discarded, id=1 (host localhost[127.0.0.1] said: 550 5.7.1 no), status=bounced",
    "liar": "554 5.7.1 no; from=<liar@example.org> to=<victim@example.com> proto=SMTP helo=<h>, status=sent "
            "(250 2.0.0 Ok: queued as 4A1B2C3D45) (in reply to RCPT TO command)",
}


class Receiver:
    """An SMTP or LMTP server that answers by the recipient."""

    def __init__(self, address, name, tls=None, lmtp=False, greeting=None, auth=False,
                 starttls_reply=None, prefix="RX"):
        self.name, self.tls, self.lmtp, self.auth = name, tls, lmtp, auth
        self.greeting = greeting or "220 %s ready" % name
        self.starttls_reply = starttls_reply
        self.prefix, self.count = prefix, 0
        self.seen = []          # transactions, complete or not
        self.tls_sessions = []  # (client address, protocol, cipher)
        self.lock = threading.Condition()
        self.server = serve(address, self.session)

    def session(self, connection, peer):
        lines = Lines(connection)
        lines.send(self.greeting)
        if not self.greeting.startswith("220"):
            return
        state = {"peer": peer, "helo": None, "tls": None, "user": None}
        mail = None
        while True:
            line = lines.line().decode("utf-8", "surrogateescape")
            verb = line.split(" ")[0].upper()
            if verb in ("EHLO", "LHLO", "HELO"):
                state["helo"] = line[5:]
                self.hello(lines, state)
            elif verb == "STARTTLS":
                lines.send(self.starttls_reply or "220 2.0.0 go ahead")
                if not self.starttls_reply:
                    lines.connection = self.tls.wrap_socket(lines.connection, server_side=True)
                    state["tls"] = (lines.connection.version(), lines.connection.cipher()[0])
                    self.tls_sessions.append((peer[0], *state["tls"]))
                elif self.starttls_reply.startswith("220"):
                    lines.connection.sendall(b"this is no TLS\r\n" * 20)
                    return
            elif verb == "AUTH":
                good = line.split(" ")[-1] == "AHNvbWVvbmUAc2VjcmV0"
                state["user"] = "someone" if good else None
                lines.send("235 2.7.0 welcome" if good else "535 5.7.8 those are not your words")
            elif verb == "MAIL":
                mail = self.begin(state, line)
                lines.send("250 2.1.0 ok")
            elif verb == "RCPT":
                if not self.recipient(lines, mail, line):
                    return
            elif verb == "DATA":
                self.data(lines, mail)
            elif verb == "QUIT":
                lines.send("221 2.0.0 bye")
                return
            else:
                lines.send("250 2.0.0 ok")

    def hello(self, lines, state):
        words = [self.name, "PIPELINING", "SIZE 1000000", "ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8"]
        if (self.tls or self.starttls_reply) and not state["tls"]:
            words.append("STARTTLS")
        if self.auth:
            words.append("AUTH PLAIN")
        lines.send("\r\n".join("250%s%s" % (" " if w is words[-1] else "-", w) for w in words))

    def begin(self, state, line):
        size = re.search(r" SIZE=(\d+)", line)
        mail = Transaction(state, sender=between(line), size=int(size[1]) if size else None,
                           recipients={}, end=None, message_id=None, hops=[], text=[], server=self)
        with self.lock:
            self.seen.append(mail)
        return mail

    def recipient(self, lines, mail, line):
        address = between(line)
        kind = address.strip('"').split("@")[0].split("+")[0]
        if kind == "hangup":
            return False
        reply = AT_RCPT.get(kind, "250 2.1.5 ok")
        reply = reply % address if "%s" in reply else reply
        self.note(mail, address, reply)
        lines.send(reply)
        return True

    def data(self, lines, mail):
        taken = [a for a, r in mail["recipients"].items() if r.startswith("250")]
        if not taken:
            lines.send("554 5.5.1 no valid recipients")
            return
        lines.send("354 go ahead")
        text = [line.decode("utf-8", "replace") for line in lines.message()]
        with self.lock:
            mail["text"] = text
            mail["message_id"], mail["hops"] = headers(text)
        replies = []
        for address in taken:
            kind = address.strip('"').split("@")[0].split("+")[0]
            self.count += 1
            # A mailbox server as Dovecot's says that it has stored the mail; what queues it hands it on.
            done = "<%s> %s%04d Saved" % (address, self.prefix, self.count) if self.lmtp else \
                "Ok: queued as %s%04d" % (self.prefix, self.count)
            replies.append(AT_END.get(kind, "250 2.0.0 " + done))
        if self.lmtp:
            for address, reply in zip(taken, replies):
                self.note(mail, address, reply)
                lines.send(reply)
        else:  # one reply for all; the worst that a recipient asks for
            reply = max(replies)
            for address in taken:
                self.note(mail, address, reply)
            lines.send(reply)
        with self.lock:
            mail["end"] = max(replies)
            self.lock.notify_all()

    def note(self, mail, address, reply):
        with self.lock:
            mail["recipients"][address] = reply
            self.lock.notify_all()

    def wait_for(self, condition, what, limit=40):
        """The first transaction that satisfies the condition."""
        end = time.monotonic() + limit
        with self.lock:
            while True:
                for mail in self.seen:
                    if condition(mail):
                        return mail
                if not self.lock.wait(max(0, end - time.monotonic())):
                    raise TimeoutError("%s never got %s" % (self.name, what))

    def mail_to(self, address):
        """The whole mail, with its end, that had this recipient."""
        return self.wait_for(lambda m: address in m["recipients"] and
                             (m["end"] or not m["recipients"][address].startswith("250")),
                             "mail to " + address)

    def mails_to(self, address):
        with self.lock:
            return [m for m in self.seen if address in m["recipients"]]


def queue_id_of(reply):
    """The queue id that a receiver says it gave, or None."""
    found = re.search(r"queued as (\w+)$", reply)
    return found and found[1]


def between(line):
    """The address in angle brackets of a MAIL or RCPT command; quotes may hide a bracket."""
    found = re.search(r'<((?:"(?:\\.|[^"\\])*"|[^>"])*)>', line)
    return found[1] if found else ""


def headers(text):
    """Message-ID and the queue ids of all Postfix hops, the last hop first."""
    head, ids, message_id = [], [], None
    for line in text:
        if not line:
            break
        if line[0] in " \t" and head:
            head[-1] += " " + line.strip()
        else:
            head.append(line)
    for line in head:
        name, _, value = line.partition(":")
        if name.lower() == "message-id":
            message_id = value.strip()
        if name.lower() == "received":
            host = re.search(r"by (\S+) \(Postfix", value)
            found = re.search(r"\bid ([0-9A-Za-z]+)[; ]", value + ";")
            if found and host:
                ids.append((host[1], found[1]))
    return message_id, ids


# ---- policy -------------------------------------------------------------------------------------
class Policy:
    """A policy server that decides by the recipient's local part; keeps what it was told."""
    ANSWERS = {
        "policy-reject": "REJECT the policy says no",
        "policy-grey": "DEFER_IF_PERMIT greylisted by policy",
        "policy-code": "554 5.7.77 policy with (brackets) and; semicolon",
        "policy-hold": "HOLD policy holds it",
        "policy-warn": "WARN policy warns",
    }

    def __init__(self, address):
        self.seen = []
        self.server = serve(address, self.session)

    def session(self, connection, _):
        lines = Lines(connection)
        while True:
            asked = {}
            while True:
                line = lines.line().decode("utf-8", "replace")
                if not line:
                    break
                key, _, value = line.partition("=")
                asked[key] = value
            self.seen.append(asked)
            local = asked.get("recipient", "").split("+")[-1].split("@")[0]
            connection.sendall(("action=%s\n\n" % self.ANSWERS.get(local, "DUNNO")).encode())


# ---- content filter -----------------------------------------------------------------------------
class Filter:
    """Sits between two SMTP servers and hands commands and replies through. It rejects a mail
    whose text says so. Serves before the queue and after it."""

    def __init__(self, address, onward):
        self.onward = onward
        self.sessions = []  # [port that smtpd sees, mails begun, whether we hung up]
        self.server = serve(address, self.session)

    def session(self, connection, _):
        inner = Lines(socket.create_connection(self.onward, timeout=30))
        outer = Lines(connection)
        seen = [inner.connection.getsockname()[1], 0, False]
        self.sessions.append(seen)
        self.reply(inner, outer)
        opened = False
        while True:
            line = outer.line()
            if line.upper() == b"DATA":
                self.data(inner, outer, seen)
                opened = False
            else:
                inner.connection.sendall(line + b"\r\n")
                good = self.reply(inner, outer).startswith(b"2")
                if line.upper().startswith(b"RCPT") and good and not opened:
                    opened = True
                    seen[1] += 1
            if line.upper() == b"QUIT":
                return

    def data(self, inner, outer, seen):
        inner.connection.sendall(b"DATA\r\n")
        if not self.reply(inner, outer).startswith(b"354"):
            return
        text = outer.message()
        if b"X-Filter: reject" in text:
            seen[2] = True
            inner.connection.close()  # so the mail never is
            outer.send("550 5.7.1 id=12345-01 - INFECTED: Eicar (test), from=<x>")
            raise ConnectionResetError
        for line in text:
            inner.connection.sendall((b"." if line.startswith(b".") else b"") + line + b"\r\n")
        inner.connection.sendall(b".\r\n")
        self.reply(inner, outer)

    @staticmethod
    def reply(inner, outer):
        while True:
            line = inner.line()
            outer.connection.sendall(line + b"\r\n")
            if line[3:4] != b"-":
                return line


def receiver_tls(work, name, ciphers=None, version=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("%s/tls/%s.pem" % (work, name))
    if version:
        context.maximum_version = version
    if ciphers:
        context.set_ciphers(ciphers)
    return context
