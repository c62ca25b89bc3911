/* SPDX-License-Identifier: MIT */
/*
 * pruned_sizes.h - how the pruned transform cuts up its work.
 */
#ifndef VORDEC_VULKAN_PRUNED_SIZES_H
#define VORDEC_VULKAN_PRUNED_SIZES_H

#include "plan/vulkan_plan.h"

/* Most columns, and most rows that hold modes: beyond, a full transform is the better choice by far. */
#define PRUNED_MODES_MAX 1024u

/* Small grids may be done by one kernel. */
enum pruned_whole {
  PRUNED_IN_KERNELS = 0, /* by several */
  PRUNED_WHOLE,          /* in much shared memory */
  PRUNED_WHOLE_DENSE     /* in less, so that more states fit side by side */
};

struct pruned_sizes {
  uint32_t columns;                   /* that hold a mode */
  uint32_t basis_rows;                /* different |ky| */
  uint32_t field_rows, residual_rows; /* rows of omega_lp and of R that a thread sums at a time */
  uint32_t edge_left, edge_right;     /* columns of the grid from which the window reaches out of it */
  /* The shaders' constants of these names. */
  uint32_t pitch, half_pitch, lanes, chunk;
  uint32_t share, height, row_chunk;
  uint32_t row_groups, absmax_groups, ternary_groups; /* workgroups of a state */
  enum pruned_whole whole;
  bool fused_mask;      /* pruned_mask does what pruned_ternary and bit_majority do */
  uint32_t early_tiles; /* of omega_lp: summed beside pruned_absmax; the others are beside the mask */
};

/* Settles them for a plan whose modes are known. E_UNSUPPORTED with REASON_FFT_SIZE: too many columns. */
enum vordec_status pruned_sizes_settle(const struct vordec_plan *plan, struct pruned_sizes *sizes,
                                       struct vordec_error *error);

/* Partial results of a state to have room for. Sums are split into as many, so this does not depend on the batch. */
uint32_t pruned_partials(const struct vordec_plan *plan, const struct pruned_sizes *sizes);

/* Values that a state's largest |R| by place takes (PLAN_PEAKS). */
uint64_t pruned_peaks(const struct vordec_plan *plan, const struct pruned_sizes *sizes);
/* 32-bit values that its rows' bounds and what is known of it take (PLAN_BOUNDS). */
uint64_t pruned_bounds(const struct vordec_plan *plan, const struct pruned_sizes *sizes);
/* Tiles of omega_lp. */
uint32_t pruned_field_tiles(const struct vordec_plan *plan, const struct pruned_sizes *sizes);

/* The index that stands for ky and -ky. */
uint32_t pruned_row_of(uint32_t ky, uint32_t n);

static inline uint32_t ceil_div(uint32_t a, uint32_t b) {
  return (a - 1) / b + 1;
}

/* Groups of columns that a thread sums along y one after the other. */
static inline uint32_t pruned_shares(const struct pruned_sizes *sizes) {
  return ceil_div(sizes->columns, sizes->share);
}

/* Columns in which the window reaches out of the grid. */
static inline size_t pruned_edges(const struct pruned_sizes *sizes) {
  return (size_t)sizes->edge_left + sizes->edge_right;
}

#endif
