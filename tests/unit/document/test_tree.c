/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "document/limit.h"
#include "document/tree.h"

#include <json.h>

static struct pfx_event event;

/* The member of a tree as JSON text. */
static struct pfx_slice member(struct fjson_object *tree, const char *name)
{
    struct fjson_object *value;

    if (!fjson_object_object_get_ex(tree, name, &value))
        return unit_slice("(none)");
    return unit_slice(fjson_object_to_json_string_ext(value, FJSON_TO_STRING_PLAIN));
}

static void a_tree_has_types(void)
{
    struct fjson_object *tree;

    pfx_event_clear(&event);
    pfx_event_set(&event, PFX_F_client_ip, unit_slice("unknown"));
    pfx_event_set(&event, PFX_F_client_host, unit_slice("Client.Example.COM"));
    pfx_event_set(&event, PFX_F_client_port, unit_slice("52345"));
    pfx_event_set(&event, PFX_F_size, unit_slice("12x"));
    pfx_event_set(&event, PFX_F_delay, unit_slice("0.83"));
    pfx_event_set(&event, PFX_F_delay_in_qmgr, unit_slice("12"));
    pfx_event_set(&event, PFX_F_pid, unit_slice("123"));
    pfx_event_set(&event, PFX_F_from, unit_slice(""));
    pfx_event_set(&event, PFX_F_to, unit_slice("\"q\"\xff@example.com"));
    pfx_event_extra(&event, unit_slice("brand_new"), unit_slice("v"));
    tree = pfx_tree(PFX_GIM, PFX_VALUE_PRESET, &event, NULL);
    CHECK(tree != NULL);
    CHECK_TEXT(member(tree, "source_ip"), "(none)");
    CHECK_TEXT(member(tree, "source_hostname"), "\"client.example.com\"");
    CHECK_TEXT(member(tree, "source_port"), "52345");
    CHECK_TEXT(member(tree, "email_size"), "(none)");
    CHECK_TEXT(member(tree, "vendor_delay"), "0.83");
    CHECK_TEXT(member(tree, "vendor_delay_in_qmgr"), "12.0");
    CHECK_TEXT(member(tree, "process_id"), "\"123\"");
    CHECK_TEXT(member(tree, "email_from"), "\"\"");
    CHECK_TEXT(member(tree, "email_to"), "\"\\\"q\\\"\xef\xbf\xbd@example.com\"");
    CHECK_TEXT(member(tree, "vendor_brand_new"), "\"v\"");
    fjson_object_put(tree);
}

static void gelf_is_gelf(void)
{
    struct pfx_raw gelf = {unit_slice("mail"),
                           unit_slice("postfix/smtpd[1]:"),
                           unit_slice("hello"),
                           {1787307332, 5000},
                           3};
    struct fjson_object *tree;

    pfx_event_clear(&event);
    pfx_event_set(&event, PFX_F_from, unit_slice(""));
    pfx_event_set(&event, PFX_F_subject, unit_slice("  "));
    pfx_event_set(&event, PFX_F_size, unit_slice("12"));
    pfx_event_extra(&event, unit_slice("brand_new"), unit_slice("v"));
    tree = pfx_tree(PFX_GELF, PFX_VALUE_PRESET, &event, &gelf);
    CHECK(tree != NULL);
    CHECK_TEXT(member(tree, "version"), "\"1.1\"");
    CHECK_TEXT(member(tree, "host"), "\"mail\"");
    CHECK_TEXT(member(tree, "short_message"), "\"postfix\\/smtpd[1]: hello\"");
    CHECK_TEXT(member(tree, "timestamp"), "1787307332.005000");
    CHECK_TEXT(member(tree, "level"), "3");
    CHECK_TEXT(member(tree, "_email_from"), "\"<>\"");
    CHECK_TEXT(member(tree, "_email_subject"), "(none)");
    CHECK_TEXT(member(tree, "_email_size"), "12");
    CHECK_TEXT(member(tree, "_vendor_brand_new"), "\"v\"");
    fjson_object_put(tree);

    /* The word in the text is nearer to the truth than syslog's severity; a host there must be. */
    pfx_event_set(&event, PFX_F_level, unit_slice("fatal"));
    gelf.host = PFX_NO_SLICE;
    tree = pfx_tree(PFX_GELF, PFX_VALUE_PRESET, &event, &gelf);
    CHECK_TEXT(member(tree, "level"), "2");
    CHECK_TEXT(member(tree, "host"), "\"-\"");
    fjson_object_put(tree);
}

static void ecs_is_ecs(void)
{
    struct pfx_raw raw = {
        unit_slice("mail"), unit_slice("postfix/smtp[7]:"), unit_slice("hello"), {0, 0}, 6};
    struct fjson_object *tree;

    pfx_event_clear(&event);
    pfx_event_set(&event, PFX_F_pid, unit_slice("7"));
    pfx_event_set(&event, PFX_F_gim_code, unit_slice("120200"));
    pfx_event_set(&event, PFX_F_gim_category, unit_slice("network"));
    pfx_event_set(&event, PFX_F_from, unit_slice(""));
    pfx_event_set(&event, PFX_F_nrcpt, unit_slice("2"));
    pfx_event_set(&event, PFX_F_tls_version, unit_slice("TLSv1.3"));
    pfx_event_set(&event, PFX_F_relay_ip, unit_slice("192.0.2.1"));
    pfx_event_set(&event, PFX_F_destination_ip, unit_slice("192.0.2.2"));
    pfx_event_extra(&event, unit_slice("brand_new"), unit_slice("v"));
    tree = pfx_tree(PFX_ECS, PFX_VALUE_PRESET, &event, &raw);
    CHECK(tree != NULL);
    CHECK_TEXT(member(tree, "ecs.version"), "\"8.17.0\"");
    CHECK_TEXT(member(tree, "event.kind"), "\"event\"");
    CHECK_TEXT(member(tree, "event.dataset"), "\"postfix.log\"");
    CHECK_TEXT(member(tree, "event.category"), "[\"network\"]");
    CHECK_TEXT(member(tree, "event.type"), "[\"connection\",\"start\"]");
    CHECK_TEXT(member(tree, "message"), "\"postfix\\/smtp[7]: hello\"");
    CHECK_TEXT(member(tree, "gim_event_category"), "(none)");
    CHECK_TEXT(member(tree, "process.pid"), "7");
    CHECK_TEXT(member(tree, "email.from.address"), "\"\"");
    CHECK_TEXT(member(tree, "postfix.nrcpt"), "2");
    CHECK_TEXT(member(tree, "tls.version"), "\"1.3\"");
    CHECK_TEXT(member(tree, "tls.version_protocol"), "\"tls\"");
    CHECK_TEXT(member(tree, "destination.ip"), "\"192.0.2.1\""); /* the first of two, once */
    CHECK_TEXT(member(tree, "postfix.brand_new"), "\"v\"");
    fjson_object_put(tree);

    /* Without a code there is no category, and a version is what it is. */
    pfx_event_clear(&event);
    pfx_event_set(&event, PFX_F_tls_version, unit_slice("7"));
    tree = pfx_tree(PFX_ECS, PFX_VALUE_PRESET, &event, &raw);
    CHECK_TEXT(member(tree, "event.category"), "(none)");
    CHECK_TEXT(member(tree, "event.type"), "[\"info\"]");
    CHECK_TEXT(member(tree, "tls.version"), "\"7\"");
    CHECK_TEXT(member(tree, "tls.version_protocol"), "(none)");
    fjson_object_put(tree);
}

/* A text at a boundary of UTF-8, a list by whole elements, and the names of both. */
static void what_is_too_long_is_told(void)
{
    static const struct {
        enum pfx_format format;
        const char *to, *to_value, *list, *list_value, *line, *line_value, *cut, *cut_value;
    } rows[] = {
        {PFX_GIM, "email_to", "\"0123456789012345678\"", "vendor_recipients",
         "[\"aaaaaaaa\",\"bbbbbbbb\"]", "", "(none)", "vendor_truncated",
         "[\"email_to\",\"vendor_recipients\",\"vendor_recipients_relay\",\"vendor_word\"]"},
        {PFX_GELF, "_email_to", "\"0123456789012345678\"", "_vendor_recipients",
         "\"aaaaaaaa, bbbbbbbb\"", "short_message", "\"postfix: it is long \"", "_vendor_truncated",
         "\"short_message, email_to, vendor_recipients, vendor_recipients_relay, vendor_word\""},
        {PFX_ECS, "email.to.address", "\"0123456789012345678\"", "postfix.recipients",
         "[\"aaaaaaaa\",\"bbbbbbbb\"]", "message", "\"postfix: it is long \"", "postfix.truncated",
         "[\"message\",\"email.to.address\",\"postfix.recipients\",\"postfix.recipients_relay\","
         "\"postfix.word\"]"},
    };
    const struct pfx_raw raw = {
        unit_slice("mail"), unit_slice("postfix:"), unit_slice("it is long enough"), {0}, 6};

    pfx_event_clear(&event);
    pfx_event_set(&event, PFX_F_to, unit_slice("0123456789012345678\xc3\xa9"));
    pfx_event_set(&event, PFX_F_from, unit_slice("exactly@example.com!"));
    pfx_event_set(&event, PFX_F_recipients, unit_slice("aaaaaaaa\nbbbbbbbb\nc"));
    pfx_event_set(&event, PFX_F_recipients_relay, unit_slice("one element that is too long"));
    pfx_event_extra(&event, unit_slice("word"), unit_slice("one that no table has, too long"));
    pfx_event_extra(&event, unit_slice("truncated"), unit_slice("a counter of that name"));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct fjson_object *tree = pfx_tree(rows[i].format, 20, &event, &raw);

        unit_row = rows[i].to;
        CHECK_TEXT(member(tree, rows[i].to), rows[i].to_value);
        CHECK_TEXT(member(tree, rows[i].list), rows[i].list_value);
        CHECK_TEXT(member(tree, rows[i].line), rows[i].line_value);
        CHECK_TEXT(member(tree, rows[i].cut), rows[i].cut_value);
        fjson_object_put(tree);
        tree = pfx_tree(rows[i].format, 1000, &event, &raw);
        CHECK_TEXT(member(tree, rows[i].cut), "(none)");
        fjson_object_put(tree);
    }
    unit_row = "";
}

int main(void)
{
    pfx_fields_init();
    a_tree_has_types();
    gelf_is_gelf();
    ecs_is_ecs();
    what_is_too_long_is_told();
    return UNIT_END();
}
