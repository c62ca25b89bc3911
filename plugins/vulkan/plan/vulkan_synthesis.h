/* SPDX-License-Identifier: MIT */
/*
 * vulkan_synthesis.h - the residual that a plan's decodes make by themselves, and the energy of an omega_hat that is
 * more than the modes of a table. Both transform whole fields with the lines of shaders/lines.glsl, in one dispatch
 * along y and one along x.
 */
#ifndef VORDEC_VULKAN_SYNTHESIS_H
#define VORDEC_VULKAN_SYNTHESIS_H

#include "record.h"

/* Fills in what follows from the setup (NULL: nothing is synthesised), and makes the pipelines. The plan was begun by
 * plan_begin() and has no buffers yet. E_UNSUPPORTED with REASON_FFT_SIZE: a line of N numbers does not fit into the
 * device's shared memory. */
enum vordec_status vulkan_synthesis_create(struct vordec_plan *plan, const struct vordec_plan_desc *desc,
                                           const struct vordec_residual_setup *setup, struct vordec_error *error);
/* Does the same for a plan that only transforms a field, by record_hat_rows(). Fails as the function above does. */
enum vordec_status vulkan_synthesis_create_lines(struct vordec_plan *plan, struct vordec_error *error);
/* Makes the pipeline of a kernel that continues that transform along y. It belongs to the caller. */
enum vordec_status vulkan_synthesis_columns(struct vordec_plan *plan, enum kernel kernel, VkPipeline *pipeline,
                                            struct vordec_error *error);
/* Returns the number of workgroups of such a kernel, each of which has a tile of the columns of half a spectrum. */
uint32_t vulkan_synthesis_tiles(const struct vordec_plan *plan);
/* Frees everything, also what a failed vulkan_synthesis_create() has left. The device must have finished. */
void vulkan_synthesis_destroy(struct vordec_plan *plan);

/* Uploads what its buffers hold from the start. */
enum vordec_status vulkan_synthesis_upload(struct vordec_plan *plan, struct vordec_error *error);

/* Says what the next job is to make: the slot vordec_residual_interface.prepare. */
enum vordec_status vulkan_synthesis_prepare(struct vordec_plan *plan, const struct vordec_residual_job *job,
                                            struct vordec_error *error);
/* Packs what the kernels need of a state of the pending job: `values` are VORDEC_BAND_VALUES, followed by n E of both
 * bands. If z is NULL a rollout holds the state, and the device adds what only the rollout knows. */
void vulkan_synthesis_pack(const struct vordec_plan *plan, const double *z, uint32_t state, double *values);
/* Writes n E of that state to where the job wants it. `made` is what the device has found, for a state that a rollout
 * holds. */
void vulkan_synthesis_report(const struct vordec_plan *plan, const double *z, uint32_t state, const double made[2]);

/* Puts K and the energies of a rollout's states into PLAN_COEF. */
void record_unpack_bands(struct recorder *recorder);
/* Makes the bands: PLAN_COEF -> PLAN_MID, PLAN_HIGH. */
void record_band_fields(struct recorder *recorder);
/* Divides a field by N^2 and transforms it along x: field -> PLAN_FIELD_LINES. */
void record_hat_rows(struct recorder *recorder, enum plan_buffer field);
/* Sums the energy of the field in PLAN_FIELD_B: PLAN_FIELD_B -> partial results. */
void record_hat_energy(struct recorder *recorder);

#endif
