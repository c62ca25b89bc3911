/* SPDX-License-Identifier: MIT */
#include "snapshot_decodes.h"

#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "cli/frames/simulation_frames.h"
#include "cli/rim_warning.h"
#include "core/base/clock.h"
#include "core/policy/device_kind.h"

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the fields");
}

/* ---- getting ready ---- */

static enum vordec_status allocate_frame(const struct snapshot_decodes *decodes, uint32_t outputs,
                                         struct snapshot_frame *frame, struct vordec_error *error) {
  const size_t cells = decodes->states->n * decodes->states->n;
  const size_t real = decodes->info.precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
  struct vordec_decode_io *io = &frame->io;
  io->count = 1;
  frame->z = malloc(decodes->states->info.d * sizeof *frame->z);
  if (!frame->z) return fail_memory(error);
  if (outputs & VORDEC_OMEGA_LP && !(io->omega_lp = calloc(cells, real))) return fail_memory(error);
  if (outputs & VORDEC_MASK && !(io->mask = calloc(cells, 1))) return fail_memory(error);
  if (outputs & VORDEC_OMEGA_HAT && !(io->omega_hat = calloc(cells, real))) return fail_memory(error);
  if (outputs & VORDEC_SCALARS && !(io->scalars = calloc(1, sizeof *io->scalars))) return fail_memory(error);
  return VORDEC_OK;
}

static void release_frame(struct snapshot_frame *frame) {
  free(frame->z);
  free(frame->io.omega_lp);
  free(frame->io.mask);
  free(frame->io.omega_hat);
  free(frame->io.scalars);
}

/* Hashes are listed in the order of the steps: then a snapshot is finished before the next begins. */
static size_t snapshots_at_once(const struct snapshot_decodes *decodes) {
  return decodes->request->hash_every ? 1 : SNAPSHOTS_AT_ONCE;
}

static enum vordec_status allocate(struct snapshot_decodes *decodes, uint32_t outputs, struct vordec_error *error) {
  const size_t cells = decodes->states->n * decodes->states->n;
  for (size_t i = 0; i < decodes->at_once; i++) {
    const enum vordec_status status = allocate_frame(decodes, outputs, &decodes->frames[i], error);
    if (status) return status;
  }
  if (!decodes->fields || decodes->info.precision == VORDEC_FP64) return VORDEC_OK;
  const bool reads_lp = outputs & VORDEC_OMEGA_LP;
  if (reads_lp) decodes->omega_lp = calloc(cells, sizeof *decodes->omega_lp);
  decodes->omega_hat = calloc(cells, sizeof *decodes->omega_hat);
  return (decodes->omega_lp || !reads_lp) && decodes->omega_hat ? VORDEC_OK : fail_memory(error);
}

static enum vordec_status check_device(const struct snapshot_decodes *decodes, struct vordec_error *error) {
  const struct vordec_decoder_info *info = &decodes->info;
  const bool evident = !decodes->decode_device || strcmp(decodes->decode_device, "gpu") == 0;
  if (!decodes->request->require_gpu || (device_is_gpu(info->device.type) && evident)) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_REFUSED, VORDEC_REASON_NO_DEVICE,
                     "--require-gpu: the decodes would run on %s (%s), backend %s; name a GPU backend with "
                     "--decode-backend, or leave --require-gpu out",
                     info->device.name,
                     decodes->decode_device ? decodes->decode_device : vordec_device_type_name(info->device.type),
                     info->backend_used);
}

/* What decodes read back. */
static uint32_t outputs_read(const struct snapshot_decodes *decodes, uint32_t outputs) {
  const struct snapshot_request *request = decodes->request;
  uint32_t spared = VORDEC_OMEGA_LP | VORDEC_MASK;
  if (!decodes->in_place || request->save_decoded || request->check_parity) return outputs;
  if (rim_warning_of(request->config).reach.width) spared &= ~(uint32_t)VORDEC_MASK; /* it is looked at */
  return outputs & ~(spared & ~request->hashed);
}

static enum vordec_status make_decoder(struct snapshot_decodes *decodes, struct vordec_error *error) {
  const struct snapshot_request *request = decodes->request;
  const struct snapshot_states *states = decodes->states;
  const uint32_t outputs = request->outputs | (request->check_parity ? VORDEC_OMEGA_LP | VORDEC_MASK : 0u);
  enum vordec_status status = residual_phases_read(&request->residual, states->n, &decodes->phases, error);
  const struct vordec_decoder_desc desc = {.batch = 1,
                                           .outputs = outputs,
                                           .residuals = residual_phases_kinds(&decodes->phases),
                                           .depth = snapshots_at_once(decodes)};
  struct vordec_simulation *beside = states->device.comparer ? simulation_frames_simulation(states->frames) : NULL;
  if (!status) {
    status = vordec_decoder_create_beside(decodes->runtime, beside, states->layout, &desc, &decodes->decoder, error);
  }
  if (status) return status;
  decodes->in_place = decodes->fields && vordec_comparer_reaches(states->device.comparer, NULL, decodes->decoder);
  vordec_decoder_get(decodes->decoder, &decodes->info);
  decodes->at_once = decodes->info.depth;
  if (vordec_decoder_residual_backend(decodes->decoder)) {
    status = residual_phases_give(&decodes->phases, decodes->decoder, error);
    if (status) return status;
  }
  status = check_device(decodes, error);
  return status ? status : allocate(decodes, outputs_read(decodes, outputs), error);
}

enum vordec_status snapshot_decodes_open(const struct snapshot_request *request, const struct snapshot_states *states,
                                         struct snapshot_decodes *decodes, struct vordec_error *error) {
  *decodes = (struct snapshot_decodes){.request = request, .states = states};
  decodes->rollout = (struct snapshot_rollout){.request = request, .states = states, .run.dt = states->dt};
  decodes->fields = !request->no_decode && request->fields;
  enum vordec_status status =
      vordec_runtime_create(request->config, request->log, request->log_ctx, &decodes->runtime, error);
  if (!status && !request->no_decode) status = make_decoder(decodes, error);
  /* What `auto` means is known when the operator is. */
  if (!status && !states->op.a && request->op_named) status = snapshot_rollout_try(request, error);
  if (!status && request->check_parity) {
    status =
        decode_parity_create(request->config, states->layout, request->log, request->log_ctx, &decodes->parity, error);
  }
  return status;
}

/* What the run's states come from. */
static void name_sources(struct snapshot_decodes *decodes) {
  vordec_metrics_set_simulation(decodes->metrics, simulation_frames_simulation(decodes->states->frames));
  vordec_metrics_set_encoder(decodes->metrics, decodes->states->encoder);
  vordec_metrics_set_comparer(decodes->metrics, decodes->states->device.comparer);
}

enum vordec_status snapshot_decodes_give_up(struct snapshot_decodes *decodes, struct vordec_error *error) {
  if (!decodes->decoder) return VORDEC_OK;
  const enum vordec_status status = vordec_metrics_create(decodes->runtime, decodes->states->layout, decodes->decoder,
                                                          NULL, &decodes->metrics, error);
  if (!status) name_sources(decodes);
  return status;
}

enum vordec_status snapshot_decodes_start(struct snapshot_decodes *decodes, struct vordec_error *error) {
  struct snapshot_rollout *rollout = &decodes->rollout;
  enum vordec_status status = snapshot_rollout_start(rollout, decodes->runtime, decodes->decoder, error);
  if (!status) {
    status = vordec_metrics_create(decodes->runtime, decodes->states->layout, decodes->decoder, rollout->rollout,
                                   &decodes->metrics, error);
  }
  rollout->metrics = decodes->metrics;
  if (!status) name_sources(decodes);
  return status;
}

/* ---- the run ---- */

/* The state that the decode takes: where it is, if nothing else needs it on the host. */
static enum vordec_status take_state(const struct snapshot_decodes *decodes, struct snapshot_frame *frame,
                                     struct vordec_error *error) {
  struct vordec_rollout *rollout = decodes->rollout.rollout;
  const bool feeds = vordec_rollout_feeds(rollout, decodes->decoder);
  frame->io.rollout = feeds ? rollout : NULL;
  frame->io.z = feeds ? NULL : frame->z;
  if (feeds && !residual_phases_lack(&decodes->phases) && !decodes->request->check_parity) return VORDEC_OK;
  return snapshot_rollout_read(&decodes->rollout, frame->z, error);
}

static bool hashes_state(const struct snapshot_decodes *decodes, const struct snapshot_frame *frame) {
  return !frame->io.z && decodes->request->hash_z;
}

enum vordec_status snapshot_decodes_submit(struct snapshot_decodes *decodes, struct vordec_error *error) {
  const size_t step = decodes->rollout.run.steps;
  struct snapshot_frame *frame = &decodes->frames[decodes->submitted % decodes->at_once];
  frame->step = step;
  enum vordec_status status = snapshot_rollout_blame(&decodes->rollout, step, take_state(decodes, frame, error), error);
  if (!status) status = residual_phases_check(&decodes->phases, decodes->decoder, frame->z, step, error);
  if (status) return status;
  vordec_decoder_set_step(decodes->decoder, step);
  const double start = clock_ms();
  status = snapshot_rollout_blame(&decodes->rollout, step, vordec_decoder_submit(decodes->decoder, &frame->io, error),
                                  error);
  decodes->decode_ms += clock_ms() - start;
  if (status) return status;
  decodes->submitted++;
  return hashes_state(decodes, frame) ? vordec_rollout_hash(decodes->rollout.rollout, frame->z_hash, error) : VORDEC_OK;
}

/* What an output came here for first. Beside a truth a picture shows omega_hat and no other. */
static uint64_t *use_of_output(struct snapshot_decodes *decodes, uint32_t output) {
  const struct snapshot_request *request = decodes->request;
  const bool shown = output == VORDEC_OMEGA_HAT || !decodes->states->truth.fields;
  if (decodes->fields && shown && snapshot_request_draws(request)) return &decodes->uses.pictures;
  if (request->save_decoded) return &decodes->uses.files;
  return request->hashed & output ? &decodes->uses.hashes : &decodes->uses.numbers;
}

static void count_uses(struct snapshot_decodes *decodes, const struct vordec_decode_io *io) {
  const size_t cells = decodes->states->n * decodes->states->n;
  const size_t real = decodes->info.precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
  if (decodes->info.device.type == VORDEC_DEVICE_HOST) return;
  if (io->omega_lp) *use_of_output(decodes, VORDEC_OMEGA_LP) += cells * real;
  if (io->mask) *use_of_output(decodes, VORDEC_MASK) += cells * sizeof *io->mask;
  if (io->omega_hat) *use_of_output(decodes, VORDEC_OMEGA_HAT) += cells * real;
}

void snapshot_decodes_tell_uses(const struct snapshot_decodes *decodes) {
  const struct vordec_field_uses *own = &decodes->uses, *frames = &decodes->states->uses;
  const struct vordec_field_uses all = {.pictures = own->pictures + frames->pictures,
                                        .files = own->files + frames->files,
                                        .hashes = own->hashes + frames->hashes,
                                        .numbers = own->numbers + frames->numbers,
                                        .journal = own->journal + frames->journal};
  vordec_metrics_set_field_uses(decodes->metrics, &all);
}

static void show(struct snapshot_decodes *decodes, const struct snapshot_frame *frame) {
  decodes->step = frame->step;
  decodes->io = frame->io;
  if (!decodes->fields) return;
  if (decodes->info.precision == VORDEC_FP64) {
    decodes->omega_lp = frame->io.omega_lp;
    decodes->omega_hat = frame->io.omega_hat;
    return;
  }
  const float *lp = frame->io.omega_lp, *hat = frame->io.omega_hat;
  for (size_t i = 0; i < decodes->states->n * decodes->states->n; i++) {
    if (lp) decodes->omega_lp[i] = (double)lp[i];
    decodes->omega_hat[i] = (double)hat[i];
  }
}

static enum vordec_status record(struct snapshot_decodes *decodes, const struct snapshot_frame *frame,
                                 const struct vordec_decode_report *report, struct vordec_error *error) {
  decodes->decode_device = report->decode_device;
  const enum vordec_status status = vordec_metrics_add(decodes->metrics, frame->step, &frame->io, report, error);
  if (status || !hashes_state(decodes, frame)) return status;
  return vordec_metrics_add_state_hash(decodes->metrics, frame->step, frame->z_hash, error);
}

enum vordec_status snapshot_decodes_finish(struct snapshot_decodes *decodes, struct parity_row *row,
                                           struct vordec_error *error) {
  struct vordec_decode_report report;
  const struct snapshot_frame *frame = &decodes->frames[decodes->decodes % decodes->at_once];
  const double start = clock_ms();
  enum vordec_status status = snapshot_rollout_blame(&decodes->rollout, frame->step,
                                                     vordec_decoder_wait(decodes->decoder, &report, error), error);
  decodes->decode_ms += clock_ms() - start;
  decodes->decodes++;
  if (!status) status = record(decodes, frame, &report, error);
  if (!status) status = check_device(decodes, error);
  if (status) return status;
  count_uses(decodes, &frame->io);
  show(decodes, frame);
  if (!decodes->request->check_parity) return VORDEC_OK;
  row->step = frame->step;
  const struct parity_fields fields = {decodes->info.precision, frame->io.omega_lp, frame->io.mask};
  return decode_parity_check(&decodes->parity, frame->z, &fields, row, error);
}

void snapshot_decodes_release(struct snapshot_decodes *decodes) {
  const bool own = decodes->info.precision == VORDEC_FP32;
  vordec_metrics_destroy(decodes->metrics);
  vordec_decoder_destroy(decodes->decoder); /* ends what is being decoded, also from the rollout */
  snapshot_rollout_release(&decodes->rollout);
  vordec_runtime_destroy(decodes->runtime);
  residual_phases_release(&decodes->phases);
  decode_parity_release(&decodes->parity);
  for (size_t i = 0; i < SNAPSHOTS_AT_ONCE; i++) release_frame(&decodes->frames[i]);
  if (own) {
    free(decodes->omega_lp);
    free(decodes->omega_hat);
  }
  *decodes = (struct snapshot_decodes){0};
}
