# SPDX-License-Identifier: Apache-2.0
"""The DNS stand-in: all names there are, and the rule by which clients have names."""
import ipaddress
import re
import socket
import struct
import threading

import config

ZONE = {
    ("mx.example.com", "A"): [config.MX], ("mx.example.com", "AAAA"): [config.MX6],
    ("mail.example.org", "A"): [config.RELAY],
    ("example.com", "MX"): ["10 mx.example.com"],
    ("example.org", "MX"): ["10 mail.example.org"],
    ("unix.example.com", "MX"): ["10 mx.example.com"],
    ("mx1.example.net", "A"): [config.RECEIVER],
    ("mx2.example.net", "A"): [config.PLAIN_RECEIVER],
    ("mx3.example.net", "A"): [config.NOBODY],
    ("mx4.example.net", "A"): [config.BUSY],
    ("mx5.example.net", "A"): [config.BROKEN_TLS],
    ("mx6.example.net", "AAAA"): [config.RECEIVER6],
    ("mx7.example.net", "A"): [config.OTHER_NAME],
    ("mx8.example.net", "A"): [config.NOBODY_TOO],
    ("cached.example.net", "MX"): ["10 mx2.example.net"],
    ("example.net", "MX"): ["10 mx1.example.net"],
    ("plain.example.net", "MX"): ["10 mx2.example.net"],
    ("mustencrypt.example.net", "MX"): ["10 mx2.example.net"],
    ("verified.example.net", "MX"): ["10 mx1.example.net"],
    ("othername.example.net", "MX"): ["10 mx7.example.net"],
    ("down.example.net", "MX"): ["10 mx3.example.net"],
    ("fallback.example.net", "MX"): ["10 mx8.example.net", "20 mx2.example.net"],
    ("busy.example.net", "MX"): ["10 mx4.example.net"],
    ("badtls.example.net", "MX"): ["10 mx5.example.net"],
    ("six.example.net", "MX"): ["10 mx6.example.net"],
    ("address.example.net", "A"): [config.PLAIN_RECEIVER],
    ("auth.example.net", "MX"): ["10 mx7.example.net"],
    ("badauth.example.net", "MX"): ["10 mx7.example.net"],
    ("nullmx.example.net", "MX"): ["0 ."],
    ("nomxhost.example.net", "MX"): ["10 missing.example.net"],
    ("loop.example.net", "MX"): ["10 mail.example.org"],
    ("client.example.net", "A"): ["198.51.100.1"],
    # 127.0.0.2 is the customary answer for "listed"
    ("249.100.51.198.bl.example.com", "A"): ["127.0.0.2"],
    ("249.100.51.198.bl.example.com", "TXT"): ["Listed; see https://bl.example.com/249; from=<x>"],
    ("252.100.51.198.bl.example.com", "A"): ["127.0.0.2"],
    ("252.100.51.198.wl.example.com", "A"): ["127.0.0.5"],
}

TYPES = {"A": 1, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28}


def _name(name):
    return b"".join(bytes([len(p)]) + p.encode() for p in name.strip(".").split(".") if p) + b"\0"


def _data(kind, value):
    if kind == "A":
        return ipaddress.IPv4Address(value).packed
    if kind == "AAAA":
        return ipaddress.IPv6Address(value).packed
    if kind == "MX":
        preference, host = value.split()
        return struct.pack(">H", int(preference)) + _name(host)
    if kind == "TXT":
        return bytes([len(value)]) + value.encode()
    return _name(value)


def client_name(ip):
    """The name that DNS gives to a client, by a rule: (PTR name or None, whether it resolves)."""
    if ":" in ip:
        return "six-%d.example.net" % int(ipaddress.ip_address(ip).packed[-1]), True
    first, _, _, last = ip.split(".")
    if first != "198" or int(last) % 4 == 0:
        return None, False
    return "host-%s.example.net" % last, int(last) % 4 != 1


class Dns:
    """Authority for all names there are: a table, and the rule for the clients."""

    def __init__(self, address, table):
        self.table = {(name, kind): values for (name, kind), values in table.items()}
        self.names = {name for name, _ in self.table}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 53))
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            question, peer = self.socket.recvfrom(4096)
            try:
                self.socket.sendto(self.reply(question), peer)
            except (ValueError, IndexError, struct.error, OSError):
                pass

    def reply(self, question):
        at, labels = 12, []
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode("ascii", "replace"))
            at += 1 + question[at]
        number = struct.unpack(">H", question[at + 1:at + 3])[0]
        kind = {v: k for k, v in TYPES.items()}.get(number, "")
        rcode, values = self.find(".".join(labels).lower(), kind)
        answers = b"".join(
            b"\xc0\x0c" + struct.pack(">HHIH", number, 1, 60, len(d)) + d
            for d in (_data(kind, v) for v in values))
        flags = 0x8580 | rcode
        return (question[:2] + struct.pack(">HHHHH", flags, 1, len(values), 0, 0)
                + question[12:at + 5] + answers)

    def find(self, name, kind):
        if name.startswith("servfail."):
            return 2, []
        if (name, kind) in self.table:
            return 0, self.table[name, kind]
        if name in self.names:
            return 0, []
        host = re.fullmatch(r"(\d+)\.100\.51\.198\.in-addr\.arpa", name)
        if host:
            found, _ = client_name("198.51.100." + host[1])
            return (0, [found] if kind == "PTR" else []) if found else (3, [])
        host = re.fullmatch(r"host-(\d+)\.example\.net", name)
        if host and client_name("198.51.100." + host[1])[1]:
            return 0, ["198.51.100." + host[1]] if kind == "A" else []
        if name.endswith(".ip6.arpa"):
            ip = ipaddress.ip_address(bytes.fromhex("".join(reversed(name.split(".")[:32]))))
            if ip in ipaddress.ip_network("2001:db8:2::/48"):
                return 0, [client_name(str(ip))[0]] if kind == "PTR" else []
        host = re.fullmatch(r"six-(\d+)\.example\.net", name)
        if host:
            return 0, ["2001:db8:2::%x" % int(host[1])] if kind == "AAAA" else []
        return 3, []
