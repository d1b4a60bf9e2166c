# SPDX-License-Identifier: Apache-2.0
"""amavis behind the queue and before it, with SpamAssassin's rules of our own and clamd."""
from clamav import MARKER, VIRUS
from mail import RECORD, Case, checks, send
from spamassassin import rules
from truth import ABSENT, Check

NAME, NEEDS, AFTER = "amavis", {"amavisd": "amavisd-new"}, ["clamav"]
MASTER = """
{mx}:2600 inet n - n - - smtpd -o content_filter=amavis:[127.0.0.1]:10024
{mx}:2601 inet n - n - - smtpd -o smtpd_proxy_filter=127.0.0.1:10024
{mx}:2602 inet n - n - - smtpd -o content_filter=amavis:[127.0.0.1]:10034
amavis    unix - - n - 4 smtp -o smtp_bind_address=127.0.0.1 -o smtp_send_xforward_command=yes
  -o smtp_dns_support_level=disabled
127.0.0.1:10025 inet n - n - - smtpd -o content_filter= -o smtpd_authorized_xforward_hosts=127.0.0.0/8
  -o syslog_name=postfix/reinject -o smtpd_recipient_restrictions=check_recipient_access,texthash:{work}/reinject
{mx}:2603 inet n - n - - smtpd -o content_filter=amavis:[127.0.0.1]:10024 -o syslog_name=postfix-filtered
"""
CONF = r"""
use strict;
$max_servers = 2; $daemon_user = 'amavis'; $daemon_group = 'amavis';
$mydomain = 'example.com'; $myhostname = 'mx.example.com';
$MYHOME = '{work}/amavis'; $TEMPBASE = "$MYHOME/tmp"; $db_home = "$MYHOME/db"; $QUARANTINEDIR = "$MYHOME/quarantine";
$helpers_home = "$MYHOME/var"; $lock_file = "$MYHOME/lock"; $pid_file = "$MYHOME/pid";
$log_level = 2; $log_recip_templ = undef; $do_syslog = 1; $syslog_facility = 'mail'; $syslog_ident = 'amavis';
$enable_db = 0; $enable_zmq = 0; $nanny_details_level = 0;
$inet_socket_port = [10024, 10034]; $inet_socket_bind = '127.0.0.1';
@local_domains_maps = (['.example.com']); @mynetworks = qw(127.0.0.0/8);
$forward_method = 'smtp:[127.0.0.1]:10025'; $notify_method = $forward_method;
$enable_dkim_verification = 0; $enable_dkim_signing = 0;
$sa_configpath = "{work}/spamassassin"; $sa_siteconfigpath = "{work}/spamassassin/site"; $sa_local_tests_only = 1;
$sa_tag_level_deflt = -999; $sa_tag2_level_deflt = 5; $sa_kill_level_deflt = 15; $sa_dsn_cutoff_level = 100;
$final_virus_destiny = D_DISCARD; $final_banned_destiny = D_BOUNCE; $final_spam_destiny = D_REJECT;
$final_bad_header_destiny = D_PASS;
$virus_admin = undef; $spam_admin = undef; $banned_admin = undef; $mailfrom_notify_sender = '';
$virus_quarantine_method = undef; $spam_quarantine_method = undef; $banned_files_quarantine_method = undef;
$banned_filename_re = new_RE(qr'\.[^./]*\.(exe|vbs|pif|scr|bat)\.?$'i, qr'.\.(exe|vbs|pif|scr)$'i);
$interface_policy{'10034'} = 'PASSALL';
$policy_bank{'PASSALL'} = { final_spam_destiny => D_PASS, final_virus_destiny => D_PASS };
@av_scanners = (['ClamAV-clamd', \&ask_daemon, ["CONTSCAN {}\n", "127.0.0.1:3310"], qr/\bOK$/m, qr/\bFOUND$/m,
    qr/^.*?: (?!Infected Archive)(.*) FOUND$/m]);
1;
"""


def start(world):
    rules(world)
    world.write("reinject", "refused-later@sink.example.com 554 5.7.1 not here\n")
    for name in ("amavis", "amavis/tmp", "amavis/db", "amavis/quarantine", "amavis/var"):
        world.directory(name, "amavis:amavis", 0o750)
    world.run("amavisd", "-c", world.write("amavisd.conf", CONF), "foreground")


def ready(world):
    world.listening(10024)


def verdict(verdict, score, **more):
    """What the record has of amavis. It has no score where it did not ask SpamAssassin."""
    return {"vendor_filter_verdict": verdict, "vendor_spam_score": ABSENT if score is None else score, **more}


def verdict_line(**fields):
    """One verdict a mail, whatever became of it."""
    return ({"vendor_event_type": "amavis.verdict", "email_message_id": "MSGID"}, fields, 1)


def behind(name, to, body, found, reached=True, client="good", port=2600, **options):
    """Behind the queue: the mail is handed to amavis, and a second one comes back from it."""
    def run(world):
        lines = [({"vendor_event_type": "amavis.verdict", "email_uid": "ID"}, found, 1)]
        record = {"vendor_verdict": "handed_over" if reached is True else reached, "source_ip": "IP", **found}
        row = Case(name, port, client, "alice@example.org", to, 250, record, lines, {"body": body, **options})
        if reached == "bounced":
            record["vendor_recipients_status"] = ["bounced"]
        mail = send(world, row)
        checked = checks(row, mail)
        if reached is True:
            got = world.receiver.wait_for(lambda m: m["end"] and to[0] in m["recipients"] and mail.queue_id in
                                          [queue_id for _, queue_id in m["hops"]], "the mail of " + name)
            second = got["hops"][0][1]
            checked.append(Check(name, "second mail", {"email_uid": second, RECORD: True}, {
                "vendor_verdict": "delivered", "email_from": "alice@example.org", "email_message_id": mail.message_id,
                "vendor_recipients": sorted(to)}, 1))
            checked.append(Check(name, "who sent it", {"vendor_event_type": "smtpd.client", "email_uid": second}, {
                "vendor_orig_client_ip": mail.ip, "vendor_orig_queue_id": mail.queue_id}, 1))
            checked.append(Check(name, "delivered once", {"vendor_event_type": "mail.delivery", "email_uid": second},
                                 {"vendor_status": "sent"}, len(to)))
            world.related(name, mail.queue_id, second)
        return checked
    run.__name__ = name.replace(" ", "_")
    return run


def half(world):
    """amavis takes both recipients, the smtpd behind it refuses one: that one never gets the mail."""
    name, to = "amavis half refused", ["taken@sink.example.com", "refused-later@sink.example.com"]
    row = Case(name, 2600, "good", "sender@sink.example.com", to, 250,
               {"vendor_recipients_status": ["bounced", "sent"], "vendor_verdict": "partly"},
               [({"vendor_event_type": "amavis.verdict", "email_uid": "ID"}, {}, 2)], {"body": "See you."})
    mail = send(world, row)
    got = world.receiver.mail_to(to[0])
    world.receiver.wait_for(lambda m: m["end"] and "sender@sink.example.com" in m["recipients"] and
                            any(to[1] in line for line in m["text"]), "a notice about the other")
    second = got["hops"][0][1]
    world.related(name, mail.queue_id, second)
    return checks(row, mail) + [
        Check(name, "second mail", {"email_uid": second, RECORD: True},
              {"vendor_verdict": "delivered", "vendor_recipients": to[:1]}, 1)]


def before(name, body, reply, found, lines, **options):
    """Before the queue: smtpd hands it on while the client waits; there is one mail at most."""
    taken = reply == 250 and not lines
    row = Case(name, 2601, "good", "alice@example.org", ["before@sink.example.com"], reply,
               {"vendor_verdict": "delivered"} if taken else None,
               [verdict_line(**found, **({"email_uid": "ID"} if taken else {"source_ip": "IP"}))] + lines,
               {"body": body, "proxied": True, **options})
    return row


EXE = {"headers": "MIME-Version: 1.0\r\nContent-Type: application/octet-stream; name=\"game.exe\"\r\n"
                  "Content-Disposition: attachment; filename=\"game.exe\"\r\n"}
INFECTED = verdict("infected", None, vendor_virus_name=VIRUS)
SCENARIOS = [
    behind("amavis clean", ["clean@sink.example.com"], "See you.", verdict("clean", 0.0)),
    behind("amavis two recipients", ["both1@sink.example.com", "both2@sink.example.com"], "See you.", verdict("clean", 0.0)),
    behind("amavis two points", ["two@sink.example.com"], "PFX-TWO-POINTS", verdict("clean", 2.5)),
    behind("amavis spammy", ["spammy@sink.example.com"], "PFX-SEVEN-POINTS", verdict("spammy", 7.5)),
    behind("amavis spam passed", ["passed@sink.example.com"], "PFX-TWENTY-POINTS", verdict("spam", 20.25), port=2602),
    behind("amavis spam refused", ["refused@sink.example.com"], "PFX-TWENTY-POINTS", verdict("spam", 20.25), "bounced"),
    behind("amavis virus discarded", ["infected@sink.example.com"], MARKER, INFECTED, "discarded"),
    # What is to be passed on all the same has its points counted, too.
    behind("amavis virus passed", ["passed2@sink.example.com"], MARKER, {**INFECTED, "vendor_spam_score": 0.0},
           port=2602),
    behind("amavis banned, bounced", ["banned@sink.example.com"], "MZ", verdict("banned", None), "bounced",
           **EXE),
    # Two mails of one sender at once, with the same message-id.
    behind("amavis twice, ham", ["twice1@sink.example.com"], "See you.", verdict("clean", 0.0),
           message_id="amavis-twice@client.example.net"),
    behind("amavis twice, spammy", ["twice2@sink.example.com"], "PFX-SEVEN-POINTS", verdict("spammy", 7.5),
           message_id="amavis-twice@client.example.net"),
    # smtpd has a syslog_name of its own, the other daemons have not.
    behind("amavis other instance", ["instance@sink.example.com"], "PFX-TWO-POINTS", verdict("clean", 2.5), port=2603),
    half,
    before("amavis before, clean", "See you.", 250, verdict("clean", 0.0), []),
    before("amavis before, spammy", "PFX-SEVEN-POINTS", 250, verdict("spammy", 7.5), []),
    before("amavis before, spam refused", "PFX-TWENTY-POINTS", 554, verdict("spam", 20.25), [
        ({"vendor_event_type": "smtpd.proxy_reject", "source_ip": "IP"}, {"smtp_response_code": 554}, 1)]),
    before("amavis before, virus discarded", MARKER, 250, INFECTED, [
        ({"vendor_event_type": "smtpd.proxy_accept", "source_ip": "IP"}, {}, 1),
        ({"vendor_event_type": "smtpd.client", "vendor_service": "reinject", "source_ip": "IP"}, {}, 0)]),
]
