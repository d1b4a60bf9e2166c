/* SPDX-License-Identifier: Apache-2.0 */
/* Reading log files; see input.h. */
#include "input.h"
#include "line/header.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define ROOM 8192
#define GZIP_BUFFER (64 * 1024)

struct input {
    const char *name;
    gzFile file;
    char *text;
    size_t length, size;
};

static const char stdin_name[] = "standard input";

/* Standard input as a file that can be read twice; -1 on failure. */
static int spool(void)
{
    FILE *file = tmpfile();
    char room[65536];
    ssize_t got;
    int copy;

    if (file == NULL)
        return -1;
    while ((got = read(STDIN_FILENO, room, sizeof(room))) > 0) {
        if (fwrite(room, 1, (size_t)got, file) != (size_t)got)
            break;
    }
    copy = got == 0 && fflush(file) == 0 && fseek(file, 0, SEEK_SET) == 0 ? dup(fileno(file)) : -1;
    fclose(file);
    return copy;
}

static gzFile open_stdin(bool again)
{
    int descriptor = again ? spool() : dup(STDIN_FILENO);
    gzFile file = descriptor < 0 ? NULL : gzdopen(descriptor, "rb");

    if (file == NULL && descriptor >= 0)
        close(descriptor);
    return file;
}

struct input *input_open(const char *name, bool again)
{
    struct input *input = calloc(1, sizeof(*input));

    if (input != NULL) {
        input->name = name == NULL ? stdin_name : name;
        input->file = name == NULL ? open_stdin(again) : gzopen(name, "rb");
        if (input->file != NULL) {
            gzbuffer(input->file, GZIP_BUFFER);
            return input;
        }
    }
    fprintf(stderr, "pfxlog: can not read %s\n", name == NULL ? stdin_name : name);
    free(input);
    return NULL;
}

/* Room for one more byte and the NUL behind it. */
static bool grow(struct input *input)
{
    char *grown;

    if (input->size - input->length > 1)
        return true;
    grown = realloc(input->text, input->size * 2 + ROOM);
    if (grown == NULL)
        return false;
    input->text = grown;
    input->size = input->size * 2 + ROOM;
    return true;
}

int input_next(struct input *input, struct input_line *line_r)
{
    int c = 0, error = Z_OK;

    /* Bytes are counted, since gzgets() would hide what follows a NUL. */
    for (input->length = 0; grow(input) && (c = gzgetc(input->file)) >= 0 && c != '\n';)
        input->text[input->length++] = c == '\0' ? '?' : (char)c;
    if (c < 0)
        gzerror(input->file, &error);
    if (input->size - input->length <= 1 || (c < 0 && (!gzeof(input->file) || error < 0))) {
        fprintf(stderr, "pfxlog: error while reading %s\n", input->name);
        return -1;
    }
    if (c < 0 && input->length == 0)
        return 0;
    if (input->length > 0 && input->text[input->length - 1] == '\r')
        --input->length;
    input->text[input->length] = '\0';
    *line_r = (struct input_line){input->text, input->length};
    return 1;
}

void input_rewind(struct input *input)
{
    gzclearerr(input->file); /* else a damaged file could not be rewound */
    gzrewind(input->file);
}

void input_close(struct input **input)
{
    struct input *old = *input;

    *input = NULL;
    if (old == NULL)
        return;
    gzclose(old->file);
    free(old->text);
    free(old);
}
