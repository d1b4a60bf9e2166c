/* SPDX-License-Identifier: Apache-2.0 */
/* Files of anchors; see anchors.h. */
#include "verify/anchors.h"
#include "verify/documents.h"

#include <stdio.h>
#include <string.h>

struct reading {
    struct trust *trust;
    struct pfx_hasher *hasher;
    struct ledgers *ledgers;
    struct findings *findings;
    unsigned line;
    /* The one before: */
    char stream[PFX_CHAIN_STREAM];
    unsigned char hash[PFX_SEAL_HASH];
    uint64_t last;
};

/* Whether it follows the one before, or begins a new chain. Of a part what was before is unknown.
 */
static bool follows(const struct reading *reading, const struct pfx_anchor *anchor)
{
    static const unsigned char none[PFX_SEAL_HASH];

    if (reading->stream[0] == '\0')
        return reading->findings->options->part ||
               (anchor->first == 1 && memcmp(anchor->previous, none, sizeof(none)) == 0);
    if (!pfx_slice_equal(pfx_slice_of(reading->stream), anchor->stream))
        return anchor->kind == PFX_ANCHOR_START && anchor->last == 0 &&
               memcmp(anchor->previous, none, sizeof(none)) == 0;
    return memcmp(reading->hash, anchor->previous, sizeof(reading->hash)) == 0 &&
           (anchor->first == reading->last + 1 || anchor->unclean);
}

/* A file that was put away while the daemon died is begun with the last anchor once more. */
static bool is_repeated(const struct reading *reading, struct pfx_slice line)
{
    unsigned char hash[PFX_SEAL_HASH];

    pfx_anchor_hash(reading->hasher, line, hash);
    return reading->stream[0] != '\0' && memcmp(hash, reading->hash, sizeof(hash)) == 0;
}

/* Takes a line. False: out of memory. */
static bool take(struct reading *reading, struct pfx_slice line)
{
    struct pfx_slice key, signed_text, signature;
    struct pfx_anchor anchor;
    const char *fault = pfx_anchor_read(line, &anchor, &key, &signed_text, &signature);
    struct ledger *ledger;

    if (is_repeated(reading, line))
        return true;
    if (fault == NULL)
        fault = trust_anchor(reading->trust, &anchor, key, signed_text, signature);
    if (fault == NULL && !follows(reading, &anchor))
        fault = "it does not follow the one before";
    if (fault != NULL) {
        findings_say(reading->findings, "anchor", "ANCHOR", reading->line, reading->line, fault);
        return true;
    }
    snprintf(reading->stream, sizeof(reading->stream), "%.*s", (int)anchor.stream.length,
             anchor.stream.text);
    pfx_anchor_hash(reading->hasher, line, reading->hash);
    reading->last = anchor.last;
    ledger = ledgers_get(reading->ledgers, anchor.stream);
    return ledger != NULL && ledger_add_anchor(ledger, &anchor, reading->line) &&
           trust_next(reading->trust, &anchor);
}

bool anchors_read(const char *name, struct trust *trust, struct pfx_hasher *hasher,
                  struct ledgers *ledgers, struct findings *findings)
{
    struct reading reading = {trust, hasher, ledgers, findings, 1, "", {0}, 0};
    struct lines *lines = documents_open(name);
    struct pfx_slice line;
    bool good = true;
    int got = 0;

    if (lines == NULL)
        return false;
    for (; good && (got = lines_next(lines, &line)) > 0; ++reading.line)
        good = take(&reading, line);
    if (!good || got < 0)
        terminal_say("%s: %s", name, good ? lines_reason(lines) : LEDGERS_FULL);
    lines_close(&lines);
    return good && got == 0;
}
