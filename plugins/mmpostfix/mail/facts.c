/* SPDX-License-Identifier: Apache-2.0 */
/* Packed facts; see facts.h. */
#include "mail/facts.h"

#include <stdlib.h>
#include <string.h>

/* Header before each text in the block. */
struct fact {
    int64_t time;
    uint16_t field, length;
    uint8_t rank;
    uint8_t sound; /* its text has the form of the field's type: PFX_MARK_SOUND */
};

#define BLOCK_MAX (1 << 20)

static struct fact fact_at(const struct pfx_facts *facts, uint32_t at)
{
    struct fact fact;

    memcpy(&fact, facts->block + at, sizeof(fact));
    return fact;
}

static struct pfx_slice text_at(const struct pfx_facts *facts, uint32_t at, const struct fact *fact)
{
    return (struct pfx_slice){facts->block + at + sizeof(*fact), fact->length};
}

static uint32_t span(const struct fact *fact)
{
    return (uint32_t)sizeof(*fact) + fact->length;
}

/* Where the field stands, or the end of the block. */
static uint32_t find(const struct pfx_facts *facts, enum pfx_field field)
{
    uint32_t at = 0;

    while (at < facts->length) {
        struct fact fact = fact_at(facts, at);

        if (fact.field == field)
            break;
        at += span(&fact);
    }
    return at;
}

static bool is_better(const struct fact *new, struct pfx_slice text, const struct fact *old,
                      struct pfx_slice old_text)
{
    size_t shorter = text.length < old_text.length ? text.length : old_text.length;
    int order;

    if (new->rank != old->rank)
        return new->rank > old->rank;
    if (new->time != old->time)
        return new->time > old->time;
    order = shorter == 0 ? 0 : memcmp(text.text, old_text.text, shorter);
    return order != 0 ? order > 0 : text.length > old_text.length;
}

static bool grow(struct pfx_facts *facts, uint32_t more)
{
    uint32_t size = facts->size == 0 ? 256 : facts->size;
    char *grown;

    while (size < facts->length + more)
        size += size / 2;
    if (size == facts->size)
        return true;
    if (size > BLOCK_MAX ||
        (grown = pfx_pool_resize(facts->pool, facts->block, facts->size, size)) == NULL)
        return false;
    facts->block = grown;
    facts->size = size;
    return true;
}

/* As pfx_facts_put(), of a text of which it is known whether it is sound. */
static bool put(struct pfx_facts *facts, enum pfx_field field, struct pfx_slice text, bool sound,
                uint8_t rank, int64_t time)
{
    struct fact fact;
    uint32_t at = find(facts, field), old_span = 0;

    memset(&fact, 0, sizeof(fact)); /* the padding gets into state files too */
    fact.time = time;
    fact.field = (uint16_t)field;
    fact.length = (uint16_t)(text.length < PFX_FACT_MAX ? text.length : PFX_FACT_MAX);
    fact.rank = rank;
    fact.sound = sound && fact.length == text.length;
    text.length = fact.length;
    if (at < facts->length) {
        struct fact old = fact_at(facts, at);

        if (!is_better(&fact, text, &old, text_at(facts, at, &old)))
            return true;
        old_span = span(&old);
    }
    if (!grow(facts, span(&fact)))
        return false;
    if (old_span != span(&fact)) {
        memmove(facts->block + at + span(&fact), facts->block + at + old_span,
                facts->length - at - old_span);
        facts->length += span(&fact) - old_span;
    }
    memcpy(facts->block + at, &fact, sizeof(fact));
    if (text.length > 0)
        memcpy(facts->block + at + sizeof(fact), text.text, text.length);
    return true;
}

bool pfx_facts_put(struct pfx_facts *facts, enum pfx_field field, struct pfx_slice text,
                   uint8_t rank, int64_t time)
{
    return put(facts, field, text, false, rank, time);
}

bool pfx_facts_learn(struct pfx_facts *facts, const struct pfx_event *event,
                     const uint64_t scope[PFX_FIELD_WORDS], uint8_t rank, int64_t time)
{
    bool kept = true;

    for (unsigned word = 0; word < PFX_FIELD_WORDS; ++word) {
        for (uint64_t left = event->set[word] & scope[word]; left != 0; left &= left - 1) {
            enum pfx_field field = (enum pfx_field)(word * 64 + (unsigned)__builtin_ctzll(left));

            kept &= put(facts, field, event->field[field], event->mark[field] == PFX_MARK_SOUND,
                        rank, time);
        }
    }
    return kept;
}

bool pfx_facts_get(const struct pfx_facts *facts, enum pfx_field field, struct pfx_slice *text_r)
{
    uint32_t at = find(facts, field);
    struct fact fact;

    if (at >= facts->length)
        return false;
    fact = fact_at(facts, at);
    *text_r = text_at(facts, at, &fact);
    return true;
}

void pfx_facts_free(struct pfx_facts *facts)
{
    pfx_pool_give(facts->pool, facts->block, facts->size);
    *facts = (struct pfx_facts){.pool = facts->pool};
}

static bool is_in(const uint64_t scope[PFX_FIELD_WORDS], unsigned field)
{
    return (scope[field / 64] >> (field % 64)) & 1;
}

void pfx_facts_merge(struct pfx_facts *facts, const struct pfx_facts *from, uint8_t rank,
                     int64_t until, bool login)
{
    struct fact fact;

    for (uint32_t at = 0; at < from->length; at += span(&fact)) {
        fact = fact_at(from, at);
        if (fact.time <= until && !is_in(pfx_scope_client, fact.field) &&
            (login || !is_in(pfx_scope_login, fact.field)))
            put(facts, (enum pfx_field)fact.field, text_at(from, at, &fact), fact.sound != 0, rank,
                fact.time);
    }
}

size_t pfx_facts_tell(const struct pfx_facts *facts, struct pfx_event *event, char *scratch,
                      size_t size)
{
    struct fact fact;
    size_t used = 0;

    for (uint32_t at = 0; at < facts->length; at += span(&fact)) {
        struct pfx_slice text;

        fact = fact_at(facts, at);
        text = text_at(facts, at, &fact);
        if (text.length > size - used || pfx_event_has(event, (enum pfx_field)fact.field))
            continue;
        if (text.length > 0)
            memcpy(scratch + used, text.text, text.length);
        pfx_event_put(event, (enum pfx_field)fact.field,
                      (struct pfx_slice){scratch + used, text.length},
                      fact.sound == 1 ? PFX_MARK_SOUND : PFX_MARK_NONE);
        used += text.length;
    }
    return used;
}

bool pfx_facts_of_mail(const struct pfx_event *event)
{
    for (unsigned word = 0; word < PFX_FIELD_WORDS; ++word) {
        if ((event->set[word] & pfx_scope_mail[word]) != 0)
            return true;
    }
    return false;
}

bool pfx_facts_sound(struct pfx_slice bytes)
{
    while (bytes.length >= sizeof(struct fact)) {
        struct fact fact;

        memcpy(&fact, bytes.text, sizeof(fact));
        if (fact.field >= PFX_FIELD_COUNT || fact.length > PFX_FACT_MAX || fact.sound > 1 ||
            span(&fact) > bytes.length)
            return false;
        if (fact.sound == 1 && pfx_fields[fact.field].type == PFX_IP &&
            !pfx_value_is_ip((struct pfx_slice){bytes.text + sizeof(fact), fact.length}))
            return false;
        bytes = pfx_slice_from(bytes, span(&fact));
    }
    return bytes.length == 0;
}
