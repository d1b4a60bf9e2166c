#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""examples/alerts/: pfx-alert against stand-ins that take only what the real services take, by the rules of their API's pages, and
account-suspend by what it may and may not do."""
import http.server
import json
import os
import re
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading

SRC = os.environ.get("PFX_SRCDIR", os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
ALERTS = os.path.join(SRC, "examples", "alerts")
wrong = []


def check(what, is_so, *more):
    if not is_so:
        wrong.append("%s %s" % (what, " ".join(str(m) for m in more)))


def document(**more):
    fields = {"vendor_alert": ["recipients-user"], "vendor_alert_key": "alice@example.com", "vendor_alert_value": 501,
              "vendor_alert_limit": 500, "vendor_alert_window": 3600, "vendor_alert_since": "2026-05-01T09:10:00Z",
              "vendor_alert_severity": "high", "event_source": "mx1.example.com", "user_name": "alice@example.com",
              "source_ip": "192.0.2.10", "event_created": "2026-05-01T10:00:00.5Z"}
    fields.update(more)
    return {name: value for name, value in fields.items() if value is not None}


# ---- what the services take: a complaint, or None -----------------------------------------------
def take_slack(_headers, body):
    if not isinstance(body, dict) or not isinstance(body.get("text"), str):
        return "invalid_payload"
    for block in body.get("blocks", []):
        text = block["text"]["text"]
        if block["type"] == "header" and (block["text"]["type"] != "plain_text" or len(text) > 150):
            return "invalid_blocks"
        if block["type"] == "section" and len(text) > 3000:
            return "invalid_blocks"
        if re.search(r"<[!@#]", text):
            return "somebody was mentioned"
    return "somebody was mentioned" if re.search(r"<[!@#]", body["text"]) else None


def take_mattermost(_headers, body):
    return None if isinstance(body, dict) and 0 < len(body.get("text", "")) <= 16383 else "no text"


def take_teams(_headers, body):
    card = body["attachments"][0]
    if body.get("type") != "message" or card["contentType"] != "application/vnd.microsoft.card.adaptive":
        return "no card"
    content = card["content"]
    kinds = {part["type"] for part in content["body"]}
    return None if content["type"] == "AdaptiveCard" and kinds <= {"TextBlock", "FactSet"} else "no card"


def take_pagerduty(_headers, body):
    payload = body.get("payload", {})
    if set(body) - {"routing_key", "event_action", "dedup_key", "payload", "client", "client_url", "links", "images"}:
        return "unknown member"
    if not re.fullmatch(r"[0-9a-z]{32}", body.get("routing_key", "")):
        return "routing_key"
    if body.get("event_action") != "trigger" or not 0 < len(body.get("dedup_key", "")) <= 255:
        return "event_action, dedup_key"
    if not 0 < len(payload.get("summary", "")) <= 1024 or not payload.get("source"):
        return "summary, source"
    return None if payload.get("severity") in ("critical", "error", "warning", "info") else "severity"


def take_opsgenie(headers, body):
    if not re.fullmatch(r"GenieKey \S+", headers.get("Authorization", "")):
        return "no key"
    if not 0 < len(body.get("message", "")) <= 130 or len(body.get("alias", "")) > 512:
        return "message, alias"
    if any(not isinstance(value, str) for value in body.get("details", {}).values()):
        return "details"
    return None if body.get("priority") in ("P1", "P2", "P3", "P4", "P5") else "priority"


def take_alertmanager(_headers, body):
    for alert in body:
        names = alert["labels"]
        if "alertname" not in names or any(not re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name) for name in names):
            return "labels"
        if not re.match(r"\d{4}-\d\d-\d\dT", alert["startsAt"]):
            return "startsAt"
    return None


SERVICES = {"slack": (take_slack, 200, "ok"), "mattermost": (take_mattermost, 200, "ok"), "teams": (take_teams, 202, ""),
            "pagerduty": (take_pagerduty, 202, '{"status":"success"}'),
            "opsgenie": (take_opsgenie, 202, '{"result":"Request will be processed"}'),
            "alertmanager": (take_alertmanager, 200, "")}


class StandIn(http.server.BaseHTTPRequestHandler):
    busy = []  # answers before the real one
    got = []

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        take, status, text = SERVICES[self.path.strip("/")]
        complaint = take(self.headers, body)
        StandIn.got.append((self.path.strip("/"), body, complaint))
        if self.headers["Content-Type"] != "application/json":
            complaint = "content type"
        if complaint:
            status, text = 400, complaint
        if StandIn.busy:
            status, text = StandIn.busy.pop(0), "later"
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


def run(command, lines):
    done = subprocess.run(command, input="".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines),
                          capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout.splitlines(), done.stderr


def secret(work, name, text):
    path = os.path.join(work, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text + "\n")
    return path


def try_services(work):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = "http://127.0.0.1:%d/" % server.server_port
    hostile = document(vendor_alert_key="<!channel> \u202eevil@example.com [x](http://example.net) `" + "x" * 5000)
    gelf = {"_" + name: value for name, value in document().items()}
    for service in SERVICES:
        url = secret(work, service + ".url", base + service)
        how = ["--key-file", secret(work, "key", "0123456789abcdef0123456789abcdef"), "--url", base + service] \
            if service in ("pagerduty", "opsgenie") else ["--url-file", url]
        command = [os.path.join(ALERTS, "pfx-alert"), service] + how
        StandIn.got.clear()
        status, out, err = run(command, [document(), hostile, gelf, document(vendor_alert=["a", "b"])])
        check(service, status == 0 and out == ["OK"] * 5, out, err)
        check(service, [complaint for _, _, complaint in StandIn.got] == [None] * 4, StandIn.got)
        text = json.dumps(StandIn.got[0][1])
        check(service, "recipients-user" in text and "alice@example.com" in text.replace("\\\\", ""), text)
        check(service, "\\u202e" not in json.dumps(StandIn.got[1][1]), "turns text around")
        if service in ("pagerduty", "opsgenie"):
            key = {"pagerduty": "dedup_key", "opsgenie": "alias"}[service]
            check(service, StandIn.got[0][1][key] == StandIn.got[2][1][key], "another key for the same alert")
            check(service, StandIn.got[0][1][key] != StandIn.got[1][1][key], "the same key for another alert")
        for answer in (429, 503):  # not now: rsyslog comes again with the same one
            StandIn.busy = [answer]
            _, out, _ = run(command, [document(), document()])
            check(service, out[1].startswith("not now") and out[2] == "OK", answer, out)
        StandIn.busy = [404]  # never: it must not be in the way of the next
        _, out, err = run(command, [document(), document()])
        check(service, out == ["OK"] * 3 and "dropped" in err, out, err)
        _, out, err = run(command, ["{", "[]", '{"event_source": "mx1"}', document()])
        check(service, out == ["OK"] * 5 and err.count("dropped") == 3, out, err)
        check(service, "0123456789abcdef" not in err, "the key was told")
    server.shutdown()
    status, out, _ = run([os.path.join(ALERTS, "pfx-alert"), "slack", "--url-file", url], [document()])
    server.server_close()


def try_syslog(work):
    got = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            got.append(self.rfile.read().decode())

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    to = "127.0.0.1:%d" % server.server_address[1]
    odd = document(vendor_alert_key="a|b=c\\d^e\nf")
    for target in ("cef", "leef"):
        _, out, err = run([os.path.join(ALERTS, "pfx-alert"), target, "--to", to], [document(), odd])
        check(target, out == ["OK"] * 3, out, err)
    server.shutdown()
    server.server_close()
    for line in got:
        length, _, rest = line.partition(" ")
        check("syslog", int(length) == len(rest.encode()), line)
        check("syslog", re.match(r"<\d+>1 \S+ \S+ mmpostfix - - - (CEF:0|LEEF:2\.0)\|", rest), rest)
    odd = [document(vendor_alert_key="a\ud800"), document(event_created="yesterday"), document(vendor_alert=7),
           "[" * 100000]
    for target in ("cef", "leef"):
        _, out, err = run([os.path.join(ALERTS, "pfx-alert"), target, "--to", to], odd)
        check(target, out == ["OK"] * 5 and err.count("dropped") == 4, out, err[:2000])
    cefs = [line for line in got if "CEF:0" in line]
    check("cef", len(cefs) == 2 and re.search(r"\|recipients-user\|recipients-user\|8\|rt=1777629600500 ", cefs[0]), cefs)
    check("cef", "cs1=a|b\\=c\\\\d^ef" in cefs[1] or "cs1=a|b\\=c\\\\d^ef" in cefs[0], cefs)
    _, out, _ = run([os.path.join(ALERTS, "pfx-alert"), "cef", "--to", to], [document()])
    check("cef, nobody listens", len(out) == 2 and out[1].startswith("not now"), out)


# ---- account-suspend ----------------------------------------------------------------------------
class Suspend:
    def __init__(self, work, **more):
        self.work = tempfile.mkdtemp(dir=work)
        self.file, self.log = os.path.join(self.work, "denied"), os.path.join(self.work, "log")
        settings = {"active": "yes", "domains": "example.com", "never": "postmaster@example.com", "log": self.log,
                    "state": os.path.join(self.work, "state"), "passwd_file": self.file, **more}
        self.config = secret(self.work, "config", "[suspend]\n" + "\n".join("%s = %s" % row for row in settings.items()))
        os.chmod(self.config, 0o600)

    def run(self, *alerts):
        lines = [document(vendor_alert=[rule], vendor_alert_key=user, user_name=user, vendor_alert_severity=severity)
                 for rule, user, severity in alerts]
        return run([os.path.join(ALERTS, "account-suspend"), self.config], lines)

    def denied(self):
        return open(self.file, encoding="utf-8").read().split() if os.path.exists(self.file) else []

    def told(self):
        return open(self.log, encoding="utf-8").read() if os.path.exists(self.log) else ""


LOGIN, FLOOD = "login-after-failures", "recipients-user"


def try_suspend(work):
    alice = "alice@example.com"
    one = Suspend(work)
    status, out, err = one.run((LOGIN, alice, "high"), (FLOOD, alice, "high"))
    check("two rules", status == 0 and out == ["OK"] * 3 and one.denied() == [alice + ":"], out, err, one.denied())
    check("two rules", "suspended alice@example.com: login-after-failures and recipients-user" in one.told(), one.told())
    check("Dovecot can read it", os.stat(one.file).st_mode & 0o777 == 0o644, oct(os.stat(one.file).st_mode))
    os.chmod(one.file, 0o640)
    one.run((FLOOD, alice, "high"), (LOGIN, "Bob@Example.COM", "critical"))
    check("a second time", one.denied() == [alice + ":"], one.denied())
    one.run((FLOOD, "bob@example.com", "high"))
    check("over a restart, in lower case", one.denied() == [alice + ":", "bob@example.com:"], one.denied())
    check("its mode stays", os.stat(one.file).st_mode & 0o777 == 0o640, oct(os.stat(one.file).st_mode))
    for what, alerts in {
            "one rule": [(FLOOD, alice, "critical")] * 5,
            "two that are not sure": [(LOGIN, alice, "high"), ("login-user-many-networks", alice, "high")],
            "one that may not count": [(LOGIN, alice, "high"), ("login-new-network", alice, "critical")],
            "failures alone": [("login-failures-user", alice, "critical"), ("login-user-networks", alice, "critical")],
            "of two users": [(LOGIN, alice, "high"), (FLOOD, "bob@example.com", "high")],
            "not ours": [(LOGIN, "eve@example.org", "high"), (FLOOD, "eve@example.org", "high")],
            "never": [(LOGIN, "postmaster@example.com", "high"), (FLOOD, "postmaster@example.com", "high")],
            "no name": [(LOGIN, "a:b\n@example.com", "high"), (FLOOD, "a:b\n@example.com", "high")],
            "a letter that is k in lower case": [(LOGIN, "\u212aim@example.com", "high"), (FLOOD, "\u212aim@example.com", "high")],
            "an option": [(LOGIN, "-x@example.com", "high"), (FLOOD, "-x@example.com", "high")],
            "a path": [(LOGIN, "../x@example.com", "high"), (FLOOD, "../x@example.com", "high")]}.items():
        none = Suspend(work)
        _, out, err = none.run(*alerts)
        check(what, set(out) == {"OK"} and not none.denied() and "suspend" not in none.told(), out, err, none.told())
    both = [LOGIN, "login-after-failures-address"]
    line = document(vendor_alert=both, vendor_alert_key=alice, user_name=alice, vendor_alert_severity="critical")
    old = document(vendor_alert=[FLOOD], vendor_alert_key=alice, user_name=alice, vendor_alert_severity="high",
                   event_created="2026-03-02T08:00:00.5Z")
    new = dict(old, vendor_alert=[LOGIN], event_created="2026-03-02T09:30:00Z")
    for what, lines in {"two rules of one line, twice over": [line, line], "hours apart, but handed over at once": [old, new]}.items():
        none = Suspend(work)
        _, out, err = run([os.path.join(ALERTS, "account-suspend"), none.config], lines)
        check(what, set(out) == {"OK"} and not none.denied(), out, err, none.told())
    dry = Suspend(work, active="no")
    dry.run((LOGIN, alice, "high"), (FLOOD, alice, "high"))
    check("dry run", not dry.denied() and "would suspend alice@example.com" in dry.told(), dry.told())
    after = Suspend(work, state=os.path.join(dry.work, "state"))
    after.run((FLOOD, alice, "high"))
    check("for real, after it", after.denied() == [alice + ":"], after.told())
    many = Suspend(work, per_hour="2")
    many.run(*[(rule, "user%d@example.com" % n, "high") for n in range(4) for rule in (LOGIN, FLOOD)])
    check("the cap", len(many.denied()) == 2 and many.told().count("NOT suspended") == 2, many.told())
    late = Suspend(work, within="0")
    late.run((LOGIN, alice, "high"), (FLOOD, alice, "high"))
    check("too far apart", not late.denied(), late.denied())
    marker = os.path.join(work, "ran")
    script = secret(work, "suspend-it", '#!/bin/sh\nprintf "%s\\n" "$#" "$@" >' + marker)
    os.chmod(script, 0o755)
    by = Suspend(work, passwd_file="", command=script)
    by.run((LOGIN, "a.b+c@example.com", "high"), (FLOOD, "a.b+c@example.com", "high"))
    check("a command", open(marker, encoding="utf-8").read() == "1\na.b+c@example.com\n")
    kick = secret(work, "doveadm", '#!/bin/sh\nprintf "%s " "$@" >' + marker)
    os.chmod(kick, 0o755)
    out = Suspend(work, kick="yes")
    os.environ["PATH"] = work + ":" + os.environ["PATH"]
    out.run((LOGIN, alice, "high"), (FLOOD, alice, "high"))
    check("thrown out", open(marker, encoding="utf-8").read() == "kick alice@example.com ")
    check("once Dovecot has seen the file", os.stat(marker).st_mtime - os.stat(out.file).st_mtime > 1,
          os.stat(marker).st_mtime, os.stat(out.file).st_mtime)
    fails = Suspend(work, passwd_file="", command="/bin/false")
    _, out, _ = fails.run((LOGIN, alice, "high"), (FLOOD, alice, "high"))
    check("a command that fails", out[2].startswith("not now") and "suspended" not in fails.told(), out)
    odd = Suspend(work)
    _, out, err = run([os.path.join(ALERTS, "account-suspend"), odd.config], ["[" * 100000, "7", '{"vendor_alert": 5}', "{}"])
    check("odd JSON", out == ["OK"] * 5, out, err)
    for what, settings in {"a rule that anybody may cause": {"rules": "login-failures-user"}, "a misspelt word": {"activ": "yes"},
                           "no domains": {"domains": ""}, "no number": {"per_hour": "many"}}.items():
        status, out, err = Suspend(work, **settings).run()
        check(what, status != 0 and not out and "account-suspend:" in err, status, out, err)
    loose = Suspend(work)
    os.chmod(loose.config, 0o666)
    check("a configuration that others may change", loose.run()[0] != 0)


def main():
    with tempfile.TemporaryDirectory() as work:
        try_services(work)
        try_syslog(work)
        try_suspend(work)
    for line in wrong:
        print("FAIL: " + line[:2000])
    print("%d wrong" % len(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    socket.setdefaulttimeout(20)
    sys.exit(main())
