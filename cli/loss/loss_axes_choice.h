/* SPDX-License-Identifier: MIT */
/* Which settings 'vordec loss' measures. */
#ifndef VORDEC_CLI_LOSS_LOSS_AXES_CHOICE_H
#define VORDEC_CLI_LOSS_LOSS_AXES_CHOICE_H

#include "loss_request.h"
#include "science/loss_table.h"

#define LOSS_AXIS_MAX 32

struct loss_axes_choice {
  double k_cuts[LOSS_AXIS_MAX], mid_cuts[LOSS_AXIS_MAX];
  size_t kept[LOSS_AXIS_MAX];
  uint32_t widths[LOSS_AXIS_MAX];
  struct loss_axes axes; /* of these lists */
};

/* Lists of the request, else some that suit the grid and hold the request's own encoding, whose mask the encoder tells.
 * Ascending, each value once. E_USAGE: a list that is none, or holds a value that the grid has no room for. */
enum vordec_status loss_axes_choose(const struct loss_request *request, const struct vordec_encoder_info *encoder,
                                    struct loss_axes_choice *choice, struct vordec_error *error);

#endif
