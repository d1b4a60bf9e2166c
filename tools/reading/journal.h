/* SPDX-License-Identifier: Apache-2.0 */
/* journalctl -o export: records of many lines, each made the one line that journalctl -o short-unix
 * would show. */
#ifndef PFXLOG_JOURNAL_H
#define PFXLOG_JOURNAL_H

#include "reading/lines.h"

struct journal;

/* The text is the beginning of such records. */
bool journal_is_export(struct pfx_slice text);
/* NULL when memory ran out. */
struct journal *journal_open(void);
/* The next record; as lines_next(). */
int journal_next(struct journal *journal, struct lines *lines, struct pfx_slice *line_r);
void journal_close(struct journal **journal);

#endif
