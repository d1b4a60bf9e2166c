/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a chain; see files.h. */
#include "evidence/files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC "mmpostfix chain 2"
#define TEXT (PFX_ANCHOR_TEXT + 500)

/* The text behind a word at the front of text, with the line feed behind it. */
static bool take_line(struct pfx_slice *text, const char *word, struct pfx_slice *value_r)
{
    ptrdiff_t end;

    if (!pfx_slice_take(text, pfx_slice_of(word)))
        return false;
    end = pfx_slice_find(*text, PFX_SLICE("\n"));
    if (end < 0)
        return false;
    *value_r = pfx_slice_until(*text, (size_t)end);
    *text = pfx_slice_from(*text, (size_t)end + 1);
    return true;
}

static bool take_number(struct pfx_slice *text, const char *word, int64_t *number_r)
{
    struct pfx_slice value;

    return take_line(text, word, &value) && pfx_value_integer(value, number_r) && *number_r >= 0;
}

static bool take_text(struct pfx_slice *text, const char *word, char *copy_r, size_t size)
{
    struct pfx_slice value;

    if (!take_line(text, word, &value) || value.length >= size)
        return false;
    snprintf(copy_r, size, "%.*s", (int)value.length, value.text);
    return true;
}

static bool parse(struct pfx_slice text, struct pfx_standing *standing)
{
    struct pfx_slice head;
    int64_t last, reserved;

    if (!pfx_slice_take(&text, PFX_SLICE(MAGIC "\n")) ||
        !take_text(&text, "stream ", standing->stream, sizeof(standing->stream)) ||
        !take_number(&text, "last ", &last) || !take_number(&text, "reserved ", &reserved) ||
        !take_line(&text, "head ", &head) || !pfx_seal_unhex(head, standing->head) ||
        !take_text(&text, "key ", standing->key, sizeof(standing->key)) ||
        !take_number(&text, "since ", &standing->since) ||
        !take_text(&text, "anchor ", standing->anchor, sizeof(standing->anchor)))
        return false;
    standing->last = (uint64_t)last;
    standing->reserved = (uint64_t)reserved;
    return text.length == 0 && reserved >= last && standing->stream[0] != '\0' &&
           standing->key[0] != '\0';
}

int pfx_files_read(const char *path, struct pfx_standing *standing_r, char why_r[PFX_STATE_WHY])
{
    const char *name;
    int directory = pfx_state_open_directory(path, &name, why_r), file;
    char text[TEXT];
    ssize_t length;

    *standing_r = (struct pfx_standing){.last = 0};
    if (directory < 0)
        return -1;
    file = pfx_state_open_old(directory, name, why_r);
    close(directory);
    if (file < 0)
        return why_r[0] == '\0' ? 0 : -1;
    length = read(file, text, sizeof(text));
    close(file);
    if (length >= 0 && parse((struct pfx_slice){text, (size_t)length}, standing_r))
        return 1;
    snprintf(why_r, PFX_STATE_WHY,
             "it is damaged, or no chain; put away all of its files, and a new one begins");
    return -1;
}

bool pfx_files_write(const char *path, const struct pfx_standing *standing,
                     char why_r[PFX_STATE_WHY])
{
    const char *name;
    int directory = pfx_state_open_directory(path, &name, why_r), file, length;
    char head[PFX_SEAL_HEX], text[TEXT], new_name[256];
    bool good = false;

    if (directory < 0)
        return false;
    pfx_seal_hex(standing->head, head);
    length = snprintf(text, sizeof(text),
                      MAGIC "\nstream %s\nlast %" PRIu64 "\nreserved %" PRIu64
                            "\nhead %s\nkey %s\nsince %" PRId64 "\nanchor %s\n",
                      standing->stream, standing->last, standing->reserved, head, standing->key,
                      standing->since, standing->anchor);
    snprintf(new_name, sizeof(new_name), "%.240s.new", name);
    file = pfx_state_open_new(directory, name, new_name, why_r);
    if (file >= 0) {
        good = pfx_state_write(file, text, (size_t)length) && fsync(file) == 0;
        good = close(file) == 0 && good && renameat(directory, new_name, directory, name) == 0 &&
               fsync(directory) == 0;
        if (!good)
            snprintf(why_r, PFX_STATE_WHY, "%s", strerror(errno));
    }
    close(directory);
    return good;
}

/* Opens the file of anchors. -1: why_r says why. */
static int open_anchors(const char *path, char why_r[PFX_STATE_WHY])
{
    const char *name;
    int directory = pfx_state_open_directory(path, &name, why_r), file;
    char anchors[256];

    if (directory < 0)
        return -1;
    snprintf(anchors, sizeof(anchors), "%.240s.anchors", name);
    file =
        openat(directory, anchors,
               O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0640);
    if (file < 0)
        snprintf(why_r, PFX_STATE_WHY, "%.250s: %s", anchors, strerror(errno));
    close(directory);
    return file;
}

bool pfx_files_append(const char *path, const char *anchor, char why_r[PFX_STATE_WHY])
{
    char line[PFX_ANCHOR_TEXT + 2];
    int file = open_anchors(path, why_r);
    int length = snprintf(line, sizeof(line), "%s\n", anchor);
    struct stat before;
    bool good;

    if (file < 0)
        return false;
    good = fstat(file, &before) == 0;
    if (!good || !pfx_state_write(file, line, (size_t)length) || fsync(file) < 0) {
        snprintf(why_r, PFX_STATE_WHY, "anchors: %s", strerror(errno));
        if (good && ftruncate(file, before.st_size) < 0)
            snprintf(why_r, PFX_STATE_WHY, "anchors: they end in a part of one");
        good = false;
    }
    close(file);
    return good;
}

bool pfx_files_has(const char *path, const char *anchor, char why_r[PFX_STATE_WHY])
{
    char text[2 * PFX_ANCHOR_TEXT];
    int file = open_anchors(path, why_r);
    struct pfx_slice tail = {text, 0}, last;
    off_t begin, size;
    ssize_t got;
    ptrdiff_t feed;

    if (file < 0)
        return false;
    size = lseek(file, 0, SEEK_END);
    begin = size > (off_t)sizeof(text) ? size - (off_t)sizeof(text) : 0;
    got = pread(file, text, sizeof(text), begin);
    tail.length = got > 0 ? (size_t)got : 0;
    feed = pfx_slice_rfind(tail, PFX_SLICE("\n"));
    last = pfx_slice_from(tail, (size_t)(feed + 1));
    if (last.length > 0 && pfx_slice_starts(pfx_slice_of(anchor), last) &&
        ftruncate(file, size - (off_t)last.length) < 0)
        snprintf(why_r, PFX_STATE_WHY, "anchors: %s", strerror(errno));
    close(file);
    return last.length == 0 && feed >= 0 &&
           pfx_slice_ends(pfx_slice_until(tail, (size_t)feed), pfx_slice_of(anchor));
}
