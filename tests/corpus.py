#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real lines and what their sources say they mean, compared with what pfxlog makes of them.

Reads ../shared/corpus beside the source tree (or $PFX_SHARED/corpus). Each source has its own names
for the same things; NAMES tells ours. A value that differs must be listed in DISAGREEMENTS with the
reason why ours is right.
"""
import collections
import json
import os
import re
import subprocess
import sys

SRC = os.environ.get("PFX_SRCDIR", os.path.join(os.path.dirname(__file__), ".."))
BUILD = os.environ.get("PFX_BUILDDIR", os.path.join(SRC, "build"))
CORPUS = os.path.join(os.environ.get("PFX_SHARED", os.path.join(SRC, "..", "shared")), "corpus")
PFXLOG = [os.path.join(BUILD, "tools", "pfxlog")]
RULES = ["--rulebasedir", os.path.join(SRC, "rulebases")]


def normalize(lines):
    """The trees of lines, None for a foreign one: each line alone would be slow, so all in one run
    with a marker line of a made-up daemon behind each."""
    text = "".join(line + "\npostfix/marker[1]: end\n" for line in lines)
    out = subprocess.run(PFXLOG + ["normalize", "--no-story", "--products", "postfix"] + RULES, input=text.encode(errors="surrogateescape"), check=True,
                         stdout=subprocess.PIPE).stdout.decode().splitlines()
    trees, current = [], None
    for line in out:
        tree = json.loads(line)
        if tree["vendor_daemon"] == "marker":
            trees.append(current)
            current = None
        else:
            current = tree
    return trees


def first(*names):
    """The first of our fields that the tree has."""
    def get(tree):
        for name in names:
            if name in tree:
                return tree[name]
        return None
    return get


def relay_text(tree):
    host, ip = tree.get("vendor_relay_host", ""), tree.get("vendor_relay_ip")
    port, path = tree.get("vendor_relay_port"), tree.get("vendor_relay_path")
    text = host + ("[%s]" % (ip or path) if ip or path else "")
    return text + (":%d" % port if port is not None else "")


def tag(tree):
    """The tag's name again; where it names no daemon, the instance alone."""
    instance, daemon = tree.get("vendor_instance"), tree.get("vendor_daemon")
    return instance if instance == daemon else "%s/%s" % (instance, daemon)


def delays(tree):
    parts = [tree.get("vendor_delay_" + p) for p in
             ("before_qmgr", "in_qmgr", "conn_setup", "transmission")]
    return None if None in parts else "/".join("%g" % p for p in parts)


def reply(tree):
    """A reply as one text again."""
    if "vendor_mail_response" in tree:
        return tree["vendor_mail_response"]
    parts = [tree.get("smtp_response_code"), tree.get("smtp_response_enhanced_code"),
             tree.get("vendor_smtp_response_message")]
    return " ".join(str(p) for p in parts if p is not None)


def whole_reply(tree):
    """With who said it and to what, as smtp(8) writes it."""
    text = reply(tree)
    if "vendor_smtp_command" in tree:
        text = "host %s said: %s (in reply to %s command)" % (
            relay_text(tree).rsplit(":", 1)[0], text, tree["vendor_smtp_command"])
    return text


def status_text(tree):
    """Status and its text as one, as some sources leave them."""
    status = tree.get("vendor_status", "")
    if tree.get("vendor_qmgr_action") == "returned to sender":
        return status + ", returned to sender"
    return "%s (%s)" % (status, whole_reply(tree))


client_ip = first("source_ip", "host_ip", "vendor_relay_ip")
client_host = first("source_hostname", "host_hostname", "vendor_relay_host")
response = first("vendor_smtp_response_message", "vendor_mail_response",
                 "vendor_event_outcome_reason", "vendor_text", "vendor_warning_description",
                 "vendor_unparsed")

NAMES = {
    "whyscream/postfix-grok-patterns": {
        "postfix_client_ip": client_ip,
        "postfix_queueid": first("email_uid"),
        "postfix_smtp_stage": first("vendor_stage", "vendor_smtp_stage", "vendor_smtp_command"),
        "postfix_client_hostname": client_host,
        "postfix_client_port": first("source_port", "vendor_relay_port"),
        "postfix_message_level": first("vendor_event_severity"),
        "postfix_relay_hostname": first("vendor_relay_host"),
        "postfix_relay_ip": first("vendor_relay_ip"),
        "postfix_relay_port": first("vendor_relay_port"),
        "postfix_status": first("vendor_status"),
        "postfix_postscreen_violation": first("vendor_ps_violation"),
        "postfix_postscreen_violation_time": first("vendor_ps_violation_time"),
        "postfix_postscreen_access": first("vendor_event_action"),
        "postfix_postscreen_dnsbl_rank": first("vendor_dnsbl_rank"),
        "postfix_postscreen_cache_retained": first("vendor_cache_retained"),
        "postfix_postscreen_cache_dropped": first("vendor_cache_dropped"),
        "postfix_verify_cache_retained": first("vendor_cache_retained"),
        "postfix_verify_cache_dropped": first("vendor_cache_dropped"),
        "postfix_anvil_timestamp": first("vendor_anvil_timestamp"),
        "postfix_anvil_conn_rate": first("vendor_anvil_conn_rate"),
        "postfix_anvil_conn_period": first("vendor_anvil_period"),
        "postfix_anvil_cache_size": first("vendor_anvil_cache_size"),
        "postfix_service": first("vendor_service"),
        "postfix_action": first("vendor_event_action"),
        "postfix_status_code": first("smtp_response_code"),
        "postfix_status_code_enhanced": first("smtp_response_enhanced_code"),
        "postfix_tls_trustlevel": first("vendor_tls_trustlevel"),
        "postfix_tls_version": first("vendor_tls_version"),
        "postfix_tls_cipher": first("vendor_tls_cipher"),
        "postfix_tls_cipher_size": first("vendor_tls_cipher_size"),
        "postfix_tls_key_exchange": first("vendor_tls_key_exchange"),
        "postfix_tls_server_signature": lambda t: t.get("vendor_tls_server_signature", "").split(" ")[0],
        "postfix_tls_server_digest": first("vendor_tls_server_digest"),
        "postfix_tls_error": first("vendor_tls_error"),
        "postfix_bounce_queueid": first("vendor_bounce_uid"),
        "postfix_message-id": first("email_message_id"),
        "postfix_postsuper_summary_count": first("vendor_postsuper_summary_count"),
        "postfix_dnsbl_domain": first("vendor_dnsblog_domain"),
        "postfix_dnsbl_result": first("vendor_dnsblog_result"),
        "postfix_termination_signal": first("vendor_termination_signal"),
        "postfix_from": first("email_from"),
        "postfix_scache_timestamp": first("vendor_scache_timestamp"),
        "postfix_scache_domains": first("vendor_scache_domains"),
        "postfix_scache_addresses": first("vendor_scache_addresses"),
        "postfix_scache_connection": first("vendor_scache_connection"),
        "postfix_pix_workaround": first("vendor_pix_workaround"),
        "postfix_discarded_ehlo_keywords": first("vendor_ehlo_keywords"),
        "postfix_proxy_smtp_stage": first("vendor_stage"),
        "postfix_pipe_response": response,
        "postfix_local_response": response,
        "postfix_error_response": response,
        "postfix_smtp_response": reply,
        "postfix_smtp_lostconn_reason": first("vendor_stage"),
        "postfix_milter_result": first("vendor_event_action"),
        "postfix_proxy_result": first("vendor_event_action"),
        "postfix_postsuper_action": first("vendor_event_action"),
        "postfix_postsuper_summary_action": first("vendor_event_action"),
        "postfix_verify_cleanup_type": first("vendor_cleanup"),
        "postfix_bounce_reason": first("vendor_event_outcome"),
        "postfix_tls_server_signature_size": lambda t: re.sub(r".*\((\d+) bits\)$", r"\1", t.get("vendor_tls_server_signature", "")),
        "postfix_tls_server_signature_curve": lambda t: re.sub(r".*\((.*)\)$", r"\1", t.get("vendor_tls_server_signature", "")),
    },
    "msimerson/postfix-parser": {
        "qid": first("email_uid"),
        "host": lambda t: t.get("event_source") or relay_text(t),
        "to": first("email_to"),
        "from": first("email_from"),
        "relay": relay_text,
        "delay": first("vendor_delay"),
        "delays": delays,
        "dsn": first("vendor_dsn"),
        "size": first("email_size"),
        "nrcpt": first("vendor_nrcpt"),
        "conn_use": first("vendor_conn_use"),
        "message-id": first("email_message_id"),
        "resent-message-id": first("vendor_resent_message_id"),
        "uid": first("user_id"),
        "forwardedAs": first("vendor_forwarded_as"),
        "dsnQid": first("vendor_bounce_uid"),
        "pid": first("process_id"),
        "prog": tag,
        "status": status_text,
    },
    "balabit/syslog-ng-patterndb": {
        "postfix.qid": first("email_uid"),
        "postfix.client.ip": client_ip,
        "postfix.client.hostname": client_host,
        "postfix.sender": first("email_from"),
        "postfix.recipient": first("email_to"),
        "postfix.anvil.date": first("vendor_anvil_timestamp"),
        "postfix.anvil.connrate": lambda t: "%s/%s" % (t.get("vendor_anvil_conn_rate"), t.get("vendor_anvil_period")),
        "postfix.anvil.conncount": first("vendor_anvil_conn_count"),
        "postfix.anvil.cachesize": first("vendor_anvil_cache_size"),
        "postfix.anvil.proto": first("vendor_service"),
        "postfix.header.name": first("vendor_email_header"),
        "postfix.header.value": first("vendor_email_header_content"),
        "postfix.proto": lambda t: t.get("network_protocol", "").upper(),
        "postfix.helo": first("vendor_helo"),
        "postfix.status": lambda t: status_text(t).split(" (")[0],
        "postfix.relay.hostname": first("vendor_relay_host"),
        "postfix.relay.ip": first("vendor_relay_ip"),
        "postfix.relay.msg": lambda t: whole_reply(t).split(" said: ")[-1],
        "postfix.result.code": first("smtp_response_code"),
        "postfix.result.dsn": first("smtp_response_enhanced_code"),
        "postfix.command": first("vendor_stage"),
        "postfix.bytes": first("vendor_bytes"),
        "postfix.uid": first("user_id"),
        "postfix.to": first("email_to"),
        "postfix.orig_to": first("vendor_orig_to"),
        "postfix.relay": relay_text,
        "postfix.delay": first("vendor_delay"),
        "postfix.delays.1": first("vendor_delay_before_qmgr"),
        "postfix.delays.2": first("vendor_delay_in_qmgr"),
        "postfix.delays.3": first("vendor_delay_conn_setup"),
        "postfix.delays.4": first("vendor_delay_transmission"),
        "postfix.dsn": first("vendor_dsn"),
        "postfix.statusmsg": response,
    },
    "SEKOIA-IO/intake-formats": {
        "postfix.queue_id.local": first("email_uid"),
        "postfix.queue_id.remote": first("vendor_queued_as", "vendor_forwarded_as"),
        "postfix.orig_to": first("vendor_orig_to"),
        "source.ip": client_ip,
        "log.syslog.appname": tag,
        "destination.ip": first("vendor_relay_ip"),
        "destination.port": first("vendor_relay_port"),
        "email.to.address": first("email_to"),
        "email.message_id": first("email_message_id"),
        "source.port": first("source_port"),
    },
    "fail2ban/fail2ban": {
        "host": client_ip,
        "user": first("user_name"),
    },
}

# (source, name, their value) -> why ours is right.
DISAGREEMENTS = {
    ("whyscream/postfix-grok-patterns:test/cleanup_0006.yaml", "postfix_message_level", "warning"):
        "the word behind the queue id is the action of the check, not the level",
    ("whyscream/postfix-grok-patterns:test/cleanup_0008.yaml", "postfix_message_level", "info"):
        "the word behind the queue id is the action of the check, not the level",
    ("SEKOIA-IO/intake-formats:Postfix/postfix/tests/postfix4.json", "destination.ip", "10.100.0.3"):
        "client= names who connects, the source",
    ("SEKOIA-IO/intake-formats:Postfix/postfix/tests/smtp7.json", "source.port", "10025"):
        "a port that the next hop's reply mentions is not the client's",
    ("SEKOIA-IO/intake-formats:Postfix/postfix/tests/smtpd_connection2.json", "source.ip", "10.1.1.1"):
        "connect from HOST[ADDRESS] ends there (smtpd/smtpd.c): with a word behind it the line is none of smtpd's",
    ("msimerson/postfix-parser:test/index.js", "status", "forwarded"):
        "the status word is sent; forwarded is told by vendor_forwarded_as",
}

# What the sources' own tests write where they want a text that nobody knows. Such a line is no
# sentence of Postfix and has to come out generic.
PLACEHOLDERS = ("foo", "Unsupported", "idle")


# Values that stand for "none" in a source, and that we leave out.
NO_VALUE = {
    ("whyscream/postfix-grok-patterns", "postfix_queueid"): "NOQUEUE",
    ("whyscream/postfix-grok-patterns", "postfix_message-id"): "",
}


def same(theirs, ours):
    if isinstance(theirs, list):
        theirs = theirs[0] if len(theirs) == 1 else ", ".join(map(str, theirs))
    if ours is None:
        return False
    # The hyphen of a reply of several lines is not kept between the codes.
    theirs = re.sub(r"^(\d{3})-(\d\.)", r"\1 \2", str(theirs))
    if str(theirs) == str(ours):
        return True
    try:
        return float(theirs) == float(ours)
    except ValueError:
        return str(theirs).strip().lower() == str(ours).strip().lower()


def compare():
    records = [json.loads(line) for line in open(os.path.join(CORPUS, "expected.jsonl"))]
    trees = normalize([record["line"] for record in records])
    compared, differ, used = 0, [], []
    for record, tree in zip(records, trees):
        source = record["source"].split(":")[0]
        flat = {}

        def walk(value, path):
            for key, inner in value.items():
                if isinstance(inner, dict):
                    walk(inner, path + key + ".")
                else:
                    flat[path + key] = inner
        walk(record["expect"], "")
        for name, theirs in flat.items():
            get = NAMES.get(source, {}).get(name)
            if get is None or NO_VALUE.get((source, name)) == theirs:
                continue
            compared += 1
            ours = get(tree or {})
            if not same(theirs, ours):
                key = (record["source"], name, str(theirs))
                if key in DISAGREEMENTS:
                    used.append(key)
                else:
                    differ.append((key, theirs, ours, record["line"]))
    return compared, differ, used


def main():
    if not os.path.isdir(CORPUS):
        print("SKIP: there is no %s: logs of others, which are no part of this repository" % CORPUS)
        return 77
    failures = 0
    lines = open(os.path.join(CORPUS, "lines.log"), errors="surrogateescape").read().splitlines()
    counts = collections.Counter()
    for line, tree in zip(lines, normalize(lines)):
        event = tree["vendor_event_type"] if tree else "foreign"
        if event == "generic" and tree["vendor_unparsed"] in PLACEHOLDERS:
            event = "placeholder"
        elif event == "generic":
            print("generic:", line)
        counts[event if event in ("generic", "unmatched", "foreign", "placeholder") else "specific"] += 1
    total = counts["specific"] + counts["generic"] + counts["unmatched"]
    specific = 100.0 * counts["specific"] / total
    print("lines.log: %d lines, %.2f %% specific, %d generic, %d unmatched; beside them %d placeholders, %d"
          " foreign" % (total, specific, counts["generic"], counts["unmatched"],
                        counts["placeholder"], counts["foreign"]))
    if specific < 99.5 or counts["unmatched"] > 0:
        failures += 1
        print("FAIL: at least 99.5 % specific and none unmatched is wanted")

    others = open(os.path.join(CORPUS, "other-daemons.log"), errors="surrogateescape").read().splitlines()
    taken = [o for o, t in zip(others, normalize(others)) if t is not None]
    print("other-daemons.log: %d lines, %d taken for Postfix" % (len(others), len(taken)))
    for line in taken:
        failures += 1
        print("FAIL: not Postfix:", line)

    compared, differ, used = compare()
    equal = compared - len(differ) - len(used)
    unused = set(DISAGREEMENTS) - set(used)
    if unused:
        failures += 1
        print("FAIL: listed, but no longer so:", unused)
    print("expected.jsonl: %d values compared, %d equal (%.2f %%), %d differ for a listed reason"
          % (compared, equal, 100.0 * equal / compared, len(used)))
    if equal < 0.99 * compared:
        failures += 1
        print("FAIL: less than 99 % are equal")
    for key, theirs, ours, line in differ:
        failures += 1
        print("FAIL: %s %s: theirs %r, ours %r\n    %s" % (key[0], key[1], theirs, ours, line))
    # What is no whole line must not be lost where it can be seen to be Postfix's, nor crash anything.
    broken = open(os.path.join(CORPUS, "malformed.log")).read().splitlines()
    kept = [t for t in normalize(broken) if t is not None]
    print("malformed.log: %d lines, %d of them Postfix's" % (len(broken), len(kept)))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
