/* SPDX-License-Identifier: Apache-2.0 */
/* Files of secrets: epochs by time and by name, what is refused and where, and what is destroyed.
 */
#include "unit/unit.h"

#include "privacy/secrets.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define B "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="

static char error[500];

static struct pfx_secrets *parse(const char *text)
{
    error[0] = '\0';
    return pfx_secrets_parse(unit_slice(text), "keys", error, sizeof(error));
}

static int64_t at(int year, int month, int day, int hour, int minute, int second)
{
    struct tm date = {.tm_year = year - 1900,
                      .tm_mon = month - 1,
                      .tm_mday = day,
                      .tm_hour = hour,
                      .tm_min = minute,
                      .tm_sec = second};

    return timegm(&date);
}

static void bad_lines_are_named(void)
{
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        {"", "keys:0: no line with an epoch and its secret"},
        {"# nothing\n\n", "keys:2: no line with an epoch and its secret"},
        {"2026-11\n", "keys:1: no secret behind the epoch"},
        {"2026-13 " A "\n", "keys:1: no epoch"},
        {"2026-00 " A "\n", "keys:1: no epoch"},
        {"2025-W53 " A "\n", "keys:1: no epoch"},
        {"2026-W00 " A "\n", "keys:1: no epoch"},
        {"1969-12 " A "\n", "keys:1: no epoch"},
        {"never " A "\n", "keys:1: no epoch"},
        {"2026-11 short\n", "keys:1: no secret: it is 32 bytes"},
        {"2026-11 AAAA" A "\n", "keys:1: no secret: it is 32 bytes"},
        {"2026-11 =AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", "keys:1: no secret: it is 32"},
        {"2026-11 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\n", "keys:1: no secret: it is 32"},
        {"# c\n2026-11 " A "\n2026-W48 " B "\n", "keys:3: an epoch of another kind"},
        {"2026-11 " A "\n2026-11 " B "\n", "keys:2: an epoch that is not later"},
        {"2026-11 " A "\n2026-10 " B "\n", "keys:2: an epoch that is not later"},
        {"always " A "\nalways " B "\n", "keys:2: an epoch that is not later"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_secrets *secrets = parse(rows[i].text);

        unit_row = rows[i].text;
        CHECK(secrets == NULL);
        CHECK_TEXT(pfx_slice_until(unit_slice(error), strlen(rows[i].wanted)), rows[i].wanted);
        pfx_secrets_unref(&secrets);
    }
    unit_row = "";
}

/* ISO 8601: 2026 has 53 weeks, 2025 ends in the first week of the next. */
static void epochs_are_of_the_calendar(void)
{
    const struct {
        const char *file;
        int64_t time;
        const char *name;
        int64_t begin, end;
    } rows[] = {
        {"2026-11 " A, at(2026, 11, 30, 23, 59, 59), "2026-11", at(2026, 11, 1, 0, 0, 0),
         at(2026, 12, 1, 0, 0, 0)},
        {"2026-11 " A, at(2026, 12, 1, 0, 0, 0), "2026-12", at(2026, 12, 1, 0, 0, 0),
         at(2027, 1, 1, 0, 0, 0)},
        {"2026-11 " A, at(2027, 1, 1, 0, 0, 0), "2027-01", at(2027, 1, 1, 0, 0, 0),
         at(2027, 2, 1, 0, 0, 0)},
        {"2026-11 " A, at(1969, 12, 31, 23, 0, 0), "1969-12", at(1969, 12, 1, 0, 0, 0), 0},
        {"2026-W48 " A, at(2025, 12, 29, 0, 0, 0), "2026-W01", at(2025, 12, 29, 0, 0, 0),
         at(2026, 1, 5, 0, 0, 0)},
        {"2026-W48 " A, at(2025, 12, 28, 23, 59, 59), "2025-W52", at(2025, 12, 22, 0, 0, 0),
         at(2025, 12, 29, 0, 0, 0)},
        {"2026-W48 " A, at(2027, 1, 3, 23, 59, 59), "2026-W53", at(2026, 12, 28, 0, 0, 0),
         at(2027, 1, 4, 0, 0, 0)},
        {"always " A, at(2040, 2, 29, 1, 2, 3), "always", INT64_MIN, INT64_MAX},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        struct pfx_secrets *secrets = parse(rows[i].file);
        struct pfx_epoch epoch, named;

        unit_row = rows[i].name;
        CHECK(secrets != NULL);
        if (secrets == NULL)
            continue;
        pfx_secrets_at(secrets, rows[i].time, &epoch);
        CHECK_TEXT(unit_slice(epoch.name), rows[i].name);
        CHECK(epoch.begin == rows[i].begin && epoch.end == rows[i].end);
        CHECK(pfx_secrets_named(secrets, unit_slice(rows[i].name), &named) ==
              (rows[i].begin == INT64_MIN || rows[i].begin >= 0));
        pfx_secrets_unref(&secrets);
    }
    unit_row = "";
}

static void gaps_have_no_secret(void)
{
    struct pfx_secrets *secrets = parse("2026-08 " A "\n2026-10 " B "\n");
    struct pfx_epoch epoch;

    pfx_secrets_at(secrets, at(2026, 7, 31, 23, 59, 59), &epoch);
    CHECK(!epoch.known);
    pfx_secrets_at(secrets, at(2026, 8, 1, 0, 0, 0), &epoch);
    CHECK(epoch.known && epoch.secret[0] == 0);
    pfx_secrets_at(secrets, at(2026, 9, 15, 0, 0, 0), &epoch);
    CHECK(!epoch.known);
    pfx_secrets_at(secrets, at(2026, 10, 15, 0, 0, 0), &epoch);
    CHECK(epoch.known && epoch.secret[0] == 1);
    pfx_secrets_at(secrets, at(2999, 1, 1, 0, 0, 0), &epoch);
    CHECK(!epoch.known);
    pfx_secrets_at(secrets, INT64_MAX, &epoch); /* no time at all */
    CHECK(!epoch.known);
    pfx_secrets_unref(&secrets);
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    CHECK(file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text) &&
          fchmod(file, mode) == 0 && close(file) == 0);
}

/* What follows stays what it was; what was before is gone, and nothing of the old file is left. */
static void the_past_is_destroyed(void)
{
    char directory[] = "/tmp/secrets.XXXXXX", path[64], other[64];
    struct pfx_epoch before, after;
    struct pfx_secrets *secrets;
    struct stat status;

    CHECK(mkdtemp(directory) != NULL);
    snprintf(path, sizeof(path), "%s/keys", directory);
    write_file(path, "2026-08 " A "\n2026-10 " B "\n", 0600);
    secrets = pfx_secrets_read(path, error, sizeof(error));
    CHECK(secrets != NULL);
    pfx_secrets_at(secrets, at(2027, 2, 3, 0, 0, 0), &before);
    CHECK(before.known);
    pfx_secrets_unref(&secrets);
    CHECK(!pfx_secrets_forget(path, PFX_SLICE("2026-09"), error, sizeof(error)));
    CHECK(!pfx_secrets_forget(path, PFX_SLICE("2026-W09"), error, sizeof(error)));
    CHECK(pfx_secrets_forget(path, PFX_SLICE("2027-01"), error, sizeof(error)));
    CHECK(stat(path, &status) == 0 && (status.st_mode & 0777) == 0600);
    secrets = pfx_secrets_read(path, error, sizeof(error));
    CHECK(secrets != NULL);
    pfx_secrets_at(secrets, at(2027, 2, 3, 0, 0, 0), &after);
    CHECK(after.known && memcmp(before.secret, after.secret, PFX_SECRET) == 0);
    pfx_secrets_at(secrets, at(2026, 12, 31, 0, 0, 0), &after);
    CHECK(!after.known);
    pfx_secrets_unref(&secrets);
    snprintf(other, sizeof(other), "%s/keys.old", directory);
    CHECK(access(other, F_OK) < 0);
    snprintf(other, sizeof(other), "%s/keys.new", directory);
    CHECK(access(other, F_OK) < 0);

    chmod(path, 0640);
    CHECK(pfx_secrets_read(path, error, sizeof(error)) == NULL);
    CHECK(strstr(error, "others can read it") != NULL);
    chmod(path, 0600);
    CHECK(symlink(path, other) == 0 && pfx_secrets_read(other, error, sizeof(error)) == NULL);
    CHECK(!pfx_secrets_make(path, "month", 0, error, sizeof(error))); /* never over one */
    unlink(other);
    unlink(path);
    CHECK(!pfx_secrets_make(path, "year", 0, error, sizeof(error)));
    CHECK(pfx_secrets_make(path, "week", at(2026, 11, 29, 0, 0, 0), error, sizeof(error)));
    secrets = pfx_secrets_read(path, error, sizeof(error));
    CHECK(secrets != NULL && pfx_secrets_named(secrets, PFX_SLICE("2026-W48"), &after) &&
          after.known);
    pfx_secrets_unref(&secrets);
    unlink(path);
    rmdir(directory);
}

static void equal_ones_are(void)
{
    struct pfx_secrets *a = parse("2026-11 " A), *b = parse("# c\n2026-11 " A "\n"),
                       *c = parse("2026-11 " B), *none = NULL;

    CHECK(pfx_secrets_equal(a, b) && !pfx_secrets_equal(a, c) && !pfx_secrets_equal(a, none) &&
          pfx_secrets_equal(none, none));
    pfx_secrets_unref(&a);
    pfx_secrets_unref(&b);
    pfx_secrets_unref(&c);
    pfx_secrets_unref(&none);
}

int main(void)
{
    bad_lines_are_named();
    epochs_are_of_the_calendar();
    gaps_have_no_secret();
    the_past_is_destroyed();
    equal_ones_are();
    return UNIT_END();
}
