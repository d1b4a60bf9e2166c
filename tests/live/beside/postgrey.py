# SPDX-License-Identifier: Apache-2.0
"""Postgrey, with a delay of one second."""
import time

from mail import Case, checks, send

NAME, NEEDS = "postgrey", {"postgrey": "postgrey"}
MASTER = """
{mx}:2540 inet n - n - - smtpd -o smtpd_recipient_restrictions=check_policy_service,inet:127.0.0.1:10023
"""


def start(world):
    world.directory("postgrey", "postgrey")
    world.run("postgrey", "--delay=1", "-d", "--pidfile=" + world.path("postgrey/pid"),
              "--inet=127.0.0.1:10023", "--dbdir=" + world.path("postgrey"), "--user=postgrey", "--group=nogroup")


def ready(world):
    world.listening(10023)


def decision(action, reason, to):
    return ({"vendor_event_type": "postgrey.decision", "source_ip": "IP", "email_to": to, "vendor_greylist_action": action},
            {"vendor_greylist_reason": reason, "email_from": "alice@example.org"}, 1)


def refused(to):
    return ({"vendor_event_type": "smtpd.reject", "source_ip": "IP", "email_to": to},
            {"smtp_response_code": 450, "vendor_reason": "greylist"}, 1)


FIRST = Case("greylisted", 2540, "good", "alice@example.org", ["first@sink.example.com"], 450, None,
             [refused("first@sink.example.com"), decision("greylist", "new", "first@sink.example.com")])
SLOW = FIRST._replace(name="greylisted and back", to=["slow@sink.example.com"])
EARLY = Case("greylisted, too early", 2540, "good", "alice@example.org", ["early@sink.example.com"], 450, None,
             [({"vendor_event_type": "smtpd.reject", "source_ip": "IP"}, {"vendor_reason": "greylist"}, 2),
              decision("greylist", "new", "early@sink.example.com")])
BOTH = Case("greylisted, two recipients", 2540, "good", "alice@example.org",
            ["one@sink.example.com", "two@sink.example.com"], 450, None,
            [refused("one@sink.example.com"), refused("two@sink.example.com"),
             decision("greylist", "new", "one@sink.example.com"), decision("greylist", "new", "two@sink.example.com")])


def again(world):
    """A second try, two seconds later: one refusal, one mail, and the delay between."""
    first = send(world, SLOW)
    time.sleep(2.1)
    case = SLOW._replace(reply=250, record={}, lines=[
        refused("slow@sink.example.com"), decision("greylist", "new", "slow@sink.example.com"),
        decision("pass", "triplet found", "slow@sink.example.com")])
    return [c for c in checks(case, send(world, case, ip=first.ip)) if c.what != "client"]


def early(world):
    first = send(world, EARLY)
    return [c for c in checks(EARLY._replace(lines=EARLY.lines[:1]), send(world, EARLY, ip=first.ip)) if c.what != "client"]


SCENARIOS = [FIRST, BOTH, again, early]
