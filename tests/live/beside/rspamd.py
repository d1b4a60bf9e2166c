# SPDX-License-Identifier: Apache-2.0
"""rspamd as a milter, with three symbols of our own and nothing else: what a mail scores is known."""
from mail import Case

NAME, NEEDS = "rspamd", {"rspamd": "rspamd"}
MASTER = """
{mx}:2580 inet n - n - - smtpd -o smtpd_milters=inet:127.0.0.1:11332
"""
CONF = """
options { pidfile = "{work}/rspamd/pid"; tempdir = "/tmp"; filters = "regexp"; dns { nameserver = ["192.0.2.53"]; }
    hs_cache_dir = "{work}/rspamd"; url_tld = "{work}/rspamd/tlds"; }
logging { type = "syslog"; facility = "mail"; level = "info"; }
actions { reject = 15; "add header" = 6; }
regexp {
    PFX_TWO { re = '/PFX-TWO-POINTS/{body}'; score = 2.5; }
    PFX_SEVEN { re = '/PFX-SEVEN-POINTS/{body}'; score = 7.5; }
    PFX_TWENTY { re = '/PFX-TWENTY-POINTS/{body}'; score = 20.25; }
}
worker "rspamd_proxy" { bind_socket = "127.0.0.1:11332"; milter = yes; timeout = 60s; count = 1;
    upstream "local" { default = yes; self_scan = yes; } }
"""


def start(world):
    world.directory("rspamd", "_rspamd")
    world.write("rspamd/tlds", "com\norg\nnet\n")  # the whole list takes it 20 seconds
    world.run("rspamd", "-f", "-c", world.write("rspamd.conf", CONF), "-u", "_rspamd", "-g", "_rspamd")


def ready(world):
    world.listening(11332)


def told(score, action, **more):
    return [({"vendor_event_type": "rspamd.verdict", "email_message_id": "MSGID"},
             {"vendor_spam_score": score, "vendor_spam_threshold": 15.0, "vendor_filter_action": action,
              "source_ip": "IP", **more}, 1)]


def scored(score, action):
    return {"vendor_spam_score": score, "vendor_spam_threshold": 15.0, "vendor_filter_action": action}


SINK = ["scan@sink.example.com"]
SCENARIOS = [
    Case("rspamd nothing", 2580, "good", "alice@example.org", SINK, 250, scored(0.0, "no action"),
         told(0.0, "no action", email_uid="ID", email_from="alice@example.org")),
    Case("rspamd a little", 2580, "good", "alice@example.org", SINK, 250, scored(2.5, "no action"),
         told(2.5, "no action", email_uid="ID"), {"body": "PFX-TWO-POINTS"}),
    Case("rspamd header", 2580, "bad", "eve@example.net", SINK, 250, scored(7.5, "add header"),
         told(7.5, "add header", email_uid="ID"), {"body": "PFX-SEVEN-POINTS"}),
    Case("rspamd refused", 2580, "bad", "eve@example.net", SINK, 554, None,
         told(20.25, "reject") + [
             ({"vendor_event_type": "milter.reject", "email_message_id": "MSGID"}, scored(20.25, "reject"), 1)],
         {"body": "PFX-TWENTY-POINTS"}),
    Case("rspamd message-id that lies", 2580, "good", "alice@example.org", SINK, 250, scored(0.0, "no action"),
         [], {"message_id": "a>, (default: T (reject): [99.00/15.00] [X(99.00){}]), len: 1@example.org"}),
]
