/* SPDX-License-Identifier: MIT */
/* The true fields that a run of snapshots is compared with: whole at the snapshots, in numbers at every frame; and what
 * the training frames alone would let one say of the others. */
#ifndef VORDEC_CLI_SNAPSHOTS_SNAPSHOT_TRUTH_H
#define VORDEC_CLI_SNAPSHOTS_SNAPSHOT_TRUTH_H

#include "science/spectrum.h"

struct truth_desc {
  size_t n, steps, stride;
  size_t last_training; /* frame */
};

struct snapshot_truth {
  size_t cells, stride, last_training;
  double *fields;                 /* the frames at the snapshots, one after the other; NULL: there is no truth */
  struct spectrum_totals *series; /* of every frame; NULL likewise */
  double *sum;                    /* of the training frames so far, `summed` of them, in their order */
  size_t summed;
  double *mean; /* of all of them */
  double *last_training_field;
  struct spectrum *spectrum;
};

/* Room for the frames of a run. */
enum vordec_status snapshot_truth_create(const struct truth_desc *desc, struct snapshot_truth *truth,
                                         struct vordec_error *error);
/* Accepts a zeroed or half-made one. */
void snapshot_truth_release(struct snapshot_truth *truth);

/* What a field holds; NAN where there is no truth. */
struct spectrum_totals snapshot_truth_measure(const struct snapshot_truth *truth, const double *omega);

/* Keeps of frame i what comparisons need; nothing where there is no truth. omega NULL: its field is not here. */
void snapshot_truth_keep(struct snapshot_truth *truth, size_t i, const double *omega,
                         const struct spectrum_totals *totals);

/* Adds frame i to the sum if it is the next of the training frames. */
void snapshot_truth_learn(struct snapshot_truth *truth, size_t i, const double *omega);

/* Whether frame i is the next one that the sum lacks. */
bool snapshot_truth_is_next(const struct snapshot_truth *truth, size_t i);

/* Takes the sum of the training frames up to i, or of all if i lies behind them, as an earlier run had it. */
void snapshot_truth_recall(struct snapshot_truth *truth, size_t i, const double *sum);

/* Whether the sum holds all training frames among the first `count` frames. */
bool snapshot_truth_complete(const struct snapshot_truth *truth, size_t count);

/* What was kept of frame i; NAN where there is no truth. */
struct spectrum_totals snapshot_truth_totals(const struct snapshot_truth *truth, size_t i);

/* The field at a step that is a multiple of the stride, or NULL. */
const double *snapshot_truth_at(const struct snapshot_truth *truth, size_t step);

/* The mean of the training frames, which must all be there; NULL without truth. */
const double *snapshot_truth_climatology(struct snapshot_truth *truth);

/* The last field that was known at a step, NULL without truth: of the training frames' own steps the first one, from
 * which the rollout starts, of later ones the last training frame. */
const double *snapshot_truth_persistence(const struct snapshot_truth *truth, size_t step);

#endif
