# SPDX-License-Identifier: Apache-2.0
"""The record on the last line of every mail against what the driver knows of it.

Each mail with a queue id becomes checks on its lines as the story has them: one about all its lines
(one mail id, of no other mail), one about the last (the record), one about where it comes from.
"""
import collections
import datetime
import json
import os
import subprocess

from truth import ABSENT, Check, Log, falsifications, problems

# How a truth's relation is called on the line of the child.
LINKS = {"filtered": "filter", "proxied": "proxy", "forwarded": "forward", "relayed": "relay",
         "non-delivery": "bounce", "delivery status": "bounce", "delivery delay": "bounce",
         "delay": "bounce"}
PASSED_ON = ("filtered", "proxied")  # the same mail still
ENDS = {"discarded": "discarded", "deleted": "deleted", "hold": "quarantined"}


def normalized(world):
    """All lines of both instances by their time, joined to a story."""
    lines = [line for instance in world.instances for line in instance.lines() if "/mark[" not in line]
    path = world.work + "/story.log"
    with open(path, "w") as f:
        f.writelines(line + "\n" for line in sorted(lines, key=lambda line: line[:15]))
    rulebases = os.environ.get("PFX_RULEBASES", os.environ["PFX_SRCDIR"] + "/rulebases")
    output = subprocess.run(
        [os.environ["PFX_BUILDDIR"] + "/tools/pfxlog", "normalize", "--rulebasedir", rulebases,
         "--ownrelays", "mx.example.com=mx,192.0.2.2=mail", path],
        check=True, stdout=subprocess.PIPE, text=True, timeout=60).stdout
    return [json.loads(line) for line in output.splitlines()]


def tried(mail):
    return {a: f for a, f in mail.recipients.items() if f["status"] not in ("none", "redirected")}


def parent_of(mail, mails, relations):
    for parent in mail.parents:
        if parent["relation"] in relations:
            return mails.get((parent["instance"], parent["queue_id"]))
    return None


def is_handed_on(mail, fate, mails):
    """The recipient went to another of our mails."""
    if fate.get("forwarded_as"):
        return True
    relay = fate["relay"]
    own = isinstance(relay, tuple) and relay[0] in ("127.0.0.1", "mx.example.com", "localhost")
    return bool(own and fate.get("queued_as") and
                any(queue_id == fate["queued_as"] for _, queue_id in mails))


def is_dropped(fate):
    """What discard(8) takes is sent to no relay."""
    return fate["status"] == "sent" and fate["relay"] == "none"


def verdict_of(mail, mails):
    if mail.end in ENDS:
        return ENDS[mail.end]
    fates = tried(mail).values()
    if mail.end != "removed" or not fates:
        return None  # not over, or the driver does not say
    good = [f for f in fates if f["status"] == "sent" and not is_dropped(f)]
    dropped = [f for f in fates if is_dropped(f)]
    bad = [f for f in fates if f["status"] in ("bounced", "deferred", "expired")]
    if (good or dropped) and bad or good and dropped:
        return "partly"
    if dropped:
        return "discarded"
    if good:
        return "handed_over" if all(is_handed_on(mail, f, mails) for f in good) else "delivered"
    if any(f["status"] == "bounced" for f in bad):
        return "bounced"
    return "expired" if bad else "probed"


def known_of(mail, mails, event):
    """What the last line, of that event, must hold."""
    fields, origin = {}, mail
    while parent_of(origin, mails, PASSED_ON):
        origin = parent_of(origin, mails, PASSED_ON)
    if mail.activations and mail.sender is not None:
        fields["email_from"] = mail.sender
    if mail.message_id is not None:
        fields["email_message_id"] = mail.message_id.strip("<>") or ABSENT
    if mail.client:
        fields.update(source_ip=mail.client["ip"], source_hostname=mail.client["name"] or "unknown")
    if mail.client or origin is not mail:
        fields["user_name"] = origin.user.lower() if origin.user else ABSENT
        fields["vendor_tls_version"] = origin.tls["version"] if origin.tls else ABSENT
        fields["vendor_tls_cipher"] = origin.tls["cipher"] if origin.tls else ABSENT
    fates = tried(mail)
    if len(fates) == 1 and event == "mail.delivery":
        address, fate = next(iter(fates.items()))
        fields.update(email_to=address, vendor_status=fate["status"])
    elif fates and mail.end in ("removed", "deleted", "discarded"):
        over = mail.end == "removed"
        fields["vendor_recipients"] = sorted(fates)
        fields["vendor_recipients_status"] = [
            "expired" if over and fates[a]["status"] == "deferred" else
            "discarded" if is_dropped(fates[a]) else fates[a]["status"] for a in sorted(fates)]
    elif fates: # the lists stand where the mail ends
        fields["vendor_recipients"] = fields["vendor_recipients_status"] = ABSENT
    verdict = verdict_of(mail, mails)
    if verdict:
        fields["vendor_verdict"] = verdict
        fields["vendor_incomplete"] = ABSENT
    if verdict and mail.end == "removed":
        good = [f for f in fates.values() if f["status"] == "sent" and not is_dropped(f)]
        inner = sum(is_handed_on(mail, f, mails) for f in good)
        fields.update(vendor_count_sent=len(good) - inner or ABSENT, vendor_count_handed_over=inner or ABSENT,
                      vendor_attempts=mail.activations)
    return fields


def expected_link(mail, own, of_parent):
    """The child tells of its parent, or, when it was through before that was known, the parent of it."""
    relation = next(p["relation"] for p in mail.parents if p["relation"] in LINKS)
    link, child = LINKS[relation], own[-1].get("vendor_mail_id")
    if link not in ("filter", "proxy") and own[-1].get("vendor_link", "weak") == "weak" and any(
            t.get("vendor_child_mail_id") == child and t.get("vendor_child_link") == link for t in of_parent):
        return {}
    return {"vendor_link": link, "vendor_parent_uid": of_parent[0].get("email_uid"),
            "trace_id": of_parent[-1].get("trace_id")}


def checks_of(mails, trees):
    """The checks, and the lines they are about: one a mail, its last."""
    lines = collections.defaultdict(list)
    for tree in trees:
        if "email_uid" in tree:
            lines[tree["vendor_instance"], tree["email_uid"]].append(tree)
    last, checks, failures, owners = [], [], [], {}
    begin = datetime.datetime.fromisoformat(min(t["event_created"] for t in trees).replace("Z", "+00:00"))
    early = (begin + datetime.timedelta(seconds=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for key, mail in mails.items():
        own = lines.get(key)
        if not own:
            failures.append("%s, %s: no line" % (mail.scenario, key))
            continue
        ids = {tree.get("vendor_mail_id") for tree in own}
        if len(ids) != 1 or None in ids or owners.setdefault(ids.copy().pop(), key) != key:
            failures.append("%s, %s: mail ids %s" % (mail.scenario, key, ids))
        where = {"email_uid": mail.queue_id, "vendor_instance": mail.instance}
        fields = known_of(mail, mails, own[-1]["vendor_event_type"])
        # Of a mail without a client that is as old as the log nobody can know whether that is all.
        if not mail.client and own[0]["event_created"] <= early:
            fields.pop("vendor_incomplete", None)
        parent = parent_of(mail, mails, LINKS)
        if parent:
            of_parent = lines.get((parent.instance, parent.queue_id), [{}])
            fields.update(expected_link(mail, own, of_parent))
        last.append(own[-1])
        checks.append(Check(mail.scenario, "record of " + mail.queue_id, where, fields, 1))
    return checks, last, failures


def story_report(world):
    trees = normalized(world)
    checks, last, failures = checks_of(world.truth.mails, trees)
    log = Log([t["vendor_event_type"] for t in last], last)
    good = []
    for check in checks:
        found = problems(check, log)
        failures += ["%s, %s: %s" % (check.scenario, check.what, p) for p in found]
        if not found:
            good.append(check)
    lies = [lie for check in good for lie in falsifications(check)]
    failures += ["a false record went unnoticed: %r" % (lie,) for lie in lies if not problems(lie, log)]
    print("%d of %d records equal the truth, %d values; %d falsified ones noticed" % (
        len(good), len(checks), sum(len(c.fields) for c in good), len(lies)))
    return failures
