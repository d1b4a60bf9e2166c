/* SPDX-License-Identifier: Apache-2.0 */
/* HMAC-SHA-256 by the vectors of RFC 4231, HKDF by that of RFC 5869 without salt and info. */
#include "unit/unit.h"

#include "privacy/keyed.h"

static void hex_of(const unsigned char *bytes, char hex[static 65])
{
    for (int i = 0; i < 32; ++i)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
}

static void sums_are_hmac(void)
{
    static unsigned char twenty[20], jefe[] = {'J', 'e', 'f', 'e'}, aa[20], long_key[131];
    static char dd[50];
    const struct {
        const unsigned char *key;
        size_t length;
        struct pfx_slice text;
        const char *sum;
    } rows[] = {
        {twenty, 20, PFX_SLICE("Hi There"),
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {jefe, 4, PFX_SLICE("what do ya want for nothing?"),
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {aa, 20, {dd, 50}, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {long_key, 131, PFX_SLICE("Test Using Larger Than Block-Size Key - Hash Key First"),
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    };
    unsigned char sum[PFX_KEYED_SUM];
    char hex[65];

    memset(twenty, 0x0b, sizeof(twenty));
    memset(aa, 0xaa, sizeof(aa));
    memset(long_key, 0xaa, sizeof(long_key));
    memset(dd, 0xdd, sizeof(dd));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_keyed *keyed = pfx_keyed_new(rows[i].key, rows[i].length);
        struct pfx_slice part[2] = {pfx_slice_until(rows[i].text, 5),
                                    pfx_slice_from(rows[i].text, 5)};

        for (int again = 0; keyed != NULL && again < 2; ++again) { /* one key, many sums */
            CHECK(pfx_keyed_sum(keyed, part, 2, sum));
            hex_of(sum, hex);
            CHECK_TEXT(unit_slice(hex), rows[i].sum);
        }
        CHECK(keyed != NULL);
        pfx_keyed_free(&keyed);
    }
}

static void keys_are_hkdf(void)
{
    unsigned char secret[22], key[PFX_KEYED_SUM];
    char hex[65];

    memset(secret, 0x0b, sizeof(secret));
    CHECK(pfx_keyed_derive(secret, sizeof(secret), "", key));
    hex_of(key, hex);
    CHECK_TEXT(unit_slice(hex), "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

int main(void)
{
    sums_are_hmac();
    keys_are_hkdf();
    return UNIT_END();
}
