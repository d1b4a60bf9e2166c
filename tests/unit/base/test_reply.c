/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "base/reply.h"

static void replies_come_apart(void)
{
    static const struct {
        const char *text, *host, *code, *enhanced, *rest, *command;
        bool is_reply;
    } rows[] = {
        {"250 2.0.0 Ok: queued as 7C3A21F0B4", "", "250", "2.0.0", "Ok: queued as 7C3A21F0B4", "",
         true},
        {"250 OK", "", "250", "", "OK", "", true},
        {"5.7.1 Spam message rejected", "", "", "5.7.1", "Spam message rejected", "", true},
        {"host mx.example.net[198.51.100.25] said: 550 5.1.1 <bob@example.net>: unknown (in reply "
         "to "
         "RCPT TO command)",
         "mx.example.net[198.51.100.25]", "550", "5.1.1", "<bob@example.net>: unknown", "RCPT TO",
         true},
        {"host mx.example.net[198.51.100.25] refused to talk to me: 421 4.7.0 later",
         "mx.example.net[198.51.100.25]", "421", "4.7.0", "later", "", true},
        {"550-5.7.1 first 550 5.7.1 second", "", "550", "5.7.1", "first 550 5.7.1 second", "",
         true},
        {"delivered to mailbox", "", "", "", "delivered to mailbox", "", false},
        {"connect to mx.example.net[198.51.100.25]:25: Connection refused", "", "", "",
         "connect to mx.example.net[198.51.100.25]:25: Connection refused", "", false},
        {"250", "", "250", "", "", "", true},
        {"2500 bytes", "", "", "", "2500 bytes", "", false},
        {"", "", "", "", "", "", false},
        {"550 5.1", "", "550", "", "5.1", "", true},
        {"550 5.1.1", "", "550", "5.1.1", "", "", true},
        {"450 4.1.1234 x", "", "450", "", "4.1.1234 x", "", true},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_reply reply;

        unit_row = rows[i].text;
        CHECK(pfx_reply_parse(unit_slice(rows[i].text), &reply) == rows[i].is_reply);
        CHECK_TEXT(reply.host, rows[i].host);
        CHECK_TEXT(reply.code, rows[i].code);
        CHECK_TEXT(reply.enhanced, rows[i].enhanced);
        CHECK_TEXT(reply.text, rows[i].rest);
        CHECK_TEXT(reply.command, rows[i].command);
    }
}

int main(void)
{
    replies_come_apart();
    return UNIT_END();
}
