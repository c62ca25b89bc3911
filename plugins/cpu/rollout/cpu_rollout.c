/* SPDX-License-Identifier: MIT */
#include "cpu_rollout.h"

#include <string.h>

#include "numerics/stepper.h"
#include "plugins/cpu/cpu_session.h"

struct vordec_backend_rollout {
  struct vordec_session *session;
  size_t d, states;
  enum vordec_precision precision;
  struct stepper *stepper;
  double *trail;     /* room x states x d; NULL: there is none */
  size_t room, kept; /* rows: that there is room for, and that a walk left there; 0: the stepper has all that is held */
};

static void destroy(struct vordec_backend_rollout *state) {
  if (!state) return;
  stepper_destroy(state->stepper);
  memory_release(&state->session->memory.source, state->trail);
  memory_release(&state->session->memory.source, state);
}

static enum vordec_status create(struct vordec_session *session, const struct vordec_rollout_setup *setup,
                                 struct vordec_backend_rollout **state, struct vordec_error *error) {
  struct vordec_backend_rollout *made = memory_take(&session->memory, 1, sizeof *made);
  if (!made) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "cpu: no memory for a rollout");
  made->session = session;
  made->d = setup->d;
  made->states = vordec_setup_states(setup);
  made->precision = setup->precision;
  const struct stepper_desc desc = {.d = made->d,
                                    .states = made->states,
                                    .a = setup->a,
                                    .precision = setup->precision,
                                    .deterministic = setup->deterministic,
                                    .team = {session->pool, pool_threads(session->pool)}};
  const enum vordec_status status = stepper_create(&desc, &made->stepper, error);
  if (status != VORDEC_OK) {
    destroy(made);
    return status;
  }
  stepper_set(made->stepper, setup->z0);
  *state = made;
  return VORDEC_OK;
}

static void keep_row(const struct vordec_backend_rollout *state, size_t row) {
  double *z = state->trail + row * state->states * state->d;
  for (size_t i = 0; i < state->states; i++) stepper_get(state->stepper, i, z + i * state->d);
}

/* rows 0: nothing is kept, and `steps` steps are taken. */
static void take_steps(struct vordec_backend_rollout *state, uint32_t rows, uint32_t steps,
                       struct vordec_rollout_result *result) {
  const struct vordec_host *host = state->session->host;
  const struct vordec_device *device = &state->session->device;
  struct vordec_evidence *evidence = &result->evidence;
  const uint64_t start = host->clock_ns(host->ctx);
  const uint32_t all = rows ? rows * steps : steps;
  *evidence = (struct vordec_evidence){.type = device->type, .dispatches_recorded = all};
  for (uint32_t i = 0; i < all; i++) {
    stepper_step(state->stepper);
    evidence->dispatches_completed++;
    if (rows && (i + 1) % steps == 0) keep_row(state, i / steps);
  }
  state->kept = rows;
  result->device_ms = 1e-6 * (double)(host->clock_ns(host->ctx) - start);
  memcpy(evidence->name, device->name, sizeof evidence->name);
  memcpy(evidence->driver, device->driver, sizeof evidence->driver);
  memcpy(evidence->uuid, device->uuid, sizeof evidence->uuid);
}

static enum vordec_status advance(struct vordec_backend_rollout *state, uint32_t steps,
                                  struct vordec_rollout_result *result, struct vordec_error *error) {
  (void)error; /* nothing here can fail */
  take_steps(state, 0, steps, result);
  return VORDEC_OK;
}

void cpu_rollout_states(const struct vordec_backend_rollout *rollout, uint32_t first, uint32_t count, double *z) {
  if (rollout->kept) {
    memcpy(z, rollout->trail + first * rollout->d, count * rollout->d * sizeof *z);
    return;
  }
  for (uint32_t i = 0; i < count; i++) stepper_get(rollout->stepper, first + i, z + i * rollout->d);
}

void cpu_rollout_state(const struct vordec_backend_rollout *rollout, size_t state, double *z) {
  stepper_get(rollout->stepper, state, z);
}

struct cpu_rollout_shape cpu_rollout_shape(const struct vordec_backend_rollout *rollout) {
  return (struct cpu_rollout_shape){rollout->d, rollout->states, rollout->precision};
}

static enum vordec_status read_state(struct vordec_backend_rollout *state, double *z, struct vordec_error *error) {
  (void)error;
  for (size_t i = 0; i < state->states; i++) stepper_get(state->stepper, i, z + i * state->d);
  return VORDEC_OK;
}

const struct vordec_rollout_interface cpu_rollout_interface = {.struct_size = sizeof cpu_rollout_interface,
                                                               .create = create,
                                                               .destroy = destroy,
                                                               .advance = advance,
                                                               .read = read_state};

/* ---- with what it held on its way ---- */

static enum vordec_status reserve(struct vordec_backend_rollout *state, uint32_t rows, struct vordec_error *error) {
  if (rows > state->room) {
    double *trail = memory_take(&state->session->memory, (size_t)rows * state->states * state->d, sizeof *trail);
    if (!trail) {
      return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "cpu: no memory for %u rows of states",
                         (unsigned)rows);
    }
    memory_release(&state->session->memory.source, state->trail);
    state->trail = trail;
    state->room = rows;
  }
  state->kept = 0;
  return VORDEC_OK;
}

static enum vordec_status walk(struct vordec_backend_rollout *state, uint32_t rows, uint32_t steps,
                               struct vordec_rollout_result *result, struct vordec_error *error) {
  (void)error;
  take_steps(state, rows, steps, result);
  return VORDEC_OK;
}

static enum vordec_status read_held(struct vordec_backend_rollout *state, uint32_t first, uint32_t count, double *z,
                                    struct vordec_error *error) {
  (void)error;
  cpu_rollout_states(state, first, count, z);
  return VORDEC_OK;
}

const struct vordec_trail_interface cpu_trail_interface = {
    .struct_size = sizeof cpu_trail_interface, .reserve = reserve, .walk = walk, .read = read_held};
