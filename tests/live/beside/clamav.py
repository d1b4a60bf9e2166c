# SPDX-License-Identifier: Apache-2.0
"""clamd with one signature of our own, and two clamav-milters: one refuses, one discards what is infected."""
from mail import Case

NAME, NEEDS = "clamav", {"clamd": "clamav-daemon", "clamav-milter": "clamav-milter"}
MARKER, VIRUS = "PFX-MARKER-OF-A-TEST", "Pfx.Marker.UNOFFICIAL"  # clamd adds the suffix to signatures of others
MASTER = """
{mx}:2550 inet n - n - - smtpd -o smtpd_milters=inet:127.0.0.1:7357
{mx}:2551 inet n - n - - smtpd -o smtpd_milters=inet:127.0.0.1:7358
"""
CLAMD = """
LogSyslog yes
LogFacility LOG_MAIL
LogClean yes
DatabaseDirectory {work}/clamdb
TCPSocket 3310
TCPAddr 127.0.0.1
Foreground yes
User root
PidFile {work}/clamd.pid
"""
MILTER = """
MilterSocket inet:PORT@127.0.0.1
ClamdSocket tcp:127.0.0.1:3310
LogSyslog yes
LogFacility LOG_MAIL
LogInfected Full
LogClean Full
OnInfected ACTION
OnFail Defer
Foreground yes
PidFile {work}/clamav-milter-PORT.pid
User root
"""


def start(world):
    world.write("clamdb/test.ndb", "Pfx.Marker:0:*:%s\n" % MARKER.encode().hex())
    world.run("clamd", "-c", world.write("clamd.conf", CLAMD))
    world.listening(3310)
    for port, action, more in (("7357", "Reject", "RejectMsg found %v\n"), ("7358", "Blackhole", "")):
        text = MILTER.replace("PORT", port).replace("ACTION", action) + more
        world.run("clamav-milter", "-c", world.write("clamav-milter-%s.conf" % port, text))


def ready(world):
    world.listening(7357)
    world.listening(7358)


def of(event):
    return {"vendor_event_type": "clamav-milter." + event, "email_message_id": "MSGID"}


SINK = ["virus@sink.example.com"]
INFECTED = {"vendor_filter_verdict": "infected", "vendor_virus_name": VIRUS}
SCENARIOS = [
    Case("virus none", 2550, "good", "alice@example.org", SINK, 250, {"vendor_filter_verdict": "clean"},
         [(of("clean"), {"email_uid": "ID"}, 1), (of("infected"), {}, 0)]),
    Case("virus refused", 2550, "bad", "eve@example.net", SINK, 550, None,
         [(of("infected"), INFECTED, 1), (of("clean"), {}, 0),
          ({"vendor_event_type": "milter.reject", "email_message_id": "MSGID"}, INFECTED, 1)], {"body": MARKER}),
    Case("virus discarded", 2551, "bad", "eve@example.net", SINK, 250, None,
         [(of("infected"), {"email_uid": "ID", **INFECTED}, 1),
          ({"vendor_event_type": "milter.discard", "email_uid": "ID"}, {"vendor_verdict": "discarded", **INFECTED}, 1),
          ({"vendor_event_type": "qmgr.removed", "email_uid": "ID"}, {}, 0)], {"body": MARKER}),
    Case("virus subject that lies", 2550, "good", "alice@example.org", SINK, 250, {"vendor_filter_verdict": "clean"},
         [(of("infected"), {}, 0)], {"subject": "x' message-id '<m@example.org>' date 'y' infected by Other.Virus"}),
]
