/* SPDX-License-Identifier: MIT */
#include "rank_start.h"

#include <string.h>
#include <time.h>
#include <vordec/error.h>

#include "ranks/rank_launch.h"

void rank_start_listen(const struct command *command) {
  command_keep_silent(command->ranks != RANKS_EACH && rank_launch_read().rank > 0);
}

static enum vordec_status refuse_several(const struct command *command, struct vordec_error *error) {
  const struct rank_launch launch = rank_launch_read();
  if (launch.size == 1) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0,
                     "%s cannot share its work, and %s would have it done %zu times; start it once, or add --ranks "
                     "none if each process has different work",
                     command->name, launch.launcher, launch.size);
}

enum vordec_status rank_start(const struct command *command, struct invocation *invocation,
                              struct vordec_error *error) {
  const char *word = invocation->ranks_word ? invocation->ranks_word : "auto";
  if (command->ranks == RANKS_EACH) return VORDEC_OK;
  if (strcmp(word, "none") == 0) {
    command_keep_silent(false);
    return command->ranks == RANKS_SHARED ? ranks_alone(&invocation->ranks, error) : VORDEC_OK;
  }
  if (command->ranks == RANKS_REFUSED) return refuse_several(command, error);
  return ranks_open(strcmp(word, "mpi") == 0, invocation->ranks_wait_s, &invocation->ranks, error);
}

/* A launcher may end all processes as soon as the first ends in failure: before another one has said why. */
static void let_others_speak(void) {
  const struct timespec pause = {1, 0};
  if (rank_launch_read().rank > 0) nanosleep(&pause, NULL);
}

void rank_start_end(struct invocation *invocation, int code) {
  const bool connected = invocation->ranks && ranks_size(invocation->ranks) > 1;
  if (code && !connected) let_others_speak();
  ranks_close(invocation->ranks, code);
  invocation->ranks = NULL;
}
