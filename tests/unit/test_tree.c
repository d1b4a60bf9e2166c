/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "tree.h"

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
    tree = pfx_tree_gim(&event);
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
    struct pfx_gelf gelf = {unit_slice("mail"),
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
    tree = pfx_tree_gelf(&event, &gelf);
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
    tree = pfx_tree_gelf(&event, &gelf);
    CHECK_TEXT(member(tree, "level"), "2");
    CHECK_TEXT(member(tree, "host"), "\"-\"");
    fjson_object_put(tree);
}

int main(void)
{
    pfx_fields_init();
    a_tree_has_types();
    gelf_is_gelf();
    return UNIT_END();
}
