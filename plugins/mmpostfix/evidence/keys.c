/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of a chain; see keys.h. */
#include "evidence/keys.h"
#include "base/private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY 86400
#define NAMES 4200

struct names {
    char key[NAMES], public[NAMES], next[NAMES];
};

static bool name_files(const char *path, struct names *names_r, char why_r[static PFX_SEAL_WHY])
{
    const bool good = snprintf(names_r->key, NAMES, "%s.key", path) < NAMES &&
                      snprintf(names_r->public, NAMES, "%s.pub", path) < NAMES &&
                      snprintf(names_r->next, NAMES, "%s.key.new", path) < NAMES;

    if (!good || path[0] != '/')
        snprintf(why_r, PFX_SEAL_WHY, "it is no whole path, or too long");
    return good && path[0] == '/';
}

static bool is_there(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0;
}

/* What was renamed or removed stays so. */
static bool settle(const struct names *names)
{
    char name[NAMES];
    int directory;
    bool good;

    snprintf(name, sizeof(name), "%.*s", (int)(strrchr(names->key, '/') - names->key + 1),
             names->key);
    directory = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    good = directory >= 0 && fsync(directory) == 0;
    if (directory >= 0)
        close(directory);
    return good;
}

/* Wipes the key, and what is next takes its name. */
static bool replace(const struct names *names, char why_r[static PFX_SEAL_WHY])
{
    bool wiped = !is_there(names->key) || pfx_private_wipe(names->key);

    if (rename(names->next, names->key) == 0 && settle(names) && wiped)
        return true;
    snprintf(why_r, PFX_SEAL_WHY, "%.400s: %s", names->key, strerror(errno));
    return false;
}

/* Takes away a key that was never in use. */
static void discard(const struct names *names)
{
    if (!is_there(names->next))
        return;
    pfx_private_wipe(names->next);
    unlink(names->next);
    settle(names);
}

/* The key in that file if it has that name, or any; NULL: why_r says why. */
static struct pfx_seal_key *read_named(const char *path, const char *name,
                                       char why_r[static PFX_SEAL_WHY])
{
    struct pfx_seal_key *key = pfx_seal_read(path, false, why_r);

    if (key != NULL && name[0] != '\0' && strcmp(pfx_seal_name(key), name) != 0) {
        snprintf(why_r, PFX_SEAL_WHY, "%.400s: it is another key", path);
        pfx_seal_free(&key);
    }
    return key;
}

/* The key of a chain that is not there yet, or whose beginning was cut short. */
static struct pfx_seal_key *begin(const struct names *names, char why_r[static PFX_SEAL_WHY])
{
    char none[PFX_SEAL_WHY];
    struct pfx_seal_key *key, *public;

    discard(names);
    if (is_there(names->key)) {
        key = pfx_seal_read(names->key, false, why_r);
    } else {
        key = pfx_seal_make(names->next, why_r);
        if (key != NULL && !replace(names, why_r))
            pfx_seal_free(&key);
    }
    public = pfx_seal_read(names->public, true, none);
    if (key != NULL && public == NULL && !pfx_seal_write_public(key, names->public, why_r))
        pfx_seal_free(&key);
    pfx_seal_free(&public);
    return key;
}

bool pfx_keys_open(struct pfx_keys *keys, const char *path, const char *name, int64_t since,
                   char why_r[static PFX_SEAL_WHY])
{
    char first[PFX_SEAL_WHY];
    struct names names;

    keys->path = path;
    keys->since = since;
    if (!name_files(path, &names, why_r))
        return false;
    keys->key = name[0] == '\0' ? begin(&names, why_r) : read_named(names.key, name, first);
    if (keys->key != NULL) {
        discard(&names);
        return true;
    }
    if (name[0] == '\0')
        return false;
    /* The other one was told of, and perhaps wiped, before the daemon died. */
    keys->key = read_named(names.next, name, why_r);
    if (keys->key != NULL)
        return replace(&names, why_r);
    snprintf(why_r, PFX_SEAL_WHY,
             "its key is not there (%.300s): put away all of its files, and a new one begins",
             first);
    return false;
}

void pfx_keys_close(struct pfx_keys *keys)
{
    pfx_seal_free(&keys->key);
    pfx_seal_free(&keys->next);
}

/* A clock that was set back changes no key. */
bool pfx_keys_is_old(const struct pfx_keys *keys, int64_t now)
{
    return now / DAY > keys->since / DAY;
}

bool pfx_keys_prepare(struct pfx_keys *keys, char why_r[static PFX_SEAL_WHY])
{
    struct names names;

    if (!name_files(keys->path, &names, why_r))
        return false;
    if (keys->next == NULL) {
        discard(&names);
        keys->next = pfx_seal_make(names.next, why_r);
    }
    snprintf(why_r, keys->next != NULL ? PFX_SEAL_WHY : 0, "%s", strerror(errno));
    return keys->next != NULL && settle(&names);
}

bool pfx_keys_turn(struct pfx_keys *keys, int64_t now, char why_r[static PFX_SEAL_WHY])
{
    struct names names;

    pfx_seal_free(&keys->key);
    keys->key = keys->next;
    keys->next = NULL;
    keys->since = now;
    return name_files(keys->path, &names, why_r) && replace(&names, why_r);
}
