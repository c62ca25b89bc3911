/* SPDX-License-Identifier: MIT */
#include "stub_rollout.h"

#include <string.h>

struct vordec_backend_rollout {
  struct stub_flow_place place;
  uint32_t d, states;
  double *a, *z, *last, *next; /* d x d, states x d, states x d, d; `last`: z before the last call that took steps */
  bool deterministic;
  double *trail;       /* room x states x d */
  uint32_t room, kept; /* rows; kept 0: z is all that is held */
};

static double milliseconds(const struct vordec_host *host) {
  return 1e-6 * (double)host->clock_ns(host->ctx);
}

static void *take(const struct vordec_host *host, size_t count, size_t size) {
  return host->allocate(host->ctx, sizeof(double), count * size);
}

enum vordec_status stub_rollout_create(const struct stub_flow_place *place, const struct vordec_rollout_setup *setup,
                                       struct vordec_backend_rollout **rollout, struct vordec_error *error) {
  const struct vordec_host *host = place->host;
  const size_t d = setup->d, values = vordec_setup_states(setup) * d;
  if (setup->precision != VORDEC_FP64) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FP32, "direct computes in fp64 only");
  }
  struct vordec_backend_rollout *made = take(host, 1, sizeof *made);
  double *store = take(host, d * d + 2 * values + d, sizeof *store);
  if (!made || !store) {
    if (place->fault != LEAKS_ROLLOUT) host->release(host->ctx, made);
    host->release(host->ctx, store);
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "no memory for a rollout");
  }
  *made = (struct vordec_backend_rollout){
      .place = *place,
      .d = setup->d,
      .states = vordec_setup_states(setup),
      .a = store,
      .z = store + d * d,
      .last = store + d * d + values,
      .next = store + d * d + 2 * values,
      .deterministic = setup->deterministic,
  };
  memcpy(made->a, setup->a, d * d * sizeof(double));
  memcpy(made->z, setup->z0, values * sizeof(double));
  memcpy(made->last, setup->z0, values * sizeof(double));
  *rollout = made;
  return VORDEC_OK;
}

void stub_rollout_destroy(struct vordec_backend_rollout *rollout) {
  if (!rollout) return;
  const struct vordec_host *host = rollout->place.host;
  host->release(host->ctx, rollout->trail);
  host->release(host->ctx, rollout->a);
  host->release(host->ctx, rollout);
}

static void step(struct vordec_backend_rollout *rollout, uint32_t state) {
  const size_t d = rollout->d;
  double *z = rollout->z + state * d;
  const enum fault fault = rollout->place.fault;
  const bool backwards = fault == SUMS_BACKWARDS && rollout->deterministic;
  for (size_t j = 0; j < d; j++) {
    double sum = 0.0;
    for (size_t k = 0; k < d; k++) {
      const size_t i = backwards ? d - 1 - k : k;
      sum += z[i] * (fault == ROLLS_TRANSPOSED ? rollout->a[j * d + i] : rollout->a[i * d + j]);
    }
    rollout->next[j] = sum;
  }
  if (fault == STATES_SHOW && state > 0) rollout->next[0] *= 1.0 + 1e-15;
  memcpy(z, rollout->next, d * sizeof(double));
}

enum vordec_status stub_rollout_advance(struct vordec_backend_rollout *rollout, uint32_t steps,
                                        struct vordec_rollout_result *result, struct vordec_error *error) {
  (void)error;
  const struct vordec_device *device = &rollout->place.device;
  const enum fault fault = rollout->place.fault;
  const double start = milliseconds(rollout->place.host);
  memcpy(rollout->last, rollout->z, rollout->states * rollout->d * sizeof(double));
  if (fault != TRAIL_STAYS) rollout->kept = 0;
  for (uint32_t i = 0; i < steps * rollout->states; i++) step(rollout, i % rollout->states);
  if (fault == SPLIT_SHOWS && steps > 1) rollout->z[0] *= 1.0 + 1e-15;
  const uint64_t counted = fault == ROLLS_UNCOUNTED ? 0 : steps;
  result->evidence =
      (struct vordec_evidence){.type = device->type, .dispatches_recorded = counted, .dispatches_completed = counted};
  memcpy(result->evidence.name, device->name, sizeof device->name);
  memcpy(result->evidence.driver, device->driver, sizeof device->driver);
  do result->device_ms = milliseconds(rollout->place.host) - start;
  while (result->device_ms <= 0.0);
  return VORDEC_OK;
}

enum vordec_status stub_rollout_reserve(struct vordec_backend_rollout *rollout, uint32_t rows,
                                        struct vordec_error *error) {
  const struct vordec_host *host = rollout->place.host;
  if (rows > rollout->room) {
    double *trail = take(host, (size_t)rows * rollout->states * rollout->d, sizeof *trail);
    void *more = take(host, 1, 64); /* so that there is something to keep */
    if (!trail || !more) {
      if (rollout->place.fault != LEAKS_TRAIL) host->release(host->ctx, trail);
      host->release(host->ctx, more);
      return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "no memory for rows");
    }
    host->release(host->ctx, more);
    host->release(host->ctx, rollout->trail);
    rollout->trail = trail;
    rollout->room = rows;
  }
  rollout->kept = 0;
  return VORDEC_OK;
}

enum vordec_status stub_rollout_walk(struct vordec_backend_rollout *rollout, uint32_t rows, uint32_t steps,
                                     struct vordec_rollout_result *result, struct vordec_error *error) {
  const struct vordec_host *host = rollout->place.host;
  const enum fault fault = rollout->place.fault;
  const size_t values = (size_t)rollout->states * rollout->d;
  double ms = 0.0;
  for (uint32_t row = 0; row < rows; row++) {
    stub_rollout_advance(rollout, steps, result, error);
    ms += result->device_ms;
    for (uint32_t i = fault == TRAIL_KEEPS_LAST ? 0 : row; i <= row; i++) {
      memcpy(rollout->trail + i * values, rollout->z, values * sizeof(double));
    }
  }
  if (fault == MEMORY_IN_WALK) host->release(host->ctx, host->allocate(host->ctx, 16, 8));
  rollout->kept = rows;
  result->device_ms = ms;
  if (fault != WALK_UNCOUNTED) result->evidence.dispatches_recorded *= rows;
  if (fault != WALK_UNCOUNTED) result->evidence.dispatches_completed *= rows;
  return VORDEC_OK;
}

enum vordec_status stub_rollout_read_held(struct vordec_backend_rollout *rollout, uint32_t first, uint32_t count,
                                          double *z, struct vordec_error *error) {
  (void)error;
  const double *held = rollout->kept ? rollout->trail : rollout->z;
  memcpy(z, held + (size_t)first * rollout->d, (size_t)count * rollout->d * sizeof(double));
  return VORDEC_OK;
}

enum vordec_status stub_rollout_read(struct vordec_backend_rollout *rollout, double *z, struct vordec_error *error) {
  (void)error;
  const uint32_t states = rollout->place.fault == READS_ONE ? 1 : rollout->states;
  memcpy(z, rollout->z, states * rollout->d * sizeof(double));
  return VORDEC_OK;
}

const double *stub_rollout_held(const struct vordec_decode_job *job) {
  const struct vordec_backend_rollout *rollout = job->rollout;
  const enum fault fault = rollout->place.fault;
  const size_t skip = fault == DECODES_THE_FIRST ? 0 : (size_t)vordec_job_state(job) * rollout->d;
  if (rollout->kept) return rollout->trail + skip;
  return (fault == DECODES_THE_LAST ? rollout->last : rollout->z) + skip;
}

uint32_t stub_rollout_states(const struct vordec_backend_rollout *rollout) {
  return rollout->states;
}

uint32_t stub_rollout_values(const struct vordec_backend_rollout *rollout) {
  return rollout->d;
}

const double *stub_rollout_state(const struct vordec_backend_rollout *rollout, uint32_t state) {
  return rollout->z + (size_t)state * rollout->d;
}
