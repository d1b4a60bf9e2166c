/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "rules/plain.h"

/* The words of a reply 550 5.7.1; a blank stands at both ends. */
static void names_are_taken_out(void)
{
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"User Unknown", " user unknown "},
        {"", " "},
        /* addresses, in brackets and without; the quoting of local parts */
        {"Mailbox bob@example.org not found", " mailbox not found "},
        {"<bob@example.org>: Relay access denied", " : relay access denied "},
        {"<\"a> spam\"@example.org>: denied", " : denied "},
        {"<\"odd@example.org>: denied <b> too", " : denied too "},
        {"bounces+spam=example.com@lists.example.org is full", " is full "},
        {"bob... User unknown", " bob... user unknown "},
        /* hosts, addresses, literals */
        {"connect to mx.spam.example[192.0.2.7]:25: Connection refused",
         " connect to :25: connection refused "},
        {"Client [2001:db8::bad] or [IPv6:2001:db8::1] at 192.0.2.1 listed",
         " client or at listed "},
        {"try HELO=quota.example.net", " try helo= "},
        {"at example.org.", " at . "},
        {"[TSS04] (S3140) version 5.7 of 2.0", " [tss04] (s3140) version 5.7 of 2.0 "},
        {"550 5.4.1 RESOLVER.ADR.RecipNotFound; no", " 5.4.1 resolver.adr.recipnotfound; no "},
        {"MX.EXAMPLE.ORG said", " said "},
        /* files, commands, quoted words */
        {"create /home/spam/Maildir/tmp: denied", " create : denied "},
        {"file quota.exe rejected", " file rejected "},
        {"unknown user: \"quota\"", " unknown user: "},
        {"'quota' is not known", " is not known "},
        {"died with status 1: \"/usr/bin/spamc -d\". Command", " died with status 1: . command "},
        {"\"the whole of it\"", " \"the whole of it\" "},
        {"the user's mailbox isn't", " the user's mailbox isn't "},
        {"responded with: \"421 4.2.1 no\"", " responded with: \"421 4.2.1 no\" "},
        /* what looks like a name and is a word */
        {"bare <LF> received", " bare <lf> received "},
        {"SPF/DKIM a < b", " spf/dkim a < b "},
        /* lines of one reply */
        {"first 550-5.7.1 second 550 5.7.1 third", " first second third "},
        {"first 550-Second 550 third", " first second third "},
        {"host said: 550 5.7.1 no", " host said: 550 5.7.1 no "},
        /* blanks */
        {"a  <b>  c\td", " a c d "},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_plain plain;

        unit_row = rows[i].text;
        pfx_plain_read(&plain, PFX_SLICE("550"), PFX_SLICE("5.7.1"), unit_slice(rows[i].text));
        CHECK_TEXT(((struct pfx_slice){plain.text, plain.length}), rows[i].words);
    }
    unit_row = "";
}

static void urls_and_codes_are_kept_apart(void)
{
    struct pfx_plain plain;

    pfx_plain_read(&plain, PFX_NO_SLICE, PFX_NO_SLICE,
                   PFX_SLICE("Blocked, see https://Lists.example.net/why?ip=192.0.2.1 or "
                             "<http://example.org/spam> or example.com/Help (#5.7.1)"));
    CHECK_TEXT(((struct pfx_slice){plain.text, plain.length}), " blocked, see or or () ");
    CHECK_TEXT(((struct pfx_slice){plain.url, plain.url_length}),
               "//lists.example.net/why?ip=192.0.2.1 //example.org/spam //example.com/help ");
    CHECK_TEXT(plain.enhanced, "5.7.1");
}

/* No text is too long, and none costs more than its length. */
static void long_texts_are_cut(void)
{
    static const char *const parts[] = {"a ",      "<",    "\"",   "'a ",  "[",       "#",   "550-",
                                        "http://", "<\">", "<a> ", "a.b ", "/x\"<'[", "a@ ", "=."};
    static char text[1 << 20];

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); ++i) {
        size_t length = strlen(parts[i]);
        struct pfx_plain plain;

        unit_row = parts[i];
        for (size_t at = 0; at + length <= sizeof(text); at += length)
            memcpy(text + at, parts[i], length);
        for (int n = 0; n < 1000; ++n)
            pfx_plain_read(&plain, PFX_SLICE("550"), PFX_NO_SLICE,
                           (struct pfx_slice){text, sizeof(text)});
        CHECK(plain.length <= PFX_PLAIN_MAX && plain.url_length <= PFX_PLAIN_URLS);
    }
}

int main(void)
{
    names_are_taken_out();
    urls_and_codes_are_kept_apart();
    long_texts_are_cut();
    return UNIT_END();
}
