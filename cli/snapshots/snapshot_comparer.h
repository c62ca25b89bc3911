/* SPDX-License-Identifier: MIT */
/* The true fields of a run on the device that simulates them, so that comparisons need none of them here. */
#ifndef VORDEC_CLI_SNAPSHOTS_SNAPSHOT_COMPARER_H
#define VORDEC_CLI_SNAPSHOTS_SNAPSHOT_COMPARER_H

#include <vordec/vordec.h>

#include "comparison.h"
#include "snapshot_truth.h"

struct snapshot_comparer {
  struct vordec_comparer *comparer; /* NULL: fields are compared on the host */
  struct vordec_simulation *simulation;
  struct truth_desc truth;
  size_t shells;
  double scale;  /* of energies: (side / 2 pi)^2 */
  double *shell; /* the last one that was measured */
};

/* Room for the true fields of such a run, where its simulation is not the host's own work and its backend can compare;
 * else there is none, without an error. */
enum vordec_status snapshot_comparer_open(struct vordec_simulation *simulation, const struct truth_desc *truth,
                                          double box, struct snapshot_comparer *device, struct vordec_error *error);
/* Accepts a zeroed one. */
void snapshot_comparer_release(struct snapshot_comparer *device);

/* Measures frame i, which the simulation holds, and keeps of it what comparisons need; adds it to the sum of training
 * frames if `sums`. */
enum vordec_status snapshot_comparer_take(const struct snapshot_comparer *device, size_t i, bool sums,
                                          struct spectrum_totals *totals, struct vordec_error *error);

/* What was kept of frame i when an earlier run took it. */
enum vordec_status snapshot_comparer_recall(const struct snapshot_comparer *device, size_t i, const double *omega,
                                            struct vordec_error *error);
/* The sum of the training frames so far, and the last of these frames: n x n. */
enum vordec_status snapshot_comparer_set_sum(const struct snapshot_comparer *device, const double *sum,
                                             struct vordec_error *error);
enum vordec_status snapshot_comparer_get_sum(const struct snapshot_comparer *device, double *sum,
                                             struct vordec_error *error);
enum vordec_status snapshot_comparer_set_last_training(const struct snapshot_comparer *device, const double *omega,
                                                       struct vordec_error *error);
enum vordec_status snapshot_comparer_get_last_training(const struct snapshot_comparer *device, double *omega,
                                                       struct vordec_error *error);

/* What was decoded: the decoder's last decode, of one state, which asked for omega_hat. */
struct decoded_snapshot {
  struct vordec_decoder *decoder;
  const double *omega_lp; /* where the decode handed it out; else NULL, and it is on the device */
  size_t summed;          /* training frames in the sum */
};

/* As comparison_make(), of the snapshot at row->step. */
enum vordec_status snapshot_comparer_compare(const struct snapshot_comparer *device,
                                             const struct decoded_snapshot *decoded, double *const shell[2],
                                             struct comparison *row, struct vordec_error *error);

#endif
