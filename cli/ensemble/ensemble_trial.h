/* SPDX-License-Identifier: MIT */
/* A member's run as far as it has to be opened to know what it works with, and the device that it opened. */
#ifndef VORDEC_CLI_ENSEMBLE_ENSEMBLE_TRIAL_H
#define VORDEC_CLI_ENSEMBLE_ENSEMBLE_TRIAL_H

#include "cli/rank_choice.h"
#include "cli/snapshots/snapshot_decodes.h"
#include "cli/snapshots/snapshot_states.h"
#include "ensemble_layout.h"
#include "ensemble_member.h"

/* Stays where it is while it is open. */
struct ensemble_trial {
  struct ensemble_member member;
  struct snapshot_states states;
  struct snapshot_decodes decodes;
};

/* Errors of opening a member's run. */
enum vordec_status ensemble_trial_open(const struct snapshot_request *all, size_t number,
                                       const struct ensemble_kept *kept, struct ensemble_trial *trial,
                                       struct vordec_error *error);

/* What it works with, and on. */
struct rank_choice ensemble_trial_choice(const struct ensemble_trial *trial);
struct ensemble_layout ensemble_trial_layout(const struct ensemble_trial *trial);

/* Ends it but for its decoder, which keeps a GPU open for the members' simulations beside it: opening one takes longer
 * than some members do. NULL: there is nothing to keep, since they simulate elsewhere or not at all. */
struct vordec_decoder *ensemble_trial_keep(struct ensemble_trial *trial);
/* Of the device's memory, what that decoder holds beside the members. */
uint64_t ensemble_trial_kept_bytes(const struct ensemble_trial *trial);

/* Accepts a zeroed one. */
void ensemble_trial_release(struct ensemble_trial *trial);

#endif
