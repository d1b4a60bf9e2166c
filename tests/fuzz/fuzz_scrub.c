/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer target: any text through the search for personal values. What comes out is no longer
 * than pseudonyms make it, nothing is read beyond the end of the text, which stands in memory of
 * its own without a NUL, and an address or an IP address that was put into it, apart from what is
 * around, is not there any more. */
#include "meaning/direction.h"
#include "privacy/scrub.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pfx_veil *make_veil(void)
{
    static struct pfx_policy policy;
    char error[500];
    struct pfx_secrets *secrets =
        pfx_secrets_parse(PFX_SLICE("always AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), "keys",
                          error, sizeof(error));
    struct pfx_direction *none = pfx_direction_new();

    policy = pfx_policy_default();
    policy.own = policy.keep = none;
    if (secrets == NULL || none == NULL)
        abort();
    return pfx_veil_new(secrets, &policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct pfx_slice planted[] = {PFX_SLICE(" <planted.person@secret.example> "),
                                               PFX_SLICE(" [198.51.100.77]:25 ")};
    static const struct pfx_slice gone[] = {PFX_SLICE("planted"), PFX_SLICE("198.51.100.77")};
    static struct pfx_veil *veil;
    struct pfx_repeated known = {.words = 0};
    struct pfx_slice text, out;
    size_t at, which;
    char *copy;

    if (veil == NULL && (veil = make_veil()) == NULL)
        abort();
    if (size < 2)
        return 0;
    which = data[0] % 2;
    at = data[1] % (size - 1);
    size -= 2;
    if (at > size)
        at = size;
    text.length = size + planted[which].length;
    copy = malloc(text.length);
    if (copy == NULL)
        return 0;
    memcpy(copy, data + 2, at);
    memcpy(copy + at, planted[which].text, planted[which].length);
    memcpy(copy + at + planted[which].length, data + 2 + at, size - at);
    text.text = copy;
    if (!pfx_veil_begin(veil, 0))
        abort();
    out = pfx_scrub(veil, &known, true, text);
    if (!pfx_veil_good(veil) || out.length > text.length * 40 + 200)
        abort();
    if (pfx_slice_find(pfx_slice_until(text, at), gone[which]) < 0 &&
        pfx_slice_find(pfx_slice_from(text, at + planted[which].length), gone[which]) < 0 &&
        pfx_slice_find(out, gone[which]) >= 0)
        abort();
    free(copy);
    return 0;
}
