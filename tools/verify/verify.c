/* SPDX-License-Identifier: Apache-2.0 */
/* pfxlog verify: whether documents are those that were chained, all of them. */
#include "verbs.h"
#include "verify/anchors.h"
#include "verify/documents.h"
#include "verify/notes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct verifying {
    const struct pfxlog_options *options;
    struct pfx_hasher *hasher;
    struct ledgers ledgers;
    struct findings findings;
    struct documents documents;
    struct trust trust;
    struct notes notes;
    char *found; /* name of their file, where it was not said */
};

static bool take(void *cookie, const struct place *place, unsigned file, unsigned line)
{
    struct verifying *v = cookie;
    struct ledger *ledger = ledgers_get(&v->ledgers, pfx_slice_of(place->stream));

    if (ledger != NULL && ledger_add(ledger, place, file, line))
        return true;
    terminal_say("%s", LEDGERS_FULL);
    return false;
}

static void take_fault(void *cookie, unsigned file, unsigned line, const char *why)
{
    struct verifying *v = cookie;
    char text[500];

    snprintf(text, sizeof(text), "%s: %.300s:%u", why, documents_file(v->options, file), line);
    findings_say(&v->findings, "-", "UNREADABLE", line, line, text);
}

/* What stands beside the anchors under that ending, to be freed; NULL: they are not called so. */
static char *beside(const char *anchors, const char *ending)
{
    const char *end = strrchr(anchors, '.');
    char *name;

    if (end == NULL || end == anchors || strcmp(end, ".anchors") != 0 ||
        asprintf(&name, "%.*s%s", (int)(end - anchors), anchors, ending) < 0)
        return NULL;
    return name;
}

/* The key that is named, or that stands beside the anchors. */
static bool read_key(struct verifying *v)
{
    char *found = v->options->key == NULL ? beside(v->options->anchors, ".pub") : NULL;
    const char *name = v->options->key != NULL ? v->options->key : found;
    struct pfx_seal_key *key = NULL;

    if (name == NULL)
        terminal_say("--anchors needs --key: the public key that they are signed with");
    else
        key = trust_read(name);
    free(found);
    return key != NULL && trust_begin(&v->trust, key);
}

/* False after a message. */
static bool read_keys(struct verifying *v)
{
    const struct pfxlog_options *options = v->options;

    if (options->notes_key != NULL && (v->trust.notes = trust_read(options->notes_key)) == NULL)
        return false;
    if (options->anchors == NULL && options->notes != NULL && options->notes_key == NULL) {
        terminal_say("--notes needs --anchors or --notes-key: a key that they are signed with");
        return false;
    }
    return options->anchors == NULL || read_key(v);
}

/* The notes that are named, or that stand beside the anchors. */
static bool read_notes(struct verifying *v)
{
    const struct pfxlog_options *options = v->options;
    const char *name = options->notes;

    if (name == NULL && options->anchors != NULL) {
        v->found = beside(options->anchors, ".erased");
        if (v->found != NULL && access(v->found, F_OK) == 0)
            name = v->found;
    }
    return name == NULL ||
           notes_read(&v->notes, name, &v->trust, v->hasher, &v->ledgers, &v->findings);
}

static void add_count(uint64_t count, const char *text)
{
    if (count > 0)
        fprintf(stderr, "; %" PRIu64 " %s", count, text);
}

/* The exit status. */
static int sum_up(struct verifying *v)
{
    uint64_t repeated = 0, open = 0, erased = 0, returned = 0, bare = 0;

    for (unsigned i = 0; i < v->ledgers.count; ++i) {
        const struct ledger *ledger = &v->ledgers.ledger[i];

        repeated += ledger->repeated;
        erased += ledger->erased;
        returned += ledger->returned;
        if (ledger->anchors > 0)
            open += ledger->open;
        bare += ledger->anchors == 0;
    }
    fprintf(stderr, "%" PRIu64 " documents of %u chains, %u findings", v->documents.count,
            v->ledgers.count, v->findings.count);
    add_count(repeated, "are there twice");
    add_count(erased, "were erased on purpose");
    add_count(returned, "are there although a note says that they were erased");
    add_count(open, "are behind the last anchor, where a cut can not be seen");
    add_count(bare, "chains have no anchor: whoever has the documents could have made all of them "
                    "anew");
    add_count(v->documents.others, "lines have no document of a chain");
    fputc('\n', stderr);
    return v->findings.count > 0 || v->documents.count + erased == 0;
}

int pfxlog_verify(const struct pfxlog_options *options, struct pfx_core *core)
{
    struct verifying v = {.options = options,
                          .hasher = pfx_hasher_new(),
                          .findings = {options, 0},
                          .documents = {.take = take, .fault = take_fault}};
    bool good = v.hasher != NULL && read_keys(&v);
    int status;

    (void)core;
    v.documents.cookie = &v;
    good = good && (options->anchors == NULL ||
                    anchors_read(options->anchors, &v.trust, v.hasher, &v.ledgers, &v.findings));
    good = good && documents_read(&v.documents, options) && read_notes(&v);
    for (unsigned i = 0; i < v.ledgers.count && good; ++i)
        ledger_check(&v.ledgers.ledger[i], v.hasher, options->part, findings_tell, &v.findings);
    status = good ? sum_up(&v) : 2;
    ledgers_free(&v.ledgers);
    notes_free(&v.notes);
    free(v.found);
    trust_free(&v.trust);
    pfx_hasher_free(&v.hasher);
    return status;
}
