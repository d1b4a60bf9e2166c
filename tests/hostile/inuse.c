/* SPDX-License-Identifier: Apache-2.0 */
/* Loaded into a process by LD_PRELOAD, writes into the file that INUSE names how many bytes malloc
 * has given out, five times a second. What malloc holds beside that, in holes between what is used,
 * is not in it; so a leak shows long before resident memory tells of one. For devtools/soak.
 */
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The last number called size= of a line that begins so; 0 when there is none. The totals over all
 * arenas stand at the end of what malloc_info() writes. */
static size_t last_size(const char *xml, const char *line)
{
    const char *at = xml, *found = NULL;

    while ((at = strstr(at, line)) != NULL)
        found = at++;
    found = found != NULL ? strstr(found, "size=\"") : NULL;
    return found != NULL ? strtoull(found + strlen("size=\""), NULL, 10) : 0;
}

static void *watch(void *cookie)
{
    int file = *(int *)cookie;

    for (;;) {
        char *xml = NULL, number[32];
        size_t length = 0;
        FILE *stream = open_memstream(&xml, &length);

        if (stream != NULL && malloc_info(0, stream) == 0 && fclose(stream) == 0) {
            size_t bytes = last_size(xml, "<system type=\"current\"") +
                           last_size(xml, "<total type=\"mmap\"") -
                           last_size(xml, "<total type=\"fast\"") -
                           last_size(xml, "<total type=\"rest\"");

            snprintf(number, sizeof(number), "%15zu\n", bytes);
            if (pwrite(file, number, strlen(number), 0) < 0)
                return NULL;
        }
        free(xml);
        usleep(200000);
    }
}

__attribute__((constructor)) static void begin(void)
{
    static int file;
    const char *name = getenv("INUSE");
    pthread_t thread;

    if (name == NULL || (file = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)) < 0)
        return;
    unsetenv("INUSE"); /* children keep theirs to themselves */
    pthread_create(&thread, NULL, watch, &file);
}
