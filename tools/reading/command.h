/* SPDX-License-Identifier: Apache-2.0 */
/* Another program whose output is read. */
#ifndef PFXLOG_COMMAND_H
#define PFXLOG_COMMAND_H

struct command;

/* Starts the program of that name, found by PATH; *descriptor_r reads its output, and is the
 * caller's to close. NULL on failure, with the reason in errno. */
struct command *command_open(char *const argument[], int *descriptor_r);
/* Asks it to end. */
void command_stop(const struct command *command);
/* Waits for its end; close the descriptor before. Returns its exit status, or 128 and the number of
 * the signal that ended it. *said_r: what it wrote to stderr, to be freed; NULL when memory ran
 * out.
 */
int command_close(struct command **command, char **said_r);

#endif
