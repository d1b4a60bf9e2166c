# SPDX-License-Identifier: Apache-2.0
"""Writes a small MaxMind database (https://maxmind.github.io/MaxMind-DB/) of networks: mmdb.py FILE NETWORK=COUNTRY,ASN..."""
import ipaddress
import struct
import sys
import time


def encode(value):
    """A value of the data section: a control byte, and what it is."""
    def control(kind, size):
        head = bytes([(kind << 5 if kind < 8 else 0) | size])
        return head + (bytes([kind - 7]) if kind >= 8 else b"")
    if isinstance(value, str):
        text = value.encode()
        return (control(2, len(text)) if len(text) < 29 else control(2, 29) + bytes([len(text) - 29])) + text
    if isinstance(value, dict):
        return control(7, len(value)) + b"".join(encode(key) + encode(member) for key, member in value.items())
    if isinstance(value, list):
        return control(11, len(value)) + b"".join(encode(member) for member in value)
    kind, number = value  # 5: 16 bit, 6: 32 bit, 9: 64 bit
    bare = number.to_bytes(8, "big").lstrip(b"\0")
    return control(kind, len(bare)) + bare


def write(path, networks):
    nodes, data = [[None, None]], b""
    for network, value in networks:
        network = ipaddress.ip_network(network)
        bits = 96 * "0" * (network.version == 4) + format(int(network.network_address), "0%db" % network.max_prefixlen)
        depth = network.prefixlen + 96 * (network.version == 4)
        at = 0
        for place, bit in enumerate(bits[:depth]):
            if place == depth - 1:
                nodes[at][int(bit)] = ("data", len(data))
            elif nodes[at][int(bit)] is None:
                nodes.append([None, None])
                nodes[at][int(bit)] = len(nodes) - 1
                at = len(nodes) - 1
            else:
                at = nodes[at][int(bit)]
        data += encode(value)
    tree = b""
    for node in nodes:
        for record in node:
            number = len(nodes) if record is None else record if isinstance(record, int) else len(nodes) + 16 + record[1]
            tree += struct.pack(">I", number)[1:]
    meta = {"node_count": (6, len(nodes)), "record_size": (5, 24), "ip_version": (5, 6), "database_type": "Example-Country-ASN",
            "languages": ["en"], "binary_format_major_version": (5, 2), "binary_format_minor_version": (5, 0),
            "build_epoch": (9, int(time.time())), "description": {"en": "of a test"}}
    with open(path, "wb") as out:
        out.write(tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + encode(meta))


if __name__ == "__main__":
    rows = []
    for argument in sys.argv[2:]:
        net, _, told = argument.partition("=")
        country, asn = told.split(",")
        rows.append((net, {"country": {"iso_code": country}, "autonomous_system_number": (6, int(asn))}))
    write(sys.argv[1], rows)
