/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes and signatures; see seal.h. */
#include "evidence/seal.h"
#include "base/private.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME 16     /* digits */
#define BUFFER 1024 /* of a file with a key, of our own, to be wiped */

struct pfx_hasher {
    EVP_MD_CTX *context;
    EVP_MD *sha256; /* fetched once: a name costs more than a hash */
};

struct pfx_seal_key {
    EVP_PKEY *key;
    unsigned char public[PFX_SEAL_PUBLIC];
    char name[NAME + 1];
};

struct pfx_hasher *pfx_hasher_new(void)
{
    struct pfx_hasher *hasher = calloc(1, sizeof(*hasher));

    if (hasher == NULL)
        return NULL;
    hasher->context = EVP_MD_CTX_new();
    hasher->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (hasher->context == NULL || hasher->sha256 == NULL ||
        EVP_DigestInit_ex(hasher->context, hasher->sha256, NULL) != 1)
        pfx_hasher_free(&hasher);
    return hasher;
}

void pfx_hasher_free(struct pfx_hasher **hasher)
{
    if (*hasher != NULL) {
        EVP_MD_CTX_free((*hasher)->context);
        EVP_MD_free((*hasher)->sha256);
    }
    free(*hasher);
    *hasher = NULL;
}

void pfx_hasher_sum(struct pfx_hasher *hasher, unsigned char use, const struct pfx_slice *part,
                    unsigned parts, unsigned char hash_r[static PFX_SEAL_HASH])
{
    EVP_DigestInit_ex(hasher->context, NULL, NULL);
    EVP_DigestUpdate(hasher->context, &use, 1);
    for (unsigned i = 0; i < parts; ++i)
        EVP_DigestUpdate(hasher->context, part[i].text, part[i].length);
    EVP_DigestFinal_ex(hasher->context, hash_r, NULL);
}

void pfx_seal_hex(const unsigned char hash[static PFX_SEAL_HASH], char hex_r[static PFX_SEAL_HEX])
{
    static const char digits[] = "0123456789abcdef";

    for (unsigned i = 0; i < PFX_SEAL_HASH; ++i) {
        hex_r[2 * i] = digits[hash[i] >> 4];
        hex_r[2 * i + 1] = digits[hash[i] & 15];
    }
    hex_r[2 * PFX_SEAL_HASH] = '\0';
}

static int digit_of(char c)
{
    return pfx_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool pfx_seal_unhex(struct pfx_slice hex, unsigned char hash_r[static PFX_SEAL_HASH])
{
    for (size_t i = 0; hex.length == 2 * PFX_SEAL_HASH && i < PFX_SEAL_HASH; ++i) {
        int high = digit_of(hex.text[2 * i]), low = digit_of(hex.text[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        hash_r[i] = (unsigned char)(high * 16 + low);
    }
    return hex.length == 2 * PFX_SEAL_HASH;
}

/* Takes the key, which may be NULL. */
static struct pfx_seal_key *wrap(EVP_PKEY *pkey, char why_r[static PFX_SEAL_WHY])
{
    unsigned char public[PFX_SEAL_PUBLIC], hash[PFX_SEAL_HASH];
    char hex[PFX_SEAL_HEX];
    size_t length = sizeof(public);
    struct pfx_hasher *hasher = pfx_hasher_new();
    struct pfx_seal_key *key = calloc(1, sizeof(*key));

    if (pkey == NULL || EVP_PKEY_get_raw_public_key(pkey, public, &length) != 1 ||
        EVP_PKEY_get_base_id(pkey) != EVP_PKEY_ED25519 || length != sizeof(public)) {
        snprintf(why_r, PFX_SEAL_WHY, "it is no key of Ed25519 in PEM form");
    } else if (key == NULL || hasher == NULL) {
        snprintf(why_r, PFX_SEAL_WHY, "out of memory");
    } else {
        pfx_hasher_sum(hasher, 'k', &(struct pfx_slice){(const char *)public, length}, 1, hash);
        pfx_seal_hex(hash, hex);
        memcpy(key->name, hex, NAME);
        memcpy(key->public, public, sizeof(public));
        key->key = pkey;
        pfx_hasher_free(&hasher);
        return key;
    }
    EVP_PKEY_free(pkey);
    pfx_hasher_free(&hasher);
    free(key);
    return NULL;
}

struct pfx_seal_key *pfx_seal_read(const char *path, bool public, char why_r[static PFX_SEAL_WHY])
{
    const char *wrong = NULL;
    int file = public ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
                      : pfx_private_open(path, &wrong);
    FILE *stream = file >= 0 ? fdopen(file, "r") : NULL;
    char buffer[BUFFER];
    EVP_PKEY *pkey;

    if (stream == NULL) {
        snprintf(why_r, PFX_SEAL_WHY, "%s", wrong != NULL ? wrong : strerror(errno));
        if (file >= 0)
            close(file);
        return NULL;
    }
    setvbuf(stream, buffer, _IOFBF, sizeof(buffer));
    pkey = public ? PEM_read_PUBKEY(stream, NULL, NULL, NULL)
                  : PEM_read_PrivateKey(stream, NULL, NULL, (char *)"");
    fclose(stream);
    OPENSSL_cleanse(buffer, sizeof(buffer));
    return wrap(pkey, why_r);
}

/* Writes one half of a key to a new file. */
static bool write_half(const char *path, mode_t mode, EVP_PKEY *pkey, bool public,
                       char why_r[static PFX_SEAL_WHY])
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    FILE *stream = file < 0 ? NULL : fdopen(file, "w");
    bool good = stream != NULL;
    char buffer[BUFFER];

    if (good)
        setvbuf(stream, buffer, _IOFBF, sizeof(buffer));
    if (good)
        good = (public ? PEM_write_PUBKEY(stream, pkey)
                       : PEM_write_PrivateKey(stream, pkey, NULL, NULL, 0, NULL, NULL)) == 1 &&
               fflush(stream) == 0 && fsync(file) == 0;
    if (!good)
        snprintf(why_r, PFX_SEAL_WHY, "%.400s: %s", path, strerror(errno));
    if (stream != NULL)
        fclose(stream);
    else if (file >= 0)
        close(file);
    OPENSSL_cleanse(buffer, sizeof(buffer));
    return good;
}

struct pfx_seal_key *pfx_seal_make(const char *path, char why_r[static PFX_SEAL_WHY])
{
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

    if (pkey == NULL) {
        snprintf(why_r, PFX_SEAL_WHY, "libcrypto makes no key");
        return NULL;
    }
    if (!write_half(path, 0600, pkey, false, why_r)) {
        EVP_PKEY_free(pkey);
        return NULL;
    }
    return wrap(pkey, why_r);
}

bool pfx_seal_write_public(const struct pfx_seal_key *key, const char *path,
                           char why_r[static PFX_SEAL_WHY])
{
    unlink(path);
    return write_half(path, 0644, key->key, true, why_r);
}

void pfx_seal_public(const struct pfx_seal_key *key, unsigned char public_r[static PFX_SEAL_PUBLIC])
{
    memcpy(public_r, key->public, PFX_SEAL_PUBLIC);
}

struct pfx_seal_key *pfx_seal_of(const unsigned char public[static PFX_SEAL_PUBLIC],
                                 char why_r[static PFX_SEAL_WHY])
{
    return wrap(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public, PFX_SEAL_PUBLIC),
                why_r);
}

void pfx_seal_free(struct pfx_seal_key **key)
{
    if (*key != NULL)
        EVP_PKEY_free((*key)->key);
    free(*key);
    *key = NULL;
}

const char *pfx_seal_name(const struct pfx_seal_key *key)
{
    return key->name;
}

bool pfx_seal_sign(const struct pfx_seal_key *key, struct pfx_slice text,
                   char base64_r[static PFX_SEAL_BASE64])
{
    unsigned char signature[PFX_SEAL_SIGNATURE];
    size_t length = sizeof(signature);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, key->key) == 1 &&
                EVP_DigestSign(context, signature, &length, (const unsigned char *)text.text,
                               text.length) == 1;

    EVP_MD_CTX_free(context);
    if (good)
        EVP_EncodeBlock((unsigned char *)base64_r, signature, (int)length);
    return good;
}

bool pfx_seal_verify(const struct pfx_seal_key *key, struct pfx_slice text, struct pfx_slice base64)
{
    unsigned char signature[PFX_SEAL_SIGNATURE + 2]; /* a block of base64 is three bytes */
    EVP_MD_CTX *context;
    bool good;

    if (base64.length != PFX_SEAL_BASE64 - 1 ||
        EVP_DecodeBlock(signature, (const unsigned char *)base64.text, (int)base64.length) !=
            (int)sizeof(signature))
        return false;
    context = EVP_MD_CTX_new();
    good = context != NULL && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->key) == 1 &&
           EVP_DigestVerify(context, signature, PFX_SEAL_SIGNATURE,
                            (const unsigned char *)text.text, text.length) == 1;
    EVP_MD_CTX_free(context);
    return good;
}
