/* SPDX-License-Identifier: Apache-2.0 */
/* Words that a line repeats; see repeated.h. */
#include "privacy/repeated.h"

/* Names of users that programs have in their sentences for other things, in order. */
/* clang-format off */
#define WORD(word) {word, sizeof(word) - 1}
/* clang-format on */
static const struct pfx_slice common[] = {
    WORD("accepted"), WORD("address"), WORD("admin"),   WORD("after"),     WORD("all"),
    WORD("and"),      WORD("are"),     WORD("auth"),    WORD("blocked"),   WORD("by"),
    WORD("client"),   WORD("command"), WORD("conn"),    WORD("connect"),   WORD("data"),
    WORD("deferred"), WORD("denied"),  WORD("domain"),  WORD("error"),     WORD("failed"),
    WORD("false"),    WORD("for"),     WORD("from"),    WORD("greylist"),  WORD("ham"),
    WORD("helo"),     WORD("host"),    WORD("id"),      WORD("imap"),      WORD("info"),
    WORD("invalid"),  WORD("is"),      WORD("lmtp"),    WORD("local"),     WORD("log"),
    WORD("login"),    WORD("mail"),    WORD("mailbox"), WORD("message"),   WORD("name"),
    WORD("none"),     WORD("not"),     WORD("null"),    WORD("online"),    WORD("pass"),
    WORD("pop3"),     WORD("postfix"), WORD("rcpt"),    WORD("recipient"), WORD("reject"),
    WORD("rejected"), WORD("relay"),   WORD("sender"),  WORD("sent"),      WORD("server"),
    WORD("service"),  WORD("session"), WORD("size"),    WORD("smtp"),      WORD("smtpd"),
    WORD("spam"),     WORD("status"),  WORD("table"),   WORD("temporary"), WORD("test"),
    WORD("text"),     WORD("the"),     WORD("timeout"), WORD("tls"),       WORD("to"),
    WORD("true"),     WORD("unix"),    WORD("unknown"), WORD("user"),      WORD("username"),
    WORD("users"),    WORD("virtual"), WORD("warning"), WORD("was"),       WORD("with"),
};
#undef WORD

static bool equal(struct pfx_slice a, struct pfx_slice b)
{
    if (a.length != b.length)
        return false;
    for (size_t i = 0; i < a.length; ++i) {
        if (pfx_lower(a.text[i]) != pfx_lower(b.text[i]))
            return false;
    }
    return true;
}

static bool is_common(struct pfx_slice word)
{
    size_t from = 0, to = sizeof(common) / sizeof(common[0]);

    while (from < to) {
        size_t middle = (from + to) / 2, i = 0;
        struct pfx_slice c = common[middle];

        while (i < word.length && i < c.length && pfx_lower(word.text[i]) == c.text[i])
            ++i;
        if (i == word.length && i == c.length)
            return true;
        if (i < word.length && (i == c.length || pfx_lower(word.text[i]) > c.text[i]))
            from = middle + 1;
        else
            to = middle;
    }
    return false;
}

const struct pfx_slice *pfx_repeated_look(const struct pfx_repeated *repeated,
                                          struct pfx_slice word)
{
    for (unsigned i = 0; i < repeated->words; ++i) {
        if (repeated->word[i].word.length == word.length && equal(repeated->word[i].word, word))
            return is_common(word) ? NULL : &repeated->word[i].instead;
    }
    return NULL;
}
