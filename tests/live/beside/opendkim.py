# SPDX-License-Identifier: Apache-2.0
"""OpenDKIM: signs what 127.0.0.1 submits, verifies all else."""
import subprocess

from mail import Case
from truth import ABSENT

NAME, NEEDS = "opendkim", {"opendkim": "opendkim"}
MASTER = """
{mx}:2510 inet n - n - - smtpd -o smtpd_milters=inet:127.0.0.1:8891
127.0.0.1:2511 inet n - n - - smtpd -o smtpd_milters=inet:127.0.0.1:8891
"""
CONF = """
Syslog yes
SyslogFacility mail
SyslogSuccess yes
LogWhy yes
LogResults yes
Mode sv
Canonicalization simple/simple
Domain example.com
Selector ours
KeyFile {work}/dkim.key
Socket inet:8891@127.0.0.1
InternalHosts 127.0.0.1
AlwaysAddARHeader yes
AuthservID mx.example.com
RequireSafeKeys no
Nameservers 192.0.2.53
"""


def start(world):
    key = world.path("dkim.key")
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", key, "1024"], check=True, stderr=subprocess.DEVNULL)
    public = subprocess.run(["openssl", "rsa", "-in", key, "-pubout"], check=True, stdout=subprocess.PIPE, text=True,
                            stderr=subprocess.DEVNULL).stdout
    record = "v=DKIM1; k=rsa; p=" + "".join(line for line in public.split("\n") if not line.startswith("-"))
    for name, value in (("sel1._domainkey.example.org", record),
                        ("sel1._domainkey.other.example.net", record),
                        ("revoked._domainkey.example.org", "v=DKIM1; k=rsa; p=")):
        world.dns.table[name, "TXT"] = [value]
        world.dns.names.add(name)
    world.run("opendkim", "-f", "-x", world.write("opendkim.conf", CONF))


def ready(world):
    world.listening(8891)


def of(event):
    return {"vendor_event_type": event, "email_uid": "ID", "event_source_product": "opendkim"}


SINK = ["dkim@sink.example.com"]
GOOD = {"signed": ("example.org", "sel1")}
SCENARIOS = [
    Case("dkim good", 2510, "good", "alice@example.org", SINK, 250,
         {"vendor_dkim_result": "pass", "vendor_dkim_domain": "example.org", "vendor_dkim_selector": "sel1"},
         [(of("opendkim.verified"), {"vendor_dkim_result": "pass"}, 1)], GOOD),
    Case("dkim changed body", 2510, "good", "alice@example.org", SINK, 250, {"vendor_dkim_result": "fail"},
         [(of("opendkim.verification_failed"), {"vendor_dkim_error": "bad signature data"}, 1),
          (of("opendkim.verified"), {}, 0)], {**GOOD, "spoiled": True}),
    Case("dkim revoked key", 2510, "good", "alice@example.org", SINK, 250,
         {"vendor_dkim_result": "permerror", "vendor_dkim_domain": "example.org", "vendor_dkim_selector": "revoked"},
         [(of("opendkim.verified"), {}, 0)], {"signed": ("example.org", "revoked")}),
    Case("dkim no key", 2510, "good", "alice@example.org", SINK, 250,
         {"vendor_dkim_result": "permerror", "vendor_dkim_domain": "example.org", "vendor_dkim_selector": "missing"},
         [(of("opendkim.key_retrieval_failed"), {}, 1)], {"signed": ("example.org", "missing")}),
    # Of a mail without a signature it says nothing at all, so nothing is to be told.
    Case("dkim unsigned", 2510, "good", "alice@example.org", SINK, 250, {"vendor_dkim_result": ABSENT},
         [(of("opendkim.verified"), {}, 0)]),
    Case("dkim signs", 2511, "127.0.0.1", "bob@example.com", SINK, 250,
         {"vendor_dkim_domain": "example.com", "vendor_dkim_selector": "ours"},
         [(of("opendkim.signed"), {"vendor_dkim_domain": "example.com"}, 1)]),
    Case("dkim not our domain", 2511, "127.0.0.1", "bob@example.net", SINK, 250, {},
         [(of("opendkim.signed"), {}, 0)]),
]
