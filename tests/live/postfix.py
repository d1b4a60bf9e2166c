# SPDX-License-Identifier: Apache-2.0
"""Two private Postfix instances: start, stop, commands, queues; and the system around them."""
import os
import subprocess
import time

import config
from config import DNS, MX, MX6, RECEIVER6, RELAY, RELAY6, USERS


class Instance:
    """One Postfix instance in a directory of its own."""

    def __init__(self, work, short, main, services):
        self.short = short
        self.base = os.path.join(work, short)
        self.etc, self.spool = self.base + "/etc", self.base + "/spool"
        self.log = work + "/" + short + ".log"
        self.name = {"in": "mx.example.com", "out": "mail.example.org"}[short]
        names = dict(vars(config), work=work, etc=self.etc, spool=self.spool,
                     data=self.base + "/data", log=self.log, name=self.name)
        for directory in (self.etc + "/sasl", self.spool, self.base + "/data"):
            os.makedirs(directory)
        subprocess.check_call(["chown", "postfix", self.base + "/data"])
        self.write("main.cf", main.format(**names))
        self.write("master.cf", (config.SERVICES_OF_BOTH + services.format(**names)).lstrip())
        for file, text in config.FILES[short].items():
            self.write(file, text.replace("{work}", work).replace("{RELAY}", RELAY)
                       .replace("{FILTER_PORT}", str(config.FILTER_PORT)).lstrip())

    def write(self, file, text):
        with open(self.etc + "/" + file, "w", encoding="utf-8") as f:
            f.write(text)

    def command(self, *words, check=True, **options):
        """A command of Postfix on this instance; its output."""
        run = subprocess.run([words[0], "-c", self.etc, *words[1:]], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, **options)
        if check and run.returncode:
            raise RuntimeError("%s: %s" % (" ".join(words), run.stdout))
        return run.stdout

    def sendmail(self, arguments, message):
        subprocess.run(["sendmail", "-C", self.etc, *arguments], input=message.encode(), check=True,
                       stdout=subprocess.DEVNULL, timeout=60)

    def start(self):
        self.command("postfix", "check")
        self.command("postfix", "start")

    def stop(self):
        self.command("postfix", "stop", check=False)

    def queued(self, queues):
        """Queue ids in these queue directories."""
        return {name for queue in queues for _, _, names in os.walk(self.spool + "/" + queue)
                for name in names}

    def lines(self):
        try:
            with open(self.log, errors="replace") as f:
                return f.read().splitlines()
        except FileNotFoundError:
            return []

    def flush_log(self, limit=20):
        """Until all lines of now are in the file: datagrams keep their order, so a mark that
        has arrived tells that what was said before it has too."""
        mark = "mark %d" % time.monotonic_ns()
        self.command("postlog", "-t", "postfix-%s/mark" % self.short, mark)
        wait(lambda: any(line.endswith(mark) for line in reversed(self.lines())), limit,
             "the log of " + self.short)


def wait(condition, limit, what):
    """The condition's value, once it is true."""
    end = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError("waited in vain for " + what)
        time.sleep(0.03)


def make_certificates(work):
    """One authority; certificates for both servers, the receivers and a client. All short-lived."""
    tls = work + "/tls"
    os.makedirs(tls)

    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, cwd=tls, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *new_key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
            "-subj", "/CN=live test authority")
    for name in ("mx.example.com", "mail.example.org", "mx1.example.net", "wrong.example.net",
                 "client.example.net"):
        with open(tls + "/" + name + ".ext", "w") as f:
            f.write("subjectAltName=DNS:" + name)
        openssl("req", *new_key, "-keyout", name + ".key", "-out", name + ".csr", "-subj", "/CN=" + name)
        openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "2", "-extfile", name + ".ext", "-out", name + ".crt")
        with open(tls + "/" + name + ".pem", "w") as out:
            for part in (".key", ".crt"):
                with open(tls + "/" + name + part) as f:
                    out.write(f.read())


def make_users(work):
    """The SASL accounts, where smtpd can read them."""
    for user, password in USERS.items():
        subprocess.run(["saslpasswd2", "-p", "-c", "-f", work + "/sasldb", "-u", "example.org", user],
                       input=password, text=True, check=True)
    subprocess.check_call(["chown", "postfix", work + "/sasldb"])
    os.makedirs(work + "/mail")
    os.chown(work + "/mail", 65534, 65534)


def take_over_system_files(work, instances):
    """Within our mount namespace: name resolution asks the stand-in only, and commands that
    distrust their environment find our instances listed in /etc/postfix."""
    private = work + "/system"
    os.makedirs(private + "/postfix")
    files = {
        "resolv.conf": "nameserver %s\noptions timeout:2 attempts:2\n" % DNS,
        "hosts": "127.0.0.1 localhost\n::1 localhost\n",
        "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\nservices: files\n",
    }
    for name, text in files.items():
        with open(private + "/" + name, "w") as f:
            f.write(text)
        subprocess.check_call(["mount", "--bind", private + "/" + name, os.path.realpath("/etc/" + name)])
    subprocess.check_call("cp -r /etc/postfix/. %s/postfix" % private, shell=True)
    with open(private + "/postfix/main.cf", "w") as f:
        f.write("compatibility_level = 3.6\nalternate_config_directories = %s\n"
                % " ".join(i.etc for i in instances))
    subprocess.check_call(["mount", "--bind", private + "/postfix", "/etc/postfix"])


def set_up_network():
    """Every address lives on the loopback device of our network namespace."""
    def ip(*words):
        subprocess.check_call(["ip", *words])
    ip("link", "set", "lo", "up")
    # On lo a whole network is ours; Postfix wants to see its own addresses all the same.
    for network in (MX + "/24", RELAY + "/24", "198.51.100.254/24", "203.0.113.254/24"):
        ip("addr", "add", network, "dev", "lo")
    for address in [MX6, RELAY6, RECEIVER6] + ["2001:db8:2::%x" % n for n in range(1, 9)]:
        ip("addr", "add", address + "/128", "dev", "lo", "nodad")
