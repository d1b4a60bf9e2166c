/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "meaning/gim.h"

static struct pfx_event event;
static struct pfx_kinds kinds;
static struct pfx_reasons reasons;
static char scratch[PFX_GIM_SCRATCH];

static void start(struct pfx_rule *rule, const char *kind)
{
    pfx_event_clear(&event);
    *rule = (struct pfx_rule){.event = unit_slice("area.some_thing"), .kinds = kind != NULL};
    if (kind != NULL)
        rule->kind[0] = unit_slice(kind);
    event.rule = rule;
    pfx_event_set(&event, PFX_F_event, rule->event);
    pfx_event_set(&event, PFX_F_event_source, unit_slice("mail.example.com"));
    pfx_event_set(&event, PFX_F_daemon, unit_slice("smtpd"));
}

static void categorize(void)
{
    struct pfx_class class = pfx_gim_classify(&event, &kinds, &reasons, scratch);

    pfx_gim_categorize(&event, &class);
}

#define FIELD(word) pfx_event_get(&event, PFX_F_##word)

static void kinds_decide(void)
{
    struct pfx_rule rule;

    start(&rule, "mail.<status>");
    pfx_event_set(&event, PFX_F_status, unit_slice("sent"));
    categorize();
    CHECK_TEXT(FIELD(gim_code), "130000");
    CHECK_TEXT(FIELD(gim_category), "messaging");
    CHECK_TEXT(FIELD(gim_type), "email sent");
    CHECK_TEXT(FIELD(action), "delivery");
    CHECK_TEXT(FIELD(event_outcome), "success");
    CHECK_TEXT(FIELD(severity_level), "1");

    start(&rule, "mail.<status>");
    pfx_event_set(&event, PFX_F_status, unit_slice("odd"));
    pfx_event_set(&event, PFX_F_mail_response, unit_slice("some text"));
    categorize();
    CHECK_TEXT(FIELD(gim_code), "139999");
    CHECK_TEXT(FIELD(action), "some thing");
    CHECK_TEXT(FIELD(reason_class), "any");

    start(&rule, "tls.unverified"); /* no code of the model fits */
    categorize();
    CHECK(!pfx_event_has(&event, PFX_F_gim_code));
    CHECK_TEXT(FIELD(reason_class), "tls");

    start(&rule, NULL);
    pfx_event_set(&event, PFX_F_level, unit_slice("fatal"));
    categorize();
    CHECK_TEXT(FIELD(gim_code), "219999");
    CHECK_TEXT(FIELD(service_name), "smtpd");
    CHECK_TEXT(FIELD(severity), "critical");
}

static void a_code_without_its_fields_gives_way(void)
{
    struct pfx_rule rule;

    start(&rule, "conn.opened");
    pfx_event_set(&event, PFX_F_client_ip, unit_slice("192.0.2.10"));
    categorize();
    CHECK_TEXT(FIELD(gim_code), "129999");
    CHECK_TEXT(FIELD(source_reference), "192.0.2.10");
    CHECK_TEXT(FIELD(destination_reference), "mail.example.com");

    start(&rule, "conn.opened");
    pfx_event_set(&event, PFX_F_client_ip, unit_slice("192.0.2.10"));
    pfx_event_set(&event, PFX_F_client_port, unit_slice("52345"));
    pfx_event_set(&event, PFX_F_server_ip, unit_slice("198.51.100.1"));
    pfx_event_set(&event, PFX_F_server_port, unit_slice("25"));
    categorize();
    CHECK_TEXT(FIELD(gim_code), "120200");
    CHECK_TEXT(FIELD(destination_port), "25");
    CHECK_TEXT(FIELD(destination_reference), "198.51.100.1");

    start(&rule, "auth.failed");
    pfx_event_set(&event, PFX_F_client_host, unit_slice("unknown"));
    categorize();
    CHECK_TEXT(FIELD(gim_code), "109999");
    CHECK(!pfx_event_has(&event, PFX_F_source_reference));
}

static void codes_have_texts(void)
{
    struct pfx_rule rule;

    start(&rule, "mail.<status>");
    pfx_event_set(&event, PFX_F_reply_code, unit_slice("550"));
    pfx_event_set(&event, PFX_F_reply_class, unit_slice("5"));
    pfx_event_set(&event, PFX_F_reply_subject, unit_slice("7"));
    categorize();
    CHECK_TEXT(FIELD(reply_code_description), "mailbox unavailable");
    CHECK_TEXT(FIELD(reply_class_description), "permanent failure");
    CHECK_TEXT(FIELD(reply_subject_description), "security or policy");
    pfx_event_clear(&event);
    pfx_event_set(&event, PFX_F_reply_code, unit_slice("599"));
    categorize();
    CHECK(!pfx_event_has(&event, PFX_F_reply_code_description));
}

int main(void)
{
    static const char table[] = "mail.sent\t130000\tdelivery\tcompleted\tsuccess\t-\t-\n"
                                "mail.*\t139999\t-\t-\t-\t*\t-\n"
                                "conn.opened\t120200\tconnect\tstarted\tsuccess\t-\t-\n"
                                "auth.failed\t100500\tauthentication\t-\tfailure\tauth\t-\n"
                                "tls.unverified\t-\tcertificate verification\t-\tfailure\ttls\t-\n";
    unsigned line;
    const char *reason;

    pfx_fields_init();
    CHECK(pfx_kinds_read(unit_slice(table), NULL, &kinds, &line, &reason) == 0);
    CHECK(pfx_reasons_read(unit_slice("any\t-\t*"), NULL, &reasons, &line, &reason) == 0);
    kinds_decide();
    a_code_without_its_fields_gives_way();
    codes_have_texts();
    pfx_kinds_free(&kinds);
    pfx_reasons_free(&reasons);
    return UNIT_END();
}
