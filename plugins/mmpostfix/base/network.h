/* SPDX-License-Identifier: Apache-2.0 */
/* Networks and addresses of IPv4 and IPv6. Pure. */
#ifndef PFX_NETWORK_H
#define PFX_NETWORK_H

#include "base/value.h"

struct pfx_network {
    int family;
    unsigned prefix; /* bits; of an address all that it has */
    unsigned char bytes[16];
};

/* Reads "192.0.2.0/24", "2001:db8::/32" or an address. NULL, or what it is not: "is no network",
 * "is no network: the length after the slash". */
const char *pfx_network_read(struct pfx_slice text, struct pfx_network *network_r);
/* Reads an address alone; false when it is none. */
bool pfx_network_read_address(struct pfx_slice text, struct pfx_network *address_r);
/* Whether an address lies within a network. */
bool pfx_network_has(const struct pfx_network *network, const struct pfx_network *address);

#endif
