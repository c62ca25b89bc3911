/* SPDX-License-Identifier: MIT */
#include "stub_adjoint.h"

#include <math.h>
#include <string.h>

#include "conformance/reference_adjoint.h"

struct vordec_backend_adjoint {
  struct stub_flow_place place;
  struct vordec_plan_desc desc;
  size_t cells;
  uint32_t *index;  /* low modes, then anchors */
  double *unwanted; /* d: where nobody asks for derivatives by z */
};

static size_t in_lines(size_t bytes) {
  return (bytes + 63) / 64 * 64 + 64;
}

static bool fill(struct vordec_backend_adjoint *adjoint) {
  const struct vordec_host *host = adjoint->place.host;
  struct vordec_plan_desc *desc = &adjoint->desc;
  const size_t count = (size_t)desc->m + desc->anchors;
  adjoint->index = host->allocate(host->ctx, 64, in_lines(count * sizeof *adjoint->index));
  adjoint->unwanted =
      adjoint->index ? host->allocate(host->ctx, 64, in_lines(desc->d * sizeof *adjoint->unwanted)) : NULL;
  if (!adjoint->unwanted) return false;
  if (desc->m) memcpy(adjoint->index, desc->low_index, desc->m * sizeof *adjoint->index);
  if (desc->anchors) memcpy(adjoint->index + desc->m, desc->anchor_index, desc->anchors * sizeof *adjoint->index);
  desc->low_index = adjoint->index;
  desc->anchor_index = adjoint->index + desc->m;
  return true;
}

enum vordec_status stub_adjoint_create(const struct stub_flow_place *place, const struct vordec_plan_desc *desc,
                                       struct vordec_backend_adjoint **adjoint, struct vordec_plan_info *info,
                                       struct vordec_error *error) {
  const struct vordec_host *host = place->host;
  if (strcmp(desc->fft, "auto") != 0 && strcmp(desc->fft, place->fft) != 0 && place->fault != ADJOINT_ANY_FFT) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FFT, "direct has no FFT '%s'", desc->fft);
  }
  struct vordec_backend_adjoint *made = host->allocate(host->ctx, 64, in_lines(sizeof *made));
  if (made) *made = (struct vordec_backend_adjoint){*place, *desc, (size_t)desc->n * desc->n, NULL, NULL};
  if (!made || !fill(made)) {
    if (made && place->fault != LEAKS_ADJOINT) stub_adjoint_destroy(made);
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "no memory for gradients");
  }
  snprintf(info->fft, sizeof info->fft, "%s", place->fft);
  info->warmup_ms = 0.0;
  *adjoint = made;
  return VORDEC_OK;
}

void stub_adjoint_destroy(struct vordec_backend_adjoint *adjoint) {
  if (!adjoint) return;
  const struct vordec_host *host = adjoint->place.host;
  if (adjoint->index) host->release(host->ctx, adjoint->index);
  if (adjoint->unwanted) host->release(host->ctx, adjoint->unwanted);
  host->release(host->ctx, adjoint);
}

static const double *field_of(const void *fields, size_t at) {
  return fields ? (const double *)fields + at : NULL;
}

/* Derivatives by coefficients that are wrong in one way. */
static void spoil(const struct vordec_backend_adjoint *adjoint, double *z, uint32_t kept, uint32_t i) {
  const uint32_t m = adjoint->desc.m;
  const enum fault fault = adjoint->place.fault;
  for (uint32_t k = 0; fault == ADJOINT_CONJUGATES && k < m; k++) z[m + k] *= -1.0;
  if (fault == ADJOINT_LEAVES_REST) z[2 * m + 3] = NAN;
  if (fault == ADJOINT_OF_K) z[2 * m + 3] = 1.0;
  if (fault == ADJOINT_BATCH_SHOWS && i > 0) z[0] *= 1.0 + 1e-15;
  for (uint32_t k = 0; fault == ADJOINT_HALVES && k < 2 * m; k++) z[k] *= 0.5;
  if (fault == ADJOINT_K_OF_MOST && kept < adjoint->desc.max_kept) z[2 * m + 4 + 2 * (size_t)kept] = 1e-3;
}

static void run_state(const struct vordec_backend_adjoint *adjoint, const struct vordec_adjoint_job *job, uint32_t i) {
  struct vordec_plan_desc desc = adjoint->desc;
  const enum fault fault = adjoint->place.fault;
  const size_t at = i * adjoint->cells;
  struct reference_adjoint state = {.omega_lp = field_of(job->omega_lp, at),
                                    .omega_hat = field_of(job->omega_hat, at),
                                    .mask = job->mask ? job->mask + at : NULL,
                                    .kept = job->kept[fault == ADJOINT_K_OF_FIRST ? 0 : i],
                                    .z = job->z ? job->z + (size_t)i * desc.d : adjoint->unwanted,
                                    .residual = job->residual ? (double *)job->residual + at : NULL};
  if (fault == ADJOINT_KEEPS_IGNORED) desc.include_anchors = true;
  if (fault == ADJOINT_ALWAYS_SUPPORT) desc.gate = VORDEC_GATE_SUPPORT;
  if (fault == ADJOINT_FORGETS_HAT && state.omega_lp && !state.residual) state.omega_hat = NULL;
  reference_adjoint(&desc, &state);
  spoil(adjoint, state.z, state.kept, i);
  if (fault == ADJOINT_UNGATED && state.residual) {
    memcpy(state.residual, state.omega_hat, adjoint->cells * sizeof *state.residual);
  }
}

enum vordec_status stub_adjoint_run(struct vordec_backend_adjoint *adjoint, const struct vordec_adjoint_job *job,
                                    struct vordec_adjoint_result *result, struct vordec_error *error) {
  (void)error;
  const struct vordec_host *host = adjoint->place.host;
  const struct vordec_device *device = &adjoint->place.device;
  const uint64_t start = host->clock_ns(host->ctx),
                 counted = adjoint->place.fault == ADJOINT_UNCOUNTED ? 0 : job->count;
  if (adjoint->place.fault == MEMORY_IN_ADJOINT) host->release(host->ctx, host->allocate(host->ctx, 64, 64));
  for (uint32_t i = 0; i < job->count; i++) run_state(adjoint, job, i);
  result->evidence =
      (struct vordec_evidence){.type = device->type, .dispatches_recorded = counted, .dispatches_completed = counted};
  memcpy(result->evidence.name, device->name, sizeof device->name);
  memcpy(result->evidence.driver, device->driver, sizeof device->driver);
  do result->device_ms = 1e-6 * (double)(host->clock_ns(host->ctx) - start);
  while (result->device_ms <= 0.0);
  return VORDEC_OK;
}
