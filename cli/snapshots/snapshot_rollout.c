/* SPDX-License-Identifier: MIT */
#include "snapshot_rollout.h"

#include <stdlib.h>
#include <vordec/error.h>

#include "cli/interrupt.h"

#define STEPS_AT_ONCE 64 /* so that a signal is heard and a bar moves */

enum vordec_status snapshot_rollout_try(const struct snapshot_request *request, struct vordec_error *error) {
  const double zero = 0.0;
  const struct vordec_rollout_desc desc = {.d = 1, .a = &zero, .z0 = &zero};
  struct vordec_runtime *runtime = NULL;
  struct vordec_rollout *rollout = NULL;
  enum vordec_status status = vordec_runtime_create(request->config, NULL, NULL, &runtime, error);
  if (!status) status = vordec_rollout_create(runtime, NULL, &desc, &rollout, error);
  vordec_rollout_destroy(rollout);
  vordec_runtime_destroy(runtime);
  return status;
}

enum vordec_status snapshot_rollout_start(struct snapshot_rollout *rollout, struct vordec_runtime *runtime,
                                          struct vordec_decoder *decoder, struct vordec_error *error) {
  const struct snapshot_states *states = rollout->states;
  const struct vordec_rollout_desc desc = {.d = states->info.d, .a = states->op.a, .z0 = states->z};
  struct stride_use strides = rollout->request->strides;
  strides.steps = states->steps; /* known now, also of a whole file */
  rollout->decoder = decoder;
  const enum vordec_status status = stride_use_check(&strides, error);
  return status ? status : stride_use_rollout(&strides, runtime, decoder, &desc, &rollout->rollout, error);
}

void snapshot_rollout_release(struct snapshot_rollout *rollout) {
  vordec_rollout_destroy(rollout->rollout);
  *rollout = (struct snapshot_rollout){0};
}

/* A state whose decode hashes it anyway is not hashed twice. */
static bool hash_is_due(const struct snapshot_rollout *rollout) {
  const struct snapshot_request *request = rollout->request;
  const size_t step = rollout->run.steps;
  if (!request->hash_every || step % request->hash_every) return false;
  const bool decoded = rollout->decoder && step % request->simulation.stride == 0;
  return !decoded || !request->hash_z;
}

static enum vordec_status hash_state(struct snapshot_rollout *rollout, struct vordec_error *error) {
  char digest[33];
  const enum vordec_status status = vordec_rollout_hash(rollout->rollout, digest, error);
  return status ? status : vordec_metrics_add_state_hash(rollout->metrics, rollout->run.steps, digest, error);
}

/* Steps up to `step`, the next hash, or as many as may be taken at once; a stride if steps come by strides. */
static size_t next_stretch(const struct snapshot_rollout *rollout, size_t step) {
  if (rollout->request->strides.wanted) return rollout->request->strides.stride;
  const size_t at = rollout->run.steps, every = rollout->request->hash_every;
  size_t stretch = step - at < STEPS_AT_ONCE ? step - at : STEPS_AT_ONCE;
  if (every && every - at % every < stretch) stretch = every - at % every;
  return stretch;
}

enum vordec_status snapshot_rollout_advance(struct snapshot_rollout *rollout, size_t step, struct progress *progress,
                                            struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  while (!status && rollout->run.steps < step && !interrupt_came()) {
    const size_t stretch = next_stretch(rollout, step);
    struct vordec_rollout_report report;
    status =
        vordec_rollout_advance(rollout->rollout, stretch / stride_use_unit(&rollout->request->strides), &report, error);
    if (status) return status;
    rollout->run.steps += stretch;
    rollout->run.rollout_s += 1e-3 * report.total_ms;
    rollout->op_device = report.op_device;
    if (hash_is_due(rollout)) status = hash_state(rollout, error);
    progress_at(progress, rollout->run.steps);
  }
  return status;
}

enum vordec_status snapshot_rollout_read(const struct snapshot_rollout *rollout, double *z,
                                         struct vordec_error *error) {
  const enum vordec_status status = vordec_rollout_read(rollout->rollout, z, error);
  return status ? status : vordec_layout_check(rollout->states->layout, z, 1, error);
}

enum vordec_status snapshot_rollout_blame(struct snapshot_rollout *rollout, size_t step, enum vordec_status status,
                                          struct vordec_error *error) {
  if (status != VORDEC_E_INPUT && status != VORDEC_E_FAILED) return status;
  const struct vordec_error inner = *error;
  if (status == VORDEC_E_INPUT) rollout->run.nan_inf_hits++;
  return vordec_fail(error, VORDEC_E_FAILED, inner.reason, "rollout, step %zu: %.500s", step, inner.message);
}

enum vordec_status snapshot_rollout_check(struct snapshot_rollout *rollout, struct vordec_error *error) {
  double *z = malloc(rollout->states->info.d * sizeof *z);
  if (!z) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the state");
  const enum vordec_status status = snapshot_rollout_read(rollout, z, error);
  free(z);
  return snapshot_rollout_blame(rollout, rollout->run.steps, status, error);
}
