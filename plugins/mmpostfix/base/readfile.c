/* SPDX-License-Identifier: Apache-2.0 */
/* Reading one file; see readfile.h. */
#include "base/readfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX (16 * 1024 * 1024)

char *pfx_readfile(const char *path, size_t *length_r, const char **reason_r)
{
    /* A pipe must not hold up who asks. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
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
        *reason_r = *length_r < (size_t)status.st_size ? "can not be read to its end"
                    : strlen(text) != *length_r        ? "holds a NUL byte"
                                                       : NULL;
        if (*reason_r != NULL) {
            free(text);
            text = NULL;
        }
    }
    if (file != NULL)
        fclose(file);
    else if (fd >= 0)
        close(fd);
    return text;
}
