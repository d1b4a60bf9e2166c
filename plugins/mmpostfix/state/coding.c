/* SPDX-License-Identifier: Apache-2.0 */
/* Mails and sessions as bytes; see coding.h. */
#include "state/coding.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

/* A saved member: a text in a fixed buffer, or a number up to most. */
struct member {
    uint16_t offset, size;
    int64_t most; /* TEXT for a text */
};

/* Counts what changed in the form of a file and can not be seen from the layout. Jobs are not in
 * that. */
#define FORMAT 3

#define TEXT (-1)
#define BITS (-2) /* 64 of them, any */
/* Times and spans, far beyond any year, so that none overflows when another is added. */
#define TIME (INT64_C(1) << 60)
/* Its versions differ on braces in macros, and tables are to stay tables. */
/* clang-format off */
#define MEMBER(type, name, most) {offsetof(struct type, name), sizeof(((struct type *)0)->name), most}

static const struct member mail_members[] = {
#define ROW(name, most) MEMBER(pfx_mail, name, most)
    ROW(instance, BITS),
    ROW(id, BITS),
    ROW(trace, BITS),
    ROW(likely, BITS),
    ROW(parent, BITS),
    ROW(parent_uid, TEXT),
    ROW(from_host, BITS),
    ROW(process, BITS),
    ROW(session, BITS),
    ROW(link, PFX_LINK_FILTER),
    ROW(first, TIME),
    ROW(last, TIME),
    ROW(opened, TIME),
    ROW(arrival, TIME),
    ROW(closed, TIME),
    ROW(watched, TIME),
    ROW(held, TIME),
    ROW(released, TIME),
    ROW(active[0], TIME),
    ROW(active[1], TIME),
    ROW(active[2], TIME),
    ROW(active[3], TIME),
    ROW(attempts, UINT32_MAX),
    ROW(nrcpt, INT64_MAX),
    ROW(records, UINT32_MAX),
    ROW(end, PFX_FATES - 1),
    ROW(expired, 1),
    ROW(has_message_id, 1),
    ROW(aborted, 1),
    ROW(from_here, 1),
    ROW(coarse, 1),
    ROW(stranger, 1),
#undef ROW
};
/* clang-format on */

static const struct member session_members[] = {
#define ROW(name, most) MEMBER(pfx_session, name, most)
    ROW(id, BITS),           ROW(trace, BITS),         ROW(client, TEXT),
    ROW(port, TEXT),         ROW(last_queue_id, TEXT), ROW(last_mail, BITS),
    ROW(first, TIME),        ROW(opened, TIME),        ROW(closed, TIME),
    ROW(mails, UINT32_MAX),  ROW(refused, UINT32_MAX), ROW(logins, UINT32_MAX),
    ROW(denied, UINT32_MAX), ROW(trace_taken, 1),      ROW(passed, 1),
    ROW(coarse, 1),          ROW(fate, PFX_FATES - 1), ROW(fated, TIME),
#undef ROW
};

static const struct member recipient_members[] = {
#define ROW(name, most) MEMBER(pfx_recipient, name, most)
    ROW(time, TIME),          ROW(delay, TIME), ROW(attempts, UINT32_MAX),
    ROW(fate, PFX_FATES - 1), ROW(internal, 1),
#undef ROW
};

static const struct member job_members[] = {
#define ROW(name, most) MEMBER(pfx_job, name, most)
    ROW(id, BITS),     ROW(mail, BITS),   ROW(mail_id, BITS),       ROW(named, BITS),
    ROW(notice, TEXT), ROW(opened, TIME), ROW(fate, PFX_FATES - 1),
#undef ROW
};

static const struct member rest_members[] = {
#define ROW(name, most) MEMBER(pfx_rest, name, most)
    ROW(key, BITS), ROW(child, BITS), ROW(time, TIME), ROW(fate, PFX_FATES - 1), ROW(internal, 1),
#undef ROW
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

void pfx_encode_add(struct pfx_encoder *pack, const void *bytes, size_t length)
{
    if (pack->size - pack->length < length) {
        size_t size = (pack->length + length) * 2 + 4096;
        char *grown = realloc(pack->bytes, size);

        if (grown == NULL) {
            pack->failed = true;
            return;
        }
        pack->bytes = grown;
        pack->size = size;
    }
    if (length > 0)
        memcpy(pack->bytes + pack->length, bytes, length);
    pack->length += length;
}

void pfx_encode_number(struct pfx_encoder *pack, int64_t number)
{
    pfx_encode_add(pack, &number, sizeof(number));
}

void pfx_encode_text(struct pfx_encoder *pack, struct pfx_slice text)
{
    pfx_encode_number(pack, (int64_t)text.length);
    pfx_encode_add(pack, text.text, text.length);
}

bool pfx_decode_number(struct pfx_slice *bytes, int64_t *number_r)
{
    if (bytes->length < sizeof(*number_r))
        return false;
    memcpy(number_r, bytes->text, sizeof(*number_r));
    *bytes = pfx_slice_from(*bytes, sizeof(*number_r));
    return true;
}

bool pfx_decode_text(struct pfx_slice *bytes, struct pfx_slice *text_r)
{
    int64_t length;

    if (!pfx_decode_number(bytes, &length) || length < 0 || (uint64_t)length > bytes->length)
        return false;
    *text_r = pfx_slice_until(*bytes, (size_t)length);
    *bytes = pfx_slice_from(*bytes, (size_t)length);
    return true;
}

static int64_t number_of(const char *at, size_t size)
{
    int64_t number = 0;
    uint32_t word;

    if (size == sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        return word;
    }
    memcpy(&number, at, size); /* 1 or 8 bytes; of 1 the first is the lowest */
    return size == 1 ? (unsigned char)*at : number;
}

static void pack_members(struct pfx_encoder *pack, const void *from, const struct member *member,
                         size_t count)
{
    for (; count > 0; --count, ++member) {
        const char *at = (const char *)from + member->offset;

        if (member->most == TEXT)
            pfx_encode_text(pack, (struct pfx_slice){at, strlen(at)});
        else
            pfx_encode_number(pack, number_of(at, member->size));
    }
}

static bool unpack_members(struct pfx_slice *bytes, void *to, const struct member *member,
                           size_t count)
{
    for (; count > 0; --count, ++member) {
        char *at = (char *)to + member->offset;
        struct pfx_slice text;
        int64_t number;

        if (member->most == TEXT) {
            if (!pfx_decode_text(bytes, &text) || text.length >= member->size ||
                memchr(text.text, '\0', text.length) != NULL)
                return false;
            memcpy(at, text.text, text.length);
            at[text.length] = '\0';
            continue;
        }
        if (!pfx_decode_number(bytes, &number))
            return false;
        if (member->most != BITS && (number > member->most || (number < 0 && member->most < TIME) ||
                                     (number < -TIME && member->most == TIME)))
            return false;
        if (member->size == 1)
            *at = (char)number;
        else if (member->size == sizeof(uint32_t))
            memcpy(at, &(uint32_t){(uint32_t)number}, sizeof(uint32_t));
        else
            memcpy(at, &number, sizeof(number));
    }
    return true;
}

static bool unpack_facts(struct pfx_slice *bytes, struct pfx_facts *facts)
{
    struct pfx_slice block;

    if (!pfx_decode_text(bytes, &block) || !pfx_facts_sound(block))
        return false;
    if (block.length == 0)
        return true;
    facts->block = malloc(block.length);
    if (facts->block == NULL)
        return false;
    memcpy(facts->block, block.text, block.length);
    facts->length = facts->size = (uint32_t)block.length;
    return true;
}

void pfx_encode_mail(struct pfx_encoder *pack, const struct pfx_mail *mail)
{
    pack_members(pack, mail, mail_members, COUNT(mail_members));
    pfx_encode_text(pack, (struct pfx_slice){mail->facts.block, mail->facts.length});
    pfx_encode_number(pack, mail->recipients.beyond);
    pfx_encode_number(pack, mail->recipients.delay);
    pfx_encode_number(pack, mail->recipients.rests);
    for (uint32_t i = 0; i < mail->recipients.slots; ++i) {
        if (mail->recipients.rest[i].key != 0)
            pack_members(pack, &mail->recipients.rest[i], rest_members, COUNT(rest_members));
    }
    pfx_encode_number(pack, mail->recipients.rows);
    for (uint32_t i = 0; i < mail->recipients.rows; ++i) {
        const struct pfx_recipient *row = &mail->recipients.row[i];

        pack_members(pack, row, recipient_members, COUNT(recipient_members));
        for (int t = 0; t < PFX_RCPT_TEXTS; ++t)
            pfx_encode_text(pack, pfx_recipient_text(row, (enum pfx_recipient_text)t));
    }
}

static bool unpack_recipient(struct pfx_slice *bytes, struct pfx_recipients *recipients)
{
    struct pfx_recipient row = {0};
    struct pfx_delivery delivery;
    uint32_t rows = recipients->rows;

    if (!unpack_members(bytes, &row, recipient_members, COUNT(recipient_members)))
        return false;
    for (int t = 0; t < PFX_RCPT_TEXTS; ++t) {
        if (!pfx_decode_text(bytes, &delivery.text[t]))
            return false;
    }
    delivery.time = row.time;
    delivery.delay = row.delay;
    delivery.fate = (enum pfx_fate)row.fate;
    delivery.internal = row.internal;
    if (!pfx_recipients_put(recipients, &delivery) || recipients->rows != rows + 1)
        return false;
    for (uint32_t i = 0; i < recipients->rows; ++i) {
        if (recipients->row[i].time == row.time &&
            pfx_slice_equal(pfx_recipient_text(&recipients->row[i], PFX_RCPT_TO),
                            delivery.text[PFX_RCPT_TO]) &&
            pfx_slice_equal(pfx_recipient_text(&recipients->row[i], PFX_RCPT_ORIG),
                            delivery.text[PFX_RCPT_ORIG]))
            recipients->row[i].attempts = row.attempts;
    }
    return true;
}

static bool unpack_rests(struct pfx_slice *bytes, struct pfx_recipients *recipients)
{
    int64_t rests;

    if (!pfx_decode_number(bytes, &rests) || rests < 0 || rests > PFX_RECIPIENTS_REST_MAX)
        return false;
    for (; rests > 0; --rests) {
        struct pfx_rest rest = {0};

        if (!unpack_members(bytes, &rest, rest_members, COUNT(rest_members)) || rest.key == 0 ||
            !pfx_recipients_put_rest(recipients, &rest))
            return false;
    }
    return true;
}

bool pfx_decode_mail(struct pfx_slice *bytes, struct pfx_mail *mail_r)
{
    struct pfx_recipients *recipients = &mail_r->recipients;
    int64_t beyond, rows;

    if (!unpack_members(bytes, mail_r, mail_members, COUNT(mail_members)) ||
        !unpack_facts(bytes, &mail_r->facts) || !pfx_decode_number(bytes, &beyond) ||
        !pfx_decode_number(bytes, &recipients->delay) || !unpack_rests(bytes, recipients) ||
        !pfx_decode_number(bytes, &rows) || beyond < 0 || beyond > UINT32_MAX || rows < 0 ||
        rows > PFX_RECIPIENTS_MAX)
        return false;
    for (; rows > 0; --rows) {
        if (!unpack_recipient(bytes, recipients))
            return false;
    }
    recipients->beyond = (uint32_t)beyond;
    return true;
}

void pfx_encode_session(struct pfx_encoder *pack, const struct pfx_session *session)
{
    pack_members(pack, session, session_members, COUNT(session_members));
    pfx_encode_text(pack, (struct pfx_slice){session->facts.block, session->facts.length});
}

bool pfx_decode_session(struct pfx_slice *bytes, struct pfx_session *session_r)
{
    return unpack_members(bytes, session_r, session_members, COUNT(session_members)) &&
           unpack_facts(bytes, &session_r->facts);
}

void pfx_encode_job(struct pfx_encoder *pack, const struct pfx_job *job)
{
    pack_members(pack, job, job_members, COUNT(job_members));
    pfx_encode_text(pack, (struct pfx_slice){job->facts.block, job->facts.length});
}

bool pfx_decode_job(struct pfx_slice *bytes, struct pfx_job *job_r)
{
    return unpack_members(bytes, job_r, job_members, COUNT(job_members)) &&
           unpack_facts(bytes, &job_r->facts);
}

bool pfx_coding_is_key(struct pfx_slice key)
{
    const size_t front = 1 + sizeof(uint64_t);
    unsigned ends = 0;

    for (size_t i = front; i < key.length; ++i)
        ends += key.text[i] == '\0';
    return key.length > front && ends == 1;
}

uint64_t pfx_coding_layout(void)
{
    uint64_t layout = FORMAT * 1000000 + COUNT(mail_members) * 10000 +
                      COUNT(session_members) * 100 + COUNT(recipient_members);

    for (unsigned f = 0; f < PFX_FIELD_COUNT; ++f)
        layout = pfx_hash(pfx_fields[f].word, layout);
    return layout;
}
