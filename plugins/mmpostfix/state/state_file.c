/* SPDX-License-Identifier: Apache-2.0 */
/* The state file; see state_file.h. */
#include "state/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Largest file: above any story within bounds, and a limit of what a file makes us allocate. */
#define FILE_MAX ((off_t)16 << 30)
#define OTHERS_WRITE (S_IWGRP | S_IWOTH)
#define NAME_SIZE 240 /* leaves room for ".damaged" */

void pfx_state_report(const struct pfx_state_options *options, bool failed, const char *what,
                      const char *why)
{
    char text[8600];

    snprintf(text, sizeof(text), "state file %.4095s: %s%s%s", options->path, what,
             why != NULL ? ": " : "", why != NULL ? why : "");
    options->report(failed, text);
}

/* What is wrong with who owns something, or NULL. */
static const char *wrong_owner(const struct stat *status, bool as_root)
{
    if (!as_root && status->st_uid != 0 && status->st_uid != geteuid())
        return "it belongs to another user";
    return (status->st_mode & OTHERS_WRITE) != 0 ? "other users can write to it" : NULL;
}

/* What is wrong with a file, or NULL. */
static const char *wrong_file(const struct stat *status, bool as_root)
{
    if (S_ISLNK(status->st_mode))
        return "it is a symbolic link";
    if (!S_ISREG(status->st_mode))
        return "it is no plain file";
    if (status->st_nlink > 1)
        return "it has another name, too (a hard link)";
    return wrong_owner(status, as_root);
}

/* True when there is no such file, or one that is ours. */
static bool is_suitable(int directory, const char *name, bool as_root, char why_r[PFX_STATE_WHY])
{
    struct stat status;
    const char *wrong;

    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        wrong = errno == ENOENT ? NULL : strerror(errno);
    else
        wrong = wrong_file(&status, as_root);
    snprintf(why_r, PFX_STATE_WHY, "%s", wrong != NULL ? wrong : "");
    return wrong == NULL;
}

/* What is wrong with the name of a file, or NULL. */
static const char *wrong_name(const char *path, const char *name)
{
    if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return "the name of the file is missing";
    return strlen(path) >= PATH_MAX || strlen(name) > NAME_SIZE ? "its name is too long" : NULL;
}

/* What is wrong with a directory that open() gave, or NULL. */
static const char *wrong_directory(int directory, bool as_root)
{
    struct stat status;
    const char *wrong;

    if (directory < 0 || fstat(directory, &status) < 0)
        return strerror(errno);
    wrong = wrong_owner(&status, as_root);
    if (wrong == NULL && faccessat(directory, ".", W_OK | X_OK, AT_EACCESS) < 0)
        wrong = strerror(errno);
    return wrong;
}

static int open_directory(const char *path, const char **name_r, bool as_root,
                          char why_r[PFX_STATE_WHY])
{
    const char *slash = strrchr(path, '/'), *wrong;
    char place[PATH_MAX] = ".";
    int directory;

    *name_r = slash == NULL ? path : slash + 1;
    wrong = wrong_name(path, *name_r);
    if (wrong != NULL) {
        snprintf(why_r, PFX_STATE_WHY, "%s", wrong);
        return -1;
    }
    if (slash != NULL)
        snprintf(place, sizeof(place), "%.*s", slash == path ? 1 : (int)(slash - path), path);
    directory = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
    wrong = wrong_directory(directory, as_root);
    if (wrong == NULL)
        return directory;
    snprintf(why_r, PFX_STATE_WHY, "directory %.500s: %s", place, wrong);
    if (directory >= 0)
        close(directory);
    return -1;
}

int pfx_state_open_directory(const char *path, const char **name_r, char why_r[PFX_STATE_WHY])
{
    return open_directory(path, name_r, false, why_r);
}

/* Through no link, without waiting for a pipe or taking a terminal. */
static int open_there(int directory, const char *name, int flags)
{
    return openat(directory, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
}

/* A file that others may read and that does not begin as ours do was made by another program: it is
 * neither set aside nor replaced. Ours are private, so a damaged one is not taken for such. */
static bool is_anothers(int directory, const char *name)
{
    char begin[sizeof(PFX_STATE_MAGIC)] = "";
    struct stat status;
    ssize_t got = 0;
    int file = open_there(directory, name, O_RDONLY);

    if (file < 0)
        return false;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 077) != 0)
        got = read(file, begin, sizeof(begin) - 1);
    close(file);
    return got > 0 && memcmp(begin, PFX_STATE_MAGIC, (size_t)got) != 0 &&
           memcmp(begin, PFX_SEALED_MAGIC, (size_t)got) != 0;
}

bool pfx_state_check(const char *path, bool as_root, char why_r[PFX_STATE_WHY])
{
    const char *name;
    int directory = open_directory(path, &name, as_root, why_r);
    bool suitable = directory >= 0 && is_suitable(directory, name, as_root, why_r);

    if (suitable && is_anothers(directory, name)) {
        snprintf(why_r, PFX_STATE_WHY, "it is no state file, but another program's");
        suitable = false;
    }
    if (directory >= 0)
        close(directory);
    return suitable;
}

int pfx_state_lock(const char *path, char why_r[PFX_STATE_WHY])
{
    const char *name, *wrong = NULL;
    char lock_name[NAME_SIZE + sizeof(".lock")];
    struct stat status;
    int lock, directory = pfx_state_open_directory(path, &name, why_r);

    if (directory < 0)
        return -1;
    snprintf(lock_name, sizeof(lock_name), "%.*s.lock", NAME_SIZE, name);
    /* Open for reading, so that it does not keep a file system from being made read-only. */
    lock = openat(directory, lock_name,
                  O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
    close(directory);
    if (lock < 0 || fstat(lock, &status) < 0)
        wrong = strerror(errno);
    else
        wrong = wrong_file(&status, false);
    if (wrong == NULL && flock(lock, LOCK_EX | LOCK_NB) < 0)
        wrong = errno == EWOULDBLOCK ? "another process keeps it" : strerror(errno);
    if (wrong == NULL)
        return lock;
    snprintf(why_r, PFX_STATE_WHY, "%.250s: %s", lock_name, wrong);
    if (lock >= 0)
        close(lock);
    return -1;
}

/* Opens a file that is there and ours, which is asked before it is opened: opening some devices
 * does something. missing: the reason to give when it is not there, or NULL for the system's. */
static int open_ours(int directory, const char *name, int flags, const char *missing,
                     char why_r[PFX_STATE_WHY])
{
    const char *wrong = NULL;
    struct stat status;
    int file;

    if (!is_suitable(directory, name, false, why_r))
        return -1;
    file = open_there(directory, name, flags);
    if (file < 0)
        wrong = errno == ENOENT && missing != NULL ? missing : strerror(errno);
    else /* once more: it could be another one by now */
        wrong = fstat(file, &status) < 0 ? strerror(errno) : wrong_file(&status, false);
    if (wrong == NULL)
        return file;
    snprintf(why_r, PFX_STATE_WHY, "%s", wrong);
    if (file >= 0)
        close(file);
    return -1;
}

int pfx_state_open_old(int directory, const char *name, char why_r[PFX_STATE_WHY])
{
    return open_ours(directory, name, O_RDONLY, "", why_r);
}

int pfx_state_open_more(int directory, const char *name, char why_r[PFX_STATE_WHY])
{
    return open_ours(directory, name, O_WRONLY | O_APPEND, NULL, why_r);
}

int pfx_state_open_new(int directory, const char *name, const char *new_name,
                       char why_r[PFX_STATE_WHY])
{
    int file;

    if (!is_suitable(directory, name, false, why_r))
        return -1;
    if (unlinkat(directory, new_name, 0) < 0 && errno != ENOENT) {
        snprintf(why_r, PFX_STATE_WHY, "%.250s: %s", new_name, strerror(errno));
        return -1;
    }
    file = openat(directory, new_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0)
        snprintf(why_r, PFX_STATE_WHY, "%.250s: %s", new_name, strerror(errno));
    return file;
}

bool pfx_state_write(int file, const void *bytes, size_t length)
{
    const char *at = bytes;

    while (length > 0) {
        ssize_t put = write(file, at, length);

        if (put < 0 && errno != EINTR)
            return false;
        at += put > 0 ? put : 0;
        length -= put > 0 ? (size_t)put : 0;
    }
    return true;
}

struct pfx_slice pfx_state_slurp(const struct pfx_state_options *options, int directory,
                                 const char *name)
{
    char why[PFX_STATE_WHY], *bytes = NULL;
    int file = pfx_state_open_old(directory, name, why);
    struct stat status;
    size_t length = 0;

    if (file < 0) {
        if (why[0] != '\0')
            pfx_state_report(options, true, "not read", why);
        return PFX_NO_SLICE;
    }
    if (fstat(file, &status) == 0 && status.st_size < FILE_MAX &&
        (bytes = malloc((size_t)status.st_size + 1)) != NULL) {
        ssize_t got = 1;

        while (length < (size_t)status.st_size && got > 0) {
            got = read(file, bytes + length, (size_t)status.st_size - length);
            length += got > 0 ? (size_t)got : 0;
        }
    } else {
        pfx_state_report(options, true, "not read", "it is too large");
    }
    close(file);
    return (struct pfx_slice){bytes, length};
}
