/* SPDX-License-Identifier: MIT */
/*
 * adjoint_sums.h - the transpose of the direct sums (plan/mode_sums.h): two fields times exp(-i k x), for every mode of
 * a plan's low_modes. For encoders, whose fields are vorticity and R, and for gradients, whose fields are cotangents.
 *
 * Along x first, for each column that has a mode, both fields at once, then along y, a workgroup to a mode. Where the
 * second field is the first one filtered, each of its modes is one of the first's times a number, its gain, and only
 * the first field is summed.
 */
#ifndef VORDEC_VULKAN_ADJOINT_SUMS_H
#define VORDEC_VULKAN_ADJOINT_SUMS_H

#include "plan/vulkan_plan.h"

struct buffer_need;
struct recorder;

/* Of one shape of plan. */
struct adjoint_sums {
  bool one_field;                    /* the second field's sums are the first's times PLAN_SUM_GAINS */
  uint32_t line_share, column_share; /* of a thread */
  VkPipeline along_x;
};

/* Adds its buffers to the needs of the plan: PLAN_SUMS is what comes out, PLAN_SUMS_READBACK room to read that. */
void adjoint_sums_list_needs(const struct vordec_plan *plan, const struct adjoint_sums *sums,
                             struct buffer_need *needs);

/* Makes pipeline and tables of one that is zeroed but for one_field; the plan has its modes and its buffers. What has
 * been made stays on failure; adjoint_sums_destroy() frees it. Nothing where there is no mode. */
enum vordec_status adjoint_sums_create(struct vordec_plan *plan, struct adjoint_sums *sums, struct vordec_error *error);
void adjoint_sums_destroy(struct kernels *kernels, struct adjoint_sums *sums);

/* `first` and `second`, which may be the same -> PLAN_LINES. */
void record_adjoint_rows(struct recorder *recorder, const struct adjoint_sums *sums, enum plan_buffer first,
                         enum plan_buffer second);
/* The same with a set of KERNEL_ADJOINT_ROWS, of a first field that begins with value number first_at of its buffer. */
void record_adjoint_rows_of(struct recorder *recorder, const struct adjoint_sums *sums, VkDescriptorSet set,
                            uint32_t first_at);
/* PLAN_LINES -> PLAN_SUMS, and PLAN_MODE_SPECTRUM of the second field. */
void record_adjoint_columns(struct recorder *recorder, const struct adjoint_sums *sums);

/* A real of PLAN_SUMS_READBACK, widened: of a state, of field 0 or 1, of a mode, its real part or (part 1) its
 * imaginary one. */
double adjoint_sum(const struct vordec_plan *plan, uint32_t state, uint32_t field, uint32_t mode, uint32_t part);

#endif
