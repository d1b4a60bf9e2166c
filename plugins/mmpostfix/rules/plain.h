/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a reply. What somebody named is no word of the one who refuses: addresses, hosts,
 * domains, URLs, file names, commands, whatever stands in <> or in quotation marks.
 */
#ifndef PFX_PLAIN_H
#define PFX_PLAIN_H

#include "base/value.h"

#define PFX_PLAIN_MAX 1000  /* bytes of words that are kept */
#define PFX_PLAIN_READ 4096 /* bytes of a text that are looked at */
#define PFX_PLAIN_URLS 300

/* Two letters side by side, as a number. What two pairs share is only a needless look. */
#define PFX_PLAIN_PAIRS 1024
static inline unsigned pfx_plain_pair(const char *at)
{
    return ((unsigned char)at[0] & 31u) << 5 | ((unsigned char)at[1] & 31u);
}

struct pfx_plain {
    size_t length, url_length;
    struct pfx_slice enhanced;            /* of the text itself, "(#5.1.1)", or empty */
    uint64_t pairs[PFX_PLAIN_PAIRS / 64]; /* those that the words have */
    char text[PFX_PLAIN_MAX];             /* a blank, and words in lower case, one blank each */
    char url[PFX_PLAIN_URLS];             /* "//HOST/PATH" of each URL, in lower case */
};

/* Takes the words out of text in one pass. code and enhanced are those of the reply, which its
 * lines repeat; each may be empty. */
void pfx_plain_read(struct pfx_plain *plain, struct pfx_slice code, struct pfx_slice enhanced,
                    struct pfx_slice text);

#endif
