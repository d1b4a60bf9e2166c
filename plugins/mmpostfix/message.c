/* SPDX-License-Identifier: Apache-2.0 */
/* Messages; see message.h. */
#include "config.h"
#include "rsyslog.h"
#include "template.h"
#include "msg.h"

#include "line/calendar.h"
#include "message.h"

#include <stdlib.h>
#include <string.h>

/* The number of two digits; -1 when they are none. */
static int pair_at(const char *text)
{
    return pfx_is_digit(text[0]) && pfx_is_digit(text[1]) ? (text[0] - '0') * 10 + (text[1] - '0')
                                                          : -1;
}

/* "2026-08-21T10:15:32", "+02:00" or "Z": false when text is none. at: the zone. */
static bool read_time(const char *text, const char *at, int64_t *seconds_r)
{
    struct tm date = {.tm_year = pair_at(text) * 100 + pair_at(text + 2),
                      .tm_mon = pair_at(text + 5) - 1,
                      .tm_mday = pair_at(text + 8),
                      .tm_hour = pair_at(text + 11),
                      .tm_min = pair_at(text + 14),
                      .tm_sec = pair_at(text + 17)};
    int hours = 0, minutes = 0, offset;

    if (*at == '+' || *at == '-') {
        hours = pair_at(at + 1);
        minutes = hours < 0 || at[3] != ':' ? -1 : pair_at(at + 4);
    } else if (*at != 'Z') {
        return false;
    }
    /* What looks like a zone and is none: see reported_time(). */
    if (minutes < 0 || at[*at == 'Z' ? 1 : 6] != '\0')
        return false;
    if (date.tm_year < 1 || date.tm_mon < 0 || date.tm_mon > 11 || date.tm_mday < 1 ||
        date.tm_hour < 0 || date.tm_min < 0 || date.tm_sec < 0 || hours < 0 || minutes < 0)
        return false;
    offset = (hours * 60 + minutes) * (*at == '-' ? -60 : 60);
    return pfx_calendar_seconds(&date, &offset, 0, seconds_r);
}

/* A stamp of RFC 3339 with any number of digits of a fraction; what follows at most six of them has
 * to be the zone. */
static bool read_stamp(const char *text, size_t length, struct pfx_time *time_r)
{
    const char *at = text + 19, *end = text + length;
    struct pfx_time t = {0, 0};
    unsigned count = 0;

    if (length <= 19)
        return false;
    if (*at == '.')
        ++at;
    for (; count < 6 && pfx_is_digit(*at); ++at, ++count)
        t.microseconds = t.microseconds * 10 + (*at - '0');
    for (; count < 6; ++count)
        t.microseconds *= 10;
    while (at < end && pfx_is_digit(*at)) /* nanoseconds */
        ++at;
    if (!read_time(text, at, &t.seconds))
        return false;
    *time_r = t;
    return true;
}

/* When the line says it was written: by the property that templates ask for as well, so that
 * rsyslog formats it once. The fraction has as many digits as the sender wrote; from more than six
 * rsyslog makes characters that are no digits. */
static struct pfx_time reported_time(smsg_t *message)
{
    const char *text = getTimeReported(message, tplFmtRFC3339Date), *at;
    struct pfx_time t = {0, 0};

    if (read_stamp(text, strlen(text), &t))
        return t;
    t = (struct pfx_time){0, 0};
    for (at = getTimeReported(message, tplFmtUnixDate); pfx_is_digit(*at); ++at)
        t.seconds = t.seconds * 10 + (*at - '0');
    return t;
}

struct pfx_line pfx_message_line(smsg_t *message, int64_t now)
{
    uchar *tag, *raw;
    int tag_length, raw_length;
    struct pfx_line line = {.host = getHOSTNAME(message),
                            .text = (const char *)getMSG(message),
                            .text_length = (size_t)getMSGLen(message),
                            .severity = getPRIi(message) & 7,
                            .time = reported_time(message),
                            .received = {now, 0}}; /* rsyslog does not tell */

    getTAG(message, &tag, &tag_length, LOCK_MUTEX);
    line.tag = tag_length > 0 ? (const char *)tag : NULL;
    getRawMsg(message, &raw, &raw_length);
    if (raw != NULL && raw_length > 0) {
        line.raw = (const char *)raw;
        line.raw_length = (size_t)raw_length;
    }
    /* The space after the tag is part of MSG. */
    if (line.text_length > 0 && line.text[0] == ' ') {
        ++line.text;
        --line.text_length;
    }
    return line;
}

struct pfx_property {
    msgPropDescr_t description;
};

struct pfx_property *pfx_property_new(const char *name)
{
    struct pfx_property *property = calloc(1, sizeof(*property));

    if (property != NULL &&
        msgPropDescrFill(&property->description, (uchar *)name, (int)strlen(name)) != RS_RET_OK) {
        free(property);
        property = NULL;
    }
    return property;
}

void pfx_property_free(struct pfx_property **property)
{
    if (*property != NULL)
        msgPropDescrDestruct(&(*property)->description);
    free(*property);
    *property = NULL;
}

/* What it has in a message; freed_r: what is to be freed then. Empty where it has nothing. */
static struct pfx_slice read_property(smsg_t *message, struct pfx_property *property,
                                      unsigned char **freed_r)
{
    unsigned short must_be_freed = 0;
    rs_size_t length = 0;
    uchar *text = MsgGetProp(message, NULL, &property->description, &length, &must_be_freed, NULL);

    *freed_r = must_be_freed ? text : NULL;
    if (text == NULL || length <= 0)
        return PFX_NO_SLICE;
    return (struct pfx_slice){(const char *)text, (size_t)length};
}

/* How long a text is without the end of its line, which container runtimes leave in it. own: the
 * text, where it is a copy of ours. */
static size_t without_end(struct pfx_slice text, unsigned char *own)
{
    if (own == NULL)
        return text.length;
    while (text.length > 0 && (own[text.length - 1] == '\n' || own[text.length - 1] == '\r'))
        own[--text.length] = '\0';
    return text.length;
}

/* A stamp of RFC 3339 in any zone. */
static struct pfx_time time_of(struct pfx_slice text, struct pfx_time otherwise)
{
    struct pfx_time t = {0, 0};

    return read_stamp(text.text, text.length, &t) ? t : otherwise;
}

void pfx_message_take(smsg_t *message, const struct pfx_properties *of, struct pfx_line *line,
                      struct pfx_taken_texts *taken_r)
{
    struct pfx_slice text;

    *taken_r = (struct pfx_taken_texts){{NULL}};
    if (of->text == NULL)
        return;
    text = read_property(message, of->text, &taken_r->freed[0]);
    text.length = without_end(text, taken_r->freed[0]);
    if (text.length == 0)
        return;
    line->text = line->raw = text.text;
    line->text_length = line->raw_length = text.length;
    line->tag = NULL;
    if (of->tag != NULL) {
        text = read_property(message, of->tag, &taken_r->freed[1]);
        line->tag = text.text;
    }
    if (of->host != NULL) {
        text = read_property(message, of->host, &taken_r->freed[2]);
        if (text.length > 0)
            line->host = text.text;
    }
    if (of->time != NULL)
        line->time = time_of(read_property(message, of->time, &taken_r->freed[3]), line->time);
}

void pfx_message_drop(struct pfx_taken_texts *taken)
{
    for (size_t i = 0; i < sizeof(taken->freed) / sizeof(taken->freed[0]); ++i)
        free(taken->freed[i]);
}

/* Letters, with blanks, dots, dashes and the like between them: no other is a country. */
static bool is_country(const char *text, size_t length)
{
    if (length == 0 || length >= PFX_COUNTRY_SIZE || memcmp(text, "null", length) == 0)
        return false;
    for (size_t i = 0; i < length; ++i) {
        unsigned char c = (unsigned char)text[i];

        if (c < ' ' || c == 0x7f || c == '"' || c == '\\' || pfx_is_digit((char)c))
            return false;
    }
    return true;
}

const char *pfx_message_country(smsg_t *message, struct pfx_property *property,
                                char room[static PFX_COUNTRY_SIZE])
{
    unsigned char *freed;
    struct pfx_slice text = read_property(message, property, &freed);
    bool good = text.length > 0 && is_country(text.text, text.length);

    if (good) {
        memcpy(room, text.text, text.length);
        room[text.length] = '\0';
    }
    free(freed);
    return good ? room : NULL;
}

/* Deleted first: into a container that is there already, rsyslog before 8.2606 merges at the
 * root and later ones into it. msgAddJSON owns the node, also when it fails. */
bool pfx_message_attach(smsg_t *message, const char *container, struct fjson_object *node)
{
    uchar *path = (uchar *)container + 1;

    msgDelJSON(message, path);
    return msgAddJSON(message, path, node, 0, 0) == RS_RET_OK;
}
