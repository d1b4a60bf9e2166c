# SPDX-License-Identifier: Apache-2.0
"""Dovecot 2.3 or 2.4: LMTP with Sieve, IMAP, POP3, and SASL for smtpd."""
import imaplib
import poplib
import socket
import subprocess
import time

from mail import RECORD, Case, checks, send
from truth import ABSENT, Check
from world import MX

NAME = "dovecot"
NEEDS = {"dovecot": "dovecot-core", "/usr/lib/dovecot/lmtp": "dovecot-lmtpd", "/usr/lib/dovecot/imap": "dovecot-imapd",
         "/usr/lib/dovecot/pop3": "dovecot-pop3d", "/usr/lib/dovecot/modules/lib90_sieve_plugin.so": "dovecot-sieve"}


def version():
    return subprocess.run(["dovecot", "--version"], stdout=subprocess.PIPE, text=True).stdout.split(" ")[0]


def is_24():
    return version().startswith("2.4.")


def unfit():
    """Why what is installed can not be run, or None."""
    return None if version()[:4] in ("2.3.", "2.4.") else "%s may have another configuration" % version()


TRANSPORT = "lmtp:unix:private/dovecot-lmtp"
MASTER = """
{mx}:2570 inet n - n - - smtpd
{mx}:2571 inet n - n - - smtpd -o syslog_name=postfix/submission -o smtpd_sasl_auth_enable=yes -o smtpd_sasl_type=dovecot
  -o smtpd_sasl_path=private/auth -o smtpd_sasl_mechanism_filter=plain
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
"""
CONF_23 = """
base_dir = /run/dovecot
ssl = no
disable_plaintext_auth = no
mail_location = maildir:~/Maildir
login_trusted_networks =
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%n {work}/dovecot/users
}
userdb {
  driver = passwd-file
  args = username_format=%n {work}/dovecot/users
  default_fields = uid=nobody gid=nogroup home={work}/dovecot/home/%n
}
protocol lmtp {
  postmaster_address = postmaster@example.com
  mail_plugins = sieve
}
plugin {
  sieve = file:~/sieve;active=~/.dovecot.sieve
}
"""
VERSION_24 = """
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
"""
CONF_24 = """
base_dir = /run/dovecot
ssl = no
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = ~/Maildir
passdb passwd-file {
  default_password_scheme = PLAIN
  auth_username_format = %{user | username}
  passwd_file_path = {work}/dovecot/users
}
userdb passwd-file {
  auth_username_format = %{user | username}
  passwd_file_path = {work}/dovecot/users
  fields {
    uid:default = nobody
    gid:default = nogroup
    home:default = {work}/dovecot/home/%{user | username}
  }
}
protocol lmtp {
  postmaster_address = postmaster@example.com
  mail_plugins {
    sieve = yes
  }
}
sieve_script personal {
  driver = file
  path = ~/sieve
  active_path = ~/.dovecot.sieve
}
"""
COMMON = """
protocols = imap pop3 lmtp
listen = {mx}
auth_mechanisms = plain login
auth_verbose = yes
auth_failure_delay = 1s
syslog_facility = mail
first_valid_uid = 1
default_login_user = dovenull
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service auth {
  unix_listener {work}/spool/private/auth {
    mode = 0666
  }
}
service lmtp {
  unix_listener {work}/spool/private/dovecot-lmtp {
    mode = 0666
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
service imap-login {
  inet_listener imaps {
    port = 0
  }
}
service pop3-login {
  inet_listener pop3s {
    port = 0
  }
}
submission_host = 127.0.0.1:2572
recipient_delimiter = +
"""
# What dovecot sends on, it sends to this smtpd.
MASTER += "127.0.0.1:2572 inet n - n - - smtpd -o syslog_name=postfix/sieve\n"

PASSWORD = "correct horse"
SCRIPTS = {
    "plain": None, "other": None, "pop": None, "sasl": None, "work": None,
    "filer": 'require ["fileinto", "mailbox"]; fileinto :create "Lists.One";',
    "dropper": "discard;",
    "refuser": 'require ["reject"]; reject "no, thank you";',
    "sender-on": 'redirect "onward@sink.example.com";',
    "copier": 'require ["copy"]; redirect :copy "copied@sink.example.com";',
    "away": 'require ["vacation"]; vacation :days 1 :addresses ["away@example.com"] "I am away";',
    "broken": "this is no script;",
}


def start(world, scripts=None, first="", last=""):
    """first, last: configuration before and behind ours, such as a passdb that is asked before or after the users' own."""
    scripts = SCRIPTS if scripts is None else scripts
    world.write("dovecot/users", "".join("%s:{PLAIN}%s::::::\n" % (name, PASSWORD) for name in scripts))
    home = world.directory("dovecot/home", "nobody")
    for name, script in scripts.items():
        world.directory("dovecot/home/" + name, "nobody")
        if script:
            world.write("dovecot/home/%s/.dovecot.sieve" % name, script + "\n")
    subprocess.run(["chown", "-R", "nobody:nogroup", home], check=True)
    # The version has to be the first setting of 2.4.
    conf = (VERSION_24 + first + CONF_24 if is_24() else first + CONF_23) + COMMON + last
    world.run("dovecot", "-F", "-c", world.write("dovecot/dovecot.conf", conf))


def ready(world):
    world.listening(143, MX)
    world.there(world.path("spool/private/dovecot-lmtp"))


def of(event, **more):
    return {"vendor_event_type": "dovecot." + event, "email_message_id": "MSGID", **more}


def to(name):
    return [name + "@example.com"]


def delivered(name, verdict="delivered", status="sent", **more):
    return {"vendor_recipients": to(name), "vendor_recipients_status": [status], "vendor_verdict": verdict, **more}


def told(event, **fields):
    """One line of Dovecot. Where it stands before Postfix's it can not know of the mail yet; the mail's last line does."""
    return (of(event), fields, 1)


def once(name):
    """The delivery is counted once, by Postfix's line."""
    return ({"vendor_event_type": "mail.delivery", "email_uid": "ID"}, {"email_to": name + "@example.com"}, 1)


def case(what, name, record, lines, **options):
    return Case(what, 2570, "good", "alice@example.org", to(name), 250, record, [once(name)] + lines, options)


INBOX = {"vendor_mailbox": "INBOX"}
MAILS = [
    case("mailbox inbox", "plain", delivered("plain", **INBOX), [told("saved", **INBOX)]),
    case("mailbox no message-id", "other", delivered("other", **INBOX), [
        ({"vendor_event_type": "dovecot.saved", "email_message_id": "unspecified"}, {}, 0)], message_id=""),
    case("sieve fileinto", "filer",
         delivered("filer", vendor_mailbox="Lists.One", vendor_sieve_action="fileinto"),
         [told("saved", vendor_mailbox="Lists.One", vendor_sieve_action="fileinto")]),
    case("sieve discard", "dropper", delivered("dropper", "discarded", "discarded", vendor_sieve_action="discard"),
         [told("discarded"), (of("saved"), {}, 0)]),
    case("sieve broken script", "broken", delivered("broken", **INBOX), [told("saved", **INBOX)]),
    Case("mailbox nobody has", 2570, "good", "", to("nobody"), 250,
         {"vendor_recipients_status": ["bounced"], "vendor_verdict": "bounced"}, 
         [once("nobody"), (of("saved"), {}, 0),
          ({"user_name": "nobody@example.com", "gim_event_type_code": 100500}, {}, 0)]),
]


def child(case, got, fields):
    """The mail that Sieve made is a mail of its own."""
    queue_id = got["hops"][0][1]
    return [Check(case.name, "child", {"email_uid": queue_id, RECORD: True}, fields, 1)]


def redirect(world, name, what, target, record):
    """A mail for a script that sends it on: the child tells of its parent."""
    row = case(what, name, record, [told("redirected", vendor_sieve_address=target)])
    mail = send(world, row)
    got = world.receiver.wait_for(lambda m: m["end"] and target in m["recipients"], "a mail to " + target)
    world.related(what, mail.queue_id, got["hops"][0][1])  # the message-id is the same
    return checks(row, mail) + child(row, got, {
        "email_message_id": mail.message_id, "vendor_recipients": [target], "vendor_verdict": "delivered"})


def sent_on(world):
    return redirect(world, "sender-on", "sieve redirect", "onward@sink.example.com",
                    delivered("sender-on", "handed_over", "forwarded", vendor_sieve_action="redirect"))


def copied(world):
    """Into the mailbox, and on: the mail is delivered."""
    return redirect(world, "copier", "sieve redirect copy", "copied@sink.example.com",
                    delivered("copier", vendor_mailbox="INBOX"))


def refused(world):
    """Sieve's reject: the sender gets a mail, and the mail was not delivered. The refusal has a message-id of its own:
    no line says that the two belong together."""
    row = case("sieve reject", "refuser",
               delivered("refuser", "bounced", "rejected", vendor_sieve_action="reject"), [
                   told("rejected"), (of("saved"), {}, 0)])._replace(sender="sender@sink.example.com")
    mail = send(world, row)
    got = world.receiver.wait_for(lambda m: m["end"] and "sender@sink.example.com" in m["recipients"], "a refusal")
    return checks(row, mail) + child(row, got, {"email_from": "", "vendor_recipients": ["sender@sink.example.com"]})


def away(world):
    """Vacation: the first mail is answered, the second is not; both are delivered."""
    found = []
    for number, event in ((1, "vacation"), (2, "vacation_duplicate")):
        row = case("sieve vacation %d" % number, "away", delivered("away", vendor_mailbox="INBOX"),
                   [told("saved", **INBOX), told(event, vendor_sieve_action="vacation")])
        row = row._replace(sender="friend@sink.example.com")
        mail = send(world, row, header_from="<friend@sink.example.com>")
        world.logged("msgid=<%s>: stored mail" % mail.message_id, 30)
        found += checks(row, mail)
    return found


def two_at_once(world):
    """Two mails of one sender in the same second, each with its own mailbox."""
    rows = [case("two at once, %s" % name, name, delivered(name, vendor_mailbox=box),
                 [told("saved", vendor_mailbox=box)])
            for name, box in (("plain", "INBOX"), ("filer", "Lists.One"))]
    mails = [send(world, row) for row in rows]
    return [c for row, mail in zip(rows, mails) for c in checks(row, mail)]


def same_message_id(world):
    """The same message-id twice: which line is of which mail only the session tells."""
    found = []
    for name, box in (("plain", "INBOX"), ("filer", "Lists.One")):
        row = case("same message-id, " + name, name, delivered(name, vendor_mailbox=box), [
            ({"vendor_event_type": "dovecot.saved", "email_message_id": "MSGID", "vendor_mailbox": box}, {}, 1)],
                   message_id="twice@client.example.net")
        found += checks(row, send(world, row))
    return found


# ---- logins
# Seconds: who logs in and who ends are two processes, and on a busy machine a shorter session would end before its login was logged.
LOGGED = 0.5


def session(name, protocol, ip, port):
    """One login, one end, of one session."""
    where = {"source_ip": ip, "source_port": port, "event_source_product": "dovecot"}
    return [Check(name, "login", {**where, "vendor_event_type": "dovecot.login"},
                  {"user_name": "%s@example.com" % ("pop" if protocol == "pop3" else "plain"), "network_protocol": protocol,
                   "vendor_sasl_method": "PLAIN", "gim_event_type_code": 100000, "event_outcome": "success"}, 1),
            Check(name, "end", {"vendor_event_type": "dovecot.session_end", "source_ip": ip},
                  {"network_protocol": protocol}, 1),
            Check(name, "login counted once", {"source_ip": ip, "gim_event_type_code": 100000}, {}, 1),
            Check(name, "no failure", {"source_ip": ip, "gim_event_type_code": 100500}, {}, 0)]


def imap(world):
    ip = next(world.good)
    client = Imap(ip)
    client.login("plain@example.com", PASSWORD)
    client.select("INBOX")
    port = client.sock.getsockname()[1]
    time.sleep(LOGGED)
    client.logout()
    return session("imap login", "imap", ip, port)


class Imap(imaplib.IMAP4):
    """From an address of our choice."""

    def __init__(self, ip):
        self.ip = ip
        super().__init__(MX, 143, timeout=30)

    def _create_socket(self, timeout):
        return connect(self.ip, 143, timeout)


class Pop(poplib.POP3):
    def __init__(self, ip):
        self.ip = ip
        super().__init__(MX, 110, timeout=30)

    def _create_socket(self, timeout):
        return connect(self.ip, 110, timeout)


def connect(ip, port, timeout):
    return socket.create_connection((MX, port), timeout, (ip, 0))


def pop(world):
    ip = next(world.good)
    client = Pop(ip)
    port = client.sock.getsockname()[1]
    client.user("pop@example.com")
    client.pass_(PASSWORD)
    time.sleep(LOGGED)
    client.quit()
    return session("pop3 login", "pop3", ip, port)


def failed(name, ip, port, user):
    return [Check(name, "failed login", {"vendor_event_type": "dovecot.login_failed", "source_ip": ip, "source_port": port},
                  {"user_name": user, "gim_event_type_code": 100000, "event_outcome": "failure",
                   "vendor_reason": "auth"}, 1),
            Check(name, "failure counted once", {"source_ip": ip, "gim_event_type_code": 100000}, {}, 1),
            Check(name, "no success", {"source_ip": ip, "vendor_event_type": "dovecot.login"}, {}, 0)]


def imap_refused(world, user="plain@example.com", name="imap wrong password"):
    ip = next(world.bad)
    client = Imap(ip)
    port = client.sock.getsockname()[1]
    try:
        client.login(user, "wrong")
    except imaplib.IMAP4.error:
        client.logout()
        return failed(name, ip, port, user)
    raise AssertionError("logged in")


def imap_unknown(world):
    return imap_refused(world, "nobody-at-all@example.com", "imap unknown user")


def imap_nothing(world):
    """Who never tries to log in has not failed to."""
    ip = next(world.bad)
    client = Imap(ip)
    client.logout()
    return [Check("imap no login", "line", {"source_ip": ip, "event_source_product": "dovecot"}, {}, 1),
            Check("imap no login", "no login", {"source_ip": ip, "gim_event_type_code": 100000}, {}, 0)]


SASL = Case("sasl login", 2571, "good", "sasl@example.com", ["ext@sink.example.com"], 250,
            {"user_name": "sasl@example.com", "vendor_sasl_method": "PLAIN"},
            [({"vendor_event_type": "smtpd.client", "source_ip": "IP"},
              {"user_name": "sasl@example.com", "vendor_sasl_method": "PLAIN"}, 1),
             ({"source_ip": "IP", "event_outcome": "failure"}, {}, 0)], {"login": ("sasl@example.com", PASSWORD)})
REFUSED = Case("sasl refused", 2571, "bad", "sasl@example.com", ["ext@sink.example.com"], 535, None,
               [({"vendor_event_type": "sasl.failed", "source_ip": "IP"},
                 {"user_name": "sasl@example.com", "vendor_sasl_method": "PLAIN"}, 1),
                ({"source_ip": "IP", "event_source_product": "postfix", "gim_event_type_code": 100500}, {}, 1),
                # What checked it is detail, and likely of that connection.
                ({"source_ip": "IP", "event_source_product": "dovecot", "gim_event_type_code": 100500}, {"vendor_link": "weak"}, 1)],
               {"login": ("sasl@example.com", "wrong")})

SCENARIOS = MAILS + [sent_on, copied, refused, away, two_at_once, same_message_id, imap, pop, imap_refused, imap_unknown,
                     imap_nothing, SASL, REFUSED]
