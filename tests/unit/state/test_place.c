/* SPDX-License-Identifier: Apache-2.0 */
/* Which file a configuration means. */
#include "unit/unit.h"

#include "state/place.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[] = "/tmp/pfx-place-XXXXXX", own[64], work[64], why[PFX_STATE_WHY];

static void what_is_asked_for(void)
{
    static const struct {
        const char *given;
        enum pfx_state_wish wish;
    } rows[] = {
        {"off", PFX_STATE_OFF},     {"OFF", PFX_STATE_OFF},       {"", PFX_STATE_OFF},
        {"on", PFX_STATE_CHOOSE},   {NULL, PFX_STATE_CHOOSE},     {"state", PFX_STATE_NAMED},
        {"./off", PFX_STATE_NAMED}, {"offline", PFX_STATE_NAMED}, {"/var/state", PFX_STATE_NAMED}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        unit_row = rows[i].given != NULL ? rows[i].given : "(nothing)";
        CHECK(pfx_state_wish(rows[i].given) == rows[i].wish);
    }
    unit_row = "";
}

/* Takes the path. */
static void check_path(char *got, const char *wanted)
{
    CHECK((got == NULL) == (wanted == NULL));
    if (got != NULL && wanted != NULL)
        CHECK_TEXT(unit_slice(got), wanted);
    free(got);
}

static void a_named_file(void)
{
    check_path(pfx_state_named("/a/b", "", why), "/a/b");
    check_path(pfx_state_named("/a/b", "/spool", why), "/a/b");
    check_path(pfx_state_named("b", "/spool", why), "/spool/b");
    check_path(pfx_state_named("b", "", why), NULL);
    CHECK(strstr(why, "workDirectory") != NULL);
}

/* chosen(): below the directories that are given, the file "" for none, and a word of why. */
static void chosen(const char *own_directory, const char *workdir, const char *wanted,
                   const char *word)
{
    check_path(pfx_state_choose(own_directory, workdir, why), wanted);
    if (word == NULL)
        CHECK_TEXT(unit_slice(why), "");
    else
        CHECK(strstr(why, word) != NULL);
}

static void the_first_good_place(void)
{
    char in_own[80], in_work[80];

    snprintf(in_own, sizeof(in_own), "%s/state", own);
    snprintf(in_work, sizeof(in_work), "%s/mmpostfix.state", work);
    chosen(own, work, NULL, NULL);
    chosen(own, "", NULL, NULL);
    CHECK(mkdir(work, 0700) == 0);
    chosen(own, work, in_work, NULL);
    CHECK(mkdir(own, 0700) == 0);
    chosen(own, work, in_own, NULL);
    chosen(own, "", in_own, NULL);
    CHECK(chmod(own, 0770) == 0);
    chosen(own, work, in_work, "other users can write");
    chosen(own, "", NULL, in_own);
    CHECK(chmod(work, 0770) == 0);
    chosen(own, work, NULL, in_own); /* the place that it should be in */
    CHECK(chmod(work, 0700) == 0 && chmod(own, 0700) == 0);
    if (geteuid() == 0) {
        CHECK(chown(own, 12345, 0) == 0);
        chosen(own, work, in_work, "another user");
    }
    CHECK(rmdir(own) == 0 && rmdir(work) == 0);
}

int main(void)
{
    if (mkdtemp(top) == NULL)
        return 1;
    snprintf(own, sizeof(own), "%s/own", top);
    snprintf(work, sizeof(work), "%s/work", top);
    what_is_asked_for();
    a_named_file();
    the_first_good_place();
    CHECK(rmdir(top) == 0);
    return UNIT_END();
}
