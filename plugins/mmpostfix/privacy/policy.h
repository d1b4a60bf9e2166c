/* SPDX-License-Identifier: Apache-2.0 */
/* What a site has hidden, and what it leaves in clear. */
#ifndef PFX_POLICY_H
#define PFX_POLICY_H

#include "privacy/person.h"

struct pfx_direction;

enum pfx_hide {
    PFX_HIDE_KEEP,
    PFX_HIDE_PART, /* of an address the local part alone; of an IP all but its network */
    PFX_HIDE_WHOLE,
    PFX_HIDE_DROP
};

/* Sets one class from "address=local", "user=drop", "ip=network", ...; see doc/privacy.md. False:
 * error_r says what is wrong. */
struct pfx_policy;
bool pfx_policy_take(struct pfx_policy *policy, struct pfx_slice text, char *error_r, size_t size);
/* All is hidden; no domain and no network is kept. */
struct pfx_policy pfx_policy_default(void);

struct pfx_policy {
    enum pfx_hide address, user, host, ip;
    enum pfx_hide text; /* whole: what people wrote is hidden, and personal values in sentences */
    struct pfx_person_rules rules;
    const struct pfx_direction *own, *keep; /* domains and networks that stay, of both */
};

#endif
