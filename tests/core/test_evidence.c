/* SPDX-License-Identifier: MIT */
/* What evidence_judge() lets a decode claim, one thing wrong at a time. */
#include "check.h"

#include <vordec/backend.h>

#include "core/policy/evidence.h"

#define HOST_MS 2.0

struct rig {
  struct vordec_device probed;
  struct vordec_decode_result result;
};

/* A GPU and a decode that shows everything. */
static struct rig proven_gpu(enum vordec_device_type type) {
  struct rig rig = {
      .probed = {.type = type, .name = "Card", .driver = "driver 1.2", .uuid = {1, 2, 3}},
      .result = {.stage_ms = {0.1, 0.2, 0.3, 0.0, 0.4},
                 .evidence = {.type = type,
                              .name = "Card",
                              .driver = "driver 1.2",
                              .uuid = {1, 2, 3},
                              .dispatches_recorded = 7,
                              .dispatches_completed = 7,
                              .device_timestamps = true}},
  };
  return rig;
}

static struct evidence_verdict judge(const struct rig *rig) {
  struct evidence_verdict verdict;
  memset(&verdict, 0xa5, sizeof verdict);
  evidence_judge(&rig->probed, &rig->result, HOST_MS, &verdict);
  return verdict;
}

static void check_unproven(const struct rig *rig, const char *why) {
  const struct evidence_verdict verdict = judge(rig);
  assert_false(verdict.proven);
  assert_string_equal(verdict.decode_device, "unknown");
  check_line_holds(verdict.why, why);
}

static void check_proven(const struct rig *rig, const char *device, bool timing_unavailable) {
  const struct evidence_verdict verdict = judge(rig);
  assert_string_equal(verdict.why, "");
  assert_true(verdict.proven);
  assert_string_equal(verdict.decode_device, device);
  assert_int_equal(verdict.timing_unavailable, timing_unavailable);
}

static void the_type_decides_the_claim(void **state) {
  (void)state;
  static const struct {
    enum vordec_device_type type;
    const char *device;
  } rows[] = {
      {VORDEC_DEVICE_HOST, "cpu"},
      {VORDEC_DEVICE_SOFTWARE, "cpu"},
      {VORDEC_DEVICE_INTEGRATED, "gpu"},
      {VORDEC_DEVICE_DISCRETE, "gpu"},
      {VORDEC_DEVICE_VIRTUAL, "gpu"},
      {VORDEC_DEVICE_OTHER, "unknown"},
      {(enum vordec_device_type)77, "unknown"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct rig rig = proven_gpu(rows[i].type);
    check_proven(&rig, rows[i].device, false);
  }
}

static void identity(void **state) {
  (void)state;
  struct rig rig = proven_gpu(VORDEC_DEVICE_DISCRETE);
  rig.result.evidence.type = VORDEC_DEVICE_INTEGRATED;
  check_unproven(&rig, "type integrated, but probing reported discrete");

  /* a software device may not pass for a GPU, nor the other way round */
  rig = proven_gpu(VORDEC_DEVICE_SOFTWARE);
  rig.result.evidence.type = VORDEC_DEVICE_DISCRETE;
  check_unproven(&rig, "type discrete, but probing reported software");
  rig = proven_gpu(VORDEC_DEVICE_HOST);
  rig.result.evidence.type = VORDEC_DEVICE_DISCRETE;
  check_unproven(&rig, "type discrete, but probing reported host");

  rig = proven_gpu(VORDEC_DEVICE_DISCRETE);
  rig.result.evidence.name[0] = 'B';
  check_unproven(&rig, "'Bard', but probing reported 'Card'");

  rig = proven_gpu(VORDEC_DEVICE_DISCRETE);
  rig.result.evidence.name[0] = '\0';
  check_unproven(&rig, "probing reported 'Card'");

  rig = proven_gpu(VORDEC_DEVICE_DISCRETE);
  memset(rig.result.evidence.name, 'C', sizeof rig.result.evidence.name); /* not even terminated */
  check_unproven(&rig, "probing reported 'Card'");

  rig = proven_gpu(VORDEC_DEVICE_DISCRETE);
  rig.result.evidence.driver[7] = '2';
  check_unproven(&rig, "'driver 2.2', but probing reported 'driver 1.2'");

  rig = proven_gpu(VORDEC_DEVICE_DISCRETE);
  rig.result.evidence.uuid[15] = 1;
  check_unproven(&rig, "UUID");
}

static void dispatches(void **state) {
  (void)state;
  static const struct {
    uint64_t recorded, completed;
    const char *why;
  } rows[] = {{0, 0, "no dispatch was recorded"},
              {0, 7, "no dispatch was recorded"},
              {7, 6, "6 of 7 dispatches completed"},
              {7, 0, "0 of 7 dispatches completed"},
              {7, 8, "8 of 7 dispatches completed"}};
  static const enum vordec_device_type types[] = {VORDEC_DEVICE_DISCRETE, VORDEC_DEVICE_HOST};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    for (size_t j = 0; j < 2; j++) {
      struct rig rig = proven_gpu(types[j]);
      rig.result.evidence.dispatches_recorded = rows[i].recorded;
      rig.result.evidence.dispatches_completed = rows[i].completed;
      check_unproven(&rig, rows[i].why);
    }
  }
}

static void stage_times(void **state) {
  (void)state;
  static const struct {
    double ms[VORDEC_STAGE_COUNT];
    const char *why; /* NULL: fine */
  } rows[] = {
      {{0, 0, 0, 0, 0}, "took 0 ms in all"},
      {{1, 1, 0, 0, 0.001}, "took 2.001 ms in all, but the call took 2 ms"},
      {{1, 0.5, 0.25, 0.25, 0}, NULL}, /* the whole call */
      {{0, 0, 1e-9, 0, 0}, NULL},
      {{0, -0.1, 1, 0, 0}, "took -0.1 ms"},
      {{-1, -1, -1, 4, 0}, "took -1 ms"},
      {{0.1, 0.1, NAN, 0, 0}, "took nan ms"},
      {{0.1, 0.1, 0.1, -NAN, 0}, "took"},
      {{INFINITY, 0, 0, 0, 0}, "took inf ms in all"},
      {{INFINITY, 0, 0, 0, -INFINITY}, "took -inf ms"},
      {{1e308, 1e308, 0, 0, 0}, "took inf ms in all"},
  };
  static const enum vordec_device_type types[] = {VORDEC_DEVICE_DISCRETE, VORDEC_DEVICE_SOFTWARE, VORDEC_DEVICE_HOST};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    for (size_t j = 0; j < sizeof types / sizeof *types; j++) {
      struct rig rig = proven_gpu(types[j]);
      memcpy(rig.result.stage_ms, rows[i].ms, sizeof rows[i].ms);
      if (rows[i].why) {
        check_unproven(&rig, rows[i].why);
      } else {
        check_proven(&rig, j == 0 ? "gpu" : "cpu", false);
      }
    }
  }
}

/* A queue without timestamps lacks that one proof only; a host backend needs none. */
static void without_timestamps(void **state) {
  (void)state;
  struct rig rig = proven_gpu(VORDEC_DEVICE_DISCRETE);
  rig.result.evidence.device_timestamps = false;
  check_proven(&rig, "gpu", true);
  memset(rig.result.stage_ms, 0, sizeof rig.result.stage_ms);
  check_proven(&rig, "gpu", true);
  rig.result.evidence.dispatches_completed--;
  check_unproven(&rig, "6 of 7");

  rig = proven_gpu(VORDEC_DEVICE_SOFTWARE);
  rig.result.evidence.device_timestamps = false;
  check_proven(&rig, "cpu", true);

  rig = proven_gpu(VORDEC_DEVICE_HOST);
  rig.result.evidence.device_timestamps = false;
  check_proven(&rig, "cpu", false);
  memset(rig.result.stage_ms, 0, sizeof rig.result.stage_ms);
  check_unproven(&rig, "took 0 ms in all");
}

/* Times that cannot be are told by no clock, and a clock that was promised is used. */
static void other_clocks(void **state) {
  (void)state;
  static const double bad[] = {-5.0, 1e9, NAN, INFINITY};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct rig rig = proven_gpu(VORDEC_DEVICE_DISCRETE);
    rig.result.evidence.device_timestamps = false;
    rig.result.stage_ms[1] = bad[i];
    check_unproven(&rig, "ms");
    assert_false(judge(&rig).timed);
    assert_false(judge(&rig).timing_unavailable);
  }
  static const enum vordec_device_type types[] = {VORDEC_DEVICE_DISCRETE, VORDEC_DEVICE_SOFTWARE, VORDEC_DEVICE_HOST};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    struct rig rig = proven_gpu(types[i]);
    rig.probed.capabilities = VORDEC_CAP_TIMESTAMPS;
    check_proven(&rig, i == 0 ? "gpu" : "cpu", false);
    assert_true(judge(&rig).timed);
    rig.result.evidence.device_timestamps = false;
    check_unproven(&rig, "promised");
    assert_false(judge(&rig).timed);
  }
}

/* The same for the steps of a rollout, which tell one time for all. */
static void rollouts(void **state) {
  (void)state;
  static const struct {
    double ms;
    bool proven;
  } rows[] = {{1.0, true}, {HOST_MS, true}, {2.001, false}, {0.0, false}, {-1.0, false}, {NAN, false}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct rig rig = proven_gpu(VORDEC_DEVICE_DISCRETE);
    struct vordec_rollout_result result = {.device_ms = rows[i].ms, .evidence = rig.result.evidence};
    struct evidence_verdict verdict;
    evidence_judge_rollout(&rig.probed, &result, HOST_MS, &verdict);
    assert_int_equal(verdict.proven, rows[i].proven);
    assert_string_equal(verdict.decode_device, rows[i].proven ? "gpu" : "unknown");
    result.evidence.dispatches_completed--;
    evidence_judge_rollout(&rig.probed, &result, HOST_MS, &verdict);
    assert_false(verdict.proven);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(the_type_decides_the_claim),
                                     cmocka_unit_test(identity),
                                     cmocka_unit_test(dispatches),
                                     cmocka_unit_test(stage_times),
                                     cmocka_unit_test(without_timestamps),
                                     cmocka_unit_test(other_clocks),
                                     cmocka_unit_test(rollouts)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
