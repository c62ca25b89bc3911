/* SPDX-License-Identifier: MIT */
#include "vulkan_decode.h"

#include <float.h>

#include "chunk.h"
#include "gpu/vulkan_host.h"
#include "plan_segments.h"
#include "plan_share.h"
#include "readback.h"
#include "readback_pieces.h"
#include "rolled_states.h"
#include "scalars.h"
#include "submissions.h"
#include "vulkan_synthesis.h"

static void put_reals(const struct vordec_plan *plan, void *to, size_t at, const double *from, size_t count) {
  if (plan->desc.precision == VORDEC_FP64) {
    memcpy((double *)to + at, from, count * sizeof *from);
    return;
  }
  float *target = (float *)to + at;
  for (size_t i = 0; i < count; i++) target[i] = (float)from[i];
}

static void put_zeros(const struct vordec_plan *plan, void *to, size_t from, size_t until) {
  memset((char *)to + from * plan->real_bytes, 0, (until - from) * plan->real_bytes);
}

/* Packs the coefficients of one state as the kernels want them. Entries beyond its K stay zero. */
static void pack_coefficients(const struct vordec_plan *plan, const double *z, void *to, size_t at) {
  const uint32_t m = plan->desc.m;
  put_reals(plan, to, at, z, 2 * (size_t)m);
  if (plan->kept) {
    const uint32_t k = vordec_kept_count(z[2 * (size_t)m + 3], plan->kept);
    put_reals(plan, to, at + 2 * (size_t)m, z + 2 * (size_t)m + 4, k);
    put_reals(plan, to, at + 2 * (size_t)m + plan->kept, z + 2 * (size_t)m + 4 + k, k);
  }
}

/* Returns the energy of a band. A device may take subnormal numbers for 0, and a band of energy 0 is left out. */
static double band_energy(const struct vordec_plan *plan, double energy) {
  const bool vanishes = plan->desc.precision == VORDEC_FP32 && energy > 0.0 && energy < (double)FLT_MIN;
  return vanishes ? (double)FLT_MIN : energy;
}

static void pack_bands(const struct vordec_plan *plan, const double *z, uint32_t state, void *to, size_t at) {
  double values[VORDEC_BAND_VALUES + 2];
  vulkan_synthesis_pack(plan, z, state, values);
  for (uint32_t band = 0; band < 2; band++) {
    values[VORDEC_BAND_VALUES + band] = band_energy(plan, values[VORDEC_BAND_VALUES + band]);
  }
  put_reals(plan, to, at + plan->coef_stride - 2 - VORDEC_BAND_VALUES, values, VORDEC_BAND_VALUES + 2);
}

/* Packs what the host has of a state: everything, or only the energies of the bands if a rollout holds the state. */
static void pack_state(const struct vordec_plan *plan, const struct vordec_decode_job *job, uint32_t state, void *to,
                       size_t at) {
  const double *z = job->z ? job->z + (size_t)state * plan->desc.d : NULL;
  put_zeros(plan, to, z ? at + 2 * (size_t)plan->desc.m : at,
            at + plan->coef_stride); /* nothing is written twice, since the memory may be far away */
  if (z) pack_coefficients(plan, z, to, at);
  if (plan->synthesis.bands) pack_bands(plan, z, state, to, at);
  if (plan_share_takes_z(plan)) { /* this says that the place is in use, see take_z.comp */
    const double used = 1.0;
    put_reals(plan, to, at + plan->coef_stride - 1, &used, 1);
  }
  for (uint32_t band = 0; band < 2; band++) {
    if (!job->band[band]) continue;
    const double energy = band_energy(plan, job->band_energy[band][state]);
    put_reals(plan, to, at + plan->coef_stride - 2 + band, &energy, 1);
  }
}

/* Puts the states of the chunk into the upload buffers, and zero states into the places left over. For states that
 * others write, the host's part is the same in every decode of as many states. */
static VkResult pack_chunk(struct vordec_plan *plan) {
  const struct vordec_decode_job *job = &plan->pending.job;
  const uint32_t first = plan->pending.first, count = plan->pending.count;
  const struct buffer *coef = plan_coef_input(plan);
  if (plan_share_takes_z(plan) && plan->sharing.marked == count) return VK_SUCCESS;
  plan->sharing.marked = 0;
  put_zeros(plan, coef->mapped, (size_t)count * plan->coef_stride, coef->size / plan->real_bytes);
  for (uint32_t i = 0; i < count; i++) {
    pack_state(plan, job, first + i, coef->mapped, (size_t)i * plan->coef_stride);
  }
  VkResult result = buffer_flush(&plan->session->gpu, coef);
  const double *fields[3] = {job->residual, job->band[0], job->band[1]};
  for (uint32_t i = 0; i < 3 && result == VK_SUCCESS; i++) {
    if (!fields[i]) continue;
    const struct buffer *upload = &plan->buffers[PLAN_RESIDUAL_UPLOAD + i];
    put_reals(plan, upload->mapped, 0, fields[i] + (size_t)first * plan->cells, (size_t)count * plan->cells);
    result = buffer_flush(&plan->session->gpu, upload);
  }
  if (result == VK_SUCCESS && plan_share_takes_z(plan)) plan->sharing.marked = count;
  return result;
}

static bool wants_combine(const struct vordec_plan *plan, const struct vordec_decode_job *job) {
  return (job->outputs & VORDEC_OMEGA_HAT) || ((job->outputs & VORDEC_SCALARS) && plan->combines);
}

static uint32_t residual_set(const struct vordec_plan *plan, const struct vordec_decode_job *job) {
  return plan->synthesis.bands | (job->residual ? (uint32_t)VORDEC_RESIDUAL_FIELD : 0u) |
         (job->band[0] ? (uint32_t)VORDEC_RESIDUAL_MID : 0u) | (job->band[1] ? (uint32_t)VORDEC_RESIDUAL_HIGH : 0u);
}

static struct segment_list list_segments(const struct vordec_plan *plan) {
  static const enum vordec_output outputs[] = {VORDEC_OMEGA_LP, VORDEC_MASK, VORDEC_OMEGA_HAT, VORDEC_SCALARS};
  const struct pending_job *pending = &plan->pending;
  const struct vordec_decode_job *job = &pending->job;
  const enum plan_segment first = job->rollout               ? SEGMENT_UNPACK
                                  : plan_share_takes_z(plan) ? SEGMENT_TAKE_Z
                                                             : SEGMENT_UPLOAD;
  struct segment_list list = {.ids = {first, SEGMENT_MAIN}, .count = 2};
  if (wants_combine(plan, job)) list.ids[list.count++] = (enum plan_segment)(SEGMENT_COMBINE + residual_set(plan, job));
  for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
    if (plan->sharing.on) break;
    if (job->outputs & ~pending->lent & (uint32_t)outputs[i]) list.ids[list.count++] = readback_segment(outputs[i]);
  }
  if (pending->lent || plan->sharing.copies) list.ids[list.count++] = SEGMENT_READ_LENT;
  return list;
}

static void report_bands(const struct vordec_plan *plan, const double *z, uint32_t state, uint32_t place) {
  double made[2];
  scalars_band_targets(plan, place, made);
  vulkan_synthesis_report(plan, z, state, made);
}

static void copy_outputs(const struct vordec_plan *plan) {
  const struct vordec_decode_job *job = &plan->pending.job;
  readback_finish(plan);
  if (!(job->outputs & VORDEC_SCALARS)) return;
  for (uint32_t i = 0; i < plan->pending.count; i++) {
    const uint32_t state = plan->pending.first + i;
    const double *z = job->z ? job->z + (size_t)state * plan->desc.d : NULL;
    job->scalars[state] = scalars_finish(plan, i, z, wants_combine(plan, job), residual_set(plan, job));
    if (plan->synthesis.bands) report_bands(plan, z, state, i);
  }
}

static enum vordec_status check_finite(const struct vordec_plan *plan, struct vordec_error *error) {
  static const char *const what[VORDEC_WRONG_KINDS] = {"wrong", "NaN", "infinite", "so large that a decode in"};
  const uint32_t flag = *(const uint32_t *)plan->buffers[PLAN_NOT_FINITE_READBACK].mapped;
  if (flag == 0) return VORDEC_OK;
  const uint32_t d = plan->desc.d, kind = flag % VORDEC_WRONG_KINDS;
  const uint32_t at = (plan->chunk * d - flag / VORDEC_WRONG_KINDS) % d;
  const char *rest = kind != VORDEC_WRONG_LARGE            ? ""
                     : plan->desc.precision == VORDEC_FP64 ? " fp64 overflows"
                                                           : " fp32 overflows; use [decode] precision = fp64";
  return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "z: entry %u (%s) of the rolled-out state is %s%s",
                     (unsigned)at, vordec_entry_name(plan->desc.m, at), what[kind], rest);
}

/* ---- a chunk ---- */

static enum vordec_status start_chunk(struct vordec_plan *plan, uint32_t first, struct vordec_error *error) {
  struct pending_job *pending = &plan->pending;
  const uint32_t left = pending->job.count - first;
  pending->first = first;
  pending->count = left < plan->chunk ? left : plan->chunk;
  const VkResult visible = pack_chunk(plan);
  if (visible != VK_SUCCESS) return gpu_fail(&plan->session->gpu, visible, "vkFlushMappedMemoryRanges", error);
  pending->lent = readback_lent(plan);
  pending->list = list_segments(plan);
  enum vordec_status status = pending->job.rollout ? rolled_states_record(plan, error) : VORDEC_OK;
  if (!status && pending->lent) status = plan_segment_record(plan, SEGMENT_READ_LENT, error);
  if (!status) status = plan_share_chunk(plan, error);
  return status ? status : submissions_start(plan, error);
}

static enum vordec_status finish_chunk(struct vordec_plan *plan, struct vordec_error *error) {
  enum vordec_status status = readback_pieces_finish(plan, error);
  if (!status) status = chunk_await(plan, error);
  if (!status && plan->pending.job.rollout) status = check_finite(plan, error);
  if (!status && plan_share_takes_z(plan)) status = plan_share_check(plan, error);
  if (!status) copy_outputs(plan);
  return status;
}

/* ---- a job ---- */

enum vordec_status vulkan_decode_start(struct vordec_plan *plan, const struct vordec_decode_job *job,
                                       struct vordec_error *error) {
  enum vordec_status status = gpu_check(&plan->session->gpu, error);
  if (!status && job->rollout) status = rolled_states_check(plan, job->rollout, error);
  if (status) return status;
  plan->pending = (struct pending_job){.result = chunk_blank_result(plan)};
  memcpy(&plan->pending.job, job, job->struct_size < sizeof *job ? job->struct_size : sizeof *job);
  status = start_chunk(plan, 0, error);
  for (uint32_t first = plan->chunk; first < job->count && !status; first += plan->chunk) {
    status = finish_chunk(plan, error);
    if (!status) status = start_chunk(plan, first, error);
  }
  if (!status) status = plan_share_close(plan, error);
  if (status) return status;
  plan->pending.started = true;
  plan->session->pending_jobs++;
  return VORDEC_OK;
}

enum vordec_status vulkan_decode_finish(struct vordec_plan *plan, struct vordec_decode_result *result,
                                        struct vordec_error *error) {
  plan_forget_job(plan);
  enum vordec_status status = gpu_check(&plan->session->gpu, error);
  if (!status) status = finish_chunk(plan, error);
  if (status && status != VORDEC_E_INPUT) return status; /* after wrong states the decode is still complete */
  memcpy(result->stage_ms, plan->pending.result.stage_ms, sizeof result->stage_ms);
  result->evidence = plan->pending.result.evidence;
  return status;
}

enum vordec_status vulkan_decode_run(struct vordec_plan *plan, const struct vordec_decode_job *job,
                                     struct vordec_decode_result *result, struct vordec_error *error) {
  const enum vordec_status status = vulkan_decode_start(plan, job, error);
  plan->pending.alone = true;
  return status ? status : vulkan_decode_finish(plan, result, error);
}
