/* SPDX-License-Identifier: Apache-2.0 */
/* Rules compiled into a context of liblognorm. Only for rulebase.c. */
#ifndef PFX_COMPILE_H
#define PFX_COMPILE_H

#include "rules/ruleset.h"

#include <liblognorm.h>

/* The rules of one daemon with the shared ones, or all rules when daemon is NULL. NULL on failure,
 * then error says "FILE:LINE: reason". The caller frees it by ln_exitCtx(). */
ln_ctx pfx_compile(const struct pfx_rules *rules, const char *daemon, char *error, size_t size);

#endif
