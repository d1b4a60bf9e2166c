# SPDX-License-Identifier: Apache-2.0
"""A world whose syslog daemon is rsyslogd with the module, by examples/alerts/alerts.conf; of that only paths and URLs are changed."""
import glob
import http.server
import json
import os
import re
import shutil
import subprocess
import threading
import time

import dovecot
from postfix import wait
from world import World

ALERTS = os.environ["PFX_SRCDIR"] + "/examples/alerts"
MODULE = os.environ["PFX_BUILDDIR"] + "/plugins/mmpostfix/.libs/mmpostfix.so"
RULEBASES = os.environ.get("PFX_RULEBASES", os.environ["PFX_SRCDIR"] + "/rulebases")
RSYSLOGD = os.environ.get("RSYSLOGD", "/usr/sbin/rsyslogd")
HEARER = ("127.0.0.1", 8080)  # of the chat and the pager

# Which passdb is asked first, as account-suspend wants it, and last: one that has lines of its own.
DENIED = {False: "passdb {\n  driver = passwd-file\n  deny = yes\n  args = {work}/suspended\n}\n",
          True: "passdb denied {\n  driver = passwd-file\n  deny = yes\n  passwd_file_path = {work}/suspended\n}\n"}
PAM = {False: "passdb {\n  driver = pam\n}\n", True: "passdb pam {\n}\n"}

SUSPEND = """
[suspend]
active = %s
domains = example.com
never = postmaster@example.com
state = {work}/suspend.json
log = {work}/suspend-%s.log
passwd_file = {work}/suspended
kick = yes
"""

# The lines, and what the module makes of each, for us.
OUTPUT = """
template(name="line" type="list") {
    property(name="timereported" dateFormat="rfc3339") constant(value=" ") property(name="hostname") constant(value=" ")
    property(name="syslogtag") property(name="msg" spifno1stsp="on") property(name="msg" droplastlf="on")
    constant(value="\\t") property(name="$!postfix") constant(value="\\n")
}
if $syslogfacility-text == "mail" then action(type="omfile" file="{work}/log" template="line")
if $syslogfacility-text == "syslog" then action(type="omfile" file="{work}/internal.log")
"""


def missing():
    """Why this can not be run, or None."""
    absent = [package for program, package in dovecot.NEEDS.items()
              if not (os.path.exists(program) if program.startswith("/") else shutil.which(program))]
    if absent:
        return "not installed: " + " ".join(absent)
    if not os.path.exists(RSYSLOGD) or not (
            glob.glob("/usr/lib*/rsyslog/omprog.so") + glob.glob("/usr/lib/*/rsyslog/omprog.so")):
        return "there is no rsyslogd with omprog"
    if not os.path.exists(MODULE):
        return "the module was not built"
    return dovecot.unfit() and "Dovecot " + dovecot.unfit()


class Hearer(http.server.BaseHTTPRequestHandler):
    heard = []

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        text = body.get("text") or body["payload"]["summary"]
        self.heard.append((self.path[1:], text))
        self.send_response(202 if self.path == "/pager" else 200)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


class Mailboxes:
    """Dovecot with these users, as a program of the world."""
    NAME, TRANSPORT, MASTER, MAIN = "dovecot", dovecot.TRANSPORT, dovecot.MASTER, ""

    def __init__(self, users):
        self.users = users

    def start(self, world):
        is_24 = dovecot.is_24()
        more = "auth_failure_delay = 0\nservice auth-worker {\n  user = root\n}\n"
        dovecot.start(world, dict.fromkeys(self.users), DENIED[is_24], PAM[is_24] + more)

    @staticmethod
    def ready(world):
        dovecot.ready(world)


class Guarded(World):
    def __init__(self, work, users):
        self.documents = []  # beside raw
        self.daemon = None
        super().__init__(work, [Mailboxes(users)])

    def open_log(self):
        # doveadm asks the usual file, and pam is not to take its time.
        self.write("dovecot/dovecot.conf", "")
        for name, path in ((self.path("dovecot/dovecot.conf"), "/etc/dovecot/dovecot.conf"),
                           (self.write("system/pam", "auth required pam_unix.so nodelay\n"), "/etc/pam.d/dovecot")):
            subprocess.run(["mount", "--bind", name, path], check=True)
        server = http.server.ThreadingHTTPServer(HEARER, Hearer)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.directory("spool.rsyslog")
        self.write("suspended", "", 0o640)
        shutil.chown(self.path("suspended"), group="dovecot")
        self.write("slack.url", "http://%s:%d/chat\n" % HEARER, 0o600)
        self.write("pagerduty.key", "0123456789abcdef0123456789abcdef\n", 0o600)
        self.configure("no", "dry")
        threading.Thread(target=self.listen, daemon=True).start()

    def configure(self, active, name):
        """rsyslogd with this account-suspend."""
        self.write("suspend.ini", SUSPEND % (active, name), 0o600)
        with open(ALERTS + "/alerts.conf", encoding="utf-8") as file:
            text = file.read()
        for pattern, value in (
                (r'(load="mmpostfix")', r'load="%s" statefile="mmpostfix.state"' % MODULE),
                (r'(action\(type="mmpostfix")', r'\1 rulebasedir="%s"' % RULEBASES),
                (r'(?m)^    # (action\(type="omprog" name="alerts-suspend")', r"    \1"),
                (r"(?m)^    #        ", "           "),
                (r"/usr/local/lib/mmpostfix/", ALERTS + "/"),
                (r"/etc/mmpostfix/account-suspend.ini", "{work}/suspend.ini"),
                (r"--key-file /etc/mmpostfix/", "--url http://%s:%d/pager --key-file {work}/" % HEARER),
                (r"/etc/mmpostfix/", "{work}/"), (r"/var/log/", "{work}/"), (r"/var/spool/rsyslog", "{work}/spool.rsyslog")):
            text, count = re.subn(pattern, value, text)
            if not count:
                raise RuntimeError("alerts.conf has no " + pattern)
        conf = self.write("rsyslog.conf", 'global(workDirectory="{work}/spool.rsyslog" processInternalMessages="on")\n'
                          'module(load="imuxsock")\n' + text + OUTPUT)
        self.daemon = self.run(RSYSLOGD, "-n", "-f", conf, "-i", self.path("rsyslogd.%s.pid" % name))
        self.there(self.path("rsyslogd.%s.pid" % name))
        self.there("/dev/log")

    def suspend_for_real(self):
        self.daemon.terminate()
        self.daemon.wait(30)
        self.started.remove(self.daemon)
        if os.path.exists("/dev/log"):
            os.unlink("/dev/log")
        self.configure("yes", "real")
        self.flush_log()

    def listen(self):
        """Reads what rsyslogd writes."""
        rest, path = "", self.path("log")
        self.there(path, 60)
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            while True:
                more = file.read()
                if not more:
                    time.sleep(0.02)
                    continue
                *lines, rest = (rest + more).split("\n")
                with self.lock:
                    for line in lines:
                        text, _, document = line.partition("\t")
                        self.raw.append(text)
                        self.documents.append(json.loads(document) if document else {})

    def normalized(self):
        """(line, document) of all that the programs said."""
        with self.lock:
            return [(line, document) for line, document in zip(self.raw, self.documents) if "beside/mark" not in line]

    def document(self, where, limit=20):
        """Once there is a line with these fields; the last of them."""
        def found():
            return next((d for _, d in reversed(self.normalized()) if all(d.get(k) == v for k, v in where.items())), None)
        return wait(found, limit, "a line with %r" % (where,))

    def said(self, name):
        try:
            with open(self.path(name), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    @staticmethod
    def heard():
        """(place, text) of all that people were told."""
        return list(Hearer.heard)
