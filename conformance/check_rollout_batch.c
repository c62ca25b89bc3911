/* SPDX-License-Identifier: MIT */
#include "check_rollout_batch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/policy/evidence.h"
#include "decoded.h"
#include "plugin.h"
#include "reference.h"
#include "stand.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Whether the plugin has the interface that is to be checked. */
static struct vordec_session *session_that_rolls(struct suite *suite) {
  struct vordec_session *session = plugin_session(suite);
  if (session && !plugin_rollout_batch(suite))
    suite_skip(suite, "the plugin has no %s, which is optional", VORDEC_ROLLOUT_BATCH_INTERFACE);
  return session && plugin_rollout_batch(suite) ? session : NULL;
}

/* ---- each as alone ---- */

static const uint32_t strides[] = {1, 3, 12};
#define STEPS 16

/* One state of the batch, by the interface for one state where there is one. */
static bool roll_alone(struct suite *suite, struct vordec_session *session, const struct batch *batch, uint32_t state,
                       enum vordec_precision precision, double *z) {
  const uint32_t d = batch->op.d;
  struct vordec_rollout_result result;
  double host_ms;
  bool fine = false;
  if (plugin_rollout(suite)) {
    const struct roll op = {d, batch->op.a, batch->z0 + (size_t)state * d};
    struct vordec_backend_rollout *rollout = roll_start(suite, session, &op, precision, false);
    fine = rollout && roll_advance(suite, rollout, STEPS, &result, &host_ms) && roll_read(suite, rollout, d, z);
    plugin_rollout(suite)->destroy(rollout);
    return fine;
  }
  struct stand one = stand_open(suite, session, batch, state, 1, precision);
  fine = one.rollout && stand_advance(&one, STEPS, &result, &host_ms) && stand_read(&one, z);
  stand_close(&one);
  return fine;
}

/* Without the interface for one state nobody has compared a step with its definition yet. */
static void judge_steps(struct suite *suite, const struct batch *batch, enum vordec_precision precision,
                        const double *z) {
  const uint32_t d = batch->op.d;
  double *expected = calloc(d, sizeof *expected), off = 0.0, size = 0.0;
  if (!expected) abort();
  memcpy(expected, batch->z0, d * sizeof *expected);
  for (int step = 0; step < STEPS; step++) reference_step(d, batch->op.a, expected, VORDEC_FP64, false);
  for (uint32_t i = 0; i < d; i++) {
    off += (z[i] - expected[i]) * (z[i] - expected[i]);
    size += expected[i] * expected[i];
  }
  const double tolerance = (precision == VORDEC_FP64 ? 2.3e-16 : 1.2e-7) * (4.0 + sqrt(d)) * (STEPS + 1);
  if (!(sqrt(off) <= tolerance * sqrt(size))) {
    suite_short(suite, "d = %u, %s: after %d steps the first state is off by %.3g of its size; allowed %.1g", d,
                precision_name(precision), STEPS, sqrt(off / size), tolerance);
  }
  free(expected);
}

static void judge_batch(struct suite *suite, struct vordec_session *session, uint32_t d, uint32_t states,
                        enum vordec_precision precision) {
  struct batch batch = batch_create(d, states);
  struct stand stand = stand_open(suite, session, &batch, 0, states, precision);
  double *z = calloc((size_t)states * d, sizeof *z), *alone = calloc(d, sizeof *alone), host_ms;
  if (!z || !alone) abort();
  struct vordec_rollout_result result;
  bool fine = stand.rollout != NULL;
  for (size_t i = 0; i < COUNT(strides) && fine; i++) fine = stand_advance(&stand, strides[i], &result, &host_ms);
  fine = fine && stand_read(&stand, z);
  if (fine && !plugin_rollout(suite)) judge_steps(suite, &batch, precision, z);
  for (uint32_t i = 0; i < states && fine && !suite_fell_short(suite); i++) {
    fine = roll_alone(suite, session, &batch, i, precision, alone);
    if (!fine || memcmp(z + (size_t)i * d, alone, d * sizeof *z) == 0) continue;
    suite_short(suite, "d = %u, %s: state %u of %u has different bits after %d steps than alone", d,
                precision_name(precision), i, states, STEPS);
  }
  stand_close(&stand);
  free(z);
  free(alone);
  batch_destroy(&batch);
}

void check_rollout_batch(struct suite *suite) {
  static const struct {
    uint32_t d, states;
  } sizes[] = {{14, 5}, {63, 2}, {257, 9}, {1, 3}, {9, 64}, {128, 4}, {330, 33}, {654, 7}};
  enum vordec_precision list[2];
  struct vordec_session *session = session_that_rolls(suite);
  if (!session) return;
  const size_t count = stand_precisions(suite, list);
  for (size_t p = 0; p < count; p++) {
    for (size_t i = 0; i < (suite->options->quick ? 3 : COUNT(sizes)) && !suite_fell_short(suite); i++) {
      judge_batch(suite, session, sizes[i].d, sizes[i].states, list[p]);
    }
  }
  plugin_rollout_batch(suite)->destroy(NULL);
}

/* ---- with decodes ---- */

/* A rollout of states of a sample, and a plan that decodes them. */
struct scene {
  struct sample sample; /* its state is the one to be decoded from the host */
  struct batch batch;
  struct vordec_plan_desc desc;
  struct stand stand;
  struct vordec_plan *plan;
};

static bool scene_open(struct scene *scene, struct suite *suite, struct vordec_session *session,
                       enum vordec_precision precision) {
  struct vordec_plan_info info;
  *scene = (struct scene){.sample = sample_create(&(struct sample_shape){.n = 16, .k_cut = 3, .anchors = 2}, 0, 1)};
  scene->batch = batch_create(scene->sample.d, 6);
  for (uint32_t i = 0; i < scene->batch.states; i++) {
    for (size_t j = 0; j < scene->sample.d; j++) {
      scene->batch.z0[i * scene->sample.d + j] = scene->sample.z[j] * (1.0 + 0.25 * i);
    }
  }
  scene->desc = sample_plan(&scene->sample, 2, precision, "auto");
  scene->stand = stand_open(suite, session, &scene->batch, 0, scene->batch.states, precision);
  return scene->stand.rollout && plugin_plan(suite, session, &scene->desc, &scene->plan, &info) == VORDEC_OK;
}

static void scene_close(struct scene *scene, struct suite *suite) {
  if (scene->plan) suite->backend->plan_destroy(scene->plan);
  stand_close(&scene->stand);
  batch_destroy(&scene->batch);
  sample_destroy(&scene->sample);
}

/* The state that the job names, in place and as it was read. */
static void judge_in_place(struct suite *suite, struct scene *scene, uint32_t state, const double *z) {
  struct decode_request request = {.desc = &scene->desc,
                                   .sample = &scene->sample,
                                   .rollout = scene->stand.rollout,
                                   .rollout_state = state,
                                   .outputs = ALL_OUTPUTS};
  struct decoded in_place, handed;
  if (!decoded_make(suite, scene->plan, &request, &in_place)) return;
  request.rollout = NULL;
  memcpy(scene->sample.z, z + (size_t)state * scene->sample.d, scene->sample.d * sizeof *z);
  if (decoded_make(suite, scene->plan, &request, &handed)) {
    handed.scalars = NULL; /* sums of their own where the state stays on a device */
    if (!decoded_same(&in_place, 0, &handed, 0)) {
      suite_short(suite, "%s: state %u of %u, decoded in place, has different bits than when it is handed over",
                  precision_name(scene->desc.precision), state, scene->batch.states);
    }
    decoded_destroy(&handed);
  }
  decoded_destroy(&in_place);
}

void check_rollout_batch_decode(struct suite *suite) {
  enum vordec_precision list[2];
  struct vordec_session *session = session_that_rolls(suite);
  if (!session) return;
  const size_t count = stand_precisions(suite, list);
  for (size_t p = 0; p < count && !suite_fell_short(suite); p++) {
    struct scene scene;
    struct vordec_rollout_result result;
    double host_ms;
    if (scene_open(&scene, suite, session, list[p]) && stand_advance(&scene.stand, 2, &result, &host_ms)) {
      double *z = calloc((size_t)scene.batch.states * scene.sample.d, sizeof *z);
      if (!z) abort();
      if (stand_read(&scene.stand, z)) {
        static const uint32_t order[] = {3, 0, 5, 2};
        for (size_t i = 0; i < COUNT(order) && !suite_fell_short(suite); i++)
          judge_in_place(suite, &scene, order[i], z);
      }
      free(z);
    }
    scene_close(&scene, suite);
  }
}

static enum vordec_status decode_state(struct suite *suite, struct scene *scene, uint32_t state,
                                       struct vordec_error *error) {
  const struct decode_request request = {.desc = &scene->desc,
                                         .sample = &scene->sample,
                                         .rollout = scene->stand.rollout,
                                         .rollout_state = state,
                                         .outputs = VORDEC_OMEGA_LP};
  struct decoded decoded;
  struct vordec_decode_job job;
  decoded_prepare(suite, &request, &decoded, &job);
  const enum vordec_status status = suite->backend->decode(scene->plan, &job, &decoded.result, error);
  decoded_destroy(&decoded);
  return status;
}

/* One state has grown beyond what may be decoded; the others are decoded as usual. */
void check_rollout_batch_not_finite(struct suite *suite) {
  struct vordec_session *session = session_that_rolls(suite);
  if (!session) return;
  struct scene scene;
  struct vordec_error error = {0};
  const bool opened = scene_open(&scene, suite, session, plugin_precision(suite));
  stand_close(&scene.stand);
  scene.stand.rollout = NULL;
  for (size_t i = 0; i < (size_t)scene.batch.op.d * scene.batch.op.d; i++) {
    scene.batch.op.a[i] = i % (scene.batch.op.d + 1) ? 0.0 : 1e30; /* what is 0 stays 0 */
  }
  for (uint32_t i = 0; i < scene.batch.states; i++) {
    if (i != 2) memset(scene.batch.z0 + (size_t)i * scene.batch.op.d, 0, scene.batch.op.d * sizeof *scene.batch.z0);
  }
  if (opened) {
    struct vordec_rollout_result result;
    double host_ms;
    scene.stand = stand_open(suite, session, &scene.batch, 0, scene.batch.states, plugin_precision(suite));
    if (scene.stand.rollout && stand_advance(&scene.stand, 40, &result, &host_ms)) {
      const enum vordec_status bad = decode_state(suite, &scene, 2, &error);
      if (bad) plugin_judge_error(suite, "decode", bad, &error);
      if (bad != VORDEC_E_INPUT) {
        suite_short(suite, "decode() of a state that is not finite: %s instead of input", vordec_status_name(bad));
      }
      stand_judge(suite, "decode() beside one that is not finite", decode_state(suite, &scene, 1, &error), &error);
    }
  }
  scene_close(&scene, suite);
}

/* ---- what it shows, and what it needs ---- */

void check_rollout_batch_evidence(struct suite *suite) {
  struct vordec_session *session = session_that_rolls(suite);
  if (!session) return;
  struct batch batch = batch_create(90, 7);
  struct stand stand = stand_open(suite, session, &batch, 0, batch.states, plugin_precision(suite));
  for (uint32_t steps = 1; stand.rollout && steps <= 64 && !suite_fell_short(suite); steps *= 8) {
    struct vordec_rollout_result result;
    struct evidence_verdict verdict;
    double host_ms;
    if (!stand_advance(&stand, steps, &result, &host_ms)) break;
    evidence_judge_rollout(&suite->shared->device, &result, host_ms, &verdict);
    if (!verdict.proven) suite_short(suite, "advance(%u) of %u states: %.400s", steps, batch.states, verdict.why);
  }
  stand_close(&stand);
  batch_destroy(&batch);
}

void check_rollout_batch_without_memory(struct suite *suite) {
  struct vordec_session *session = session_that_rolls(suite);
  if (!session) return;
  struct batch batch = batch_create(40, 5);
  const struct vordec_rollout_setup setup = {.struct_size = sizeof setup,
                                             .d = batch.op.d,
                                             .precision = plugin_precision(suite),
                                             .a = batch.op.a,
                                             .z0 = batch.z0,
                                             .states = batch.states};
  struct stand kept = stand_open(suite, session, &batch, 0, batch.states, setup.precision);
  stand_close(&kept); /* whatever the backend keeps is in place by now */
  size_t number = 0;
  for (bool refused = kept.rollout != NULL; refused && !suite_fell_short(suite);) {
    struct vordec_backend_rollout *rollout = NULL;
    struct vordec_error error = {0};
    const size_t blocks = atomic_load(&suite->host.blocks);
    counting_host_refuse(&suite->host, ++number, true);
    const enum vordec_status status = kept.interface->create(session, &setup, &rollout, &error);
    refused = atomic_load(&suite->host.refused) > 0;
    counting_host_refuse(&suite->host, 0, false);
    if (status == VORDEC_OK) {
      kept.interface->destroy(rollout);
    } else {
      char what[80];
      snprintf(what, sizeof what, "without allocation %zu and all after it", number);
      plugin_judge_shortage(suite, "create", what, status, &error);
    }
    if (atomic_load(&suite->host.blocks) > blocks) suite_short(suite, "a failed create() leaves memory behind");
  }
  batch_destroy(&batch);
}
