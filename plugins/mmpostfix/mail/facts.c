/* SPDX-License-Identifier: Apache-2.0 */
/* Packed facts; see facts.h. */
#include "mail/facts.h"

#include <stdlib.h>
#include <string.h>

/* What is known beside a text. */
struct fact {
    int64_t time;
    uint16_t field, length;
    uint8_t rank;
    bool sound; /* its text has the form of the field's type: PFX_MARK_SOUND */
};

/* Before each text in the block: its time, and the rest in one word. */
#define HEAD 12
#define FIELD_BITS 10
#define LENGTH_BITS 10
#define RANK_BITS 8

_Static_assert(PFX_FIELD_COUNT < 1 << FIELD_BITS && PFX_FACT_MAX < 1 << LENGTH_BITS, "bits");

static uint32_t take_bits(uint32_t *word, unsigned bits)
{
    uint32_t value = *word & ((1u << bits) - 1);

    *word >>= bits;
    return value;
}

static struct fact read_fact(const char *at)
{
    struct fact fact;
    uint32_t word;

    memcpy(&word, at, sizeof(word));
    memcpy(&fact.time, at + sizeof(word), sizeof(fact.time));
    fact.field = (uint16_t)take_bits(&word, FIELD_BITS);
    fact.length = (uint16_t)take_bits(&word, LENGTH_BITS);
    fact.rank = (uint8_t)take_bits(&word, RANK_BITS);
    fact.sound = (word & 1) != 0;
    return fact;
}

static void write_fact(char *at, const struct fact *fact)
{
    uint32_t word = fact->field | (uint32_t)fact->length << FIELD_BITS |
                    (uint32_t)fact->rank << (FIELD_BITS + LENGTH_BITS) |
                    (uint32_t)fact->sound << (FIELD_BITS + LENGTH_BITS + RANK_BITS);

    memcpy(at, &word, sizeof(word));
    memcpy(at + sizeof(word), &fact->time, sizeof(fact->time));
}

#define BLOCK_MAX (1 << 20)
#define FIRST 168 /* bytes of most mails' first line or two */

static struct fact fact_at(const struct pfx_facts *facts, uint32_t at)
{
    return read_fact(facts->block + at);
}

static struct pfx_slice text_at(const struct pfx_facts *facts, uint32_t at, const struct fact *fact)
{
    return (struct pfx_slice){facts->block + at + HEAD, fact->length};
}

static uint32_t span(const struct fact *fact)
{
    return HEAD + fact->length;
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
    uint32_t size = facts->length + more;
    char *grown;

    if (size <= facts->size)
        return true;
    /* The next few facts fit, too; of many more, as many again. */
    size = (uint32_t)pfx_pool_room(size < FIRST ? FIRST : size < 1000 ? size + 32 : size * 2);
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
    write_fact(facts->block + at, &fact);
    if (text.length > 0)
        memcpy(facts->block + at + HEAD, text.text, text.length);
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
            put(facts, (enum pfx_field)fact.field, text_at(from, at, &fact), fact.sound, rank,
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
                      fact.sound ? PFX_MARK_SOUND : PFX_MARK_NONE);
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
    while (bytes.length >= HEAD) {
        struct fact fact = read_fact(bytes.text);

        if (fact.field >= PFX_FIELD_COUNT || fact.length > PFX_FACT_MAX ||
            span(&fact) > bytes.length)
            return false;
        if (fact.sound && pfx_fields[fact.field].type == PFX_IP &&
            !pfx_value_is_ip((struct pfx_slice){bytes.text + HEAD, fact.length}))
            return false;
        bytes = pfx_slice_from(bytes, span(&fact));
    }
    return bytes.length == 0;
}
