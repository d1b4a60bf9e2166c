# SPDX-License-Identifier: Apache-2.0
"""An account is guessed, used and suspended: real Dovecot, Postfix and rsyslogd with the module, and account-suspend behind it.

Run by incident.test, as root, in namespaces of its own: driver.py DIRECTORY. What has to come of it stands beside what the driver
does; the limits and times are those that doc/alerts.md states.
"""
import os
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [os.path.join(HERE, ".."), os.path.join(HERE, "..", "beside")]
import audited  # noqa: E402
import dovecot  # noqa: E402
from guarded import Guarded, missing  # noqa: E402
from told import Told  # noqa: E402
from truth import conclude  # noqa: E402

FIRST, GUESSER, HELPER = "198.51.100.10", "198.51.100.20", "198.51.100.30"
HOME = {"alice": "203.0.113.10", "bob": "203.0.113.20", "carol": "203.0.113.30", "dave": "203.0.113.40"}


def flood(told, user, ip):
    """Five mails to 120 recipients each, of which the next hop refuses some and puts some off; the fifth is over the limit of 500.
    Fewer than ten are refused, so that their share of all is not told."""
    session = told.submission(user, ip, dovecot.PASSWORD)
    begin = time.time()
    for n in range(1, 6):
        kinds = ["unknown", "unknown", "grey"] if n < 3 else []
        session.mail(["%s+%d.%d.%s@sink.example.com" % ((kinds[i:] + ["ok"])[0], n, i, user) for i in range(120)])
    session.quit()
    told.alert(session.activated(5), user, [("recipients-user", user + "@example.com", 600, 500, 3600, begin, "T1586.002", "high")],
               within=120)  # a sum begins with a thirtieth of its hour


def dry(told):
    """One address guesses the password of alice, who is not suspended yet: account-suspend is on its trial."""
    begin = time.time()
    told.imap_refused("alice", FIRST, tries=3)
    for _ in range(4):
        told.imap_refused("alice", FIRST)
    line = told.submission_refused("alice", FIRST, tries=4)  # the last one is the 11th
    told.alert(line, "alice", [("login-failures-address", FIRST, 11, 10, 300, begin, "T1110.001", "medium"),
                               ("login-failures-user", "alice@example.com", 11, 10, 300, begin, "T1110.001", "low")])
    line = told.imap("alice", FIRST)
    told.alert(line, "alice", [("login-after-failures-address", FIRST, 11, 4, 3600, begin, "T1110", "high"),
                               ("login-after-failures", "alice@example.com", 11, 4, 3600, begin, "T1110", "high")])
    flood(told, "alice", FIRST)
    told.says("suspend-dry.log", "would suspend alice@example.com: "
              "login-after-failures and login-after-failures-address and recipients-user")
    told.denied("")
    told.imap("alice", HOME["alice"])
    told.sends("alice", HOME["alice"], ["friend-of-alice@sink.example.com"])


def real(told):
    """Two addresses share the work on bob, and one tries dave, too. carol mistypes. Only bob is suspended."""
    told.imap_refused("carol", HOME["carol"], tries=2)
    begin = time.time()
    for _ in range(7):
        told.imap_refused("bob", GUESSER)
    told.submission_refused("carol", HOME["carol"], tries=2)
    told.imap("carol", HOME["carol"])  # after four failures, and it takes five
    line = told.submission_refused("bob", HELPER, tries=4)  # the last one is the 11th of bob, and the 4th from there
    told.alert(line, "bob", [("login-failures-user", "bob@example.com", 11, 10, 300, begin, "T1110.001", "low")])
    at = time.time()
    for n in range(5):
        line = told.imap_refused("dave", GUESSER)
        if n == 3:  # the 11th from there
            told.alert(line, "dave", [("login-failures-address", GUESSER, 11, 10, 300, begin, "T1110.001", "medium")])
    line = told.imap("bob", HELPER, stay=True)
    told.alert(line, "bob", [("login-after-failures", "bob@example.com", 11, 4, 3600, begin, "T1110", "high")])
    flood(told, "bob", HELPER)
    told.says("suspend-real.log", "suspended bob@example.com: login-after-failures and recipients-user")
    told.denied("bob@example.com:\n")
    told.kicked("bob")
    # The password is right, and bob does not get in any more, wherever he comes from; his friends do.
    for ip in (HELPER, HOME["bob"]):
        told.imap_refused("bob", ip, dovecot.PASSWORD)
        told.submission_refused("bob", ip, dovecot.PASSWORD)
    line = told.imap("dave", HOME["dave"])  # whom a stranger failed at five times
    told.alert(line, "dave", [("login-after-failures", "dave@example.com", 5, 4, 3600, at, "T1110", "high")])
    for user in ("carol", "dave"):
        told.sends(user, HOME[user], ["friend%d-of-%s@sink.example.com" % (i, user) for i in range(3)])
        told.imap(user, HOME[user])
    told.denied("bob@example.com:\n")


def main(work):
    begin = time.monotonic()
    why = missing()
    if why:
        print("SKIP: " + why)
        return 77
    world = Guarded(work, HOME)
    told = Told(world)
    failures = []
    try:
        world.start()
        print("up after %.1f s" % (time.monotonic() - begin))
        dry(told)
        world.settle()
        world.suspend_for_real()
        real(told)
        world.settle()
        print("%d lines after %.1f s" % (len(world.lines()), time.monotonic() - begin))
    finally:
        world.stop()
    failures += told.report()
    failures += audited.report(told)
    return conclude(failures, time.monotonic() - begin)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
