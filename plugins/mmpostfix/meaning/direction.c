/* SPDX-License-Identifier: Apache-2.0 */
/* Directions of mail; see direction.h. */
#include "meaning/direction.h"
#include "base/network.h"
#include "base/rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

struct pfx_direction {
    char **domain; /* in lower case, sorted */
    size_t domains;
    struct pfx_network *network;
    size_t networks;
};

/* Adds one entry; NULL, or why it is invalid. */
typedef const char *take_entry(struct pfx_direction *direction, const char *entry);

static const char *add_domain(struct pfx_direction *direction, const char *entry)
{
    char **grown, *copy;

    if (strcspn(entry, " \t@/,;*") != strlen(entry) || entry[strspn(entry, ".")] == '\0')
        return "is no domain";
    grown = pfx_rows_grow(direction->domain, direction->domains, sizeof(*grown));
    copy = strdup(entry);
    if (grown != NULL)
        direction->domain = grown;
    if (grown == NULL || copy == NULL) {
        free(copy);
        return "out of memory";
    }
    for (char *p = copy; *p != '\0'; ++p)
        *p = pfx_lower(*p);
    grown[direction->domains++] = copy;
    return NULL;
}

static const char *add_network(struct pfx_direction *direction, const char *entry)
{
    struct pfx_network network, *grown;
    const char *wrong = pfx_network_read(pfx_slice_of(entry), &network);

    if (wrong != NULL)
        return wrong;
    grown = pfx_rows_grow(direction->network, direction->networks, sizeof(*grown));
    if (grown == NULL)
        return "out of memory";
    direction->network = grown;
    grown[direction->networks++] = network;
    return NULL;
}

static int take_file(struct pfx_direction *direction, const char *path, take_entry *take,
                     char *error, size_t size)
{
    struct stat status;
    FILE *in;
    char *line = NULL;
    size_t room = 0;
    const char *fault = NULL;

    /* Whoever asks must not wait for a pipe, and a directory is no empty list. */
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        snprintf(error, size, "%s: not a regular file", path);
        return -1;
    }
    in = fopen(path, "re");
    if (in == NULL) {
        snprintf(error, size, "%s: %s", path, strerror(errno));
        return -1;
    }
    for (unsigned number = 1; fault == NULL && getline(&line, &room, in) >= 0; ++number) {
        char *entry = line + strspn(line, " \t");

        entry[strcspn(entry, "# \t\r\n")] = '\0';
        if (*entry == '\0')
            continue;
        fault = take(direction, entry);
        if (fault != NULL)
            snprintf(error, size, "%s:%u: '%s' %s", path, number, entry, fault);
    }
    free(line);
    fclose(in);
    return fault == NULL ? 0 : -1;
}

static int add(struct pfx_direction *direction, const char *entry, take_entry *take, char *error,
               size_t size)
{
    const char *fault;

    if (entry[0] == '/')
        return take_file(direction, entry, take, error, size);
    fault = take(direction, entry);
    if (fault != NULL)
        snprintf(error, size, "'%s' %s", entry, fault);
    return fault == NULL ? 0 : -1;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int pfx_direction_add_domain(struct pfx_direction *direction, const char *entry, char *error,
                             size_t size)
{
    int result = add(direction, entry, add_domain, error, size);

    if (direction->domains > 0)
        qsort(direction->domain, direction->domains, sizeof(*direction->domain), by_text);
    return result;
}

int pfx_direction_add_network(struct pfx_direction *direction, const char *entry, char *error,
                              size_t size)
{
    return add(direction, entry, add_network, error, size);
}

int pfx_direction_add(struct pfx_direction *direction, const char *entry, char *error, size_t size)
{
    bool network =
        entry[0] != '/' && (strchr(entry, '/') != NULL || pfx_value_is_ip(pfx_slice_of(entry)));

    return (network ? pfx_direction_add_network : pfx_direction_add_domain)(direction, entry, error,
                                                                            size);
}

struct pfx_direction *pfx_direction_new(void)
{
    return calloc(1, sizeof(struct pfx_direction));
}

void pfx_direction_free(struct pfx_direction **direction)
{
    struct pfx_direction *old = *direction;

    *direction = NULL;
    if (old == NULL)
        return;
    for (size_t i = 0; i < old->domains; ++i)
        free(old->domain[i]);
    free(old->domain);
    free(old->network);
    free(old);
}

bool pfx_direction_is_local_ip(const struct pfx_direction *direction, struct pfx_slice ip)
{
    struct pfx_network address;

    if (direction->networks == 0 || !pfx_network_read_address(ip, &address))
        return false;
    for (size_t i = 0; i < direction->networks; ++i) {
        if (pfx_network_has(&direction->network[i], &address))
            return true;
    }
    return false;
}

bool pfx_direction_is_local_domain(const struct pfx_direction *direction, struct pfx_slice domain)
{
    char text[256], *key = text;

    if (domain.length == 0 || domain.length >= sizeof(text) || direction->domains == 0)
        return false;
    for (size_t i = 0; i < domain.length; ++i)
        text[i] = pfx_lower(domain.text[i]);
    text[domain.length] = '\0';
    /* The domain itself, then ".parent" for each of its parents. */
    for (; key != NULL; key = strchr(key + 1, '.')) {
        if (bsearch(&key, direction->domain, direction->domains, sizeof(*direction->domain),
                    by_text) != NULL)
            return true;
    }
    return false;
}

bool pfx_direction_is_local_address(const struct pfx_direction *direction, struct pfx_slice address)
{
    ptrdiff_t at = pfx_address_at(address);

    return at >= 0 &&
           pfx_direction_is_local_domain(direction, pfx_slice_from(address, (size_t)at + 1));
}

struct pfx_slice pfx_direction_of(const struct pfx_direction *direction,
                                  const struct pfx_event *event)
{
    struct pfx_slice from = pfx_event_get(event, PFX_F_from);
    struct pfx_slice to = pfx_event_get(event, PFX_F_to);
    struct pfx_slice ip = pfx_event_get(event, PFX_F_client_ip);
    bool to_local, from_local, insider;

    if (to.length == 0 || direction->domains == 0)
        return PFX_NO_SLICE;
    to_local = pfx_direction_is_local_address(direction, to);
    from_local = pfx_direction_is_local_address(direction, from);
    insider = pfx_direction_is_local_ip(direction, ip) || pfx_event_has(event, PFX_F_sasl_username);
    if (!to_local) /* a foreign sender to a foreign recipient has none */
        return from.length > 0 && !from_local && !insider ? PFX_NO_SLICE : PFX_SLICE("outbound");
    if (ip.length > 0 && direction->networks > 0)
        return insider ? PFX_SLICE("lateral") : PFX_SLICE("inbound");
    if (from.length == 0)
        return PFX_NO_SLICE;
    return from_local ? PFX_SLICE("lateral") : PFX_SLICE("inbound");
}
