# SPDX-License-Identifier: Apache-2.0
"""The end of the test: what the whole log must be, and what it is."""
import collections

import config
from standins import queue_id_of
from truth import Mail, problems, self_test, values_of

# Generic lines that are not worth a rule: (part of the line, why).
GENERIC = ()


def expect_tls_sessions(world):
    """Each TLS session that a receiver had is a line of the client that came from that address."""
    for server in world.receivers.values():
        counts = collections.Counter(server.tls_sessions)
        for (ip, version, cipher), count in counts.items():
            instance = "postfix-out" if ip in (config.RELAY, config.RELAY6) else "postfix-in"
            host, port = server.server.server_address[:2]
            world.truth.expect("(all)", "TLS sessions with " + server.name, {
                "vendor_event_type": "tls.connection_established_to", "vendor_relay_host": server.name,
                "vendor_instance": instance, "vendor_tls_version": version, "vendor_tls_cipher": cipher},
                {"vendor_relay_ip": host, "vendor_relay_port": port}, count)


def expect_lifecycle(world):
    """Both were started, and one was told to read its configuration again."""
    version = world.inbound.command("postconf", "-h", "mail_version").strip()
    for event, instances in (("master.daemon_started", world.instances), ("master.reload", [world.outbound])):
        for instance in instances:
            world.truth.expect("(all)", "lifecycle", {
                "vendor_event_type": event, "vendor_instance": "postfix-" + instance.short},
                {"service_version": version, "vendor_config_path": instance.etc})


def adopt_strangers(world):
    """Mails that Postfix made by itself, as notices to the postmaster: a receiver has them, so the
    driver knows them too."""
    instances = {i.name: "postfix-" + i.short for i in world.instances}
    for server in [world.lmtp, world.unix, *world.receivers.values()]:
        for got in server.seen:
            for host, queue_id in got["hops"][:1]:
                instance = instances[host]
                if (instance, queue_id) in world.truth.mails:
                    continue
                mail = world.truth.mail(Mail(
                    "(Postfix itself)", instance, queue_id, "own", got["sender"],
                    message_id=got["message_id"], size=got["size"], nrcpt=len(got["recipients"])))
                for address, reply in got["recipients"].items():
                    mail.fate(address, "sent", "2.0.0", reply, queued_as=queue_id_of(reply),
                              orig_to="postmaster" if address.startswith("postmaster@") else None)


def expect_filter_sessions(world):
    """The filters know the ports that they came from."""
    for port, mails, hung_up in (s for f in world.filters for s in f.sessions):
        where = {"source_ip": "127.0.0.1", "source_port": port, "vendor_service": "reinject"}
        for event, count in (("smtpd.connect", 1), ("smtpd.disconnect", 1), ("smtpd.client", mails),
                             ("smtpd.lost_connection", int(hung_up))):
            world.truth.expect("(all)", "session of a filter", {"vendor_event_type": event, **where},
                               {"source_hostname": "localhost"}, count)


# Of these events no line may be there that the driver knows nothing of.
COMPLETE = ("smtpd.connect", "smtpd.disconnect", "smtpd.client", "smtpd.reject", "qmgr.removed",
            "qmgr.queue_active", "bounce.sender_notification", "mail.delivery",
            "tls.connection_established", "tls.connection_established_to", "pickup.submission",
            "milter.reject", "sasl.failed", "smtpd.lost_connection", "cleanup.header_check")


def unknown_lines(log, checks):
    """Lines that no check is about: all, and those that should not be."""
    known = {n for check in checks if check.count for n in log.select(check.where)}
    mails = {log.records[n].get("email_uid") for n in known}
    rest = [n for n in range(len(log.lines)) if n not in known]
    return rest, [log.lines[n] for n in rest if log.records[n]["vendor_event_type"] in COMPLETE and
                  not (log.records[n]["vendor_event_type"] == "qmgr.removed" and
                       log.records[n]["email_uid"] in mails)]


def unexplained(log):
    """Lines that no rule explained and no reason excuses."""
    return [line for line, record in zip(log.lines, log.records)
            if "vendor_unparsed" in record and not any(part in line for part, _ in GENERIC)]


def report(world):
    log, coverage = world.log()
    failures = []
    expect_tls_sessions(world)
    adopt_strangers(world)
    expect_lifecycle(world)
    expect_filter_sessions(world)
    if len(log.lines) != len(log.records):
        return ["%d lines gave %d records" % (len(log.lines), len(log.records))]
    failures += ["no rule for: " + line for line in unexplained(log)]
    checks = [c for c in world.truth.all_checks()]
    wrong = collections.Counter()
    for check in checks:
        for problem in problems(check, log):
            wrong[check.scenario] += 1
            failures.append("%s, %s: %s" % (check.scenario, check.what, problem))
    rest, strange = unknown_lines(log, checks)
    failures += ["the driver knows nothing of: " + line for line in strange]
    lies, unnoticed = self_test([c for c in checks if not problems(c, log)], log)
    failures += ["a false truth went unnoticed: %r" % (c,) for c in unnoticed]
    print("%d lines: %d specific, %d generic, %d unmatched; %d are what a check is about" % (
        len(log.lines), coverage["matched"], coverage["generic"], coverage["unmatched"],
        len(log.lines) - len(rest)))
    print("%d mails, %d checks compare %d values; %d falsified ones noticed, %d not" % (
        len(world.truth.mails), len(checks), sum(map(values_of, checks)), lies - len(unnoticed),
        len(unnoticed)))
    if coverage["unmatched"] or coverage["foreign"]:
        failures.append("lines that are unmatched or taken for foreign")
    return failures
