/* SPDX-License-Identifier: MIT */
/*
 * field.h - one state on its way through the stages: what every stage is handed.
 */
#ifndef VORDEC_CPU_FIELD_H
#define VORDEC_CPU_FIELD_H

#include "plugins/cpu/cpu_plan.h"

/* A field, in a workspace or in the caller's array. */
struct view {
  double *values;
  size_t pitch;
};

struct field {
  const struct vordec_plan *plan;
  struct workspace *work;
  struct team team;
  struct slots slots; /* of the team */

  size_t index; /* in the job */

  /* The state and what comes with it; pointers are NULL where there is none. */
  const double *z;
  const double *residual; /* n x n, contiguous */
  const double *band[2];
  double band_energy[2];

  /* What the stages have made, once they have made it. */
  struct view lp;
  bool lp_wanted; /* false: R alone will do */
  double absmax;  /* of R; NAN: not finite */
  const int8_t *ternary;
  size_t ternary_pitch;

  /* Where results go, each contiguous; NULL: not asked for. */
  double *omega_lp;
  int8_t *mask;
  double *omega_hat;
  struct vordec_scalars *scalars;
};

/* Runs task over the slots of the field's team. */
static inline void field_run(struct field *field, pool_task task) {
  team_run(field->team, task, field);
}

/* The sum of the row sums of a workspace, in the order of rows: the same for any number of threads. */
static inline double field_row_total(const struct field *field) {
  double total = 0;
  for (size_t y = 0; y < field->plan->grid.n; y++) total += field->work->row_sum[y];
  return total;
}

/* The state's low modes. */
static inline struct coefficients field_low(const struct field *field) {
  const size_t m = field->plan->m;
  return (struct coefficients){field->z, field->z + m, m};
}

/* The work arrays of a transform to `out`, and of sums of modes. */
static inline struct ifft_arrays field_transform(const struct field *field, double *out) {
  return (struct ifft_arrays){field->work->spare, field->work->other, out};
}

static inline struct mode_sums_work field_mode_sums(const struct field *field) {
  return (struct mode_sums_work){.kernels = field->plan->session->kernels,
                                 .matrix = field->work->matrix,
                                 .r = field->work->other,
                                 .team = field->team,
                                 .slots = field->slots.mode_sums};
}

#endif
