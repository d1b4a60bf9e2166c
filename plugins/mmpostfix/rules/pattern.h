/* SPDX-License-Identifier: Apache-2.0 */
/* One pattern of a rule, before liblognorm sees it: whether it is of the language of
 * rulebases/README.md, and what it is made of. */
#ifndef PFX_PATTERN_H
#define PFX_PATTERN_H

#include "base/value.h"

#include <regex.h>

/* Compiles the language; -1 when memory ran out. The caller frees it with regfree(). */
int pfx_pattern_grammar(regex_t *grammar_r);
/* Why a pattern is not of the language, or NULL when it is. The text is good until the thread's
 * next call. */
const char *pfx_pattern_check(const regex_t *grammar, struct pfx_slice pattern);
/* Length of the element at the start of a pattern, as liblognorm takes it apart: a capture, an
 * escaped character or percent sign, or one character. */
size_t pfx_pattern_element(struct pfx_slice pattern);

#endif
