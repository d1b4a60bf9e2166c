/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes by FIPS 180-2, signatures by RFC 8032, keys in files, anchors, places. */
#include "unit/unit.h"

#include "evidence/anchor.h"
#include "evidence/chain.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[] = "/tmp/test_seal.XXXXXX", path[64], public[64], why[PFX_SEAL_WHY];

static void write_file(const char *name, const char *text, mode_t mode)
{
    FILE *file = fopen(name, "w");

    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0 || chmod(name, mode) < 0)
        exit(1);
}

/* "abc", the first byte of which is the use. */
static void hashes(void)
{
    struct pfx_hasher *hasher = pfx_hasher_new();
    unsigned char hash[PFX_SEAL_HASH], back[PFX_SEAL_HASH];
    const struct pfx_slice part[] = {PFX_SLICE("b"), PFX_SLICE(""), PFX_SLICE("c")};
    char hex[PFX_SEAL_HEX];

    for (int i = 0; i < 2; ++i) {
        pfx_hasher_sum(hasher, 'a', part, 3, hash);
        pfx_seal_hex(hash, hex);
        CHECK_TEXT(unit_slice(hex),
                   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
    CHECK(pfx_seal_unhex(unit_slice(hex), back) && memcmp(hash, back, sizeof(hash)) == 0);
    hex[5] = 'G';
    CHECK(!pfx_seal_unhex(unit_slice(hex), back));
    hex[5] = '\0';
    CHECK(!pfx_seal_unhex(unit_slice(hex), back));
    pfx_hasher_free(&hasher);
}

/* RFC 8032, 7.1, test 2: the message is 0x72. The keys are those of the RFC behind the constant
 * bytes of RFC 8410. */
static void signatures(void)
{
    struct pfx_seal_key *key, *half;
    char signature[PFX_SEAL_BASE64];

    write_file(path,
               "-----BEGIN PRIVATE KEY-----\n"
               "MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7\n"
               "-----END PRIVATE KEY-----\n",
               0600);
    key = pfx_seal_read(path, false, why);
    CHECK(key != NULL);
    if (key == NULL)
        return;
    CHECK(pfx_seal_sign(key, PFX_SLICE("r"), signature));
    CHECK_TEXT(unit_slice(signature), "kqAJqfDUyrhyDoILX2QlQKKye1QWUD+Ps3YiI+vbadoI"
                                      "WsHkPhWZbkWPNhPQ8R2MOHsurrQwKu6wDSkWErsMAA==");
    CHECK(pfx_seal_verify(key, PFX_SLICE("r"), unit_slice(signature)));
    CHECK(!pfx_seal_verify(key, PFX_SLICE("s"), unit_slice(signature)));
    signature[3] = signature[3] == 'A' ? 'B' : 'A';
    CHECK(!pfx_seal_verify(key, PFX_SLICE("r"), unit_slice(signature)));
    CHECK(!pfx_seal_verify(key, PFX_SLICE("r"), PFX_SLICE("")));
    chmod(path, 0640);
    half = pfx_seal_read(path, false, why);
    CHECK(half == NULL && strstr(why, "chmod 600") != NULL);
    pfx_seal_free(&key);
}

static void keys(void)
{
    struct pfx_seal_key *key, *half;
    char signature[PFX_SEAL_BASE64];
    struct stat status;

    unlink(path);
    key = pfx_seal_make(path, why);
    CHECK(key != NULL && pfx_seal_write_public(key, public, why));
    CHECK(key != NULL && strlen(pfx_seal_name(key)) == 16);
    CHECK(stat(path, &status) == 0 && (status.st_mode & 0777) == 0600);
    half = pfx_seal_read(public, true, why);
    CHECK(half != NULL && strcmp(pfx_seal_name(half), pfx_seal_name(key)) == 0);
    CHECK(pfx_seal_sign(key, PFX_SLICE("text"), signature));
    CHECK(pfx_seal_verify(half, PFX_SLICE("text"), unit_slice(signature)));
    pfx_seal_free(&key);
    key = pfx_seal_read(path, false, why);
    CHECK(key != NULL && strcmp(pfx_seal_name(half), pfx_seal_name(key)) == 0);
    pfx_seal_free(&half);
    CHECK(pfx_seal_make(path, why) == NULL); /* one is there */
    write_file(path, "no key\n", 0600);
    CHECK(pfx_seal_read(path, false, why) == NULL && strstr(why, "Ed25519") != NULL);
    CHECK(pfx_seal_read(directory, true, why) == NULL);
    pfx_seal_free(&key);
}

static void anchors(void)
{
    struct pfx_anchor anchor = {
        PFX_SLICE("mx-1a"), PFX_ANCHOR_INTERVAL, 1, 10000, false, 0, {1}, {2}, 1790000000, {0}};
    struct pfx_anchor back;
    struct pfx_slice key_name, of, signature, line;
    struct pfx_seal_key *key, *next;
    char text[PFX_ANCHOR_TEXT];

    unlink(path);
    key = pfx_seal_make(path, why);
    CHECK(key != NULL && pfx_anchor_write(&anchor, key, text));
    line = unit_slice(text);
    CHECK(pfx_anchor_read(line, &back, &key_name, &of, &signature) == NULL);
    CHECK(back.first == 1 && back.last == 10000 && back.kind == PFX_ANCHOR_INTERVAL &&
          back.time == anchor.time && !back.unclean);
    CHECK(memcmp(back.head, anchor.head, PFX_SEAL_HASH) == 0 &&
          memcmp(back.previous, anchor.previous, PFX_SEAL_HASH) == 0);
    CHECK_TEXT(back.stream, "mx-1a");
    CHECK_TEXT(key_name, pfx_seal_name(key));
    CHECK(pfx_seal_verify(key, of, signature));
    for (size_t cut = 0; cut < line.length; ++cut)
        CHECK(pfx_anchor_read(pfx_slice_until(line, cut), &back, &key_name, &of, &signature) !=
              NULL);
    anchor.kind = PFX_ANCHOR_START;
    anchor.unclean = true;
    anchor.known = 0; /* it died before its first document, or nobody knows */
    CHECK(pfx_anchor_write(&anchor, key, text) &&
          pfx_anchor_read(unit_slice(text), &back, &key_name, &of, &signature) == NULL &&
          back.unclean && back.known == 0 && back.kind == PFX_ANCHOR_START);
    anchor.kind = PFX_ANCHOR_KEY;
    anchor.unclean = false;
    pfx_seal_public(key, anchor.next);
    CHECK(pfx_anchor_write(&anchor, key, text) &&
          pfx_anchor_read(unit_slice(text), &back, &key_name, &of, &signature) == NULL &&
          back.kind == PFX_ANCHOR_KEY && memcmp(back.next, anchor.next, PFX_SEAL_PUBLIC) == 0);
    next = pfx_seal_of(back.next, why);
    CHECK(next != NULL && pfx_seal_verify(next, of, signature) &&
          strcmp(pfx_seal_name(next), pfx_seal_name(key)) == 0);
    pfx_seal_free(&next);
    *strstr(text, "\"next\"") = ' ';
    CHECK(pfx_anchor_read(unit_slice(text), &back, &key_name, &of, &signature) != NULL);
    pfx_seal_free(&key);
}

static void places(void)
{
    unsigned char before[PFX_SEAL_HASH];
    struct pfx_slice stream;
    uint64_t number;
#define HASH "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    CHECK(pfx_chain_read(PFX_SLICE("a:b:12:" HASH ":1"), &stream, &number, before));
    CHECK(number == 12 && before[0] == 0xba);
    CHECK_TEXT(stream, "a:b");
    CHECK(!pfx_chain_read(PFX_SLICE("a:12:" HASH ":2"), &stream, &number, before));
    CHECK(!pfx_chain_read(PFX_SLICE("a:0:" HASH ":1"), &stream, &number, before));
    CHECK(!pfx_chain_read(PFX_SLICE(":12:" HASH ":1"), &stream, &number, before));
    CHECK(!pfx_chain_read(PFX_SLICE("12:" HASH ":1"), &stream, &number, before));
    CHECK(!pfx_chain_read(PFX_SLICE("a:x:" HASH ":1"), &stream, &number, before));
    CHECK(!pfx_chain_read(PFX_SLICE(""), &stream, &number, before));
}

int main(void)
{
    if (mkdtemp(directory) == NULL)
        return 1;
    snprintf(path, sizeof(path), "%s/key", directory);
    snprintf(public, sizeof(public), "%s/key.pub", directory);
    hashes();
    signatures();
    keys();
    anchors();
    places();
    unlink(path);
    unlink(public);
    rmdir(directory);
    return UNIT_END();
}
