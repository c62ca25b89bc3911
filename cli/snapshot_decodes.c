#include "snapshot_decodes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/backend.h>

#include "interrupt.h"
#include "outputs.h"

#define STEPS_AT_ONCE 64 /* so that a signal is heard and a bar moves */

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory for the fields");
}

/* ---- getting ready ---- */

static enum vordec_status allocate(struct snapshot_decodes *decodes, uint32_t outputs, struct vordec_error *error) {
  const size_t cells = decodes->states->n * decodes->states->n;
  const bool wide = decodes->info.precision == VORDEC_FP64;
  const size_t real = wide ? sizeof(double) : sizeof(float);
  struct vordec_decode_io *io = &decodes->io;
  io->count = 1;
  decodes->z = malloc(decodes->states->info.d * sizeof *decodes->z);
  if (!decodes->z) return fail_memory(error);
  if (outputs & VORDEC_OMEGA_LP && !(io->omega_lp = calloc(cells, real))) return fail_memory(error);
  if (outputs & VORDEC_MASK && !(io->mask = calloc(cells, 1))) return fail_memory(error);
  if (outputs & VORDEC_OMEGA_HAT && !(io->omega_hat = calloc(cells, real))) return fail_memory(error);
  if (outputs & VORDEC_SCALARS && !(io->scalars = calloc(1, sizeof *io->scalars))) return fail_memory(error);
  if (!decodes->fields) return VORDEC_OK;
  decodes->omega_lp = wide ? io->omega_lp : calloc(cells, sizeof *decodes->omega_lp);
  decodes->omega_hat = wide ? io->omega_hat : calloc(cells, sizeof *decodes->omega_hat);
  return decodes->omega_lp && decodes->omega_hat ? VORDEC_OK : fail_memory(error);
}

static bool is_gpu(enum vordec_device_type type) {
  return type == VORDEC_DEVICE_DISCRETE || type == VORDEC_DEVICE_INTEGRATED || type == VORDEC_DEVICE_VIRTUAL;
}

static enum vordec_status check_device(const struct snapshot_decodes *decodes, struct vordec_error *error) {
  const struct vordec_decoder_info *info = &decodes->info;
  const bool evident = !decodes->decode_device || strcmp(decodes->decode_device, "gpu") == 0;
  if (!decodes->request->require_gpu || (is_gpu(info->device.type) && evident)) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_REFUSED, VORDEC_REASON_NO_DEVICE,
                     "--require-gpu: the decodes would run on %s (%s), backend %s; name a GPU backend with "
                     "--decode-backend, or leave --require-gpu out",
                     info->device.name,
                     decodes->decode_device ? decodes->decode_device : vordec_device_type_name(info->device.type),
                     info->backend_used);
}

enum vordec_status snapshot_decodes_open(const struct snapshot_request *request, const struct snapshot_states *states,
                                         struct snapshot_decodes *decodes, struct vordec_error *error) {
  const struct vordec_config *config = request->invocation->config;
  *decodes = (struct snapshot_decodes){.request = request, .states = states, .run.dt = states->dt};
  decodes->fields = outputs_read_fields(config);
  const uint32_t outputs = outputs_wanted(config) | (request->check_parity ? VORDEC_OMEGA_LP | VORDEC_MASK : 0u);
  void *log_ctx = (void *)request->invocation;
  enum vordec_status status = vordec_runtime_create(config, command_log, log_ctx, &decodes->runtime, error);
  if (!status) status = residual_bands_create(config, &states->shape, request->phases, &decodes->bands, error);
  const struct vordec_decoder_desc desc = {
      .batch = 1, .outputs = outputs, .residuals = residual_bands_kinds(&decodes->bands)};
  if (!status) status = vordec_decoder_create(decodes->runtime, states->layout, &desc, &decodes->decoder, error);
  if (status) return status;
  vordec_decoder_get(decodes->decoder, &decodes->info);
  status = check_device(decodes, error);
  if (!status) status = allocate(decodes, outputs, error);
  if (!status && request->check_parity) {
    status = decode_parity_create(config, states->layout, command_log, log_ctx, &decodes->parity, error);
  }
  return status;
}

enum vordec_status snapshot_decodes_give_up(struct snapshot_decodes *decodes, struct vordec_error *error) {
  return vordec_metrics_create(decodes->runtime, decodes->states->layout, decodes->decoder, NULL, &decodes->metrics,
                               error);
}

enum vordec_status snapshot_decodes_start(struct snapshot_decodes *decodes, struct vordec_error *error) {
  const struct snapshot_states *states = decodes->states;
  const struct vordec_rollout_desc desc = {.d = states->info.d, .a = states->op.a, .z0 = states->z};
  const enum vordec_status status =
      vordec_rollout_create(decodes->runtime, decodes->decoder, &desc, &decodes->rollout, error);
  if (status) return status;
  return vordec_metrics_create(decodes->runtime, states->layout, decodes->decoder, decodes->rollout, &decodes->metrics,
                               error);
}

/* ---- the run ---- */

enum vordec_status snapshot_decodes_advance(struct snapshot_decodes *decodes, size_t step, struct progress *progress,
                                            struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  while (!status && decodes->run.steps < step && !interrupt_came()) {
    const size_t left = step - decodes->run.steps, stretch = left < STEPS_AT_ONCE ? left : STEPS_AT_ONCE;
    struct vordec_rollout_report report;
    status = vordec_rollout_advance(decodes->rollout, stretch, &report, error);
    if (status) return status;
    decodes->run.steps += stretch;
    decodes->run.rollout_s += 1e-3 * report.total_ms;
    decodes->op_device = report.op_device;
    progress_at(progress, decodes->run.steps);
  }
  return status;
}

/* The state that the decode takes: where it is, if nothing else needs it on the host. */
static enum vordec_status take_state(struct snapshot_decodes *decodes, struct vordec_error *error) {
  const bool feeds = vordec_rollout_feeds(decodes->rollout, decodes->decoder);
  decodes->io.rollout = feeds ? decodes->rollout : NULL;
  decodes->io.z = feeds ? NULL : decodes->z;
  if (feeds && !decodes->bands.residual && !decodes->request->check_parity) return VORDEC_OK;
  const enum vordec_status status = vordec_rollout_read(decodes->rollout, decodes->z, error);
  return status ? status : vordec_layout_check(decodes->states->layout, decodes->z, 1, error);
}

/* Says at which step it happened. E_INPUT of a state that the rollout made: it is not finite. */
static enum vordec_status blame_rollout(struct snapshot_decodes *decodes, enum vordec_status status,
                                        struct vordec_error *error) {
  if (status != VORDEC_E_INPUT && status != VORDEC_E_FAILED) return status;
  const struct vordec_error inner = *error;
  if (status == VORDEC_E_INPUT) decodes->run.nan_inf_hits++;
  return vordec_fail(error, VORDEC_E_FAILED, inner.reason, "rollout, step %zu: %.500s", decodes->run.steps,
                     inner.message);
}

static void widen(const struct snapshot_decodes *decodes) {
  if (!decodes->fields || decodes->info.precision == VORDEC_FP64) return;
  const float *lp = decodes->io.omega_lp, *hat = decodes->io.omega_hat;
  for (size_t i = 0; i < decodes->states->n * decodes->states->n; i++) {
    decodes->omega_lp[i] = (double)lp[i];
    decodes->omega_hat[i] = (double)hat[i];
  }
}

static enum vordec_status record(struct snapshot_decodes *decodes, const struct vordec_decode_report *report,
                                 struct vordec_error *error) {
  char digest[33];
  decodes->decode_device = report->decode_device;
  decodes->decode_ms += report->total_ms;
  decodes->decodes++;
  enum vordec_status status = vordec_metrics_add(decodes->metrics, decodes->run.steps, &decodes->io, report, error);
  if (status || decodes->io.z || !outputs_hash(decodes->request->invocation->config, "z")) return status;
  status = vordec_rollout_hash(decodes->rollout, digest, error);
  return status ? status : vordec_metrics_add_state_hash(decodes->metrics, decodes->run.steps, digest, error);
}

enum vordec_status snapshot_decodes_decode(struct snapshot_decodes *decodes, struct parity_row *row,
                                           struct vordec_error *error) {
  struct vordec_decode_report report;
  enum vordec_status status = blame_rollout(decodes, take_state(decodes, error), error);
  if (!status) {
    status = residual_bands_attach(&decodes->bands, decodes->z, decodes->run.steps, &decodes->io, error);
  }
  if (!status) {
    status = blame_rollout(decodes, vordec_decode(decodes->decoder, &decodes->io, &report, error), error);
  }
  if (!status) status = record(decodes, &report, error);
  if (!status) status = check_device(decodes, error);
  if (status) return status;
  widen(decodes);
  if (!decodes->request->check_parity) return VORDEC_OK;
  row->step = decodes->run.steps;
  return decode_parity_check(&decodes->parity, decodes->z, decodes->io.omega_lp, decodes->info.precision,
                             decodes->io.mask, row, error);
}

void snapshot_decodes_release(struct snapshot_decodes *decodes) {
  const bool own = decodes->omega_lp != decodes->io.omega_lp;
  vordec_metrics_destroy(decodes->metrics);
  vordec_rollout_destroy(decodes->rollout);
  vordec_decoder_destroy(decodes->decoder);
  vordec_runtime_destroy(decodes->runtime);
  residual_bands_release(&decodes->bands);
  decode_parity_release(&decodes->parity);
  free(decodes->z);
  if (own) {
    free(decodes->omega_lp);
    free(decodes->omega_hat);
  }
  free(decodes->io.omega_lp);
  free(decodes->io.mask);
  free(decodes->io.omega_hat);
  free(decodes->io.scalars);
  *decodes = (struct snapshot_decodes){0};
}
