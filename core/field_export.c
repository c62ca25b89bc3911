/* SPDX-License-Identifier: MIT */
/* Decodes whose fields stay where the device has them: a ring of the backend's plans, each of which is a slot. */
#include <vordec/export.h>

#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "decode_jobs.h"
#include "decoder.h"
#include "errors.h"
#include "intake.h"
#include "judge.h"
#include "rollout.h"

#define COUNT_MAX 65535
#define FIELDS ((uint32_t)(VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT))

enum slot_state {
  SLOT_FREE = 0,
  SLOT_HELD,     /* acquired, nothing decoded */
  SLOT_DECODING, /* not waited for yet */
  SLOT_DONE
};

struct slot {
  struct batch batch;                                          /* of no plan: not made yet */
  struct vordec_exported_memory memory[VORDEC_EXPORTED_COUNT]; /* of size 0: there is no such array */
  enum slot_state state;
  double *z;      /* count x D: a host's states stay until the decode is over */
  uint64_t value; /* the largest that the semaphore has been promised to get */
  uint64_t wait;  /* that the next decode waits for; 0: for nothing */
  uint64_t start_ns;
  struct vordec_error outcome; /* of the decode, once it is done */
  struct vordec_decode_report report;
};

struct vordec_export {
  struct vordec_decoder *decoder;
  const struct vordec_export_interface *interface;
  struct vordec_plan_desc desc; /* of its plans */
  char fft[VORDEC_FFT_NAME_MAX];
  bool takes_z, semaphores;
  size_t most, made;
  uint64_t host_bytes, device_bytes;
  char doubt[PLAN_DOUBT_MAX];
  struct vordec_error refusal; /* evidence that was missing once */
  struct slot slots[VORDEC_EXPORT_SLOTS_MAX];
};

/* ---- what there is ---- */

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
    return vordec_fail(error, VORDEC_E_USAGE, 0, "count is %zu: an export holds 1 to %d states a slot", desc->count,
                       COUNT_MAX);
  }
  if (desc->slots > VORDEC_EXPORT_SLOTS_MAX) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "slots is %zu: an export has at most %d", desc->slots,
                       VORDEC_EXPORT_SLOTS_MAX);
  }
  if (!(decoder->outputs & FIELDS)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "the decoder makes no fields that could stay on the device");
  }
  if (decoder->residuals || synthesis_is_on(&decoder->synthesis)) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE,
                       "a decoder with a residual, given or synthesised, leaves no fields on the device");
  }
  return VORDEC_OK;
}

static enum vordec_output output_of(enum vordec_exported what) {
  switch (what) {
  case VORDEC_EXPORTED_OMEGA_LP:
    return VORDEC_OMEGA_LP;
  case VORDEC_EXPORTED_MASK:
    return VORDEC_MASK;
  case VORDEC_EXPORTED_OMEGA_HAT:
    return VORDEC_OMEGA_HAT;
  case VORDEC_EXPORTED_Z:
  case VORDEC_EXPORTED_COUNT:
    break;
  }
  return 0;
}

static bool has_array(const struct vordec_export *made, enum vordec_exported what) {
  return what == VORDEC_EXPORTED_Z ? made->takes_z : (made->desc.outputs & (uint32_t)output_of(what)) != 0;
}

/* Of one state. */
static uint64_t state_bytes(const struct vordec_export *made, enum vordec_exported what) {
  const uint64_t real = made->desc.precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
  const uint64_t cells = (uint64_t)made->desc.n * made->desc.n;
  if (what == VORDEC_EXPORTED_Z) return made->desc.d * real;
  return what == VORDEC_EXPORTED_MASK ? cells : cells * real;
}

/* From its first byte to its last. */
static uint64_t array_bytes(const struct vordec_export *made, const struct vordec_exported_memory *memory,
                            enum vordec_exported what) {
  return (made->desc.batch - 1) * memory->pitch + state_bytes(made, what);
}

/* What a backend says of memory is what others will rely on. */
static enum vordec_status check_memory(const struct vordec_export *made, const struct vordec_exported_memory *memory,
                                       enum vordec_exported what, struct vordec_error *error) {
  const bool host = memory->kind == VORDEC_MEMORY_HOST, fd = memory->kind == VORDEC_MEMORY_OPAQUE_FD;
  const uint64_t each = state_bytes(made, what);
  const bool fits = memory->pitch >= each && memory->offset <= memory->size &&
                    memory->pitch <= UINT64_MAX / made->desc.batch &&
                    array_bytes(made, memory, what) <= memory->size - memory->offset;
  if ((host || fd) && host == (memory->pointer != NULL) && fits) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_PLUGIN_ABI,
                     "backend '%s' describes memory that cannot hold what it is to hold",
                     made->decoder->engine->backend->name);
}

/* ---- slots ---- */

static struct vordec_plan **plan_of(struct slot *slot) {
  return &slot->batch.plan;
}

static enum vordec_status describe_slot(const struct vordec_export *made, struct slot *slot,
                                        struct vordec_error *error) {
  for (int i = 0; i < VORDEC_EXPORTED_COUNT; i++) {
    const enum vordec_exported what = (enum vordec_exported)i;
    struct vordec_exported_memory *memory = &slot->memory[i];
    if (!has_array(made, what)) continue;
    *memory = (struct vordec_exported_memory){.struct_size = sizeof *memory};
    made->interface->describe(*plan_of(slot), what, memory);
    const enum vordec_status status = check_memory(made, memory, what, error);
    if (status) return status;
  }
  return VORDEC_OK;
}

static void end_slot(const struct vordec_export *made, struct slot *slot) {
  struct vordec_error ignored;
  batch_wait(&slot->batch, &ignored);
  if (*plan_of(slot)) engine_slots(made->decoder->engine)->plan_destroy(*plan_of(slot));
  free(slot->z);
  *slot = (struct slot){.state = SLOT_FREE};
}

static enum vordec_status make_plan(struct vordec_export *made, struct slot *slot, struct vordec_plan_info *info,
                                    struct vordec_error *error) {
  struct engine *engine = made->decoder->engine;
  const struct vordec_export_setup setup = {.struct_size = sizeof setup, .takes_z = made->takes_z};
  const uint64_t start = clock_ns();
  intake_ready(error);
  const enum vordec_status status = intake_status(
      made->interface->plan_create(engine->session, &made->desc, &setup, plan_of(slot), info, error), error);
  const struct plan_claims claims = {
      .engine = engine, .what = "plan", .fft = made->fft, .call_ms = (double)(clock_ns() - start) * 1e-6};
  return status ? status : plan_claims_check(&claims, *plan_of(slot) != NULL, info, made->doubt, error);
}

static enum vordec_status make_slot(struct vordec_export *made, struct slot *slot, struct vordec_error *error) {
  struct vordec_plan_info info = {.struct_size = sizeof info};
  *slot = (struct slot){.batch = {.under_way = &made->decoder->engine->under_way}};
  slot->z = calloc((size_t)made->desc.batch * made->desc.d, sizeof *slot->z);
  enum vordec_status status = slot->z ? VORDEC_OK : error_no_memory(error);
  if (!status) status = make_plan(made, slot, &info, error);
  if (!status) status = describe_slot(made, slot, error);
  if (status) {
    end_slot(made, slot);
    return status;
  }
  made->semaphores = made->interface->has_semaphore(*plan_of(slot));
  made->host_bytes += info.host_bytes;
  made->device_bytes += info.device_bytes;
  made->made++;
  return VORDEC_OK;
}

static struct vordec_export *describe_export(struct vordec_decoder *decoder, const struct vordec_export_desc *desc) {
  struct vordec_export *made = calloc(1, sizeof *made);
  if (!made) return NULL;
  made->decoder = decoder;
  made->interface = find_interface(decoder->engine);
  made->desc = decoder_describe_plan(decoder);
  snprintf(made->fft, sizeof made->fft, "%s", decoder->plan_info.fft);
  made->desc.fft = made->fft;
  made->desc.batch = (uint32_t)desc->count;
  made->desc.outputs = decoder->outputs & FIELDS;
  made->takes_z = desc->takes_z;
  made->most = desc->slots ? desc->slots : decoder->depth;
  return made;
}

static enum vordec_status create(struct vordec_decoder *decoder, const struct vordec_export_desc *desc,
                                 struct vordec_export **out, struct vordec_error *error) {
  enum vordec_status status = check_desc(decoder, desc, error);
  if (status) return status;
  struct vordec_export *made = describe_export(decoder, desc);
  if (!made) return error_no_memory(error);
  status =
      made->interface ? make_slot(made, &made->slots[0], error)
                      : vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE, "backend '%s' has no %s",
                                    decoder->engine->backend->name, VORDEC_EXPORT_INTERFACE);
  if (status) {
    free(made);
    return status;
  }
  *out = made;
  return VORDEC_OK;
}

enum vordec_status vordec_export_create(struct vordec_decoder *decoder, const struct vordec_export_desc *desc,
                                        struct vordec_export **made, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  *made = NULL;
  const enum vordec_status status = engine_enter(decoder->engine, error);
  return status ? status : engine_leave(decoder->engine, create(decoder, desc, made, error));
}

void vordec_export_destroy(struct vordec_export *made) {
  if (!made || !engine_is_here(made->decoder->engine)) return;
  for (size_t i = made->made; i-- > 0;) end_slot(made, &made->slots[i]);
  free(made);
}

void vordec_export_get(const struct vordec_export *made, struct vordec_export_info *info) {
  *info = (struct vordec_export_info){.count = made->desc.batch,
                                      .slots = made->most,
                                      .made = made->made,
                                      .outputs = made->desc.outputs,
                                      .precision = made->desc.precision,
                                      .takes_z = made->takes_z,
                                      .semaphores = made->semaphores,
                                      .host_bytes = made->host_bytes,
                                      .device_bytes = made->device_bytes};
}

/* ---- calls ---- */

static enum vordec_status check_refusal(const struct vordec_export *made, struct vordec_error *error) {
  if (!made->refusal.status) return VORDEC_OK;
  *error = made->refusal;
  return error->status;
}

static enum vordec_status acquire(struct vordec_export *made, size_t *slot, struct vordec_error *error) {
  enum vordec_status status = check_refusal(made, error);
  if (status) return status;
  size_t i = 0;
  while (i < made->made && made->slots[i].state != SLOT_FREE) i++;
  if (i == made->most) {
    return vordec_fail(error, VORDEC_E_BUSY, 0, "all %zu slots are held: release one first", made->most);
  }
  if (i == made->made) status = make_slot(made, &made->slots[i], error);
  if (status) return status;
  made->slots[i].state = SLOT_HELD;
  made->slots[i].outcome = (struct vordec_error){0};
  *slot = i;
  return VORDEC_OK;
}

enum vordec_status vordec_export_acquire(struct vordec_export *made, size_t *slot, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = engine_enter(made->decoder->engine, error);
  return status ? status : engine_leave(made->decoder->engine, acquire(made, slot, error));
}

static enum vordec_status check_slot(const struct vordec_export *made, size_t slot, struct vordec_error *error) {
  if (slot < made->made && made->slots[slot].state != SLOT_FREE) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "slot %zu was not acquired", slot);
}

/* Also of a slot that is free: its memory stays where it is. */
static enum vordec_status check_array(const struct vordec_export *made, size_t slot, enum vordec_exported what,
                                      struct vordec_error *error) {
  if (slot >= made->made) return vordec_fail(error, VORDEC_E_USAGE, 0, "there is no slot %zu", slot);
  if ((unsigned)what < VORDEC_EXPORTED_COUNT && has_array(made, what)) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "a slot of this export has no such array (%d)", (int)what);
}

enum vordec_status vordec_export_describe(const struct vordec_export *made, size_t slot, enum vordec_exported what,
                                          struct vordec_exported_memory *memory, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = check_array(made, slot, what, error);
  if (status) return status;
  const struct vordec_exported_memory *ours = &made->slots[slot].memory[what];
  const size_t size = memory->struct_size < sizeof *memory ? memory->struct_size : sizeof *memory;
  memcpy(memory, ours, size);
  memory->struct_size = size;
  return VORDEC_OK;
}

/* A descriptor that came from a backend. */
static enum vordec_status take_fd(const struct vordec_export *made, enum vordec_status status, int *fd,
                                  struct vordec_error *error) {
  if (!intake_status(status, error) && *fd < 0) {
    vordec_fail(error, VORDEC_E_FAILED, 0, "backend '%s' hands out no file descriptor, and gives no reason",
                made->decoder->engine->backend->name);
    return VORDEC_E_FAILED;
  }
  if (status) *fd = -1;
  return status ? error->status : VORDEC_OK;
}

enum vordec_status vordec_export_memory_fd(struct vordec_export *made, size_t slot, enum vordec_exported what, int *fd,
                                           struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  *fd = -1;
  enum vordec_status status = check_array(made, slot, what, error);
  if (!status) status = engine_enter(made->decoder->engine, error);
  if (status) return status;
  intake_ready(error);
  status = take_fd(made, made->interface->memory_fd(*plan_of(&made->slots[slot]), what, fd, error), fd, error);
  return engine_leave(made->decoder->engine, status);
}

enum vordec_status vordec_export_semaphore_fd(struct vordec_export *made, size_t slot, int *fd,
                                              struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  *fd = -1;
  if (slot >= made->made) return vordec_fail(error, VORDEC_E_USAGE, 0, "there is no slot %zu", slot);
  if (!made->semaphores) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE,
                       "the device shares no timeline semaphore: wait for the decode");
  }
  enum vordec_status status = engine_enter(made->decoder->engine, error);
  if (status) return status;
  intake_ready(error);
  status = take_fd(made, made->interface->semaphore_fd(*plan_of(&made->slots[slot]), fd, error), fd, error);
  return engine_leave(made->decoder->engine, status);
}

uint64_t vordec_export_next_value(const struct vordec_export *made, size_t slot) {
  return slot < made->made ? made->slots[slot].value + 1 : 0;
}

/* ---- a decode ---- */

static enum vordec_status check_states(const struct vordec_export *made, const struct vordec_export_io *io,
                                       struct vordec_error *error) {
  const struct vordec_decoder *decoder = made->decoder;
  if ((io->z != NULL) + (io->rollout != NULL) + io->takes_z != 1) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "states come from z, from a rollout or from the slot: one of them");
  }
  if (io->z) return limits_check_states(&decoder->limits, decoder->layout, io->z, 0, io->count, error);
  if (io->takes_z) {
    if (made->takes_z) return VORDEC_OK;
    return vordec_fail(error, VORDEC_E_USAGE, 0, "the export was made without room for z");
  }
  if (io->count != 1 || rollout_held(io->rollout) != 1) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "a rollout's state is decoded alone: count is %zu, it holds %zu",
                       io->count, rollout_held(io->rollout));
  }
  if (!vordec_rollout_feeds(io->rollout, decoder) || io->rollout->d != decoder->layout->info.d) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "the rollout's state is on another device than this decoder's, or of another precision or size");
  }
  return VORDEC_OK;
}

static enum vordec_status check_call(const struct vordec_export *made, size_t slot, const struct vordec_export_io *io,
                                     struct vordec_error *error) {
  enum vordec_status status = check_refusal(made, error);
  if (!status) status = check_slot(made, slot, error);
  if (status) return status;
  if (made->slots[slot].state != SLOT_HELD) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "slot %zu holds a decode: release it first", slot);
  }
  if (io->count < 1 || io->count > made->desc.batch) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "count is %zu: a slot holds 1 to %u states", io->count,
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
  const enum vordec_status status = intake_status(made->interface->prepare(*plan_of(slot), &job, error), error);
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
  if (made->semaphores) slot->value = signal;
  slot->wait = 0;
  slot->state = SLOT_DECODING;
  if (ready) *ready = signal;
  decode_jobs_count(made->decoder, io->rollout != NULL, io->count); /* nobody knows where others had theirs from */
  return VORDEC_OK;
}

enum vordec_status vordec_export_decode(struct vordec_export *made, size_t slot, const struct vordec_export_io *io,
                                        uint64_t *ready, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  if (ready) *ready = 0;
  const enum vordec_status status = engine_enter(made->decoder->engine, error);
  return status ? status : engine_leave(made->decoder->engine, decode(made, slot, io, ready, error));
}

/* Waits for what is under way, once, and keeps what came of it. */
static enum vordec_status finish(struct vordec_export *made, struct slot *slot, struct vordec_error *error) {
  struct vordec_decoder *decoder = made->decoder;
  if (slot->state == SLOT_DECODING) {
    struct vordec_error outcome = {0};
    enum vordec_status status = batch_wait(&slot->batch, &outcome);
    if (!status) status = judge_batch(decoder, &slot->batch, &outcome);
    slot->state = SLOT_DONE;
    slot->outcome = status ? outcome : (struct vordec_error){0};
    memcpy(slot->report.stage_ms, slot->batch.result.stage_ms, sizeof slot->report.stage_ms);
    slot->report.total_ms = (double)(clock_ns() - slot->start_ns) * 1e-6;
    slot->report.decode_device = decoder->decode_device;
    slot->report.device_timestamps = decoder->device_timestamps;
    if (status == VORDEC_E_REFUSED) made->refusal = outcome;
  }
  if (slot->outcome.status) *error = slot->outcome;
  return slot->outcome.status;
}

static enum vordec_status await(struct vordec_export *made, size_t number, struct vordec_decode_report *report,
                                struct vordec_error *error) {
  enum vordec_status status = check_slot(made, number, error);
  if (status) return status;
  struct slot *slot = &made->slots[number];
  if (slot->state == SLOT_HELD) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "nothing was decoded into slot %zu", number);
  }
  status = finish(made, slot, error);
  if (!status && report) *report = slot->report;
  return status ? status : check_refusal(made, error);
}

enum vordec_status vordec_export_wait(struct vordec_export *made, size_t slot, struct vordec_decode_report *report,
                                      struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = engine_enter(made->decoder->engine, error);
  return status ? status : engine_leave(made->decoder->engine, await(made, slot, report, error));
}

static enum vordec_status release(struct vordec_export *made, size_t number, uint64_t value,
                                  struct vordec_error *error) {
  enum vordec_status status = check_slot(made, number, error);
  if (status) return status;
  struct slot *slot = &made->slots[number];
  if (value && (!made->semaphores || value != slot->value + 1)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "value is %llu: expected 0 or the semaphore's next value",
                       (unsigned long long)value);
  }
  const bool told = slot->state != SLOT_DECODING;
  status = finish(made, slot, error);
  slot->state = SLOT_FREE;
  if (value) slot->value = slot->wait = value;
  if (told) status = VORDEC_OK;
  return status ? status : check_refusal(made, error);
}

enum vordec_status vordec_export_release(struct vordec_export *made, size_t slot, uint64_t value,
                                         struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = engine_enter(made->decoder->engine, error);
  return status ? status : engine_leave(made->decoder->engine, release(made, slot, value, error));
}

/* ---- copies ---- */

static enum vordec_status check_copy(struct vordec_export *made, size_t number, enum vordec_exported what, uint64_t at,
                                     uint64_t bytes, struct vordec_error *error) {
  enum vordec_status status = check_slot(made, number, error);
  if (!status) status = check_array(made, number, what, error);
  if (status) return status;
  struct slot *slot = &made->slots[number];
  const uint64_t most = array_bytes(made, &slot->memory[what], what);
  if (at > most || bytes > most - at) {
    const uint64_t end = at + bytes;
    return vordec_fail(error, VORDEC_E_USAGE, 0, "bytes %llu to %llu lie beyond the array's %llu",
                       (unsigned long long)at, (unsigned long long)end, (unsigned long long)most);
  }
  status = slot->state == SLOT_DECODING ? finish(made, slot, error) : VORDEC_OK;
  return status == VORDEC_E_INPUT ? VORDEC_OK : status; /* the other states of the slot are as they should be */
}

static enum vordec_status copy_out(struct vordec_export *made, size_t slot, enum vordec_exported what, uint64_t at,
                                   uint64_t bytes, void *to, struct vordec_error *error) {
  const enum vordec_status status = check_copy(made, slot, what, at, bytes, error);
  if (status || bytes == 0) return status;
  intake_ready(error);
  return intake_status(made->interface->read(*plan_of(&made->slots[slot]), what, at, bytes, to, error), error);
}

enum vordec_status vordec_export_read(struct vordec_export *made, size_t slot, enum vordec_exported what, uint64_t at,
                                      uint64_t bytes, void *to, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = engine_enter(made->decoder->engine, error);
  return status ? status : engine_leave(made->decoder->engine, copy_out(made, slot, what, at, bytes, to, error));
}

static enum vordec_status copy_in(struct vordec_export *made, size_t slot, enum vordec_exported what, uint64_t at,
                                  uint64_t bytes, const void *from, struct vordec_error *error) {
  const enum vordec_status status = check_copy(made, slot, what, at, bytes, error);
  if (status || bytes == 0) return status;
  intake_ready(error);
  return intake_status(made->interface->write(*plan_of(&made->slots[slot]), what, at, bytes, from, error), error);
}

enum vordec_status vordec_export_write(struct vordec_export *made, size_t slot, enum vordec_exported what, uint64_t at,
                                       uint64_t bytes, const void *from, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = engine_enter(made->decoder->engine, error);
  return status ? status : engine_leave(made->decoder->engine, copy_in(made, slot, what, at, bytes, from, error));
}
