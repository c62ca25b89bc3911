/* Z.npz: states as the reference's tools write them. state_file reads them back. */
#ifndef VORDEC_CLI_STATE_OUTPUT_H
#define VORDEC_CLI_STATE_OUTPUT_H

#include "science/encode.h"

struct state_output {
  const struct encode_desc *desc; /* what the states were made with */
  const struct encode_info *info;
  const double *z; /* count x D */
  size_t count;
  bool batched; /* write z as (count, D); else count is 1 and z is (D,) */
  double dt;    /* time from state to state; NAN: unknown, and left out */
  int64_t seed; /* of the simulation; negative: unknown, and left out */
};

/* Writes z, mask_low (N N booleans), anchor_idx, N, k_cut, resid_mid_cut, topk_mid, dashi_tau, dashi_smooth_k,
 * dtype_code (1: float64) and, where known, seed and dt; whole or not at all. */
enum vordec_status state_output_write(const char *path, const struct state_output *output, struct vordec_error *error);

#endif
