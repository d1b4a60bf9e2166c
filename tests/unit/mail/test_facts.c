/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "mail/facts.h"

#include <stdlib.h>

static struct pfx_event event;

static struct pfx_slice get(const struct pfx_facts *facts, enum pfx_field field)
{
    struct pfx_slice text = unit_slice("(none)");

    pfx_facts_get(facts, field, &text);
    return text;
}

/* The best of several wins, in whatever order they come. */
static void order_does_not_matter(void)
{
    static const struct {
        const char *text;
        uint8_t rank;
        int64_t time;
    } put[] = {{"younger", 1, 9},
               {"ranked", 2, 1},
               {"old", 1, 1},
               {"ranked lower", 0, 20},
               {"rank", 2, 1}};
    enum { PUTS = sizeof(put) / sizeof(put[0]) };

    for (unsigned order = 0; order < 120; ++order) {
        struct pfx_facts facts = {0};
        unsigned left[PUTS] = {0, 1, 2, 3, 4}, rest = order;

        CHECK(pfx_facts_put(&facts, PFX_F_size, unit_slice("1"), 0, 0));
        for (unsigned n = PUTS; n > 0; --n) {
            unsigned pick = rest % n, i = left[pick];

            rest /= n;
            left[pick] = left[n - 1];
            CHECK(pfx_facts_put(&facts, PFX_F_from, unit_slice(put[i].text), put[i].rank,
                                put[i].time));
            CHECK(pfx_facts_put(&facts, PFX_F_helo, unit_slice("h"), 0, 0));
        }
        CHECK_TEXT(get(&facts, PFX_F_from), "ranked");
        CHECK_TEXT(get(&facts, PFX_F_size), "1");
        CHECK_TEXT(get(&facts, PFX_F_helo), "h");
        CHECK_TEXT(get(&facts, PFX_F_to), "(none)");
        CHECK(pfx_facts_sound((struct pfx_slice){facts.block, facts.length}));
        pfx_facts_free(&facts);
    }
}

static void long_texts_are_cut(void)
{
    struct pfx_facts facts = {0};
    char text[3 * PFX_FACT_MAX];

    memset(text, 'x', sizeof(text));
    for (unsigned f = 0; f < PFX_FIELD_COUNT; ++f)
        CHECK(
            pfx_facts_put(&facts, (enum pfx_field)f, (struct pfx_slice){text, sizeof(text)}, 0, 0));
    CHECK(get(&facts, PFX_F_from).length == PFX_FACT_MAX);
    CHECK(pfx_facts_sound((struct pfx_slice){facts.block, facts.length}));
    CHECK(facts.length <= facts.size);
    pfx_facts_free(&facts);
    CHECK(pfx_facts_put(&facts, PFX_F_from, PFX_NO_SLICE, 0, 0)); /* <> is a sender */
    CHECK_TEXT(get(&facts, PFX_F_from), "");
    pfx_facts_free(&facts);
}

static void an_event_is_told_what_it_lacks(void)
{
    struct pfx_facts facts = {0};
    char scratch[8];

    pfx_facts_put(&facts, PFX_F_from, unit_slice("mail"), 0, 0);
    pfx_facts_put(&facts, PFX_F_helo, unit_slice("helo"), 0, 0);
    pfx_facts_put(&facts, PFX_F_proto, unit_slice("ESMTP"), 0, 0);
    pfx_event_clear(&event);
    pfx_event_set(&event, PFX_F_from, unit_slice("line"));
    CHECK(pfx_facts_tell(&facts, &event, scratch, sizeof(scratch)) == 4);
    CHECK_TEXT(pfx_event_get(&event, PFX_F_from), "line");
    CHECK_TEXT(pfx_event_get(&event, PFX_F_helo), "helo");
    CHECK(!pfx_event_has(&event, PFX_F_proto)); /* it does not fit */
    pfx_facts_free(&facts);
}

/* A session tells its mail what was said before the mail began; who the client is, each line says.
 */
static void merging_stops_at_a_time(void)
{
    struct pfx_facts facts = {0}, from = {0};

    pfx_facts_put(&facts, PFX_F_proto, unit_slice("mine"), 2, 0);
    pfx_facts_put(&from, PFX_F_proto, unit_slice("theirs"), 3, 1);
    pfx_facts_put(&from, PFX_F_helo, unit_slice("early"), 3, 5);
    pfx_facts_put(&from, PFX_F_sasl_username, unit_slice("late"), 3, 6);
    pfx_facts_put(&from, PFX_F_client_ip, unit_slice("192.0.2.1"), 3, 1);
    pfx_facts_merge(&facts, &from, 1, 5, true);
    CHECK_TEXT(get(&facts, PFX_F_proto), "mine");
    CHECK_TEXT(get(&facts, PFX_F_helo), "early");
    CHECK_TEXT(get(&facts, PFX_F_sasl_username), "(none)");
    CHECK_TEXT(get(&facts, PFX_F_client_ip), "(none)");
    pfx_facts_free(&facts);
    pfx_facts_free(&from);
}

/* Bytes of a file, cut or changed: a block that passes can be used. */
static void only_blocks_are_sound(void)
{
    struct pfx_facts facts = {0};

    pfx_facts_put(&facts, PFX_F_from, unit_slice("alice@example.com"), 1, 2);
    pfx_facts_put(&facts, PFX_F_helo, unit_slice("client.example.com"), 1, 2);
    for (uint32_t n = 0; n < facts.length; ++n) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            struct pfx_facts copy = {malloc(facts.length), facts.length - n, facts.length, NULL};

            if (copy.block == NULL)
                return;
            memcpy(copy.block, facts.block, facts.length);
            copy.block[n] ^= (char)(1 << bit);
            if (pfx_facts_sound((struct pfx_slice){copy.block, copy.length})) {
                pfx_event_clear(&event);
                pfx_facts_tell(&copy, &event, (char[100]){0}, 100);
                CHECK(pfx_facts_put(&copy, PFX_F_to, unit_slice("x"), 0, 0));
            }
            pfx_facts_free(&copy);
        }
    }
    CHECK(!pfx_facts_sound((struct pfx_slice){facts.block, facts.length - 1}));
    CHECK(pfx_facts_sound(PFX_NO_SLICE));
    pfx_facts_free(&facts);
}

int main(void)
{
    pfx_fields_init();
    order_does_not_matter();
    long_texts_are_cut();
    an_event_is_told_what_it_lacks();
    merging_stops_at_a_time();
    only_blocks_are_sound();
    return UNIT_END();
}
