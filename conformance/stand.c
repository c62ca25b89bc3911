/* SPDX-License-Identifier: MIT */
#include "stand.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "plugin.h"
#include "sample.h"

struct batch batch_create(uint32_t d, uint32_t states) {
  struct batch made = {.op = roll_create(d), .states = states, .z0 = calloc((size_t)states * d, sizeof(double))};
  if (!made.z0) abort();
  for (size_t i = 0; i < (size_t)states * d; i++) made.z0[i] = sample_draw((UINT64_C(1) << 34) + i);
  if (states > 1) memcpy(made.z0 + (size_t)(states - 1) * d, made.z0, d * sizeof *made.z0);
  return made;
}

void batch_destroy(struct batch *made) {
  roll_destroy(&made->op);
  free(made->z0);
}

bool stand_judge(struct suite *suite, const char *slot, enum vordec_status status, const struct vordec_error *error) {
  if (status == VORDEC_OK) return true;
  plugin_judge_error(suite, slot, status, error);
  suite_short(suite, "%s of several states: %s: %.300s", slot, vordec_status_name(status), error->message);
  return false;
}

struct stand stand_open(struct suite *suite, struct vordec_session *session, const struct batch *batch, uint32_t first,
                        uint32_t states, enum vordec_precision precision) {
  const struct vordec_rollout_interface *several = plugin_rollout_batch(suite);
  struct stand made = {suite, several ? several : plugin_rollout(suite), NULL, batch->op.d, states};
  const size_t d = batch->op.d;
  struct guarded a, z0;
  struct vordec_error error = {0};
  guarded_create(&a, "A", d * d * sizeof(double), GUARD_AT_END);
  guarded_create(&z0, "z0", states * d * sizeof(double), GUARD_AT_END);
  memcpy(a.data, batch->op.a, d * d * sizeof(double));
  memcpy(z0.data, batch->z0 + first * d, states * d * sizeof(double));
  guarded_seal(&a);
  guarded_seal(&z0);
  const struct vordec_rollout_setup setup = {.struct_size = sizeof setup,
                                             .d = batch->op.d,
                                             .precision = precision,
                                             .a = a.data,
                                             .z0 = z0.data,
                                             .states = states};
  const enum vordec_status status = made.interface->create(session, &setup, &made.rollout, &error);
  if (!stand_judge(suite, "create()", status, &error)) made.rollout = NULL;
  if (status == VORDEC_OK && !made.rollout) suite_short(suite, "create() returned ok and no rollout");
  guarded_destroy(&a); /* they are read during create() only */
  guarded_destroy(&z0);
  return made;
}

void stand_close(struct stand *stand) {
  stand->interface->destroy(stand->rollout);
}

bool stand_advance(const struct stand *stand, uint32_t steps, struct vordec_rollout_result *result, double *host_ms) {
  struct vordec_error error = {0};
  *result = (struct vordec_rollout_result){.struct_size = sizeof *result};
  const size_t taken = atomic_load(&stand->suite->host.taken);
  const double start = clock_ms();
  const enum vordec_status status = stand->interface->advance(stand->rollout, steps, result, &error);
  *host_ms = clock_ms() - start;
  if (!stand_judge(stand->suite, "advance()", status, &error)) return false;
  if (atomic_load(&stand->suite->host.taken) != taken) {
    suite_short(stand->suite, "advance() of several states takes memory from the host");
  }
  return true;
}

bool stand_read(const struct stand *stand, double *z) {
  struct guarded array;
  struct vordec_error error = {0};
  const size_t bytes = (size_t)stand->states * stand->d * sizeof *z;
  guarded_create(&array, "z (read)", bytes, stand->suite->decodes++ % 2 ? GUARD_AT_START : GUARD_AT_END);
  for (size_t i = 0; i < bytes / sizeof *z; i++) ((double *)array.data)[i] = NAN;
  const enum vordec_status status = stand->interface->read(stand->rollout, array.data, &error);
  memcpy(z, array.data, bytes);
  if (!guarded_surroundings_intact(&array)) suite_short(stand->suite, "read() writes outside of its output");
  guarded_destroy(&array);
  return stand_judge(stand->suite, "read()", status, &error);
}

size_t stand_precisions(const struct suite *suite, enum vordec_precision list[2]) {
  size_t count = 0;
  if (suite->shared->device.capabilities & VORDEC_CAP_FP32) list[count++] = VORDEC_FP32;
  if (suite->shared->device.capabilities & VORDEC_CAP_FP64) list[count++] = VORDEC_FP64;
  return count;
}
