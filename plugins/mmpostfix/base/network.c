/* SPDX-License-Identifier: Apache-2.0 */
/* Networks; see network.h. */
#include "base/network.h"

#include <arpa/inet.h>

bool pfx_network_read_address(struct pfx_slice text, struct pfx_network *address_r)
{
    char copy[INET6_ADDRSTRLEN];
    bool colon;

    /* inet_pton() ends at a NUL, which a slice does not. */
    if (text.length == 0 || text.length >= sizeof(copy) ||
        memchr(text.text, '\0', text.length) != NULL)
        return false;
    memcpy(copy, text.text, text.length);
    copy[text.length] = '\0';
    colon = memchr(copy, ':', text.length) != NULL;
    *address_r = (struct pfx_network){colon ? AF_INET6 : AF_INET, colon ? 128 : 32, {0}};
    return inet_pton(address_r->family, copy, address_r->bytes) == 1;
}

const char *pfx_network_read(struct pfx_slice text, struct pfx_network *network_r)
{
    ptrdiff_t slash = pfx_slice_find(text, PFX_SLICE("/"));
    struct pfx_slice length = pfx_slice_from(text, slash < 0 ? text.length : (size_t)slash + 1);
    unsigned prefix = 0;

    if (!pfx_network_read_address(pfx_slice_until(text, slash < 0 ? text.length : (size_t)slash),
                                  network_r))
        return "is no network";
    if (slash < 0)
        return NULL;
    for (size_t i = 0; i < length.length && prefix <= 128; ++i)
        prefix =
            pfx_is_digit(length.text[i]) ? prefix * 10 + (unsigned)(length.text[i] - '0') : 999;
    if (length.length == 0 || prefix > network_r->prefix)
        return "is no network: the length after the slash";
    network_r->prefix = prefix;
    return NULL;
}

bool pfx_network_has(const struct pfx_network *network, const struct pfx_network *address)
{
    unsigned whole = network->prefix / 8, rest = network->prefix % 8;

    return network->family == address->family &&
           memcmp(network->bytes, address->bytes, whole) == 0 &&
           (rest == 0 || (network->bytes[whole] ^ address->bytes[whole]) >> (8 - rest) == 0);
}
