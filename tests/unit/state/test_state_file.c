/* SPDX-License-Identifier: Apache-2.0 */
/* Where a state file may be, and which file it may be. */
#include "unit/unit.h"

#include "state/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static char path[64], new_path[64], other[64], why[PFX_STATE_WHY];
static int directory;

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");

    if (file == NULL || fputs(text, file) == EOF || fclose(file) != 0) {
        perror(name);
        exit(1);
    }
}

static void check_text(const char *name, const char *text)
{
    char got[64] = "";
    FILE *file = fopen(name, "r");

    CHECK(file != NULL && fgets(got, sizeof(got), file) != NULL);
    CHECK_TEXT(unit_slice(got), text);
    if (file != NULL)
        fclose(file);
}

/* What has the name of the state file is neither opened nor replaced, by nobody who waits for it.
 */
static void check_unsuitable(const char *reason)
{
    struct stat before, after;

    unit_row = reason;
    CHECK(lstat(path, &before) == 0);
    CHECK(!pfx_state_check(path, false, why) && strstr(why, reason) != NULL);
    CHECK(pfx_state_open_old(directory, "state", why) < 0 && strstr(why, reason) != NULL);
    CHECK(pfx_state_open_new(directory, "state", "state.new", why) < 0);
    CHECK(strstr(why, reason) != NULL);
    CHECK(lstat(path, &after) == 0 && before.st_ino == after.st_ino &&
          before.st_mode == after.st_mode);
    CHECK(unlink(path) == 0 || rmdir(path) == 0);
    unit_row = "";
}

static void what_is_no_file_of_ours_stays(void)
{
    write_file(other, "here first");
    CHECK(mkfifo(path, 0600) == 0);
    check_unsuitable("no plain file");
    CHECK(mkdir(path, 0700) == 0);
    check_unsuitable("no plain file");
    CHECK(symlink(other, path) == 0);
    check_unsuitable("symbolic link");
    CHECK(symlink("/nonexistent/elsewhere", path) == 0);
    check_unsuitable("symbolic link");
    CHECK(link(other, path) == 0);
    check_unsuitable("hard link");
    write_file(path, "a group's");
    CHECK(chmod(path, 0620) == 0);
    check_unsuitable("other users can write");
    write_file(path, "anybody's");
    CHECK(chmod(path, 0602) == 0);
    check_unsuitable("other users can write");
    if (geteuid() == 0) {
        write_file(path, "another's");
        CHECK(chmod(path, 0600) == 0 && chown(path, 12345, 0) == 0);
        CHECK(pfx_state_check(path, true, why)); /* who rsyslogd may become */
        check_unsuitable("another user");
        CHECK(mknod(path, S_IFCHR | 0600, makedev(1, 3)) == 0); /* /dev/null */
        check_unsuitable("no plain file");
    }
    check_text(other, "here first");
    CHECK(unlink(other) == 0);
}

/* What stands where a save writes first goes: nothing is written through links, nobody waits for a
 * pipe. */
static void what_is_written_is_new(void)
{
    struct stat status;

    write_file(path, "the old state");
    for (int what = 0; what < 5; ++what) {
        int file;

        write_file(other, "here first");
        CHECK((what == 0   ? symlink(other, new_path)
               : what == 1 ? link(other, new_path)
               : what == 2 ? mkfifo(new_path, 0600)
               : what == 3 ? symlink("/nonexistent/elsewhere", new_path)
                           : 0) == 0);
        if (what == 4)
            write_file(new_path, "of a crash");
        file = pfx_state_open_new(directory, "state", "state.new", why);
        CHECK(file >= 0 && write(file, "x", 1) == 1 && close(file) == 0);
        CHECK(lstat(new_path, &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink == 1 &&
              (status.st_mode & 07777) == 0600 && status.st_size == 1);
        CHECK(unlink(new_path) == 0);
        check_text(other, "here first");
    }
    CHECK(mkdir(new_path, 0700) == 0);
    CHECK(pfx_state_open_new(directory, "state", "state.new", why) < 0);
    CHECK(strstr(why, "state.new: Is a directory") != NULL);
    CHECK(rmdir(new_path) == 0);
    check_text(path, "the old state");
    CHECK(unlink(path) == 0 && unlink(other) == 0);
    CHECK(pfx_state_open_old(directory, "state", why) < 0 && why[0] == '\0');
}

/* Another program's file is refused, since it would be renamed and replaced; a damaged one of ours,
 * which is private, is not. */
static void another_programs_file_is_refused(void)
{
    static const struct {
        const char *text;
        mode_t mode;
        bool good;
    } rows[] = {{"$ModLoad imudp\n", 0644, false},
                {"x", 0640, false},
                {"PFXSTORY...", 0644, true},
                {"PFXST", 0644, true},
                {"", 0644, true},
                {"damaged", 0600, true}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); ++i) {
        unit_row = rows[i].text;
        write_file(path, rows[i].text);
        CHECK(chmod(path, rows[i].mode) == 0);
        CHECK(pfx_state_check(path, false, why) == rows[i].good);
        CHECK(rows[i].good || strstr(why, "another program's") != NULL);
        CHECK(unlink(path) == 0);
    }
    unit_row = "";
}

/* One process has the file; what stands in the place of the lock is neither waited for nor used. */
static void one_has_it(void)
{
    char lock_path[80];
    int lock, again;

    snprintf(lock_path, sizeof(lock_path), "%s.lock", path);
    lock = pfx_state_lock(path, why);
    CHECK(lock >= 0);
    CHECK(pfx_state_lock(path, why) < 0 && strstr(why, "another process keeps it") != NULL);
    close(lock);
    again = pfx_state_lock(path, why);
    CHECK(again >= 0 && close(again) == 0 && unlink(lock_path) == 0);
    write_file(other, "here first");
    CHECK(mkfifo(lock_path, 0600) == 0);
    CHECK(pfx_state_lock(path, why) < 0 && strstr(why, "state.lock: it is no plain file") != NULL);
    CHECK(unlink(lock_path) == 0 && link(other, lock_path) == 0);
    CHECK(pfx_state_lock(path, why) < 0 && strstr(why, "hard link") != NULL);
    CHECK(unlink(lock_path) == 0 && symlink(other, lock_path) == 0);
    CHECK(pfx_state_lock(path, why) < 0);
    CHECK(unlink(lock_path) == 0);
    check_text(other, "here first");
    CHECK(unlink(other) == 0);
}

static void check_directory(const char *place, bool as_root, const char *reason)
{
    unit_row = place;
    why[0] = '\0';
    CHECK(pfx_state_check(place, as_root, why) == (reason == NULL));
    CHECK(reason == NULL || strstr(why, reason) != NULL);
    unit_row = "";
}

static void directories(const char *top)
{
    char long_name[400], below[80], file[80];

    snprintf(below, sizeof(below), "%s/below", top);
    snprintf(file, sizeof(file), "%s/below/state", top);
    memset(long_name, 'x', sizeof(long_name) - 1);
    long_name[sizeof(long_name) - 1] = '\0';
    check_directory("/nonexistent/state", false, "directory /nonexistent: No such file");
    check_directory("/dev/null/state", false, "directory /dev/null: Not a directory");
    check_directory("/tmp/", false, "name of the file is missing");
    check_directory("/tmp/..", false, "name of the file is missing");
    check_directory("", false, "name of the file is missing");
    check_directory(long_name, false, "too long");
    check_directory("/tmp/state", false, "directory /tmp: other users can write");
    check_directory("/tmp/state", true, "directory /tmp: other users can write");
    CHECK(mkdir(below, 0700) == 0);
    check_directory(file, false, NULL);
    CHECK(chmod(below, 0755) == 0);
    check_directory(file, false, NULL);
    CHECK(chmod(below, 0775) == 0);
    check_directory(file, false, "other users can write");
    CHECK(chmod(below, 0700) == 0);
    if (geteuid() == 0) {
        CHECK(chown(below, 12345, 0) == 0);
        check_directory(file, false, "another user");
        check_directory(file, true, NULL);
    } else {
        CHECK(chmod(below, 0500) == 0);
        check_directory(file, false, "Permission denied");
    }
    CHECK(rmdir(below) == 0);
}

int main(void)
{
    char top[] = "/tmp/pfx-file-XXXXXX";
    const char *name;

    if (mkdtemp(top) == NULL)
        return 1;
    snprintf(path, sizeof(path), "%s/state", top);
    snprintf(new_path, sizeof(new_path), "%s/state.new", top);
    snprintf(other, sizeof(other), "%s/other", top);
    directory = pfx_state_open_directory(path, &name, why);
    CHECK(directory >= 0 && strcmp(name, "state") == 0);
    what_is_no_file_of_ours_stays();
    what_is_written_is_new();
    another_programs_file_is_refused();
    one_has_it();
    directories(top);
    close(directory);
    CHECK(rmdir(top) == 0);
    return UNIT_END();
}
