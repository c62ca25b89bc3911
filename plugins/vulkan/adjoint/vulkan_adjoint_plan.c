/* SPDX-License-Identifier: MIT */
#include "gpu/vulkan_host.h"
#include "plan/plan_build.h"
#include "plan/plan_memory.h"
#include "plan/plan_segments.h"
#include "plan/plan_share.h"
#include "plan/record_stages.h"
#include "transforms/transform.h"
#include "transforms/transform_direct.h"
#include "vulkan_adjoint.h"

/* ---- what the segments do ---- */

/* Puts each of the sums in its place among the derivatives by z. */
static void record_gradient(struct recorder *recorder, uint32_t fields) {
  const struct vordec_plan *plan = recorder->plan;
  const struct vordec_backend_adjoint *adjoint = adjoint_of(plan);
  const uint32_t entries = plan->low_modes.mode_count;
  const struct adjoint_gradient_push push = {
      .d = adjoint->d, .m = adjoint->m, .kept = adjoint->kept, .entries = entries, .fields = fields};
  const enum plan_buffer buffers[] = {PLAN_LOW_MODES, PLAN_SUMS, PLAN_ADJOINT_K, PLAN_SHARED_Z};
  record_kernel(recorder, KERNEL_ADJOINT_GRADIENT, buffers, &push, entries);
}

#define OF_LP 1u /* a flag of adjoint_gradient.comp */
#define OF_HAT 2u

/* Records the sums. If one of the fields is not given, the other one stands for both. */
static void record_sums(struct recorder *recorder, uint32_t fields) {
  const enum plan_buffer first = fields & OF_LP ? PLAN_OMEGA_LP : PLAN_FIELD_B;
  const enum plan_buffer second = fields & OF_HAT ? PLAN_FIELD_B : PLAN_OMEGA_LP;
  if (recorder->plan->low_modes.mode_count > 0) {
    record_adjoint_rows(recorder, &adjoint_of(recorder->plan)->sums, first, second);
    record_adjoint_columns(recorder, &adjoint_of(recorder->plan)->sums);
    if (adjoint_of(recorder->plan)->shared) record_gradient(recorder, fields);
  }
  record_mark(recorder, VORDEC_STAGE_IFFT_LP);
}

static void record_clear(struct recorder *recorder) {
  record_zero(recorder, PLAN_SHARED_Z);
  record_mark(recorder, VORDEC_STAGE_SCATTER_LOWK);
}

/* Records g b, which is what combine makes of a residual b where omega_lp is 0. */
static void record_gate(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const struct combine_push push = {.cells = plan->cells,
                                    .words = plan->words,
                                    .terms = VORDEC_TERM_FIELD |
                                             (plan->desc.gate == VORDEC_GATE_SIGNED ? VORDEC_TERM_SIGNED : 0u)};
  const enum plan_buffer buffers[] = {PLAN_FIELD_A, PLAN_FIELD_A, PLAN_FIELD_B, PLAN_FIELD_A,
                                      PLAN_FIELD_A, PLAN_MASK_A,  PLAN_GAINS,   PLAN_RESIDUAL};
  if (!adjoint_of(plan)->shared) record_copy(recorder, PLAN_MASK_UPLOAD, PLAN_MASK_A);
  record_kernel(recorder, KERNEL_COMBINE, buffers, &push, plan->cells);
  record_mark(recorder, VORDEC_STAGE_COMBINE);
}

static const char *label_of(enum plan_segment id) {
  switch ((int)id) {
  case ADJOINT_UPLOAD_LP:
    return "upload of omega_lp's cotangents";
  case ADJOINT_UPLOAD_HAT:
  case ADJOINT_UPLOAD_HAT_TOO:
    return "upload of omega_hat's cotangents";
  case ADJOINT_CLEAR:
    return "no derivatives";
  case ADJOINT_GATE:
    return "gate";
  case ADJOINT_READ_SUMS:
    return "readback sums";
  case ADJOINT_READ_RESIDUAL:
    return "readback residual";
  }
  return "transposed sums";
}

static void record_upload_of(struct recorder *recorder, enum plan_buffer from, enum plan_buffer to) {
  record_copy(recorder, from, to);
  record_mark(recorder, VORDEC_STAGE_SCATTER_LOWK);
}

static void record_readback_of(struct recorder *recorder, enum plan_buffer from, enum plan_buffer to) {
  record_copy(recorder, from, to);
  record_mark(recorder, VORDEC_STAGE_READBACK);
}

static void record_segment(struct recorder *recorder, enum plan_segment id) {
  switch ((int)id) {
  case ADJOINT_UPLOAD_LP:
    record_upload_of(recorder, PLAN_FIELD_UPLOAD, PLAN_OMEGA_LP);
    return;
  case ADJOINT_UPLOAD_HAT:
  case ADJOINT_UPLOAD_HAT_TOO:
    record_upload_of(recorder, PLAN_HAT_UPLOAD, PLAN_FIELD_B);
    return;
  case ADJOINT_GATE:
    record_gate(recorder);
    return;
  case ADJOINT_READ_SUMS:
    record_readback_of(recorder, PLAN_SUMS, PLAN_SUMS_READBACK);
    return;
  case ADJOINT_READ_RESIDUAL:
    record_readback_of(recorder, PLAN_RESIDUAL, PLAN_HAT_READBACK);
    return;
  case ADJOINT_CLEAR:
    record_clear(recorder);
    return;
  case ADJOINT_SUMS:
    record_sums(recorder, OF_LP | OF_HAT);
    return;
  case ADJOINT_SUMS_LP:
    record_sums(recorder, OF_LP);
    return;
  }
  record_sums(recorder, OF_HAT);
}

/* Whether the segment transfers something: cotangents from the host, or derivatives to it. There is none if others
 * share the memory. */
static bool is_transfer(enum plan_segment id) {
  switch ((int)id) {
  case ADJOINT_UPLOAD_LP:
  case ADJOINT_UPLOAD_HAT:
  case ADJOINT_UPLOAD_HAT_TOO:
  case ADJOINT_READ_SUMS:
  case ADJOINT_READ_RESIDUAL:
    return true;
  }
  return false;
}

static bool is_needed(const struct vordec_plan *plan, enum plan_segment id) {
  const struct vordec_backend_adjoint *adjoint = adjoint_of(plan);
  const bool lp = adjoint->outputs & (uint32_t)VORDEC_OMEGA_LP, hat = adjoint->outputs & (uint32_t)VORDEC_OMEGA_HAT;
  if (adjoint->shared && is_transfer(id)) return false;
  switch ((int)id) {
  case ADJOINT_CLEAR:
    return adjoint->shared;
  case ADJOINT_UPLOAD_LP:
  case ADJOINT_SUMS_LP:
    return lp;
  case ADJOINT_UPLOAD_HAT:
  case ADJOINT_SUMS_HAT:
    return hat;
  case ADJOINT_UPLOAD_HAT_TOO:
  case ADJOINT_SUMS:
    return lp && hat;
  case ADJOINT_GATE:
  case ADJOINT_READ_RESIDUAL:
    return adjoint->gates;
  }
  return id == (enum plan_segment)ADJOINT_READ_SUMS;
}

/* Writes zeros where zeros have to be from now on, and numbers to those places of a batch that no job has used yet. */
static void warm_up(struct recorder *recorder) {
  const struct vordec_backend_adjoint *adjoint = adjoint_of(recorder->plan);
  record_zero(recorder, PLAN_OMEGA_LP);
  if (recorder->plan->buffers[PLAN_FIELD_B].handle) record_zero(recorder, PLAN_FIELD_B);
  if (adjoint->shared) record_zero(recorder, PLAN_ADJOINT_K);
  record_sums(recorder, OF_LP);
  if (!adjoint->gates) return;
  record_zero(recorder, PLAN_FIELD_A);
  record_gate(recorder);
}

static const struct segment_script adjoint_script = {
    .label = label_of, .record = record_segment, .needs = is_needed, .warm_up = warm_up, .copies_apart = false};

/* ---- a way from fields to modes ---- */

/* Lists the shared buffers, which take the place of uploads and readbacks. */
static void list_shared(const struct vordec_plan *plan, struct buffer_need *needs) {
  static const enum plan_buffer transfers[] = {PLAN_FIELD_UPLOAD, PLAN_HAT_UPLOAD, PLAN_MASK_UPLOAD, PLAN_SUMS_READBACK,
                                               PLAN_HAT_READBACK};
  static const enum plan_buffer arrays[] = {PLAN_OMEGA_LP, PLAN_FIELD_B, PLAN_MASK_A, PLAN_RESIDUAL};
  const uint64_t real = plan->real_bytes;
  for (size_t i = 0; i < sizeof transfers / sizeof *transfers; i++) needs[transfers[i]] = (struct buffer_need){0};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) needs[arrays[i]].place = BUFFER_SHARED;
  needs[PLAN_ADJOINT_K] = need_of("K of gradients", BUFFER_SHARED, 0, real);
  needs[PLAN_SHARED_Z] = need_of("derivatives by z", BUFFER_SHARED, 0, adjoint_of(plan)->d * real);
}

static void list_needs(const struct vordec_plan *plan, struct buffer_need *needs) {
  const struct vordec_backend_adjoint *adjoint = adjoint_of(plan);
  const bool lp = adjoint->outputs & (uint32_t)VORDEC_OMEGA_LP, hat = adjoint->outputs & (uint32_t)VORDEC_OMEGA_HAT;
  const uint64_t field = (uint64_t)plan->cells * plan->real_bytes, mask = 4ull * plan->words;
  adjoint_sums_list_needs(plan, &adjoint_of(plan)->sums, needs);
  needs[PLAN_MASK_B] = needs[PLAN_RESIDUAL_UPLOAD] = (struct buffer_need){0};
  if (lp) needs[PLAN_FIELD_UPLOAD] = need_of("upload for omega_lp", BUFFER_UPLOAD, 0, field);
  if (hat) needs[PLAN_HAT_UPLOAD] = need_of("upload for omega_hat", BUFFER_UPLOAD, 0, field);
  needs[PLAN_FIELD_B] = need_of("field b", BUFFER_DEVICE, 0, hat ? field : 0);
  needs[PLAN_FIELD_A] = need_of("zeros", BUFFER_DEVICE, 0, adjoint->gates ? field : 0);
  needs[PLAN_MASK_A] = need_of("mask", BUFFER_DEVICE, 0, adjoint->gates ? mask : 0);
  if (adjoint->gates) needs[PLAN_MASK_UPLOAD] = need_of("upload of masks", BUFFER_UPLOAD, 0, mask);
  if (adjoint->shared) list_shared(plan, needs);
}

static enum vordec_status create(struct vordec_plan *plan, struct vordec_error *error) {
  return adjoint_sums_create(plan, &adjoint_of(plan)->sums, error);
}

static void destroy(struct vordec_plan *plan) {
  adjoint_sums_destroy(&plan->session->kernels, &adjoint_of(plan)->sums);
}

/* The transform of an adjoint's plan, which makes neither fields nor masks, so that record_field and record_mask are
 * never called. */
static const struct transform transform_back = {
    .name = TRANSFORM_DIRECT_NAME, .list_needs = list_needs, .create = create, .destroy = destroy};

/* ---- the plan ---- */

/* Describes the plan without states; make_table() lists their modes. */
static struct vordec_plan_desc describe(const struct vordec_plan_desc *desc, bool gates) {
  return (struct vordec_plan_desc){.struct_size = sizeof(struct vordec_plan_desc),
                                   .n = desc->n,
                                   .batch = desc->batch,
                                   .precision = desc->precision,
                                   .fft = TRANSFORM_DIRECT_NAME,
                                   .smooth_width = 1,
                                   .smooth_kernel = VORDEC_SMOOTH_BOX,
                                   .gate = desc->gate,
                                   .outputs = gates ? VORDEC_OMEGA_HAT : 0,
                                   .residuals = gates ? VORDEC_RESIDUAL_FIELD : 0};
}

/* Puts low modes and kept ones into one list, with an entry for each coefficient. */
static enum vordec_status make_table(const struct vordec_backend_adjoint *adjoint, const struct vordec_plan_desc *desc,
                                     struct vordec_error *error) {
  struct vordec_plan *plan = adjoint->plan;
  const struct vordec_host *host = plan->session->gpu.host;
  const uint32_t count = adjoint->m + adjoint->kept;
  if (count == 0) return VORDEC_OK;
  uint32_t *index = host_alloc(host, count, sizeof *index);
  if (!index) return host_no_memory(error, "the modes of gradients");
  if (adjoint->m) memcpy(index, desc->low_index, adjoint->m * sizeof *index);
  if (adjoint->kept) memcpy(index + adjoint->m, desc->anchor_index, adjoint->kept * sizeof *index);
  const enum vordec_status status = mode_table_build_once(host, plan->n, index, count, &plan->low_modes, error);
  host_free(host, index);
  return status;
}

enum vordec_status vulkan_adjoint_plan_create(struct vordec_backend_adjoint *adjoint,
                                              const struct vordec_plan_desc *desc, struct vordec_plan_info *info,
                                              struct vordec_error *error) {
  adjoint->d = desc->d;
  adjoint->m = desc->m;
  adjoint->kept = desc->include_anchors && (desc->outputs & (uint32_t)VORDEC_OMEGA_HAT) ? desc->max_kept : 0;
  adjoint->outputs = desc->outputs;
  adjoint->gates = (desc->residuals & (uint32_t)VORDEC_RESIDUAL_FIELD) && (desc->outputs & (uint32_t)VORDEC_OMEGA_HAT);
  const struct vordec_plan_desc own = describe(desc, adjoint->gates);
  struct vordec_plan *plan = adjoint->plan = plan_begin(adjoint->session, &own, error);
  if (!plan) return error->status;
  plan->script = &adjoint_script;
  plan->transform_state = adjoint;
  enum vordec_status status = adjoint->shared ? plan_share_semaphore(plan, error) : VORDEC_OK;
  if (!status) status = make_table(adjoint, desc, error);
  if (!status) status = plan_use(plan, &transform_back, error);
  if (!status && adjoint->shared && plan->chunk < desc->batch) {
    status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY,
                         "gradients of %u states at once need more memory than %.200s has; %u states at once fit",
                         desc->batch, plan->session->gpu.facts.info.name, plan->chunk);
  }
  return status ? status : plan_finish(plan, info, error);
}
