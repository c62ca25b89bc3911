/* SPDX-License-Identifier: MIT */
/* One member of an ensemble: its own request within that of all. */
#ifndef VORDEC_CLI_ENSEMBLE_ENSEMBLE_MEMBER_H
#define VORDEC_CLI_ENSEMBLE_ENSEMBLE_MEMBER_H

#include "cli/snapshots/snapshot_request.h"

struct ensemble_member {
  struct snapshot_request request; /* its texts are those of the ensemble's, or below */
  cJSON *asked;
  char *prefix;
};

/* The modes that all members keep. */
struct ensemble_kept {
  int64_t *modes;
  size_t count;
  bool known; /* false: this member chooses them */
};

/* The request of a member: its seed, or its part of the files of starts and states. kept is borrowed. E_NO_MEMORY. */
enum vordec_status ensemble_member_make(const struct snapshot_request *all, size_t number,
                                        const struct ensemble_kept *kept, struct ensemble_member *member,
                                        struct vordec_error *error);
/* Accepts a zeroed or half-made one. */
void ensemble_member_release(struct ensemble_member *member);

/* The seed that its start is drawn from; -1: it is in a file. */
int64_t ensemble_member_seed(const struct snapshot_request *all, size_t number);

/* Names the member in a message: "member 5 (seed 12): ..", unless what was refused is none of its own. */
enum vordec_status ensemble_member_blame(const struct snapshot_request *all, size_t number, enum vordec_status status,
                                         struct vordec_error *error);

/* Removes the journal that the member's run has left, if there is one. */
void ensemble_member_forget(const struct snapshot_request *all, size_t number);

#endif
