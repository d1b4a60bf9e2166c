/* SPDX-License-Identifier: Apache-2.0 */
/* Where the state file is; see place.h. */
#include "state/place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum pfx_state_wish pfx_state_wish(const char *given)
{
    if (given == NULL || strcasecmp(given, "on") == 0)
        return PFX_STATE_CHOOSE;
    return given[0] == '\0' || strcasecmp(given, "off") == 0 ? PFX_STATE_OFF : PFX_STATE_NAMED;
}

static char *join(const char *directory, const char *name)
{
    char *path;

    return asprintf(&path, "%s/%s", directory, name) < 0 ? NULL : path;
}

char *pfx_state_named(const char *given, const char *workdir, char why_r[PFX_STATE_WHY])
{
    char *path;

    if (given[0] != '/' && workdir[0] == '\0') {
        snprintf(why_r, PFX_STATE_WHY, "%s",
                 "it is below rsyslog's workDirectory, and there is none. Set "
                 "global(workDirectory=\"...\")");
        return NULL;
    }
    path = given[0] == '/' ? strdup(given) : join(workdir, given);
    if (path == NULL)
        snprintf(why_r, PFX_STATE_WHY, "%s", strerror(ENOMEM));
    return path;
}

/* The file in a directory that may not be there; NULL when it can not be kept. */
static char *try_directory(const char *directory, const char *name, char why_r[PFX_STATE_WHY])
{
    char why[PFX_STATE_WHY] = "", *path;

    if (directory[0] == '\0' || (access(directory, F_OK) < 0 && errno == ENOENT))
        return NULL;
    path = join(directory, name);
    if (path == NULL || pfx_state_check(path, false, why))
        return path;
    if (why_r[0] == '\0')
        snprintf(why_r, PFX_STATE_WHY, "%.250s: %.300s", path, why);
    free(path);
    return NULL;
}

char *pfx_state_choose(const char *own_directory, const char *workdir, char why_r[PFX_STATE_WHY])
{
    char *path;

    why_r[0] = '\0';
    path = try_directory(own_directory, "state", why_r);
    return path != NULL ? path : try_directory(workdir, "mmpostfix.state", why_r);
}
