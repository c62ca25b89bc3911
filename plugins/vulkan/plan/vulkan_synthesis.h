/* SPDX-License-Identifier: MIT */
/*
 * vulkan_synthesis.h - the residual that a plan's decodes make by themselves, and the energy of an omega_hat that no
 * table of modes makes up. Both transform whole fields, by the lines of shaders/lines.glsl: along y and along x, one
 * dispatch each.
 */
#ifndef VORDEC_VULKAN_SYNTHESIS_H
#define VORDEC_VULKAN_SYNTHESIS_H

#include "record.h"

/* Settles what follows from the setup (NULL: nothing is synthesised) for a plan that plan_begin() has begun, ahead of
 * its buffers, and makes the pipelines. E_UNSUPPORTED with REASON_FFT_SIZE: a line of N numbers does not fit into the
 * device's shared memory. */
enum vordec_status vulkan_synthesis_create(struct vordec_plan *plan, const struct vordec_plan_desc *desc,
                                           const struct vordec_residual_setup *setup, struct vordec_error *error);
/* Makes of such a plan one that transforms a field, by record_hat_rows(), and nothing else. Failures as above. */
enum vordec_status vulkan_synthesis_create_lines(struct vordec_plan *plan, struct vordec_error *error);
/* A pipeline of a kernel that goes on with that along y; the caller's. */
enum vordec_status vulkan_synthesis_columns(struct vordec_plan *plan, enum kernel kernel, VkPipeline *pipeline,
                                            struct vordec_error *error);
/* Workgroups of such a kernel: tiles of half a spectrum's columns. */
uint32_t vulkan_synthesis_tiles(const struct vordec_plan *plan);
/* Accepts what a failed one has left. The device has finished. */
void vulkan_synthesis_destroy(struct vordec_plan *plan);

/* What is in its buffers from the start. */
enum vordec_status vulkan_synthesis_upload(struct vordec_plan *plan, struct vordec_error *error);

/* What the next job is to make: vordec_residual_interface.prepare. */
enum vordec_status vulkan_synthesis_prepare(struct vordec_plan *plan, const struct vordec_residual_job *job,
                                            struct vordec_error *error);
/* Of a state of the pending job, what the kernels want to know: `values` are VORDEC_BAND_VALUES and the two n E. z
 * NULL: a rollout holds it, and the device adds what only that knows. */
void vulkan_synthesis_pack(const struct vordec_plan *plan, const double *z, uint32_t state, double *values);
/* n E of that state to where the job wants it; `made`: of a rollout's, what the device has found. */
void vulkan_synthesis_report(const struct vordec_plan *plan, const double *z, uint32_t state, const double made[2]);

/* A rollout's K and energies into PLAN_COEF. */
void record_unpack_bands(struct recorder *recorder);
/* PLAN_COEF -> PLAN_MID, PLAN_HIGH. */
void record_band_fields(struct recorder *recorder);
/* A field, divided by N^2 and transformed along x -> PLAN_FIELD_LINES. */
void record_hat_rows(struct recorder *recorder, enum plan_buffer field);
/* PLAN_FIELD_B -> partial results of its energy. */
void record_hat_energy(struct recorder *recorder);

#endif
