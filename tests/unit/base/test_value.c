/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include <stdlib.h>

static void peers_come_apart(void)
{
    static const struct {
        const char *text, *host, *ip, *port, *path;
    } rows[] = {
        {"client.example.com[192.0.2.10]", "client.example.com", "192.0.2.10", "", ""},
        {"client.example.com[192.0.2.10]:52345", "client.example.com", "192.0.2.10", "52345", ""},
        {"unknown[fe80::1%eth0]", "unknown", "fe80::1", "", ""},
        {"unknown[fe80::1%eth0]:52345", "unknown", "fe80::1", "52345", ""},
        {"fe80::1%eth0", "", "fe80::1", "", ""},
        {"a[192.0.2.1%eth0]", "a", "", "", "192.0.2.1%eth0"}, /* IPv4 has no zones */
        {"unknown[unknown]", "unknown", "", "", ""},
        {"unknown[]", "unknown", "", "", ""},
        {"unknown []", "unknown", "", "", ""},
        {"[192.0.2.10]:25", "", "192.0.2.10", "25", ""},
        {"[192.0.2.10]25", "", "192.0.2.10", "25", ""},
        {"[2001:db8::25]:25", "", "2001:db8::25", "25", ""},
        {"mx.example.net[2001:db8::25]:25:", "mx.example.net", "2001:db8::25", "25", ""},
        {"mail.example.com[private/dovecot-lmtp]", "mail.example.com", "", "",
         "private/dovecot-lmtp"},
        {"[mx.example.net]:587", "mx.example.net", "", "587", ""},
        {"127.0.0.1:10024", "", "127.0.0.1", "10024", ""},
        {"2001:db8::25", "", "2001:db8::25", "", ""},
        {"unix:/run/milter.sock", "", "", "", "unix:/run/milter.sock"},
        {"none", "none", "", "", ""},
        {"", "", "", "", ""},
        {"a[1.2.3.4]:99999", "a", "1.2.3.4", "", ""},
        {"client.example.com[192.0.", "client.example.com", "", "", ""},
        {"a]b[c", "a]b", "", "", ""},
        {"a[300.1.1.1]:25", "a", "", "25", "300.1.1.1"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_peer peer = pfx_value_peer(unit_slice(rows[i].text));

        unit_row = rows[i].text;
        CHECK_TEXT(peer.host, rows[i].host);
        CHECK_TEXT(peer.ip, rows[i].ip);
        CHECK_TEXT(peer.port, rows[i].port);
        CHECK_TEXT(peer.path, rows[i].path);
    }
}

static void addresses_end_where_their_quotes_say(void)
{
    static const struct {
        const char *text;
        int length;
    } rows[] = {
        {"bob@example.com>, relay", 15},
        {">, relay", 0},
        {"\"a > b\"@example.com>, relay", 19},
        {"\"a \\\"> b\"@example.com>, relay", 21},
        {"<x>@example.org> to=<b", 15}, /* internal form: a bracket within */
        {"<>@example.org>: Relay access denied", 14},
        {"a\"b@example.com>, relay", 15}, /* internal form: the quote does not close */
        {"bob@example.com", -1},
        {"", -1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        unit_row = rows[i].text;
        CHECK(pfx_value_address(unit_slice(rows[i].text)) == rows[i].length);
    }
}

static void numbers_are_whole_texts(void)
{
    int64_t integer = 0;
    double number = 0;

    unit_row = "";
    CHECK(pfx_value_integer(unit_slice("0"), &integer) && integer == 0);
    CHECK(pfx_value_integer(unit_slice("-12"), &integer) && integer == -12);
    CHECK(!pfx_value_integer(unit_slice(""), &integer));
    CHECK(!pfx_value_integer(unit_slice("-"), &integer));
    CHECK(!pfx_value_integer(unit_slice("12a"), &integer));
    CHECK(!pfx_value_integer(unit_slice("99999999999999999999"), &integer));
    CHECK(pfx_value_number(unit_slice("0.09"), &number) && number == 0.09);
    CHECK(pfx_value_number(unit_slice("127"), &number) && number == 127);
    CHECK(!pfx_value_number(unit_slice("1.2.3"), &number));
    CHECK(!pfx_value_number(unit_slice("1."), &number));
    CHECK(!pfx_value_number(unit_slice(".5"), &number));
    CHECK(pfx_value_number(unit_slice("-1"), &number) && number == -1);
    CHECK(pfx_value_number(unit_slice("-0.5"), &number) && number == -0.5);
    CHECK(!pfx_value_number(unit_slice("-"), &number));
    CHECK(!pfx_value_number(unit_slice("--1"), &number));
    CHECK(!pfx_value_number(unit_slice("-01"), &number));
    CHECK(!pfx_value_number(unit_slice("1.-2"), &number));
}

static void only_addresses_are_ip(void)
{
    CHECK(pfx_value_is_ip(unit_slice("192.0.2.1")));
    CHECK(pfx_value_is_ip(unit_slice("2001:db8::1")));
    CHECK(pfx_value_is_ip(unit_slice("::ffff:192.0.2.1")));
    CHECK(!pfx_value_is_ip(unit_slice("unknown")));
    CHECK(!pfx_value_is_ip(unit_slice("192.0.2")));
    CHECK(!pfx_value_is_ip(unit_slice("192.0.2.256")));
    CHECK(!pfx_value_is_ip(unit_slice("IPv6:2001:db8::1")));
    CHECK(!pfx_value_is_ip(unit_slice("")));
    CHECK(!pfx_value_is_ip(PFX_SLICE("2001:db8::1\0 what a stranger wrote")));
    CHECK(!pfx_value_is_ip(PFX_SLICE("192.0.2.1\0")));
}

static void bytes_become_utf8(void)
{
    static const struct {
        const char *in, *out;
    } rows[] = {
        {"plain", "plain"},
        {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
        {"\xff", "\xef\xbf\xbd"},
        {"\xc3", "\xef\xbf\xbd"},
        {"\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd"},                 /* overlong */
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* surrogate */
        {"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
        {"\xf0\x9f\x93\xa7", "\xf0\x9f\x93\xa7"},
        {"a\xe2\x82", "a\xef\xbf\xbd\xef\xbf\xbd"},
    };
    char out[64];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_slice in = unit_slice(rows[i].in);

        unit_row = rows[i].in;
        CHECK(pfx_value_utf8(in, out) == strlen(rows[i].out));
        CHECK_TEXT(unit_slice(out), rows[i].out);
        CHECK(pfx_value_is_utf8(in) == (strcmp(rows[i].in, rows[i].out) == 0));
    }
}

static void needles_are_found(void)
{
    static const struct {
        const char *text, *needle;
        ptrdiff_t first, last;
    } rows[] = {
        {"", "", -1, 0},      {"", "a", -1, -1},       {"abc", "", 0, 3},
        {"abc", "abc", 0, 0}, {"abc", "abcd", -1, -1}, {"aab", "ab", 1, 1},
        {"abab", "ab", 0, 2}, {"aaaa", "aa", 0, 2},    {"aabaac", "aac", 3, 3},
        {"ab", "b", 1, 1},    {"x; y; z", "; ", 1, 4}, {"aaab", "aaaa", -1, -1},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_slice text = unit_slice(rows[i].text), needle = unit_slice(rows[i].needle);

        unit_row = rows[i].text;
        CHECK(pfx_slice_find(text, needle) == rows[i].first);
        CHECK(pfx_slice_rfind(text, needle) == rows[i].last);
    }
}

static void lists_have_members(void)
{
    static const struct {
        const char *list, *members; /* each with a bar behind it */
    } rows[] = {{"", "|"}, {"a", "a|"}, {"a,b", "a|b|"}, {"a,", "a||"}, {",a", "|a|"}, {",", "||"}};
    struct pfx_slice none = PFX_NO_SLICE, member;

    CHECK(!pfx_slice_next(&none, ',', &member));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_slice list = unit_slice(rows[i].list);
        char all[16];
        size_t length = 0;

        unit_row = rows[i].list;
        while (length < 8 && pfx_slice_next(&list, ',', &member)) {
            memcpy(all + length, member.text, member.length);
            length += member.length;
            all[length++] = '|';
        }
        CHECK_TEXT(((struct pfx_slice){all, length}), rows[i].members);
    }
}

/* As byte by byte, at every length around those that are looked through at once. */
static void needles_are_found_anywhere(void)
{
    char text[80], needle[6];
    uint64_t random = 1;

    for (unsigned round = 0; round < 20000; ++round) {
        size_t length = round % sizeof(text), size = 1 + round % sizeof(needle);
        ptrdiff_t wanted = -1, found;
        char *own = malloc(length + 1); /* so that a sanitizer sees where it ends */

        for (size_t i = 0; i < length + size; ++i) {
            random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            *(i < length ? &text[i] : &needle[i - length]) = "aab\xff"[random >> 62];
        }
        for (size_t i = 0; i + size <= length && wanted < 0; ++i)
            wanted = memcmp(text + i, needle, size) == 0 ? (ptrdiff_t)i : -1;
        CHECK(own != NULL);
        if (own == NULL)
            return;
        memcpy(own, text, length);
        found = pfx_slice_find((struct pfx_slice){own, length}, (struct pfx_slice){needle, size});
        CHECK(found == wanted);
        free(own);
    }
}

int main(void)
{
    peers_come_apart();
    addresses_end_where_their_quotes_say();
    numbers_are_whole_texts();
    only_addresses_are_ip();
    bytes_become_utf8();
    needles_are_found();
    lists_have_members();
    needles_are_found_anywhere();
    return UNIT_END();
}
