# SPDX-License-Identifier: Apache-2.0
"""The small part of the milter protocol that a mail server needs to be told no, and why.

It decides by what it is shown: the HELO name, a recipient, the header X-Milter.
"""
import struct

from standins import serve

CONTINUE, REJECT, TEMPFAIL, DISCARD, REPLYCODE, QUARANTINE, ADD_HEADER = b"c", b"r", b"t", b"d", b"y", b"q", b"h"
ACTIONS = 0x01 | 0x20   # adds headers, quarantines
NO_REPLY = b"DAQK"      # macro, abort, quit, quit and new connection: none is awaited

AT_HEADER = {
    "reject": (REPLYCODE, b"554 5.7.1 milter found; from=<liar@example.net> in it"),
    "plainreject": (REJECT, b""),
    "tempfail": (TEMPFAIL, b""),
    "tempcode": (REPLYCODE, b"451 4.7.1 milter wants to see it later"),
    "discard": (DISCARD, b""),
}


class Milter:
    def __init__(self, address):
        self.server = serve(address, self.session)

    def session(self, connection, _):
        verdict, hold = None, False
        while True:
            packet = self.read(connection)
            if packet is None or packet[:1] == b"Q":
                return
            command, data = packet[:1], packet[1:]
            if command == b"A":
                verdict, hold = None, False
            if command == b"O":
                self.send(connection, b"O", struct.pack(">III", 6, ACTIONS, 0))
            elif command == b"H" and data.startswith(b"milter-no"):
                self.send(connection, REPLYCODE, b"550 5.7.2 milter knows this name\0")
            elif command == b"R" and b"milter-no" in data:
                self.send(connection, REPLYCODE, b"550 5.1.3 milter refuses <recipient>\0")
            elif command == b"L":
                name, value = data.rstrip(b"\0").split(b"\0")[:2] if b"\0" in data.rstrip(b"\0") else (data, b"")
                if name.lower() == b"x-milter":
                    verdict = AT_HEADER.get(value.decode().strip())
                    hold = value.strip() == b"quarantine"
                self.send(connection, CONTINUE)
            elif command == b"E":
                self.end(connection, verdict, hold)
                verdict, hold = None, False
            elif command not in NO_REPLY:
                self.send(connection, CONTINUE)

    def end(self, connection, verdict, hold):
        if hold:
            self.send(connection, QUARANTINE, b"milter keeps it: reason (one)\0")
        if verdict:
            self.send(connection, verdict[0], verdict[1] + b"\0" if verdict[1] else b"")
        else:
            self.send(connection, ADD_HEADER, b"X-Milter-Seen\0yes\0")
            self.send(connection, CONTINUE)

    @staticmethod
    def send(connection, command, data=b""):
        connection.sendall(struct.pack(">I", 1 + len(data)) + command + data)

    def read(self, connection):
        head = self.exactly(connection, 4)
        return head and self.exactly(connection, struct.unpack(">I", head)[0])

    @staticmethod
    def exactly(connection, count):
        got = b""
        while len(got) < count:
            more = connection.recv(count - len(got))
            if not more:
                return None
            got += more
        return got
