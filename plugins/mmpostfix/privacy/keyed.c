/* SPDX-License-Identifier: Apache-2.0 */
/* Keyed sums; see keyed.h. */
#include "privacy/keyed.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

struct pfx_keyed {
    EVP_MAC_CTX *context; /* with the key in it: taking it up again costs half as much */
};

struct pfx_keyed *pfx_keyed_new(const unsigned char *key, size_t length)
{
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    struct pfx_keyed *keyed = calloc(1, sizeof(*keyed));
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);

    if (keyed != NULL && mac != NULL)
        keyed->context = EVP_MAC_CTX_new(mac);
    EVP_MAC_free(mac);
    if (keyed != NULL &&
        (keyed->context == NULL || EVP_MAC_init(keyed->context, key, length, parameters) != 1))
        pfx_keyed_free(&keyed);
    return keyed;
}

void pfx_keyed_free(struct pfx_keyed **keyed)
{
    if (*keyed != NULL)
        EVP_MAC_CTX_free((*keyed)->context);
    free(*keyed);
    *keyed = NULL;
}

bool pfx_keyed_sum(struct pfx_keyed *keyed, const struct pfx_slice *part, unsigned parts,
                   unsigned char sum_r[static PFX_KEYED_SUM])
{
    bool good = EVP_MAC_init(keyed->context, NULL, 0, NULL) == 1;
    size_t length = 0;

    for (unsigned i = 0; i < parts && good; ++i)
        good = EVP_MAC_update(keyed->context, (const unsigned char *)part[i].text,
                              part[i].length) == 1;
    good = good && EVP_MAC_final(keyed->context, sum_r, &length, PFX_KEYED_SUM) == 1;
    if (!good)
        memset(sum_r, 0, PFX_KEYED_SUM);
    return good;
}

bool pfx_keyed_derive(const unsigned char *secret, size_t length, const char *use,
                      unsigned char key_r[static PFX_KEYED_SUM])
{
    char digest[] = "SHA256";
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)secret, length),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)use, strlen(use)),
        OSSL_PARAM_construct_end()};
    bool good = context != NULL && EVP_KDF_derive(context, key_r, PFX_KEYED_SUM, parameters) == 1;

    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return good;
}
