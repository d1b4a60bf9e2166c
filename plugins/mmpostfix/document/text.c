/* SPDX-License-Identifier: Apache-2.0 */
/* JSON text; see text.h. */
#include "document/text.h"
#include "document/limit.h"
#include "document/quote.h"
#include "document/runs.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The text before a field's value, always copied as a whole block, whatever its length. */
struct key {
    char text[PFX_TEXT_NAME_MAX + 7]; /* ', "name": ' */
    unsigned char length;
    unsigned char type; /* enum pfx_type */
};

static struct key keys[PFX_FORMATS][2][PFX_FIELD_COUNT];
static pthread_once_t once = PTHREAD_ONCE_INIT;

struct render {
    struct pfx_text *text;
    const struct key *keys;
    enum pfx_format format;
    bool spaced;
    size_t brief; /* a text of so many bytes is within the limit */
};

static char *put_literal(char *out, struct pfx_slice s)
{
    memcpy(out, s.text, s.length);
    return out + s.length;
}

/* The same of a few bytes, by two copies that may overlap. */
static inline char *put_short(char *out, struct pfx_slice s)
{
    if (s.length >= 8 && s.length <= 16) {
        memcpy(out, s.text, 8);
        memcpy(out + s.length - 8, s.text + s.length - 8, 8);
    } else if (s.length >= 4 && s.length < 8) {
        memcpy(out, s.text, 4);
        memcpy(out + s.length - 4, s.text + s.length - 4, 4);
    } else {
        return put_literal(out, s);
    }
    return out + s.length;
}

/* The lines of s, with between as separator. */
static __attribute__((noinline)) char *put_lines(char *out, struct pfx_slice s,
                                                 struct pfx_slice between, bool alone)
{
    ptrdiff_t end;

    while ((end = pfx_slice_find(s, PFX_SLICE("\n"))) >= 0) {
        if (!pfx_quote(&out, pfx_slice_until(s, (size_t)end)) && !alone)
            return out;
        out = put_literal(out, between);
        s = pfx_slice_from(s, (size_t)end + 1);
    }
    pfx_quote(&out, s);
    return out;
}

static char *put_array(char *out, struct pfx_slice s, bool spaced)
{
    out = put_literal(out, spaced ? PFX_SLICE("[ \"") : PFX_SLICE("[\""));
    out = put_lines(out, s, spaced ? PFX_SLICE("\", \"") : PFX_SLICE("\",\""), true);
    return put_literal(out, spaced ? PFX_SLICE("\" ]") : PFX_SLICE("\"]"));
}

static __attribute__((noinline)) char *put_line(char *out, struct pfx_slice front,
                                                struct pfx_slice text)
{
    if (pfx_quote(&out, front)) {
        *out++ = ' ';
        pfx_quote(&out, text);
    }
    return out;
}

/* A value that is no plain string. */
static __attribute__((noinline)) char *put_value(char *out, const struct pfx_member *member,
                                                 bool spaced)
{
    if (member->shape == PFX_SHAPE_ARRAY)
        return put_array(out, member->text, spaced);
    if (member->shape >= PFX_SHAPE_INTEGER)
        return put_short(out, member->text);
    *out++ = '"';
    if (member->shape == PFX_SHAPE_LOWER)
        pfx_quote_as(&out, member->text, true);
    else if (member->shape == PFX_SHAPE_JOINED)
        out = put_lines(out, member->text, PFX_SLICE(", "), false);
    else
        out = put_line(out, member->front, member->text);
    *out++ = '"';
    return out;
}

/* The key of a member that is no field's. */
static __attribute__((noinline)) char *put_name(char *out, const struct pfx_member *member,
                                                bool spaced)
{
    memcpy(out, spaced ? ", \"" : ",\"", 3);
    out += spaced ? 3 : 2;
    if (member->constant)
        out = put_short(out, member->name);
    else
        pfx_quote(&out, member->name);
    memcpy(out, spaced ? "\": " : "\":", 3);
    return out + (spaced ? 3 : 2);
}

static __attribute__((cold, noinline)) int grow(struct pfx_text *text, size_t more)
{
    size_t size = (text->length + more) * 2;
    char *grown = realloc(text->text, size);

    if (grown == NULL)
        return -1;
    text->text = grown;
    text->size = size;
    return 0;
}

/* A member of the head of GELF begins, of which that is the first letter. */
static void mark(struct pfx_text *text, char name)
{
    if (name == 'h')
        text->line_begin = text->length;
    else if (name == 't')
        text->line_end = text->length;
    else if (name == 'l')
        text->fields_begin = text->length + strlen(", \"level\": 6");
}

/* One of ECS has ended, which is of its head or of tls_version. */
static void mark_end(struct pfx_text *text, char name)
{
    if (name != 't')
        text->line_end = text->fields_begin = text->length;
}

/* Runs for each of some thirty members a line: the common case is inline. */
static int take(void *cookie, const struct pfx_member *member)
{
    const struct render *render = cookie;
    struct pfx_text *text = render->text;
    size_t bytes = member->name.length + member->front.length + member->text.length;
    char *out;

    if (bytes * PFX_QUOTE_LONGEST + sizeof(struct key) > text->size - text->length &&
        grow(text, bytes * PFX_QUOTE_LONGEST + sizeof(struct key)) < 0)
        return -1;
    out = text->text + text->length;
    if (member->field != PFX_FIELD_NONE) {
        memcpy(out, &render->keys[member->field], sizeof(struct key));
        out += render->keys[member->field].length;
    } else {
        if (render->format == PFX_GELF && member->constant)
            mark(text, member->name.text[0]);
        out = put_name(out, member, render->spaced);
    }
    if (member->shape == PFX_SHAPE_STRING) {
        *out++ = '"';
        pfx_quote(&out, member->text);
        *out++ = '"';
    } else {
        out = put_value(out, member, render->spaced);
    }
    text->length = (size_t)(out - text->text);
    if (render->format == PFX_ECS && member->field == PFX_FIELD_NONE && member->constant)
        mark_end(text, member->name.text[0]);
    return 0;
}

/* The digits of an integer as JSON wants them. */
static inline bool is_plain_integer(struct pfx_slice s)
{
    size_t i = 0;

    while (i < s.length && pfx_is_digit(s.text[i]))
        ++i;
    return i == s.length && i < 16 && (i == 1 || s.text[0] != '0');
}

/* A number as Postfix prints it, 12 or 0.5, as JSON wants it: 12.0. NULL: form.h has to look. */
static inline char *put_number(char *out, struct pfx_slice s)
{
    size_t whole = 0, i;

    while (whole < s.length && pfx_is_digit(s.text[whole]))
        ++whole;
    for (i = whole + 1; i < s.length && pfx_is_digit(s.text[i]); ++i)
        ;
    if (whole == 0 || s.length > 16 || (whole > 1 && s.text[0] == '0'))
        return NULL;
    memcpy(out, s.text, s.length);
    if (whole == s.length) {
        memcpy(out + whole, ".0", 2);
        return out + whole + 2;
    }
    if (s.text[whole] != '.' || i != s.length || i == whole + 1)
        return NULL;
    while (i > whole + 2 && s.text[i - 1] == '0') /* 0.1 for 0.10 */
        --i;
    return out + i;
}

/* Writes a field whose text is as it comes in nearly all lines; NULL: form.h has to look at it. */
static inline __attribute__((always_inline)) char *put_field(const struct render *render, char *out,
                                                             enum pfx_field field,
                                                             struct pfx_slice text,
                                                             enum pfx_mark mark)
{
    const struct key *key = &render->keys[field];
    char *value = out + key->length;

    if (text.length == 0 || text.length > render->brief ||
        (render->format == PFX_GELF && (text.text[0] == ' ' || text.text[text.length - 1] == ' ')))
        return NULL;
    memcpy(out, key, sizeof(*key));
    switch ((enum pfx_type)key->type) {
    case PFX_IP:
        if (mark != PFX_MARK_SOUND)
            return NULL;
        break;
    case PFX_INTEGER:
        if (!is_plain_integer(text))
            return NULL;
        memcpy(value, text.text, text.length);
        return value + text.length;
    case PFX_NUMBER:
        return put_number(value, text);
    case PFX_LIST:
        return NULL;
    case PFX_LOWER:
        *value++ = '"';
        pfx_quote_as(&value, text, true);
        *value++ = '"';
        return value;
    case PFX_STRING:
    case PFX_DATE:
        break;
    }
    *value++ = '"';
    pfx_quote(&value, text);
    *value++ = '"';
    return value;
}

/* Writes a run for the first time; the fields of it that were not written. */
static uint64_t put_run(const struct render *render, const struct pfx_event *event,
                        const struct pfx_run *run, char **out)
{
    char *begin = *out, *end;

    for (uint64_t left = run->fields; left != 0; left &= left - 1) {
        enum pfx_field field = (enum pfx_field)(run->word * 64 + (unsigned)__builtin_ctzll(left));
        struct pfx_slice text = event->field[field];

        end = text.length * PFX_QUOTE_LONGEST > PFX_RUN_BYTES / PFX_RUN_MAX
                  ? NULL
                  : put_field(render, *out, field, text, PFX_MARK_CONSTANT);
        if (end == NULL)
            return left;
        *out = end;
    }
    pfx_runs_learn(render->text->runs, event, run,
                   (struct pfx_slice){begin, (size_t)(*out - begin)});
    return 0;
}

/* Room for a run, or for a field beside its value. */
#define MARGIN (PFX_RUN_BYTES + PFX_RUN_MAX * sizeof(struct key))

static uint64_t put_fields(void *cookie, const struct pfx_event *event, unsigned word,
                           uint64_t fields)
{
    const struct render *render = cookie;
    struct pfx_text *text = render->text;
    char *out = text->text + text->length, *next;
    const char *end = text->text + text->size - MARGIN;
    struct pfx_run run;

    while (fields != 0) {
        unsigned field = word * 64 + (unsigned)__builtin_ctzll(fields);
        struct pfx_slice value = event->field[field], known;

        if ((ptrdiff_t)(value.length * PFX_QUOTE_LONGEST) > end - out)
            break;
        if (event->mark[field] == PFX_MARK_CONSTANT) {
            known = pfx_runs_recall(text->runs, event, word, fields,
                                    render->format * 2u + render->spaced, &run);
            if (known.length > 0)
                memcpy(out, known.text, known.length);
            out += known.length;
            fields &= ~run.fields;
            if (known.length == 0 && (run.fields = put_run(render, event, &run, &out)) != 0) {
                fields |= run.fields;
                break;
            }
            continue;
        }
        next =
            put_field(render, out, (enum pfx_field)field, value, (enum pfx_mark)event->mark[field]);
        if (next == NULL)
            break;
        out = next;
        fields &= fields - 1;
    }
    text->length = (size_t)(out - text->text);
    return fields;
}

static void make_keys(void)
{
    for (int format = PFX_GIM; format < PFX_FORMATS; ++format) {
        for (unsigned f = 0; f < PFX_FIELD_COUNT; ++f) {
            const char *name = pfx_fields[f].key[format].text;

            for (int spaced = 0; spaced < 2 && name != NULL; ++spaced) {
                struct key *key = &keys[format][spaced][f];

                key->length = (unsigned char)snprintf(key->text, sizeof(key->text),
                                                      spaced ? ", \"%s\": " : ",\"%s\":", name);
                key->type = (unsigned char)pfx_fields[f].type;
            }
        }
    }
}

void pfx_text_init(void)
{
    pthread_once(&once, make_keys);
}

int pfx_text_render(struct pfx_text *text, enum pfx_format format, bool spaced, size_t limit,
                    const struct pfx_event *event, const struct pfx_raw *raw)
{
    static const struct pfx_form_sink whole = {take, put_fields}, each = {take, NULL};
    struct render render = {text, keys[format][spaced], format, spaced, limit / 3};
    bool known;

    text->length = text->line_begin = text->line_end = text->fields_begin = 0;
    if (text->size == 0 && grow(text, 4096) < 0)
        return -1;
    if (text->runs == NULL)
        text->runs = pfx_runs_new();
    /* No constant is longer than the least limit that a site may choose. */
    known = text->runs != NULL && limit >= PFX_VALUE_LEAST;
    if (pfx_form_walk(format, limit, event, raw, known ? &whole : &each, &render) < 0)
        return -1;
    /* Each member began with a comma, and left room for more than this. */
    text->text[0] = '{';
    text->length += text->length == 0;
    text->fields_end = text->length;
    if (spaced)
        text->text[text->length++] = ' ';
    text->text[text->length++] = '}';
    text->text[text->length] = '\0';
    return 0;
}

int pfx_text_add(struct pfx_text *text, struct pfx_slice name, struct pfx_slice json)
{
    bool spaced = text->text[text->length - 2] == ' ';
    size_t bytes = name.length + json.length + sizeof(", \"\":  }");
    char *out;

    if (bytes > text->size - text->length && grow(text, bytes) < 0)
        return -1;
    out = text->text + text->length - (spaced ? 2 : 1);
    if (out[-1] != '{')
        *out++ = ',';
    if (spaced)
        *out++ = ' ';
    *out++ = '"';
    out = put_literal(out, name);
    out = put_literal(out, spaced ? PFX_SLICE("\": ") : PFX_SLICE("\":"));
    out = put_literal(out, json);
    out = put_literal(out, spaced ? PFX_SLICE(" }") : PFX_SLICE("}"));
    *out = '\0';
    text->length = (size_t)(out - text->text);
    return 0;
}

void pfx_text_forget(struct pfx_text *text)
{
    pfx_runs_free(&text->runs);
}

void pfx_text_free(struct pfx_text *text)
{
    pfx_text_forget(text);
    free(text->text);
    *text = (struct pfx_text){0};
}
