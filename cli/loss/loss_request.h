/* SPDX-License-Identifier: MIT */
/* What 'vordec loss' is asked for. */
#ifndef VORDEC_CLI_LOSS_LOSS_REQUEST_H
#define VORDEC_CLI_LOSS_LOSS_REQUEST_H

#include "cli/encoding.h"
#include "formats/trajectory_layout.h"

struct loss_request {
  struct trajectory_request traj;
  struct encoding encoding;     /* of the states that are looked at whole */
  struct vordec_config *config; /* for the library, which makes its own objects from it: handed on, never read here */
  vordec_log_fn log;
  void *log_ctx;
  bool ignore_anchors;
  const char *k_cuts, *mid_cuts, *kept, *widths; /* lists; NULL: chosen by the grid */
  size_t every;                                  /* frame */
  bool target_given;
  double target;                /* relative L2; 0: none */
  const char *csv, *json, *png; /* files; NULL: none */
  size_t progress_every;
};

#endif
