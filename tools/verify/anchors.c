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

/* Whether it follows the one before. */
static bool follows(const struct reading *reading, const struct pfx_anchor *anchor)
{
    return reading->stream[0] == '\0' ||
           !pfx_slice_equal(pfx_slice_of(reading->stream), anchor->stream) ||
           (memcmp(reading->hash, anchor->previous, sizeof(reading->hash)) == 0 &&
            (anchor->first == reading->last + 1 || anchor->unclean > 0));
}

/* Takes a line. False: out of memory. */
static bool take(struct reading *reading, struct pfx_slice line)
{
    struct pfx_slice key, signed_text, signature;
    struct pfx_anchor anchor;
    const char *fault = pfx_anchor_read(line, &anchor, &key, &signed_text, &signature);
    struct ledger *ledger;

    if (fault == NULL)
        fault = trust_anchor(reading->trust, signed_text, signature);
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
    return ledger != NULL && ledger_add_anchor(ledger, &anchor, reading->line);
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
