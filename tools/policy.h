/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line says of personal values. */
#ifndef PFXLOG_POLICY_H
#define PFXLOG_POLICY_H

#include "options.h"

/* By --hide, --origin and --delimiter. False after a message. */
bool policy_read(const struct pfxlog_options *options, struct pfx_policy *policy_r);

/* Hands each entry of --keep to add, up to one of which that says that it is none (-1, with an
 * error). False after a message. */
typedef int policy_add(void *cookie, const char *entry, char error_r[PFX_ERROR_SIZE]);
bool policy_keep(const struct pfxlog_options *options, policy_add *add, void *cookie);

/* Has the core hide what it is asked to. False after a message. */
bool policy_use(const struct pfxlog_options *options, struct pfx_core *core);

#endif
