/* SPDX-License-Identifier: Apache-2.0 */
/* JSON objects around lines; see json.h.
 *
 * A reader of its own and no tree: the objects come one a line, a few strings of each are wanted,
 * and a hostile one with a hundred thousand members must not cost more than its bytes.
 */
#include "line/json.h"
#include "line/stamp.h"

#include <stddef.h>

/* The rest of the line, and where decoded text goes. */
struct cursor {
    struct pfx_slice rest;
    char *out;
};

static char next(const struct cursor *cursor)
{
    return cursor->rest.length > 0 ? cursor->rest.text[0] : '\0';
}

static void move(struct cursor *cursor, size_t length)
{
    cursor->rest = pfx_slice_from(cursor->rest, length);
}

static bool take(struct cursor *cursor, char c)
{
    while (next(cursor) == ' ' || next(cursor) == '\t')
        move(cursor, 1);
    if (next(cursor) != c)
        return false;
    move(cursor, 1);
    return true;
}

/* Four hex digits after "\u". */
static bool take_hex(struct cursor *cursor, unsigned *value_r)
{
    unsigned value = 0;

    if (cursor->rest.length < 4)
        return false;
    for (int i = 0; i < 4; ++i) {
        char c = cursor->rest.text[i];
        unsigned digit = (unsigned)(c - '0');

        if (c < '0' || c > '9') {
            digit = (unsigned)((c | 0x20) - 'a') + 10;
            if (digit < 10 || digit > 15)
                return false;
        }
        value = value * 16 + digit;
    }
    move(cursor, 4);
    *value_r = value;
    return true;
}

static void put(struct cursor *cursor, unsigned code)
{
    *cursor->out++ = (char)code;
}

/* As UTF-8, which is never longer than the escape. NUL becomes '?', as in any line. */
static void put_code(struct cursor *cursor, unsigned code)
{
    if (code < 0x80) {
        put(cursor, code == 0 ? '?' : code);
        return;
    }
    if (code < 0x800) {
        put(cursor, 0xc0 | code >> 6);
    } else {
        if (code < 0x10000) {
            put(cursor, 0xe0 | code >> 12);
        } else {
            put(cursor, 0xf0 | code >> 18);
            put(cursor, 0x80 | (code >> 12 & 0x3f));
        }
        put(cursor, 0x80 | (code >> 6 & 0x3f));
    }
    put(cursor, 0x80 | (code & 0x3f));
}

/* What stands after a backslash. */
static bool take_escape(struct cursor *cursor)
{
    static const char plain[] = "\"\\/bfnrt", meaning[] = "\"\\/\b\f\n\r\t";
    char c = next(cursor);
    const char *found = c == '\0' ? NULL : strchr(plain, c);
    unsigned code, low;

    if (found == NULL && c != 'u')
        return false;
    move(cursor, 1);
    if (found != NULL) {
        put(cursor, (unsigned char)meaning[found - plain]);
        return true;
    }
    if (!take_hex(cursor, &code))
        return false;
    if (code >= 0xd800 && code < 0xdc00 && pfx_slice_starts(cursor->rest, PFX_SLICE("\\u"))) {
        move(cursor, 2);
        if (!take_hex(cursor, &low) || low < 0xdc00 || low > 0xdfff)
            return false;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    put_code(cursor, code);
    return true;
}

/* A string, decoded, with a NUL behind it. */
static bool take_string(struct cursor *cursor, struct pfx_slice *string_r)
{
    char *begin = cursor->out;

    if (!take(cursor, '"'))
        return false;
    while (cursor->rest.length > 0 && next(cursor) != '"') {
        char c = next(cursor);

        move(cursor, 1);
        if (c != '\\')
            put(cursor, (unsigned char)c);
        else if (!take_escape(cursor))
            return false;
    }
    if (!take(cursor, '"'))
        return false;
    *string_r = (struct pfx_slice){begin, (size_t)(cursor->out - begin)};
    *cursor->out++ = '\0';
    return true;
}

/* "[104, 105]", which is how the journal writes what is no UTF-8. */
static bool take_bytes(struct cursor *cursor, struct pfx_slice *string_r)
{
    char *begin = cursor->out;

    if (!take(cursor, '['))
        return false;
    do {
        unsigned value = 0;

        take(cursor, ' ');
        if (next(cursor) < '0' || next(cursor) > '9')
            return false;
        for (; pfx_is_digit(next(cursor)) && value < 256; move(cursor, 1))
            value = value * 10 + (unsigned)(next(cursor) - '0');
        put(cursor, value == 0 || value > 255 ? '?' : value);
    } while (take(cursor, ','));
    *string_r = (struct pfx_slice){begin, (size_t)(cursor->out - begin)};
    *cursor->out++ = '\0';
    return take(cursor, ']');
}

/* Any value, unread: up to the comma or brace that ends it. */
static bool skip_value(struct cursor *cursor)
{
    size_t depth = 0, at = 0;
    bool quoted = false;

    for (; at < cursor->rest.length; ++at) {
        char c = cursor->rest.text[at];

        if (quoted && c == '\\')
            ++at;
        else if (c == '"')
            quoted = !quoted;
        else if (quoted)
            continue;
        else if (c == '{' || c == '[')
            ++depth;
        else if (depth == 0 && (c == ',' || c == '}' || c == ']'))
            break;
        else if (c == '}' || c == ']')
            --depth;
    }
    move(cursor, at);
    return at > 0 && cursor->rest.length > 0;
}

/* The members that are of use. Of two for one thing the first in the table counts. */
static const struct member {
    struct pfx_slice name;
    size_t place;
} members[] = {
    {{"log", 3}, offsetof(struct pfx_json, text)},
    {{"MESSAGE", 7}, offsetof(struct pfx_json, text)},
    {{"_HOSTNAME", 9}, offsetof(struct pfx_json, host)},
    {{"SYSLOG_IDENTIFIER", 17}, offsetof(struct pfx_json, ident)},
    {{"SYSLOG_PID", 10}, offsetof(struct pfx_json, pid)},
    {{"_PID", 4}, offsetof(struct pfx_json, pid)},
    {{"time", 4}, offsetof(struct pfx_json, stamp)},
    {{"_SOURCE_REALTIME_TIMESTAMP", 26}, offsetof(struct pfx_json, realtime)},
    {{"__REALTIME_TIMESTAMP", 20}, offsetof(struct pfx_json, realtime)},
};
#define MEMBERS (sizeof(members) / sizeof(members[0]))

/* "NAME": VALUE. found: the value of each member, by its row. */
static bool take_member(struct cursor *cursor, struct pfx_slice found[MEMBERS])
{
    struct cursor before = *cursor;
    struct pfx_slice name, value;
    size_t row = 0;

    if (!take_string(cursor, &name))
        return false;
    while (row < MEMBERS && !pfx_slice_equal(name, members[row].name))
        ++row;
    cursor->out = before.out;
    if (!take(cursor, ':'))
        return false;
    before = *cursor;
    if (row == MEMBERS || found[row].text != NULL)
        return skip_value(cursor);
    if (take_string(cursor, &value) || (*cursor = before, take_bytes(cursor, &value))) {
        found[row] = value;
        return true;
    }
    *cursor = before;
    return skip_value(cursor);
}

bool pfx_json_unwrap(struct pfx_slice line, char *room, struct pfx_json *json_r)
{
    struct cursor cursor = {line, room};
    struct pfx_slice found[MEMBERS] = {{NULL, 0}};

    if (!take(&cursor, '{'))
        return false;
    do {
        if (!take_member(&cursor, found))
            return false;
    } while (take(&cursor, ','));
    if (!take(&cursor, '}'))
        return false;
    memset(json_r, 0, sizeof(*json_r));
    for (size_t i = MEMBERS; i-- > 0;) {
        if (found[i].text != NULL)
            *(struct pfx_slice *)((char *)json_r + members[i].place) = found[i];
    }
    while (pfx_slice_ends(json_r->text, PFX_SLICE("\n")) ||
           pfx_slice_ends(json_r->text, PFX_SLICE("\r")))
        --json_r->text.length;
    if (json_r->text.length == 0)
        return false;
    room[json_r->text.text - room + (ptrdiff_t)json_r->text.length] = '\0';
    return true;
}

bool pfx_json_time(const struct pfx_json *json, struct pfx_time *time_r)
{
    struct pfx_slice stamp = json->stamp;
    struct pfx_stamp taken;
    int64_t microseconds;

    if (pfx_value_integer(json->realtime, &microseconds) && microseconds > 0) {
        *time_r = (struct pfx_time){microseconds / 1000000, (int32_t)(microseconds % 1000000)};
        return true;
    }
    if (!pfx_stamp_take(&stamp, (struct pfx_time){0, 0}, &taken) || taken.guessed)
        return false;
    *time_r = taken.time;
    return true;
}
