/* SPDX-License-Identifier: Apache-2.0 */
/* The direction of a mail, by the site's own domains and networks. Immutable once filled, then
 * usable from any thread.
 */
#ifndef PFX_DIRECTION_H
#define PFX_DIRECTION_H

#include "event/event.h"

struct pfx_direction;

/* A new empty one, NULL when memory ran out. Free with pfx_direction_free(). */
struct pfx_direction *pfx_direction_new(void);
void pfx_direction_free(struct pfx_direction **direction);

/* Adds what is local, as configured; not while another thread reads. A domain: "example.com", or
 * ".example.com" for all below it. A network: "192.0.2.0/24", "2001:db8::/32", or an address. An
 * entry that begins with '/' names a file with one a line, where '#' begins a comment. -1 on
 * failure, then error says which entry, or which file and line, and why. */
int pfx_direction_add_domain(struct pfx_direction *direction, const char *entry, char *error,
                             size_t size);
int pfx_direction_add_network(struct pfx_direction *direction, const char *entry, char *error,
                              size_t size);
/* Either, by its form; what a file has is domains. */
int pfx_direction_add(struct pfx_direction *direction, const char *entry, char *error, size_t size);

/* The address, as text, lies in one of the networks. */
bool pfx_direction_is_local_ip(const struct pfx_direction *direction, struct pfx_slice ip);
/* The domain of a mail address is one of the domains. */
bool pfx_direction_is_local_address(const struct pfx_direction *direction,
                                    struct pfx_slice address);
/* The same of a domain. */
bool pfx_direction_is_local_domain(const struct pfx_direction *direction, struct pfx_slice domain);

/* "inbound", "outbound" or "lateral" by sender, recipient, client and login of the event (Graylog
 * Information Model, email_direction); empty when they do not show it. A sender can be forged, so
 * a client that is neither local nor logged in makes a mail to a local recipient inbound. */
struct pfx_slice pfx_direction_of(const struct pfx_direction *direction,
                                  const struct pfx_event *event);

#endif
