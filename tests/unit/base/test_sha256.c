/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/unit.h"

#include "base/sha256.h"

#include <stdlib.h>
#include <string.h>

/* Examples of NIST (FIPS 180-4, SHA256.pdf; SHA256ShortMsg.rsp), and lengths around the end of a
 * block by coreutils' sha256sum. */
static void known_digests(void)
{
    static const struct {
        char byte;
        size_t length;
        const char *text, *digest;
    } rows[] = {
        {0, 0, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {0, 3, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {0, 56, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {'a', 55, NULL, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"},
        {'a', 64, NULL, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"},
        {'a', 119, NULL, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb"},
        {'a', 1000000, NULL, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        char *bytes = malloc(rows[i].length + 1), digest[PFX_SHA256_HEX];

        unit_row = rows[i].digest;
        CHECK(bytes != NULL);
        if (bytes == NULL)
            continue;
        memset(bytes, rows[i].byte, rows[i].length);
        if (rows[i].text != NULL)
            memcpy(bytes, rows[i].text, rows[i].length);
        pfx_sha256((struct pfx_slice){bytes, rows[i].length}, digest);
        CHECK_TEXT(unit_slice(digest), rows[i].digest);
        free(bytes);
    }
}

int main(void)
{
    known_digests();
    return UNIT_END();
}
