#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""examples/clickhouse/ in the real engine (chdb, by devtools/setup stores): what pfxlog makes of logs is loaded, and what views and
queries count of it has to be what was counted without any of our code: by the generator that made the log up, by the driver of
tests/live, by who wrote tests/journeys, or in the text of the lines. Views that are wrong on purpose have to be found out."""
import collections
import glob
import ipaddress
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

SRC = pathlib.Path(os.environ.get("PFX_SRCDIR", pathlib.Path(__file__).resolve().parent.parent))
BUILD = pathlib.Path(os.environ.get("PFX_BUILDDIR", SRC / "build"))
RULEBASES = os.environ.get("PFX_RULEBASES", str(SRC / "rulebases"))
HERE = SRC / "examples" / "clickhouse"
PFXLOG = BUILD / "tools" / "pfxlog"
MAILS = 3000
wrong = []


def skip(text):
    print("SKIP: " + text)
    sys.exit(77)


def find_engine():
    """Here, or in the environment that devtools/setup stores made."""
    try:
        import chdb  # noqa: F401
    except ImportError:
        python = BUILD / "stores" / "venv" / "bin" / "python3"
        if not python.exists() or os.environ.get("PFX_STORES"):
            skip("there is no chdb: devtools/setup stores")
        os.environ["PFX_STORES"] = "1"
        os.execv(python, [str(python)] + sys.argv)


find_engine()
from chdb import session  # noqa: E402

if not PFXLOG.exists():
    skip("pfxlog was not built")
work = tempfile.mkdtemp()


def same(what, wanted, got):
    if wanted != got:
        wrong.append("%s: expected %r, got %r" % (what, wanted, got))


def statements(name):
    text = re.sub(r"--[^\n]*", "", (HERE / name).read_text(encoding="utf-8"))
    return [one.strip() for one in text.split(";\n") if one.strip().rstrip(";")]


# ---- the engine -----------------------------------------------------------------------------------
class Store:
    """One at a time: the engine is in this process."""

    def __init__(self, views=None):
        self.path = tempfile.mkdtemp(dir=work)
        self.session = session.Session(self.path)
        for one in statements("tables.sql"):
            # The lines of the tests are of any year.
            self.run(re.sub(r"\nTTL [^\n]*?(?=\n|$)", "", one))
        for one in statements("views.sql") if views is None else views:
            self.run(one)

    def run(self, sql):
        return self.session.query(sql)

    def rows(self, sql):
        text = self.session.query(sql, "JSONCompactEachRow").bytes().decode()
        return [json.loads(line) for line in text.splitlines()]

    def one(self, sql):
        return self.rows(sql)[0][0]

    def load(self, documents):
        file = os.path.join(work, "documents")
        with open(file, "w", encoding="utf-8") as out:
            out.write("".join(one + "\n" for one in documents))
        self.run("INSERT INTO postfix.lines FROM INFILE '%s' SETTINGS input_format_skip_unknown_fields=1, "
                 "input_format_null_as_default=1, date_time_input_format='best_effort' FORMAT JSONEachRow" % file)
        return self

    def close(self):
        self.session.close()
        shutil.rmtree(self.path, ignore_errors=True)


def normalized(path, options=(), verb=("normalize",)):
    return subprocess.run([str(PFXLOG), *verb, "--rulebasedir", RULEBASES, *options, str(path)], check=True,
                          env=dict(os.environ, TZ="UTC"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode().splitlines()


def macros(sql, host=None, by="", first="1970-01-02 00:00:00", last="2105-12-31 00:00:00", step=3600):
    """What Grafana's plugin for ClickHouse puts in the place of its macros."""
    sql = re.sub(r"\$__timeFilter\((\w+)\)", r"\1 >= toDateTime64('%s', 3, 'UTC') AND \1 <= toDateTime64('%s', 3, 'UTC')" % (first, last), sql)
    sql = re.sub(r"\$__timeInterval\((\w+)\)", r"toStartOfInterval(toDateTime(\1), INTERVAL %d second)" % step, sql)
    sql = re.sub(r"\$__conditionalAll\((.*), \$host\)", (lambda match: match.group(1)) if host else "1=1", sql)
    sql = sql.replace("${host:singlequote}", ", ".join("'%s'" % one for one in host or []))
    sql = sql.replace("${id:singlequote}", "'%s'" % by)
    if "$" in sql:
        raise SystemExit("FAIL: a macro that nobody knows: " + sql)
    return sql


def query(name, **given):
    return macros((HERE / "queries" / (name + ".sql")).read_text(encoding="utf-8"), **given)


# ---- a log that was made up, and what its maker knows -----------------------------------------------
def generated():
    compiler = os.environ.get("CC", "cc")
    if not shutil.which(compiler):
        skip("there is no compiler for the log that is made up")
    bench = SRC / "tests" / "bench"
    subprocess.run([compiler, "-std=gnu11", "-D_GNU_SOURCE", "-O1", "-o", work + "/generate"] +
                   [str(bench / (name + ".c")) for name in "generate stream site traffic delivery".split()], check=True)
    with open(work + "/log", "w", encoding="utf-8") as log:
        # Lines up to three seconds late: there are amended records.
        subprocess.run([work + "/generate", "--mails", str(MAILS), "--shuffle", "5,3", "--format", "rfc3339", "--truth", work + "/truth"],
                       stdout=log, check=True)
    with open(work + "/truth", encoding="utf-8") as file:
        return pathlib.Path(work + "/log"), [json.loads(line) for line in file]


def verdict(mail):
    """Of the statuses of its recipients, as doc/story.md has it."""
    there = {one["status"] for one in mail["recipients"]}
    return "delivered" if there == {"sent"} else "bounced" if there == {"bounced"} else "partly"


def domain(address):
    return address.rpartition("@")[2].lower()


def count_generated(truth, log):
    """name of a check -> what the maker of the log knows."""
    recipients = [(mail, one) for mail in truth for one in mail["recipients"]]
    tries = collections.Counter()
    for _, one in recipients:
        tries["deferred"] += one["attempts"] - 1
        tries[one["status"]] += 1
    text = log.read_text(encoding="utf-8").splitlines()
    failed = [re.search(r"\[([^\]]+)\]: SASL \w+ authentication failed", line) for line in text]
    refused = [re.search(r"reject: \w+ from [^\[]*\[([^\]]+)\]", line) for line in text]
    users = collections.Counter(mail["sasl_username"].lower() for mail in truth if mail["sasl_username"])
    return {
        "mails": len(truth),
        "by verdict": collections.Counter(verdict(mail) for mail in truth),
        "bytes": sum(mail["size"] for mail in truth),
        "recipients": collections.Counter(one["status"] for _, one in recipients),
        "domains": collections.Counter(domain(one["to"]) for _, one in recipients if one["status"] == "sent"),
        "tries": +tries,
        "senders": collections.Counter(domain(mail["from"]) or "-" for mail in truth),
        "hosts": collections.Counter(mail["host"] for mail in truth),
        "users": users,
        "recipients of users": sum(len(mail["recipients"]) for mail in truth if mail["sasl_username"]),
        "failed logins": collections.Counter(one.group(1) for one in failed if one),
        "refused": collections.Counter(one.group(1) for one in refused if one),
        "lines": len(text),
    }


def count_stored(store):
    counted = lambda sql: {key: int(value) for key, value in store.rows(sql)}  # noqa: E731
    return {
        "mails": int(store.one("SELECT count() FROM postfix.mails WHERE vendor_verdict <> 'handed_over'")),
        "by verdict": counted("SELECT verdict, sum(mails) FROM postfix.days GROUP BY verdict"),
        "bytes": int(store.one("SELECT sum(bytes) FROM postfix.days")),
        "recipients": counted("SELECT status, count() FROM postfix.recipients GROUP BY status"),
        "domains": counted("SELECT to_domain, count() FROM postfix.recipients WHERE status = 'sent' GROUP BY to_domain"),
        "tries": counted("SELECT status, count() FROM postfix.deliveries WHERE hop <> 'internal' GROUP BY status"),
        "senders": counted("SELECT if(from_domain = '', '-', from_domain) AS d, count() FROM postfix.mails GROUP BY d"),
        "hosts": counted("SELECT event_source, sum(mails) FROM postfix.days GROUP BY event_source"),
        "users": counted("SELECT user_name, count() FROM postfix.mails WHERE user_name <> '' GROUP BY user_name"),
        "recipients of users": int(store.one("SELECT count() FROM postfix.recipients WHERE user_name <> ''")),
        "failed logins": counted("SELECT client, sum(tries) FROM postfix.logins WHERE outcome = 'failure' GROUP BY client"),
        "refused": counted("SELECT client, count() FROM postfix.refusals WHERE event LIKE '%reject' GROUP BY client"),
        "lines": int(store.one("SELECT count() FROM postfix.lines")),
    }


# What somebody might write instead, and checks that then have to fail.
MUTATIONS = [
    ("each record", "FROM postfix.records FINAL", "FROM postfix.lines WHERE vendor_mail_record > 0", "mails"),
    ("the first record", "FROM postfix.records FINAL", "FROM postfix.lines WHERE vendor_mail_record = 1", "by verdict"),
    ("the record of the least number", "FROM postfix.records FINAL",
     "FROM (SELECT * FROM postfix.lines WHERE vendor_mail_record > 0 ORDER BY vendor_mail_record LIMIT 1 BY vendor_mail_id)", "by verdict"),
    ("statuses in another order", "arrayResize(vendor_recipients_status, ", "arrayResize(arrayReverse(vendor_recipients_status), ", "domains"),
    ("recipients that were sent", "AND email_to <> ''", "AND vendor_status = 'sent'", "tries"),
    ("logins by their category", "vendor_event_type IN ('sasl.failed', 'opensmtpd.auth_failed')", "gim_event_type_code = 100500", "failed logins"),
    ("logins of whatever failed", "(vendor_event_action = 'login'", "(event_outcome = 'failure'", "failed logins"),
    ("domain of the first @", "'@([^@]*)$')) AS to_domain,\n    r.2", "'^([^@]*)@')) AS to_domain,\n    r.2", "domains"),
    ("refusals by their outcome", "WHERE event_action = 'blocked'", "WHERE event_outcome = 'failure'", "refused"),
    ("bytes of deliveries", "sum(ifNull(email_size, 0)) AS bytes, sum(ifNull(vendor_count_recipients",
     "sum(ifNull(email_size, 0) * vendor_count_recipients) AS bytes, sum(ifNull(vendor_count_recipients", "bytes"),
]


def try_generated():
    log, truth = generated()
    documents, wanted = normalized(log), count_generated(truth, log)
    for name, value in wanted.items():
        if not value:
            wrong.append("the log that is made up has no %s" % name)
    records = sum('"vendor_mail_record":' in one for one in documents)
    if records <= len(truth):
        wrong.append("there are no amended records: %d of %d mails" % (records, len(truth)))
    store = Store().load(documents)
    got = count_stored(store)
    for name in wanted:
        same(name, wanted[name], got[name])
    for statement_of, replaced, by, found_by in MUTATIONS:
        views = statements("views.sql")
        spoilt = [one.replace(replaced, by) for one in views]
        if spoilt == views:
            wrong.append("nothing to spoil: " + statement_of)
        for one in spoilt:
            store.run(one)
        if wanted[found_by] == count_stored(store)[found_by]:
            wrong.append("nobody minds " + statement_of)
    for one in statements("views.sql"):
        store.run(one)
    # Amended ones stay so when parts are merged, and when the batch is sent again.
    store.load(documents)
    same("lines, sent twice", wanted["lines"], int(store.one("SELECT count() FROM postfix.lines")))
    store.run("OPTIMIZE TABLE postfix.records FINAL")
    same("merged", len(truth), int(store.one("SELECT count() FROM postfix.records")))
    for name in wanted:
        same(name + ", merged", wanted[name], count_stored(store)[name])
    try_queries(store, truth, wanted)
    store.close()


# ---- the queries of the boards ----------------------------------------------------------------------
answered = set()  # queries that some log had rows for


def run_queries(store, queue_id=""):
    for file in sorted((HERE / "queries").glob("*.sql")):
        try:
            if store.rows(query(file.stem, by=queue_id)):
                answered.add(file.stem)
        except Exception as error:  # of the engine
            wrong.append("%s: %s" % (file.stem, str(error)[:500]))


def try_queries(store, truth, wanted):
    run_queries(store, truth[0]["queue_id"])
    sums = lambda name, at, **given: collections.Counter(  # noqa: E731
        {key: sum(int(row[2]) for row in rows if row[1] == key) for rows in [store.rows(query(name, **given))] for key in {row[1] for row in rows}})
    same("mails-by-verdict", wanted["by verdict"], sums("mails-by-verdict", 1))
    same("deliveries-by-status", wanted["tries"], sums("deliveries-by-status", 1))
    total = store.rows(query("mails-total"))[0]
    same("mails-total", [wanted["mails"], wanted["by verdict"]["delivered"], wanted["by verdict"]["partly"], wanted["by verdict"]["bounced"]],
         [int(value) for value in total[:4]])
    for host, count in wanted["hosts"].items():
        same("mails of " + host, count, int(store.rows(query("mails-total", host=[host]))[0][0]))
    same("mails of two hosts", wanted["hosts"]["mx1"] + wanted["hosts"]["mx2"], int(store.rows(query("mails-total", host=["mx1", "mx2"]))[0][0]))
    same("bytes", wanted["bytes"], sum(int(row[1]) for row in store.rows(query("bytes"))))
    top = [row[:2] for row in store.rows(query("senders"))]
    same("senders", sorted(((key, str(value)) for key, value in wanted["senders"].items()), key=lambda one: (-int(one[1]), one[0]))[:50],
         [(key, str(value)) for key, value in top])
    same("failed logins", sum(wanted["failed logins"].values()), int(store.rows(query("logins-total"))[0][1]))
    same("failing addresses", len(wanted["failed logins"]), int(store.rows(query("logins-total"))[0][3]))
    same("submissions", sum(wanted["users"].values()), sum(int(row[1]) for row in store.rows(query("submissions").replace("LIMIT 50", ""))))
    way = store.rows(query("way", by=truth[0]["queue_id"]))
    lines = [line for line in open(work + "/log", encoding="utf-8") if truth[0]["queue_id"] in line]
    if len(way) < len(lines) or not any(row[3] == truth[0]["queue_id"] for row in way):
        wrong.append("way: %d rows of %d lines" % (len(way), len(lines)))
    by_id = [store.rows(query("way", by=form % truth[0]["message_id"])) for form in ("%s", "<%s>")]
    same("way by Message-ID, as headers have it", [True, by_id[0]], [bool(by_id[0]), by_id[1]])
    for nothing in ("", "<>"):
        same("way of nothing", [], store.rows(query("way", by=nothing)))
    # The log has failed logins of which no line tells a name.
    same("names of tries without one", {("0", "-")}, {(str(row[4]), row[5]) for row in store.rows(query("failing-addresses"))})
    # Nothing outside of the time chosen.
    same("another time", 0, int(store.rows(query("mails-total", first="2031-01-01 00:00:00"))[0][0]))


# ---- other truths -----------------------------------------------------------------------------------
def try_live():
    """A log of real Postfix, and what its driver knows of each mail."""
    log, known = BUILD / "live.log", BUILD / "live.truth.json"
    if not log.exists() or not known.exists():
        print("SKIP: there is no log of tests/live/live.test with its truth")
        return
    truth = json.loads(known.read_text(encoding="utf-8"))
    store = Store().load(normalized(log))
    # Mails that the driver did not follow to the end (probes of verify(8), notices of notices) are in the log alone.
    known_ids = {(mail["instance"], mail["queue_id"]) for mail in truth}
    tries, ended, senders = collections.Counter(), set(), {}
    for mail in truth:
        key = (mail["instance"], mail["queue_id"])
        for address, fate in mail["recipients"].items():
            if fate["status"] not in ("none", "redirected"):
                tries[key + (address.lower(), fate["status"])] += fate.get("attempts", 1)
        if mail["end"] == "removed":
            ended.add(key)
            senders[key] = mail.get("sender")
    ours = lambda rows: [row for row in rows if (row[0], row[1]) in known_ids]  # noqa: E731
    every = store.rows("SELECT vendor_instance, email_uid, lower(email_to), status, count() FROM postfix.deliveries GROUP BY ALL")
    same("live: tries", tries, collections.Counter({tuple(row[:4]): int(row[4]) for row in ours(every)}))
    strangers = {(row[0], row[1]) for row in every} - known_ids
    if len(strangers) * 20 > len(known_ids):
        wrong.append("live: %d mails that the driver does not know, of %d" % (len(strangers), len(known_ids)))
    stored = ours(store.rows("SELECT vendor_instance, email_uid, email_from FROM postfix.mails WHERE vendor_end_reason = 'removed'"))
    same("live: mails that were removed", sorted(ended), sorted((row[0], row[1]) for row in stored))
    for instance, queue_id, sender in stored:
        if senders.get((instance, queue_id)) is not None:
            same("live: sender of " + queue_id, senders[(instance, queue_id)], sender)
    store.close()


def try_journeys():
    """Verdicts, and what became of recipients, as written by a reader of Postfix."""
    whole, recipients, got, got_recipients = collections.Counter(), collections.Counter(), collections.Counter(), collections.Counter()
    store = Store()
    for file in sorted(glob.glob(str(SRC / "tests" / "journeys" / "*.expect"))):
        expected = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
        name = os.path.basename(file)[:-7]
        documents = normalized(file[:-7] + ".log", expected.get("options", []))
        store.run("TRUNCATE TABLE postfix.lines")
        store.run("TRUNCATE TABLE postfix.records")
        store.load(documents)
        want = collections.Counter()
        for mail in expected["mails"].values():
            if "vendor_verdict" in mail and mail["vendor_verdict"] != "quarantined":
                want[mail["vendor_verdict"]] += 1
        have = collections.Counter({key: int(value) for key, value in store.rows(
            "SELECT vendor_verdict, count() FROM postfix.mails WHERE vendor_verdict <> '' GROUP BY vendor_verdict")})
        same("journey %s: verdicts" % name, want, have)
        whole += want
        want = collections.Counter()
        for mail in expected["mails"].values():
            if "vendor_verdict" in mail and mail["vendor_verdict"] != "quarantined" and isinstance(mail.get("vendor_recipients"), list):
                reasons = mail.get("vendor_recipients_reason") or ["-"] * len(mail["vendor_recipients"])
                want.update(zip(mail["vendor_recipients"], mail["vendor_recipients_status"],
                                ["" if one == "-" else one for one in reasons]))
        have = collections.Counter(tuple(row) for row in store.rows(
            "SELECT recipient, status, reason FROM postfix.recipients WHERE vendor_verdict <> ''"))
        same("journey %s: recipients" % name, want, have)
        recipients += want
        if any('"vendor_filter_verdict"' in one for one in documents):
            run_queries(store)
    if sum(whole.values()) < 100 or len(whole) < 9:
        wrong.append("journeys: only %r" % whole)
    store.close()


def try_samples():
    """Each rule's sample has the tree that comes of it: each value is in its column, and none besides."""
    trees = []
    for file in sorted((SRC / "rulebases").rglob("*.samples")):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("#= "):
                trees.append(dict(json.loads(line[3:]), event_created="2026-10-01T00:00:%02d.%06dZ" % (len(trees) % 60, len(trees)),
                                  event_source="mx1"))
    store = Store().load(json.dumps(tree) for tree in trees)
    columns = {name: kind for name, kind, *_ in store.rows("DESCRIBE postfix.lines")}
    fields = {name for tree in trees for name in tree}
    documented = set(re.findall(r"^\| `(\w+)` \|", (SRC / "doc" / "fields.md").read_text(encoding="utf-8"), re.M))
    same("columns", documented | {"inserted"}, set(columns))
    got = [json.loads(line) for line in store.session.query("SELECT * FROM postfix.lines", "JSONEachRow").bytes().decode().splitlines()]
    by_time = {row["event_created"]: row for row in got}
    same("rows", len(trees), len(by_time))
    for tree in trees:
        row = by_time.get(tree["event_created"].replace("T", " ").rstrip("Z"), {})
        for name in documented & fields:
            have, want = row.get(name), tree.get(name)
            if name == "event_created":
                continue
            kind = columns[name]
            if want is None:
                same("%s of %s" % (name, tree["vendor_event_type"]), True, have in ("", None, [], 0))
            elif "IPv6" in kind:
                address = ipaddress.ip_address(have)
                same("%s of %s" % (name, tree["vendor_event_type"]), ipaddress.ip_address(want), getattr(address, "ipv4_mapped", None) or address)
            elif "Int" in kind or "Float" in kind:
                same("%s of %s" % (name, tree["vendor_event_type"]), float(want), float(have))
            else:
                same("%s of %s" % (name, tree["vendor_event_type"]), want, have)
    store.close()
    return len(trees)


def try_demo():
    """The demo log, and the programs beside Postfix: what was counted by reading them."""
    store = Store().load(normalized(SRC / "examples" / "mail.log"))
    run_queries(store)
    # grep 'SASL LOGIN authentication failed' examples/mail.log, without smtp's own: by sasl_username.
    text = (SRC / "examples" / "mail.log").read_text(encoding="utf-8")
    tried = re.findall(r"smtpd\[\d+\]: warning: [^\[]*\[[^\]]*\]: SASL \w+ authentication failed: .*?(?:sasl_username=(\S+))?$", text, re.M)
    named = collections.Counter(name.lower() for name in tried if name)
    same("failing-users", dict(named), {row[0]: int(row[1]) for row in store.rows(query("failing-users"))})
    same("failed", len(tried), int(store.rows(query("logins-total"))[0][1]))
    got_in = re.findall(r"client=\S+, sasl_method=\w+, sasl_username=(\S+)", text)
    same("logins", len(got_in), int(store.rows(query("logins-total"))[0][0]))
    same("users", dict(collections.Counter(got_in)), {row[0]: int(row[1]) for row in store.rows(query("users"))})
    # Deliveries to other hosts, not to the filter, by SMTP and LMTP: what went into a mailbox or a pipe here is not in clear.
    out = re.findall(r"/[sl]mtp\[\d+\]: \w+: to=.*? relay=(?!127\.0\.0\.1)\S+, .* status=sent ", text)
    same("deliveries by TLS and without", len(out), sum(int(row[2]) for row in store.rows(query("tls")) if row[0] == "out"))
    store.close()
    # A user who sends two mails through a content filter, from two addresses.
    log = pathlib.Path(work) / "filtered.log"
    log.write_text("".join("2026-08-21T10:1%d:0%d+00:00 mx1 postfix/%s\n" % (n, second, text % {"n": n}) for n in (0, 1) for second, text in enumerate((
        "smtpd[1]: 4hR8n8%(n)dkVrz9tA1: client=c.example.net[203.0.113.%(n)d], sasl_method=PLAIN, sasl_username=joe@example.com",
        "qmgr[2]: 4hR8n8%(n)dkVrz9tA1: from=<joe@example.com>, size=900, nrcpt=1 (queue active)",
        "smtpd[3]: 4hR8n9%(n)dkVrz9tB1: client=localhost[127.0.0.1]",
        "qmgr[2]: 4hR8n9%(n)dkVrz9tB1: from=<joe@example.com>, size=990, nrcpt=1 (queue active)",
        "smtp[4]: 4hR8n8%(n)dkVrz9tA1: to=<zoe@example.org>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent "
        "(250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 4hR8n9%(n)dkVrz9tB1)",
        "qmgr[2]: 4hR8n8%(n)dkVrz9tA1: removed",
        "smtp[5]: 4hR8n9%(n)dkVrz9tB1: to=<zoe@example.org>, relay=mx.example.org[198.51.100.7]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)",
        "qmgr[2]: 4hR8n9%(n)dkVrz9tB1: removed"))), encoding="utf-8")
    store = Store().load(normalized(log))
    same("mail through a filter", ["joe@example.com", 2, 2, 0, 2], [int(value) if str(value).isdigit() else value for value in store.rows(query("submissions"))[0]])
    store.close()
    store = Store()
    now = subprocess.run(["date", "-u", "+%Y-%m-%dT%H:%M:%SZ"], check=True, stdout=subprocess.PIPE).stdout.decode().strip()
    store.load([json.dumps({"event_created": now, "event_source": host}) for host in ("mx1", "mx1", "mx2")])
    same("hosts", [["mx1", "2"], ["mx2", "1"]], sorted([row[0], str(row[3])] for row in store.rows(query("hosts"))))
    answered.add("hosts")
    store.close()


def try_alerts():
    """Lines with alerts, of a log whose limits are passed by counting to them."""
    log = work + "/alerts.log"
    with open(log, "w", encoding="utf-8") as out:
        for second in range(14):
            print("2026-03-02T10:20:%02d+00:00 mx1 postfix/smtpd[7]: warning: unknown[198.51.100.9]: SASL LOGIN authentication failed: "
                  "authentication failure, sasl_username=bob@example.com" % second, file=out)
    store = Store().load(normalized(log, ["--json"], ("alerts",)))
    # More than 10 failed logins in five minutes: of the address, and of the user; the most severe stands in front.
    same("alerts", [["mx1", "medium", "login-failures-address", "198.51.100.9", "11", "10", "300"]],
         [[str(value) for value in row] for row in store.rows(
             "SELECT event_source, severity, rule, key, value, most, seconds FROM postfix.alerts")])
    same("alerts by rule", [["login-failures-address", "1"]], [[row[1], str(row[2])] for row in store.rows(query("alerts"))])
    same("alerts-list", 1, len(store.rows(query("alerts-list"))))
    run_queries(store)
    store.close()


# ---- forms ------------------------------------------------------------------------------------------
def try_forms():
    """What expires, the way from Kafka, tiers, users."""
    store = Store()
    for one in statements("tables.sql"):  # as they are
        store.run(one.replace("IF NOT EXISTS postfix.", "IF NOT EXISTS postfix.kept_").replace("TO postfix.", "TO postfix.kept_").replace(
            "FROM postfix.", "FROM postfix.kept_"))
    for age in (1, 89, 92, 98, 399, 403):
        store.run("INSERT INTO postfix.kept_lines (event_created, event_source, vendor_mail_id, vendor_mail_record) "
                  "VALUES (now64(6) - INTERVAL %d DAY, 'mx1', 'm%d', 1)" % (age, age))
    for table in ("lines", "records"):
        store.run("OPTIMIZE TABLE postfix.kept_%s FINAL" % table)
    # Lines go by whole weeks.
    kept = lambda table: [row[0] for row in store.rows("SELECT vendor_mail_id FROM postfix.kept_%s ORDER BY event_created DESC" % table)]  # noqa: E731
    same("lines that are kept", True, kept("lines")[:2] == ["m1", "m89"] and not {"m98", "m399", "m403"} & set(kept("lines")))
    same("records that are kept", ["m1", "m89", "m92", "m98", "m399"], kept("records"))
    # An insert of a year's log.
    store.load('{"event_created": "2026-01-01T00:00:00Z", "event_source": "mx%d"}' % n for n in range(3))
    store.load(json.dumps({"event_created": "20%02d-%02d-01T00:00:00Z" % (25 + n // 12, n % 12 + 1), "event_source": "old"}) for n in range(24))
    same("lines of two years", 27, int(store.one("SELECT count() FROM postfix.lines")))
    # The tables that read Kafka; that they read it, a broker has to be there for.
    for one in statements("kafka.sql"):
        try:
            store.run(one)
        except Exception as error:  # chdb 4.4 says so, and makes the table all the same
            if "Shutdown was called" not in str(error):
                wrong.append("kafka.sql: %s" % str(error)[:500])
    same("tables for Kafka", 4, int(store.one("SELECT count() FROM system.tables WHERE database = 'postfix' AND name IN "
                                              "('topic', 'topic_lines', 'topic_refused', 'refused')")))
    for one in statements("tiers.sql"):  # a policy is of the server's configuration
        store.run("EXPLAIN AST " + one)
        try:
            store.run(one)
            wrong.append("tiers.sql works without its policy?")
        except Exception as error:
            same("tiers.sql", True, "UNKNOWN_POLICY" in str(error) or "BAD_TTL_EXPRESSION" in str(error))
    for one in statements("access.sql"):  # the engine here has no users
        store.run("EXPLAIN AST " + one)
    store.close()
    policy = xml.etree.ElementTree.parse(HERE / "storage.xml").getroot().find("storage_configuration/policies/mail/volumes")
    same("volumes", ["default", "cold"], [one.tag for one in policy])


# ---- flows over collectors --------------------------------------------------------------------------
def flows_of(store):
    return {mail: flow for mail, flow in store.rows(
        "SELECT mail_id, flow FROM postfix.mail_flows(since='2026-08-21 00:00:00', until='2026-08-23 00:00:00')")}


def try_estate():
    """An estate of three hosts by one collector and by three: the flows that it was made of."""
    sys.path.insert(0, str(SRC / "tests" / "traffic"))
    import estate
    import oddities
    made = estate.Estate(11, 1500)
    records = {"one": [], "three": []}
    for name, collector, lines in made.collected():
        log = pathlib.Path(work) / "estate.log"
        log.write_text(lines, encoding="utf-8")
        records[name] += normalized(log, ["--ownrelays", estate.RELAYS, "--collector", collector, "--line-ids"])
    wanted = made.flows(map(json.loads, records["one"]))
    same("flows of the estate", 1500, len(estate.as_sets(wanted)))
    records["three"] += [json.dumps(half) for half in made.halves(list(map(json.loads, records["three"])))]
    made_of = {}
    for name in ("one", "three"):
        store = Store(statements("views.sql") + statements("flows.sql")).load(records[name])
        made_of[name] = flows_of(store)
        same("flows by %s" % name, 0, len(estate.as_sets(made_of[name]) ^ estate.as_sets(wanted)))
        store.close()
    same("ids of flows", made_of["one"], made_of["three"])
    # As odd as they come, and four thousand of one Message-ID: not each with each.
    for what, (documents, flows) in (("odd records", oddities.oddities()), ("one Message-ID", oddities.alike(4000))):
        store = Store(statements("views.sql") + statements("flows.sql")).load(map(json.dumps, documents))
        begin = time.process_time()
        got = flows_of(store)
        same(what, {}, {mail: (flow, got.get(mail)) for mail, flow in flows.items() if got.get(mail) != flow})
        if time.process_time() - begin > 20:
            wrong.append("%s: %d seconds of a processor" % (what, time.process_time() - begin))
        store.close()
    for what, old, new in (("no window", "c.arrived BETWEEN h.told - INTERVAL 10 MINUTE AND h.told + INTERVAL 2 SECOND", "1"),
                           ("no guess", "h.queue_id = '' AND", "0 AND"), ("weak links count", "OR vendor_link = 'weak'", "")):
        text = [one.replace(old, new).replace("ifNull(c.client_host, h.host) = h.host", "1" if what == "no window" else "ifNull(c.client_host, h.host) = h.host")
                for one in statements("flows.sql")]
        store = Store(statements("views.sql") + text).load(records["one" if "weak" in what else "three"])
        if estate.as_sets(flows_of(store)) == estate.as_sets(wanted):
            wrong.append("flows: %s is not found" % what)
        store.close()


def main():
    try:
        for part in (try_estate, try_forms, try_samples, try_generated, try_live, try_journeys, try_demo, try_alerts):
            part()
        for file in sorted((HERE / "queries").glob("*.sql")):
            if file.stem not in answered:
                wrong.append(file.stem + ": no rows of any log")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    for line in wrong[:60]:
        print("FAIL: " + line[:1500])
    print("%d wrong" % len(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
