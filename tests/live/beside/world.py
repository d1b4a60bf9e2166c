# SPDX-License-Identifier: Apache-2.0
"""What the programs stand in: a network, /dev/log, DNS, a Postfix, a receiver; all in namespaces of our own."""
import itertools
import os
import socket
import subprocess
import threading
import time

import nameserver
from config import DNS
from postfix import wait
from standins import Receiver

HOST = "mx.example.com"
MX = "192.0.2.1"             # where smtpd listens
RECEIVER = "203.0.113.250"   # takes what is for sink.example.com
GOOD, BAD = "203.0.113.%d", "198.51.100.%d"  # clients that SPF of example.org allows, and others

ZONE = {
    ("mx.example.com", "A"): [MX],
    ("sink.example.com", "MX"): ["10 receiver.example.net"],
    ("receiver.example.net", "A"): [RECEIVER],
    ("example.org", "TXT"): ["v=spf1 ip4:203.0.113.0/24 -all"],
    ("example.net", "TXT"): ["v=spf1 ip4:192.0.2.200 ~all"],
    ("neutral.example.net", "TXT"): ["v=spf1 ?all"],
    ("broken.example.net", "TXT"): ["v=spf1 ip5:192.0.2.200 -all"],
    ("nospf.example.net", "A"): ["192.0.2.201"],
    ("_dmarc.example.org", "TXT"): ["v=DMARC1; p=reject"],
    ("_dmarc.example.net", "TXT"): ["v=DMARC1; p=quarantine; sp=none"],
    ("_dmarc.nospf.example.net", "TXT"): ["v=DMARC1; p=none"],
}

MAIN = """
compatibility_level = 3.6
queue_directory = {spool}
data_directory = {data}
mail_owner = postfix
setgid_group = postdrop
multi_instance_enable = yes
myhostname = mx.example.com
mydomain = example.com
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = {mx}, 127.0.0.1
inet_protocols = ipv4
smtp_bind_address = {mx}
alias_maps =
alias_database =
enable_long_queue_ids = yes
smtpd_client_port_logging = yes
local_header_rewrite_clients =
append_dot_mydomain = no
recipient_delimiter = +
relay_domains = sink.example.com
virtual_mailbox_domains = example.com
virtual_transport = {mailboxes}
milter_default_action = tempfail
milter_mail_macros = i {{mail_addr}} {{client_addr}} {{client_name}} {{auth_authen}}
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
smtpd_error_sleep_time = 0
in_flow_delay = 0
smtp_connection_cache_on_demand = no
lmtp_connection_cache_on_demand = no
minimal_backoff_time = 3000s
queue_run_delay = 3000s
policyd-spf_time_limit = 3600
"""

MASTER = """
pickup    unix n - n 1 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
proxymap  unix - - n - - proxymap
smtp      unix - - n - - smtp
relay     unix - - n - - smtp
lmtp      unix - - n - - lmtp
showq     unix n - n - - showq
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
flush     unix n - n 1000? 0 flush
anvil     unix - - n - 1 anvil
postlog   unix-dgram n - n - 1 postlogd
{mx}:2500 inet n - n - - smtpd
"""


def sh(*words, **options):
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, **options)


class World:
    def __init__(self, work, programs):
        self.work, self.programs = work, programs
        self.names = {p.NAME for p in programs}
        self.raw, self.lock = [], threading.Lock()
        self.started, self.pairs = [], []
        self.good = (GOOD % n for n in range(2, 240))
        self.bad = (BAD % n for n in range(2, 240))
        self.numbers = itertools.count(1)
        self.etc, self.spool = work + "/etc", work + "/spool"
        self.network()
        self.files()
        self.zone = dict(ZONE)
        for program in programs:
            self.zone.update(getattr(program, "ZONE", {}))
        self.receiver = Receiver((RECEIVER, 25), "receiver.example.net", prefix="R1")

    def path(self, *names):
        return os.path.join(self.work, *names)

    def write(self, name, text, mode=0o644):
        """A file below our directory, with the names {work} and {mx} replaced; its path."""
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text.replace("{work}", self.work).replace("{mx}", MX).lstrip("\n"))
        os.chmod(path, mode)
        return path

    def directory(self, name, owner=None, mode=0o755):
        path = self.path(name)
        os.makedirs(path, exist_ok=True)
        os.chmod(path, mode)
        if owner:
            sh("chown", owner, path)
        return path

    def related(self, scenario, first, second):
        """Two queue ids whose mails are one story."""
        with self.lock:
            self.pairs.append((scenario, first, second))

    # ---- the machine, as our namespaces have it
    @staticmethod
    def network():
        sh("ip", "link", "set", "lo", "up")
        # A whole network is ours on lo, but Postfix wants to see its own addresses.
        for address in (MX + "/24", DNS + "/24", "198.51.100.254/24", "203.0.113.254/24"):
            sh("ip", "addr", "add", address, "dev", "lo")

    def files(self):
        """Name resolution asks the stand-in only, /dev/log is ours, /run is empty."""
        for name, text in (
                ("resolv.conf", "nameserver %s\noptions timeout:2 attempts:2\n" % DNS),
                ("hosts", "127.0.0.1 localhost\n%s mx.example.com mx\n" % MX),
                ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n")):
            sh("mount", "--bind", self.write("system/" + name, text), os.path.realpath("/etc/" + name))
        dev = self.directory("dev")
        sh("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", dev)
        for name in ("null", "zero", "full", "random", "urandom", "tty"):
            open(dev + "/" + name, "w").close()
            sh("mount", "--bind", "/dev/" + name, dev + "/" + name)
        for name, target in (("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
            os.symlink(target, dev + "/" + name)
        os.makedirs(dev + "/shm")
        os.chmod(dev + "/shm", 0o1777)
        sh("mount", "--rbind", dev, "/dev")
        sh("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
        self.open_log()

    def open_log(self):
        """We are the syslog daemon ourselves."""
        self.log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.log.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.log.bind("/dev/log")
        os.chmod("/dev/log", 0o666)
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        """Datagrams of syslog(3), which names no host; put one in, as a syslog daemon does."""
        while True:
            text = self.log.recv(65536).decode("utf-8", "surrogateescape").rstrip("\n\0")
            priority, rest = text[1:].split(">", 1)
            with self.lock:
                self.raw.append("<%s>%s mx %s" % (priority, rest[:15], rest[16:]))

    def lines(self):
        with self.lock:
            return [line for line in self.raw if "beside/mark" not in line]

    def flush_log(self):
        """Until all that was said before is here."""
        mark = "mark %d" % time.monotonic_ns()
        sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        sender.sendto(("<22>Jan  1 00:00:00 beside/mark: " + mark).encode(), "/dev/log")
        wait(lambda: any(line.endswith(mark) for line in self.raw[-50:]), 20, "the log")

    def logged(self, part, limit=30, count=1):
        wait(lambda: sum(part in line for line in self.raw) >= count, limit, "the line " + part)

    # ---- programs
    def run(self, *words, **options):
        """Starts a program that stays in the foreground."""
        out = open(self.path("output.%s.%d" % (os.path.basename(words[0]), len(self.started))), "w")
        process = subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, **options)
        self.started.append(process)
        return process

    @staticmethod
    def listening(port, host="127.0.0.1", limit=30):
        def up():
            with socket.socket() as s:
                return s.connect_ex((host, port)) == 0
        wait(up, limit, "port %d" % port)

    @staticmethod
    def there(path, limit=30):
        wait(lambda: os.path.exists(path), limit, path)

    def socket_for_all(self, name):
        os.chmod(self.path(name), 0o777)

    def postfix(self, verb):
        run = subprocess.run(["postfix", "-c", self.etc, verb], stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, timeout=60)
        if run.returncode and verb != "stop":
            raise RuntimeError(run.stdout)

    def start(self):
        self.dns = nameserver.Dns(DNS, self.zone)
        self.directory("data", "postfix")
        self.directory("spool")
        mailboxes = next((p.TRANSPORT for p in self.programs if hasattr(p, "TRANSPORT")), "error:no mailboxes")
        self.write("etc/main.cf", MAIN.format(spool=self.spool, data=self.path("data"), mx=MX, mailboxes=mailboxes)
                   + "".join(getattr(p, "MAIN", "") for p in self.programs))
        self.write("etc/master.cf", MASTER + "".join(getattr(p, "MASTER", "").lstrip("\n") for p in self.programs))
        self.write("system/postfix/main.cf", "compatibility_level = 3.6\nalternate_config_directories = {work}/etc\n")
        sh("cp", "-n", "-r", "/etc/postfix/.", self.path("system/postfix"))
        sh("mount", "--bind", self.path("system/postfix"), "/etc/postfix")
        self.postfix("check")
        self.postfix("start")
        for program in self.programs:
            program.start(self)
        for program in self.programs:
            getattr(program, "ready", lambda world: None)(self)

    def queued(self):
        return [name for queue in ("incoming", "active", "maildrop")
                for _, _, names in os.walk(self.spool + "/" + queue) for name in names]

    def settle(self):
        wait(lambda: not self.queued(), 60, "an empty queue")
        self.flush_log()
        end = time.monotonic() + 10  # programs tell of a mail after Postfix has done with it
        seen = -1
        while seen != len(self.raw) and time.monotonic() < end:
            seen = len(self.raw)
            time.sleep(0.7)

    def stop(self):
        self.postfix("stop")
        for process in reversed(self.started):
            process.terminate()
        for process in self.started:
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()
