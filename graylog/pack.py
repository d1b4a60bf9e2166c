# SPDX-License-Identifier: Apache-2.0
"""What the content pack has in it. A widget is one call; contentpack.py knows the format.

Queries speak of our fields (doc/fields.md) and events (doc/events.md). Tests look that each of them
finds something in real output: tests/graylog/widgets.py.
"""
import pathlib

from contentpack import Messages, PRODUCT, Widget, alert, dashboard, gelf_tcp_input, pack, products, search, stream

REVISION = 5  # of the pack: one more with each release that changes it

TABLE = pathlib.Path(__file__).resolve().parent.parent / "rulebases" / "products.tsv"
BESIDE = [row.split("\t")[0] for row in TABLE.read_text(encoding="utf-8").splitlines()
          if row and not row.startswith(("#", "postfix\t"))]  # the programs beside Postfix
POSTFIX = stream("Postfix", "What mmpostfix made of the logs of Postfix and of the programs beside it",
                 ("EXACT", "event_source_product", "postfix"),
                 ("REGEX", "event_source_product", f"^({'|'.join(BESIDE)})$"))
HERE = POSTFIX["id"]

# ---- queries that several widgets share ------------------------------------------------------
SENT = "vendor_status:sent AND NOT vendor_hop:internal"  # a filter of our own is no destination
NOT_SENT = "vendor_status:(bounced OR deferred OR expired OR force-expired OR undeliverable OR SOFTBOUNCE)"
NEXT_HOP = "_exists_:vendor_relay_host AND NOT vendor_relay_host:none"  # none: it did not come that far
TLS_UP = 'vendor_event_action:"TLS connection" AND event_outcome:success'
CERTIFICATE = 'vendor_event_action:"certificate verification"'
AUTH_FAILED = "vendor_event_action:authentication AND event_outcome:failure"
LOGIN = "vendor_event_type:smtpd.client AND _exists_:user_name"
REFUSED = "gim_event_type_code:(130500 OR 131000)"
HELD = "gim_event_type_code:(131500 OR 132000)"
TROUBLE = "gim_event_type_code:211504"
UNKNOWN = "vendor_event_type:generic"
DIED = "vendor_event_severity:(fatal OR panic) OR vendor_event_type:master.process_killed"

# ---- colours, where a value is good or bad ---------------------------------------------------
GREEN, LIGHT_GREEN, AMBER, ORANGE, GREY = "#4c9a2a", "#9ccc65", "#ffb300", "#ff8f00", "#90a4ae"
RED, LIGHT_RED, DARK_RED, ROSE = "#d32f2f", "#ef6e6e", "#8e1414", "#e0446e"

STATUS = {"sent": GREEN, "deliverable": LIGHT_GREEN, "deferred": AMBER, "bounced": RED, "SOFTBOUNCE": LIGHT_RED,
          "expired": DARK_RED, "force-expired": "#5f0f0f", "undeliverable": ROSE, "undeliverable-but-not-cached": "#f48fa8"}
VERDICT = {"delivered": GREEN, "handed_over": LIGHT_GREEN, "partly": AMBER, "bounced": RED, "rejected": LIGHT_RED,
           "expired": DARK_RED, "discarded": ROSE, "quarantined": ORANGE, "deleted": GREY, "canceled": "#607d8b",
           "probed": "#cfd8dc"}
SEVERITY = {"informational": GREY, "low": LIGHT_GREEN, "medium": AMBER, "high": LIGHT_RED, "critical": DARK_RED}
OUTCOME = {"success": GREEN, "failure": RED}
FAILURE = {"failed": RED, "failure": LIGHT_RED, "error": DARK_RED, "aborted": ORANGE}
TRUST = {"Verified": GREEN, "Trusted": LIGHT_GREEN, "Anonymous": GREY, "Untrusted": AMBER, "Unverified": ORANGE}
TLS_VERSION = {"TLSv1.3": GREEN, "TLSv1.2": LIGHT_GREEN, "TLSv1.1": ORANGE, "TLSv1": RED, "SSLv3": DARK_RED}
# The first digit says it: done, try again, no.
CODE = {"220": "#a5d6a7", "221": "#81c784", "235": "#2e7d32", "250": GREEN, "251": "#66bb6a", "252": "#c5e1a5",
        "354": LIGHT_GREEN, "421": "#ffca28", "450": AMBER, "451": ORANGE, "452": "#ffd54f", "454": "#f57c00", "455": "#ffe082",
        "500": "#f0897f", "501": "#e57368", "502": "#c94f4f", "503": LIGHT_RED, "504": "#f29b9b", "521": ROSE,
        "530": "#b23b3b", "535": "#ec407a", "550": RED, "551": "#c2185b", "552": "#a52727", "553": "#ad1457",
        "554": DARK_RED, "556": "#5f0f0f"}


def number(title, query, trend=None, figure="count()", of=PRODUCT):
    return Widget(title, "numeric", query, figures=[figure], trend=trend, width=3, height=3, of=of)


# The tabs and titles that users of the licensed pack know.
OVERVIEW = {
    "Postfix Mail Server Overview": [
        number("Message Count", ""),
        number("Messages Delivered", SENT, "HIGHER"),
        number("Messages Not Delivered", NOT_SENT, "LOWER"),
        number("High Priority Messages", "event_severity:(high OR critical)", "LOWER"),
        Widget("Messages by Event Severity Over Time", "bar", "_exists_:event_severity", over="timestamp",
               by="event_severity", colours=SEVERITY, width=8, height=6),
        Widget("SMTP Response Codes by Percentage", "pie", "_exists_:smtp_response_code",
               over="smtp_response_code", colours=CODE, width=4, height=6),
        Widget("Messages by Status Over Time", "bar", "_exists_:vendor_status", over="timestamp", by="vendor_status",
               colours=STATUS),
        Widget("SASL Authentication Failures Over Time", "bar", AUTH_FAILED, over="timestamp",
               by="vendor_event_outcome", colours=FAILURE),
    ],
    "Postfix Email Overview": [
        # Many lines of a mail have its sender.
        Widget("Top 15 Email Recipients by Message Count", "bar", "_exists_:email_to", over="email_to",
               figures=[("card(vendor_mail_id)", "Mails")]),
        Widget("Top 15 Email Senders by Message Count", "bar", "_exists_:email_from", over="email_from",
               figures=[("card(vendor_mail_id)", "Mails")]),
        Widget("Top 15 Relay Hostnames by Vendor Event Action", "bar", NEXT_HOP,
               over="vendor_relay_host", by="vendor_event_action", width=12, height=6),
    ],
    "Postfix SMTP Overview": [
        Widget("SMTP Response Codes by Percentage", "table", "_exists_:smtp_response_code", over="smtp_response_code",
               figures=[("percentage(,COUNT)", "Percentage Count"), ("count()", "Replies"),
                        ("latest(smtp_response_code_description)", "Description")], sort="count()", height=6),
        Widget("Messages by SMTP Code Over Time", "bar", "_exists_:smtp_response_code", over="timestamp",
               by="smtp_response_code", colours=CODE, height=6),
    ],
    "TLS Overview": [
        Widget("Successful TLS Connections by TLS Trust Level Over Time", "bar", TLS_UP, over="timestamp",
               by="vendor_tls_trustlevel", colours=TRUST, width=8),
        Widget("TLS Event Outcomes", "pie", f'vendor_event_action:"TLS connection" OR {CERTIFICATE} OR vendor_reason:tls',
               over="event_outcome", colours=OUTCOME, width=4),
        Widget("TLS Cipher Usage Over Time", "bar", TLS_UP, over="timestamp", by="vendor_tls_cipher", width=8, height=6),
        Widget("TLS Versions", "pie", TLS_UP, over="vendor_tls_version", colours=TLS_VERSION, width=4, height=6),
        Widget("Certificate Verification Failures Over Time", "bar", CERTIFICATE, over="timestamp", by="event_outcome",
               colours=OUTCOME, width=12),
    ],
}

# What needs every sentence explained, with the reason in a word and the mail's whole way.
INSIGHT = {
    "Authentication": [
        number("Failed Logins", AUTH_FAILED, "LOWER"),
        number("Addresses That Failed", AUTH_FAILED, "LOWER", "card(source_ip)"),
        number("Users That Failed", AUTH_FAILED, "LOWER", "card(user_name)"),
        number("Mails of Logged-in Users", LOGIN),
        Widget("Failed Logins by Address", "table", f"{AUTH_FAILED} AND _exists_:source_ip", over="source_ip",
               figures=[("count()", "Failures"), ("card(user_name)", "Users Tried")]),
        Widget("Failed Logins by User", "table", f"{AUTH_FAILED} AND _exists_:user_name", over="user_name",
               figures=[("count()", "Failures"), ("card(source_ip)", "Addresses")]),
        Widget("Mails of Logged-in Users by Address", "table", LOGIN, over=["user_name", "source_ip"],
               figures=[("count()", "Mails")]),
        Widget("Failed Logins by Mechanism Over Time", "bar", f"{AUTH_FAILED} AND _exists_:vendor_sasl_method",
               over="timestamp", by="vendor_sasl_method"),
    ],
    "Reasons": [
        Widget("Refused Mail by Reason Over Time", "bar", REFUSED, over="timestamp", by="vendor_reason", width=8, height=6),
        Widget("Refused Mail by Reason", "pie", REFUSED, over="vendor_reason", width=4, height=6),
        Widget("Deferred Deliveries by Reason", "pie", "vendor_status:deferred", over="vendor_reason", width=4, height=6),
        Widget("Bounced Deliveries by Reason", "pie", "vendor_status:bounced", over="vendor_reason", width=4, height=6),
        Widget("Held, Redirected, Discarded Mail", "pie", HELD, over="vendor_event_action", width=4, height=6),
        Widget("Refused Mail by Client", "table", f"{REFUSED} AND _exists_:source_ip", over=["source_ip", "vendor_reason"],
               figures=[("count()", "Refused"), ("latest(source_hostname)", "Client Name")]),
        Widget("Postscreen Violations", "table", "_exists_:vendor_ps_violation", over="vendor_ps_violation",
               figures=[("count()", "Count"), ("card(source_ip)", "Addresses")], width=3),
        Widget("DNS Blocklists", "table", "_exists_:vendor_dnsblog_domain", over="vendor_dnsblog_domain",
               figures=[("count()", "Listed"), ("card(source_ip)", "Addresses")], width=3),
    ],
    "Deliveries": [
        number("Recipients Delivered", SENT, "HIGHER", "card(email_to)"),
        number("Deferrals", "vendor_status:deferred", "LOWER"),
        number("Bounces", "vendor_status:bounced", "LOWER"),
        number("Mails Queued", "vendor_event_type:cleanup.message_id"),
        Widget("Deliveries by Next Hop and Status", "bar", f"_exists_:vendor_status AND {NEXT_HOP}",
               over="vendor_relay_host", by="vendor_status", colours=STATUS, width=8, height=6),
        Widget("Mails by Verdict", "pie", "vendor_mail_record:1", over="vendor_verdict", colours=VERDICT, width=4,
               height=6),
        Widget("Failing Next Hops", "table", f"{NOT_SENT} AND {NEXT_HOP}",
               over=["vendor_relay_host", "vendor_reason"],
               figures=[("count()", "Failures"), ("latest(smtp_response_code_description)", "Description")], width=8,
               height=6),
        Widget("Deliveries by Agent", "pie", "_exists_:vendor_status", over="vendor_daemon", width=4, height=6),
        Widget("Bounces by Sending Host Over Time", "bar", "vendor_status:bounced", over="timestamp", by="event_source"),
        Widget("Size of Queued Mail (bytes)", "bar", "vendor_event_type:qmgr.queue_active", over="timestamp", mode="group",
               figures=[("avg(email_size)", "Average (bytes)"), ("max(email_size)", "Largest (bytes)")]),
    ],
    "Delays": [
        Widget("Delay of Deliveries Over Time (seconds)", "bar", SENT, over="timestamp", mode="group",
               figures=[("percentile(vendor_delay,50)", "Half within (s)"), ("percentile(vendor_delay,95)", "95 % within (s)")],
               width=12),
        Widget("Where the Time Goes (average seconds)", "bar", "_exists_:vendor_delay", over="timestamp",
               figures=[("avg(vendor_delay_before_qmgr)", "Before the Queue Manager (s)"),
                        ("avg(vendor_delay_in_qmgr)", "In the Queue Manager (s)"),
                        ("avg(vendor_delay_conn_setup)", "Connection Setup (s)"),
                        ("avg(vendor_delay_transmission)", "Transmission (s)")], height=6),
        Widget("Slowest Next Hops (seconds)", "table", f"{SENT} AND {NEXT_HOP}", over="vendor_relay_host",
               figures=[("avg(vendor_delay)", "Average (s)"), ("percentile(vendor_delay,95)", "95 % within (s)"),
                        ("max(vendor_delay)", "Longest (s)"), ("count()", "Deliveries")], height=6),
    ],
    "Health": [
        number("Lines No Rule Explains", UNKNOWN, "LOWER"),
        number("Warnings", "vendor_event_severity:warning", "LOWER"),
        number("Errors and Deaths", "vendor_event_severity:(error OR fatal OR panic)", "LOWER"),
        number("Hosts at Work", "", figure="card(event_source)"),
        Widget("Lines by Daemon Over Time", "bar", over="timestamp", by="vendor_daemon", height=6),
        Widget("Lines No Rule Explains by Daemon", "table", UNKNOWN, over="vendor_daemon",
               figures=[("count()", "Lines"), ("latest(vendor_unparsed)", "Latest Text")], height=6),
        Widget("Trouble by Reason", "bar", TROUBLE, over="vendor_reason", by="vendor_daemon", height=6),
        # One row for each: the same name on two hosts is two instances.
        Widget("Instances at Work", "table", "_exists_:vendor_instance", over=["event_source", "vendor_instance"],
               figures=[("count()", "Lines")], limit=50, height=6),
        Messages("Starts, Stops and Deaths", "vendor_daemon:master OR event_severity:critical",
                 ["event_source", "vendor_instance", "vendor_daemon", "vendor_event_action", "message"]),
    ],
}

# ---- the programs beside Postfix ---------------------------------------------------------------
# By names of events: a mail's other lines have what filters tell of it, too, and would be counted with them.
SPAM_FILTERS = products("amavis", "rspamd", "spamassassin", "spampd", "mailscanner")
SCANNERS = products("amavis", "clamav", "clamsmtp", "mailscanner")
AUTHENTICATORS = products("opendkim", "dkimpy", "amavis", "spf", "opendmarc", "openarc")
GREYLISTS = products("postgrey", "sqlgrey", "milter-greylist", "policyd", "cluebringer", "grossd")
MAILBOXES = products("dovecot", "cyrus", "nginx")
EVERYBODY = products("postfix", *BESIDE)

JUDGED = "vendor_event_type:(amavis.verdict OR spamd.result OR spampd.scored OR mailscanner.spam) AND _exists_:vendor_filter_verdict"
SPAM = f"{JUDGED} AND vendor_filter_verdict:(spam OR spammy)"
SCORED = ("vendor_event_type:(amavis.verdict OR rspamd.verdict OR spamd.result OR spampd.scored OR mailscanner.spam)"
          " AND _exists_:vendor_spam_score")
RSPAMD = "vendor_event_type:rspamd.verdict AND _exists_:vendor_filter_action"
VIRUS = ("vendor_event_type:(amavis.verdict OR clamd.found OR clamav-milter.infected OR clamsmtpd.scanned OR mailscanner.infected)"
         " AND _exists_:vendor_virus_name")
DKIM = ("vendor_event_type:(opendkim.verified OR opendkim.verification_failed OR opendkim.no_signature OR opendkim.signature_result"
        " OR dkimpy-milter.verified OR dkimpy-milter.verification_failed OR amavis.dkim_verified) AND _exists_:vendor_dkim_result")
SPF = "vendor_event_type:(policyd-spf.result OR policyd-spf.rejected OR policyd-spf.deferred OR opendmarc.spf) AND _exists_:vendor_spf_result"
DMARC = "vendor_event_type:opendmarc.result AND _exists_:vendor_dmarc_result"
ARC = "vendor_event_type:(openarc.chain OR opendmarc.arc_override) AND _exists_:vendor_arc_result"
GREYLISTED = "vendor_event_type:(postgrey.decision OR sqlgrey.decision OR milter-greylist.decision OR policyd.decision OR" \
             " cbpolicyd.decision OR gross.decision) AND _exists_:vendor_greylist_action"
OPENED = "vendor_event_type:(dovecot.login OR cyrus.login OR nginx.login) AND event_outcome:success"
# One line a failure: what checks the password, and pam below it, log the same again.
NOT_OPENED = "vendor_event_type:(dovecot.login_failed OR cyrus.login_failed OR nginx.login_failed)"
ANY_FAILED = (f"({PRODUCT} AND {AUTH_FAILED}) OR {NOT_OPENED} OR vendor_event_type:opensmtpd.auth_failed")
SIEVE = "vendor_event_type:(dovecot.saved OR dovecot.redirected OR dovecot.rejected OR dovecot.discarded OR dovecot.vacation" \
        " OR dovecot.notified) AND _exists_:vendor_sieve_action"

JUDGEMENT = {"clean": GREEN, "ham": LIGHT_GREEN, "spam": RED, "spammy": LIGHT_RED, "infected": DARK_RED, "banned": ROSE,
             "unchecked": AMBER, "bad-header": ORANGE}
RESULT = {"pass": GREEN, "fail": RED, "softfail": ORANGE, "temperror": AMBER, "permerror": LIGHT_RED, "policy": ROSE,
          "none": GREY, "neutral": "#cfd8dc"}
GREY_ACTION = {"pass": GREEN, "greylist": AMBER}


def results(title, query, field):
    return Widget(title, "pie", query, over=field, colours=RESULT, width=6, of=AUTHENTICATORS)


FILTERS = {
    "Filters": [
        number("Mails Judged", JUDGED, of=SPAM_FILTERS),
        number("Spam", SPAM, "LOWER", of=SPAM_FILTERS),
        number("Viruses Found", VIRUS, "LOWER", of=SCANNERS),
        number("Refused by rspamd", f"{RSPAMD} AND event_action:blocked", "LOWER", of=SPAM_FILTERS),
        Widget("Verdicts of Filters Over Time", "bar", JUDGED, over="timestamp", by="vendor_filter_verdict",
               colours=JUDGEMENT, width=8, height=6, of=SPAM_FILTERS),
        Widget("Verdicts of Filters", "pie", JUDGED, over="vendor_filter_verdict", colours=JUDGEMENT, width=4, height=6,
               of=SPAM_FILTERS),
        Widget("Spam Scores Over Time", "bar", SCORED, over="timestamp", mode="group",
               figures=[("percentile(vendor_spam_score,50)", "Half below"), ("percentile(vendor_spam_score,95)", "95 % below"),
                        ("max(vendor_spam_score)", "Highest")], width=8, height=6, of=SPAM_FILTERS),
        Widget("What rspamd Asks For", "pie", RSPAMD, over="vendor_filter_action", width=4, height=6, of=SPAM_FILTERS),
        Widget("Spam Scores by Filter", "table", SCORED, over="event_source_product",
               figures=[("count()", "Mails"), ("avg(vendor_spam_score)", "Average"),
                        ("percentile(vendor_spam_score,50)", "Half below"), ("percentile(vendor_spam_score,95)", "95 % below"),
                        ("max(vendor_spam_score)", "Highest")], of=SPAM_FILTERS),
        Widget("Viruses by Scanner", "table", VIRUS, over=["vendor_virus_name", "event_source_product"],
               figures=[("count()", "Found")], of=SCANNERS),
        Widget("Spam by Sender", "table", f"{SPAM} AND _exists_:email_from", over="email_from",
               figures=[("count()", "Mails"), ("max(vendor_spam_score)", "Highest Score")], of=SPAM_FILTERS),
        Widget("Spam by Client", "table", f"{SPAM} AND _exists_:source_ip", over="source_ip",
               figures=[("count()", "Mails"), ("max(vendor_spam_score)", "Highest Score")], of=SPAM_FILTERS),
    ],
    "Sender Authentication": [
        results("DKIM Results", DKIM, "vendor_dkim_result"),
        results("SPF Results", SPF, "vendor_spf_result"),
        results("DMARC Results", DMARC, "vendor_dmarc_result"),
        results("ARC Results", ARC, "vendor_arc_result"),
        Widget("DKIM Results Over Time", "bar", DKIM, over="timestamp", by="vendor_dkim_result", colours=RESULT,
               of=AUTHENTICATORS),
        Widget("SPF Results Over Time", "bar", SPF, over="timestamp", by="vendor_spf_result", colours=RESULT,
               of=AUTHENTICATORS),
        Widget("DMARC Failures by Domain", "table", f"{DMARC} AND vendor_dmarc_result:fail", over="vendor_dmarc_domain",
               figures=[("count()", "Mails")], of=AUTHENTICATORS),
        Widget("SPF Failures by Domain", "table", f"{SPF} AND vendor_spf_result:(fail OR softfail)", over="vendor_spf_domain",
               figures=[("count()", "Recipients"), ("card(source_ip)", "Addresses")], of=AUTHENTICATORS),
    ],
    "Greylisting": [
        number("Put Off", f"{GREYLISTED} AND vendor_greylist_action:greylist", of=GREYLISTS),
        number("Let Through", f"{GREYLISTED} AND vendor_greylist_action:pass", of=GREYLISTS),
        number("Clients Put Off", f"{GREYLISTED} AND vendor_greylist_action:greylist", figure="card(source_ip)",
               of=GREYLISTS),
        number("Average Delay (s)", f"{GREYLISTED} AND _exists_:vendor_greylist_delay",
               figure=("avg(vendor_greylist_delay)", "Average (s)"), of=GREYLISTS),
        Widget("Greylisting Over Time", "bar", GREYLISTED, over="timestamp", by="vendor_greylist_action",
               colours=GREY_ACTION, of=GREYLISTS),
        Widget("Delay by Greylisting Over Time (seconds)", "bar", f"{GREYLISTED} AND _exists_:vendor_greylist_delay",
               over="timestamp", mode="group",
               figures=[("percentile(vendor_greylist_delay,50)", "Half within (s)"),
                        ("percentile(vendor_greylist_delay,95)", "95 % within (s)")], of=GREYLISTS),
        Widget("Greylisting by Reason", "table", GREYLISTED, over=["vendor_greylist_action", "vendor_greylist_reason"],
               figures=[("count()", "Recipients")], of=GREYLISTS),
        Widget("Clients Put Off Most", "table", f"{GREYLISTED} AND vendor_greylist_action:greylist AND _exists_:source_ip",
               over="source_ip", figures=[("count()", "Recipients"), ("card(email_from)", "Senders")], of=GREYLISTS),
    ],
    "Mailboxes": [
        number("Logins to Mailboxes", OPENED, of=MAILBOXES),
        number("Users of Mailboxes", OPENED, figure="card(user_name)", of=MAILBOXES),
        number("Failed Logins", ANY_FAILED, "LOWER", of=EVERYBODY),
        number("Addresses That Failed", ANY_FAILED, "LOWER", "card(source_ip)", of=EVERYBODY),
        Widget("Logins by Service Over Time", "bar", OPENED, over="timestamp", by="vendor_daemon", of=MAILBOXES),
        Widget("Logins by User and Service", "table", f"{OPENED} AND _exists_:user_name", over=["user_name", "vendor_daemon"],
               figures=[("count()", "Logins"), ("card(source_ip)", "Addresses")], of=MAILBOXES),
        Widget("Failed Logins by User, All Services", "table", f"({ANY_FAILED}) AND _exists_:user_name",
               over=["user_name", "vendor_daemon"], figures=[("count()", "Failures"), ("card(source_ip)", "Addresses")],
               of=EVERYBODY),
        Widget("Failed Logins by Service Over Time", "bar", ANY_FAILED, over="timestamp", by="vendor_daemon",
               of=EVERYBODY),
        Widget("Sieve Actions Over Time", "bar", SIEVE, over="timestamp", by="vendor_sieve_action", width=8, of=MAILBOXES),
        Widget("Sieve Actions", "pie", SIEVE, over="vendor_sieve_action", width=4, of=MAILBOXES),
    ],
}

# What mmpostfix itself has counted (doc/alerts.md): the line that went over a limit says so.
TOLD = "_exists_:vendor_alert"
TOLD_BADLY = f"{TOLD} AND vendor_alert_severity:(high OR critical)"
ABOUT = ["vendor_alert", "vendor_alert_key"]
COUNTED = {
    "Alerts": [
        number("Alerts", TOLD, "LOWER", of=EVERYBODY),
        number("High or Critical", TOLD_BADLY, "LOWER", of=EVERYBODY),
        number("Rules That Told", TOLD, figure="card(vendor_alert)", of=EVERYBODY),
        number("Whose Limits", TOLD, figure="card(vendor_alert_key)", of=EVERYBODY),
        Widget("Alerts by Severity Over Time", "bar", TOLD, over="timestamp", by="vendor_alert_severity", colours=SEVERITY,
               width=8, of=EVERYBODY),
        Widget("Alerts by Severity", "pie", TOLD, over="vendor_alert_severity", colours=SEVERITY, width=4, of=EVERYBODY),
        Widget("Alerts by Rule", "table", TOLD, over=["vendor_alert", "alert_signature"],
               figures=[("count()", "Alerts"), ("card(vendor_alert_key)", "Keys"), ("sum(vendor_alert_count)", "Held Back")],
               width=12, of=EVERYBODY),
        Widget("Whose Limits Were Passed", "table", TOLD, over=ABOUT,
               figures=[("count()", "Alerts"), ("max(vendor_alert_value)", "Most"), ("max(vendor_alert_limit)", "Limit")],
               width=12, of=EVERYBODY),
    ],
}

# For an investigation: type trace_id:ID, or user_name:NAME, above the page, choose the time, and export a table from its menu.
WAY = ["event_source", "vendor_daemon", "email_uid", "vendor_event_action", "event_action", "event_outcome", "email_from",
       "email_to", "vendor_status", "vendor_relay_host", "vendor_queued_as", "vendor_reason", "vendor_smtp_response_message",
       "vendor_verdict", "trace_id", "vendor_mail_id"]
VISITED = ("vendor_event_type:(dovecot.session_end OR dovecot.mailbox_created OR dovecot.mailbox_deleted OR"
           " dovecot.mailbox_renamed OR dovecot.mailbox_event OR nginx.session_end)")
ACCESS = (f"(({PRODUCT} AND {LOGIN}) OR ({OPENED}) OR ({ANY_FAILED}) OR vendor_event_type:opensmtpd.auth_ok OR {VISITED})"
          " AND _exists_:user_name")
SEEN = ["event_source", "vendor_daemon", "user_name", "vendor_event_action", "event_outcome", "source_ip", "source_hostname",
        "vendor_sasl_method", "email_uid", "vendor_event_outcome_reason", "vendor_session_duration"]
BY_HAND = ("vendor_event_type:(postsuper.removed OR postsuper.placed_on_hold OR postsuper.released_from_hold OR"
           " postsuper.requeued OR postsuper.expired)")
IN_CLEAR = f"{SENT} AND vendor_daemon:smtp AND {NEXT_HOP} AND NOT _exists_:vendor_relay_tls_version"
FORENSICS = {
    "One Mail's Way": [
        number("Lines", "_exists_:trace_id", of=EVERYBODY),
        number("Hosts", "_exists_:trace_id", figure="card(event_source)", of=EVERYBODY),
        number("Queue Files", "_exists_:trace_id", figure="card(vendor_mail_id)", of=EVERYBODY),
        number("Recipients", "_exists_:trace_id AND _exists_:vendor_status", figure="card(email_to)", of=EVERYBODY),
        Widget("Queue Files of the Flow", "table", "_exists_:vendor_mail_id AND _exists_:email_uid",
               over=["vendor_mail_id", "email_uid", "event_source"],
               figures=[("count()", "Lines"), ("latest(vendor_link)", "Comes by"),
                        ("latest(vendor_parent_uid)", "From Queue Id"), ("latest(vendor_verdict)", "Verdict")], limit=50,
               width=12, of=EVERYBODY),
        Messages("Its Way, Oldest First", "_exists_:trace_id", WAY, height=12, oldest_first=True, of=EVERYBODY),
    ],
    "One User's Access": [
        number("Logins", f"{ACCESS} AND event_outcome:success", of=EVERYBODY),
        number("Failed Logins", f"({ANY_FAILED}) AND _exists_:user_name", "LOWER", of=EVERYBODY),
        number("Addresses", ACCESS, figure="card(source_ip)", of=EVERYBODY),
        number("Mails Sent", LOGIN, figure="card(vendor_mail_id)", of=EVERYBODY),
        Widget("Access Over Time", "bar", f"{ACCESS} AND _exists_:event_outcome", over="timestamp", by="event_outcome",
               colours=OUTCOME, of=EVERYBODY),
        Widget("Access by Address and Service", "table", f"{ACCESS} AND _exists_:source_ip",
               over=["user_name", "source_ip", "vendor_daemon", "event_outcome"],
               figures=[("count()", "Lines"), ("latest(source_hostname)", "Client Name")], limit=50, of=EVERYBODY),
        Messages("Access, Oldest First", ACCESS, SEEN, height=12, oldest_first=True, of=EVERYBODY),
    ],
    "What Was Done": [
        number("By Hand", BY_HAND),
        number("By Rule", HELD, of=EVERYBODY),
        number("Refused", REFUSED, of=EVERYBODY),
        number("Delivered in Clear", IN_CLEAR, "LOWER"),
        Widget("Held, Released, Deleted by Hand", "table", BY_HAND, over=["event_source", "vendor_event_action"],
               figures=[("count()", "Mails")], height=6),
        Widget("Delivered in Clear by Domain", "table", f"{IN_CLEAR} AND _exists_:vendor_to_domain",
               over=["vendor_to_domain", "vendor_relay_host"], figures=[("count()", "Recipients")], limit=50, height=6),
        Widget("Records That Lack Lines", "table", "_exists_:vendor_mail_record AND vendor_incomplete:true",
               over="event_source", figures=[("card(vendor_mail_id)", "Mails")], width=6, height=6),
        Widget("Mails by Verdict and Host", "table", "vendor_mail_record:1", over=["vendor_verdict", "event_source"],
               figures=[("count()", "Mails")], limit=50, width=6, height=6),
        Messages("By Hand and by Rule, Oldest First", f"({BY_HAND}) OR {HELD}",
                 ["event_source", "vendor_daemon", "email_uid", "vendor_event_action", "event_action", "email_from", "email_to",
                  "vendor_reason"], height=8, oldest_first=True, of=EVERYBODY),
    ],
}

# Per limit one event for each value; limits are for a middling site and meant to be changed.
ALERTS = [
    alert("Mail: alerts, high and critical", "A line over a limit of mmpostfix's own rules, of severity high or critical", HERE,
          TOLD_BADLY, 5, 0, ABOUT, priority=3, of=EVERYBODY),
    alert("Mail: alerts, medium", "A line over a limit of mmpostfix's own rules, of severity medium", HERE,
          f"{TOLD} AND vendor_alert_severity:medium", 5, 0, ABOUT, of=EVERYBODY),
    alert("Mail: alerts, low", "A line over a limit of mmpostfix's own rules, of severity low", HERE,
          f"{TOLD} AND vendor_alert_severity:low", 5, 0, ABOUT, priority=1, of=EVERYBODY),
    # Those from here on are for sites with alerts="off": mmpostfix counts the same in time, and more.
    alert("Postfix: failed logins from one address", "More than 10 failed logins from one address", HERE,
          f"{AUTH_FAILED} AND _exists_:source_ip", 5, 10, ["source_ip"]),
    alert("Postfix: failed logins of one user", "More than 10 failed logins of one user name", HERE,
          f"{AUTH_FAILED} AND _exists_:user_name", 5, 10, ["user_name"]),
    alert("Postfix: user from many addresses", "Mail of one user from more than 5 addresses", HERE,
          LOGIN, 30, 5, ["user_name"], "card(source_ip)"),
    alert("Postfix: much mail of one user", "More than 150 mails of one user", HERE,
          LOGIN, 30, 150, ["user_name"]),
    alert("Postfix: bounces of one sender", "More than 20 bounces of one sender", HERE,
          "vendor_status:bounced AND _exists_:email_from", 30, 20, ["email_from"]),
    alert("Postfix: bounces on one host", "More than 100 bounces on one host", HERE,
          "vendor_status:bounced", 30, 100, ["event_source"]),
    alert("Postfix: deferred mail grows", "More than 50 mails deferred on one host", HERE,
          "vendor_status:deferred", 15, 50, ["event_source"], "card(email_uid)"),
    alert("Postfix: next hop defers", "More than 20 deferrals at one next hop", HERE,
          f"vendor_status:deferred AND {NEXT_HOP}", 15, 20, ["vendor_relay_host"]),
    alert("Postfix: rejects spike", "More than 200 mails refused on one host", HERE,
          REFUSED, 5, 200, ["event_source"], priority=1),
    alert("Postfix: DKIM, SPF or DMARC failures", "More than 20 mails refused or bounced for DKIM, SPF or DMARC",
          HERE, "vendor_reason:dkim_spf_dmarc", 60, 20, ["event_source"]),
    alert("Postfix: a daemon died", "A fatal or panic line of any daemon, or a process that a signal killed", HERE,
          DIED, 5, 0, ["event_source", "vendor_daemon"], priority=3),
    alert("Postfix: lines that no rule explains", "More than 100 such lines of one daemon", HERE,
          UNKNOWN, 60, 100, ["vendor_daemon"], priority=1),
]

SEARCHES = [
    search("Mail: alerts", "Lines that went over a limit of mmpostfix's rules", HERE, TOLD,
           [*ABOUT, "vendor_alert_severity", "vendor_alert_value", "vendor_alert_limit", "vendor_alert_window", "vendor_alert_since",
            "event_source", "user_name", "source_ip"], of=EVERYBODY),
    # graylog/export writes the columns of these two.
    search("Mail: one mail's way", "Add AND trace_id:ID: its lines on all hosts and through all programs, oldest first", HERE,
           "_exists_:trace_id", WAY, oldest_first=True, of=EVERYBODY),
    search("Mail: one user's access", "Add AND user_name:NAME: logins, failures, mails sent and mailboxes, oldest first", HERE,
           ACCESS, SEEN, oldest_first=True, of=EVERYBODY),
    search("Postfix: mails that ended", "The record of each, with all recipients", HERE, "_exists_:vendor_mail_record",
           ["email_uid", "email_from", "source_ip", "user_name", "vendor_recipients", "vendor_recipients_status",
            "vendor_verdict"]),
    search("Postfix: deliveries", "Every attempt with what became of it", HERE, "_exists_:vendor_status",
           ["email_uid", "email_to", "vendor_relay_host", "vendor_status", "vendor_delay", "vendor_smtp_response_message"]),
    search("Postfix: failed deliveries", "Bounced, deferred and expired mail with the reason", HERE, NOT_SENT,
           ["email_uid", "email_to", "vendor_relay_host", "vendor_status", "vendor_reason",
            "vendor_smtp_response_message"]),
    search("Postfix: refused mail", "Rejected by us, by a blocklist or by a filter", HERE, REFUSED,
           ["source_ip", "email_from", "email_to", "vendor_reason", "smtp_response_code", "vendor_smtp_response_message"]),
    search("Postfix: logins", "Mail of logged-in users and failed logins", HERE, f"({LOGIN}) OR ({AUTH_FAILED})",
           ["user_name", "source_ip", "vendor_sasl_method", "event_outcome", "vendor_event_outcome_reason"]),
    search("Postfix: TLS without trust", "Certificates that failed and handshakes that broke", HERE,
           f"{CERTIFICATE} OR vendor_reason:tls", ["vendor_daemon", "vendor_relay_host", "source_ip", "vendor_tls_error"]),
    search("Postfix: trouble of the mail system", "Warnings and worse about tables, files, processes", HERE, TROUBLE,
           ["event_source", "vendor_daemon", "vendor_event_severity", "vendor_reason", "service_name"]),
    search("Postfix: lines that no rule explains", "Tell us, or write a rule", HERE, UNKNOWN,
           ["vendor_daemon", "vendor_unparsed"]),
]

DASHBOARDS = [
    dashboard("Postfix Mail Server", "Mail server, mail, SMTP and TLS at a glance", HERE, OVERVIEW),
    dashboard("Postfix Insight", "Logins, reasons, deliveries, delays and the parser's health", HERE, INSIGHT),
    dashboard("Filters and Mailboxes", "Verdicts, sender authentication, greylisting, logins and Sieve of the programs "
              "beside Postfix", HERE, FILTERS, of=EVERYBODY),
    dashboard("Mail Alerts", "What mmpostfix counted over its limits", HERE, COUNTED, of=EVERYBODY),
    dashboard("Mail Forensics", "One mail's way, one user's access, what was done to mail: type trace_id:ID or user_name:NAME "
              "above it", HERE, FORENSICS, of=EVERYBODY),
]

PACK = pack(
    name="Postfix (mmpostfix)",
    summary="Input, stream, dashboards, alerts and searches for Postfix's log as mmpostfix sends it",
    description="A GELF TCP input on port 12201, the stream Postfix for what carries event_source_product=postfix or "
                "the name of a program beside it, five dashboards, event definitions without notifications, saved searches. Use graylog/setup: an index set "
                "of its own, the types of address fields and a stream that outlives the pack's next revision are "
                "beyond a content pack. Uploaded by hand, on Graylog 7 the stream is paused at first: start it.",
    vendor="mmpostfix",
    url="",
    revision=REVISION,
    entities=[gelf_tcp_input("Postfix (GELF TCP)", 12201), POSTFIX, *DASHBOARDS, *ALERTS, *SEARCHES],
)
