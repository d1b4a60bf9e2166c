/* SPDX-License-Identifier: Apache-2.0 */
/* Pseudonyms; see pseudonym.h. */
#include "privacy/pseudonym.h"
#include "privacy/keyed.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>

static const unsigned char prefix[6] = {0xfd, 0x6c, 0x9b, 0x07, 0x51, 0xe4};

struct pfx_pseudonyms {
    struct pfx_keyed *keyed[PFX_OF_COUNT]; /* NULL: the epoch has no secret */
    char name[PFX_EPOCH_NAME + PFX_SECRET_ID];
};

/* A name says nothing of the secret: it is derived for this use. */
static bool name_them(struct pfx_pseudonyms *pseudonyms, const struct pfx_epoch *epoch)
{
    unsigned char id[PFX_KEYED_SUM] = {0};

    if (!epoch->known)
        return snprintf(pseudonyms->name, sizeof(pseudonyms->name), "%s:" PFX_PSEUDONYM_EXPIRED,
                        epoch->name) > 0;
    return pfx_keyed_derive(epoch->secret, PFX_SECRET, "mmpostfix v1 id", id) &&
           snprintf(pseudonyms->name, sizeof(pseudonyms->name), "%s:%02x%02x%02x%02x", epoch->name,
                    id[0], id[1], id[2], id[3]) > 0;
}

struct pfx_pseudonyms *pfx_pseudonyms_new(const struct pfx_epoch *epoch)
{
    static const char *const uses[PFX_OF_COUNT] = {[PFX_OF_PERSON] = "mmpostfix v1 person",
                                                   [PFX_OF_HOST] = "mmpostfix v1 host",
                                                   [PFX_OF_IP] = "mmpostfix v1 ip",
                                                   [PFX_OF_TEXT] = "mmpostfix v1 text",
                                                   [PFX_OF_SESSION] = "mmpostfix v1 session"};
    struct pfx_pseudonyms *pseudonyms = calloc(1, sizeof(*pseudonyms));
    unsigned char key[PFX_KEYED_SUM];
    bool good = pseudonyms != NULL && name_them(pseudonyms, epoch);

    for (unsigned i = 0; i < PFX_OF_COUNT && good && epoch->known; ++i) {
        good = pfx_keyed_derive(epoch->secret, PFX_SECRET, uses[i], key);
        if (good)
            pseudonyms->keyed[i] = pfx_keyed_new(key, sizeof(key));
        good = good && pseudonyms->keyed[i] != NULL;
    }
    OPENSSL_cleanse(key, sizeof(key));
    if (!good && pseudonyms != NULL)
        pfx_pseudonyms_free(&pseudonyms);
    return pseudonyms;
}

void pfx_pseudonyms_free(struct pfx_pseudonyms **pseudonyms)
{
    for (unsigned i = 0; i < PFX_OF_COUNT && *pseudonyms != NULL; ++i)
        pfx_keyed_free(&(*pseudonyms)->keyed[i]);
    free(*pseudonyms);
    *pseudonyms = NULL;
}

struct pfx_slice pfx_pseudonyms_name(const struct pfx_pseudonyms *pseudonyms)
{
    return pfx_slice_of(pseudonyms->name);
}

/* False: there is nothing to make one with. */
static bool sum(struct pfx_pseudonyms *pseudonyms, enum pfx_pseudonym_of of, char class,
                struct pfx_slice value, unsigned char sum_r[static PFX_KEYED_SUM])
{
    /* A version, so that another form can be told apart. */
    const char head[] = {'v', '1', class, '\0'};
    const struct pfx_slice part[] = {{head, sizeof(head)}, value};

    return pseudonyms->keyed[of] != NULL && pfx_keyed_sum(pseudonyms->keyed[of], part, 2, sum_r);
}

size_t pfx_pseudonym(struct pfx_pseudonyms *pseudonyms, enum pfx_pseudonym_of of,
                     struct pfx_slice value, char out[static PFX_PSEUDONYM_LENGTH])
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
    static const char classes[] = "phits";
    unsigned char bytes[PFX_KEYED_SUM];

    if (!sum(pseudonyms, of, classes[of], value, bytes)) {
        memcpy(out, PFX_PSEUDONYM_EXPIRED, sizeof(PFX_PSEUDONYM_EXPIRED) - 1);
        return sizeof(PFX_PSEUDONYM_EXPIRED) - 1;
    }
    for (unsigned i = 0; i < PFX_PSEUDONYM_LENGTH; i += 8) {
        uint64_t bits = 0;

        for (unsigned k = 0; k < 5; ++k)
            bits = bits << 8 | bytes[i / 8 * 5 + k];
        for (unsigned k = 0; k < 8; ++k)
            out[i + k] = digits[bits >> (35 - 5 * k) & 31];
    }
    return PFX_PSEUDONYM_LENGTH;
}

void pfx_pseudonym_id(struct pfx_pseudonyms *pseudonyms, struct pfx_slice value,
                      char out[static 16])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[PFX_KEYED_SUM];

    if (!sum(pseudonyms, PFX_OF_SESSION, 's', value, bytes))
        memset(bytes, 0, sizeof(bytes));
    for (unsigned i = 0; i < 16; ++i)
        out[i] = digits[bytes[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
}

void pfx_pseudonym_network(struct pfx_pseudonyms *pseudonyms, const unsigned char *bytes,
                           size_t length, unsigned char out[static 2])
{
    const struct pfx_slice front = {(const char *)bytes, length == 4 ? 3 : 6};
    unsigned char hash[PFX_KEYED_SUM];

    if (!sum(pseudonyms, PFX_OF_IP, 'n', front, hash))
        memset(hash, 0, sizeof(hash));
    memcpy(out, hash, 2);
}

void pfx_pseudonym_ip(struct pfx_pseudonyms *pseudonyms, const unsigned char *bytes, size_t length,
                      const unsigned char network[static 2], unsigned char out[static 16])
{
    unsigned char hash[PFX_KEYED_SUM];

    if (!sum(pseudonyms, PFX_OF_IP, 'i', (struct pfx_slice){(const char *)bytes, length}, hash))
        memset(hash, 0, sizeof(hash));
    memcpy(out, prefix, sizeof(prefix));
    memcpy(out + 6, network, 2);
    memcpy(out + 8, hash, 8);
}
