/* SPDX-License-Identifier: MIT */
#include "roll.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "plugin.h"
#include "sample.h"

struct roll roll_create(uint32_t d) {
  struct roll made = {.d = d, .a = calloc((size_t)d * d, sizeof(double)), .z0 = calloc(d, sizeof(double))};
  if (!made.a || !made.z0) abort();
  for (size_t i = 0; i < (size_t)d * d; i++) {
    made.a[i] = (i % (d + 1) == 0 ? 0.9 : 0.0) + 0.3 / sqrt(d) * sample_draw(i);
  }
  for (uint32_t i = 0; i < d; i++) made.z0[i] = sample_draw((UINT64_C(1) << 33) + i);
  return made;
}

void roll_destroy(struct roll *made) {
  free(made->a);
  free(made->z0);
}

struct vordec_backend_rollout *roll_start(struct suite *suite, struct vordec_session *session, const struct roll *op,
                                          enum vordec_precision precision, bool deterministic) {
  const size_t entries = (size_t)op->d * op->d;
  struct guarded a, z0;
  guarded_create(&a, "A", entries * sizeof(double), GUARD_AT_END);
  guarded_create(&z0, "z0", op->d * sizeof(double), GUARD_AT_END);
  memcpy(a.data, op->a, entries * sizeof(double));
  memcpy(z0.data, op->z0, op->d * sizeof(double));
  guarded_seal(&a);
  guarded_seal(&z0);
  const struct vordec_rollout_setup setup = {.struct_size = sizeof setup,
                                             .d = op->d,
                                             .precision = precision,
                                             .deterministic = deterministic,
                                             .a = a.data,
                                             .z0 = z0.data};
  struct vordec_backend_rollout *rollout = NULL;
  struct vordec_error error = {0};
  const enum vordec_status status = plugin_rollout(suite)->create(session, &setup, &rollout, &error);
  if (status) plugin_judge_error(suite, "rollout create", status, &error);
  if (status == VORDEC_OK && !rollout) suite_short(suite, "create() returned ok and no rollout");
  if (status && !(status == VORDEC_E_UNSUPPORTED && deterministic)) {
    suite_short(suite, "create(d = %u, %s): %s: %.300s", op->d, precision_name(precision), vordec_status_name(status),
                error.message);
  }
  guarded_destroy(&a); /* they are read during create() only */
  guarded_destroy(&z0);
  return rollout;
}

bool roll_advance(struct suite *suite, struct vordec_backend_rollout *rollout, uint32_t steps,
                  struct vordec_rollout_result *result, double *host_ms) {
  struct vordec_error error = {0};
  *result = (struct vordec_rollout_result){.struct_size = sizeof *result};
  const size_t taken = atomic_load(&suite->host.taken);
  const double start = clock_ms();
  const enum vordec_status status = plugin_rollout(suite)->advance(rollout, steps, result, &error);
  *host_ms = clock_ms() - start;
  if (status) {
    plugin_judge_error(suite, "advance", status, &error);
    suite_short(suite, "advance(%u): %s: %.300s", steps, vordec_status_name(status), error.message);
  } else if (atomic_load(&suite->host.taken) != taken) {
    suite_short(suite, "advance() takes memory from the host");
  }
  return status == VORDEC_OK;
}

bool roll_read(struct suite *suite, struct vordec_backend_rollout *rollout, uint32_t d, double *z) {
  struct guarded array;
  struct vordec_error error = {0};
  guarded_create(&array, "z (read)", d * sizeof *z, suite->decodes++ % 2 ? GUARD_AT_START : GUARD_AT_END);
  const enum vordec_status status = plugin_rollout(suite)->read(rollout, array.data, &error);
  memcpy(z, array.data, d * sizeof *z);
  if (status) suite_short(suite, "read(): %s: %.300s", vordec_status_name(status), error.message);
  if (!guarded_surroundings_intact(&array)) suite_short(suite, "read() writes outside of its output");
  guarded_destroy(&array);
  return status == VORDEC_OK;
}
