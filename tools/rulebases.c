/* SPDX-License-Identifier: Apache-2.0 */
/* Which rulebases; see rulebases.h. */
#include "rulebases.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_there(const char *directory)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof(path), "%s/kinds.tsv", directory);

    return length > 0 && (size_t)length < sizeof(path) && access(path, F_OK) == 0;
}

/* A directory by its way from that of the program; NULL when there are no rulebases. */
static char *find_beside(const char *way)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    char *end;

    if (length <= 0)
        return NULL;
    path[length] = '\0';
    end = strrchr(path, '/');
    if (end == NULL || (size_t)(end - path) + strlen(way) + 2 > sizeof(path))
        return NULL;
    strcpy(end + 1, way);
    return is_there(path) ? realpath(path, NULL) : NULL;
}

char *rulebases_find(void)
{
    char *found = find_beside("rulebases");

    if (found == NULL && !is_there(PFX_RULEBASEDIR))
        found = find_beside("../share/mmpostfix/rulebases");
    return found != NULL ? found : strdup(PFX_RULEBASEDIR);
}
