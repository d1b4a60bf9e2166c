# SPDX-License-Identifier: Apache-2.0
"""postscreen, its tests, its DNS lists, its TLS."""
from scenarios.common import SENDER, ps_expect, ps_opened, ps_refused, ps_where, scenario


@scenario
def postscreen_passes(s):
    """New clients are told to come again, known ones get through."""
    ip, to = s.new_ip(), s.address()
    c = ps_opened(s, sender=SENDER, ip=ip)
    ps_refused(c, to, 450)
    ps_expect(s, c, "postscreen.pass_new")
    s.expect("disconnect", ps_where(c, "postscreen.disconnect"))
    mail = s.send("postscreen", [to], ip=ip)
    s.lmtp(mail, to)


@scenario
def postscreen_pregreet(s):
    c = s.client("postscreen", greet=False, seen_by_smtpd=False)
    c.raw("EHLO early.example.net\r\n")
    c.helo, c.protocol = "early.example.net", "esmtp"
    c.reply()
    c.ehlo("early.example.net")  # the first one was spent on the test
    c.mail_from(SENDER)
    ps_refused(c, s.address(), 550)
    ps_expect(s, c, "postscreen.pregreet", {"vendor_bytes": 24, "vendor_text": "EHLO early.example.net\\r\\n"})


@scenario
def postscreen_blocklist(s):
    """The list is asked, and its answer counts."""
    c = ps_opened(s, sender=SENDER, ip="198.51.100.249")
    ps_refused(c, s.address(), 550)
    ps_expect(s, c, "postscreen.dnsbl_rank", {"vendor_dnsbl_rank": 2})
    s.expect("dnsblog", {"vendor_event_type": "dnsblog.listed", "source_ip": c.ip},
             {"vendor_dnsblog_domain": "bl.example.com", "vendor_dnsblog_result": "127.0.0.2"})


@scenario
def postscreen_lists_in_balance(s):
    """Listed by one, welcomed by another: less than the threshold."""
    c = ps_opened(s, ip="198.51.100.252")
    c.quit()
    ps_expect(s, c, "postscreen.disconnect")
    for domain, answer in (("bl.example.com", "127.0.0.2"), ("wl.example.com", "127.0.0.5")):
        s.expect("dnsblog", {"vendor_event_type": "dnsblog.listed", "source_ip": c.ip,
                             "vendor_dnsblog_domain": domain}, {"vendor_dnsblog_result": answer})


@scenario
def postscreen_denylist(s):
    c = ps_opened(s, sender=SENDER, ip="198.51.100.248")
    ps_refused(c, s.address(), 550)
    ps_expect(s, c, "postscreen.denylisted")


@scenario
def postscreen_hangup(s):
    c = s.client("postscreen", greet=False, seen_by_smtpd=False)
    c.drop()
    ps_expect(s, c, "postscreen.hangup", {"vendor_smtp_stage": "before SMTP handshake"})


@scenario
def postscreen_protocol_tests(s):
    """Pipelining, a bare newline, a command that is none, and silence."""
    c = s.client("postscreen", seen_by_smtpd=False)
    c.raw("EHLO fast.example.net\r\nNOOP\r\n")
    c.reply(), c.reply()
    c.quit()
    ps_expect(s, c, "postscreen.command_pipelining", {"vendor_smtp_stage": "EHLO", "vendor_text": "NOOP\\r\\n"})
    c = ps_opened(s)
    c.raw("NOOP\n")
    c.reply()
    c.quit()
    ps_expect(s, c, "postscreen.bare_newline", {"vendor_smtp_stage": "NOOP"})
    c = ps_opened(s)
    c.raw("GET / HTTP/1.0\r\n")
    c.reply()
    c.wait_closed()
    ps_expect(s, c, "postscreen.non_smtp_command", {"vendor_smtp_stage": "EHLO", "vendor_text": "GET / HTTP/1.0"})
    c = ps_opened(s)
    c.wait_closed()
    ps_expect(s, c, "postscreen.command_time_limit", {"vendor_smtp_stage": "EHLO"})


@scenario
def postscreen_tls(s):
    """TLS with postscreen is that of tlsproxy."""
    c = ps_opened(s, sender=SENDER, tls={})
    ps_refused(c, s.address(), 450)
    ps_expect(s, c, "postscreen.pass_new")
    s.expect("tlsproxy", ps_where(c, "tls.connection_established", vendor_daemon="tlsproxy"), {
        "vendor_tls_version": c.tls["version"], "vendor_tls_cipher": c.tls["cipher"]})
    s.expect("tlsproxy", ps_where(c, "tlsproxy.connect"))
    s.expect("tlsproxy", ps_where(c, "tlsproxy.disconnect"))


@scenario
def postscreen_connection_limit(s):
    ip = s.new_ip()
    kept = [s.client("postscreen", ip=ip, greet=False, seen_by_smtpd=False) for _ in range(3)]
    c = s.client("postscreen", ip=ip, seen_by_smtpd=False)
    s.require(c.greeting.code == 421, c.greeting)
    c.wait_closed()
    s.expect("limit", ps_where(c, "postscreen.reject", vendor_stage="CONNECT"),
             {"vendor_smtp_response_message": "too many connections"})
    for h in kept:
        h.drop()
