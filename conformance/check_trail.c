/* SPDX-License-Identifier: MIT */
#include "check_trail.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/policy/evidence.h"
#include "decoded.h"
#include "plugin.h"
#include "stand.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Whether the interface is there to be checked. Where the plugin rolls out one state alone, that is what there is. */
static struct vordec_session *session_that_keeps(struct suite *suite) {
  struct vordec_session *session = plugin_session(suite);
  if (session && !plugin_trail(suite))
    suite_skip(suite, "the plugin has no %s, which is optional", VORDEC_TRAIL_INTERFACE);
  return session && plugin_trail(suite) ? session : NULL;
}

static uint32_t states_of(const struct suite *suite, uint32_t wanted) {
  return plugin_rollout_batch(suite) ? wanted : 1;
}

static bool reserve(const struct stand *stand, uint32_t rows) {
  struct vordec_error error = {0};
  return stand_judge(stand->suite, "reserve()", plugin_trail(stand->suite)->reserve(stand->rollout, rows, &error),
                     &error);
}

static bool walk(const struct stand *stand, uint32_t rows, uint32_t steps, struct vordec_rollout_result *result,
                 double *host_ms) {
  struct vordec_error error = {0};
  *result = (struct vordec_rollout_result){.struct_size = sizeof *result};
  const size_t taken = atomic_load(&stand->suite->host.taken);
  const double start = clock_ms();
  const enum vordec_status status = plugin_trail(stand->suite)->walk(stand->rollout, rows, steps, result, &error);
  *host_ms = clock_ms() - start;
  if (!stand_judge(stand->suite, "walk()", status, &error)) return false;
  if (atomic_load(&stand->suite->host.taken) != taken) suite_short(stand->suite, "walk() takes memory from the host");
  return true;
}

/* `count` of what is held, between guard pages. */
static bool read_held(const struct stand *stand, uint32_t first, uint32_t count, double *z) {
  struct guarded array;
  struct vordec_error error = {0};
  const size_t bytes = (size_t)count * stand->d * sizeof *z;
  guarded_create(&array, "z (read of rows)", bytes, stand->suite->decodes++ % 2 ? GUARD_AT_START : GUARD_AT_END);
  for (size_t i = 0; i < bytes / sizeof *z; i++) ((double *)array.data)[i] = NAN;
  const enum vordec_status status = plugin_trail(stand->suite)->read(stand->rollout, first, count, array.data, &error);
  memcpy(z, array.data, bytes);
  if (!guarded_surroundings_intact(&array)) suite_short(stand->suite, "read() of rows writes outside of its output");
  guarded_destroy(&array);
  return stand_judge(stand->suite, "read() of rows", status, &error);
}

/* ---- rows ---- */

/* What the rollout holds is what `other`, which takes its steps by advance(), has after each row's. */
static bool same_rows(const struct stand *stand, const struct stand *other, uint32_t rows, uint32_t steps) {
  const size_t values = (size_t)stand->states * stand->d;
  double *held = calloc(rows * values, sizeof *held), *z = calloc(values, sizeof *z), host_ms;
  struct vordec_rollout_result result;
  if (!held || !z) abort();
  bool fine = read_held(stand, 0, rows * stand->states, held);
  for (uint32_t row = 0; row < rows && fine; row++) {
    fine = stand_advance(other, steps, &result, &host_ms) && stand_read(other, z);
    if (!fine || memcmp(held + row * values, z, values * sizeof *z) == 0) continue;
    suite_short(stand->suite,
                "row %u of %u, %u state(s) of d = %u, after every %u steps: different bits than step by step", row,
                rows, stand->states, stand->d, steps);
    fine = false;
  }
  if (fine && stand_read(stand, held) && memcmp(held, z, values * sizeof *z) != 0) {
    suite_short(stand->suite, "after a walk read() gives other states than those of the last row");
    fine = false;
  }
  free(held);
  free(z);
  return fine;
}

/* A step more, and what is held is what there is now. */
static bool lets_go(const struct stand *stand, const struct stand *other) {
  const size_t values = (size_t)stand->states * stand->d;
  double *held = calloc(values, sizeof *held), *z = calloc(values, sizeof *z), host_ms;
  struct vordec_rollout_result result;
  if (!held || !z) abort();
  bool fine = stand_advance(stand, 1, &result, &host_ms) && stand_advance(other, 1, &result, &host_ms);
  fine = fine && read_held(stand, 0, stand->states, held) && stand_read(other, z);
  if (fine && memcmp(held, z, values * sizeof *z) != 0) {
    suite_short(stand->suite, "what is held after a walk and a step is not what advance() leaves");
    fine = false;
  }
  free(held);
  free(z);
  return fine;
}

static void judge_rows(struct suite *suite, struct vordec_session *session, uint32_t d, uint32_t states,
                       enum vordec_precision precision) {
  static const struct { uint32_t rows, steps; } walks[] = {{3, 1}, {2, 5}, {1, 2}, {7, 3}, {5, 1}};
  struct batch batch = batch_create(d, states);
  struct stand stand = stand_open(suite, session, &batch, 0, states, precision);
  struct stand other = stand_open(suite, session, &batch, 0, states, precision);
  struct vordec_rollout_result result;
  double host_ms;
  bool fine = stand.rollout && other.rollout && reserve(&stand, 3);
  for (size_t i = 0; i < COUNT(walks) && fine; i++) {
    if (walks[i].rows > 3) fine = reserve(&stand, 7);
    fine = fine && walk(&stand, walks[i].rows, walks[i].steps, &result, &host_ms) &&
           same_rows(&stand, &other, walks[i].rows, walks[i].steps);
  }
  if (fine) lets_go(&stand, &other);
  stand_close(&other);
  stand_close(&stand);
  batch_destroy(&batch);
}

void check_trail_rows(struct suite *suite) {
  static const struct { uint32_t d, states; } sizes[] = {{14, 1}, {63, 5}, {257, 1}, {1, 3}, {330, 9}, {654, 4}};
  enum vordec_precision list[2];
  struct vordec_session *session = session_that_keeps(suite);
  if (!session) return;
  const size_t count = stand_precisions(suite, list);
  for (size_t p = 0; p < count; p++) {
    for (size_t i = 0; i < (suite->options->quick ? 2 : COUNT(sizes)) && !suite_fell_short(suite); i++) {
      judge_rows(suite, session, sizes[i].d, states_of(suite, sizes[i].states), list[p]);
    }
  }
}

/* ---- with decodes ---- */

#define BATCH 4u /* of the plan that decodes */

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
  scene->batch = batch_create(scene->sample.d, states_of(suite, 3));
  for (uint32_t i = 0; i < scene->batch.states; i++) {
    for (size_t j = 0; j < scene->sample.d; j++) {
      scene->batch.z0[i * scene->sample.d + j] = scene->sample.z[j] * (1.0 + 0.25 * i);
    }
  }
  scene->desc = sample_plan(&scene->sample, BATCH, precision, "auto");
  scene->stand = stand_open(suite, session, &scene->batch, 0, scene->batch.states, precision);
  return scene->stand.rollout && plugin_plan(suite, session, &scene->desc, &scene->plan, &info) == VORDEC_OK;
}

static void scene_close(struct scene *scene, struct suite *suite) {
  if (scene->plan) suite->backend->plan_destroy(scene->plan);
  stand_close(&scene->stand);
  batch_destroy(&scene->batch);
  sample_destroy(&scene->sample);
}

/* States first .. first + count - 1 of what is held, in one decode and one by one as they were read. */
static void judge_decode(struct suite *suite, struct scene *scene, uint32_t first, uint32_t count, const double *z) {
  struct decode_request request = {.desc = &scene->desc,
                                   .sample = &scene->sample,
                                   .rollout = scene->stand.rollout,
                                   .rollout_state = first,
                                   .rollout_count = count,
                                   .outputs = ALL_OUTPUTS};
  struct decoded together, alone;
  if (!decoded_make(suite, scene->plan, &request, &together)) return;
  request.rollout = NULL;
  for (uint32_t i = 0; i < count && !suite_fell_short(suite); i++) {
    memcpy(scene->sample.z, z + (size_t)(first + i) * scene->sample.d, scene->sample.d * sizeof *z);
    if (!decoded_make(suite, scene->plan, &request, &alone)) break;
    alone.scalars = NULL; /* sums of their own where the state stays on a device */
    if (!decoded_same(&together, i, &alone, 0)) {
      suite_short(suite,
                  "%s: state %u of what is held, one of %u in a decode, has different bits than when it is handed over",
                  precision_name(scene->desc.precision), first + i, count);
    }
    decoded_destroy(&alone);
  }
  decoded_destroy(&together);
}

static void judge_held(struct suite *suite, struct scene *scene, uint32_t rows) {
  const uint32_t held = rows * scene->batch.states;
  double *z = calloc((size_t)held * scene->sample.d, sizeof *z);
  if (!z) abort();
  if (read_held(&scene->stand, 0, held, z)) {
    for (uint32_t first = 0; first < held && !suite_fell_short(suite); first += BATCH - 1) {
      const uint32_t left = held - first;
      judge_decode(suite, scene, first, left < BATCH ? left : BATCH, z);
    }
  }
  free(z);
}

void check_trail_decode(struct suite *suite) {
  enum vordec_precision list[2];
  struct vordec_session *session = session_that_keeps(suite);
  if (!session) return;
  const size_t count = stand_precisions(suite, list);
  for (size_t p = 0; p < count && !suite_fell_short(suite); p++) {
    struct scene scene;
    struct vordec_rollout_result result;
    double host_ms;
    if (scene_open(&scene, suite, session, list[p])) {
      judge_held(suite, &scene, 1);
      if (reserve(&scene.stand, 3) && walk(&scene.stand, 3, 1, &result, &host_ms)) judge_held(suite, &scene, 3);
    }
    scene_close(&scene, suite);
  }
}

static enum vordec_status decode_some(struct suite *suite, struct scene *scene, uint32_t first, uint32_t count,
                                      struct vordec_error *error) {
  const struct decode_request request = {.desc = &scene->desc,
                                         .sample = &scene->sample,
                                         .rollout = scene->stand.rollout,
                                         .rollout_state = first,
                                         .rollout_count = count,
                                         .outputs = VORDEC_OMEGA_LP};
  struct decoded decoded;
  struct vordec_decode_job job;
  decoded_prepare(suite, &request, &decoded, &job);
  const enum vordec_status status = suite->backend->decode(scene->plan, &job, &decoded.result, error);
  decoded_destroy(&decoded);
  return status;
}

/* Rows that grow until the last ones are beyond what may be decoded. */
void check_trail_not_finite(struct suite *suite) {
  struct vordec_session *session = session_that_keeps(suite);
  if (!session) return;
  struct scene scene;
  struct vordec_error error = {0};
  struct vordec_rollout_result result;
  double host_ms;
  bool opened = scene_open(&scene, suite, session, plugin_precision(suite));
  const bool fp64 = plugin_precision(suite) == VORDEC_FP64;
  const uint32_t states = scene.batch.states, rows = 6, bad_row = fp64 ? 4 : 3;
  stand_close(&scene.stand);
  scene.stand.rollout = NULL;
  for (size_t i = 0; i < (size_t)scene.batch.op.d * scene.batch.op.d; i++) {
    scene.batch.op.a[i] = i % (scene.batch.op.d + 1) ? 0.0 : fp64 ? 1e70 : 1e9;
  }
  if (opened) scene.stand = stand_open(suite, session, &scene.batch, 0, states, plugin_precision(suite));
  opened = opened && scene.stand.rollout && reserve(&scene.stand, rows);
  if (opened && walk(&scene.stand, rows, 1, &result, &host_ms)) {
    const enum vordec_status bad = decode_some(suite, &scene, bad_row * states - 1, 2, &error);
    if (bad) plugin_judge_error(suite, "decode", bad, &error);
    if (bad != VORDEC_E_INPUT) {
      suite_short(suite, "decode() of a state and one behind it that is too large: %s instead of input",
                  vordec_status_name(bad));
    }
    const enum vordec_status good = decode_some(suite, &scene, bad_row * states - 2, 2, &error);
    stand_judge(suite, "decode() of the two before that one", good, &error);
  }
  scene_close(&scene, suite);
}

/* ---- what it shows, and what it needs ---- */

void check_trail_evidence(struct suite *suite) {
  struct vordec_session *session = session_that_keeps(suite);
  if (!session) return;
  struct batch batch = batch_create(90, states_of(suite, 3));
  struct stand stand = stand_open(suite, session, &batch, 0, batch.states, plugin_precision(suite));
  struct vordec_rollout_result result;
  struct evidence_verdict verdict;
  double host_ms;
  if (stand.rollout && reserve(&stand, 5) && walk(&stand, 5, 4, &result, &host_ms)) {
    evidence_judge_rollout(&suite->shared->device, &result, host_ms, &verdict);
    if (!verdict.proven) suite_short(suite, "walk(5 rows of 4 steps): %.400s", verdict.why);
    if (verdict.proven && result.evidence.dispatches_recorded < 20) {
      suite_short(suite, "walk(5 rows of 4 steps) records %llu dispatches, fewer than steps",
                  (unsigned long long)result.evidence.dispatches_recorded);
    }
  }
  stand_close(&stand);
  batch_destroy(&batch);
}

void check_trail_without_memory(struct suite *suite) {
  struct vordec_session *session = session_that_keeps(suite);
  if (!session) return;
  struct batch batch = batch_create(40, states_of(suite, 3));
  size_t number = 0;
  for (bool refused = true; refused && !suite_fell_short(suite);) {
    struct stand stand = stand_open(suite, session, &batch, 0, batch.states, plugin_precision(suite));
    struct vordec_error error = {0};
    struct vordec_rollout_result result;
    double host_ms;
    if (!stand.rollout) break;
    const size_t blocks = atomic_load(&suite->host.blocks);
    counting_host_refuse(&suite->host, ++number, true);
    const enum vordec_status status = plugin_trail(suite)->reserve(stand.rollout, 6, &error);
    refused = atomic_load(&suite->host.refused) > 0;
    counting_host_refuse(&suite->host, 0, false);
    if (status) {
      char what[80];
      snprintf(what, sizeof what, "without allocation %zu and all after it", number);
      plugin_judge_shortage(suite, "reserve", what, status, &error);
      if (atomic_load(&suite->host.blocks) > blocks) suite_short(suite, "a failed reserve() leaves memory behind");
    }
    stand_advance(&stand, 1, &result, &host_ms);
    stand_close(&stand);
    if (status && atomic_load(&suite->host.blocks) >= blocks) suite_short(suite, "destroy() leaves memory behind");
  }
  batch_destroy(&batch);
}
