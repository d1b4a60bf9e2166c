/* SPDX-License-Identifier: Apache-2.0 */
/* The state file: what it is called, how it begins, how it is opened, and how its users report. It
 * holds a story, so that a restart loses none of it. A file that is damaged or of another version
 * is set aside, never believed; one that somebody else could have made is not touched.
 */
#ifndef PFX_STATE_FILE_H
#define PFX_STATE_FILE_H

#include "base/value.h"

#include <stdbool.h>
#include <stdint.h>

struct pfx_alerts;
struct pfx_secrets;

/* Its first eight bytes. */
#define PFX_STATE_MAGIC "PFXSTORY"
/* The same of one that is sealed; see sealed.h. */
#define PFX_SEALED_MAGIC "PFXSEALD"

/* Room for a reason. */
#define PFX_STATE_WHY 600

struct pfx_state_options {
    const char *path;
    unsigned interval;      /* seconds between two saves */
    int64_t (*clock)(void); /* seconds since 1970; the state calls no time() itself */
    /* Gets errors and what was restored; also called by the thread that saves. */
    void (*report)(bool failed, const char *text);
    struct pfx_alerts *alerts; /* whose counts are kept, too; NULL: none */
    /* A reference to the secrets that files are sealed with, or NULL; any thread. NULL: none are.
     */
    struct pfx_secrets *(*secrets)(void);
};

/* Hands "state file PATH: WHAT: WHY" to the report of options; why may be NULL. */
void pfx_state_report(const struct pfx_state_options *options, bool failed, const char *what,
                      const char *why);

/* All of the following: nothing blocks, no link is followed, and why_r names what is in the way.
 *
 * The directory has to be there, root's or our own, and writable for us and for nobody else; so has
 * the file, which is a plain one with one name. Files are opened relative to the directory. */

/* Whether a state file can be kept at path. as_root: we are root, and may be somebody else by the
 * time that it is written, so that what belongs to anybody will do. A file that is there has to be
 * of ours, or damaged. */
bool pfx_state_check(const char *path, bool as_root, char why_r[PFX_STATE_WHY]);

/* Keeps others from the state file at path, by NAME.lock beside it, until what is returned is
 * closed; -1: another process has it, or that file can not be. */
int pfx_state_lock(const char *path, char why_r[PFX_STATE_WHY]);

/* Opens the directory that path is in; -1 on failure. *name_r is the rest of path. */
int pfx_state_open_directory(const char *path, const char **name_r, char why_r[PFX_STATE_WHY]);

/* Opens a file for reading. -1: there is none, and why_r is empty, or it is not to be read. */
int pfx_state_open_old(int directory, const char *name, char why_r[PFX_STATE_WHY]);

/* Opens a file that is there for writing behind its end; -1 on failure. */
int pfx_state_open_more(int directory, const char *name, char why_r[PFX_STATE_WHY]);

/* Makes a file for writing, in the place of what an unfinished save has left; -1 on failure. It is
 * not made when an unsuitable file has the name that it will get, which is name. */
int pfx_state_open_new(int directory, const char *name, const char *new_name,
                       char why_r[PFX_STATE_WHY]);

/* Writes all of that, through interruptions. False: errno tells. */
bool pfx_state_write(int file, const void *bytes, size_t length);

/* A whole file, to be freed; without text when there is none or it can not be read, which is
 * reported. */
struct pfx_slice pfx_state_slurp(const struct pfx_state_options *options, int directory,
                                 const char *name);

#endif
