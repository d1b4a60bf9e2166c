/* SPDX-License-Identifier: Apache-2.0 */
/* Reading one file; see readfile.h. */
#include "rules/readfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX (16 * 1024 * 1024)

char *pfx_readfile(const char *path, size_t *length_r, const char **reason_r)
{
    FILE *file = fopen(path, "re");
    struct stat status;
    char *text = NULL;

    if (file == NULL || fstat(fileno(file), &status) < 0) {
        *reason_r = strerror(errno);
    } else if (!S_ISREG(status.st_mode) || status.st_size > FILE_MAX) {
        *reason_r = "not a regular file of reasonable size";
    } else if ((text = malloc((size_t)status.st_size + 1)) == NULL) {
        *reason_r = "out of memory";
    } else {
        *length_r = fread(text, 1, (size_t)status.st_size, file);
        text[*length_r] = '\0';
        if (strlen(text) != *length_r) {
            *reason_r = "holds a NUL byte";
            free(text);
            text = NULL;
        }
    }
    if (file != NULL)
        fclose(file);
    return text;
}
