/* SPDX-License-Identifier: MIT */
/* Slots of copies: each is a shelf of the backend, with what a simulation or a rollout held. */
#include <stdlib.h>

#include "core/base/clock.h"
#include "errors.h"
#include "export_slots.h"
#include "intake.h"
#include "rollout.h"
#include "simulation.h"

#define SLOTS_USUAL 2 /* one is used while the next copy is made */

/* ---- a slot ---- */

static enum vordec_exported array_of(const struct vordec_export *made) {
  return made->simulation ? VORDEC_EXPORTED_OMEGA : VORDEC_EXPORTED_Z;
}

static enum vordec_status make(struct vordec_export *made, struct slot *slot, struct vordec_error *error) {
  const struct vordec_shelf_setup setup = {.struct_size = sizeof setup,
                                           .simulation = made->simulation ? made->simulation->members : NULL,
                                           .rollout = made->rollout ? made->rollout->state : NULL};
  struct vordec_exported_memory memory = {.struct_size = sizeof memory};
  intake_ready(error);
  const enum vordec_status status =
      intake_status(made->shelves->create(made->engine->session, &setup, &slot->shelf, error), error);
  if (status) {
    slot->shelf = NULL;
    return status;
  }
  if (!slot->shelf) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_PLUGIN_ABI,
                       "backend '%s' made no copy that stays on the device, and gave no reason",
                       made->engine->backend->name);
  }
  made->shelves->describe(slot->shelf, &memory);
  *(memory.kind == VORDEC_MEMORY_HOST ? &made->host_bytes : &made->device_bytes) += memory.size;
  return VORDEC_OK;
}

static void end(const struct vordec_export *made, struct slot *slot) {
  if (slot->shelf) made->shelves->destroy(slot->shelf);
}

static void describe(const struct vordec_export *made, const struct slot *slot, enum vordec_exported what,
                     struct vordec_exported_memory *memory) {
  (void)what;
  made->shelves->describe(slot->shelf, memory);
}

static enum vordec_status memory_fd(const struct vordec_export *made, struct slot *slot, enum vordec_exported what,
                                    int *fd, struct vordec_error *error) {
  (void)what;
  return made->shelves->memory_fd(slot->shelf, fd, error);
}

static bool has_semaphore(const struct vordec_export *made, const struct slot *slot) {
  return made->shelves->has_semaphore(slot->shelf);
}

static enum vordec_status semaphore_fd(const struct vordec_export *made, struct slot *slot, int *fd,
                                       struct vordec_error *error) {
  return made->shelves->semaphore_fd(slot->shelf, fd, error);
}

/* A copy computes nothing: the source's own reports say what did the work. */
static enum vordec_status wait_for(const struct vordec_export *made, struct slot *slot, struct vordec_error *error) {
  const char *device = made->simulation ? made->simulation->place.device : made->rollout->op_device;
  slot->report = (struct vordec_decode_report){.decode_device = device ? device : "unknown"};
  --made->engine->under_way;
  intake_ready(error);
  return intake_status(made->shelves->wait(slot->shelf, error), error);
}

static enum vordec_status copy_out(const struct vordec_export *made, struct slot *slot, enum vordec_exported what,
                                   uint64_t at, uint64_t bytes, void *to, struct vordec_error *error) {
  (void)what;
  if (made->rollout) made->rollout->unreturned_reads++;
  return made->shelves->read(slot->shelf, at, bytes, to, error);
}

static const struct slot_kind copies = {.make = make,
                                        .end = end,
                                        .describe = describe,
                                        .memory_fd = memory_fd,
                                        .has_semaphore = has_semaphore,
                                        .semaphore_fd = semaphore_fd,
                                        .wait = wait_for,
                                        .read = copy_out};

/* ---- making a ring ---- */

static const struct vordec_shelf_interface *find_interface(const struct engine *engine) {
  const struct vordec_backend *slots = engine_slots(engine);
  const struct vordec_shelf_interface *found =
      slots->get_interface ? slots->get_interface(VORDEC_SHELF_INTERFACE) : NULL;
  if (!found || found->struct_size < sizeof *found) return NULL;
  const bool whole = found->create && found->destroy && found->describe && found->memory_fd && found->has_semaphore &&
                     found->semaphore_fd && found->fill && found->wait && found->read;
  return whole ? found : NULL;
}

/* What is copied: one of the two is NULL. */
struct copy_source {
  struct engine *engine;
  struct vordec_simulation *simulation;
  struct vordec_rollout *rollout;
};

static void describe_export(struct vordec_export *made, const struct copy_source *source, size_t slots) {
  const struct vordec_simulation *simulation = source->simulation;
  const struct vordec_rollout *rollout = source->rollout;
  made->engine = source->engine;
  made->kind = &copies;
  made->simulation = source->simulation;
  made->rollout = source->rollout;
  made->counted = simulation ? &source->simulation->slot_bytes : &source->rollout->slot_bytes;
  made->shelves = find_interface(source->engine);
  made->arrays = 1u << array_of(made);
  made->count = simulation ? simulation->desc.members : rollout->states;
  made->n = simulation ? simulation->desc.n : 0;
  made->d = simulation ? 0 : rollout->d;
  made->precision = simulation ? simulation->place.precision : rollout->precision;
  made->most = slots ? slots : SLOTS_USUAL;
}

static enum vordec_status create(const struct copy_source *source, size_t slots, struct vordec_export **out,
                                 struct vordec_error *error) {
  if (slots > VORDEC_EXPORT_SLOTS_MAX) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "slots is %zu, but an export has at most %d", slots,
                       VORDEC_EXPORT_SLOTS_MAX);
  }
  if (!find_interface(source->engine)) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE, "backend '%s' has no %s",
                       source->engine->backend->name, VORDEC_SHELF_INTERFACE);
  }
  struct vordec_export *made = calloc(1, sizeof *made);
  if (!made) return error_no_memory(error);
  describe_export(made, source, slots);
  return export_begin(made, out, error);
}

static enum vordec_status enter_and_create(const struct copy_source *source, size_t slots, struct vordec_export **out,
                                           struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  *out = NULL;
  const enum vordec_status status = engine_enter(source->engine, error);
  return status ? status : engine_leave(source->engine, create(source, slots, out, error));
}

enum vordec_status vordec_export_create_simulation(struct vordec_simulation *simulation, size_t slots,
                                                   struct vordec_export **made, struct vordec_error *error) {
  const struct copy_source source = {.engine = simulation->place.engine, .simulation = simulation};
  return enter_and_create(&source, slots, made, error);
}

enum vordec_status vordec_export_create_rollout(struct vordec_rollout *rollout, size_t slots,
                                                struct vordec_export **made, struct vordec_error *error) {
  const struct copy_source source = {.engine = rollout->engine, .rollout = rollout};
  return enter_and_create(&source, slots, made, error);
}

/* ---- a copy ---- */

static enum vordec_status take(struct vordec_export *made, size_t number, uint64_t *ready, struct vordec_error *error) {
  if (made->decoder) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "this export holds decodes, not copies: use vordec_export_decode()");
  }
  enum vordec_status status = export_check_empty(made, number, error);
  if (!status && made->simulation) status = simulation_check_members(made->simulation, 0, made->count, error);
  if (status) return status;
  struct slot *slot = &made->slots[number];
  const uint64_t signal = made->semaphores ? slot->value + 1 : 0;
  slot->start_ns = clock_ns();
  intake_ready(error);
  status = intake_status(made->shelves->fill(slot->shelf, slot->wait, signal, error), error);
  if (status) return status;
  export_started(slot, signal);
  made->engine->under_way++;
  if (ready) *ready = signal;
  return VORDEC_OK;
}

enum vordec_status vordec_export_take(struct vordec_export *made, size_t slot, uint64_t *ready,
                                      struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  if (ready) *ready = 0;
  const enum vordec_status status = engine_enter(made->engine, error);
  return status ? status : engine_leave(made->engine, take(made, slot, ready, error));
}
