/* SPDX-License-Identifier: Apache-2.0 */
/* Keys to believe; see trust.h. */
#include "verify/trust.h"
#include "base/rows.h"
#include "people/terminal.h"

#include <stdlib.h>

struct pfx_seal_key *trust_read(const char *name)
{
    char why[PFX_SEAL_WHY];
    struct pfx_seal_key *key = pfx_seal_read(name, true, why);

    if (key == NULL)
        terminal_say("%s: %s", name, why);
    return key;
}

/* Takes over a key, which may be NULL. */
static bool add(struct trust *trust, struct pfx_seal_key *key, int64_t since)
{
    struct trusted *grown =
        key == NULL ? NULL : pfx_rows_grow(trust->key, trust->keys, sizeof(*grown));

    if (grown == NULL) {
        pfx_seal_free(&key);
        return false;
    }
    trust->key = grown;
    grown[trust->keys++] = (struct trusted){key, since, INT64_MAX};
    trust->latest = since;
    return true;
}

bool trust_begin(struct trust *trust, struct pfx_seal_key *key)
{
    return add(trust, key, INT64_MIN);
}

void trust_free(struct trust *trust)
{
    for (size_t i = 0; i < trust->keys; ++i)
        pfx_seal_free(&trust->key[i].key);
    free(trust->key);
    pfx_seal_free(&trust->notes);
    *trust = (struct trust){.key = NULL};
}

/* The key of that name, of those of the chain, if it has signed that; or NULL. */
static const struct trusted *signer(const struct trust *trust, struct pfx_slice name,
                                    struct pfx_slice text, struct pfx_slice signature)
{
    for (size_t i = trust->keys; i > 0; --i) {
        if (pfx_slice_equal(pfx_slice_of(pfx_seal_name(trust->key[i - 1].key)), name) &&
            pfx_seal_verify(trust->key[i - 1].key, text, signature))
            return &trust->key[i - 1];
    }
    return NULL;
}

const char *trust_anchor(const struct trust *trust, const struct pfx_anchor *anchor,
                         struct pfx_slice name, struct pfx_slice text, struct pfx_slice signature)
{
    const struct trusted *key = signer(trust, name, text, signature);

    if (key == NULL)
        return trust->keys > 1 ? "it is not signed by the key of its day"
                               : "it is not signed by this key";
    if (key->until != INT64_MAX)
        return "it is signed by a key whose day was over";
    if (anchor->time < key->since ||
        (anchor->kind == PFX_ANCHOR_KEY && anchor->time < trust->latest))
        return "its time is not that of its key";
    return NULL;
}

const char *trust_note(const struct trust *trust, int64_t time, struct pfx_slice name,
                       struct pfx_slice text, struct pfx_slice signature)
{
    const struct trusted *key;

    if (trust->notes != NULL)
        return pfx_seal_verify(trust->notes, text, signature)
                   ? NULL
                   : "it is not signed by the key of notes";
    key = signer(trust, name, text, signature);
    if (key == NULL)
        return "it is signed by no key that is believed";
    return time < key->since || time > key->until ? "its time is not that of its key" : NULL;
}

bool trust_next(struct trust *trust, const struct pfx_anchor *anchor)
{
    char why[PFX_SEAL_WHY];

    if (anchor->time > trust->latest)
        trust->latest = anchor->time;
    if (anchor->kind != PFX_ANCHOR_KEY)
        return true;
    trust->key[trust->keys - 1].until = anchor->time;
    return add(trust, pfx_seal_of(anchor->next, why), anchor->time);
}
