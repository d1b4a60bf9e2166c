# SPDX-License-Identifier: Apache-2.0
"""pfxlog audit of each user of the incident against what the driver did and the next hop answered, as JSON and as text."""
import json
import os
import re
import subprocess

from guarded import RULEBASES
from truth import falsified, split_reply

STATES = {2: "sent", 4: "deferred", 5: "bounced"}
MAILS = ("mails_by_sender_address_only", "recipients_of_mails_by_sender_address_only", "refusals")


def truth(user, account, answers):
    """Name: value, of all that the report has to say."""
    failed, succeeded = sum(account.failed.values()), sum(account.succeeded.values())
    to = [(mail, address) for mail in account.mails for address in mail.to]
    notices = [mail for mail in account.mails if any(answers[address].startswith("5") for address in mail.to)]
    facts = {"logins_succeeded": succeeded, "logins_failed": failed, "sessions": succeeded,
             "mails_sent": len(account.mails), "recipients_of_mails_sent": len(to), "mails_received": len(notices),
             "recipients_of_mails_received": len(notices), **dict.fromkeys(MAILS, 0)}
    own = [rule[1] == user for rule in account.alerts]
    facts.update(alerts=own.count(True), alerts_by_line_only=own.count(False), alerts_held_back=0)
    for rule, key, value, limit, window, _, _, severity in account.alerts:
        facts["%s of %s" % (rule, key)] = [severity, value, limit, window, "key" if key == user else "line"]
    for ip in set(account.failed) | set(account.succeeded):
        facts["from " + ip] = [account.succeeded[ip], account.failed[ip]]
    states = [STATES[int(answers[address][0])] for _, address in to]
    facts.update(("mails_sent " + state, states.count(state)) for state in set(states))
    facts.update({"mails_received sent": len(notices)} if notices else {})
    for mail, address in to:
        reply = split_reply(answers[address])
        facts["%s to %s" % (mail.queue_id, address)] = [
            STATES[int(answers[address][0])], reply["smtp_response_enhanced_code"], reply["smtp_response_code"],
            reply["vendor_smtp_response_message"]]
    return facts


def of_json(text):
    report = json.loads(text)
    facts = {name: value for name, value in report["totals"].items() if not name.startswith("bytes_")}
    facts.update(("from " + row["client_ip"], [row["succeeded"], row["failed"]]) for row in report["logins_by_address"])
    facts.update(("%s %s" % (row["what"], row["status"]), row["count"]) for row in report["recipients_by_state"])
    facts.update(("%s of %s" % (row["rule"], row["key"]),
                  [row["severity"], row["alert_value"], row["limit"], row["window"], row["belongs_by"]]) for row in report["alerts"])
    for mail in report["mails_sent"]:
        for to in mail["recipients"]:
            facts["%s to %s" % (mail["queue_id"], to["to"])] = [to["status"], to["dsn"], to["reply_code"], to["reply_text"]]
    return facts


def of_text(text):
    facts, section, queue_id = {}, None, None
    for line in text.splitlines():
        words = line.split()
        if line[:1].isalpha():
            section = line
        elif section == "Totals" and words and words[0] != "bytes":
            facts["_".join(words[:-1])] = int(words[-1])
        elif section == "Recipients by state" and words:
            facts["_".join(words[:-2]) + " " + words[-2]] = int(words[-1])
        elif section == "Logins by address" and words:
            facts["from " + words[0]] = [int(word.split("=")[1]) for word in words[1:3]]
        elif section == "Alerts" and (found := re.match(
                r"  \S+ \S+  (\w+) +(\S+) +(\S+) +alert_value=(\d+)  limit=(\d+)  window=(\d+) .* belongs_by=(\w+)", line)):
            facts["%s of %s" % (found[2], found[3])] = [found[1], *map(int, found.group(4, 5, 6)), found[7]]
        elif section == "Mails sent" and (found := re.match(
                r'      \S+ \S+  (\S+) +(\w+) .* ?dsn=(\S+) .*  reply_code=(\d+)  reply_text="(.*)"$', line)):
            facts["%s to %s" % (queue_id, found[1])] = [found[2], found[3], int(found[4]), found[5]]
        elif section == "Mails sent" and words:
            queue_id = words[2]
    return facts


def differences(expected, got):
    return [(name, expected.get(name), got.get(name)) for name in sorted(set(expected) | set(got))
            if expected.get(name) != got.get(name)]


def report(told):
    path = told.world.path("mail.log")
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.writelines(line + "\n" for line in told.world.lines())
    answers = {address: reply for mail in told.world.receiver.seen for address, reply in mail["recipients"].items()}
    failures, values, unnoticed = [], 0, 0
    for user, account in told.accounts.items():
        expected = truth(user, account, answers)
        for words, read in ((["--json"], of_json), ([], of_text)):
            program = [os.environ["PFX_BUILDDIR"] + "/tools/pfxlog", "audit", "--rulebasedir", RULEBASES, *words, user, path]
            got = read(subprocess.run(program, check=True, stdout=subprocess.PIPE, text=True, timeout=60).stdout)
            failures += ["audit of %s%s, %s: expected %r, got %r" % (user, "".join(words), *row) for row in differences(expected, got)]
            values += len(expected)
            unnoticed += sum(len(differences({**expected, name: falsified(value)}, got)) == len(differences(expected, got))
                             for name, value in expected.items())
    if unnoticed:
        failures.append("audit: %d false truths went unnoticed" % unnoticed)
    print("%d audits, %d values compared; %d falsified ones noticed, %d not" % (
        2 * len(told.accounts), values, values - unnoticed, unnoticed))
    return failures
