/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer target: any text through the matcher and through liblognorm, with the rules of the
 * daemon that the first byte chooses and with those of all. They have to agree. */
#include "matchers.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct matchers both;
    struct pfx_slice text;

    if (both.rules == NULL && !matchers_open(&both, getenv("PFX_RULEBASES")))
        abort();
    if (size < 2 || memchr(data + 1, '\0', size - 1) != NULL)
        return 0;
    text = (struct pfx_slice){(const char *)data + 1, size - 1};
    if (!matchers_agree(&both, data[0], text) ||
        !matchers_agree(&both, both.rules->contexts - 1, text))
        abort();
    return 0;
}
