/* SPDX-License-Identifier: Apache-2.0 */
/* The state file; see state_file.h. */
#include "state/state_file.h"

#include <stdio.h>

void pfx_state_report(const struct pfx_state_options *options, bool failed, const char *what,
                      const char *why)
{
    char text[8600];

    snprintf(text, sizeof(text), "state file %.4095s: %s%s%s", options->path, what,
             why != NULL ? ": " : "", why != NULL ? why : "");
    options->report(failed, text);
}
