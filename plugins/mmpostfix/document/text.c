/* SPDX-License-Identifier: Apache-2.0 */
/* JSON text; see text.h. */
#include "document/text.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ONES UINT64_C(0x0101010101010101)
#define LONGEST 6 /* what one byte can become: \u001f */

/* The text before a field's value, always copied as a whole block, whatever its length. */
struct key {
    char text[PFX_TEXT_NAME_MAX + 8]; /* ', "name": ' */
    unsigned char length;
};

static struct key keys[PFX_FORMATS][2][PFX_FIELD_COUNT];
static pthread_once_t once = PTHREAD_ONCE_INIT;

struct render {
    struct pfx_text *text;
    const struct key *keys;
    bool spaced;
};

/* A vector of bytes, for any machine. */
typedef signed char block __attribute__((vector_size(16)));
typedef uint64_t halves __attribute__((vector_size(16)));

/* Set where a byte needs an escape in a JSON string, or is no ASCII, and so negative. */
static inline block special(block bytes)
{
    return (block)(bytes < ' ') | (block)(bytes == '"') | (block)(bytes == '/') |
           (block)(bytes == '\\');
}

static inline bool is_any(block found)
{
    halves both = (halves)found;

    return (both[0] | both[1]) != 0;
}

static inline block load(const char *text)
{
    block bytes;

    memcpy(&bytes, text, sizeof(bytes));
    return bytes;
}

/* Copies one to eight bytes into word and to, by two copies that may overlap. */
static inline void copy_few(char *to, struct pfx_slice s, char word[8])
{
    if (s.length >= 4) {
        memcpy(word, s.text, 4);
        memcpy(word + 4, s.text + s.length - 4, 4);
        memcpy(to, word, 4);
        memcpy(to + s.length - 4, word + 4, 4);
        return;
    }
    word[0] = to[0] = s.text[0];
    word[1] = to[s.length / 2] = s.text[s.length / 2];
    word[2] = to[s.length - 1] = s.text[s.length - 1];
}

/* Copies a text that needs no escape block by block; the last block overlaps the one before. False:
 * it needs some, and has to be written again. */
static inline bool copy_plain(char *to, struct pfx_slice s)
{
    block found = {0}, bytes;
    uint64_t word[2] = {ONES * ' ', ONES * ' '};
    size_t at = 0;

    if (s.length == 0)
        return true;
    if (s.length >= sizeof(block)) {
        for (; s.length - at > sizeof(block); at += sizeof(block)) {
            bytes = load(s.text + at);
            found |= special(bytes);
            memcpy(to + at, &bytes, sizeof(bytes));
        }
        at = s.length - sizeof(block);
        bytes = load(s.text + at);
        memcpy(to + at, &bytes, sizeof(bytes));
        return !is_any(found | special(bytes));
    }
    if (s.length >= 8) {
        memcpy(&word[0], s.text, 8);
        memcpy(&word[1], s.text + s.length - 8, 8);
        memcpy(to, &word[0], 8);
        memcpy(to + s.length - 8, &word[1], 8);
    } else {
        copy_few(to, s, (char *)&word[0]);
    }
    return !is_any(special(load((const char *)word)));
}

/* The character after the backslash; 'u' for bytes without a letter, 0 where there is none. */
static const char letters[128] = {
    [0] = 'u', 'u', 'u', 'u', 'u', 'u',         'u',         'u',           'b',
    't',       'n', 'u', 'f', 'r', 'u',         'u',         [16] = 'u',    'u',
    'u',       'u', 'u', 'u', 'u', 'u',         'u',         'u',           'u',
    'u',       'u', 'u', 'u', 'u', ['"'] = '"', ['/'] = '/', ['\\'] = '\\',
};

/* Writes one byte or one sequence of UTF-8 from the start of s, and returns its length. */
static size_t put_one(char **out, struct pfx_slice s)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char c = (unsigned char)s.text[0];
    char letter = c < 0x80 ? letters[c] : 0;
    size_t step = 1;

    if (c >= 0x80 && (step = pfx_value_utf8_step(s.text, s.length)) == 0) {
        memcpy(*out, "\xef\xbf\xbd", 3);
        *out += 3;
        return 1;
    }
    if (letter == 0) {
        memcpy(*out, s.text, step);
        *out += step;
        return step;
    }
    *(*out)++ = '\\';
    *(*out)++ = letter;
    if (letter == 'u') {
        *(*out)++ = '0';
        *(*out)++ = '0';
        *(*out)++ = hex[c >> 4];
        *(*out)++ = hex[c & 15];
    }
    return 1;
}

/* As put(), where escapes are needed. */
static __attribute__((noinline)) bool put_slowly(char **out, struct pfx_slice s)
{
    const char *at = s.text, *end = s.text + s.length, *stop;
    char *to = *out;

    while (at < end) {
        if (end - at >= (ptrdiff_t)sizeof(block) && !is_any(special(load(at)))) {
            memcpy(to, at, sizeof(block));
            to += sizeof(block);
            at += sizeof(block);
            continue;
        }
        stop = end - at > (ptrdiff_t)sizeof(block) ? at + sizeof(block) : end;
        while (at < stop) {
            unsigned char c = (unsigned char)*at;

            if (c < sizeof(letters) && letters[c] == 0) {
                *to++ = *at++;
            } else if (c == '\0') {
                *out = to;
                return false;
            } else {
                at += put_one(&to, (struct pfx_slice){at, (size_t)(end - at)});
            }
        }
    }
    *out = to;
    return true;
}

/* Writes s as the inside of a JSON string. False: libfastjson's strings end at a NUL, and so does
 * this one. */
static inline __attribute__((always_inline)) bool put(char **out, struct pfx_slice s)
{
    if (!copy_plain(*out, s))
        return put_slowly(out, s);
    *out += s.length;
    return true;
}

/* Writes s in lower case, by words: the buffer has room beyond the end. */
static __attribute__((noinline)) char *put_lower(char *out, struct pfx_slice s)
{
    char *begin = out;

    put(&out, s);
    for (; begin < out; begin += sizeof(uint64_t)) {
        uint64_t word, low, from_a, past_z;

        memcpy(&word, begin, sizeof(word));
        low = word & (ONES * 0x7f);
        from_a = low + ONES * (0x80 - 'A');
        past_z = low + ONES * (0x7f - 'Z');

        word |= ((from_a ^ past_z) & ~word & (ONES * 0x80)) >> 2;
        memcpy(begin, &word, sizeof(word));
    }
    return out;
}

static char *put_literal(char *out, struct pfx_slice s)
{
    memcpy(out, s.text, s.length);
    return out + s.length;
}

/* The lines of s, with between as separator. */
static __attribute__((noinline)) char *put_lines(char *out, struct pfx_slice s,
                                                 struct pfx_slice between, bool alone)
{
    ptrdiff_t end;

    while ((end = pfx_slice_find(s, PFX_SLICE("\n"))) >= 0) {
        if (!put(&out, pfx_slice_until(s, (size_t)end)) && !alone)
            return out;
        out = put_literal(out, between);
        s = pfx_slice_from(s, (size_t)end + 1);
    }
    put(&out, s);
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
    if (put(&out, front)) {
        *out++ = ' ';
        put(&out, text);
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
        return put_literal(out, member->text);
    *out++ = '"';
    if (member->shape == PFX_SHAPE_LOWER)
        out = put_lower(out, member->text);
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
    *out++ = ',';
    if (spaced)
        *out++ = ' ';
    *out++ = '"';
    if (member->constant)
        out = put_literal(out, member->name);
    else
        put(&out, member->name);
    *out++ = '"';
    *out++ = ':';
    if (spaced)
        *out++ = ' ';
    return out;
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

/* Runs for each of some thirty members a line: the common case is inline. */
static int take(void *cookie, const struct pfx_member *member)
{
    const struct render *render = cookie;
    struct pfx_text *text = render->text;
    size_t bytes = member->name.length + member->front.length + member->text.length;
    char *out;

    if (bytes * LONGEST + sizeof(struct key) > text->size - text->length &&
        grow(text, bytes * LONGEST + sizeof(struct key)) < 0)
        return -1;
    out = text->text + text->length;
    if (member->field != PFX_FIELD_NONE) {
        memcpy(out, &render->keys[member->field], sizeof(struct key));
        out += render->keys[member->field].length;
    } else {
        out = put_name(out, member, render->spaced);
    }
    if (member->shape == PFX_SHAPE_STRING) {
        *out++ = '"';
        put(&out, member->text);
        *out++ = '"';
    } else {
        out = put_value(out, member, render->spaced);
    }
    text->length = (size_t)(out - text->text);
    return 0;
}

static void make_keys(void)
{
    for (int format = PFX_GIM; format < PFX_FORMATS; ++format) {
        for (unsigned f = 0; f < PFX_FIELD_COUNT; ++f) {
            const char *name = pfx_fields[f].key[format].text;

            for (int spaced = 0; spaced < 2 && name != NULL; ++spaced)
                keys[format][spaced][f].length = (unsigned char)snprintf(
                    keys[format][spaced][f].text, sizeof(keys[format][spaced][f].text),
                    spaced ? ", \"%s\": " : ",\"%s\":", name);
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
    struct render render = {text, keys[format][spaced], spaced};

    text->length = 0;
    if (text->size == 0 && grow(text, 4096) < 0)
        return -1;
    if (pfx_form_walk(format, limit, event, raw, take, &render) < 0)
        return -1;
    /* Each member began with a comma, and left room for more than this. */
    text->text[0] = '{';
    text->length += text->length == 0;
    if (spaced)
        text->text[text->length++] = ' ';
    text->text[text->length++] = '}';
    text->text[text->length] = '\0';
    return 0;
}

void pfx_text_free(struct pfx_text *text)
{
    free(text->text);
    *text = (struct pfx_text){0};
}
