/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed files; see sealed.h. */
#include "state/sealed.h"
#include "privacy/keyed.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#define MAGIC 8
#define SALT 16
#define HEAD (MAGIC + PFX_EPOCH_NAME + SALT)
#define TAG 16
#define NONCE 12
/* Bytes of a record at most. */
#define RECORD_MOST ((size_t)1 << 26)

/* The key of a file, by its epoch's secret and its salt. */
static bool derive(const struct pfx_epoch *epoch, const unsigned char *salt,
                   unsigned char key_r[static PFX_SEALED_KEY])
{
    const struct pfx_slice part = {(const char *)salt, SALT};
    unsigned char base[PFX_KEYED_SUM];
    struct pfx_keyed *keyed = NULL;
    bool good = epoch->known &&
                pfx_keyed_derive(epoch->secret, PFX_SECRET, "mmpostfix v1 state", base) &&
                (keyed = pfx_keyed_new(base, sizeof(base))) != NULL &&
                pfx_keyed_sum(keyed, &part, 1, key_r);

    pfx_keyed_free(&keyed);
    OPENSSL_cleanse(base, sizeof(base));
    return good;
}

static void number_nonce(uint64_t number, unsigned char nonce_r[static NONCE])
{
    memset(nonce_r, 0, NONCE);
    memcpy(nonce_r, &number, sizeof(number));
}

bool pfx_sealing_begin(struct pfx_sealing *sealing, const struct pfx_secrets *secrets, int64_t now,
                       int file)
{
    unsigned char head[HEAD] = PFX_SEALED_MAGIC;
    struct pfx_epoch epoch;
    bool good;

    *sealing = (struct pfx_sealing){.on = secrets != NULL};
    if (!sealing->on)
        return true;
    pfx_secrets_at(secrets, now, &epoch);
    memcpy(head + MAGIC, epoch.name, sizeof(epoch.name));
    good = getrandom(head + MAGIC + PFX_EPOCH_NAME, SALT, 0) == SALT &&
           derive(&epoch, head + MAGIC + PFX_EPOCH_NAME, sealing->key);
    OPENSSL_cleanse(&epoch, sizeof(epoch));
    if (!good)
        errno = ENOKEY;
    return good && pfx_state_write(file, head, sizeof(head));
}

/* Both ways; in and out may be one. The tag is written, or has to fit. */
static bool transform(const unsigned char *key, uint64_t number, bool seal, const unsigned char *in,
                      size_t length, unsigned char *out, unsigned char *tag)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    unsigned char nonce[NONCE];
    int done;
    bool good;

    number_nonce(number, nonce);
    good = context != NULL &&
           EVP_CipherInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce, seal) == 1 &&
           EVP_CipherUpdate(context, out, &done, in, (int)length) == 1 &&
           (seal || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1) &&
           EVP_CipherFinal_ex(context, out + length, &done) == 1 &&
           (!seal || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG, tag) == 1);
    EVP_CIPHER_CTX_free(context);
    return good;
}

bool pfx_sealing_write(struct pfx_sealing *sealing, int file, const void *bytes, size_t length)
{
    unsigned char *record, tag[TAG];
    uint32_t size = (uint32_t)length;
    bool good;

    if (!sealing->on)
        return pfx_state_write(file, bytes, length);
    if (length > RECORD_MOST)
        return pfx_sealing_write(sealing, file, bytes, RECORD_MOST) &&
               pfx_sealing_write(sealing, file, (const char *)bytes + RECORD_MOST,
                                 length - RECORD_MOST);
    record = malloc(length + 1);
    good = record != NULL &&
           transform(sealing->key, sealing->records++, true, bytes, length, record, tag) &&
           pfx_state_write(file, &size, sizeof(size)) && pfx_state_write(file, record, length) &&
           pfx_state_write(file, tag, sizeof(tag));
    free(record);
    return good;
}

struct stream {
    struct pfx_sealing *sealing;
    int file;
};

static ssize_t write_stream(void *cookie, const char *bytes, size_t length)
{
    struct stream *stream = cookie;

    return pfx_sealing_write(stream->sealing, stream->file, bytes, length) ? (ssize_t)length : 0;
}

static int close_stream(void *cookie)
{
    struct stream *stream = cookie;
    int closed = close(stream->file);

    free(stream);
    return closed;
}

FILE *pfx_sealing_stream(struct pfx_sealing *sealing, int file)
{
    const cookie_io_functions_t functions = {.write = write_stream, .close = close_stream};
    struct stream *stream;
    FILE *out;

    if (!sealing->on)
        return fdopen(file, "w");
    stream = malloc(sizeof(*stream));
    if (stream == NULL)
        return NULL;
    *stream = (struct stream){sealing, file};
    out = fopencookie(stream, "w", functions);
    if (out == NULL)
        free(stream);
    else
        setvbuf(out, NULL, _IOFBF, 65536);
    return out;
}

void pfx_sealing_end(struct pfx_sealing *sealing)
{
    OPENSSL_cleanse(sealing, sizeof(*sealing));
}

/* Opens what was read of such a file in its place; NULL, or why nothing can be read. */
static const char *open_in_place(struct pfx_slice *bytes, const struct pfx_secrets *secrets)
{
    unsigned char *text = (unsigned char *)(uintptr_t)bytes->text, *out = text, tag[TAG];
    struct pfx_slice rest = *bytes, name;
    unsigned char key[PFX_SEALED_KEY];
    struct pfx_epoch epoch;
    uint64_t number = 0;
    uint32_t size;
    bool good, empty;

    if (rest.length < MAGIC || memcmp(text, PFX_SEALED_MAGIC, MAGIC) != 0)
        return NULL;
    if (secrets == NULL)
        return "it is sealed, and no action has the secrets of pseudonyms that it was sealed with";
    if (rest.length < HEAD)
        return "it was cut";
    name = (struct pfx_slice){rest.text + MAGIC, strnlen(rest.text + MAGIC, PFX_EPOCH_NAME)};
    good = pfx_secrets_named(secrets, name, &epoch) &&
           derive(&epoch, text + MAGIC + PFX_EPOCH_NAME, key);
    OPENSSL_cleanse(&epoch, sizeof(epoch));
    if (!good)
        return "it is sealed, and the secret of its epoch is not there any more";
    rest = pfx_slice_from(rest, HEAD);
    empty = rest.length == 0; /* killed behind its head */
    while (rest.length >= sizeof(size) + TAG) {
        memcpy(&size, rest.text, sizeof(size));
        if (size > rest.length - sizeof(size) - TAG)
            break;
        memcpy(tag, rest.text + sizeof(size) + size, TAG);
        /* What comes out lies before what is read. */
        memmove(out, rest.text + sizeof(size), size);
        if (!transform(key, number++, false, out, size, out, tag))
            break;
        rest = pfx_slice_from(rest, sizeof(size) + size + TAG);
        out += size;
    }
    OPENSSL_cleanse(key, sizeof(key));
    bytes->length = (size_t)(out - text);
    return !empty && bytes->length == 0
               ? "it is sealed with another secret of its epoch, or damaged"
               : NULL;
}

struct pfx_slice pfx_sealed_slurp(const struct pfx_state_options *options, int directory,
                                  const char *name)
{
    struct pfx_slice bytes = pfx_state_slurp(options, directory, name);
    struct pfx_secrets *secrets = options->secrets != NULL ? options->secrets() : NULL;
    const char *wrong = bytes.text != NULL ? open_in_place(&bytes, secrets) : NULL;

    pfx_secrets_unref(&secrets);
    if (wrong == NULL)
        return bytes;
    pfx_state_report(options, true, "not read", wrong);
    free((char *)(uintptr_t)bytes.text);
    return PFX_NO_SLICE;
}
