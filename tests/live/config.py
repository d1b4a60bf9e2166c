# SPDX-License-Identifier: Apache-2.0
"""Addresses, ports, users, and the configuration of both Postfix instances.

They live in network, mount and process namespaces of their own (live.test), so addresses are
those of the documentation ranges, and DNS is the stand-in.
"""
MX, MX6 = "192.0.2.1", "2001:db8::1"      # the inbound instance, mx.example.com
RELAY, RELAY6 = "192.0.2.2", "2001:db8::2"  # the outbound one, mail.example.org
RECEIVER, PLAIN_RECEIVER, NOBODY, BUSY, BROKEN_TLS, OTHER_NAME, NOBODY_TOO = (
    "203.0.113.%d" % n for n in range(10, 17))
RECEIVER6 = "2001:db8:3::10"
DNS = "192.0.2.53"
POLICY_PORT, PROXY_PORT, FILTER_PORT, REINJECT_PORT = 10031, 10025, 10027, 10026
LMTP_PORT, MILTER_PORT = 2400, 10032
USERS = {"alice": "correct horse", "bob.jones": "battery staple"}

# What each service is called and says in the log: instance, service part of the tag, and whether
# the client port is logged.
SERVICES = {
    "postscreen": (MX, 25), "plain": (MX, 2525), "proxied": (MX, 2526), "filtered": (MX, 2527),
    "miltered": (MX, 2528), "impatient": (MX, 2529), "limited": (MX, 2530),
    "checked": (MX, 2531), "tlsonly": (MX, 2532), "noproxy": (MX, 2533), "nomilter": (MX, 2534),
    "xclient": (MX, 2535), "prompt": (MX, 2537), "verifying": (RELAY, 2536),
    "submission": (RELAY, 587), "submissions": (RELAY, 465), "relay": (RELAY, 25),
}


def instance_of(service):
    return "postfix-out" if SERVICES[service][0] == RELAY else "postfix-in"


COMMON = """
compatibility_level = 3.6
queue_directory = {spool}
data_directory = {data}
multi_instance_enable = yes
maillog_file = {log}
maillog_file_prefixes = {work}
mail_owner = postfix
setgid_group = postdrop
default_process_limit = 60
inet_protocols = all
alias_database =
local_header_rewrite_clients =
append_dot_mydomain = no
biff = no
smtputf8_enable = yes
in_flow_delay = 0
smtpd_error_sleep_time = 0
anvil_status_update_time = 5s
minimal_backoff_time = 3000s
maximal_backoff_time = 4000s
queue_run_delay = 3000s
smtpd_tls_security_level = may
smtpd_tls_chain_files = {work}/tls/{name}.pem
smtpd_tls_CAfile = {work}/tls/ca.pem
smtpd_tls_loglevel = 1
smtpd_tls_session_cache_database = btree:{data}/smtpd_scache
smtp_tls_CAfile = {work}/tls/ca.pem
smtp_tls_loglevel = 1
smtp_host_lookup = dns
header_size_limit = 4096
line_length_limit = 2048
message_size_limit = 200000
mailbox_size_limit = 0
"""

INBOUND = COMMON + """
syslog_name = postfix-in
myhostname = mx.example.com
mydomain = example.com
myorigin = example.com
inet_interfaces = {MX}, {MX6}, 127.0.0.1
smtp_bind_address = {MX}
smtp_bind_address6 = {MX6}
mynetworks = 127.0.0.0/8
enable_long_queue_ids = yes
smtpd_client_port_logging = yes
mydestination = mx.example.com
local_recipient_maps =
alias_maps = texthash:{etc}/aliases
virtual_mailbox_domains = example.com, unix.example.com
virtual_mailbox_maps = regexp:{etc}/mailboxes
virtual_alias_maps = texthash:{etc}/virtual
virtual_transport = lmtp:inet:[127.0.0.1]:{LMTP_PORT}
transport_maps = texthash:{etc}/transport
lmtp_connection_cache_on_demand = no
smtp_connection_cache_on_demand = no
smtpd_recipient_restrictions = reject_unauth_destination
plain_recipient_restrictions = reject_non_fqdn_recipient, reject_unauth_destination,
    check_recipient_access texthash:{etc}/recipients,
    check_policy_service inet:127.0.0.1:{POLICY_PORT}
smtpd_client_restrictions = check_client_access cidr:{etc}/clients
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_reject_unlisted_sender = no
smtpd_tls_ask_ccert = yes
smtpd_tls_received_header = yes
smtpd_soft_error_limit = 5
smtpd_hard_error_limit = 8
postscreen_access_list = cidr:{etc}/postscreen
postscreen_denylist_action = enforce
postscreen_greet_wait = 1s
postscreen_greet_action = enforce
postscreen_dnsbl_sites = bl.example.com*2, wl.example.com*-1
postscreen_dnsbl_threshold = 2
postscreen_dnsbl_action = enforce
postscreen_pipelining_enable = yes
postscreen_pipelining_action = enforce
postscreen_non_smtp_command_enable = yes
postscreen_non_smtp_command_action = drop
postscreen_bare_newline_enable = yes
postscreen_bare_newline_action = enforce
postscreen_command_time_limit = 3s
postscreen_client_connection_count_limit = 3
postscreen_cache_map = btree:{data}/postscreen
"""

INBOUND_SERVICES = """
25        inet n - n - 1 postscreen
smtpd     pass - - n - - smtpd
dnsblog   unix - - n - 0 dnsblog
tlsproxy  unix - - n - 0 tlsproxy
{MX}:2525 inet n - n - - smtpd
  -o smtpd_recipient_restrictions=$plain_recipient_restrictions
  -o smtpd_helo_restrictions=reject_invalid_helo_hostname,check_helo_access,texthash:{etc}/helos
  -o smtpd_sender_restrictions=check_sender_access,texthash:{etc}/senders,reject_unknown_sender_domain
  -o smtpd_helo_required=yes
  -o smtpd_etrn_restrictions=reject
  -o smtpd_forbid_unauth_pipelining=no
{MX}:2526 inet n - n - - smtpd
  -o smtpd_proxy_filter=127.0.0.1:{PROXY_PORT}
{MX}:2533 inet n - n - - smtpd
  -o smtpd_proxy_filter=127.0.0.1:10099
{MX}:2527 inet n - n - - smtpd
  -o content_filter=scan:[127.0.0.1]:{FILTER_PORT}
{MX}:2528 inet n - n - - smtpd
  -o smtpd_milters=inet:127.0.0.1:{MILTER_PORT}
{MX}:2537 inet n - n - - smtpd
  -o smtpd_delay_reject=no
  -o smtpd_forbid_unauth_pipelining=yes
  -o smtpd_helo_restrictions=reject_invalid_helo_hostname
  -o smtpd_sender_restrictions=reject_unknown_sender_domain
{MX}:2534 inet n - n - - smtpd
  -o smtpd_milters=inet:127.0.0.1:10098
{MX}:2529 inet n - n - - smtpd
  -o smtpd_timeout=1s
  -o smtpd_client_port_logging=no
{MX}:2530 inet n - n - - smtpd
  -o smtpd_client_connection_count_limit=2
  -o smtpd_client_recipient_rate_limit=3
  -o smtpd_client_event_limit_exceptions=
{MX}:2531 inet n - n - - smtpd
  -o cleanup_service_name=checks
  -o smtpd_client_restrictions=reject_rbl_client,bl.example.com
  -o smtpd_sender_restrictions=warn_if_reject,reject_unknown_sender_domain
  -o smtpd_end_of_data_restrictions=check_sender_access,texthash:{etc}/end_senders
{MX}:2532 inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
  -o smtpd_tls_mandatory_protocols=>=TLSv1.3
{MX}:2535 inet n - n - - smtpd
  -o smtpd_authorized_xclient_hosts=198.51.100.0/24
127.0.0.1:{REINJECT_PORT} inet n - n - - smtpd
  -o syslog_name=postfix-in/reinject
  -o content_filter=
  -o smtpd_authorized_xforward_hosts=127.0.0.0/8
  -o smtpd_client_restrictions=
  -o smtpd_recipient_restrictions=permit_mynetworks,reject
  -o local_recipient_maps= -o smtpd_tls_security_level=none
checks    unix n - n - 0 cleanup
  -o header_checks=regexp:{etc}/header_checks
  -o body_checks=regexp:{etc}/body_checks
scan      unix - - n - 4 smtp
  -o syslog_name=postfix-in/scan
  -o smtp_send_xforward_command=yes
  -o smtp_tls_security_level=none
  -o smtp_bind_address=127.0.0.1
  -o disable_mime_output_conversion=yes
"""

OUTBOUND = COMMON + """
syslog_name = postfix-out
myhostname = mail.example.org
mydomain = example.org
myorigin = example.org
inet_interfaces = {RELAY}, {RELAY6}, 127.0.0.1
smtp_bind_address = {RELAY}
smtp_bind_address6 = {RELAY6}
mynetworks = 127.0.0.0/8, 198.51.100.224/27
mydestination =
alias_maps =
virtual_mailbox_domains = example.org
virtual_mailbox_maps = static:box/
virtual_transport = lmtp:inet:[127.0.0.1]:{LMTP_PORT}
transport_maps = texthash:{etc}/transport
smtp_address_preference = ipv4
smtp_tls_security_level = may
smtp_tls_policy_maps = texthash:{etc}/tls_policy
smtp_sasl_auth_enable = yes
smtp_sasl_password_maps = texthash:{etc}/passwords
smtp_sasl_security_options = noanonymous
smtp_sasl_mechanism_filter = plain
smtp_connect_timeout = 3s
smtp_helo_timeout = 5s
smtp_rcpt_timeout = 5s
smtp_connection_cache_on_demand = no
smtp_connection_cache_destinations = cached.example.net
smtp_connection_cache_time_limit = 10s
connection_cache_status_update_time = 5s
lmtp_connection_cache_on_demand = no
virtual_mailbox_base = {work}/mail
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
cyrus_sasl_config_path = {etc}/sasl
smtpd_sasl_local_domain = example.org
smtpd_sasl_security_options = noanonymous
smtpd_tls_auth_only = yes
smtpd_sasl_authenticated_header = yes
default_destination_concurrency_failed_cohort_limit = 0
recipient_canonical_maps = texthash:{etc}/canonical
disable_dns_lookups = no
"""

OUTBOUND_SERVICES = """
{RELAY}:25  inet n - n - - smtpd
  -o smtpd_reject_unlisted_recipient=no
  -o smtpd_log_access_permit_actions=permit_mynetworks
{RELAY}:587 inet n - n - - smtpd
  -o syslog_name=postfix-out/submission
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
  -o smtpd_sender_login_maps=texthash:{etc}/logins
  -o smtpd_sender_restrictions=reject_sender_login_mismatch
[{RELAY6}]:587 inet n - n - - smtpd
  -o syslog_name=postfix-out/submission
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
{RELAY}:2536 inet n - n - - smtpd
  -o smtpd_recipient_restrictions=reject_unverified_recipient,permit_mynetworks,reject
  -o address_verify_poll_delay=1s
pipeok    unix - n n - - pipe
  flags=F user=nobody argv=/bin/true
pipefails unix - n n - - pipe
  flags=F user=nobody argv=/bin/false
softly    unix - - n - - smtp
  -o soft_bounce=yes
{RELAY}:465 inet n - n - - smtpd
  -o syslog_name=postfix-out/submissions
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=permit_sasl_authenticated,reject
"""

SERVICES_OF_BOTH = """
postlog   unix-dgram n - n - 1 postlogd
pickup    unix n - n 1 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
smtp      unix - - n - - smtp
relay     unix - - n - - smtp
showq     unix n - n - - showq
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
local     unix - n n - - local
virtual   unix - n n - - virtual
lmtp      unix - - n - - lmtp
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
"""

FILES = {
    "in": {
        "aliases": """
postmaster nobody+postmaster@example.com
forwarded alias.target@example.com, alias.other@example.net
devnull /dev/null
piped "|cat >/dev/null"
failing "|echo no such luck; exit 69"
""",
        "mailboxes": """
/^(user|ok|busy|full|unknown|multi|alias|closed|nobody)[^@]*@/ yes
/^"?ok/ yes
/^jos\u00e9/ yes
""",
        "virtual": "group@example.com ok+group1@example.com ok+group2@example.com\n"
                   "away@example.com ok+away@example.net\n",
        "transport": """
unix.example.com lmtp:unix:{work}/lmtp
gone.example.com error:5.1.2 this domain has moved away
""",
        "recipients": """
ok+hold@example.com HOLD for the postmaster to see
ok+discard@example.com DISCARD nobody wants it
ok+redirect@example.com REDIRECT ok+redirected@example.com
ok+warn@example.com WARN somebody wrote to warn
ok+info@example.com INFO somebody wrote to info
ok+filter@example.com FILTER scan:[127.0.0.1]:{FILTER_PORT}
ok+bcc@example.com BCC ok+bccd@example.com
ok+prepend@example.com PREPEND X-Seen: yes
ok+custom@example.com 554 5.7.99 go away; from=<liar@example.com> to=<victim@example.com>
ok+defer@example.com DEFER_IF_PERMIT not before lunch
ok+hangup@example.com 421 4.7.98 hang up now
""",
        "helos": "bad.helo.example.net REJECT I know you\n",
        "senders": "bad.sender@example.net REJECT sender is on the list\n",
        "end_senders": "late.sender@example.net REJECT seen too late\n",
        "clients": "198.51.100.250/32 REJECT not from there\n"
                   "198.51.100.251/32 554 5.7.1 Go; to=<x> away from[192.0.2.99]\n",
        "postscreen": "{RELAY}/32 permit\n2001:db8::2/128 permit\n198.51.100.248/32 reject\n",
        "header_checks": """
/^Subject: .*reject this/ REJECT this subject is not wanted
/^Subject: .*warn this/ WARN odd subject
/^Subject: .*hold this/ HOLD subject to be seen
/^Subject: .*discard this/ DISCARD subject to be dropped
/^Subject: .*redirect this/ REDIRECT ok+headerredirect@example.com
/^Subject: .*prepend this/ PREPEND X-Checked: yes
/^Subject: .*replace this/ REPLACE Subject: replaced
/^Subject: .*bcc this/ BCC ok+headerbcc@example.com
/^Subject: .*info this/ INFO
/^X-Strip: / STRIP stripped it
/^Subject: .*filter this/ FILTER scan:[127.0.0.1]:{FILTER_PORT}
""",
        "body_checks": "/^buy this now/ REJECT advertising\n/^mind this line/ WARN body line\n",
    },
    "out": {
        "transport": """
asleep.example.net retry:4.3.2 destination is asleep
moved.example.net error:5.1.6 destination has moved
hole.example.net discard:silently
pipeok.example.net pipeok:
pipefails.example.net pipefails:
softly.example.net softly:[mx2.example.net]
nolmtp.example.net lmtp:inet:[127.0.0.1]:2499
nosocket.example.net lmtp:unix:{work}/nosocket
box@example.org virtual:
""",
        "tls_policy": """
mustencrypt.example.net encrypt
verified.example.net verify
othername.example.net verify
badtls.example.net encrypt
""",
        "passwords": "auth.example.net someone:secret\n"
                     "badauth.example.net someone:wrong\n",
        "logins": "alice@example.org alice@example.org\nbob@example.org bob.jones@example.org\n",
        "canonical": "old.name@example.net ok+newname@example.net\n",
        "sasl/smtpd.conf": "pwcheck_method: auxprop\nauxprop_plugin: sasldb\n"
                           "sasldb_path: {work}/sasldb\nmech_list: PLAIN LOGIN CRAM-MD5\n"
                           "log_level: 0\n",
    },
}
