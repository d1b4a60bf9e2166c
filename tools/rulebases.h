/* SPDX-License-Identifier: Apache-2.0 */
/* The rulebases that pfxlog takes when it is not told where they are. */
#ifndef PFXLOG_RULEBASES_H
#define PFXLOG_RULEBASES_H

/* Those beside the program in a build tree, those that were installed with it, or those of the
 * prefix that it lies in, whichever is there first. Free with free(); NULL when memory ran out. */
char *rulebases_find(void);

#endif
