/* SPDX-License-Identifier: Apache-2.0 */
/* Other programs; see command.h. What one writes to stderr goes to a file that nobody else sees, so
 * that it can not block. */
#include "reading/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define SAID_MOST 4096

struct command {
    pid_t pid;
    FILE *said;
};

/* 0, or a number of errno. */
static int start(struct command *command, char *const argument[], const int pipe_of[2])
{
    posix_spawn_file_actions_t actions;
    int reason = posix_spawn_file_actions_init(&actions);

    if (reason != 0)
        return reason;
    reason = posix_spawn_file_actions_adddup2(&actions, pipe_of[1], STDOUT_FILENO);
    if (reason == 0)
        reason = posix_spawn_file_actions_adddup2(&actions, fileno(command->said), STDERR_FILENO);
    if (reason == 0)
        reason = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (reason == 0)
        reason = posix_spawnp(&command->pid, argument[0], &actions, NULL, argument, environ);
    posix_spawn_file_actions_destroy(&actions);
    return reason;
}

struct command *command_open(char *const argument[], int *descriptor_r)
{
    struct command *command = calloc(1, sizeof(*command));
    int pipe_of[2], reason;

    if (command == NULL || (command->said = tmpfile()) == NULL || pipe2(pipe_of, O_CLOEXEC) < 0) {
        reason = errno;
    } else {
        reason = start(command, argument, pipe_of);
        close(pipe_of[1]);
        if (reason == 0) {
            *descriptor_r = pipe_of[0];
            return command;
        }
        close(pipe_of[0]);
    }
    if (command != NULL && command->said != NULL)
        fclose(command->said);
    free(command);
    errno = reason;
    return NULL;
}

void command_stop(const struct command *command)
{
    kill(command->pid, SIGTERM);
}

int command_close(struct command **command, char **said_r)
{
    struct command *old = *command;
    size_t length;
    int status = 0;
    pid_t waited;

    *command = NULL;
    do {
        waited = waitpid(old->pid, &status, 0);
    } while (waited < 0 && errno == EINTR);
    *said_r = calloc(1, SAID_MOST + 1);
    rewind(old->said);
    length = *said_r != NULL ? fread(*said_r, 1, SAID_MOST, old->said) : 0;
    if (*said_r != NULL)
        (*said_r)[length] = '\0';
    fclose(old->said);
    free(old);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
