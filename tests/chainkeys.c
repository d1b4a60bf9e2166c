/* SPDX-License-Identifier: Apache-2.0 */
/* A chain at a time that is given, and killed in front of a call that writes: for keys.test.
 *
 *     chainkeys PATH TIME DOCUMENTS [CALL]
 *
 * Opens the chain at that time, adds documents, whose hashes are those of their numbers, and closes
 * it. With CALL, dies in front of the CALLth call of these that change files; status 3. Prints the
 * calls there were.
 */
#include "evidence/chain.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int64_t now;
static unsigned calls, deadly;

static void count(void)
{
    if (++calls == deadly)
        _exit(3);
}

/* Those of the C library are not called: these come first when the program is linked. */
int fsync(int file)
{
    count();
    return (int)syscall(SYS_fsync, file);
}

ssize_t write(int file, const void *bytes, size_t length)
{
    count();
    return syscall(SYS_write, file, bytes, length);
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t at)
{
    count();
    return syscall(SYS_pwrite64, file, bytes, length, at);
}

int renameat(int from, const char *name, int to, const char *new_name)
{
    count();
    return (int)syscall(SYS_renameat2, from, name, to, new_name, 0);
}

int rename(const char *name, const char *new_name)
{
    count();
    return (int)syscall(SYS_renameat2, AT_FDCWD, name, AT_FDCWD, new_name, 0);
}

int unlink(const char *name)
{
    count();
    return (int)syscall(SYS_unlinkat, AT_FDCWD, name, 0);
}

static int64_t clock_given(void)
{
    return now;
}

static void report(bool failed, const char *text)
{
    if (failed)
        fprintf(stderr, "%s\n", text);
}

int main(int argc, char **argv)
{
    struct pfx_chain_options options = {NULL, 1000000, 86400, clock_given, report};
    unsigned char leaf[PFX_SEAL_HASH] = {0};
    char place[PFX_CHAIN_TEXT];
    struct pfx_hasher *hasher = pfx_hasher_new();
    struct pfx_chain *chain;

    if (argc < 4 || hasher == NULL)
        return 2;
    options.path = argv[1];
    now = strtoll(argv[2], NULL, 10);
    deadly = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 0;
    chain = pfx_chain_open(&options);
    if (chain == NULL)
        return 1;
    for (long left = strtol(argv[3], NULL, 10); left > 0; --left)
        pfx_chain_add(chain, hasher, leaf, place);
    pfx_chain_close(&chain);
    pfx_hasher_free(&hasher);
    deadly = 0;
    printf("%u\n", calls);
    return 0;
}
