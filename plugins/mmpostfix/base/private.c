/* SPDX-License-Identifier: Apache-2.0 */
/* Files of secrets; see private.h. */
#include "base/private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *wrong(int file)
{
    struct stat status;

    if (fstat(file, &status) < 0)
        return strerror(errno);
    if (!S_ISREG(status.st_mode))
        return "it is no plain file";
    if (status.st_uid != 0 && status.st_uid != geteuid())
        return "it belongs to another user";
    return (status.st_mode & 077) != 0 ? "others can read it: chmod 600" : NULL;
}

int pfx_private_open(const char *path, const char **reason_r)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);

    *reason_r = file < 0 ? strerror(errno) : wrong(file);
    if (file >= 0 && *reason_r != NULL) {
        close(file);
        file = -1;
    }
    return file;
}

long pfx_private_read(const char *path, char *text, size_t size, const char **reason_r)
{
    int file = pfx_private_open(path, reason_r);
    size_t length = 0;
    ssize_t got = 1;

    if (file < 0)
        return -1;
    while (got != 0 && length < size) {
        got = read(file, text + length, size - length);
        if (got < 0 && errno != EINTR)
            break;
        length += got > 0 ? (size_t)got : 0;
    }
    *reason_r = got < 0 ? strerror(errno) : length == size ? "it is too long" : NULL;
    close(file);
    return *reason_r == NULL ? (long)length : -1;
}

bool pfx_private_wipe(const char *path)
{
    static const char zeros[4096];
    int file = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    bool good = file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode);

    for (off_t at = 0; good && at < status.st_size; at += (off_t)sizeof(zeros)) {
        off_t left = status.st_size - at;

        good =
            pwrite(file, zeros, left < (off_t)sizeof(zeros) ? (size_t)left : sizeof(zeros), at) > 0;
    }
    good = good && fsync(file) == 0;
    if (file >= 0)
        close(file);
    return good;
}
