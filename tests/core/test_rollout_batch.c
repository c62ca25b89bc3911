/* SPDX-License-Identifier: MIT */
/* Several states that advance together: each as it is alone, decoded where they are, and who cannot do it. */
#include "rig.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
#define STATES 5

static enum vordec_status make(struct rig *rig, struct vordec_decoder *decoder, const double *z0, size_t states,
                               struct vordec_rollout **rollout) {
  double *a = rig_operator(RIG_D);
  const struct vordec_rollout_desc desc = {.d = RIG_D, .a = a, .z0 = z0};
  const enum vordec_status status =
      vordec_rollout_create_batch(rig->runtime, decoder, &desc, states, rollout, &rig->error);
  free(a);
  return status;
}

/* A decoder of batches of two states, and a rollout of all states that it can decode. */
struct scene {
  struct vordec_decoder *decoder;
  struct vordec_rollout *rollout;
  double *z0;
};

static struct scene scene_open(struct rig *rig) {
  struct scene scene = {.decoder = rig_decoder_on(rig, "cpu", 2), .z0 = rig_states(STATES)};
  check_ok(make(rig, scene.decoder, scene.z0, STATES, &scene.rollout), &rig->error);
  assert_int_equal(vordec_rollout_states(scene.rollout), STATES);
  return scene;
}

static void scene_close(struct scene *scene) {
  vordec_rollout_destroy(scene->rollout);
  vordec_decoder_destroy(scene->decoder);
  free(scene->z0);
}

static void each_as_alone(void **state) {
  struct rig *rig = *state;
  static const char *const settings[][2] = {
      {"float64", "false"}, {"float32", "false"}, {"float64", "true"}, {"float32", "true"}};
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
    double z[STATES][RIG_D], alone[RIG_D];
    char digest[33], expected[33];
    rig_set(rig, "op", "dtype", settings[i][0]);
    rig_set(rig, "op", "deterministic", settings[i][1]);
    struct scene scene = scene_open(rig);
    check_ok(vordec_rollout_advance(scene.rollout, 7, NULL, &rig->error), &rig->error);
    check_ok(vordec_rollout_advance(scene.rollout, 1, NULL, &rig->error), &rig->error);
    check_ok(vordec_rollout_read(scene.rollout, *z, &rig->error), &rig->error);
    check_ok(vordec_rollout_hash(scene.rollout, digest, &rig->error), &rig->error);
    vordec_hash(z, sizeof z, expected);
    assert_string_equal(digest, expected);
    for (size_t s = 0; s < STATES; s++) {
      struct vordec_rollout *one = NULL;
      check_ok(make(rig, NULL, scene.z0 + s * RIG_D, 1, &one), &rig->error);
      assert_int_equal(vordec_rollout_states(one), 1);
      check_ok(vordec_rollout_advance(one, 8, NULL, &rig->error), &rig->error);
      check_ok(vordec_rollout_read(one, alone, &rig->error), &rig->error);
      assert_memory_equal(z[s], alone, sizeof alone);
      vordec_rollout_destroy(one);
    }
    scene_close(&scene);
  }
}

static void decoded_where_they_are(void **state) {
  struct rig *rig = *state;
  struct scene scene = scene_open(rig);
  static double z[STATES][RIG_D], whole[STATES][RIG_CELLS], pieces[STATES][RIG_CELLS], handed[STATES][RIG_CELLS];
  size_t left = 1;
  check_ok(vordec_rollout_advance(scene.rollout, 3, NULL, &rig->error), &rig->error);
  check_ok(vordec_rollout_read(scene.rollout, *z, &rig->error), &rig->error);
  struct vordec_decode_io io = {.count = STATES, .rollout = scene.rollout, .omega_lp = whole};
  check_ok(vordec_decode(scene.decoder, &io, NULL, &rig->error), &rig->error);
  io.omega_lp = pieces;
  check_ok(vordec_decode_begin(scene.decoder, &io, &rig->error), &rig->error);
  while (left > 0) check_ok(vordec_decode_piece(scene.decoder, &left, NULL, &rig->error), &rig->error);
  io = (struct vordec_decode_io){.count = STATES, .z = *z, .omega_lp = handed};
  check_ok(vordec_decode(scene.decoder, &io, NULL, &rig->error), &rig->error);
  assert_memory_equal(whole, handed, sizeof handed);
  assert_memory_equal(pieces, handed, sizeof handed);
  assert_memory_not_equal(handed[0], handed[STATES - 1], sizeof *handed);
  io = (struct vordec_decode_io){.count = 1, .rollout = scene.rollout};
  check_fails(vordec_decode(scene.decoder, &io, NULL, &rig->error), &rig->error, VORDEC_E_USAGE,
              "count is 1, but the rollout holds 5 state(s)");
  io.count = STATES;
  check_fails(vordec_decoder_submit(scene.decoder, &io, &rig->error), &rig->error, VORDEC_E_USAGE,
              "decode them in one call");
  scene_close(&scene);
}

/* Rows of a walk have the bits of steps, and so have decodes of all of them at once. */
static void walked_as_stepped(void **state) {
  struct rig *rig = *state;
  struct scene scene = scene_open(rig);
  struct vordec_rollout *other = NULL;
  static double rows[3][STATES][RIG_D], z[STATES][RIG_D];
  static double together[3][STATES][RIG_CELLS], handed[STATES][RIG_CELLS];
  const struct vordec_decode_io io = {.count = 3 * STATES, .rollout = scene.rollout, .omega_lp = together};
  check_ok(make(rig, scene.decoder, scene.z0, STATES, &other), &rig->error);
  check_fails(vordec_rollout_walk(scene.rollout, 3, 2, NULL, &rig->error), &rig->error, VORDEC_E_USAGE,
              "there is room for 1 row(s), not for 3");
  check_fails(vordec_rollout_reserve(scene.rollout, 0, &rig->error), &rig->error, VORDEC_E_USAGE, "0 rows of 5");
  check_ok(vordec_rollout_reserve(scene.rollout, 3, &rig->error), &rig->error);
  check_fails(vordec_rollout_walk(scene.rollout, 3, 0, NULL, &rig->error), &rig->error, VORDEC_E_USAGE, "3 rows of 0");
  check_ok(vordec_rollout_walk(scene.rollout, 3, 2, NULL, &rig->error), &rig->error);
  assert_int_equal(vordec_rollout_rows(scene.rollout), 3);
  check_ok(vordec_rollout_read_rows(scene.rollout, **rows, &rig->error), &rig->error);
  check_ok(vordec_decode(scene.decoder, &io, NULL, &rig->error), &rig->error);
  for (int row = 0; row < 3; row++) {
    const struct vordec_decode_io alone = {.count = STATES, .z = *z, .omega_lp = handed};
    check_ok(vordec_rollout_advance(other, 2, NULL, &rig->error), &rig->error);
    check_ok(vordec_rollout_read(other, *z, &rig->error), &rig->error);
    check_ok(vordec_decode(scene.decoder, &alone, NULL, &rig->error), &rig->error);
    assert_memory_equal(rows[row], z, sizeof z);
    assert_memory_equal(together[row], handed, sizeof handed);
  }
  check_ok(vordec_rollout_advance(scene.rollout, 1, NULL, &rig->error), &rig->error);
  assert_int_equal(vordec_rollout_rows(scene.rollout), 1);
  check_fails(vordec_decode(scene.decoder, &io, NULL, &rig->error), &rig->error, VORDEC_E_USAGE,
              "count is 15, but the rollout holds 5 state(s)");
  vordec_rollout_destroy(other);
  scene_close(&scene);
}

static const cJSON *entry(const cJSON *json, const char *list, int i) {
  return cJSON_GetArrayItem(cJSON_GetObjectItem(json, list), i);
}

static double number(const cJSON *item, const char *key) {
  return cJSON_GetNumberValue(cJSON_GetObjectItem(item, key));
}

static void metrics_tell_states(void **state) {
  struct rig *rig = *state;
  static struct vordec_scalars scalars[STATES];
  static double field[STATES][RIG_CELLS];
  rig_set(rig, "metrics", "hash", "omega_lp");
  struct scene scene = scene_open(rig);
  struct vordec_metrics *metrics = NULL;
  struct vordec_decode_report report;
  char *text = NULL;
  const struct vordec_decode_io io = {.count = STATES, .rollout = scene.rollout, .omega_lp = field, .scalars = scalars};
  check_ok(vordec_metrics_create(rig->runtime, rig->layout, scene.decoder, scene.rollout, &metrics, &rig->error),
           &rig->error);
  check_ok(vordec_decode(scene.decoder, &io, &report, &rig->error), &rig->error);
  check_ok(vordec_metrics_add(metrics, 40, &io, &report, &rig->error), &rig->error);
  check_ok(vordec_metrics_json(metrics, &text, &rig->error), &rig->error);
  cJSON *json = cJSON_Parse(text);
  assert_int_equal((int)number(json, "op_states"), STATES);
  for (int i = 0; i < STATES; i++) {
    static const char *const lists[] = {"decode_metrics", "hashes"};
    for (int l = 0; l < 2; l++) {
      assert_int_equal((int)number(entry(json, lists[l], i), "t"), 40);
      assert_int_equal((int)number(entry(json, lists[l], i), "state"), i);
    }
  }
  assert_null(entry(json, "decode_metrics", STATES));
  assert_int_equal((int)number(cJSON_GetObjectItem(json, "hotloop"), "states_in_place"), STATES);
  cJSON_Delete(json);
  vordec_free(text);
  vordec_metrics_destroy(metrics);
  scene_close(&scene);
}

static void metrics_tell_rows(void **state) {
  struct rig *rig = *state;
  static double field[3 * STATES][RIG_CELLS];
  rig_set(rig, "metrics", "hash", "omega_lp");
  struct scene scene = scene_open(rig);
  struct vordec_metrics *metrics = NULL;
  struct vordec_decode_report report;
  char *text = NULL;
  const struct vordec_decode_io io = {.count = 3 * STATES, .rollout = scene.rollout, .omega_lp = field};
  check_ok(vordec_metrics_create(rig->runtime, rig->layout, scene.decoder, scene.rollout, &metrics, &rig->error),
           &rig->error);
  check_ok(vordec_rollout_reserve(scene.rollout, 3, &rig->error), &rig->error);
  check_ok(vordec_rollout_walk(scene.rollout, 3, 2, NULL, &rig->error), &rig->error);
  check_ok(vordec_decode(scene.decoder, &io, &report, &rig->error), &rig->error);
  check_ok(vordec_metrics_add(metrics, 42, &io, &report, &rig->error), &rig->error);
  check_ok(vordec_metrics_json(metrics, &text, &rig->error), &rig->error);
  cJSON *json = cJSON_Parse(text);
  for (int i = 0; i < 3 * STATES; i++) {
    assert_int_equal((int)number(entry(json, "hashes", i), "t"), 42 + i / STATES * 2);
    assert_int_equal((int)number(entry(json, "hashes", i), "state"), i % STATES);
  }
  assert_int_equal((int)number(cJSON_GetObjectItem(json, "hotloop"), "states_in_place"), 3 * STATES);
  cJSON_Delete(json);
  vordec_free(text);
  vordec_metrics_destroy(metrics);
  scene_close(&scene);
}

/* Of many states in a decode: which one at which step. */
static void the_refused_one_is_named(void **state) {
  struct rig *rig = *state;
  struct scene scene = scene_open(rig);
  static double a[RIG_D * RIG_D], z0[STATES * RIG_D], field[3 * STATES][RIG_CELLS];
  struct vordec_rollout *grows = NULL;
  const struct vordec_rollout_desc desc = {.d = RIG_D, .a = a, .z0 = z0};
  for (size_t i = 0; i < RIG_D; i++) a[i * (RIG_D + 1)] = 1e200;
  z0[3 * RIG_D] = 1.0;
  check_ok(vordec_rollout_create_batch(rig->runtime, scene.decoder, &desc, STATES, &grows, &rig->error), &rig->error);
  check_ok(vordec_rollout_reserve(grows, 3, &rig->error), &rig->error);
  check_ok(vordec_rollout_walk(grows, 3, 1, NULL, &rig->error), &rig->error);
  const struct vordec_decode_io io = {.count = 3 * STATES, .rollout = grows, .omega_lp = field};
  check_fails(vordec_decode(scene.decoder, &io, NULL, &rig->error), &rig->error, VORDEC_E_INPUT,
              "step 2: z: state 3, entry 0 (Re low) is infinite");
  vordec_rollout_destroy(grows);
  scene_close(&scene);
}

static void what_is_refused(void **state) {
  struct rig *rig = *state;
  double *z0 = rig_states(STATES);
  struct vordec_rollout *rollout = NULL;
  rig_runtime(rig);
  check_fails(make(rig, NULL, z0, 0, &rollout), &rig->error, VORDEC_E_INPUT, "0 states are out of range");
  check_fails(make(rig, NULL, z0, 65537, &rollout), &rig->error, VORDEC_E_INPUT, "65537 states are out of range");
  z0[2 * RIG_D + 3] = 1e300;
  rig_set(rig, "op", "dtype", "float32");
  rig_runtime(rig);
  check_fails(make(rig, NULL, z0, STATES, &rollout), &rig->error, VORDEC_E_INPUT, "state 2, entry 3 is beyond float32");
  z0[2 * RIG_D + 3] = INFINITY;
  check_fails(make(rig, NULL, z0, STATES, &rollout), &rig->error, VORDEC_E_INPUT, "state 2, entry 3 is infinite");
  assert_null(rollout);
  free(z0);
}

/* A backend that advances one state at a time. */
static void a_backend_of_one_state(void **state) {
  struct rig *rig = *state;
  double *z0 = rig_states(STATES);
  struct vordec_rollout *rollout = NULL;
  rig_set(rig, "op", "backend", "rolls");
  rig_runtime(rig);
  check_fails(make(rig, NULL, z0, STATES, &rollout), &rig->error, VORDEC_E_REFUSED,
              "(no-interface): it has no rollout of several states");
  check_ok(make(rig, NULL, z0, 1, &rollout), &rig->error);
  check_fails(vordec_rollout_reserve(rollout, 2, &rig->error), &rig->error, VORDEC_E_UNSUPPORTED,
              "backend 'rolls' cannot keep the states of a rollout's steps (vordec.trail/1)");
  check_ok(vordec_rollout_reserve(rollout, 1, &rig->error), &rig->error);
  check_ok(vordec_rollout_walk(rollout, 1, 3, NULL, &rig->error), &rig->error);
  vordec_rollout_destroy(rollout);
  rig_set(rig, "op", "backend", "auto");
  rig_runtime(rig);
  struct vordec_decoder *decoder = rig_make_decoder(rig, "rolls", "auto");
  struct vordec_rollout_info info;
  check_ok(make(rig, decoder, z0, STATES, &rollout), &rig->error);
  vordec_rollout_get(rollout, &info);
  assert_string_equal(info.backend_used, "cpu");
  assert_false(vordec_rollout_feeds(rollout, decoder));
  vordec_rollout_destroy(rollout);
  vordec_decoder_destroy(decoder);
  free(z0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(each_as_alone),     TEST(decoded_where_they_are),   TEST(metrics_tell_states), TEST(walked_as_stepped),
      TEST(metrics_tell_rows), TEST(the_refused_one_is_named), TEST(what_is_refused),     TEST(a_backend_of_one_state),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
