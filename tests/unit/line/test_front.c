/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "line/front.h"

static const struct pfx_levels levels = {
    {{{"Error:", 6}, {"error", 5}}, {{"(!)", 3}, {"warning", 7}}}, 2};

/* Parts as "word=text word=text", the level, the queue id and the rest. */
static void check_front(const char *form, const char *text, const char *parts, const char *level,
                        const char *queue_id, const char *rest)
{
    int number = pfx_front_form(unit_slice(form));
    struct pfx_front front = pfx_front_take(number < 0 ? 0 : number, &levels, unit_slice(text));
    char got[512] = "";
    size_t used = 0;

    unit_row = text;
    CHECK(number >= 0);
    for (unsigned i = 0; i < front.parts; ++i)
        used += (size_t)snprintf(got + used, sizeof(got) - used, "%s%.*s=%.*s", i > 0 ? " " : "",
                                 (int)front.part[i].word.length, front.part[i].word.text,
                                 (int)front.part[i].text.length, front.part[i].text.text);
    CHECK_TEXT(unit_slice(got), parts);
    CHECK_TEXT(front.level, level);
    CHECK_TEXT(front.queue_id, queue_id);
    CHECK_TEXT(front.rest, rest);
}

static void fronts_are_taken(void)
{
    static const struct {
        const char *form, *text, *parts, *level, *queue_id, *rest;
    } rows[] = {
        {"", "Error: x", "", "error", "", "x"},
        {"", "a: x", "", "", "", "a: x"},
        {"queue_id", "4jcGHg0mxLz1b7ql: ok", "", "", "4jcGHg0mxLz1b7ql", "ok"},
        {"queue_id", "2693E3640260: ok", "", "", "2693E3640260", "ok"},
        {"queue_id", "(unknown-jobid): ok", "", "", "", "ok"},
        {"queue_id", ": prepend x", "", "", "", "prepend x"},
        {"queue_id", "mail._domainkey.example.com: key", "", "", "",
         "mail._domainkey.example.com: key"},
        {"job", "(13915-15) x", "amavis_id=13915-15", "", "", "x"},
        {"job", "(00251-04-2) (!)x", "amavis_id=00251-04-2", "warning", "", "x"},
        {"job", "(!)x", "", "warning", "", "x"},
        {"job", "(no socket): x", "", "", "", "(no socket): x"},
        {"task", "<12dcf3>; proxy; rspamd_task_write_log: id: <a>",
         "rspamd_tag=12dcf3 daemon=proxy", "", "", "id: <a>"},
        {"task", "<12 dcf3>; proxy; f: x", "", "", "", "<12 dcf3>; proxy; f: x"},
        {"process", "imap-login: Login: x", "proto=imap daemon=imap-login", "", "", "Login: x"},
        {"process", "auth: Error: x", "daemon=auth", "error", "", "x"},
        {"process", "imap(joe)<12><os97uFhhUYzGM2QH>: Logged out",
         "sasl_username=joe daemon=imap pid=12 dovecot_session=os97uFhhUYzGM2QH", "", "",
         "Logged out"},
        {"process", "imap(joe): Error: x", "sasl_username=joe daemon=imap", "error", "", "x"},
        {"process", "lmtp(12): Connect from local", "pid=12 daemon=lmtp", "", "",
         "Connect from local"},
        {"process", "lmtp(12, joe): x", "pid=12 sasl_username=joe daemon=lmtp", "", "", "x"},
        {"process", "lmtp(joe): vwQ8DCqjqlqdHgAAwl8aWQ: x",
         "sasl_username=joe daemon=lmtp dovecot_session=vwQ8DCqjqlqdHgAAwl8aWQ", "", "", "x"},
        {"process", "auth: pam(joe,192.0.2.1,<a+/b>): unknown user",
         "daemon=auth sasl_username=joe client_ip=192.0.2.1 dovecot_session=a+/b "
         "authentication_provider=pam",
         "", "", "unknown user"},
        {"process",
         "auth-worker(7): conn unix:auth-worker (pid=1,uid=2): auth-worker<1>: pam(joe,192.0.2.1): "
         "no",
         "pid=7 daemon=auth-worker sasl_username=joe client_ip=192.0.2.1 "
         "authentication_provider=pam",
         "", "", "no"},
        {"process", "auth(joe,192.0.2.1,sasl:plain)<S1>: pam: no",
         "sasl_username=joe client_ip=192.0.2.1 sasl_method=plain daemon=auth dovecot_session=S1 "
         "authentication_provider=pam",
         "", "", "no"},
        {"process", "auth(joe,192.0.2.1,sasl:plain)<S1>: the_denied: no",
         "sasl_username=joe client_ip=192.0.2.1 sasl_method=plain daemon=auth dovecot_session=S1 "
         "authentication_provider=the_denied",
         "", "", "no"},
        {"process", "auth(joe,192.0.2.1,sasl:plain)<S1>: two words: no",
         "sasl_username=joe client_ip=192.0.2.1 sasl_method=plain daemon=auth dovecot_session=S1",
         "", "", "two words: no"},
        {"process", "auth: the_denied: no", "daemon=auth", "", "", "the_denied: no"},
        {"process", "auth-worker(joe,2001:db8::1)<271>: request [1]: pam: no",
         "sasl_username=joe client_ip=2001:db8::1 daemon=auth-worker pid=271 "
         "authentication_provider=pam",
         "", "", "no"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i)
        check_front(rows[i].form, rows[i].text, rows[i].parts, rows[i].level, rows[i].queue_id,
                    rows[i].rest);
    CHECK(pfx_front_form(unit_slice("nonsense")) < 0);
}

/* Who logs in by a name that ends the front does not become another, from another address. */
static void strangers_end_no_front(void)
{
    check_front("process", "auth: pam(x,192.0.2.66): unknown user,203.0.113.1): unknown user",
                "daemon=auth", "", "",
                "pam(x,192.0.2.66): unknown user,203.0.113.1): unknown user");
    check_front("process", "auth: pam(x,192.0.2.66,203.0.113.1): no",
                "daemon=auth sasl_username=x,192.0.2.66 client_ip=203.0.113.1 "
                "authentication_provider=pam",
                "", "", "no");
    check_front("process", "auth(x,192.0.2.6): pam: y,203.0.113.1,sasl:plain): pam: no", "", "", "",
                "auth(x,192.0.2.6): pam: y,203.0.113.1,sasl:plain): pam: no");
}

int main(void)
{
    fronts_are_taken();
    strangers_end_no_front();
    return UNIT_END();
}
