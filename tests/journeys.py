#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Logs of whole mails through pfxlog, against the story that a reader of Postfix expects.

Each tests/journeys/NAME.log has NAME.expect beside it, JSON:
  mails          by queue id ("HOST/INSTANCE/ID" where one id stands for several, "#2" behind it for
                 its second life): the fields of the last record, all of them but times; "link" and
                 "parent" as the record or a line of the parent tells; "inherited": what lines of
                 a connection or of another mail tell, so it is there only when they came first
  flows          mails of one flow; sessions: mails of one connection
  session_lines  numbers of lines of one connection; closed: fields of the last line of a process
  trace          false: trace shows its flows apart
  told           by number of a line: fields that it has, or has not (null)
  options        of pfxlog; alone: must not be read in one run with others
  ordered        its lines have only their order, so they are not shuffled
  exact          equal lines are told apart by the fractions of their time stamps
Then the properties: the same records come of lines that are up to five seconds late, of lines
in order whose time stamps tell full seconds only, and of several threads.
"""
import collections
import datetime
import glob
import json
import os
import random
import re
import subprocess
import sys

SRC = os.environ.get("PFX_SRCDIR", os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
BUILD = os.environ.get("PFX_BUILDDIR", os.path.join(SRC, "build"))
RULEBASES = os.environ.get("PFX_RULEBASES", os.path.join(SRC, "rulebases"))
PFXLOG = os.path.join(BUILD, "tools", "pfxlog")
LATE = 5
SHUFFLES = int(os.environ.get("PFX_SHUFFLES", "50"))

# Of a mail, and the same on its last line in any order of the lines.
FACTS = """email_message_id vendor_resent_message_id email_from email_subject email_size user_id
    vendor_orig_queue_id source_hostname source_ip source_port vendor_orig_client_hostname
    vendor_orig_client_ip vendor_orig_client_port vendor_helo network_protocol vendor_sasl_method
    user_name vendor_sasl_sender vendor_tls_trustlevel vendor_tls_version vendor_tls_cipher
    vendor_dnsbl_rank vendor_dnsblog_domain vendor_dnsblog_result
    vendor_recipients vendor_recipients_status vendor_recipients_dsn vendor_recipients_relay
    vendor_recipients_reason vendor_verdict vendor_incomplete vendor_attempts
    vendor_count_recipients vendor_filter_verdict vendor_spam_score vendor_mailbox vendor_spf_result
    vendor_greylist_action vendor_greylist_delay""".split()
COUNTS = ["vendor_count_" + w for w in "sent handed_over discarded bounced deferred expired".split()]
TIMES = ["vendor_queue_time", "vendor_total_delay"]
LINKS = ["", "weak", "bounce", "forward", "relay", "requeue", "proxy", "filter"]

# What a line says of itself, another line of the mail says better.
OWN = {"pickup.submission": ["email_from"]}

Mail = collections.namedtuple("Mail", "name fields session flow whole first last")
problems = collections.defaultdict(list)  # what: where it was so


def run(lines, options):
    command = [PFXLOG, "normalize", "--rulebasedir", RULEBASES] + options
    out = subprocess.run(command, input="".join(line + "\n" for line in lines).encode(), check=True,
                         env=dict(os.environ, TZ="UTC"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    trees = [json.loads(line) for line in out.splitlines()]
    if len(trees) != len(lines):
        sys.exit("%d lines in, %d out" % (len(lines), len(trees)))
    return trees


def when(tree):
    return datetime.datetime.fromisoformat(tree["event_created"].replace("Z", "+00:00")).timestamp()


def names_of(lines_of):
    """Mail ids by a name that does not depend on who was seen first."""
    lives = collections.defaultdict(list)
    for mail_id, trees in lines_of.items():
        first = min((t for t in trees if t["event_source_product"] == "postfix"), key=when, default=trees[0])
        lives["/".join((first["event_source"], first["vendor_instance"], first["email_uid"]))].append(
            (when(first), mail_id))
    return {mail_id: name + ("#%d" % n if n > 1 else "")
            for name, ids in lives.items() for n, (_, mail_id) in enumerate(sorted(ids), 1)}


def strongest_links(last, lines_of):
    """(link, parent's id) of each mail: by its own last line, or by a line of its parent."""
    links = {m: (tree.get("vendor_link", ""), tree.get("vendor_parent_mail_id", "")) for m, tree in last.items()}
    for parent, trees in lines_of.items():
        for tree in trees:
            child = tree.get("vendor_child_mail_id")
            if child in links and LINKS.index(tree["vendor_child_link"]) > LINKS.index(links[child][0]):
                links[child] = (tree["vendor_child_link"], parent)
    return links


def flows_of(last, links, trees):
    """The flow of each mail, as a store that follows links would see it."""
    flow = {m: tree["trace_id"] for m, tree in last.items()}
    for tree in trees:  # a session hears last what became of its mail
        if "vendor_child_mail_id" in tree and "vendor_mail_id" not in tree:
            flow[tree["vendor_child_mail_id"]] = tree["trace_id"]
    for child, (link, parent) in links.items():
        if link != "weak" and parent in flow and flow[parent] != flow[child]:
            old, new = flow[child], flow[parent]
            flow = {m: new if f == old else f for m, f in flow.items()}
    return flow


def read_story(trees):
    lines_of, sessions = collections.defaultdict(list), collections.defaultdict(list)
    places = collections.defaultdict(list)
    for place, tree in enumerate(trees):
        if "vendor_mail_id" in tree:
            lines_of[tree["vendor_mail_id"]].append(tree)
            places[tree["vendor_mail_id"]].append(place)
        elif "vendor_session_id" in tree:
            sessions[tree["vendor_session_id"]].append(tree)
    names = names_of(lines_of)
    last = {}
    for mail_id, of_mail in lines_of.items():
        told = [t for t in of_mail if "vendor_late" not in t] or of_mail
        last[mail_id] = ([t for t in told if "vendor_mail_record" in t] or told)[-1]
    links = strongest_links(last, {**lines_of, **sessions})
    flow = flows_of(last, links, trees)
    mails = {}
    for mail_id, name in names.items():
        tree = last[mail_id]
        fields = {f: tree[f] for f in FACTS + TIMES + COUNTS if tree.get(f, 0) != 0 or f in FACTS and f in tree}
        fields = {f: v for f, v in fields.items() if f not in OWN.get(tree["vendor_event_type"], [])}
        link, parent = links[mail_id]
        fields.update({k: v for k, v in (("link", link), ("parent", names.get(parent))) if v})
        mails[name] = Mail(name, fields, tree.get("vendor_session_id"), flow[mail_id],
                           "vendor_mail_record" in tree, places[mail_id][0], places[mail_id][-1])
    return mails


def groups(mails, attribute):
    """Sets of mails that share an attribute."""
    found = collections.defaultdict(set)
    for mail in mails.values():
        if getattr(mail, attribute) is not None:
            found[getattr(mail, attribute)].add(mail.name)
    return {frozenset(group) for group in found.values()}


class Journey:
    def __init__(self, path):
        self.name = os.path.basename(path)[:-len(".expect")]
        self.lines = open(path[:-len(".expect")] + ".log").read().splitlines()
        self.expect = json.load(open(path))
        self.options = self.expect.get("options", [])
        self.hosts = set()  # a host is in one journey only
        self.wanted = self.inherited = None

    def complain(self, where, *what):
        problems[self.name, " ".join(str(w) for w in what)].append(where)

    def compare(self, where, name, wanted, got, optional):
        for field in sorted(set(wanted) | set(got) | set(optional)):
            if field in optional and field not in got or wanted.get(field) == 0 and field not in got:
                continue
            want = optional.get(field, wanted.get(field))
            if got.get(field) != want:
                self.complain(where, name, field, "is", got.get(field), "not", want)

    def full_names(self, mails):
        """Expected names as they are among the mails."""
        full = {}
        for short in self.expect["mails"]:
            found = [m for m in mails if ("/" + m).endswith("/" + short)]
            full[short] = found[0] if len(found) == 1 else short
        return full

    def check_ordered(self):
        trees = run(self.lines, self.options)
        self.hosts = {tree["event_source"] for tree in trees}
        mails = read_story(trees)
        full = self.full_names(mails)
        for short, fields in self.expect["mails"].items():
            fields = dict(fields)
            wanted = {**fields, **fields.pop("inherited", {})}
            wanted.pop("inherited", None)
            if "parent" in wanted:
                wanted["parent"] = full[wanted["parent"]]
            if full[short] not in mails:
                self.complain("in order", "no mail", short)
                continue
            if wanted.get("vendor_verdict", "quarantined") != "quarantined" and not mails[full[short]].whole:
                self.complain("in order", "no line with the record of", short)
            got = dict(mails[full[short]].fields)
            for field in TIMES:
                if field not in wanted:
                    got.pop(field, None)
            self.compare("in order", short, wanted, got, {})
        for name in set(mails) - set(full.values()):
            self.complain("in order", "a mail that should not be:", name)
        self.check_groups(mails, full)
        self.check_lines(trees)
        self.wanted = mails
        self.inherited = {full[m]: f.get("inherited", {}) for m, f in self.expect["mails"].items()}

    def check_groups(self, mails, full):
        flows = {frozenset(full[m] for m in flow) for flow in self.expect.get("flows", [])}
        if groups(mails, "flow") != flows:
            self.complain("in order", "flows are", groups(mails, "flow"), "not", flows)
        for session in self.expect.get("sessions", []):
            if frozenset(full[m] for m in session) not in groups(mails, "session"):
                self.complain("in order", "not one session:", session)

    def check_lines(self, trees):
        ids = [{trees[n].get("vendor_session_id") for n in lines} for lines in self.expect.get("session_lines", [])]
        if any(len(i) != 1 or None in i for i in ids) or len(set().union(*ids)) != len(ids):
            self.complain("in order", "lines of a connection have the ids", ids)
        for n, wanted in self.expect.get("told", {}).items():
            told = {f: trees[int(n)].get(f) for f in wanted}
            if told != wanted:
                self.complain("in order", "line", n, "tells", told, "not", wanted)
        for pid, wanted in self.expect.get("closed", {}).items():
            tree = [t for t in trees if t.get("process_id") == pid][-1]
            self.compare("in order", "process " + pid, wanted, {f: tree[f] for f in wanted if f in tree}, {})

    def is_child_later(self, name, mails):
        """A child's first line came after the last of its parent."""
        children = [m.name for m in self.wanted.values() if m.fields.get("parent") == name]
        return any(child in mails and mails[child].first > mails[name].last for child in children)

    def is_linked_later(self, name, mails):
        """The last line of its parent, which may be the one that tells of it, came after its own."""
        parent = self.wanted[name].fields.get("parent")
        return parent in mails and mails[parent].last > mails[name].last

    def check_shuffled(self, where, trees, ignored=()):
        mails = read_story([tree for tree in trees if tree["event_source"] in self.hosts])
        for name, mail in self.wanted.items():
            if name not in mails:
                self.complain(where, "no mail", name)
                continue
            inherited = {**self.inherited[name], **{f: mails[name].fields.get(f) for f in ignored}}
            fields = {f: v for f, v in mail.fields.items() if f not in inherited}
            if self.is_child_later(name, mails):  # its parent could not know that it is one of ours
                inherited = {**inherited, **{f: mails[name].fields.get(f) for f in COUNTS + ["vendor_verdict"]}}
                fields = {f: v for f, v in fields.items() if f not in inherited}
            if self.is_linked_later(name, mails):  # that it is another's child was not known yet
                fields.pop("vendor_incomplete", None)
                inherited["vendor_incomplete"] = mails[name].fields.get("vendor_incomplete")
            own = {f: mail.fields[f] for of in OWN.values() for f in of if f in mail.fields}
            self.compare(where, name, fields, mails[name].fields, {**own, **inherited})
        for name in set(mails) - set(self.wanted):
            self.complain(where, "a mail that should not be:", name)
        # A weak link is told on lines of the later mail alone, and its flow with it.
        weak = any(mail.fields.get("link") == "weak" for mail in self.wanted.values())
        for what in ("session",) if weak else ("flow", "session"):
            if groups(mails, what) != groups(self.wanted, what):
                self.complain(where, what + "s are", groups(mails, what), "not", groups(self.wanted, what))


def shuffle(lines, times, number):
    """Each line comes up to LATE seconds late."""
    chance = random.Random(number)
    late = [time + chance.uniform(0, LATE) for time in times]
    return [line for _, line in sorted(zip(late, lines))]


def full_seconds(line):
    return re.sub(r"^(\S+T\d\d:\d\d:\d\d)\.\d+", r"\1", line)


def check_full_seconds(journey):
    if not journey.expect.get("exact"):
        trees = run([full_seconds(line) for line in journey.lines], journey.options)
        journey.check_shuffled("full seconds", trees, TIMES)


def check_shuffles(journeys, options):
    lines = [line for journey in journeys for line in journey.lines]
    times = [when(tree) for tree in run(lines, options)]
    for number in range(SHUFFLES):
        trees = run(shuffle(lines, times, number), options)
        for journey in journeys:
            journey.check_shuffled("shuffle %d" % number, trees)


# What a host is called is learned, and which of equal lines is the copy is told, before a line takes its
# number: in another order it is otherwise.
NOT_BY_THREADS = {"spellings", "twice"}


def check_threads(journeys):
    """Many threads tell of each line what one would that merges them in the same order."""
    relays = [journey.options[i + 1] for journey in journeys for i, o in enumerate(journey.options)
              if o == "--ownrelays"]
    out = subprocess.run([os.path.join(BUILD, "tests", "interleave"), RULEBASES, "4",
                          str(SHUFFLES)] + relays, stdout=subprocess.PIPE,
                         input="".join(line + "\n" for journey in journeys for line in journey.lines).encode())
    if out.returncode != 0:
        problems["threads", out.stdout.decode()].append("by 4 threads")


def all_options(journeys):
    """Those of all, each once."""
    pairs = {tuple(journey.options[i:i + 2]) for journey in journeys for i in range(0, len(journey.options), 2)}
    return [option for pair in sorted(pairs) for option in pair]


def main():
    journeys = [Journey(path) for path in sorted(glob.glob(os.path.join(SRC, "tests", "journeys", "*.expect")))]
    for journey in journeys:
        journey.check_ordered()
        check_full_seconds(journey)
    together = [journey for journey in journeys if not journey.expect.get("alone")]
    check_shuffles(together, all_options(together))
    for journey in journeys:
        if journey.expect.get("alone") and not journey.expect.get("ordered"):
            check_shuffles([journey], journey.options)
    check_threads([journey for journey in together if journey.name not in NOT_BY_THREADS])
    for (name, what), where in sorted(problems.items()):
        print("FAIL: %s: %s: %s" % (name, where[0] + (" and %d more" % (len(where) - 1) if where[1:] else ""), what))
    print("%d journeys, %d shuffles of each, %d problems" % (len(journeys), SHUFFLES, len(problems)))
    return 1 if problems or not journeys else 0


if __name__ == "__main__":
    sys.exit(main())
