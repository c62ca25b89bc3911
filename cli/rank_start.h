/* SPDX-License-Identifier: MIT */
/* How a command that was started several times at once, by mpirun or srun, becomes one run. */
#ifndef VORDEC_CLI_RANK_START_H
#define VORDEC_CLI_RANK_START_H

#include "command.h"

#define RANK_START_WAIT_S 600.0

/* Before the options are read: of several processes the first speaks, as all will fail in the same way. */
void rank_start_listen(const struct command *command);

/* Connects the ranks of a command that shares its work. E_USAGE: another word than --ranks takes, or the command would
 * do the same work several times. Errors of ranks_open(), too. */
enum vordec_status rank_start(const struct command *command, struct invocation *invocation, struct vordec_error *error);

/* Parts from the other ranks. */
void rank_start_end(struct invocation *invocation, int code);

#endif
