# SPDX-License-Identifier: Apache-2.0
"""policyd-spf, the Python one. It speaks of a client before there is a mail: its lines join by nothing."""
from mail import Case

NAME, NEEDS = "policyd-spf", {"policyd-spf": "postfix-policyd-spf-python"}
MASTER = """
{mx}:2530 inet n - n - - smtpd
  -o smtpd_recipient_restrictions=check_policy_service,unix:private/policyd-spf
policyd-spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf {work}/policyd-spf.conf
"""
CONF = """
debugLevel = 1
TestOnly = 1
HELO_reject = False
Mail_From_reject = Fail
PermError_reject = True
TempError_Defer = True
skip_addresses = 127.0.0.0/8
"""


def start(world):
    world.write("policyd-spf.conf", CONF)


def result(result, sender, **more):
    where = {"event_source_product": "spf", "source_ip": "IP", "vendor_event_type": "policyd-spf.result"}
    return (where, {"vendor_spf_result": result, "email_from": sender, "vendor_spf_scope": "mailfrom",
                    "vendor_receiver": "sink.example.com", "vendor_helo": "client.example.net", **more}, 1)


def refused(reason_code, sender):
    return ({"vendor_event_type": "smtpd.reject", "source_ip": "IP"},
            {"smtp_response_code": 550, "smtp_response_enhanced_code": reason_code, "email_from": sender}, 1)


SINK = ["spf@sink.example.com"]
SCENARIOS = [
    Case("spf pass", 2530, "good", "alice@example.org", SINK, 250, {}, [result("pass", "alice@example.org")]),
    Case("spf softfail", 2530, "bad", "x@example.net", SINK, 250, {}, [result("softfail", "x@example.net")]),
    Case("spf neutral", 2530, "bad", "x@neutral.example.net", SINK, 250, {},
         [result("neutral", "x@neutral.example.net")]),
    Case("spf none", 2530, "bad", "x@nospf.example.net", SINK, 250, {},
         [({"event_source_product": "spf", "source_ip": "IP"}, {"vendor_spf_result": "none"}, 1)]),
    Case("spf fail", 2530, "bad", "alice@example.org", SINK, 550, None,
         [refused("5.7.23", "alice@example.org"),
          ({"event_source_product": "spf", "source_ip": "IP"}, {"vendor_spf_result": "fail"}, 1)]),
    Case("spf broken record", 2530, "bad", "x@broken.example.net", SINK, 550, None,
         [refused("5.7.24", "x@broken.example.net"),
          ({"event_source_product": "spf", "source_ip": "IP"}, {"vendor_spf_result": "permerror"}, 1)]),
]
