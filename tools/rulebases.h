/* SPDX-License-Identifier: Apache-2.0 */
/* The rulebases that pfxlog takes when it is not told where they are, and which ones those are. */
#ifndef PFXLOG_RULEBASES_H
#define PFXLOG_RULEBASES_H

#include <stddef.h>

/* Those beside the program in a build tree, those that were installed with it, or those of the
 * prefix that it lies in, whichever is there first. Free with free(); NULL when memory ran out. */
char *rulebases_find(void);

/* Prints the versions of pfxlog, of the rulebases in that directory, and of liblognorm. */
void rulebases_print_versions(const char *directory);

/* Calls take with the path of each file of rules and tables in that directory, in the order of
 * their names; a site's own tables are none of them. Returns how many those are. */
size_t rulebases_each(const char *directory, void (*take)(void *cookie, const char *path),
                      void *cookie);

#endif
