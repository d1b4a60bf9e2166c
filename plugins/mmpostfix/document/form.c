/* SPDX-License-Identifier: Apache-2.0 */
/* Members of documents; see form.h. */
#include "document/form.h"
#include "document/limit.h"

#include <string.h>

/* The release of the Elastic Common Schema whose names fields.def has. */
#define ECS_VERSION "8.17.0"

#define EXTRA_WORD_MAX 64

struct walk {
    enum pfx_format format;
    const struct pfx_event *event;
    const struct pfx_form_sink *sink;
    void *cookie;
    uint64_t given[PFX_FIELD_WORDS]; /* fields that are in the document */
    struct pfx_member member;        /* in the making; its name is constant but where one is made */
    size_t limit, brief;             /* of a value; a text of so many bytes is never longer */
    char *cut;                       /* names of those that were, each behind a line feed */
    size_t cut_length;
};

#define CUT_NAMES_MAX 900 /* bytes */

static void tell_cut(struct walk *walk, struct pfx_slice name)
{
    name = pfx_slice_from(name, walk->format == PFX_GELF && name.text[0] == '_');
    if (walk->cut_length + 1 + name.length > CUT_NAMES_MAX)
        return;
    walk->cut[walk->cut_length++] = '\n';
    memcpy(walk->cut + walk->cut_length, name.text, name.length);
    walk->cut_length += name.length;
}

/* The part of text that is within the limit; empty when no element of a list is. */
static __attribute__((noinline)) struct pfx_slice
shorten(struct walk *walk, struct pfx_slice name, enum pfx_shape shape, struct pfx_slice text)
{
    bool list = shape == PFX_SHAPE_ARRAY || shape == PFX_SHAPE_JOINED;
    struct pfx_slice part = shape >= PFX_SHAPE_INTEGER ? text
                            : list                     ? pfx_limit_list(text, walk->limit)
                                                       : pfx_limit_text(text, walk->limit);

    if (part.length < text.length)
        tell_cut(walk, name);
    return part;
}

/* All functions here: 1 given, 0 left out, -1 the walk has to end. */
static inline int give(struct walk *walk, struct pfx_slice name, enum pfx_shape shape,
                       struct pfx_slice text)
{
    if (text.length > walk->brief && (text = shorten(walk, name, shape, text)).length == 0)
        return 0;
    walk->member.name = name;
    walk->member.shape = shape;
    walk->member.text = text;
    return walk->sink->take(walk->cookie, &walk->member) < 0 ? -1 : 1;
}

static int give_integer(struct walk *walk, struct pfx_slice name, struct pfx_slice text)
{
    char copy[24], *end = copy + sizeof(copy), *begin;
    int64_t integer;

    if (!pfx_value_integer(text, &integer))
        return 0;
    if (text.text[0] == '-' || (text.text[0] == '0' && text.length > 1)) {
        begin = pfx_value_digits(end, (uint64_t)(integer < 0 ? -integer : integer), 1);
        if (integer < 0)
            *--begin = '-';
        text = (struct pfx_slice){begin, (size_t)(end - begin)};
    }
    walk->member.integer = integer;
    return give(walk, name, PFX_SHAPE_INTEGER, text);
}

/* With the digits that Postfix wrote: 0.83, 0.1 for 0.10, and 12.0 for 12. Stores keep no more. */
static int give_number(struct walk *walk, struct pfx_slice name, struct pfx_slice text)
{
    char copy[48];

    if (!pfx_value_number(text, &walk->member.number))
        return 0;
    while (text.length > 1 && text.text[0] == '0' && text.text[1] != '.')
        text = pfx_slice_from(text, 1);
    if (memchr(text.text, '.', text.length) != NULL) {
        while (text.text[text.length - 1] == '0' && text.text[text.length - 2] != '.')
            --text.length;
    } else {
        memcpy(copy, text.text, text.length); /* a number has 18 digits at most */
        memcpy(copy + text.length, ".0", 2);
        text = (struct pfx_slice){copy, text.length + 2};
    }
    return give(walk, name, PFX_SHAPE_NUMBER, text);
}

static int give_value(struct walk *walk, struct pfx_slice name, enum pfx_type type,
                      struct pfx_slice text)
{
    switch (type) {
    case PFX_INTEGER:
        return give_integer(walk, name, text);
    case PFX_NUMBER:
        return give_number(walk, name, text);
    case PFX_IP:
        return pfx_value_is_ip(text) ? give(walk, name, PFX_SHAPE_STRING, text) : 0;
    case PFX_LOWER:
        return give(walk, name, PFX_SHAPE_LOWER, text);
    case PFX_LIST:
        return give(walk, name, walk->format == PFX_GELF ? PFX_SHAPE_JOINED : PFX_SHAPE_ARRAY,
                    text);
    case PFX_STRING:
    case PFX_DATE:
        break;
    }
    return give(walk, name, PFX_SHAPE_STRING, text);
}

/* ECS has "1.3" and "tls" for TLSv1.3. */
static int give_tls_version(struct walk *walk, struct pfx_slice text)
{
    ptrdiff_t v = pfx_slice_find(text, PFX_SLICE("v"));

    if (v > 0 && give(walk, PFX_SLICE("tls.version_protocol"), PFX_SHAPE_LOWER,
                      pfx_slice_until(text, (size_t)v)) < 0)
        return -1;
    return give(walk, pfx_fields[PFX_F_tls_version].key[PFX_ECS], PFX_SHAPE_STRING,
                pfx_slice_from(text, (size_t)(v + 1)));
}

/* Two fields may share a name: only the first one with a value is output. */
static int give_ecs_field(struct walk *walk, enum pfx_field field, struct pfx_slice text)
{
    const struct pfx_field_row *row = &pfx_fields[field];
    enum pfx_type type = field == PFX_F_pid ? PFX_INTEGER : row->type;
    unsigned first = pfx_ecs_first[field];
    uint64_t bit = UINT64_C(1) << (first % 64);
    int given;

    if (row->ecs == NULL || (walk->given[first / 64] & bit) != 0)
        return 0;
    walk->member.field = field == PFX_F_tls_version ? PFX_FIELD_NONE : field;
    given = field == PFX_F_tls_version ? give_tls_version(walk, text)
                                       : give_value(walk, row->key[PFX_ECS], type, text);
    if (given > 0)
        walk->given[first / 64] |= bit;
    return given;
}

/* True when a field of the event, or one of its first extras, has that name. */
static bool is_taken(const struct walk *walk, unsigned extras, const char *name, size_t prefix)
{
    const struct pfx_event *event = walk->event;

    for (unsigned f = 0; f < PFX_FIELD_COUNT; ++f) {
        const char *key = pfx_fields[f].key[walk->format].text;

        if (key != NULL && strcmp(key, name) == 0 && pfx_event_has(event, (enum pfx_field)f))
            return true;
    }
    for (unsigned i = 0; i < extras; ++i) {
        struct pfx_slice word = pfx_slice_until(event->extra[i].word, EXTRA_WORD_MAX);

        if (pfx_slice_equal(word, (struct pfx_slice){name + prefix, strlen(name + prefix)}))
            return true;
    }
    return strcmp(pfx_fields[PFX_F_truncated].key[walk->format].text, name) == 0;
}

/* By their words, and of one word the first first: a store forgets any other order. */
static void sort_extras(const struct pfx_event *event, unsigned char order_r[PFX_EXTRA_MAX])
{
    for (unsigned i = 0; i < event->extras; ++i) {
        unsigned place = i;

        for (; place > 0 &&
               pfx_slice_compare(event->extra[order_r[place - 1]].word, event->extra[i].word) > 0;
             --place)
            order_r[place] = order_r[place - 1];
        order_r[place] = (unsigned char)i;
    }
}

/* Captures that fields.def lacks, under a prefix and their word. */
static int give_extras(struct walk *walk)
{
    static const struct pfx_slice prefixes[PFX_FORMATS] = {
        {"vendor_", 7}, {"_vendor_", 8}, {"postfix.", 8}};
    struct pfx_slice prefix = prefixes[walk->format];
    unsigned char order[PFX_EXTRA_MAX];

    sort_extras(walk->event, order);
    for (unsigned n = 0; n < walk->event->extras; ++n) {
        unsigned i = order[n];
        const struct pfx_extra *extra = &walk->event->extra[i];
        struct pfx_slice word = pfx_slice_until(extra->word, EXTRA_WORD_MAX);
        struct pfx_slice text =
            walk->format == PFX_GELF ? pfx_slice_trim(extra->text) : extra->text;
        char copy[EXTRA_WORD_MAX + 16];
        struct pfx_slice name = {copy, prefix.length + word.length};

        memcpy(copy, prefix.text, prefix.length);
        memcpy(copy + prefix.length, word.text, word.length);
        copy[name.length] = '\0';
        if (text.length > 0 && !is_taken(walk, i, copy, prefix.length) &&
            give(walk, name, PFX_SHAPE_STRING, text) < 0)
            return -1;
    }
    return 0;
}

/* As Graylog stores them: without blanks around, no empty value. */
static inline struct pfx_slice gelf_text(enum pfx_field field, struct pfx_slice text)
{
    if (text.length == 0)
        return field == PFX_F_from ? PFX_SLICE("<>") : text;
    return text.text[0] == ' ' || text.text[text.length - 1] == ' ' ? pfx_slice_trim(text) : text;
}

/* Most fields are plain texts: the fast path. */
static inline int give_field(struct walk *walk, enum pfx_field field, struct pfx_slice text)
{
    const struct pfx_field_row *row = &pfx_fields[field];

    if (walk->format == PFX_ECS)
        return give_ecs_field(walk, field, text);
    if (walk->format == PFX_GELF) {
        text = gelf_text(field, text);
        if (text.length == 0)
            return 0;
    }
    walk->member.field = field;
    return row->type == PFX_STRING ? give(walk, row->key[walk->format], PFX_SHAPE_STRING, text)
                                   : give_value(walk, row->key[walk->format], row->type, text);
}

static int give_fields(struct walk *walk)
{
    const struct pfx_event *event = walk->event;
    const bool alone = walk->sink->fields != NULL && walk->format != PFX_ECS;

    for (unsigned w = 0; w < PFX_FIELD_WORDS; ++w) {
        uint64_t own = w == PFX_F_truncated / 64 ? UINT64_C(1) << (PFX_F_truncated % 64) : 0;

        for (uint64_t left = event->set[w] & ~own; left != 0; left &= left - 1) {
            enum pfx_field field;

            if (alone && (left = walk->sink->fields(walk->cookie, event, w, left)) == 0)
                break;
            field = (enum pfx_field)(w * 64 + (unsigned)__builtin_ctzll(left));
            if (give_field(walk, field, event->field[field]) < 0)
                return -1;
        }
    }
    walk->member.constant = false;
    walk->member.field = PFX_FIELD_NONE;
    return give_extras(walk);
}

/* Tag and text share the limit of a value; the tag has half of it at most. */
static int give_line(struct walk *walk, struct pfx_slice name, const struct pfx_raw *raw)
{
    const size_t limit = walk->limit, brief = walk->brief, told = walk->cut_length;
    int given;

    walk->member.front = raw->tag;
    if (raw->tag.length + 1 + raw->text.length > brief) {
        walk->member.front = pfx_limit_text(raw->tag, limit / 2);
        walk->limit = limit - 1 - pfx_limit_bytes(walk->member.front);
        walk->brief = walk->limit / 3;
    }
    given = give(walk, name, PFX_SHAPE_LINE, raw->text);
    if (walk->member.front.length < raw->tag.length && walk->cut_length == told)
        tell_cut(walk, name);
    walk->member.front = PFX_NO_SLICE;
    walk->limit = limit;
    walk->brief = brief;
    return given;
}

/* syslog's level of a line: Postfix's own word, else the priority that it came with. */
static unsigned level_of(const struct pfx_event *event, int severity)
{
    static const struct {
        struct pfx_slice word;
        unsigned level;
    } rows[] = {{{"warning", 7}, 4}, {{"error", 5}, 3}, {{"fatal", 5}, 2}, {{"panic", 5}, 2}};
    struct pfx_slice word = pfx_event_get(event, PFX_F_level);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        if (pfx_slice_equal(rows[i].word, word))
            return rows[i].level;
    }
    return severity >= 0 && severity <= 7 ? (unsigned)severity : 6;
}

/* Seconds with six decimals, written from the end: "%lld.%06d" takes ten times as long. */
static int give_timestamp(struct walk *walk, struct pfx_time time)
{
    char copy[40], *end = copy + sizeof(copy), *begin;

    begin = pfx_value_digits(end, (uint64_t)time.microseconds % 1000000, 6);
    *--begin = '.';
    begin = pfx_value_digits(
        begin, time.seconds < 0 ? -(uint64_t)time.seconds : (uint64_t)time.seconds, 1);
    if (time.seconds < 0)
        *--begin = '-';
    walk->member.number = (double)time.seconds + time.microseconds / 1e6;
    return give(walk, PFX_SLICE("timestamp"), PFX_SHAPE_NUMBER,
                (struct pfx_slice){begin, (size_t)(end - begin)});
}

static int walk_gelf(struct walk *walk, const struct pfx_raw *raw)
{
    struct pfx_raw bare = *raw; /* without the blanks that Graylog takes off the end */
    struct pfx_slice host = pfx_slice_trim(raw->host).length == 0 ? PFX_SLICE("-") : raw->host;
    char level;

    while (bare.text.length > 0 && bare.text.text[bare.text.length - 1] == ' ')
        --bare.text.length;
    walk->member.integer = level_of(walk->event, raw->severity);
    level = (char)('0' + walk->member.integer);

    if (give(walk, PFX_SLICE("version"), PFX_SHAPE_STRING, PFX_SLICE("1.1")) < 0 ||
        give(walk, PFX_SLICE("host"), PFX_SHAPE_STRING, host) < 0 ||
        give_line(walk, PFX_SLICE("short_message"), &bare) < 0 ||
        give_timestamp(walk, raw->time) < 0 ||
        give(walk, PFX_SLICE("level"), PFX_SHAPE_INTEGER, (struct pfx_slice){&level, 1}) < 0)
        return -1;
    return give_fields(walk);
}

/* ECS categories of GIM codes; the first row that is a prefix of the code counts. A code without a
 * row has no ECS category. Only types that ECS expects of the category. */
static int give_ecs_category(struct walk *walk)
{
    static const struct {
        struct pfx_slice code, category, types;
    } rows[] = {
#define ROW(code, category, types) {PFX_SLICE(code), PFX_SLICE(category), PFX_SLICE(types)}
        ROW("10", "authentication", "info"),
        ROW("120000", "network", "connection"),
        ROW("1202", "network", "connection\nstart"),
        ROW("1203", "network", "connection\nend"),
        ROW("12", "network", "info"),
        ROW("13", "email", "info"),
        ROW("14", "network", "protocol"),
        ROW("210000", "process", "start"),
        ROW("210100", "process", "end"),
        ROW("211000", "configuration", "change"),
        ROW("21", "process", "info"),
#undef ROW
    };
    const size_t count = sizeof(rows) / sizeof(rows[0]);
    struct pfx_slice code = pfx_event_get(walk->event, PFX_F_gim_code);
    size_t i = 0;

    while (i < count && !pfx_slice_starts(code, rows[i].code))
        ++i;
    if (i < count && give(walk, PFX_SLICE("event.category"), PFX_SHAPE_ARRAY, rows[i].category) < 0)
        return -1;
    return give(walk, PFX_SLICE("event.type"), PFX_SHAPE_ARRAY,
                i < count ? rows[i].types : PFX_SLICE("info"));
}

static int walk_ecs(struct walk *walk, const struct pfx_raw *raw)
{
    if (give(walk, PFX_SLICE("ecs.version"), PFX_SHAPE_STRING, PFX_SLICE(ECS_VERSION)) < 0 ||
        give(walk, PFX_SLICE("event.kind"), PFX_SHAPE_STRING,
             pfx_event_has(walk->event, PFX_F_alert) ? PFX_SLICE("alert") : PFX_SLICE("event")) <
            0 ||
        give(walk, PFX_SLICE("event.dataset"), PFX_SHAPE_STRING, PFX_SLICE("postfix.log")) < 0 ||
        give_ecs_category(walk) < 0 || give_line(walk, PFX_SLICE("message"), raw) < 0)
        return -1;
    return give_fields(walk);
}

/* Tells which values are not whole. No event has that field. */
static int give_cut(struct walk *walk)
{
    if (walk->cut_length == 0)
        return 0;
    walk->brief = SIZE_MAX;
    walk->member.constant = true;
    walk->member.field = PFX_F_truncated;
    return give_value(walk, pfx_fields[PFX_F_truncated].key[walk->format], PFX_LIST,
                      (struct pfx_slice){walk->cut + 1, walk->cut_length - 1});
}

int pfx_form_walk(enum pfx_format format, size_t limit, const struct pfx_event *event,
                  const struct pfx_raw *raw, const struct pfx_form_sink *sink, void *cookie)
{
    char cut[CUT_NAMES_MAX];
    struct walk walk = {.format = format,
                        .event = event,
                        .sink = sink,
                        .cookie = cookie,
                        .member = {.constant = true, .field = PFX_FIELD_NONE},
                        .limit = limit,
                        .brief = limit / 3, /* a byte that is no UTF-8 becomes three */
                        .cut = cut};
    int given = format == PFX_GELF  ? walk_gelf(&walk, raw)
                : format == PFX_ECS ? walk_ecs(&walk, raw)
                                    : give_fields(&walk);

    return given < 0 || give_cut(&walk) < 0 ? -1 : 0;
}
