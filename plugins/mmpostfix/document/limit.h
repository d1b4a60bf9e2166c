/* SPDX-License-Identifier: Apache-2.0 */
/* How much of a value a document takes: stores refuse a document for one value that is too long,
 * and rsyslog cuts a message that is. Pure.
 */
#ifndef PFX_LIMIT_H
#define PFX_LIMIT_H

#include "base/value.h"

#define PFX_VALUE_PRESET 8000 /* bytes of a value, unless a site says otherwise, */
#define PFX_VALUE_LEAST 1000  /* who may choose between these; */
#define PFX_VALUE_MOST 30000  /* OpenSearch refuses a document for a keyword above 32,766 */
#define PFX_VALUE_SHORTEST 60 /* in a document that would be too long */

struct pfx_limits {
    size_t value;    /* bytes of one value, as UTF-8 */
    size_t document; /* bytes of the JSON, for which values get shorter, to PFX_VALUE_SHORTEST */
};

/* PFX_VALUE_PRESET, and documents of any length. */
struct pfx_limits pfx_limits_default(void);

/* Bytes that text is in valid UTF-8, where a byte that is none becomes U+FFFD. */
size_t pfx_limit_bytes(struct pfx_slice text);

/* The front of text that is no more than limit of those bytes; no sequence is cut. */
struct pfx_slice pfx_limit_text(struct pfx_slice text, size_t limit);

/* The first lines of text, whole ones, that are no more than limit bytes when they are joined by
 * two bytes each. Empty when not even the first fits. */
struct pfx_slice pfx_limit_list(struct pfx_slice text, size_t limit);

#endif
