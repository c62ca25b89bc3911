/* SPDX-License-Identifier: MIT */
/* Slots of decodes: each is a plan of the backend whose fields others see. */
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "decode_jobs.h"
#include "decoder.h"
#include "errors.h"
#include "export_slots.h"
#include "intake.h"
#include "judge.h"
#include "rollout.h"

#define COUNT_MAX 65535
#define FIELDS ((uint32_t)(VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT))

/* ---- a slot ---- */

static enum vordec_status make_plan(struct vordec_export *made, struct slot *slot, struct vordec_plan_info *info,
                                    struct vordec_error *error) {
  const struct vordec_export_setup setup = {.struct_size = sizeof setup,
                                            .takes_z = export_has(made, VORDEC_EXPORTED_Z)};
  const uint64_t start = clock_ns();
  intake_ready(error);
  const enum vordec_status status = intake_status(
      made->interface->plan_create(made->engine->session, &made->desc, &setup, &slot->batch.plan, info, error), error);
  const struct plan_claims claims = {
      .engine = made->engine, .what = "plan", .fft = made->fft, .call_ms = (double)(clock_ns() - start) * 1e-6};
  return status ? status : plan_claims_check(&claims, slot->batch.plan != NULL, info, made->doubt, error);
}

static enum vordec_status make(struct vordec_export *made, struct slot *slot, struct vordec_error *error) {
  struct vordec_plan_info info = {.struct_size = sizeof info};
  slot->z = calloc(made->count * made->d, sizeof *slot->z);
  const enum vordec_status status = slot->z ? make_plan(made, slot, &info, error) : error_no_memory(error);
  if (status) return status;
  made->host_bytes += info.host_bytes;
  made->device_bytes += info.device_bytes;
  return VORDEC_OK;
}

static void end(const struct vordec_export *made, struct slot *slot) {
  if (slot->batch.plan) engine_slots(made->engine)->plan_destroy(slot->batch.plan);
  free(slot->z);
}

static void describe(const struct vordec_export *made, const struct slot *slot, enum vordec_exported what,
                     struct vordec_exported_memory *memory) {
  made->interface->describe(slot->batch.plan, what, memory);
}

static enum vordec_status memory_fd(const struct vordec_export *made, struct slot *slot, enum vordec_exported what,
                                    int *fd, struct vordec_error *error) {
  return made->interface->memory_fd(slot->batch.plan, what, fd, error);
}

static bool has_semaphore(const struct vordec_export *made, const struct slot *slot) {
  return made->interface->has_semaphore(slot->batch.plan);
}

static enum vordec_status semaphore_fd(const struct vordec_export *made, struct slot *slot, int *fd,
                                       struct vordec_error *error) {
  return made->interface->semaphore_fd(slot->batch.plan, fd, error);
}

static enum vordec_status wait_for(const struct vordec_export *made, struct slot *slot, struct vordec_error *error) {
  struct vordec_decoder *decoder = made->decoder;
  struct vordec_error doubt;
  enum vordec_status status = batch_wait(&slot->batch, error);
  /* Wrong states in the slot were decoded, too: something did that work. Plugins of older headers do not say what. */
  const bool decoded =
      status == VORDEC_E_INPUT && !slot->batch.job.z && !slot->batch.job.rollout && slot->batch.result.evidence.name[0];
  if ((!status || decoded) && judge_batch(decoder, &slot->batch, &doubt)) {
    *error = doubt;
    status = doubt.status;
  }
  memcpy(slot->report.stage_ms, slot->batch.result.stage_ms, sizeof slot->report.stage_ms);
  slot->report.decode_device = decoder->decode_device;
  slot->report.device_timestamps = decoder->device_timestamps;
  return status;
}

static enum vordec_status copy_out(const struct vordec_export *made, struct slot *slot, enum vordec_exported what,
                                   uint64_t at, uint64_t bytes, void *to, struct vordec_error *error) {
  return made->interface->read(slot->batch.plan, what, at, bytes, to, error);
}

static enum vordec_status copy_in(const struct vordec_export *made, struct slot *slot, enum vordec_exported what,
                                  uint64_t at, uint64_t bytes, const void *from, struct vordec_error *error) {
  return made->interface->write(slot->batch.plan, what, at, bytes, from, error);
}

static const struct slot_kind decodes = {.make = make,
                                         .end = end,
                                         .describe = describe,
                                         .memory_fd = memory_fd,
                                         .has_semaphore = has_semaphore,
                                         .semaphore_fd = semaphore_fd,
                                         .wait = wait_for,
                                         .read = copy_out,
                                         .write = copy_in};

/* ---- making a ring ---- */

static const struct vordec_export_interface *find_interface(const struct engine *engine) {
  const struct vordec_backend *slots = engine_slots(engine);
  const struct vordec_export_interface *found =
      slots->get_interface ? slots->get_interface(VORDEC_EXPORT_INTERFACE) : NULL;
  if (!found || found->struct_size < sizeof *found) return NULL;
  const bool whole = found->plan_create && found->describe && found->memory_fd && found->has_semaphore &&
                     found->semaphore_fd && found->prepare && found->read && found->write;
  return whole ? found : NULL;
}

static enum vordec_status check_desc(const struct vordec_decoder *decoder, const struct vordec_export_desc *desc,
                                     struct vordec_error *error) {
  if (desc->count < 1 || desc->count > COUNT_MAX) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "count is %zu, but a slot of an export holds 1 to %d states",
                       desc->count, COUNT_MAX);
  }
  if (desc->slots > VORDEC_EXPORT_SLOTS_MAX) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "slots is %zu, but an export has at most %d", desc->slots,
                       VORDEC_EXPORT_SLOTS_MAX);
  }
  if (!(decoder->outputs & FIELDS)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "the decoder computes no fields that could stay on the device");
  }
  if (synthesis_is_on(&decoder->synthesis)) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE,
                       "a decoder that synthesises a residual cannot leave its fields on the device");
  }
  return VORDEC_OK;
}

static uint32_t arrays_of(uint32_t outputs, bool takes_z) {
  static const enum vordec_output fields[] = {VORDEC_OMEGA_LP, VORDEC_MASK, VORDEC_OMEGA_HAT};
  uint32_t arrays = takes_z ? 1u << VORDEC_EXPORTED_Z : 0;
  for (unsigned i = 0; i < sizeof fields / sizeof *fields; i++) {
    if (outputs & (uint32_t)fields[i]) arrays |= 1u << i; /* they come first, in this order */
  }
  return arrays;
}

static struct vordec_export *describe_export(struct vordec_decoder *decoder, const struct vordec_export_desc *desc) {
  struct vordec_export *made = calloc(1, sizeof *made);
  if (!made) return NULL;
  made->engine = decoder->engine;
  made->kind = &decodes;
  made->decoder = decoder;
  made->counted = &decoder->slot_bytes;
  made->interface = find_interface(decoder->engine);
  made->desc = decoder_describe_plan(decoder);
  snprintf(made->fft, sizeof made->fft, "%s", decoder->plan_info.fft);
  made->desc.fft = made->fft;
  made->desc.batch = (uint32_t)desc->count;
  made->desc.residuals = 0; /* jobs of slots are given none */
  made->desc.outputs = decoder->outputs & FIELDS;
  made->count = desc->count;
  made->n = made->desc.n;
  made->d = made->desc.d;
  made->precision = made->desc.precision;
  made->arrays = arrays_of(made->desc.outputs, desc->takes_z);
  made->most = desc->slots ? desc->slots : decoder->depth;
  return made;
}

static enum vordec_status create(struct vordec_decoder *decoder, const struct vordec_export_desc *desc,
                                 struct vordec_export **out, struct vordec_error *error) {
  const enum vordec_status status = check_desc(decoder, desc, error);
  if (status) return status;
  if (!find_interface(decoder->engine)) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE, "backend '%s' has no %s",
                       decoder->engine->backend->name, VORDEC_EXPORT_INTERFACE);
  }
  struct vordec_export *made = describe_export(decoder, desc);
  return made ? export_begin(made, out, error) : error_no_memory(error);
}

enum vordec_status vordec_export_create(struct vordec_decoder *decoder, const struct vordec_export_desc *desc,
                                        struct vordec_export **made, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  *made = NULL;
  const enum vordec_status status = engine_enter(decoder->engine, error);
  return status ? status : engine_leave(decoder->engine, create(decoder, desc, made, error));
}

/* ---- a decode ---- */

static enum vordec_status check_states(const struct vordec_export *made, const struct vordec_export_io *io,
                                       struct vordec_error *error) {
  const struct vordec_decoder *decoder = made->decoder;
  if ((io->z != NULL) + (io->rollout != NULL) + io->takes_z != 1) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "give the states in exactly one way: as z, from a rollout, or in the slot");
  }
  if (io->z) return limits_check_states(&decoder->limits, decoder->layout, io->z, 0, io->count, error);
  if (io->takes_z) {
    if (export_has(made, VORDEC_EXPORTED_Z)) return VORDEC_OK;
    return vordec_fail(error, VORDEC_E_USAGE, 0, "the export was made without room for z");
  }
  if (io->count != 1 || rollout_held(io->rollout) != 1) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "a rollout's state is decoded alone: count is %zu, it holds %zu",
                       io->count, rollout_held(io->rollout));
  }
  if (!vordec_rollout_feeds(io->rollout, decoder) || io->rollout->d != decoder->layout->info.d) {
    return vordec_fail(
        error, VORDEC_E_USAGE, 0,
        "the rollout's state is on another device, or has another precision or size, than this decoder's");
  }
  return VORDEC_OK;
}

static enum vordec_status check_call(const struct vordec_export *made, size_t slot, const struct vordec_export_io *io,
                                     struct vordec_error *error) {
  enum vordec_status status = export_check_refusal(made, error);
  if (!made->decoder) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "this export holds copies, not decodes: use vordec_export_take()");
  }
  if (!status) status = export_check_empty(made, slot, error);
  if (status) return status;
  if (io->count < 1 || io->count > made->desc.batch) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "count is %zu, but a slot holds 1 to %u states", io->count,
                       (unsigned)made->desc.batch);
  }
  if (io->takes_z && io->z_value && (!made->semaphores || io->z_value != made->slots[slot].value + 1)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "z_value is %llu: expected 0 or the semaphore's next value",
                       (unsigned long long)io->z_value);
  }
  return check_states(made, io, error);
}

static enum vordec_status start(struct vordec_export *made, struct slot *slot, const struct vordec_export_io *io,
                                uint64_t signal, struct vordec_error *error) {
  struct vordec_decoder *decoder = made->decoder;
  const struct vordec_export_job job = {.struct_size = sizeof job,
                                        .takes_z = io->takes_z,
                                        .wait = io->takes_z && io->z_value ? io->z_value : slot->wait,
                                        .signal = signal};
  const struct vordec_decode_job decode = {.struct_size = sizeof decode,
                                           .count = (uint32_t)io->count,
                                           .z = io->z ? slot->z : NULL,
                                           .rollout = io->rollout ? io->rollout->state : NULL,
                                           .outputs = made->desc.outputs};
  if (io->z) memcpy(slot->z, io->z, io->count * made->desc.d * sizeof *io->z);
  if (io->rollout) rollout_goes_on(io->rollout);
  intake_ready(error);
  const enum vordec_status status = intake_status(made->interface->prepare(slot->batch.plan, &job, error), error);
  if (status) return status;
  return batch_start(&slot->batch, engine_slots(decoder->engine), decoder->stream, &decode, 0, error);
}

static enum vordec_status decode(struct vordec_export *made, size_t number, const struct vordec_export_io *io,
                                 uint64_t *ready, struct vordec_error *error) {
  struct slot *slot = &made->slots[number];
  enum vordec_status status = check_call(made, number, io, error);
  if (status) return status;
  const uint64_t signal = made->semaphores ? slot->value + 2 : 0; /* the one between is z's */
  slot->start_ns = clock_ns();
  status = start(made, slot, io, signal, error);
  if (status && io->takes_z && io->z_value) slot->value = io->z_value; /* no value twice */
  if (status) return status;
  export_started(slot, signal);
  if (ready) *ready = signal;
  decode_jobs_count(made->decoder, io->rollout != NULL, io->count); /* nobody knows where others got theirs from */
  return VORDEC_OK;
}

enum vordec_status vordec_export_decode(struct vordec_export *made, size_t slot, const struct vordec_export_io *io,
                                        uint64_t *ready, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  if (ready) *ready = 0;
  const enum vordec_status status = engine_enter(made->engine, error);
  return status ? status : engine_leave(made->engine, decode(made, slot, io, ready, error));
}
