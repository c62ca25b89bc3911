/* SPDX-License-Identifier: MIT */
/* What 'vordec loss' has found. */
#ifndef VORDEC_CLI_LOSS_LOSS_RESULTS_H
#define VORDEC_CLI_LOSS_LOSS_RESULTS_H

#include "cli/state_loss.h"
#include "loss_request.h"
#include "science/loss_table.h"

/* Of what encoded; the rest is always computed on the CPU. */
#define LOSS_MADE_BY_MAX 512

struct loss_results {
  const struct loss_request *request;
  const struct vordec_encoder_info *encoder;
  char made_by[LOSS_MADE_BY_MAX];  /* in words */
  size_t n, frames, of_frames;     /* looked at, of those that there are */
  const struct state_loss *states; /* of the request's own encoding */
  const struct loss_row *rows;
  size_t row_count;
  const struct loss_point *largest;
  size_t largest_count;
  const struct loss_row *picked; /* for the target; NULL: none */
};

#endif
