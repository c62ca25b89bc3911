/*
 * pruned.h - the pruned transform: only the columns of the spectrum that hold a mode are carried, smoothing is done on
 * them, and rows of omega_lp and of R are sums of a few terms (shaders/pruned.glsl).
 *
 * It covers stages 1 to 3. On small grids one kernel does all of it, which counts as mask.
 */
#ifndef VORDEC_VULKAN_PRUNED_H
#define VORDEC_VULKAN_PRUNED_H

#include "bit_majority.h"

/* Most columns, and most rows that hold modes: beyond, a full transform is the better choice by far. */
#define PRUNED_MODES_MAX 1024u

struct pruned {
  uint32_t columns;               /* that hold a mode */
  uint32_t basis_rows;            /* different |ky| */
  uint32_t edge_left, edge_right; /* columns of the grid from which the window reaches out of it */
  /* The shaders' constants of these names. */
  uint32_t pitch, half_pitch, lanes, chunk;
  uint32_t share, height, row_chunk;
  uint32_t row_groups, absmax_groups, ternary_groups; /* workgroups of a state */
  bool whole;                                         /* a small grid, done by one kernel */
  VkPipeline along_y, rows, absmax, ternary, field;
  struct bit_majority majority;
};

/* Settles the sizes; plan->groups changes. E_UNSUPPORTED with REASON_FFT_SIZE: too many columns. */
enum vordec_status pruned_describe(struct vordec_plan *plan, struct pruned **pruned, struct vordec_error *error);

/* Values that a state's largest |R| by place takes (PLAN_PEAKS). */
uint64_t pruned_peaks(const struct vordec_plan *plan);
/* 32-bit values that its rows' bounds and what is known of it take (PLAN_BOUNDS). */
uint64_t pruned_bounds(const struct vordec_plan *plan);

/* Makes the tables and pipelines, once the plan has its buffers. */
enum vordec_status pruned_create(struct vordec_plan *plan, struct vordec_error *error);
/* Accepts NULL and half-made ones. */
void pruned_destroy(struct vordec_session *session, struct pruned *pruned);

/* The index that stands for ky and -ky. */
uint32_t pruned_row_of(uint32_t ky, uint32_t n);

/* Fills PLAN_SOURCES, the factors and the bases. */
enum vordec_status pruned_upload(struct vordec_plan *plan, struct vordec_error *error);

/* PLAN_COEF -> lines and PLAN_OMEGA_LP, and max |R|, which is looked for at the same time. */
void record_pruned_ifft_lp(struct recorder *recorder);
/* Lines and max |R| -> PLAN_MASK_A; all of it on small grids. */
void record_pruned_mask(struct recorder *recorder);

#endif
