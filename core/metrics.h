/* SPDX-License-Identifier: MIT */
/* What is collected about a run. metrics_json.c writes it as JSON. */
#ifndef VORDEC_CORE_METRICS_H
#define VORDEC_CORE_METRICS_H

#include "decoder.h"
#include "field_comparer.h"
#include "field_encoder.h"
#include "rollout.h"
#include "simulation.h"

enum { METRICS_TOTAL = VORDEC_STAGE_COUNT, METRICS_TIMINGS }; /* follows the stages of a decode */

#define METRICS_ALONE SIZE_MAX /* the run's rollout, if any, holds one state */

struct metrics_decode {
  size_t t, state; /* which of the rollout's; METRICS_ALONE */
  bool has_scalars;
  struct vordec_scalars scalars;
  double band_target[2]; /* NAN where no band was given */
};

struct metrics_hash {
  size_t t, state; /* METRICS_ALONE also if it is of all states */
  const char *what;
  char digest[33];
};

struct metrics_comparison {
  size_t t;
  struct vordec_comparison values;
};

struct vordec_metrics {
  uint64_t owner; /* process_token() of the process that made them */
  const struct vordec_runtime *runtime;
  const struct vordec_layout *layout;         /* NULL if the run only simulated or encoded */
  const struct vordec_decoder *decoder;       /* or NULL */
  const struct vordec_rollout *rollout;       /* or NULL */
  const struct vordec_simulation *simulation; /* or NULL */
  const struct vordec_encoder *encoder;       /* or NULL */
  const struct vordec_comparer *comparer;     /* or NULL */
  struct vordec_field_uses uses;
  bool has_run;
  struct vordec_run run;
  double *timings[METRICS_TIMINGS]; /* one value per vordec_decode() */
  size_t decodes, decodes_room;
  struct metrics_decode *entries; /* one per state */
  size_t entry_count, entry_room;
  struct metrics_hash *hashes;
  size_t hash_count, hash_room;
  bool has_training;
  size_t last_training_step;
  struct metrics_comparison *comparisons;
  size_t comparison_count, comparison_room;
};

/* Says whether they were made in this process: what was inherited by a fork may be in the middle of a change. */
bool metrics_are_here(const struct vordec_metrics *metrics);

#endif
