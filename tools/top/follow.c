/* SPDX-License-Identifier: Apache-2.0 */
/* Following a log; see follow.h. A file that was renamed is read to its end, then the one that has
 * its name now from its beginning; one that became shorter (copytruncate) from its beginning.
 * Nothing here waits for lines: nobody could leave meanwhile. */
#include "top/follow.h"
#include "input.h"
#include "people/terminal.h"
#include "reading/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOM ((size_t)1 << 20)

struct follow {
    const char *path; /* NULL: no file, or one that is no regular one: it is read as it comes */
    struct command *command;
    int descriptor;
    dev_t device;
    ino_t inode;
    off_t at;
    char *room;
    size_t length;
    bool broken; /* what comes first is the rest of a line */
    bool over;   /* of a command: it ended by itself */
    bool named;  /* a FIFO: others may write to it when those who did are gone */
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
    int descriptor = open(follow->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
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
    bool standard = strcmp(path, "-") == 0;
    struct stat status = {0};

    if (follow == NULL)
        return NULL;
    follow->path = path;
    if (standard)
        follow->descriptor = dup(STDIN_FILENO);
    if ((standard ? follow->descriptor < 0 : !open_file(follow)) ||
        fstat(follow->descriptor, &status) < 0 || isatty(follow->descriptor)) {
        terminal_say("can not read %s: %s", standard ? "standard input" : path,
                     follow->descriptor >= 0 && isatty(follow->descriptor)
                         ? "a terminal, which the keys come from"
                         : strerror(errno));
        follow_close(&follow);
        return NULL;
    }
    if (standard || !S_ISREG(status.st_mode)) {
        follow->named = !standard && S_ISFIFO(status.st_mode);
        follow->path = NULL;
    } else if (status.st_size > bytes) {
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

/* Something can be read without waiting, be it the end. */
static bool is_ready(const struct follow *follow)
{
    struct pollfd ready = {follow->descriptor, POLLIN, 0};

    return follow->path != NULL || poll(&ready, 1, 0) != 0;
}

int follow_read(struct follow *follow, follow_take *take, void *cookie)
{
    ssize_t got;

    if (!is_ready(follow))
        return 0;
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
    follow->over = got == 0;
    return (got == 0 && follow->named) || (got < 0 && errno == EAGAIN) ? 0 : -1;
}

int follow_descriptor(const struct follow *follow)
{
    return follow->path == NULL && !follow->named ? follow->descriptor : -1;
}

bool follow_close(struct follow **follow)
{
    struct follow *old = *follow;
    bool well;

    *follow = NULL;
    if (old == NULL)
        return true;
    if (old->descriptor >= 0)
        close(old->descriptor);
    well = input_end_journal(&old->command, !old->over);
    free(old->room);
    free(old);
    return well;
}
