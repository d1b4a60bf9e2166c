# SPDX-License-Identifier: Apache-2.0
"""The normalized log against the truth of all scenarios."""
import collections
import json
import os
import re
import subprocess

from mail import RECORD
from truth import Log, problems, self_test, values_of

# What is known to be wrong with the module, by (scenario, what is compared): why. Such a check has to fail: once it
# does not, its line goes from here.
EXPECTED_LATER = {
    ("amavis half refused", "vendor_recipients_status"): "'queued as ..., but 1 REJECT' counts as sent for all",
    ("amavis half refused", "vendor_verdict"): "the same",
    ("amavis other instance", "source_ip"): "smtpd with a syslog_name of its own is of another instance",
    ("amavis banned, bounced", "vendor_spam_score"): "the level that the DSN line tells of, where none was found",
}

# Lines that no rule has, and need none: (pattern, why).
GENERIC = [(re.compile(pattern), why) for pattern, why in (
    (r" clamd\[\d+\]: (Received \d|Pid file removed|Log file size|Not loading|Bytecode:|TCP: Setting|AlertExceeds"
     r"|Detection using|.* (support|alerts) enabled)", "what it is configured to do"),
    (r" amavis\[\d+\]: \(\S+\) smtp resp to RCPT", "its FWD line says it again"),
    (r" amavis\[\d+\]: [^(]", "start and stop, which it tells of at length"),
    (r" spamd\[\d+\]: spamd: server pid: ", "it says so once more"),
    (r" spamass-milter\[\d+\]: (Setting debug level|smfi_register succeeded)", "for developers"),
    (r" rspamd\[\d+\]: <\w*>; (main|cfg|re_cache|lua|); ", "start and stop, which it tells of at length"),
    (r" rspamd\[\d+\]: <\w*>; proxy; (rspamd_mime_|proxy_milter_error_handler)", "steps of a scan"),
)]


def pfxlog(verb, path, *words):
    rulebases = os.environ.get("PFX_RULEBASES", os.environ["PFX_SRCDIR"] + "/rulebases")
    return subprocess.run([os.environ["PFX_BUILDDIR"] + "/tools/pfxlog", verb, "--products", "all", "--rulebasedir",
                           rulebases, *words, path], check=True, stdout=subprocess.PIPE, text=True, timeout=60).stdout


# The same of lines that name a queue id and do not join its mail: their rules have no role.
UNJOINED_LATER = ()
# And of daemons whose syslog_name is not that of cleanup: theirs are other mails.
APART_LATER = ("postfix-filtered",)


def mark_records(records):
    """The record of each mail: the line that it ends with, or Dovecot's when that comes later and amends it."""
    last = {r["email_uid"]: r for r in records if "vendor_verdict" in r and "email_uid" in r and (
        r["vendor_event_type"] == "qmgr.removed" or r["event_source_product"] == "dovecot")}
    for record in last.values():
        record[RECORD] = True


def one_mail_each(log):
    """All lines with a queue id are of one mail, and no other mail's are."""
    owners, failures = {}, []
    for line, record in zip(log.lines, log.records):
        queue_id, mail = record.get("email_uid"), record.get("vendor_mail_id")
        if not queue_id or record["vendor_instance"] in APART_LATER:
            continue
        if record["vendor_event_type"] in UNJOINED_LATER:
            if mail:
                failures.append("joins, so it goes from UNJOINED_LATER: " + record["vendor_event_type"])
        elif not mail:
            failures.append("names a mail and does not join it (%s): %s" % (record["vendor_event_type"], line))
        elif owners.setdefault(queue_id, mail) != mail:
            failures.append("two mails of one queue id: " + line)
    if len(set(owners.values())) != len(owners):
        failures.append("two queue ids of one mail")
    return failures


def notices(lines):
    """What Postfix and amavis say of the notices that they send: (scenario, id of the mail, id of the notice)."""
    found, tasks = [], {}
    for line in lines:
        bounce = re.search(r" postfix/bounce\[\d+\]: (\w+): sender .*notification: (\w+)$", line)
        sent = re.search(r" amavis\[\d+\]: \((\S+)\) \S+ SEND from .* queued as (\w+)$", line)
        verdict = re.search(r" amavis\[\d+\]: \((\S+)\) Blocked .*, Queue-ID: (\w+), ", line)
        if bounce:
            found.append(("notice of Postfix", bounce[1], bounce[2]))
        if sent:
            tasks[sent[1]] = sent[2]
        if verdict and verdict[1] in tasks:
            found.append(("notice of amavis", verdict[2], tasks[verdict[1]]))
    return found


def stories(log, pairs):
    """Mails have a trace in common where the driver knows that they belong together, and nowhere else."""
    traces = {r["email_uid"]: r.get("trace_id") for r in log.records if RECORD in r}
    of_mail = {r["vendor_mail_id"]: r["email_uid"] for r in log.records if RECORD in r and "vendor_mail_id" in r}
    for r in log.records:  # a child that had ended when its parent became known: the parent's line tells of it
        child = of_mail.get(r.get("vendor_child_mail_id"))
        if child in traces and r.get("vendor_child_link") != "weak" and "email_uid" in r:
            traces[child] = traces.get(r["email_uid"], traces[child])
    pairs = pairs + notices(log.lines)
    failures, root = [], {queue_id: queue_id for queue_id in traces}
    for scenario, first, second in pairs:
        same = first in traces and traces[first] == traces.get(second)
        later = (scenario, "trace") in EXPECTED_LATER
        if same == later:
            failures.append("%s: %s and %s are %s" % (scenario, first, second, "one story now: expected later" if same else
                                                      "two stories"))
        root[second] = root.get(first, first)
    owners = {}
    for queue_id, trace in traces.items():
        if owners.setdefault(trace, root[queue_id]) != root[queue_id]:
            failures.append("joined by chance: %s and %s" % (queue_id, owners[trace]))
    return failures


def known_wrong(check, problem):
    """Why this problem is expected, or None."""
    return next((why for (scenario, part), why in EXPECTED_LATER.items()
                 if scenario in (check.scenario, "*") and part in problem), None)


def report(world, checks):
    lines = world.lines()
    path = world.path("lines")
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as f:
        f.writelines(line + "\n" for line in lines)
    trees = pfxlog("normalize", path)
    with open(world.path("trees"), "w", encoding="utf-8") as f:
        f.write(trees)
    records = [json.loads(line) for line in trees.splitlines()]
    coverage = json.loads(pfxlog("coverage", path, "--json"))
    if len(records) != len(lines):
        return ["%d lines gave %d records" % (len(lines), len(records))]
    mark_records(records)
    log = Log(lines, records)
    failures = ["no rule for: " + line for line, record in zip(lines, records)
                if "vendor_unparsed" in record and not any(pattern.search(line) for pattern, _ in GENERIC)]
    failures += one_mail_each(log) + stories(log, world.pairs)
    good, used = [], collections.Counter()
    for check in checks:
        found = problems(check, log)
        good += [] if found else [check]
        for problem in found:
            why = known_wrong(check, problem)
            if why:
                used[why] += 1
            else:
                failures.append("%s, %s: %s" % (check.scenario, check.what, problem))
    failures += ["expected to fail, and does not: %s, %s" % key for key, why in EXPECTED_LATER.items()
                 if key[1] != "trace" and not used[why] and any(c.scenario == key[0] for c in checks)]
    lies, unnoticed = self_test(good, log)
    failures += ["a false truth went unnoticed: %r" % (c,) for c in unnoticed]
    print("%d lines: %d specific, %d generic, %d unmatched, %d foreign" % (
        len(lines), coverage["matched"], coverage["generic"], coverage["unmatched"], coverage["foreign"]))
    print("%d checks compare %d values; %d falsified ones noticed, %d not; expected later: %d" % (
        len(checks), sum(map(values_of, checks)), lies - len(unnoticed), len(unnoticed), sum(used.values())))
    if coverage["unmatched"] or coverage["foreign"]:
        failures.append("lines that are unmatched or taken for foreign")
    return failures
