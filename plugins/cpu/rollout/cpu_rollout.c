/* SPDX-License-Identifier: MIT */
#include "cpu_rollout.h"

#include <string.h>

#include "numerics/stepper.h"
#include "plugins/cpu/cpu_session.h"

struct vordec_backend_rollout {
  struct vordec_session *session;
  size_t d, states;
  struct stepper *stepper;
};

static void destroy(struct vordec_backend_rollout *state) {
  if (!state) return;
  stepper_destroy(state->stepper);
  memory_release(&state->session->memory.source, state);
}

static enum vordec_status create(struct vordec_session *session, const struct vordec_rollout_setup *setup,
                                 struct vordec_backend_rollout **state, struct vordec_error *error) {
  struct vordec_backend_rollout *made = memory_take(&session->memory, 1, sizeof *made);
  if (!made) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "cpu: no memory for a rollout");
  made->session = session;
  made->d = setup->d;
  made->states = vordec_setup_states(setup);
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

static enum vordec_status advance(struct vordec_backend_rollout *state, uint32_t steps,
                                  struct vordec_rollout_result *result, struct vordec_error *error) {
  (void)error; /* nothing here can fail */
  const struct vordec_host *host = state->session->host;
  const struct vordec_device *device = &state->session->device;
  struct vordec_evidence *evidence = &result->evidence;
  const uint64_t start = host->clock_ns(host->ctx);
  *evidence = (struct vordec_evidence){.type = device->type, .dispatches_recorded = steps};
  for (uint32_t i = 0; i < steps; i++) {
    stepper_step(state->stepper);
    evidence->dispatches_completed++;
  }
  result->device_ms = 1e-6 * (double)(host->clock_ns(host->ctx) - start);
  memcpy(evidence->name, device->name, sizeof evidence->name);
  memcpy(evidence->driver, device->driver, sizeof evidence->driver);
  memcpy(evidence->uuid, device->uuid, sizeof evidence->uuid);
  return VORDEC_OK;
}

void cpu_rollout_state(const struct vordec_backend_rollout *rollout, uint32_t state, double *z) {
  stepper_get(rollout->stepper, state, z);
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
