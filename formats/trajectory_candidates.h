/* SPDX-License-Identifier: MIT */
/* Which array of a file of no known layout could be the frames. */
#ifndef VORDEC_FORMATS_TRAJECTORY_CANDIDATES_H
#define VORDEC_FORMATS_TRAJECTORY_CANDIDATES_H

#include "trajectory_layout.h"

struct trajectory_candidate {
  char keys[2 * ARRAY_NAME_MAX]; /* an array, or u and v with a comma between them */
  bool velocity;                 /* they hold a velocity */
  bool in_time;                  /* it is chosen as the only array that changes in time */
};

/* The one array that fits, the one of a usual name, a pair of such, or the only one that changes in time. E_INPUT:
 * none, or more than one; the message lists what there is. */
enum vordec_status trajectory_candidates_choose(struct array_source *source, const struct trajectory_request *request,
                                                struct trajectory_candidate *chosen, struct vordec_error *error);

/* The axes of an array as its shape alone suggests, into the layout; pair: with one of two components. False: it
 * suggests nothing. */
bool trajectory_candidates_guess(struct array_source *source, const char *key, const struct npy_form *form, bool pair,
                                 struct trajectory_layout *layout);

#endif
