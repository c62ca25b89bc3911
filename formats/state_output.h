/* SPDX-License-Identifier: MIT */
/* Z.npz: states as the reference's tools write them. state_file reads them back. */
#ifndef VORDEC_FORMATS_STATE_OUTPUT_H
#define VORDEC_FORMATS_STATE_OUTPUT_H

#include <vordec/types.h>

#include "core/base/modes.h"
#include "state_settings.h"
#include "state_store.h"

struct state_output {
  size_t n, d;             /* side of the grid; values of a state */
  const uint8_t *mask_low; /* n x n */
  const int64_t *anchor_idx;
  size_t anchors;
  const double *z; /* count x d, or block->count x d */
  size_t count;
  const struct array_block *block; /* of batched states that several processes write together; NULL: all are here */
  bool batched;                    /* write z as (count, d); else count is 1 and z is (d,) */
  enum state_store store;          /* how z is stored */
  unsigned compress;               /* 0: not; 1 .. 9 */

  /* what the states were made with */
  double k_cut, resid_mid_cut;
  size_t topk_mid;
  enum modes modes;
  struct state_settings settings;

  double dt;    /* time from state to state; NAN: unknown, and left out */
  int64_t seed; /* of the simulation; negative: unknown, and left out */
};

/* Narrows z to what is stored. *narrowed is to be destroyed behind the commit. E_INPUT: a value beyond what the store
 * holds; E_NO_MEMORY. */
enum vordec_status state_output_narrow(const struct state_output *output, struct narrowed_states **narrowed,
                                       struct vordec_error *error);

/* Adds what state_output_write() writes to a sink, with z as it was narrowed: to one that processes share on each of
 * them. Errors as array_sink_add(). */
enum vordec_status state_output_add(struct array_sink *sink, const struct state_output *output,
                                    const struct narrowed_states *narrowed, struct vordec_error *error);

/* Starts the file at path and adds them; the caller commits and destroys *sink, which is NULL where the file cannot be
 * made, then destroys *narrowed. */
enum vordec_status state_output_start(const char *path, const struct state_output *output, struct array_sink **sink,
                                      struct narrowed_states **narrowed, struct vordec_error *error);

/* Writes z, or what stands for it (state_store.h), mask_low (N N booleans), anchor_idx, N, k_cut, resid_mid_cut,
 * topk_mid, dashi_modes, the settings that are there, dtype_code (0: float32, 1: float64, 2: float16) and, where known,
 * seed and dt; whole or not at all. E_INPUT: a value beyond what the store holds. */
enum vordec_status state_output_write(const char *path, const struct state_output *output, struct vordec_error *error);

#endif
