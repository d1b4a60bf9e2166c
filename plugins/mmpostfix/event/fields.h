/* SPDX-License-Identifier: Apache-2.0 */
/* The table of fields.def as data. Immutable, usable from any thread. */
#ifndef PFX_FIELDS_H
#define PFX_FIELDS_H

#include "event/format.h"
#include "base/value.h"

enum pfx_field {
#define PFX_FIELD(word, name, ecs, type, scope, privacy, meaning) PFX_F_##word,
#include "event/fields.def"
#undef PFX_FIELD
    PFX_FIELD_COUNT,
    PFX_FIELD_NONE = -1
};

enum pfx_type { PFX_STRING, PFX_LOWER, PFX_INTEGER, PFX_NUMBER, PFX_IP, PFX_DATE, PFX_LIST };
enum pfx_scope { PFX_LINE, PFX_CLIENT, PFX_LOGIN, PFX_SESSION, PFX_MAIL };
enum pfx_privacy {
    PFX_PRIVACY_NONE,
    PFX_PRIVACY_ADDRESS,
    PFX_PRIVACY_USER,
    PFX_PRIVACY_HOST,
    PFX_PRIVACY_NEXT_HOP,
    PFX_PRIVACY_IP,
    PFX_PRIVACY_PORT,
    PFX_PRIVACY_SESSION,
    PFX_PRIVACY_MESSAGE,
    PFX_PRIVACY_CONTENT,
    PFX_PRIVACY_TEXT,
    PFX_PRIVACY_VALUE
};

/* Of a field whose text is a sentence or what somebody wrote, not a fact. */
#define PFX_IS_TEXT(privacy) ((privacy) == PFX_PRIVACY_TEXT || (privacy) == PFX_PRIVACY_CONTENT)

struct pfx_field_row {
    struct pfx_slice word;             /* ends in NUL */
    const char *name;                  /* in the output */
    const char *ecs;                   /* the same in the Elastic Common Schema, or NULL */
    struct pfx_slice key[PFX_FORMATS]; /* those as keys; GELF has an underscore in front */
    enum pfx_type type;
    enum pfx_scope scope;
    enum pfx_privacy privacy;
    const char *meaning;
};

/* What neighbours tell of a mail: the rows of fields.def from the first to the last of them. */
#define PFX_IS_NEIGHBOURS(field) ((field) >= PFX_F_filter_verdict && (field) <= PFX_F_symbols)

/* One row a field, indexed by enum pfx_field. */
extern const struct pfx_field_row pfx_fields[PFX_FIELD_COUNT];

/* The fields of a scope as bits, in the words that struct pfx_event has; those of a session are
 * also those of its client and its login. */
#define PFX_FIELD_WORDS ((PFX_FIELD_COUNT + 63) / 64)
extern uint64_t pfx_scope_client[PFX_FIELD_WORDS], pfx_scope_login[PFX_FIELD_WORDS],
    pfx_scope_session[PFX_FIELD_WORDS], pfx_scope_mail[PFX_FIELD_WORDS];

/* The first field that has the same ECS name; valid once pfx_fields_init() ran. */
extern uint16_t pfx_ecs_first[PFX_FIELD_COUNT];

/* The field of a word, or PFX_FIELD_NONE. Any thread, once pfx_fields_init() ran. */
enum pfx_field pfx_field_find(struct pfx_slice word);

/* The field of that name in the output, "vendor_event_type", or PFX_FIELD_NONE. Not for each line.
 */
enum pfx_field pfx_field_named(struct pfx_slice name);
/* The field of that name in the output, else of that word: what a table of a site may say. */
enum pfx_field pfx_field_either(struct pfx_slice name);

/* Builds the index of words. Call before anything else, idempotent and thread-safe. */
void pfx_fields_init(void);

#endif
