/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "alerts/keys.h"

static struct pfx_event event;

static struct pfx_slice take(const char *name, enum pfx_field field, const char *text)
{
    static char room[PFX_KEY_ROOM];
    struct pfx_key key;

    unit_row = text;
    pfx_event_clear(&event);
    pfx_event_set(&event, field, unit_slice(text));
    return pfx_key_read(unit_slice(name), &key) ? pfx_key_take(&key, &event, room) : PFX_NO_SLICE;
}

static void addresses(void)
{
    static const struct {
        const char *ip, *address, *network, *wide;
    } rows[] = {
        {"192.0.2.10", "192.0.2.10", "192.0.2.0/24", "192.0.0.0/16"},
        {"::ffff:192.0.2.10", "192.0.2.10", "192.0.2.0/24", "192.0.0.0/16"},
        {"2001:db8:0:1::7", "2001:db8:0:1::/64", "2001:db8:0:1::/64", "2001:db8::/32"},
        {"2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64", "2001:db8:0:1::/64", "2001:db8::/32"},
        {"2001:0db8:0:0001:2:3:4:5", "2001:db8:0:1::/64", "2001:db8:0:1::/64", "2001:db8::/32"},
        {"2001:DB8:0:1::7", "2001:db8:0:1::/64", "2001:db8:0:1::/64", "2001:db8::/32"},
        {"2001:db8:1:0:2:3:4:5", "2001:db8:1::/64", "2001:db8:1::/64", "2001:db8::/32"},
        {"2001:db8::2:3", "2001:db8::/64", "2001:db8::/64", "2001:db8::/32"},
        {"2001:db8::1:2:3:4:5", "2001:db8:0:1::/64", "2001:db8:0:1::/64", "2001:db8::/32"},
        {"fe80::1", "fe80::/64", "fe80::/64", "fe80::/32"},
        {"127.0.0.1", "", "", ""},
        {"::1", "", "", ""},
        {"unknown", "", "", ""},
        {"1:2:3:4:", "", "", ""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        CHECK_TEXT(take("network", PFX_F_client_ip, rows[i].ip), rows[i].network);
        CHECK_TEXT(take("address", PFX_F_client_ip, rows[i].ip), rows[i].address);
        CHECK_TEXT(take("wide_network", PFX_F_client_ip, rows[i].ip), rows[i].wide);
    }
}

int main(void)
{
    char text[400];
    struct pfx_key key;

    pfx_fields_init();
    addresses();
    CHECK_TEXT(take("user", PFX_F_sasl_username, "Alice@Example.COM"), "alice@example.com");
    CHECK_TEXT(take("sender_domain", PFX_F_from, "\"a@b\"@Example.com"), "example.com");
    CHECK_TEXT(take("sender_domain", PFX_F_from, ""), "");
    CHECK_TEXT(take("recipient_domain", PFX_F_to, "postmaster"), "");
    CHECK_TEXT(take("next_hop", PFX_F_relay_host, "mx.example.org"), "mx.example.org");
    CHECK_TEXT(take("next_hop", PFX_F_relay_host, "none"), "");
    CHECK_TEXT(take("next_hop", PFX_F_to, "u@example.org"), "example.org");
    CHECK_TEXT(take("all", PFX_F_to, "u@example.org"), "all");
    CHECK_TEXT(take("vendor_reason", PFX_F_reason_class, "unknown_user"), "unknown_user");
    CHECK(!pfx_key_read(PFX_SLICE("nothing"), &key));
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    CHECK(take("user", PFX_F_sasl_username, text).length == PFX_KEY_ROOM - 1);
    return UNIT_END();
}
