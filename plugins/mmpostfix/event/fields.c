/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of fields.def and a hash from word to row. */
#include "event/fields.h"
#include "base/hash.h"

#include <pthread.h>
#include <string.h>

const struct pfx_field_row pfx_fields[PFX_FIELD_COUNT] = {
#define PFX_FIELD(word, name, ecs, type, scope, privacy, meaning)                                  \
    {{#word, sizeof(#word) - 1},                                                                   \
     name,                                                                                         \
     ecs,                                                                                          \
     {{name, sizeof(name) - 1}, {"_" name, sizeof("_" name) - 1}, {ecs, sizeof(ecs) - 1}},         \
     PFX_##type,                                                                                   \
     PFX_##scope,                                                                                  \
     PFX_PRIVACY_##privacy,                                                                        \
     meaning},
#include "event/fields.def"
#undef PFX_FIELD
};

/* Open addressing at a load below one half; 0 is an empty slot, else field + 1. */
#define SLOTS 1024
_Static_assert(PFX_FIELD_COUNT * 2 < SLOTS, "grow the hash of field words");

uint64_t pfx_scope_client[PFX_FIELD_WORDS], pfx_scope_login[PFX_FIELD_WORDS],
    pfx_scope_session[PFX_FIELD_WORDS], pfx_scope_mail[PFX_FIELD_WORDS];

uint16_t pfx_ecs_first[PFX_FIELD_COUNT];

static uint16_t slots[SLOTS];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static unsigned find_ecs(unsigned field)
{
    const char *name = pfx_fields[field].ecs;

    for (unsigned f = 0; f < field && name != NULL; ++f) {
        if (pfx_fields[f].ecs != NULL && strcmp(pfx_fields[f].ecs, name) == 0)
            return f;
    }
    return field;
}

static void build(void)
{
    for (unsigned f = 0; f < PFX_FIELD_COUNT; ++f) {
        unsigned s = pfx_slice_hash(pfx_fields[f].word) % SLOTS;

        while (slots[s] != 0)
            s = (s + 1) % SLOTS;
        slots[s] = (uint16_t)(f + 1);
        pfx_ecs_first[f] = (uint16_t)find_ecs(f);
        if (pfx_fields[f].scope == PFX_CLIENT)
            pfx_scope_client[f / 64] |= UINT64_C(1) << (f % 64);
        if (pfx_fields[f].scope == PFX_LOGIN)
            pfx_scope_login[f / 64] |= UINT64_C(1) << (f % 64);
        if (pfx_fields[f].scope >= PFX_CLIENT && pfx_fields[f].scope <= PFX_SESSION)
            pfx_scope_session[f / 64] |= UINT64_C(1) << (f % 64);
        if (pfx_fields[f].scope == PFX_MAIL)
            pfx_scope_mail[f / 64] |= UINT64_C(1) << (f % 64);
    }
}

void pfx_fields_init(void)
{
    pthread_once(&once, build);
}

enum pfx_field pfx_field_find(struct pfx_slice word)
{
    for (unsigned s = pfx_slice_hash(word) % SLOTS; slots[s] != 0; s = (s + 1) % SLOTS) {
        unsigned f = slots[s] - 1u;

        if (pfx_slice_equal(pfx_fields[f].word, word)) /* a word of a line may have NUL bytes */
            return (enum pfx_field)f;
    }
    return PFX_FIELD_NONE;
}

enum pfx_field pfx_field_named(struct pfx_slice name)
{
    for (unsigned f = 0; f < PFX_FIELD_COUNT; ++f) {
        if (pfx_slice_equal(pfx_slice_of(pfx_fields[f].name), name))
            return (enum pfx_field)f;
    }
    return PFX_FIELD_NONE;
}

enum pfx_field pfx_field_either(struct pfx_slice name)
{
    enum pfx_field field = pfx_field_named(name);

    return field != PFX_FIELD_NONE ? field : pfx_field_find(name);
}
