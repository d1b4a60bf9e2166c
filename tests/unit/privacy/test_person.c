/* SPDX-License-Identifier: Apache-2.0 */
/* Spellings of one address have one form; RFC 5321, RFC 5322, and what SRS, BATV and VERP make. */
#include "unit/unit.h"

#include "privacy/person.h"

static const struct {
    const char *text, *folded;
} rows[] = {
    {"bob@example.com", "bob@example.com"},
    {"Bob@EXAMPLE.com", "bob@example.com"},
    {"bob+orders@example.com", "bob@example.com"},
    {"+bob@example.com", "+bob@example.com"},
    {"\"bob\"@example.com", "bob@example.com"},
    {"\"bob smith\"@example.com", "bob smith@example.com"},
    {"\"b\\\"ob\"@example.com", "b\"ob@example.com"},
    {"\"a@b\"@example.com", "a@b@example.com"},
    {"\"a@b\"", "a@b@origin.example"},
    {"bob@example.com.", "bob@example.com"},
    {"bob", "bob@origin.example"},
    {"", "@origin.example"},
    {"bob%example.com@relay.example.net", "bob@example.com"},
    {"example.com!bob@relay.example.net", "bob@example.com"},
    {"bounces+1-bob=example.com@list.example.net", "bob@example.com"},
    {"bounce-bob=example.com@list.example.net", "bob@example.com"},
    {"news+bob=example.com@list.example.net", "bob@example.com"},
    {"bob=smith@example.com", "bob=smith@example.com"},
    {"SRS0=ab12=CD=example.com=bob@fwd.example.net", "bob@example.com"},
    {"SRS0+ab12=CD=example.com=bob@fwd.example.net", "bob@example.com"},
    {"srs1=xy=fwd.example.org==ab12=CD=example.com=bob@fwd.example.net", "bob@example.com"},
    {"SRS0=ab12=example.com@fwd.example.net", "srs0=ab12@example.com"},
    {"prvs=1234567890=bob@example.com", "bob@example.com"},
    {"msprvs1=18abcdef=bob@example.com", "bob@example.com"},
    {"btv1==123==bob@example.com", "bob@example.com"},
    {"prvs=1234567890=bob+tag@example.com", "bob@example.com"},
    {"SRS0=ab=cd=example.com=prvs=1234567890=bob@fwd.example.net", "bob@example.com"},
    {"bob@b\xc3\xbc"
     "cher.example",
     "bob@xn--bcher-kva.example"},
    {"bob@bu\xcc\x88"
     "cher.example", /* the same, in two characters */
     "bob@xn--bcher-kva.example"},
    {"bob@xn--bcher-kva.example", "bob@xn--bcher-kva.example"},
    {"bob@[192.0.2.1]", "bob@[192.0.2.1]"},
    {"@", "@origin.example"},
};

int main(void)
{
    const struct pfx_person_rules rules = {"+", "origin.example"}, two = {"-+", NULL};
    static char endless[5000];
    struct pfx_person person;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        unit_row = rows[i].text;
        pfx_person_fold(unit_slice(rows[i].text), &rules, &person);
        CHECK_TEXT(((struct pfx_slice){person.text, person.length}), rows[i].folded);
    }
    pfx_person_fold(PFX_SLICE("bob-orders"), &two, &person);
    CHECK_TEXT(((struct pfx_slice){person.text, person.length}), "bob");
    pfx_person_fold(PFX_SLICE("Postmaster@example.com"), &rules, &person);
    CHECK(person.role);
    pfx_person_fold(PFX_SLICE("postmasters@example.com"), &rules, &person);
    CHECK(!person.role);
    memset(endless, 'x', sizeof(endless));
    endless[4000] = '@';
    pfx_person_fold((struct pfx_slice){endless, sizeof(endless)}, &rules, &person);
    CHECK(person.length <= PFX_PERSON_SIZE);
    return UNIT_END();
}
