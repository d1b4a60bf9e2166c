# SPDX-License-Identifier: Apache-2.0
"""spamd with two rules of our own, behind spamass-milter. Neither names the queue id: their lines join by nothing."""
from mail import Case
from truth import ABSENT

NAME, NEEDS = "spamassassin", {"spamd": "spamd", "spamass-milter": "spamass-milter"}
MASTER = """
{mx}:2560 inet n - n - - smtpd -o smtpd_milters=unix:{work}/spamass.sock
"""
RULES = """
util_rb_tld com org net
required_score 5
use_bayes 0
add_header all Status "_YESNO_, score=_SCORE_ required=_REQD_ tests=_TESTS_ version=_VERSION_"
add_header spam Flag _YESNOCAPS_
body PFX_SEVEN /PFX-SEVEN-POINTS/
score PFX_SEVEN 7.5
body PFX_TWENTY /PFX-TWENTY-POINTS/
score PFX_TWENTY 20.25
body PFX_TWO /PFX-TWO-POINTS/
score PFX_TWO 2.5
"""


def rules(world):
    world.write("spamassassin/rules.cf", RULES)
    world.write("spamassassin/site/init.pre", "loadplugin Mail::SpamAssassin::Plugin::Check\n")


def start(world):
    rules(world)
    world.run("spamd", "-L", "-u", "nobody", "-s", "mail", "--listen", "127.0.0.1:783", "--max-children", "2", "-x",
              "--configpath", world.path("spamassassin"), "--siteconfigpath", world.path("spamassassin/site"))
    world.listening(783)
    world.run("spamass-milter", "-p", world.path("spamass.sock"), "-r", "15", "-d", "misc")
    world.there(world.path("spamass.sock"))
    world.socket_for_all("spamass.sock")


def told(verdict, score, tests):
    """Both lines of spamd about a mail; the one with its message-id has the score cut to a whole number."""
    whole = float(int(score))
    of = {"event_source_product": "spamassassin", "email_message_id": "MSGID"}
    return [({**of, "vendor_event_type": "spamd.processing"}, {}, 1),
            ({**of, "vendor_event_type": "spamd.result"},
             {"vendor_filter_verdict": verdict, "vendor_spam_score": whole, "vendor_spam_threshold": 5.0,
              "vendor_spam_tests": tests}, 1)]


SINK = ["spam@sink.example.com"]
SCENARIOS = [
    Case("spam none", 2560, "good", "alice@example.org", SINK, 250, {}, told("ham", 0, ABSENT)),
    Case("spam a little", 2560, "good", "alice@example.org", SINK, 250, {}, told("ham", 2.5, "PFX_TWO"),
         {"body": "PFX-TWO-POINTS"}),
    Case("spam tagged", 2560, "bad", "eve@example.net", SINK, 250, {}, told("spam", 7.5, "PFX_SEVEN"),
         {"body": "PFX-SEVEN-POINTS"}),
    Case("spam refused", 2560, "bad", "eve@example.net", SINK, 550, None,
         told("spam", 20.25, "PFX_TWENTY") + [
             ({"vendor_event_type": "milter.reject", "email_message_id": "MSGID"}, {"email_from": "eve@example.net"}, 1)],
         {"body": "PFX-TWENTY-POINTS"}),
]
