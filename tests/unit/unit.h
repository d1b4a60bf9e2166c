/* SPDX-License-Identifier: Apache-2.0 */
/* What a unit test needs: CHECK(condition) and CHECK_TEXT(slice, "text") say file, line and what
 * was found; UNIT_END() gives the exit status. A row of a table names itself with `unit_row`. */
#ifndef PFX_UNIT_H
#define PFX_UNIT_H

#include <stdio.h>
#include <string.h>

#include "base/value.h"

static unsigned unit_checks, unit_failures;
static const char *unit_row = "";

#define CHECK(condition) unit_check((condition), #condition, __FILE__, __LINE__)
#define CHECK_TEXT(slice, wanted) unit_check_text((slice), (wanted), #slice, __FILE__, __LINE__)
#define UNIT_END()                                                                                 \
    (printf("%s: %u checks, %u failed\n", __FILE__, unit_checks, unit_failures),                   \
     unit_failures > 0 || unit_checks == 0)

static inline void unit_check(bool good, const char *what, const char *file, int line)
{
    ++unit_checks;
    if (good)
        return;
    ++unit_failures;
    fprintf(stderr, "%s:%d: not so: %s [%s]\n", file, line, what, unit_row);
}

static inline void unit_check_text(struct pfx_slice got, const char *wanted, const char *what,
                                   const char *file, int line)
{
    ++unit_checks;
    if (got.length == strlen(wanted) &&
        memcmp(got.length > 0 ? got.text : "", wanted, got.length) == 0)
        return;
    ++unit_failures;
    fprintf(stderr, "%s:%d: %s is '%.*s', not '%s' [%s]\n", file, line, what, (int)got.length,
            got.length > 0 ? got.text : "", wanted, unit_row);
}

static inline struct pfx_slice unit_slice(const char *text)
{
    return (struct pfx_slice){text, strlen(text)};
}

#endif
