/*
 * pruned.h - the pruned transform: only the columns of the spectrum that hold a mode are carried, smoothing is done on
 * them, and rows of omega_lp and R come from the same few sums (shaders/pruned.glsl).
 *
 * It covers stages 1 to 3: the columns count as ifft_lp, the rows and the majority as mask.
 */
#ifndef VORDEC_VULKAN_PRUNED_H
#define VORDEC_VULKAN_PRUNED_H

#include "bit_majority.h"

/* Most columns, and most rows that hold modes: beyond, a full transform is the better choice by far. */
#define PRUNED_MODES_MAX 1024u

struct pruned {
  uint32_t columns;               /* that hold a mode */
  uint32_t basis_rows;            /* different ky */
  uint32_t edge_left, edge_right; /* columns of the grid from which the window reaches out of it */
  /* The shaders' constants of these names. */
  uint32_t pitch, half_pitch, lanes, chunk;
  uint32_t share, height, row_chunk;
  uint32_t partials; /* of the largest |R|: room for them */
  uint32_t absmax_groups, ternary_groups, ternary_rows;
  bool whole; /* a small grid, done by one kernel */
  VkPipeline along_y, absmax, ternary, field;
  struct bit_majority majority;
};

/* Settles the sizes; plan->groups changes. E_UNSUPPORTED with REASON_FFT_SIZE: too many columns. */
enum vordec_status pruned_describe(struct vordec_plan *plan, struct pruned **pruned, struct vordec_error *error);

/* Values that a state's largest |R| by place takes (PLAN_PEAKS). */
uint64_t pruned_peaks(const struct vordec_plan *plan);

/* Makes the tables and pipelines, once the plan has its buffers. */
enum vordec_status pruned_create(struct vordec_plan *plan, struct vordec_error *error);
/* Accepts NULL and half-made ones. */
void pruned_destroy(struct vordec_session *session, struct pruned *pruned);

/* Fills PLAN_SOURCES, the factors and the bases. */
enum vordec_status pruned_upload(struct vordec_plan *plan, struct vordec_error *error);

/* PLAN_COEF -> lines. */
void record_pruned_columns(struct recorder *recorder);
/* Lines -> PLAN_OMEGA_LP and PLAN_MASK_A. */
void record_pruned_rows(struct recorder *recorder);

#endif
