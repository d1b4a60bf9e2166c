/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "meaning/direction.h"

#include <stdlib.h>
#include <unistd.h>

static struct pfx_direction *direction;
static char error[256];

static void networks_hold_addresses(void)
{
    static const struct {
        const char *ip;
        bool local;
    } rows[] = {
        {"192.0.2.1", true},
        {"192.0.2.255", true},
        {"192.0.3.1", false},
        {"198.51.100.7", true},
        {"198.51.100.8", false},
        {"203.0.113.128", true},
        {"203.0.113.127", false},
        {"2001:db8:1::5", true},
        {"2001:db8:2::5", false},
        {"unknown", false},
        {"", false},
        {"::ffff:192.0.2.1", false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        unit_row = rows[i].ip;
        CHECK(pfx_direction_is_local_ip(direction, unit_slice(rows[i].ip)) == rows[i].local);
    }
}

static void domains_hold_addresses(void)
{
    static const struct {
        const char *address;
        bool local;
    } rows[] = {
        {"bob@example.com", true},
        {"bob@EXAMPLE.com", true},
        {"bob@sub.example.com", false},
        {"bob@a.b.example.org", true},
        {"bob@example.org", false},
        {"bob@xexample.com", false},
        {"\"a@example.com\"@example.net", false},
        {"bob", false},
        {"", false},
        {"bob@", false},
        {"bob@file.example.net", true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        unit_row = rows[i].address;
        CHECK(pfx_direction_is_local_address(direction, unit_slice(rows[i].address)) ==
              rows[i].local);
    }
}

static void sender_recipient_and_client_tell(void)
{
    static const struct {
        const char *from, *to, *ip, *user, *direction;
    } rows[] = {
        {"a@example.net", "b@example.com", "", "", "inbound"},
        {"a@example.com", "b@example.net", "", "", "outbound"},
        {"a@example.com", "b@example.com", "", "", "lateral"},
        {"a@example.com", "b@example.com", "203.0.113.1", "", "inbound"}, /* made up sender */
        {"a@example.com", "b@example.com", "192.0.2.9", "", "lateral"},
        {"a@example.net", "b@example.com", "203.0.113.1", "carol", "lateral"},
        {"a@example.net", "b@example.net", "203.0.113.1", "", ""},
        {"a@example.net", "b@example.net", "192.0.2.9", "", "outbound"},
        {"", "b@example.net", "", "", "outbound"},
        {"", "b@example.com", "", "", ""},
        {"a@example.com", "", "", "", ""},
    };
    struct pfx_event event;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        unit_row = rows[i].direction;
        pfx_event_clear(&event);
        pfx_event_set(&event, PFX_F_from, unit_slice(rows[i].from));
        pfx_event_set(&event, PFX_F_to, unit_slice(rows[i].to));
        pfx_event_set(&event, PFX_F_client_ip, unit_slice(rows[i].ip));
        pfx_event_set(&event, PFX_F_sasl_username, unit_slice(rows[i].user));
        CHECK_TEXT(pfx_direction_of(direction, &event), rows[i].direction);
    }
}

static void faults_are_named(const char *file)
{
    CHECK(pfx_direction_add_domain(direction, "not a domain", error, sizeof(error)) < 0);
    CHECK_TEXT(unit_slice(error), "'not a domain' is no domain");
    CHECK(pfx_direction_add_network(direction, "192.0.2.0/33", error, sizeof(error)) < 0);
    CHECK(strstr(error, "192.0.2.0/33") != NULL);
    CHECK(pfx_direction_add_network(direction, "example.com", error, sizeof(error)) < 0);
    CHECK(pfx_direction_add_domain(direction, "/nonexistent", error, sizeof(error)) < 0);
    CHECK(strstr(error, "/nonexistent: ") != NULL);
    CHECK(pfx_direction_add_network(direction, file, error, sizeof(error)) < 0);
    CHECK(strstr(error, ":2: 'file.example.net' is no network") != NULL);
}

int main(void)
{
    char file[] = "/tmp/pfx-direction-XXXXXX";
    int fd = mkstemp(file);
    static const char text[] = "# ours\nfile.example.net  # too\n\n";

    if (fd < 0 || write(fd, text, sizeof(text) - 1) < 0 || close(fd) < 0)
        return 1;
    pfx_fields_init();
    direction = pfx_direction_new();
    CHECK(direction != NULL);
    CHECK(pfx_direction_add_domain(direction, "Example.com", error, sizeof(error)) == 0);
    CHECK(pfx_direction_add_domain(direction, ".example.org", error, sizeof(error)) == 0);
    CHECK(pfx_direction_add_domain(direction, file, error, sizeof(error)) == 0);
    CHECK(pfx_direction_add_network(direction, "192.0.2.0/24", error, sizeof(error)) == 0);
    CHECK(pfx_direction_add_network(direction, "198.51.100.7", error, sizeof(error)) == 0);
    CHECK(pfx_direction_add_network(direction, "203.0.113.128/25", error, sizeof(error)) == 0);
    CHECK(pfx_direction_add_network(direction, "2001:db8:1::/48", error, sizeof(error)) == 0);
    networks_hold_addresses();
    domains_hold_addresses();
    sender_recipient_and_client_tell();
    faults_are_named(file);
    pfx_direction_free(&direction);
    CHECK(direction == NULL);
    unlink(file);
    return UNIT_END();
}
