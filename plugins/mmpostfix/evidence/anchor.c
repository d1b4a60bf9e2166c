/* SPDX-License-Identifier: Apache-2.0 */
/* Anchors; see anchor.h. */
#include "evidence/anchor.h"
#include "base/timestamp.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const kinds[PFX_ANCHOR_KINDS] = {"start", "interval", "end", "key"};

bool pfx_anchor_write(const struct pfx_anchor *anchor, const struct pfx_seal_key *key,
                      char text_r[static PFX_ANCHOR_TEXT])
{
    char head[PFX_SEAL_HEX], previous[PFX_SEAL_HEX], signature[PFX_SEAL_BASE64];
    char date[PFX_TIME_TEXT];
    char unclean[48] = "", next[PFX_SEAL_HEX + 12] = "";
    int length;

    pfx_time_text(anchor->time, date);
    if (anchor->unclean)
        snprintf(unclean, sizeof(unclean), ",\"unclean_after\":%" PRIu64, anchor->known);
    if (anchor->kind == PFX_ANCHOR_KEY) {
        pfx_seal_hex(anchor->next, head);
        snprintf(next, sizeof(next), ",\"next\":\"%s\"", head);
    }
    pfx_seal_hex(anchor->head, head);
    pfx_seal_hex(anchor->previous, previous);
    length = snprintf(text_r, PFX_ANCHOR_TEXT,
                      "{\"stream\":\"%.*s\",\"kind\":\"%s\",\"first\":%" PRIu64 ",\"last\":%" PRIu64
                      "%s%s,\"head\":\"%s\",\"time\":\"%s\",\"version\":%d,"
                      "\"previous\":\"%s\",\"key\":\"%s\"",
                      (int)anchor->stream.length, anchor->stream.text, kinds[anchor->kind],
                      anchor->first, anchor->last, unclean, next, head, date, PFX_CHAIN_VERSION,
                      previous, pfx_seal_name(key));
    if (!pfx_seal_sign(key, (struct pfx_slice){text_r, (size_t)length}, signature))
        return false;
    snprintf(text_r + length, PFX_ANCHOR_TEXT - (size_t)length, ",\"signature\":\"%s\"}",
             signature);
    return true;
}

/* The value of a member, up to its end; the line has no escapes and no member twice. */
static bool member(struct pfx_slice line, const char *name, struct pfx_slice *value_r)
{
    char key[40];
    ptrdiff_t at, end;

    snprintf(key, sizeof(key), "\"%s\":", name);
    at = pfx_slice_find(line, pfx_slice_of(key));
    if (at < 1 || (line.text[at - 1] != '{' && line.text[at - 1] != ','))
        return false;
    line = pfx_slice_from(line, (size_t)at + strlen(key));
    if (pfx_slice_take(&line, PFX_SLICE("\""))) {
        end = pfx_slice_find(line, PFX_SLICE("\""));
    } else {
        for (end = 0; (size_t)end < line.length && pfx_is_digit(line.text[end]);)
            ++end;
    }
    *value_r = pfx_slice_until(line, (size_t)(end < 0 ? 0 : end));
    return end > 0;
}

static bool number(struct pfx_slice line, const char *name, uint64_t *number_r)
{
    struct pfx_slice value;
    int64_t integer;

    if (!member(line, name, &value) || !pfx_value_integer(value, &integer) || integer < 0)
        return false;
    *number_r = (uint64_t)integer;
    return true;
}

static bool date(struct pfx_slice line, int64_t *time_r)
{
    struct pfx_slice value;
    struct tm utc = {0};
    char text[32];

    if (!member(line, "time", &value) || value.length >= sizeof(text))
        return false;
    memcpy(text, value.text, value.length);
    text[value.length] = '\0';
    if (strptime(text, "%Y-%m-%dT%H:%M:%SZ", &utc) == NULL)
        return false;
    *time_r = (int64_t)timegm(&utc);
    return true;
}

const char *pfx_anchor_read(struct pfx_slice line, struct pfx_anchor *anchor_r,
                            struct pfx_slice *key_r, struct pfx_slice *signed_r,
                            struct pfx_slice *signature_r)
{
    ptrdiff_t end = pfx_slice_rfind(line, PFX_SLICE(",\"signature\":\""));
    struct pfx_slice kind, head, previous, next;
    uint64_t version;
    int found = PFX_ANCHOR_KINDS;

    *anchor_r = (struct pfx_anchor){0};
    if (end < 0 || !pfx_slice_ends(line, PFX_SLICE("\"}")))
        return "it has no signature";
    *signed_r = pfx_slice_until(line, (size_t)end);
    *signature_r = pfx_slice_from(line, (size_t)end + strlen(",\"signature\":\""));
    signature_r->length -= strlen("\"}");
    if (!member(*signed_r, "stream", &anchor_r->stream) || !member(*signed_r, "kind", &kind) ||
        !member(*signed_r, "head", &head) || !pfx_seal_unhex(head, anchor_r->head) ||
        !member(*signed_r, "previous", &previous) ||
        !pfx_seal_unhex(previous, anchor_r->previous) || !member(*signed_r, "key", key_r) ||
        !number(*signed_r, "first", &anchor_r->first) ||
        !number(*signed_r, "last", &anchor_r->last) || !date(*signed_r, &anchor_r->time))
        return "it is no anchor";
    for (int i = 0; i < PFX_ANCHOR_KINDS; ++i) {
        if (pfx_slice_equal(kind, pfx_slice_of(kinds[i])))
            found = i;
    }
    anchor_r->unclean = number(*signed_r, "unclean_after", &anchor_r->known);
    anchor_r->kind = (enum pfx_anchor_kind)found;
    if (!number(*signed_r, "version", &version) || version != PFX_CHAIN_VERSION)
        return "it is of another version";
    if (found == PFX_ANCHOR_KEY &&
        (!member(*signed_r, "next", &next) || !pfx_seal_unhex(next, anchor_r->next)))
        return "it has no next key";
    return found < PFX_ANCHOR_KINDS && anchor_r->first <= anchor_r->last + 1 ? NULL
                                                                             : "it is no anchor";
}

void pfx_anchor_hash(struct pfx_hasher *hasher, struct pfx_slice line,
                     unsigned char hash_r[static PFX_SEAL_HASH])
{
    pfx_hasher_sum(hasher, 'a', &line, 1, hash_r);
}
