/* What 'vordec loss' has found. */
#ifndef VORDEC_CLI_LOSS_LOSS_RESULTS_H
#define VORDEC_CLI_LOSS_LOSS_RESULTS_H

#include "cli/state_loss.h"
#include "loss_request.h"
#include "science/loss_table.h"

#define LOSS_MADE_BY "cpu, fp64 (encoder and spectra; nothing is decoded)"

struct loss_results {
  const struct loss_request *request;
  size_t n, frames, of_frames;     /* looked at, of those that there are */
  const struct state_loss *states; /* of the request's own encoding */
  const struct loss_row *rows;
  size_t row_count;
  const struct loss_point *largest;
  size_t largest_count;
  const struct loss_row *picked; /* for the target; NULL: none */
};

#endif
