/* The true fields that a run of snapshots is compared with: whole at the snapshots, in numbers at every frame. */
#ifndef VORDEC_CLI_SNAPSHOTS_SNAPSHOT_TRUTH_H
#define VORDEC_CLI_SNAPSHOTS_SNAPSHOT_TRUTH_H

#include "science/spectrum.h"

struct snapshot_truth {
  size_t cells, stride;
  double *fields;                 /* the frames at the snapshots, one after the other; NULL: there is no truth */
  struct spectrum_totals *series; /* of every frame; NULL likewise */
  struct spectrum *spectrum;
};

/* Room for the frames of so many steps, of side n. */
enum vordec_status snapshot_truth_create(size_t n, size_t steps, size_t stride, struct snapshot_truth *truth,
                                         struct vordec_error *error);
/* Accepts a zeroed or half-made one. */
void snapshot_truth_release(struct snapshot_truth *truth);

/* What a field holds; NAN where there is no truth. */
struct spectrum_totals snapshot_truth_measure(const struct snapshot_truth *truth, const double *omega);

/* Keeps of frame i what comparisons need; nothing where there is no truth. */
void snapshot_truth_keep(struct snapshot_truth *truth, size_t i, const double *omega,
                         const struct spectrum_totals *totals);

/* What was kept of frame i; NAN where there is no truth. */
struct spectrum_totals snapshot_truth_totals(const struct snapshot_truth *truth, size_t i);

/* The field at a step that is a multiple of the stride, or NULL. */
const double *snapshot_truth_at(const struct snapshot_truth *truth, size_t step);

#endif
