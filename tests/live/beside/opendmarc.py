# SPDX-License-Identifier: Apache-2.0
"""OpenDMARC behind OpenDKIM, with SPF of its own where no header has it."""
from mail import Case
from truth import ABSENT

NAME, NEEDS, AFTER = "opendmarc", {"opendmarc": "opendmarc"}, ["opendkim"]
MASTER = """
{mx}:2520 inet n - n - - smtpd -o smtpd_milters=inet:127.0.0.1:8891,inet:127.0.0.1:8893
"""
CONF = """
Syslog true
SyslogFacility mail
AuthservID mx.example.com
TrustedAuthservIDs mx.example.com
Socket inet:8893@127.0.0.1
RejectFailures true
HoldQuarantinedMessages false
SPFIgnoreResults false
SPFSelfValidate true
PublicSuffixList {work}/psl
RequiredHeaders true
DNSTimeout 3
"""


def start(world):
    world.write("psl", "com\norg\nnet\n")
    world.run("opendmarc", "-f", "-c", world.write("opendmarc.conf", CONF))


def ready(world):
    world.listening(8893)


def of(event):
    return {"vendor_event_type": event, "email_uid": "ID", "event_source_product": "opendmarc"}


SINK = ["dmarc@sink.example.com"]
RESULT = "opendmarc.result"
REJECTED = ({"vendor_event_type": "milter.reject", "email_message_id": "MSGID"},
            {"vendor_dmarc_result": "fail", "vendor_dmarc_domain": "example.org", "vendor_spf_result": "none"}, 1)
SCENARIOS = [
    Case("dmarc pass by dkim", 2520, "bad", "x@nospf.example.net", SINK, 250,
         {"vendor_dmarc_result": "pass", "vendor_dmarc_domain": "example.org", "vendor_dkim_result": "pass"},
         [(of(RESULT), {"vendor_dmarc_result": "pass"}, 1)],
         {"signed": ("example.org", "sel1"), "header_from": "<alice@example.org>"}),
    Case("dmarc pass by spf", 2520, "good", "alice@example.org", SINK, 250,
         {"vendor_dmarc_result": "pass", "vendor_dmarc_domain": "example.org", "vendor_dkim_result": ABSENT,
          "vendor_spf_result": "pass"}, [(of(RESULT), {}, 1)]),
    Case("dmarc reject", 2520, "bad", "x@nospf.example.net", SINK, 550, None, [REJECTED],
         {"header_from": "<ceo@example.org>"}),
    Case("dmarc quarantine is no reject", 2520, "bad", "x@nospf.example.net", SINK, 250,
         {"vendor_dmarc_result": "fail", "vendor_dmarc_domain": "example.net"}, [(of(RESULT), {}, 1)],
         {"header_from": "<ceo@example.net>"}),
    Case("dmarc no policy", 2520, "bad", "x@neutral.example.net", SINK, 250,
         {"vendor_dmarc_result": "none", "vendor_dmarc_domain": "unknown.example"}, [(of(RESULT), {}, 1)],
         {"header_from": "<x@unknown.example>"}),
]
