/* SPDX-License-Identifier: Apache-2.0 */
/* Messages; see message.h. */
#include "config.h"
#include "rsyslog.h"
#include "template.h"
#include "msg.h"

#include "message.h"

/* When the line says it was written. rsyslog gives the fraction as up to six digits, as many as
 * the sender wrote; from more than six it makes characters that are no digits. */
static struct pfx_time reported_time(smsg_t *message)
{
    struct pfx_time t = {0, 0};
    const char *digit = getTimeReported(message, tplFmtUnixDate);
    unsigned count = 0;

    for (; pfx_is_digit(*digit); ++digit)
        t.seconds = t.seconds * 10 + (*digit - '0');
    digit = getTimeReported(message, tplFmtSecFrac);
    for (; count <= 6 && pfx_is_digit(*digit); ++digit, ++count)
        t.microseconds = t.microseconds * 10 + (*digit - '0');
    if (*digit != '\0' || count > 6)
        t.microseconds = 0;
    for (; count < 6; ++count)
        t.microseconds *= 10;
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

/* Deleted first: into a container that is there already, rsyslog before 8.2606 merges at the
 * root and later ones into it. msgAddJSON owns the node, also when it fails. */
bool pfx_message_attach(smsg_t *message, const char *container, struct fjson_object *node)
{
    uchar *path = (uchar *)container + 1;

    msgDelJSON(message, path);
    return msgAddJSON(message, path, node, 0, 0) == RS_RET_OK;
}
