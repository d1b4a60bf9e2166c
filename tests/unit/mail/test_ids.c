/* SPDX-License-Identifier: Apache-2.0 */
/* Ids as text, against printf. */
#include "unit/unit.h"

#include "mail/ids.h"

#include <inttypes.h>

static void ids_are_hex(void)
{
    static const uint64_t rows[] = {
        0,         1, 9, 10, 15, 16, UINT64_C(0x0123456789abcdef), UINT64_C(0xfedcba9876543210),
        UINT64_MAX};
    uint64_t chance = UINT64_C(0x9e3779b97f4a7c15);

    for (unsigned i = 0; i < 10000; ++i) {
        uint64_t id = i < sizeof(rows) / sizeof(rows[0]) ? rows[i] : chance;
        char text[PFX_ID_DIGITS], wanted[PFX_ID_DIGITS + 1];

        chance = chance * UINT64_C(6364136223846793005) + 1;
        pfx_id_text(text, id);
        snprintf(wanted, sizeof(wanted), "%016" PRIx64, id);
        CHECK_TEXT(((struct pfx_slice){text, sizeof(text)}), wanted);
    }
}

static void names_are_cut(void)
{
    char room[8] = "";

    CHECK(pfx_name_is(room, PFX_NO_SLICE));
    pfx_name_set(room, sizeof(room), PFX_SLICE("1234567"));
    CHECK(pfx_name_is(room, PFX_SLICE("1234567")));
    pfx_name_set(room, sizeof(room), PFX_SLICE("12345678"));
    CHECK(pfx_name_is(room, PFX_SLICE("1234567")) && !pfx_name_is(room, PFX_SLICE("12345678")));
    CHECK(pfx_name_hash(PFX_NO_SLICE) == 0 && pfx_name_hash(PFX_SLICE("a")) != 0 &&
          pfx_name_hash(PFX_SLICE("a")) != pfx_name_hash(PFX_SLICE("b")));
}

/* Whichever line of it comes first; a short queue id is given again, and so is another mail then.
 */
static void a_long_queue_id_is_one_mail(void)
{
    const struct pfx_slice uid = PFX_SLICE("4hR8n873Ycz9Tn");
    struct pfx_observation a = {.host = PFX_SLICE("mx1"), .instance = PFX_SLICE("postfix")}, b = a;
    uint64_t id;

    a.given = b.given = 1;
    a.time = 1000000;
    b.time = 2000000;
    b.instance = PFX_SLICE("submission");
    id = pfx_id_new(PFX_ID_MAIL, &a, uid, 'm');
    CHECK(id % 2 == 0 && id == pfx_id_new(PFX_ID_MAIL, &b, uid, 'm'));
    CHECK(id != pfx_id_new(PFX_ID_MAIL, &a, PFX_SLICE("4hR8n873Ycz9Tm"), 'm'));
    b.host = PFX_SLICE("mx2");
    CHECK(id != pfx_id_new(PFX_ID_MAIL, &b, uid, 'm'));
    a.given = b.given = 0;
    b = a;
    b.time = 2000000;
    CHECK(pfx_id_new(PFX_ID_MAIL, &a, uid, 'm') != pfx_id_new(PFX_ID_MAIL, &b, uid, 'm'));
}

int main(void)
{
    ids_are_hex();
    names_are_cut();
    a_long_queue_id_is_one_mail();
    return UNIT_END();
}
