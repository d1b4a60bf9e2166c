/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps a story in a file, so that a restart loses none of it: written at the end and every so
 * often, under another name first, with a version and a checksum. A file that is damaged or of
 * another version is set aside, never believed.
 */
#ifndef PFX_KEEP_H
#define PFX_KEEP_H

#include "story.h"

struct pfx_keep;

struct pfx_keep_options {
    const char *path;
    unsigned interval;      /* seconds between two saves */
    int64_t (*clock)(void); /* seconds since 1970; rooms do not ask for the time themselves */
    /* Hears what went wrong, or what was found; from the thread that saves too. */
    void (*report)(bool failed, const char *text);
};

/* Fills an empty story from the file, if there is one, and starts the thread that saves it. NULL
 * when that could not be; the reason was reported. */
struct pfx_keep *pfx_keep_open(struct pfx_story *story, const struct pfx_keep_options *options);
/* Saves for the last time. The story has to be there still, its lines have to be over. */
void pfx_keep_close(struct pfx_keep **keep);

/* Writes the story once; false when it was not written, then the old file is still there. */
bool pfx_keep_save(struct pfx_story *story, const struct pfx_keep_options *options);
/* Reads it once. False when the file was set aside. Entries that the story's bounds do not hold are
 * let go as always. */
bool pfx_keep_restore(struct pfx_story *story, const struct pfx_keep_options *options);

#define PFX_KEEP_MAGIC "PFXSTORY"
/* For keep.c and recall.c. */
void pfx_keep_report(const struct pfx_keep_options *options, bool failed, const char *what,
                     const char *why);

#endif
