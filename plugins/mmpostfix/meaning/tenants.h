/* SPDX-License-Identifier: Apache-2.0 */
/* Whose a line is, on a server of several tenants: by a table that names domains, logins, networks,
 * instances, services and local addresses, a row each:
 *
 *   domain    example.com        acme      also .example.com, for all below it
 *   user      *@example.org      globex    a login; '*' stands for any characters
 *   network   192.0.2.0/24       acme      of clients
 *   instance  postfix-acme       acme
 *   service   submission-acme    acme
 *   address   198.51.100.25      acme      of our own that clients connect to
 *
 * Blanks part the columns, '#' begins a comment. A name is of small letters, digits and '-': what
 * ends it in the name of an index or a topic ('_', '.') is in none, so none is another's beginning.
 */
#ifndef PFX_TENANTS_H
#define PFX_TENANTS_H

#include "event/event.h"

#define PFX_TENANT_NAME 48 /* with NUL */
/* Tenants that one line is of, at most. */
#define PFX_TENANTS_MOST 32

struct pfx_tenants;

/* The names of tenants, borrowed of their table. */
struct pfx_tenant_set {
    const char *name[PFX_TENANTS_MOST];
    unsigned count;
};

/* Reads a table. NULL: error_r says where and why. Immutable, with one reference; any thread. */
struct pfx_tenants *pfx_tenants_read(const char *path, char *error_r, size_t size);
struct pfx_tenants *pfx_tenants_ref(struct pfx_tenants *tenants);
/* Accepts NULL inside; clears the pointer, and the table with the last reference. */
void pfx_tenants_unref(struct pfx_tenants **tenants);
bool pfx_tenants_equal(const struct pfx_tenants *a, const struct pfx_tenants *b);
/* Whether a row names that tenant. */
bool pfx_tenants_has(const struct pfx_tenants *tenants, const char *name);

/* Whose a recipient is: by its domain, the most specific row first. NULL: nobody's. */
const char *pfx_tenant_of_address(const struct pfx_tenants *tenants, struct pfx_slice address);

/* Whose the sender of an event's mail is; NULL: nobody's. */
const char *pfx_tenant_of_sender(const struct pfx_tenants *tenants, const struct pfx_event *event);

/* Whose an event is. A line about one recipient is that recipient's tenant's, and where it has none
 * its sender's; one with a list of recipients is of all of theirs and of its sender's. The sender's
 * tenant is told by the login, else by the client's network, else by the domain of the sender where
 * the mail is of a login, a local user or such a network: a stranger may write any. Where nobody's
 * else it is by instance, service or the local address. */
void pfx_tenants_of(const struct pfx_tenants *tenants, const struct pfx_event *event,
                    struct pfx_tenant_set *set_r);

#endif
