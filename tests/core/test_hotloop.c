/* SPDX-License-Identifier: MIT */
/* The metrics of a rollout with decodes on the way, above all when they may say gpu_hotloop_active. */
#include "rig.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

struct run {
  struct rig *rig;
  struct vordec_decoder *decoder;
  struct vordec_rollout *rollout;
  struct vordec_metrics *metrics;
  double z[RIG_D];
};

/* decode: the decoder's backend, NULL: no decoder. op: [op] backend, NULL: no rollout. */
static struct run run_start(struct rig *rig, const char *decode, const char *op) {
  struct run run = {.rig = rig};
  double *a = calloc(RIG_D, RIG_D * sizeof *a), *z = rig_states(1);
  assert_non_null(a);
  for (size_t i = 0; i < RIG_D; i++) a[i * (RIG_D + 1)] = 0.5;
  const struct vordec_rollout_desc desc = {.d = RIG_D, .a = a, .z0 = z};
  rig_set(rig, "decode", "backend", decode ? decode : "auto");
  rig_set(rig, "op", "backend", op ? op : "auto");
  rig_runtime(rig);
  if (decode) check_ok(rig_decoder(rig, 1, &run.decoder), &rig->error);
  if (op) check_ok(vordec_rollout_create(rig->runtime, run.decoder, &desc, &run.rollout, &rig->error), &rig->error);
  check_ok(vordec_metrics_create(rig->runtime, rig->layout, run.decoder, run.rollout, &run.metrics, &rig->error),
           &rig->error);
  free(a);
  free(z);
  return run;
}

static void run_end(struct run *run) {
  vordec_metrics_destroy(run->metrics);
  vordec_rollout_destroy(run->rollout);
  vordec_decoder_destroy(run->decoder);
}

/* What a letter stands for. s: a step, p: a decode in place, r: a copy to the host, u: a decode of the last copy, h: a
 * hash, z: the decode of a state that never was on the device. */
static void act(struct run *run, char letter, size_t t) {
  struct vordec_error *error = &run->rig->error;
  struct vordec_decode_report report;
  struct vordec_decode_io io = {.count = 1};
  char digest[33];
  switch (letter) {
  case 's':
    check_ok(vordec_rollout_advance(run->rollout, 1, NULL, error), error);
    return;
  case 'r':
    check_ok(vordec_rollout_read(run->rollout, run->z, error), error);
    return;
  case 'h':
    check_ok(vordec_rollout_hash(run->rollout, digest, error), error);
    check_ok(vordec_metrics_add_state_hash(run->metrics, t, digest, error), error);
    return;
  case 'p':
    io.rollout = run->rollout;
    break;
  default:
    io.z = run->z;
  }
  check_ok(vordec_decode(run->decoder, &io, &report, error), error);
  check_ok(vordec_metrics_add(run->metrics, t, &io, &report, error), error);
}

static void act_all(struct run *run, const char *letters) {
  for (size_t t = 0; letters[t]; t++) act(run, letters[t], t);
}

static cJSON *json_of(const struct run *run) {
  char *text = NULL;
  check_ok(vordec_metrics_json(run->metrics, &text, &run->rig->error), &run->rig->error);
  cJSON *json = cJSON_Parse(text);
  assert_non_null(json);
  vordec_free(text);
  return json;
}

static const cJSON *at(const cJSON *object, const char *key) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
  if (!item) print_error("no key %s\n", key);
  assert_non_null(item);
  return item;
}

/* expected: NULL for null. */
static void check_text(const cJSON *object, const char *key, const char *expected) {
  if (expected) {
    assert_true(cJSON_IsString(at(object, key)));
    assert_string_equal(at(object, key)->valuestring, expected);
  } else {
    assert_true(cJSON_IsNull(at(object, key)));
  }
}

static void check_active(const cJSON *json, bool expected) {
  assert_true(cJSON_IsBool(at(json, "gpu_hotloop_active")));
  assert_int_equal(cJSON_IsTrue(at(json, "gpu_hotloop_active")) != 0, expected);
}

static void check_counts(const cJSON *json, const int expected[4]) {
  static const char *const keys[] = {"host_visits", "hash_readbacks", "states_in_place", "states_uploaded"};
  for (size_t i = 0; i < 4; i++) assert_int_equal((int)at(at(json, "hotloop"), keys[i])->valuedouble, expected[i]);
}

/* Bytes by what was done: the operator and the first state go in, then a state for each letter that takes or brings
 * one. */
static void check_link(const cJSON *json, const char *did) {
  static const char *const none[] = {"sums_out",          "fields_in",         "fields_for_pictures",
                                     "fields_for_files",  "fields_for_hashes", "fields_for_numbers",
                                     "fields_for_others", "fields_for_journal"};
  const cJSON *link = at(at(json, "hotloop"), "link");
  size_t in = 1, out = 0;
  for (const char *letter = did; *letter; letter++) {
    in += *letter == 'u';
    out += *letter == 'r' || *letter == 'h';
  }
  assert_true(at(link, "operators_in")->valuedouble == 8.0 * RIG_D * RIG_D);
  assert_true(at(link, "states_in")->valuedouble == 8.0 * RIG_D * (double)in);
  assert_true(at(link, "states_out")->valuedouble == 8.0 * RIG_D * (double)out);
  for (size_t i = 0; i < sizeof none / sizeof *none; i++) assert_true(at(link, none[i])->valuedouble == 0);
}

/* ---- the claim ----------------------------------------------------------------------------------------------------
 */

static void where_the_state_went(void **state) {
  struct rig *rig = *state;
  static const struct {
    const char *did;
    bool active;
    int counts[4]; /* host visits, hash readbacks, in place, uploaded */
  } rows[] = {
      {"", false, {0, 0, 0, 0}},        {"sss", false, {0, 0, 0, 0}}, /* nothing decoded */
      {"p", false, {0, 0, 1, 0}},                                     /* no step */
      {"spsp", true, {0, 0, 2, 0}},     {"psssp", true, {0, 0, 2, 0}},
      {"shshsphs", true, {0, 3, 1, 0}}, /* a hash computes nothing from its copy */
      {"spspr", true, {0, 0, 2, 0}},    /* the result, fetched at the end */
      {"spsprr", true, {0, 0, 2, 0}},   /* twice */
      {"sprsp", false, {1, 0, 2, 0}},   /* a step follows */
      {"sprp", false, {1, 0, 2, 0}},    /* a decode follows */
      {"rsp", false, {1, 0, 1, 0}},     /* before the first step */
      {"sprrspr", false, {2, 0, 2, 0}}, /* two copies, then one at the end */
      {"sru", false, {0, 0, 0, 1}},     /* decoded from the host alone */
      {"spsru", false, {0, 0, 1, 1}},   /* one of two */
      {"spu", false, {0, 0, 1, 1}},     /* z from elsewhere */
      {"srusrus", false, {2, 0, 0, 2}},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct run run = run_start(rig, "rolls", "auto");
    act_all(&run, rows[i].did);
    cJSON *json = json_of(&run);
    check_active(json, rows[i].active);
    check_counts(json, rows[i].counts);
    check_link(json, rows[i].did);
    cJSON_Delete(json);
    run_end(&run);
  }
}

/* On anything but a GPU that proved both, the same calls claim nothing. */
static void who_did_the_work(void **state) {
  struct rig *rig = *state;
  static const struct {
    const char *decode, *op, *did;
    bool active;
    const char *decode_device, *op_device;
  } rows[] = {
      {"rolls", "auto", "spsp", true, "gpu", "gpu"},
      {"rolls", "rolls", "spsp", true, "gpu", "gpu"},
      {"rolls_no_timestamps", "auto", "spsp", true, "gpu", "gpu"},
      {"cpu", "auto", "spsp", false, "cpu", "cpu"},
      {"rolls_software", "auto", "spsp", false, "cpu", "cpu"},
      {"rolls_no_dispatch", "auto", "spsp", false, "gpu", "unknown"},
      {"rolls_elsewhere", "auto", "spsp", false, "gpu", "unknown"},
      {"rolls_too_long", "auto", "spsp", false, "gpu", "unknown"},
      {"rolls_doubtful", "auto", "spsp", true, "gpu", "gpu"},
      {"ok", "auto", "srusru", false, "gpu", "cpu"},
      {"cpu", "rolls", "srusru", false, "cpu", "gpu"},
      {"rolls", NULL, "zz", false, "gpu", NULL},
      {NULL, "rolls", "ss", false, NULL, "gpu"},
      {NULL, "auto", "ss", false, NULL, "cpu"},
  };
  rig_set(rig, "decode", "policy", "permissive");
  rig_set(rig, "decode", "allow_software_device", "true");
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct run run = run_start(rig, rows[i].decode, rows[i].op);
    act_all(&run, rows[i].did);
    cJSON *json = json_of(&run);
    check_active(json, rows[i].active);
    check_text(json, "decode_device", rows[i].decode_device);
    check_text(json, "op_device", rows[i].op_device);
    assert_int_equal(cJSON_IsNull(at(json, "hotloop")) != 0, rows[i].op == NULL);
    assert_int_equal(cJSON_IsNull(at(json, "plan")) != 0, rows[i].decode == NULL);
    cJSON_Delete(json);
    run_end(&run);
  }
}

/* One call of two steps without evidence, and the claim is gone for good. */
static void a_doubt_stays(void **state) {
  struct rig *rig = *state;
  rig_set(rig, "decode", "policy", "permissive");
  struct run run = run_start(rig, "rolls_doubtful", "auto");
  act_all(&run, "sp");
  check_ok(vordec_rollout_advance(run.rollout, 2, NULL, &rig->error), &rig->error);
  act_all(&run, "sp");
  cJSON *json = json_of(&run);
  check_active(json, false);
  check_text(json, "op_device", "unknown");
  check_text(cJSON_GetArrayItem(at(json, "perf_flags"), 0) ? at(json, "perf_flag_reasons") : json, "EVIDENCE_MISSING",
             "0 of 2 dispatches completed");
  cJSON_Delete(json);
  run_end(&run);
}

/* A call that was refused decoded nothing. */
static void refused_decodes_do_not_count(void **state) {
  struct rig *rig = *state;
  struct run run = run_start(rig, "rolls", "auto");
  act_all(&run, "sp");
  struct vordec_decode_io io = {.count = 1, .z = run.z, .rollout = run.rollout};
  assert_int_equal(vordec_decode(run.decoder, &io, NULL, NULL), VORDEC_E_USAGE);
  io = (struct vordec_decode_io){.count = 2, .rollout = run.rollout};
  assert_int_equal(vordec_decode(run.decoder, &io, NULL, NULL), VORDEC_E_USAGE);
  io = (struct vordec_decode_io){.count = 1, .z = run.z};
  run.z[0] = NAN;
  assert_int_equal(vordec_decode(run.decoder, &io, NULL, NULL), VORDEC_E_INPUT);
  cJSON *json = json_of(&run);
  check_counts(json, (const int[4]){0, 0, 1, 0});
  check_active(json, true);
  cJSON_Delete(json);
  run_end(&run);
}

/* ---- the rest of the object ---------------------------------------------------------------------------------------
 */

static void op_keys(void **state) {
  struct rig *rig = *state;
  static const struct {
    const char *decode, *op, *policy, *used, *reason, *flag; /* reason: a part of it; NULL: null */
  } rows[] = {
      {"cpu", "cpu", "strict", "cpu", NULL, NULL},
      {"rolls", "rolls", "strict", "rolls", NULL, NULL},
      {"rolls", "auto", "strict", "rolls", "auto", NULL},
      {"ok", "auto", "strict", "cpu", "ok: it has no rollout", NULL},
      {"rolls", "ok", "permissive", "cpu", "ok refused (no-interface): it has no rollout", "GPU_ROLLOUT_FALLBACK_CPU"},
      {"rolls", "missing", "permissive", "cpu", "plugin-not-found", "GPU_ROLLOUT_FALLBACK_CPU"},
      {"rolls_no_timestamps", "auto", "strict", "rolls_no_timestamps", "auto", "TIMING_UNAVAILABLE"},
      {NULL, "rolls_no_timestamps", "strict", "rolls_no_timestamps", NULL, "TIMING_UNAVAILABLE"},
      {NULL, "rolls_uuid_lie", "permissive", "rolls_uuid_lie", NULL, "EVIDENCE_MISSING"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    rig_set(rig, "decode", "policy", rows[i].policy);
    struct run run = run_start(rig, rows[i].decode, rows[i].op);
    act(&run, 's', 0);
    cJSON *json = json_of(&run);
    check_text(json, "decode_backend_requested", rows[i].decode);
    check_text(json, "decode_backend_used", rows[i].decode);
    check_text(json, "op_backend_requested", rows[i].op);
    check_text(json, "op_backend_used", rows[i].used);
    if (rows[i].reason) {
      assert_true(cJSON_IsString(at(json, "op_backend_reason")));
      check_line_holds(at(json, "op_backend_reason")->valuestring, rows[i].reason);
    } else {
      check_text(json, "op_backend_reason", NULL);
    }
    if (rows[i].flag) {
      assert_int_equal(cJSON_GetArraySize(at(json, "perf_flags")), 1);
      assert_string_equal(cJSON_GetArrayItem(at(json, "perf_flags"), 0)->valuestring, rows[i].flag);
      assert_true(cJSON_IsString(at(at(json, "perf_flag_reasons"), rows[i].flag)));
    } else {
      assert_null(cJSON_GetObjectItemCaseSensitive(json, "perf_flags"));
    }
    cJSON_Delete(json);
    run_end(&run);
  }
}

static void check_number(const cJSON *json, const char *key, double expected) {
  if (isnan(expected)) {
    check_text(json, key, NULL);
  } else {
    assert_true(cJSON_IsNumber(at(json, key)));
    check_relative(at(json, key)->valuedouble, expected, 1e-14);
  }
}

static void rates(void **state) {
  struct rig *rig = *state;
  static const struct {
    struct vordec_run run;
    double ns_per_step, steps_per_sec;
  } rows[] = {
      {{.steps = 400, .dt = 0.01, .rollout_s = 0.25, .nan_inf_hits = 0}, 625000.0, 1600.0},
      {{.steps = 1, .dt = NAN, .rollout_s = 2e-6, .nan_inf_hits = 1}, 2000.0, 500000.0},
      {{.steps = 0, .dt = NAN, .rollout_s = 0.0, .nan_inf_hits = 0}, NAN, NAN},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct run run = run_start(rig, NULL, "cpu");
    const struct vordec_run *told = &rows[i].run;
    vordec_metrics_set_run(run.metrics, told);
    cJSON *json = json_of(&run);
    check_number(json, "steps", (double)told->steps);
    check_number(json, "dt", told->dt);
    check_number(json, "rollout_s", told->rollout_s);
    check_number(json, "ns_per_step", rows[i].ns_per_step);
    check_number(json, "steps_per_sec", rows[i].steps_per_sec);
    check_number(json, "nan_inf_hits", (double)told->nan_inf_hits);
    check_text(json, "dtype", "float64");
    check_text(at(json, "device"), "type", "host");
    check_number(json, "device_memory_mb", 0.0);
    cJSON_Delete(json);
    run_end(&run);
  }
}

/* On a device of its own: A, and the state before and after a step, in float. */
static void memory_on_the_device(void **state) {
  struct rig *rig = *state;
  struct run run = run_start(rig, NULL, "rolls");
  cJSON *json = json_of(&run);
  check_text(json, "dtype", "float32");
  check_text(at(json, "device"), "name", "Stub Card");
  check_number(json, "device_memory_mb", (RIG_D * RIG_D + 2 * RIG_D) * 4 / 1048576.0);
  cJSON_Delete(json);
  run_end(&run);
}

static void hashes_of_states(void **state) {
  struct rig *rig = *state;
  struct run run = run_start(rig, "rolls", "auto");
  char expected[33];
  act_all(&run, "shshspr");
  cJSON *json = json_of(&run);
  const cJSON *hashes = at(json, "hashes");
  assert_int_equal(cJSON_GetArraySize(hashes), 2);
  for (int i = 0; i < 2; i++) {
    const cJSON *entry = cJSON_GetArrayItem(hashes, i);
    check_number(entry, "t", 1.0 + 2.0 * i);
    check_text(entry, "what", "z");
    /* z(t) = z(3) 2^(3 - t) exactly: A is 1/2 */
    double z[RIG_D];
    for (size_t j = 0; j < RIG_D; j++) z[j] = ldexp(run.z[j], 2 - i);
    vordec_hash(z, sizeof z, expected);
    check_text(entry, "hash", expected);
  }
  cJSON_Delete(json);
  run_end(&run);
}

/* Metrics of nothing, and a decode into metrics that know of no decoder. */
static void misuse(void **state) {
  struct rig *rig = *state;
  struct vordec_metrics *metrics = NULL;
  rig_runtime(rig);
  check_fails(vordec_metrics_create(rig->runtime, rig->layout, NULL, NULL, &metrics, &rig->error), &rig->error,
              VORDEC_E_USAGE, "neither");
  assert_null(metrics);
  struct run run = run_start(rig, NULL, "cpu");
  const struct vordec_decode_io io = {.count = 1, .z = run.z};
  const struct vordec_decode_report report = {.decode_device = "cpu"};
  check_fails(vordec_metrics_add(run.metrics, 0, &io, &report, &rig->error), &rig->error, VORDEC_E_USAGE, "decoder");
  run_end(&run);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(where_the_state_went),         TEST(who_did_the_work), TEST(a_doubt_stays),
      TEST(refused_decodes_do_not_count), TEST(op_keys),          TEST(rates),
      TEST(memory_on_the_device),         TEST(hashes_of_states), TEST(misuse),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
