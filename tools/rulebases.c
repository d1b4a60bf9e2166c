/* SPDX-License-Identifier: Apache-2.0 */
/* Which rulebases; see rulebases.h. */
#include "rulebases.h"
#include "base/hash.h"
#include "base/value.h"

#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <liblognorm.h>

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
    memcpy(end + 1, way, strlen(way) + 1);
    return is_there(path) ? realpath(path, NULL) : NULL;
}

char *rulebases_find(void)
{
    char *found = find_beside("rulebases");

    if (found == NULL && !is_there(PFX_RULEBASEDIR))
        found = find_beside("../share/mmpostfix/rulebases");
    return found != NULL ? found : strdup(PFX_RULEBASEDIR);
}

size_t rulebases_each(const char *directory, void (*take)(void *cookie, const char *path),
                      void *cookie)
{
    static const char *const patterns[] = {"*.tsv", "*/*.rulebase", "*/*/*.rulebase"};
    size_t own = 0;

    for (size_t p = 0; p < sizeof(patterns) / sizeof(patterns[0]); ++p) {
        char pattern[PATH_MAX];
        glob_t found;

        snprintf(pattern, sizeof(pattern), "%s/%s", directory, patterns[p]);
        if (glob(pattern, 0, NULL, &found) != 0)
            continue;
        for (size_t i = 0; i < found.gl_pathc; ++i) {
            if (pfx_slice_ends(pfx_slice_of(found.gl_pathv[i]), PFX_SLICE(".local.tsv")))
                ++own;
            else
                take(cookie, found.gl_pathv[i]);
        }
        globfree(&found);
    }
    return own;
}

/* What tells one set of rulebases from another. */
struct digest {
    uint64_t value;
    size_t files;
};

/* Adds the bytes of a file. */
static void digest_file(void *cookie, const char *path)
{
    struct digest *digest = cookie;
    FILE *file = fopen(path, "re");
    char chunk[65536];
    size_t length;

    if (file == NULL)
        return;
    while ((length = fread(chunk, 1, sizeof(chunk), file)) > 0)
        digest->value = pfx_hash((struct pfx_slice){chunk, length}, digest->value);
    digest->files += ferror(file) == 0;
    fclose(file);
}

void rulebases_print_versions(const char *directory)
{
    struct digest digest = {0};
    size_t own = rulebases_each(directory, digest_file, &digest);

    puts("pfxlog " PACKAGE_VERSION);
    if (digest.files == 0)
        printf("rulebases: none in %s\n", directory);
    else
        printf("rulebases %016llx (%zu files in %s%s)\n", (unsigned long long)digest.value,
               digest.files, directory, own > 0 ? ", and tables of your own" : "");
    printf("liblognorm %s\n", ln_version());
}
