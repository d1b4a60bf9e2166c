# SPDX-License-Identifier: Apache-2.0
"""haproxy with the PROXY protocol, before smtpd, before postscreen, and before nobody."""
import smtplib
import socket

from mail import Case
from truth import Check
from world import MX

NAME, NEEDS = "haproxy", {"haproxy": "haproxy"}
MASTER = """
{mx}:2591 inet n - n - - smtpd -o smtpd_upstream_proxy_protocol=haproxy
{mx}:2593 inet n - n - 1 postscreen -o postscreen_upstream_proxy_protocol=haproxy -o postscreen_greet_wait=1s
  -o postscreen_cache_map=
smtpd     pass - - n - - smtpd
"""
CONF = """
global
    log /dev/log mail info
    user haproxy
    group haproxy
defaults
    log global
    mode tcp
    option tcplog
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend in_smtp
    bind {mx}:2590
    tcp-request connection reject if { src 198.51.100.250 }
    default_backend be_smtp
backend be_smtp
    server mx1 {mx}:2591 send-proxy-v2
frontend in_screen
    bind {mx}:2592
    default_backend be_screen
backend be_screen
    server mx2 {mx}:2593 send-proxy-v2
frontend in_dead
    bind {mx}:2594
    default_backend be_dead
backend be_dead
    server nobody {mx}:2599
"""


def start(world):
    world.run("haproxy", "-db", "-f", world.write("haproxy.cfg", CONF))


def ready(world):
    world.listening(2590, MX)


def connection(frontend, backend, server, **more):
    return ({"vendor_event_type": "haproxy.tcp", "source_ip": "IP", "source_port": "PORT"},
            {"vendor_frontend": frontend, "vendor_backend": backend, "vendor_server": server, **more}, 1)


def dead(world):
    """Nobody behind it: haproxy hangs up, and says so."""
    ip = next(world.good)
    with socket.socket() as s:
        s.bind((ip, 0))
        port = s.getsockname()[1]
        s.connect((MX, 2594))
        s.settimeout(30)
        if s.recv(10):
            raise AssertionError("somebody answers")
    return [Check("haproxy dead", "lines", {"vendor_event_type": "haproxy.tcp", "source_ip": ip, "source_port": port},
                  {"vendor_backend": "be_dead", "vendor_termination_state": "SC", "event_outcome": "failure"}, 1),
            Check("haproxy dead", "lines", {"vendor_event_type": "smtpd.connect", "source_ip": ip}, {}, 0)]


def denied(world):
    """Refused before it is a connection: not even haproxy has a line of it."""
    try:
        smtplib.SMTP(timeout=10, source_address=("198.51.100.250", 0)).connect(MX, 2590)
    except (OSError, smtplib.SMTPException):
        return [Check("haproxy denied", "lines", {"source_ip": "198.51.100.250"}, {}, 0)]
    raise AssertionError("not denied")


SINK = ["proxy@sink.example.com"]
SCENARIOS = [
    Case("haproxy before smtpd", 2590, "good", "alice@example.org", SINK, 250, {"source_ip": "IP"},
         [connection("in_smtp", "be_smtp", "mx1")]),
    Case("haproxy before smtpd, refused", 2590, "bad", "eve@example.net", ["nobody@relay.example.net"], 554, None,
         [connection("in_smtp", "be_smtp", "mx1"),
          ({"vendor_event_type": "smtpd.reject", "source_ip": "IP", "source_port": "PORT"}, {}, 1)]),
    Case("haproxy before postscreen", 2592, "good", "alice@example.org", SINK, 250, {"source_ip": "IP"},
         [connection("in_screen", "be_screen", "mx2"),
          ({"vendor_event_type": "postscreen.connect", "source_ip": "IP", "source_port": "PORT"}, {}, 1)]),
    dead, denied,
]
