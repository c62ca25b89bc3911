/* SPDX-License-Identifier: MIT */
#include "export_slots.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "errors.h"
#include "intake.h"

/* ---- arrays ---- */

bool export_has(const struct vordec_export *made, enum vordec_exported what) {
  return (unsigned)what < VORDEC_EXPORTED_COUNT && (made->arrays >> (unsigned)what & 1u);
}

/* Of one state, or member. */
static uint64_t state_bytes(const struct vordec_export *made, enum vordec_exported what) {
  const uint64_t real = made->precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
  const uint64_t cells = (uint64_t)made->n * made->n;
  if (what == VORDEC_EXPORTED_Z) return made->d * real;
  return what == VORDEC_EXPORTED_MASK ? cells : cells * real;
}

uint64_t export_array_bytes(const struct vordec_export *made, const struct vordec_exported_memory *memory,
                            enum vordec_exported what) {
  return (made->count - 1) * memory->pitch + state_bytes(made, what);
}

/* Others will rely on what a backend says about memory. */
static enum vordec_status check_memory(const struct vordec_export *made, const struct vordec_exported_memory *memory,
                                       enum vordec_exported what, struct vordec_error *error) {
  const bool host = memory->kind == VORDEC_MEMORY_HOST, fd = memory->kind == VORDEC_MEMORY_OPAQUE_FD;
  const uint64_t each = state_bytes(made, what);
  const bool fits = memory->pitch >= each && memory->offset <= memory->size &&
                    memory->pitch <= UINT64_MAX / made->count &&
                    export_array_bytes(made, memory, what) <= memory->size - memory->offset;
  if ((host || fd) && host == (memory->pointer != NULL) && fits) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_PLUGIN_ABI,
                     "backend '%s' describes memory that cannot hold the arrays", made->engine->backend->name);
}

/* ---- making slots ---- */

static enum vordec_status describe_slot(const struct vordec_export *made, struct slot *slot,
                                        struct vordec_error *error) {
  for (int i = 0; i < VORDEC_EXPORTED_COUNT; i++) {
    const enum vordec_exported what = (enum vordec_exported)i;
    struct vordec_exported_memory *memory = &slot->memory[i];
    if (!export_has(made, what)) continue;
    *memory = (struct vordec_exported_memory){.struct_size = sizeof *memory};
    made->kind->describe(made, slot, what, memory);
    const enum vordec_status status = check_memory(made, memory, what, error);
    if (status) return status;
  }
  return VORDEC_OK;
}

static void end_slot(struct vordec_export *made, struct slot *slot) {
  struct vordec_error ignored;
  if (slot->state == SLOT_UNDER_WAY) export_finish(made, slot, &ignored);
  made->kind->end(made, slot);
  *slot = (struct slot){.state = SLOT_FREE};
}

static enum vordec_status make_slot(struct vordec_export *made, struct slot *slot, struct vordec_error *error) {
  const uint64_t host_bytes = made->host_bytes, device_bytes = made->device_bytes;
  *slot = (struct slot){.batch = {.under_way = &made->engine->under_way}};
  enum vordec_status status = made->kind->make(made, slot, error);
  if (!status) status = describe_slot(made, slot, error);
  if (status) {
    end_slot(made, slot);
    made->host_bytes = host_bytes;
    made->device_bytes = device_bytes;
    return status;
  }
  made->semaphores = made->kind->has_semaphore(made, slot);
  *made->counted += made->device_bytes - device_bytes;
  made->made++;
  return VORDEC_OK;
}

enum vordec_status export_begin(struct vordec_export *made, struct vordec_export **out, struct vordec_error *error) {
  const enum vordec_status status = make_slot(made, &made->slots[0], error);
  if (status) {
    free(made);
    return status;
  }
  *out = made;
  return VORDEC_OK;
}

void vordec_export_destroy(struct vordec_export *made) {
  if (!made || !engine_is_here(made->engine)) return;
  for (size_t i = made->made; i-- > 0;) end_slot(made, &made->slots[i]);
  *made->counted -= made->device_bytes;
  free(made);
}

void vordec_export_get(const struct vordec_export *made, struct vordec_export_info *info) {
  *info = (struct vordec_export_info){.count = made->count,
                                      .slots = made->most,
                                      .made = made->made,
                                      .outputs = made->desc.outputs,
                                      .precision = made->precision,
                                      .takes_z = made->decoder && export_has(made, VORDEC_EXPORTED_Z),
                                      .semaphores = made->semaphores,
                                      .host_bytes = made->host_bytes,
                                      .device_bytes = made->device_bytes};
}

/* ---- calls ---- */

enum vordec_status export_check_refusal(const struct vordec_export *made, struct vordec_error *error) {
  if (!made->refusal.status) return VORDEC_OK;
  *error = made->refusal;
  return error->status;
}

static enum vordec_status acquire(struct vordec_export *made, size_t *slot, struct vordec_error *error) {
  enum vordec_status status = export_check_refusal(made, error);
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
  const enum vordec_status status = engine_enter(made->engine, error);
  return status ? status : engine_leave(made->engine, acquire(made, slot, error));
}

enum vordec_status export_check_slot(const struct vordec_export *made, size_t slot, struct vordec_error *error) {
  if (slot < made->made && made->slots[slot].state != SLOT_FREE) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "slot %zu was not acquired", slot);
}

enum vordec_status export_check_empty(const struct vordec_export *made, size_t slot, struct vordec_error *error) {
  const enum vordec_status status = export_check_slot(made, slot, error);
  if (status || made->slots[slot].state == SLOT_HELD) return status;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "slot %zu holds a %s: release it first", slot,
                     made->decoder ? "decode" : "copy");
}

enum vordec_status export_check_array(const struct vordec_export *made, size_t slot, enum vordec_exported what,
                                      struct vordec_error *error) {
  if (slot >= made->made) return vordec_fail(error, VORDEC_E_USAGE, 0, "there is no slot %zu", slot);
  if (export_has(made, what)) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "a slot of this export has no such array (%d)", (int)what);
}

enum vordec_status vordec_export_describe(const struct vordec_export *made, size_t slot, enum vordec_exported what,
                                          struct vordec_exported_memory *memory, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = export_check_array(made, slot, what, error);
  if (status) return status;
  const struct vordec_exported_memory *ours = &made->slots[slot].memory[what];
  const size_t size = memory->struct_size < sizeof *memory ? memory->struct_size : sizeof *memory;
  memcpy(memory, ours, size);
  memory->struct_size = size;
  return VORDEC_OK;
}

/* ---- file descriptors ---- */

/* One that came from a backend. */
static enum vordec_status take_fd(const struct vordec_export *made, enum vordec_status status, int *fd,
                                  struct vordec_error *error) {
  if (!intake_status(status, error) && *fd < 0) {
    vordec_fail(error, VORDEC_E_FAILED, 0, "backend '%s' hands out no file descriptor, and gives no reason",
                made->engine->backend->name);
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
  enum vordec_status status = export_check_array(made, slot, what, error);
  if (!status) status = engine_enter(made->engine, error);
  if (status) return status;
  intake_ready(error);
  status = take_fd(made, made->kind->memory_fd(made, &made->slots[slot], what, fd, error), fd, error);
  return engine_leave(made->engine, status);
}

enum vordec_status vordec_export_semaphore_fd(struct vordec_export *made, size_t slot, int *fd,
                                              struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  *fd = -1;
  if (slot >= made->made) return vordec_fail(error, VORDEC_E_USAGE, 0, "there is no slot %zu", slot);
  if (!made->semaphores) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE,
                       "the device cannot share a timeline semaphore: wait for the %s",
                       made->decoder ? "decode" : "copy");
  }
  enum vordec_status status = engine_enter(made->engine, error);
  if (status) return status;
  intake_ready(error);
  status = take_fd(made, made->kind->semaphore_fd(made, &made->slots[slot], fd, error), fd, error);
  return engine_leave(made->engine, status);
}

uint64_t vordec_export_next_value(const struct vordec_export *made, size_t slot) {
  return slot < made->made ? made->slots[slot].value + 1 : 0;
}

/* ---- what is under way ---- */

void export_started(struct slot *slot, uint64_t value) {
  if (value) slot->value = value;
  slot->wait = 0;
  slot->state = SLOT_UNDER_WAY;
}

enum vordec_status export_finish(struct vordec_export *made, struct slot *slot, struct vordec_error *error) {
  if (slot->state == SLOT_UNDER_WAY) {
    struct vordec_error outcome = {0};
    const enum vordec_status status = made->kind->wait(made, slot, &outcome);
    slot->state = SLOT_DONE;
    slot->outcome = status ? outcome : (struct vordec_error){0};
    slot->report.total_ms = (double)(clock_ns() - slot->start_ns) * 1e-6;
    if (status == VORDEC_E_REFUSED) made->refusal = outcome;
  }
  if (slot->outcome.status) *error = slot->outcome;
  return slot->outcome.status;
}

static enum vordec_status await(struct vordec_export *made, size_t number, struct vordec_decode_report *report,
                                struct vordec_error *error) {
  enum vordec_status status = export_check_slot(made, number, error);
  if (status) return status;
  struct slot *slot = &made->slots[number];
  if (slot->state == SLOT_HELD) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "nothing was %s into slot %zu", made->decoder ? "decoded" : "copied",
                       number);
  }
  status = export_finish(made, slot, error);
  if (!status && report) *report = slot->report;
  return status ? status : export_check_refusal(made, error);
}

enum vordec_status vordec_export_wait(struct vordec_export *made, size_t slot, struct vordec_decode_report *report,
                                      struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = engine_enter(made->engine, error);
  return status ? status : engine_leave(made->engine, await(made, slot, report, error));
}

static enum vordec_status release(struct vordec_export *made, size_t number, uint64_t value,
                                  struct vordec_error *error) {
  enum vordec_status status = export_check_slot(made, number, error);
  if (status) return status;
  struct slot *slot = &made->slots[number];
  if (value && (!made->semaphores || value != slot->value + 1)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "value is %llu: expected 0 or the semaphore's next value",
                       (unsigned long long)value);
  }
  const bool told = slot->state != SLOT_UNDER_WAY;
  status = export_finish(made, slot, error);
  slot->state = SLOT_FREE;
  if (value) slot->value = slot->wait = value;
  if (told) status = VORDEC_OK;
  return status ? status : export_check_refusal(made, error);
}

enum vordec_status vordec_export_release(struct vordec_export *made, size_t slot, uint64_t value,
                                         struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = engine_enter(made->engine, error);
  return status ? status : engine_leave(made->engine, release(made, slot, value, error));
}
