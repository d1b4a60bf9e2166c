/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "event/event.h"

static struct pfx_event event;

static void every_word_is_found(void)
{
    for (int f = 0; f < PFX_FIELD_COUNT; ++f) {
        unit_row = pfx_fields[f].word.text;
        CHECK(pfx_field_find(pfx_fields[f].word) == (enum pfx_field)f);
    }
    unit_row = "";
    CHECK(pfx_field_find(unit_slice("no_such_word")) == PFX_FIELD_NONE);
    CHECK(pfx_field_find(unit_slice("")) == PFX_FIELD_NONE);
    CHECK(pfx_field_find(unit_slice("fro")) == PFX_FIELD_NONE);
    /* hashes as cmd_helo does, and is equal up to the NUL */
    CHECK(pfx_field_find((struct pfx_slice){"cmd_helo\0\0\0\x17lo", 14}) == PFX_FIELD_NONE);
}

static void names_are_unique_and_well_formed(void)
{
    for (int a = 0; a < PFX_FIELD_COUNT; ++a) {
        const char *name = pfx_fields[a].name;

        unit_row = name;
        CHECK(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name));
        CHECK(pfx_fields[a].meaning[0] != '\0');
        for (int b = 0; b < a; ++b)
            CHECK(strcmp(pfx_fields[b].name, name) != 0);
    }
}

static void fields_are_set_and_cleared(void)
{
    unit_row = "";
    pfx_event_clear(&event);
    CHECK(!pfx_event_has(&event, PFX_F_to));
    pfx_event_set(&event, PFX_F_to, unit_slice(""));
    CHECK(!pfx_event_has(&event, PFX_F_to));
    pfx_event_set(&event, PFX_F_from, unit_slice("")); /* the null sender */
    CHECK(pfx_event_has(&event, PFX_F_from));
    pfx_event_set(&event, PFX_F_unparsed, unit_slice("x"));
    CHECK_TEXT(pfx_event_get(&event, PFX_F_unparsed), "x");
    pfx_event_clear(&event);
    CHECK(!pfx_event_has(&event, PFX_F_unparsed));
    for (int i = 0; i < PFX_EXTRA_MAX + 5; ++i)
        pfx_event_extra(&event, unit_slice("word"), unit_slice("text"));
    CHECK(event.extras == PFX_EXTRA_MAX);
}

static void names_are_expanded(void)
{
    char out[16];

    pfx_event_clear(&event);
    pfx_event_set(&event, PFX_F_status, unit_slice("two words"));
    CHECK_TEXT(pfx_event_expand(&event, unit_slice("mail.sent"), out, sizeof(out)), "mail.sent");
    CHECK_TEXT(pfx_event_expand(&event, unit_slice("a.<status>.b"), out, sizeof(out)),
               "a.two_words.b");
    CHECK_TEXT(pfx_event_expand(&event, unit_slice("a.<to>"), out, sizeof(out)), "a.other");
    CHECK_TEXT(pfx_event_expand(&event, unit_slice("a.<nothing>"), out, sizeof(out)), "a.other");
    CHECK_TEXT(pfx_event_expand(&event, unit_slice("abcdefghij.<status>"), out, sizeof(out)),
               "abcdefghij.two_w");
    CHECK_TEXT(pfx_event_expand(&event, unit_slice("a.>b<"), out, sizeof(out)), "a.>b<");
}

int main(void)
{
    pfx_fields_init();
    every_word_is_found();
    names_are_unique_and_well_formed();
    fields_are_set_and_cleared();
    names_are_expanded();
    CHECK(pfx_role_find(unit_slice("queue.open")) == PFX_QUEUE_OPEN);
    CHECK(pfx_role_find(unit_slice("queue.opened")) == 0);
    return UNIT_END();
}
