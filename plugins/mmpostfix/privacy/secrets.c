/* SPDX-License-Identifier: Apache-2.0 */
/* Files of secrets; see secrets.h. */
#include "privacy/secrets.h"
#include "base/private.h"
#include "privacy/keyed.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define FILE_MOST 65536 /* bytes */
/* Epochs behind the last line: fifty years of months, and a bound for what a line may claim. */
#define ONWARD 600
#define LINES_MOST 1000
#define BASE64 44 /* digits of a secret */
#define DAY 86400
/* The years 1 to 9999; no line can have another. */
#define EARLIEST INT64_C(-62135596800)
#define LATEST INT64_C(253402300799)

enum kind { ALWAYS, MONTH, WEEK };

static const char *const kinds[] = {[ALWAYS] = "always", [MONTH] = "month", [WEEK] = "week"};

struct secret {
    int64_t index; /* of its epoch, counted from 1970 */
    unsigned char bytes[PFX_SECRET];
};

struct pfx_secrets {
    unsigned references; /* atomic */
    enum kind kind;
    size_t count; /* with those that follow the last line, in order */
    size_t lines; /* of these in the file */
    struct secret secret[];
};

static int64_t seconds_of(int year, int month, int day)
{
    struct tm date = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};

    return timegm(&date);
}

static int64_t divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Weeks begin on Monday; 1970 did on a Thursday. */
static int64_t week_begin(int64_t week)
{
    return (week * 7 - 3) * DAY;
}

static int64_t week_at(int64_t seconds)
{
    return divide(divide(seconds, DAY) + 3, 7);
}

/* ISO 8601: the first week of a year is the one with the fourth of January in it. */
static int64_t first_week(int year)
{
    return week_at(seconds_of(year, 1, 4));
}

static int64_t index_at(enum kind kind, int64_t seconds)
{
    time_t at = (time_t)(seconds < EARLIEST ? EARLIEST : seconds > LATEST ? LATEST : seconds);
    struct tm date;

    if (kind == ALWAYS)
        return 0;
    seconds = at;
    if (kind == WEEK)
        return week_at(seconds);
    if (gmtime_r(&at, &date) == NULL)
        return INT64_MIN;
    return (date.tm_year + INT64_C(1900)) * 12 + date.tm_mon;
}

static void name_epoch(enum kind kind, int64_t index, struct pfx_epoch *epoch)
{
    epoch->begin = INT64_MIN;
    epoch->end = INT64_MAX;
    snprintf(epoch->name, sizeof(epoch->name), "always");
    if (kind == MONTH) {
        int year = (int)divide(index, 12), month = (int)(index - year * INT64_C(12)) + 1;

        epoch->begin = seconds_of(year, month, 1);
        epoch->end = seconds_of(year, month + 1, 1);
        snprintf(epoch->name, sizeof(epoch->name), "%04d-%02d", year, month);
    } else if (kind == WEEK) {
        struct tm date;
        time_t thursday = (time_t)(week_begin(index) + 3 * DAY);

        epoch->begin = week_begin(index);
        epoch->end = week_begin(index + 1);
        if (gmtime_r(&thursday, &date) != NULL)
            snprintf(epoch->name, sizeof(epoch->name), "%04d-W%02d", date.tm_year + 1900,
                     (int)(index - first_week(date.tm_year + 1900)) + 1);
    }
}

static int number_at(struct pfx_slice s, size_t at, size_t digits)
{
    int number = 0;

    for (size_t i = at; i < at + digits; ++i) {
        if (i >= s.length || !pfx_is_digit(s.text[i]))
            return -1;
        number = number * 10 + (s.text[i] - '0');
    }
    return number;
}

/* False: it is the name of no epoch. */
static bool read_name(struct pfx_slice name, enum kind *kind_r, int64_t *index_r)
{
    int year = number_at(name, 0, 4), month = number_at(name, 5, 2), week = number_at(name, 6, 2);

    *index_r = 0;
    *kind_r = ALWAYS;
    if (pfx_slice_equal(name, PFX_SLICE("always")))
        return true;
    if (year < 1970 || name.length < 7 || name.text[4] != '-')
        return false;
    if (name.length == 7 && month >= 1 && month <= 12) {
        *kind_r = MONTH;
        *index_r = year * INT64_C(12) + month - 1;
        return true;
    }
    if (name.length != 8 || name.text[5] != 'W' || week < 1 ||
        first_week(year) + week - 1 >= first_week(year + 1))
        return false;
    *kind_r = WEEK;
    *index_r = first_week(year) + week - 1;
    return true;
}

static bool read_secret(struct pfx_slice base64, unsigned char bytes_r[static PFX_SECRET])
{
    unsigned char block[PFX_SECRET + 1];
    bool good =
        base64.length == BASE64 && base64.text[BASE64 - 1] == '=' &&
        memchr(base64.text, '=', BASE64 - 1) == NULL &&
        EVP_DecodeBlock(block, (const unsigned char *)base64.text, BASE64) == (int)sizeof(block);

    memcpy(bytes_r, block, PFX_SECRET);
    OPENSSL_cleanse(block, sizeof(block));
    return good;
}

static bool step(const struct secret *from, struct secret *to_r)
{
    to_r->index = from->index + 1;
    return pfx_keyed_derive(from->bytes, PFX_SECRET, "mmpostfix v1 next", to_r->bytes);
}

/* A line without its comment; what is wrong with it, or NULL. */
static const char *take_line(struct pfx_secrets *secrets, struct pfx_slice line)
{
    struct secret *secret = &secrets->secret[secrets->count];
    ptrdiff_t blank = pfx_slice_find(line, PFX_SLICE(" "));
    enum kind kind;

    if (blank < 0)
        return "no secret behind the epoch";
    if (!read_name(pfx_slice_until(line, (size_t)blank), &kind, &secret->index))
        return "no epoch: it is a month (2026-11), a week (2026-W48) or \"always\"";
    if (secrets->count > 0 && kind != secrets->kind)
        return "an epoch of another kind than in the line before";
    if (secrets->count > 0 && secret->index <= secret[-1].index)
        return "an epoch that is not later than that of the line before";
    if (!read_secret(pfx_slice_trim(pfx_slice_from(line, (size_t)blank)), secret->bytes))
        return "no secret: it is 32 bytes as base64, as of \"openssl rand -base64 32\"";
    secrets->kind = kind;
    secrets->lines = ++secrets->count;
    return secrets->count == LINES_MOST ? "too many lines" : NULL;
}

static struct pfx_slice next_line(struct pfx_slice *text)
{
    struct pfx_slice line = PFX_NO_SLICE;
    ptrdiff_t comment;

    pfx_slice_next(text, '\n', &line);
    comment = pfx_slice_find(line, PFX_SLICE("#"));
    return pfx_slice_trim(comment < 0 ? line : pfx_slice_until(line, (size_t)comment));
}

struct pfx_secrets *pfx_secrets_parse(struct pfx_slice text, const char *path, char *error_r,
                                      size_t size)
{
    struct pfx_secrets *secrets =
        calloc(1, sizeof(*secrets) + (LINES_MOST + ONWARD) * sizeof(secrets->secret[0]));
    const char *wrong = secrets == NULL ? "out of memory" : NULL;
    unsigned number = 0;

    while (wrong == NULL && text.length > 0) {
        struct pfx_slice line = next_line(&text);

        ++number;
        if (line.length > 0)
            wrong = take_line(secrets, line);
    }
    if (wrong == NULL && secrets->count == 0)
        wrong = "no line with an epoch and its secret";
    for (unsigned i = 0; wrong == NULL && secrets->kind != ALWAYS && i < ONWARD; ++i) {
        struct secret *last = &secrets->secret[secrets->count - 1];

        if (!step(last, last + 1))
            wrong = "libcrypto has no HKDF";
        ++secrets->count;
    }
    if (wrong != NULL) {
        snprintf(error_r, size, "%.300s:%u: %s", path, number, wrong);
        pfx_secrets_unref(&secrets);
        return NULL;
    }
    secrets->references = 1;
    return secrets;
}

struct pfx_secrets *pfx_secrets_read(const char *path, char *error_r, size_t size)
{
    char *text = malloc(FILE_MOST);
    const char *reason = "out of memory";
    long length = text != NULL ? pfx_private_read(path, text, FILE_MOST, &reason) : -1;
    struct pfx_secrets *secrets = NULL;

    if (length < 0)
        snprintf(error_r, size, "%.300s: %s", path, reason);
    else
        secrets = pfx_secrets_parse((struct pfx_slice){text, (size_t)length}, path, error_r, size);
    if (text != NULL)
        OPENSSL_cleanse(text, FILE_MOST);
    free(text);
    return secrets;
}

struct pfx_secrets *pfx_secrets_ref(struct pfx_secrets *secrets)
{
    if (secrets != NULL)
        __atomic_add_fetch(&secrets->references, 1, __ATOMIC_RELAXED);
    return secrets;
}

void pfx_secrets_unref(struct pfx_secrets **secrets)
{
    struct pfx_secrets *old = *secrets;

    *secrets = NULL;
    if (old == NULL ||
        (old->references > 0 && __atomic_sub_fetch(&old->references, 1, __ATOMIC_ACQ_REL) > 0))
        return;
    OPENSSL_cleanse(old->secret, (LINES_MOST + ONWARD) * sizeof(old->secret[0]));
    free(old);
}

bool pfx_secrets_equal(const struct pfx_secrets *a, const struct pfx_secrets *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    if (a->kind != b->kind || a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; ++i) {
        if (a->secret[i].index != b->secret[i].index ||
            CRYPTO_memcmp(a->secret[i].bytes, b->secret[i].bytes, PFX_SECRET) != 0)
            return false;
    }
    return true;
}

static void find(const struct pfx_secrets *secrets, int64_t index, struct pfx_epoch *epoch_r)
{
    size_t from = 0, to = secrets->count;

    memset(epoch_r, 0, sizeof(*epoch_r));
    name_epoch(secrets->kind, index, epoch_r);
    while (to - from > 1) {
        size_t middle = (from + to) / 2;

        if (secrets->secret[middle].index <= index)
            from = middle;
        else
            to = middle;
    }
    epoch_r->known = secrets->secret[from].index == index;
    if (epoch_r->known)
        memcpy(epoch_r->secret, secrets->secret[from].bytes, PFX_SECRET);
}

void pfx_secrets_at(const struct pfx_secrets *secrets, int64_t seconds, struct pfx_epoch *epoch_r)
{
    find(secrets, index_at(secrets->kind, seconds), epoch_r);
}

bool pfx_secrets_named(const struct pfx_secrets *secrets, struct pfx_slice name,
                       struct pfx_epoch *epoch_r)
{
    enum kind kind;
    int64_t index;

    if (!read_name(name, &kind, &index) || kind != secrets->kind)
        return false;
    find(secrets, index, epoch_r);
    return true;
}

/* Writes lines to a new file; NULL when it is safe on disk, else why not. */
static const char *write_new(const char *path, enum kind kind, const struct secret *secret,
                             size_t count)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    FILE *stream = file < 0 ? NULL : fdopen(file, "w");
    const char *wrong = NULL;

    if (stream == NULL) {
        wrong = strerror(errno);
        if (file >= 0)
            close(file);
        return wrong;
    }
    setvbuf(stream, NULL, _IONBF, 0); /* no copy of a secret stays behind */
    for (size_t i = 0; i < count; ++i) {
        char base64[BASE64 + 1];
        struct pfx_epoch epoch;

        name_epoch(kind, secret[i].index, &epoch);
        EVP_EncodeBlock((unsigned char *)base64, secret[i].bytes, PFX_SECRET);
        if (fprintf(stream, "%s %s\n", epoch.name, base64) < 0)
            wrong = strerror(errno);
        OPENSSL_cleanse(base64, sizeof(base64));
    }
    if (wrong == NULL && fsync(file) < 0)
        wrong = strerror(errno);
    if (fclose(stream) != 0 && wrong == NULL)
        wrong = strerror(errno);
    if (wrong != NULL)
        unlink(path);
    return wrong;
}

bool pfx_secrets_make(const char *path, const char *kind, int64_t seconds, char *error_r,
                      size_t size)
{
    struct secret secret = {0};
    const char *wrong = "the kind of an epoch is month, week or always";
    int k = WEEK;

    while (k >= 0 && strcmp(kinds[k], kind) != 0)
        --k;
    if (k >= 0)
        wrong = getrandom(secret.bytes, PFX_SECRET, 0) == PFX_SECRET ? NULL : strerror(errno);
    if (wrong == NULL) {
        secret.index = index_at((enum kind)k, seconds);
        wrong = write_new(path, (enum kind)k, &secret, 1);
    }
    OPENSSL_cleanse(&secret, sizeof(secret));
    if (wrong != NULL)
        snprintf(error_r, size, "%.300s: %s", path, wrong);
    return wrong == NULL;
}

bool pfx_secrets_forget(const char *path, struct pfx_slice name, char *error_r, size_t size)
{
    struct pfx_secrets *secrets = pfx_secrets_read(path, error_r, size);
    struct pfx_epoch epoch;
    const char *wrong = NULL;
    char new_path[4096], old_path[4096];
    size_t first = 0, end;
    int64_t index;
    enum kind kind;

    if (secrets == NULL)
        return false;
    if (!pfx_secrets_named(secrets, name, &epoch) || !read_name(name, &kind, &index))
        wrong = "no epoch of this file's kind";
    while (wrong == NULL && first < secrets->count && secrets->secret[first].index < index)
        ++first;
    if (wrong == NULL && (first == secrets->count || !epoch.known))
        wrong = "there is no secret for that epoch, so nothing would be left to begin with";
    /* Lines of the file, or the one that those behind it follow from. */
    end = first < secrets->lines ? secrets->lines : first + 1;
    if (wrong == NULL &&
        ((size_t)snprintf(new_path, sizeof(new_path), "%s.new", path) >= sizeof(new_path) ||
         (size_t)snprintf(old_path, sizeof(old_path), "%s.old", path) >= sizeof(old_path)))
        wrong = strerror(ENAMETOOLONG);
    if (wrong == NULL) {
        unlink(new_path); /* of a run that was cut off */
        wrong = write_new(new_path, secrets->kind, secrets->secret + first, end - first);
    }
    if (wrong == NULL) {
        unlink(old_path);
        if (link(path, old_path) < 0 || rename(new_path, path) < 0)
            wrong = strerror(errno);
        else
            pfx_private_wipe(old_path);
        unlink(old_path);
    }
    if (wrong != NULL)
        snprintf(error_r, size, "%.300s: %s", path, wrong);
    OPENSSL_cleanse(&epoch, sizeof(epoch));
    pfx_secrets_unref(&secrets);
    return wrong == NULL;
}
