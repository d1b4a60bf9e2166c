/* SPDX-License-Identifier: Apache-2.0 */
/* Following a log; see follow.h. A file that was renamed is read to its end, then the one that has
 * its name now from its beginning; one that became shorter (copytruncate) from its beginning. */
#include "top/follow.h"
#include "people/terminal.h"
#include "reading/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOM ((size_t)1 << 20)

struct follow {
    const char *path; /* NULL: no file */
    struct command *command;
    int descriptor;
    dev_t device;
    ino_t inode;
    off_t at;
    char *room;
    size_t length;
    bool broken; /* what comes first is the rest of a line */
};

static struct follow *new_follow(void)
{
    struct follow *follow = calloc(1, sizeof(*follow));

    if (follow != NULL)
        follow->room = malloc(ROOM + 1);
    if (follow != NULL && follow->room != NULL) {
        follow->descriptor = -1;
        return follow;
    }
    free(follow);
    terminal_say("out of memory");
    return NULL;
}

/* Opens the file that has the name now; false where there is none. */
static bool open_file(struct follow *follow)
{
    int descriptor = open(follow->path, O_RDONLY | O_CLOEXEC);
    struct stat status;

    if (descriptor < 0)
        return false;
    if (fstat(descriptor, &status) < 0 || S_ISDIR(status.st_mode)) {
        close(descriptor);
        errno = EISDIR;
        return false;
    }
    if (follow->descriptor >= 0)
        close(follow->descriptor);
    follow->descriptor = descriptor;
    follow->device = status.st_dev;
    follow->inode = status.st_ino;
    follow->at = 0;
    return true;
}

struct follow *follow_file(const char *path, long long bytes)
{
    struct follow *follow = new_follow();
    struct stat status;

    if (follow == NULL)
        return NULL;
    if (strcmp(path, "-") == 0) {
        follow->descriptor = dup(STDIN_FILENO);
        return follow;
    }
    follow->path = path;
    if (!open_file(follow)) {
        terminal_say("can not read %s: %s", path, strerror(errno));
        follow_close(&follow);
        return NULL;
    }
    if (fstat(follow->descriptor, &status) == 0 && status.st_size > bytes) {
        follow->at = (off_t)(status.st_size - bytes);
        follow->broken = true;
        (void)lseek(follow->descriptor, follow->at, SEEK_SET);
    }
    return follow;
}

struct follow *follow_journal(char *const argument[])
{
    struct follow *follow = new_follow();

    if (follow == NULL)
        return NULL;
    follow->command = command_open(argument, &follow->descriptor);
    if (follow->command == NULL) {
        terminal_say("can not read the journal: %s", strerror(errno));
        follow_close(&follow);
    }
    return follow;
}

/* Hands on the whole lines of what was read; a line longer than the room is left out. */
static bool hand_on(struct follow *follow, follow_take *take, void *cookie)
{
    char *begin = follow->room, *end = begin + follow->length, *feed;
    bool more = true;

    while (more && (feed = memchr(begin, '\n', (size_t)(end - begin))) != NULL) {
        struct pfx_slice line = {begin, (size_t)(feed - begin)};

        for (char *at = begin; at < feed; ++at)
            *at = *at == '\0' ? '?' : *at;
        *feed = '\0';
        if (!follow->broken && line.length > 0)
            more = take(cookie, line);
        follow->broken = false;
        begin = feed + 1;
    }
    follow->length = (size_t)(end - begin);
    memmove(follow->room, begin, follow->length);
    if (follow->length == ROOM) {
        follow->length = 0;
        follow->broken = true;
    }
    return more;
}

/* At its end: whether another file has its name, or it became shorter, and is read now. */
static bool turn_over(struct follow *follow)
{
    struct stat status, now;

    if (follow->path == NULL || fstat(follow->descriptor, &status) < 0)
        return false;
    if (status.st_size < follow->at) {
        follow->at = 0;
        follow->length = 0;
        follow->broken = false;
        return lseek(follow->descriptor, 0, SEEK_SET) == 0;
    }
    if (stat(follow->path, &now) < 0 ||
        (now.st_dev == follow->device && now.st_ino == follow->inode))
        return false;
    if (status.st_size > follow->at) /* written meanwhile */
        return true;
    follow->length = 0;
    follow->broken = false;
    return open_file(follow);
}

int follow_read(struct follow *follow, follow_take *take, void *cookie)
{
    ssize_t got;

    do {
        got = read(follow->descriptor, follow->room + follow->length, ROOM - follow->length);
    } while (got < 0 && errno == EINTR);
    if (got > 0) {
        follow->length += (size_t)got;
        follow->at += got;
        return hand_on(follow, take, cookie) ? 1 : -1;
    }
    if (follow->path != NULL)
        return turn_over(follow) ? 1 : 0;
    return got < 0 && errno == EAGAIN ? 0 : -1;
}

int follow_descriptor(const struct follow *follow)
{
    return follow->path == NULL ? follow->descriptor : -1;
}

void follow_close(struct follow **follow)
{
    struct follow *old = *follow;
    char *said;

    *follow = NULL;
    if (old == NULL)
        return;
    if (old->descriptor >= 0)
        close(old->descriptor);
    if (old->command != NULL) {
        command_stop(old->command);
        command_close(&old->command, &said);
        free(said);
    }
    free(old->room);
    free(old);
}
