/* SPDX-License-Identifier: Apache-2.0 */
/* Known words; see repeated.h. */
#include "privacy/repeated.h"

/* Names of users that programs have in their sentences for other things. */
static const char *const common[] = {
    "accepted",  "address", "admin",    "after",   "all",     "and",     "are",     "auth",
    "blocked",   "by",      "client",   "command", "conn",    "connect", "data",    "deferred",
    "denied",    "domain",  "error",    "failed",  "false",   "for",     "from",    "greylist",
    "helo",      "ham",     "host",     "imap",    "info",    "id",      "invalid", "is",
    "local",     "log",     "login",    "lmtp",    "mail",    "mailbox", "message", "name",
    "none",      "not",     "null",     "online",  "pass",    "pop3",    "postfix", "rcpt",
    "recipient", "reject",  "rejected", "relay",   "sender",  "sent",    "server",  "service",
    "session",   "size",    "smtp",     "smtpd",   "spam",    "status",  "table",   "temporary",
    "test",      "text",    "the",      "timeout", "tls",     "to",      "true",    "unknown",
    "unix",      "user",    "username", "users",   "virtual", "warning", "was",     "with"};

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

static uint32_t hash_of(struct pfx_slice word)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < word.length; ++i)
        hash = (hash ^ (unsigned char)pfx_lower(word.text[i])) * 16777619u;
    return hash;
}

static uint64_t bit_of(struct pfx_slice word)
{
    return UINT64_C(1) << (((unsigned char)pfx_lower(word.text[0]) * 5u + word.length) & 63);
}

static bool is_common(struct pfx_slice word)
{
    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); ++i) {
        if (equal(word, pfx_slice_of(common[i])))
            return true;
    }
    return false;
}

void pfx_repeated_add(struct pfx_repeated *known, struct pfx_slice word, struct pfx_slice instead)
{
    if (word.length < 3 || known->words == PFX_REPEATED_MOST ||
        pfx_repeated_find(known, word) != NULL)
        return;
    known->word[known->words++] = (struct pfx_repeated_word){word, instead, hash_of(word)};
    known->bloom |= bit_of(word);
}

const struct pfx_slice *pfx_repeated_find(const struct pfx_repeated *known, struct pfx_slice word)
{
    uint32_t hash;

    if (word.length < 3 || (known->bloom & bit_of(word)) == 0)
        return NULL;
    hash = hash_of(word);
    for (unsigned i = 0; i < known->words; ++i) {
        if (known->word[i].hash == hash && equal(known->word[i].word, word))
            return is_common(word) ? NULL : &known->word[i].instead;
    }
    return NULL;
}
