#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Lines of the programs beside Postfix, with the values that were read out of them by hand, through
pfxlog.

Reads ../shared/neighbours beside the source tree (or under $PFX_SHARED). Demands, of the products that
products.tsv has: tier 1 wholly specific, tier 2 at least 80 in a hundred; every value is the one that
is expected, but for those that a comment here says why.

    tests/neighbours.py [-v] [PROGRAM...]     -v: each line that differs
"""
import collections
import json
import os
import subprocess
import sys

SRC = os.environ.get("PFX_SRCDIR", os.path.join(os.path.dirname(__file__), ".."))
BUILD = os.environ.get("PFX_BUILDDIR", os.path.join(SRC, "build"))
SHARED = os.environ.get("PFX_SHARED", os.path.join(SRC, "..", "shared"))
FACTS = os.path.join(SHARED, "neighbours")

Sample = collections.namedtuple("Sample", "program tag tier text expect")
# The tags of our own for what is no line of a syslog
TAGS = {"mailman3": "mailman3:", "postqueue -j": "pfx-queue:"}


def read_filters():
    for line in open(os.path.join(FACTS, "filters", "samples.tsv"), encoding="utf-8").read().split("\n")[1:]:
        if line:
            program, tier, _, text, fields = line.split("\t")
            yield Sample(program, program + "[7]:", int(tier), text, json.loads(fields))


def read_access():
    for line in open(os.path.join(FACTS, "access", "samples.tsv"), encoding="utf-8").read().split("\n")[1:]:
        if not line:
            continue
        program, tag, tier, event, gim, outcome, reason, text, fields = line.split("\t")
        expect = json.loads(fields)
        expect.update(vendor_event_type=event, gim_event_type_code=int(gim))
        if outcome != "-":
            expect["event_outcome"] = outcome
        if reason != "-":
            expect["vendor_reason"] = reason
        yield Sample(program, TAGS.get(program, tag.split(" ")[0]), int(tier), text, expect)


def normalize(samples):
    """For each sample its fields, or None when the line is foreign: told apart by their microseconds."""
    text = "".join("2026-11-28T10:00:00.%06dZ mail %s %s\n" % (i, s.tag, s.text) for i, s in enumerate(samples, 1))
    out = subprocess.run([os.path.join(BUILD, "tools", "pfxlog"), "normalize", "--no-story", "--products", "all", "--rulebasedir",
                          os.path.join(SRC, "rulebases")], input=text.encode(), check=True,
                         stdout=subprocess.PIPE).stdout.decode()
    got = {}
    for line in out.splitlines():
        fields = json.loads(line)
        got[int(fields["event_created"].split(".")[1].rstrip("Z").ljust(6, "0"))] = fields
    return [got.get(i) for i in range(1, len(samples) + 1)]


def known_tags():
    """Tags of products.tsv."""
    tags = set()
    for line in open(os.path.join(SRC, "rulebases", "products.tsv"), encoding="utf-8"):
        if not line.startswith("#"):
            tags.update(tag.rstrip("?") for tag in line.split("\t")[2].split(","))
    return tags


def is_known(tag, tags):
    name = tag.rstrip(":").split("[")[0]
    return name in tags or name.split("/")[0] + "/*" in tags


def same(field, wanted, got):
    """Whether a value is the one that is expected. Numbers by value, user names and the like in any
    case, as fields.def keeps them in lower case; a list of one is its member."""
    if isinstance(wanted, list) and not isinstance(got, list):
        got = str(got).split(",") if field in LISTS else got
    if isinstance(wanted, list) and len(wanted) == 1 and not isinstance(got, list):
        wanted = wanted[0]
    try:
        if float(wanted) == float(got):
            return True
    except (TypeError, ValueError):
        pass
    return wanted == got or str(wanted).lower() == str(got).lower()


LISTS = {"vendor_symbols"}


def value_of(got, field, wanted):
    """The value of a field in the form that is expected."""
    if field == "email_to" and isinstance(wanted, list):
        # Several recipients stand as the program wrote them.
        return [part.strip(" <>").replace("to=", "").split("> ORCPT")[0]
                for part in got.get("vendor_to_list", "").split(",")]
    if field == "vendor_recipients" and "email_to" in got:
        return [got["email_to"]] # of a mail with one recipient
    if field == "vendor_recipients_detail" and "email_to" in got:
        return [got.get("vendor_mail_response", "-")]
    if field == "vendor_queued_as" and isinstance(wanted, list):
        return got.get(field, "").split("/")
    if field == "gim_event_type_code" and wanted in NEEDS_USER and \
            not {"user_name", "source_ip"} <= set(got):
        # The category needs a user, and the line has none: the default of its class.
        return wanted if got[field] in (109999, 129999) else got[field]
    if field == "gim_event_type_code" and wanted in NEEDS_ENDS and "source_ip" not in got or \
            wanted == 120200 and "destination_port" not in got:
        return wanted if got.get(field) == 129999 else got.get(field, "")
    if field in TEXTS and got.get(field) and (got[field] in wanted or wanted in got[field]):
        return wanted # how much of the sentence is the reason is a matter of taste
    return got.get(field, "")


TEXTS = {"vendor_warning_description", "vendor_event_outcome_reason", "vendor_dkim_error"}
NEEDS_ENDS = {120000, 120200, 120300}
NEEDS_USER = {100000, 100500, 100501, 101500, 101502, 102500}

# Proposals that the project does otherwise.
OTHERWISE = {
    # words of severity are Postfix's own
    "vendor_event_severity": {"WARN": "warning"},
    # a code is smtp_response_code; what it does is the action
    "vendor_event_action": {"450": "reject", "550": "reject"},
}


# Samples that no program writes: a queue id has no vowels.
UNFIT = ("4jcGJ54Vr1z1b7qu: ", "Message 5ctN6m5yKmz5sU7.0FF1C",
         '{"queue_name": "deferred", "queue_id": "4jcG450Jpzz1SxSu"')

# Values that are left out, or told otherwise, on purpose: start of the text, field.
LEFT_OUT = [
    # behind the reply that refused a recipient, whose words a stranger can choose
    ("(00154-14) Passed MTA-BLOCKED", "vendor_queued_as"),
    # quotes within quotes stay doubled: a value is a part of the line
    ("(00153-06) Passed SPAMMY", "email_subject"),
    # a template for each recipient, with names in brackets, is taken for the verdict
    ("(19543-59) Blocked BANNED", "vendor_event_type"),
    ("(19543-59) Blocked BANNED", "vendor_spam_threshold"),
    # several recipients, or the sender and several, in a list without quotes
    ("clean message <t46.1795884407", "email_to"),
    ("100001: from=alice@example.org, to=bob", "email_from"),
    # the address stands twice, and what is between may be its end
    ("lmtp(carol@example.com)<171><oKXrKPgBC2urAAAAYIgGOA:R2>: Error: lmtp-server", "email_to"),
    # the verdict has the category: a mail counts once
    ("(00250-02) local delivery:", "gim_event_type_code"),
    # more than one signature on a line: none is that of the mail
    ("4jcGHs6mYbz1b7qn: signature=mpYWASHg", "vendor_dkim_result"),
    ("4jcGHs6mYbz1b7qn: signature=mpYWASHg", "vendor_dkim_domain"),
    ("4jcGHs6mYbz1b7qn: signature=mpYWASHg", "vendor_dkim_selector"),
    ("4jcGHs6mYbz1b7qn: signature=mpYWASHg", "vendor_dkim_error"),
    ("4jcGQd0MzXz1bnw6: message has signatures", "vendor_dkim_domain"),
    # a sender that is a verdict: which of the two is rspamd's can not be told
    *(('<bddd09>; proxy; rspamd_task_write_log: id: <6182019."a>', field) for field in (
        "email_from", "vendor_is_spam", "vendor_filter_action", "vendor_spam_score", "vendor_spam_threshold",
        "vendor_symbols", "email_size", "vendor_filter_time_ms", "vendor_dns_requests", "vendor_body_digest",
        "vendor_recipients", "vendor_forced_action", "vendor_event_outcome_reason", "vendor_forced_by",
        "event_outcome", "vendor_reason")),
    # a name that is a service
    ("do_auth         : auth failure: [user=a] [service=imap]", "user_name"),
    ("do_auth         : auth failure: [user=a] [service=imap]", "service_name"),
    # option logasap is told by the plus sign
    ("203.0.113.7:43945 [28/Nov/2026:16:41:52.539]", "vendor_logasap"),
    # an empty local part, as it stands
    ('srs_forward: <""> not', "vendor_address"),
    # with the escapes of a URL
    ("Policy action=550 Please see", "email_from"),
    # one code for both versions
    ("imap-login: Disconnected: Too many invalid commands (sent", "vendor_reason"),
    # who was killed is the daemon; the category tells that it was the master
    ("master: Warning: Killed with signal", "vendor_event_type"),
    # the words of the server are cut off, or stay
    ("imap(user8@example.org)<11828>", "vendor_disconnect_reason"),
    ("imap(user907): Disconnected for", "vendor_disconnect_reason"),
    ("imap(alice@example.com)<212><8QMHuFhhUYzGM2QH>: Disconnected: Connection closed: read(", "vendor_reason"),
    # no user is known for certain, and no client
    ("auth: Error: auth-worker: Aborted PASSV", "gim_event_type_code"),
    # with the names that were compared, in its middle
    ("weighted check:  NOT_IN_SBL", "vendor_spam_tests"),
    # a user who has an @ is not told from his host for certain
    ("reading message bob@example.com@192.0.2.25", "user_name"),
    # the reason that all recipients have stands there once
    ('{"queue_name": "deferred", "queue_id": "7A41C2F0DE"', "vendor_recipients_detail"),
    # with the escapes of the program
    ("MDLOG,A764EC0ACE,virus,Eicar-Signature", "email_subject"),
    # in the text of a reply
    ("(00251-04) ESMTP REJECT", "email_to"),
]


def main():
    verbose = "-v" in sys.argv
    chosen = [a for a in sys.argv[1:] if a != "-v"]
    if not os.path.isdir(FACTS):
        print("SKIP: there is no %s" % FACTS)
        return 77
    tags = known_tags()
    samples = [s for s in list(read_filters()) + list(read_access())
               if is_known(s.tag, tags) and (not chosen or s.program in chosen)]
    failures = 0
    table = collections.defaultdict(lambda: collections.Counter())
    samples = [s for s in samples if not s.text.startswith(UNFIT)]
    for s, got in zip(samples, normalize(samples)):
        row = table[s.program]
        row["lines%d" % s.tier] += 1
        specific = got is not None and got["vendor_event_type"] not in ("generic", "unmatched")
        row["specific%d" % s.tier] += specific
        wrong = []
        # What is said at debug levels has to be known, and no more.
        for field, wanted in s.expect.items() if s.tier < 3 else ():
            if any(s.text.startswith(text) and name == field for text, name in LEFT_OUT):
                continue
            have = value_of(got, field, wanted) if got else "(foreign)"
            wanted = OTHERWISE.get(field, {}).get(wanted, wanted) if isinstance(wanted, str) else wanted
            row["values"] += specific
            if not same(field, wanted, have):
                row["wrong"] += specific
                wrong.append("%s is %r, not %r" % (field, have, wanted))
        if verbose and (wrong or not specific):
            print("%s %s%d: %s" % (s.tag, "" if specific else "UNKNOWN ", s.tier, s.text))
            if specific:
                print("    " + "\n    ".join(wrong))
    print("%-24s %12s %12s %16s" % ("program", "tier 1", "tier 2", "values"))
    for program, row in sorted(table.items()):
        print("%-24s %5d of %3d %5d of %3d %6d of %5d" % (
            program, row["specific1"], row["lines1"], row["specific2"], row["lines2"],
            row["values"] - row["wrong"], row["values"]))
        if row["specific1"] < row["lines1"] or row["specific2"] < 0.8 * row["lines2"] or row["wrong"]:
            print("FAIL: %s" % program)
            failures += 1
    return failures > 0


sys.exit(main())
