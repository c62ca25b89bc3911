/* SPDX-License-Identifier: MIT */
/* Gradients whose cotangents and derivatives stay in the memory of the device. */
#include <vordec/adjoint.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "decode_adjoint.h"
#include "decoder.h"
#include "errors.h"
#include "intake.h"

#define COUNT_MAX 65535

enum run_state { RUN_NONE = 0, RUN_UNDER_WAY, RUN_DONE };

struct vordec_shared_adjoint {
  struct placement place; /* the decoder's engine */
  const struct vordec_adjoint_shared_interface *interface;
  struct vordec_backend_adjoint *backend;
  uint32_t outputs, residuals, count;
  size_t n, d;
  struct vordec_exported_memory memory[VORDEC_ADJOINT_ARRAYS]; /* size 0: there is no such array */
  bool semaphore;
  uint64_t value; /* the largest value that the semaphore has been promised */
  enum run_state state;
  uint64_t start_ns;
  struct vordec_error outcome; /* of the last run, once it is done */
  struct vordec_adjoint_report report;
  struct vordec_error refusal; /* evidence was missing once */
};

/* ---- making it ---- */

static const struct vordec_adjoint_shared_interface *find_interface(const struct engine *engine) {
  const struct vordec_backend *slots = engine_slots(engine);
  const struct vordec_adjoint_shared_interface *found =
      slots->get_interface ? slots->get_interface(VORDEC_ADJOINT_SHARED_INTERFACE) : NULL;
  if (!found || found->struct_size < sizeof *found) return NULL;
  const bool whole = found->create && found->destroy && found->describe && found->memory_fd && found->has_semaphore &&
                     found->semaphore_fd && found->read && found->write && found->start && found->wait;
  return whole ? found : NULL;
}

static bool has_array(const struct vordec_shared_adjoint *made, enum vordec_adjoint_array what) {
  switch (what) {
  case VORDEC_ADJOINT_LP:
    return made->outputs & (uint32_t)VORDEC_OMEGA_LP;
  case VORDEC_ADJOINT_HAT:
    return made->outputs & (uint32_t)VORDEC_OMEGA_HAT;
  case VORDEC_ADJOINT_MASK:
  case VORDEC_ADJOINT_RESIDUAL:
    return made->residuals != 0;
  case VORDEC_ADJOINT_K:
  case VORDEC_ADJOINT_Z:
    return true;
  case VORDEC_ADJOINT_ARRAYS:
    break;
  }
  return false;
}

/* Of one state. */
static uint64_t state_bytes(const struct vordec_shared_adjoint *made, enum vordec_adjoint_array what) {
  const uint64_t real = made->place.precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
  const uint64_t cells = (uint64_t)made->n * made->n;
  switch (what) {
  case VORDEC_ADJOINT_K:
    return real;
  case VORDEC_ADJOINT_Z:
    return made->d * real;
  case VORDEC_ADJOINT_MASK:
    return cells;
  case VORDEC_ADJOINT_LP:
  case VORDEC_ADJOINT_HAT:
  case VORDEC_ADJOINT_RESIDUAL:
  case VORDEC_ADJOINT_ARRAYS:
    break;
  }
  return cells * real;
}

/* The number of bytes from its first byte to its last. */
static uint64_t array_bytes(const struct vordec_shared_adjoint *made, enum vordec_adjoint_array what) {
  return (made->count - 1) * made->memory[what].pitch + state_bytes(made, what);
}

/* Others will rely on what a backend says about memory. */
static enum vordec_status check_memory(const struct vordec_shared_adjoint *made, enum vordec_adjoint_array what,
                                       struct vordec_error *error) {
  const struct vordec_exported_memory *memory = &made->memory[what];
  const bool host = memory->kind == VORDEC_MEMORY_HOST, fd = memory->kind == VORDEC_MEMORY_OPAQUE_FD;
  const bool fits = memory->pitch >= state_bytes(made, what) && memory->offset <= memory->size &&
                    memory->pitch <= UINT64_MAX / made->count &&
                    array_bytes(made, what) <= memory->size - memory->offset;
  if ((host || fd) && host == (memory->pointer != NULL) && fits) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_PLUGIN_ABI,
                     "backend '%s' describes memory that cannot hold what gradients need",
                     made->place.engine->backend->name);
}

static enum vordec_status describe_all(struct vordec_shared_adjoint *made, struct vordec_error *error) {
  for (int i = 0; i < VORDEC_ADJOINT_ARRAYS; i++) {
    const enum vordec_adjoint_array what = (enum vordec_adjoint_array)i;
    if (!has_array(made, what)) continue;
    made->memory[i] = (struct vordec_exported_memory){.struct_size = sizeof *made->memory};
    made->interface->describe(made->backend, what, &made->memory[i]);
    const enum vordec_status status = check_memory(made, what, error);
    if (status) return status;
  }
  return VORDEC_OK;
}

/* Called within a call on the engine. */
static enum vordec_status make_backend(struct vordec_shared_adjoint *made, const struct vordec_plan_desc *desc,
                                       struct vordec_error *error) {
  enum vordec_status status = adjoint_make_backend(&made->place, made->interface->create, desc, &made->backend, error);
  if (!status) status = describe_all(made, error);
  if (!status) made->semaphore = made->interface->has_semaphore(made->backend);
  return status;
}

static enum vordec_status fill(struct vordec_shared_adjoint *made, const struct vordec_decoder *decoder,
                               struct vordec_error *error) {
  struct vordec_plan_desc desc = adjoint_describe_plan(decoder);
  struct engine *engine = decoder->engine;
  desc.batch = made->count;
  made->outputs = desc.outputs;
  made->residuals = desc.residuals;
  made->n = desc.n;
  made->d = desc.d;
  made->place = adjoint_place(decoder, &desc);
  made->interface = find_interface(engine);
  if (!made->interface) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE,
                       "backend '%s' cannot leave gradients on the device: it has no %s", engine->backend->name,
                       VORDEC_ADJOINT_SHARED_INTERFACE);
  }
  const enum vordec_status status = engine_enter(engine, error);
  if (status) return status;
  const enum vordec_status done = engine_leave(engine, make_backend(made, &desc, error));
  if (!done) placement_doubt(&made->place);
  return done;
}

enum vordec_status vordec_shared_adjoint_create(struct vordec_decoder *decoder, size_t count,
                                                struct vordec_shared_adjoint **out, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  *out = NULL;
  if (count < 1 || count > COUNT_MAX) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "count is %zu, but gradients on the device are computed for 1 to %d states", count, COUNT_MAX);
  }
  enum vordec_status status = adjoint_check_decoder(decoder, error);
  if (status) return status;
  struct vordec_shared_adjoint *made = calloc(1, sizeof *made);
  if (!made) return error_no_memory(error);
  made->count = (uint32_t)count;
  status = fill(made, decoder, error);
  if (status) {
    vordec_shared_adjoint_destroy(made);
    return status; /* NOLINT(clang-analyzer-unix.Malloc): freed, since this process made it */
  }
  *out = made;
  return VORDEC_OK;
}

static void leave_run(struct vordec_shared_adjoint *made, enum run_state state) {
  if (made->state == RUN_UNDER_WAY) made->place.engine->under_way--;
  made->state = state;
}

void vordec_shared_adjoint_destroy(struct vordec_shared_adjoint *made) {
  if (!made || (made->place.engine && !engine_is_here(made->place.engine))) return;
  if (made->backend) made->interface->destroy(made->backend);
  if (made->place.engine) leave_run(made, RUN_NONE);
  placement_release(&made->place);
  free(made);
}

void vordec_shared_adjoint_get(const struct vordec_shared_adjoint *made, struct vordec_shared_adjoint_info *info) {
  const struct placement *place = &made->place;
  *info = (struct vordec_shared_adjoint_info){
      .backend_used = place->engine->backend->name,
      .fft_used = place->info.fft,
      .device = place->engine->device,
      .precision = place->precision,
      .adjoint_device = place->device,
      .count = made->count,
      .semaphore = made->semaphore,
      .host_bytes = place->info.host_bytes,
      .device_bytes = place->info.device_bytes,
  };
  for (int i = 0; i < VORDEC_ADJOINT_ARRAYS; i++) {
    info->arrays |= has_array(made, (enum vordec_adjoint_array)i) ? 1u << i : 0u;
  }
}

/* ---- handles ---- */

static enum vordec_status check_array(const struct vordec_shared_adjoint *made, enum vordec_adjoint_array what,
                                      struct vordec_error *error) {
  if ((unsigned)what < VORDEC_ADJOINT_ARRAYS && has_array(made, what)) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "these gradients have no such array (%d)", (int)what);
}

enum vordec_status vordec_shared_adjoint_describe(const struct vordec_shared_adjoint *made,
                                                  enum vordec_adjoint_array what, struct vordec_exported_memory *memory,
                                                  struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = check_array(made, what, error);
  if (status) return status;
  const size_t size = memory->struct_size < sizeof *memory ? memory->struct_size : sizeof *memory;
  memcpy(memory, &made->memory[what], size);
  memory->struct_size = size;
  return VORDEC_OK;
}

/* A descriptor that came from a backend. */
static enum vordec_status take_fd(const struct vordec_shared_adjoint *made, enum vordec_status status, int *fd,
                                  struct vordec_error *error) {
  if (!intake_status(status, error) && *fd < 0) {
    return vordec_fail(error, VORDEC_E_FAILED, 0, "backend '%s' hands out no file descriptor, and gives no reason",
                       made->place.engine->backend->name);
  }
  if (status) *fd = -1;
  return status ? error->status : VORDEC_OK;
}

enum vordec_status vordec_shared_adjoint_memory_fd(struct vordec_shared_adjoint *made, enum vordec_adjoint_array what,
                                                   int *fd, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  *fd = -1;
  enum vordec_status status = check_array(made, what, error);
  if (!status) status = engine_enter(made->place.engine, error);
  if (status) return status;
  intake_ready(error);
  status = take_fd(made, made->interface->memory_fd(made->backend, what, fd, error), fd, error);
  return engine_leave(made->place.engine, status);
}

enum vordec_status vordec_shared_adjoint_semaphore_fd(struct vordec_shared_adjoint *made, int *fd,
                                                      struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  *fd = -1;
  if (!made->semaphore) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE,
                       "the device cannot share a timeline semaphore: wait for the gradients");
  }
  enum vordec_status status = engine_enter(made->place.engine, error);
  if (status) return status;
  intake_ready(error);
  status = take_fd(made, made->interface->semaphore_fd(made->backend, fd, error), fd, error);
  return engine_leave(made->place.engine, status);
}

uint64_t vordec_shared_adjoint_next_value(const struct vordec_shared_adjoint *made) {
  return made->value + 1;
}

/* ---- runs ---- */

/* Waits once for what is in progress, and keeps what came of it. */
static enum vordec_status finish(struct vordec_shared_adjoint *made, struct vordec_error *error) {
  if (made->state == RUN_UNDER_WAY) {
    struct vordec_adjoint_result result = {.struct_size = sizeof result};
    struct evidence_verdict verdict;
    struct vordec_error outcome = {0};
    leave_run(made, RUN_DONE);
    intake_ready(&outcome);
    enum vordec_status status = intake_status(made->interface->wait(made->backend, &result, &outcome), &outcome);
    const double host_ms = (double)(clock_ns() - made->start_ns) * 1e-6;
    intake_evidence(&result.evidence);
    if (!status) {
      evidence_judge_adjoint(&made->place.engine->device, &result, host_ms, &verdict);
      status = placement_weigh(&made->place, &verdict, &outcome);
      made->report = (struct vordec_adjoint_report){.total_ms = host_ms,
                                                    .device_ms = verdict.timed ? result.device_ms : NAN,
                                                    .adjoint_device = made->place.device,
                                                    .device_timestamps = result.evidence.device_timestamps};
    }
    made->outcome = status ? outcome : (struct vordec_error){0};
    if (status == VORDEC_E_REFUSED) made->refusal = outcome;
  }
  if (made->outcome.status) *error = made->outcome;
  return made->outcome.status;
}

static enum vordec_status check_run(const struct vordec_shared_adjoint *made, const struct vordec_shared_adjoint_io *io,
                                    struct vordec_error *error) {
  if (io->count < 1 || io->count > made->count) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "count is %zu: there is room for 1 to %u states", io->count,
                       (unsigned)made->count);
  }
  if (!io->z && !io->residual) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "gradients: ask for the gradient by z, by the residual, or both");
  }
  if (!io->omega_lp && !io->omega_hat) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "gradients: give a cotangent of at least one output");
  }
  const bool lacks_lp = io->omega_lp && !has_array(made, VORDEC_ADJOINT_LP);
  if (lacks_lp || (io->omega_hat && !has_array(made, VORDEC_ADJOINT_HAT))) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "gradients: there is a cotangent of %s, which the decoder does not compute",
                       lacks_lp ? "omega_lp" : "omega_hat");
  }
  if (io->residual && !made->residuals) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "gradients: the gradient by a residual is asked for, but the decoder takes no residual");
  }
  if (io->residual && !io->omega_hat) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "gradients: the gradient by a residual needs a cotangent of omega_hat");
  }
  if (io->value == 0 || (made->semaphore && io->value == made->value + 1)) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "value is %llu: expected 0 or the semaphore's next value",
                     (unsigned long long)io->value);
}

static enum vordec_status check_refusal(const struct vordec_shared_adjoint *made, struct vordec_error *error) {
  if (!made->refusal.status) return VORDEC_OK;
  *error = made->refusal;
  return error->status;
}

static enum vordec_status start(struct vordec_shared_adjoint *made, const struct vordec_shared_adjoint_io *io,
                                uint64_t *ready, struct vordec_error *error) {
  enum vordec_status status = check_refusal(made, error);
  if (!status) status = check_run(made, io, error);
  if (status) return status;
  if (made->state == RUN_UNDER_WAY && finish(made, error) == VORDEC_E_REFUSED) return VORDEC_E_REFUSED;
  const uint64_t signal = made->semaphore ? made->value + 2 : 0; /* the one between is the caller's */
  const struct vordec_adjoint_shared_job job = {.struct_size = sizeof job,
                                                .count = (uint32_t)io->count,
                                                .omega_lp = io->omega_lp,
                                                .omega_hat = io->omega_hat,
                                                .z = io->z,
                                                .residual = io->residual,
                                                .wait = io->value,
                                                .signal = signal};
  made->state = RUN_NONE;
  made->start_ns = clock_ns();
  intake_ready(error);
  status = intake_status(made->interface->start(made->backend, &job, error), error);
  if (status) return status;
  if (made->semaphore) made->value = signal;
  made->state = RUN_UNDER_WAY;
  made->place.engine->under_way++;
  if (ready) *ready = signal;
  return VORDEC_OK;
}

enum vordec_status vordec_shared_adjoint_start(struct vordec_shared_adjoint *made,
                                               const struct vordec_shared_adjoint_io *io, uint64_t *ready,
                                               struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  if (ready) *ready = 0;
  const bool promised = made->semaphore && io->value == made->value + 1;
  enum vordec_status status = engine_enter(made->place.engine, error);
  if (!status) status = engine_leave(made->place.engine, start(made, io, ready, error));
  if (status && promised) made->value = io->value; /* no value twice */
  return status;
}

static enum vordec_status await(struct vordec_shared_adjoint *made, struct vordec_adjoint_report *report,
                                struct vordec_error *error) {
  enum vordec_status status = check_refusal(made, error);
  if (status) return status;
  if (made->state == RUN_NONE) return vordec_fail(error, VORDEC_E_USAGE, 0, "no gradients were started");
  status = finish(made, error);
  if (!status && report) *report = made->report;
  return status;
}

enum vordec_status vordec_shared_adjoint_wait(struct vordec_shared_adjoint *made, struct vordec_adjoint_report *report,
                                              struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = engine_enter(made->place.engine, error);
  return status ? status : engine_leave(made->place.engine, await(made, report, error));
}

/* ---- copies ---- */

static enum vordec_status check_copy(struct vordec_shared_adjoint *made, enum vordec_adjoint_array what, uint64_t at,
                                     uint64_t bytes, struct vordec_error *error) {
  const enum vordec_status status = check_array(made, what, error);
  if (status) return status;
  const uint64_t most = array_bytes(made, what);
  if (at <= most && bytes <= most - at) return made->state == RUN_UNDER_WAY ? finish(made, error) : VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "%llu bytes from %llu on lie beyond the array's %llu",
                     (unsigned long long)bytes, (unsigned long long)at, (unsigned long long)most);
}

static enum vordec_status copy_out(struct vordec_shared_adjoint *made, enum vordec_adjoint_array what, uint64_t at,
                                   uint64_t bytes, void *to, struct vordec_error *error) {
  const enum vordec_status status = check_copy(made, what, at, bytes, error);
  if (status || bytes == 0) return status;
  intake_ready(error);
  return intake_status(made->interface->read(made->backend, what, at, bytes, to, error), error);
}

enum vordec_status vordec_shared_adjoint_read(struct vordec_shared_adjoint *made, enum vordec_adjoint_array what,
                                              uint64_t at, uint64_t bytes, void *to, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = engine_enter(made->place.engine, error);
  return status ? status : engine_leave(made->place.engine, copy_out(made, what, at, bytes, to, error));
}

static enum vordec_status copy_in(struct vordec_shared_adjoint *made, enum vordec_adjoint_array what, uint64_t at,
                                  uint64_t bytes, const void *from, struct vordec_error *error) {
  const enum vordec_status status = check_copy(made, what, at, bytes, error);
  if (status || bytes == 0) return status;
  intake_ready(error);
  return intake_status(made->interface->write(made->backend, what, at, bytes, from, error), error);
}

enum vordec_status vordec_shared_adjoint_write(struct vordec_shared_adjoint *made, enum vordec_adjoint_array what,
                                               uint64_t at, uint64_t bytes, const void *from,
                                               struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = engine_enter(made->place.engine, error);
  return status ? status : engine_leave(made->place.engine, copy_in(made, what, at, bytes, from, error));
}
