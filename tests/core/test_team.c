/* SPDX-License-Identifier: MIT */
/* Several devices of one decoder: the same bits as on one, evidence for each, and what becomes of one that is lost. */
#include <cJSON.h>
#include <pthread.h>
#include <stdlib.h>

#include "fields.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
#define COUNT 41 /* states */

/* The last warning; decodes log from several threads. */
struct warnings {
  pthread_mutex_t lock;
  int count;
  char last[VORDEC_MESSAGE_MAX + 64];
};

static void note_warning(void *ctx, enum vordec_log_level level, const char *message) {
  struct warnings *warnings = ctx;
  if (level != VORDEC_LOG_WARNING) return;
  pthread_mutex_lock(&warnings->lock);
  warnings->count++;
  snprintf(warnings->last, sizeof warnings->last, "%s", message);
  pthread_mutex_unlock(&warnings->lock);
}

static struct warnings warnings = {.lock = PTHREAD_MUTEX_INITIALIZER};

static enum vordec_status make(struct rig *rig, const char *backend, const char *devices,
                               struct vordec_decoder **decoder) {
  rig_set(rig, "decode", "backend", backend);
  rig_set(rig, "decode", "precision", "fp64");
  rig_set(rig, "decode", "devices", devices);
  rig_set(rig, "decode", "batch", "2");
  vordec_runtime_destroy(rig->runtime);
  rig->runtime = NULL;
  warnings.count = 0;
  check_ok(vordec_runtime_create(rig->config, note_warning, &warnings, &rig->runtime, &rig->error), &rig->error);
  return rig_decoder(rig, COUNT, decoder);
}

static struct vordec_decoder *must_make(struct rig *rig, const char *backend, const char *devices) {
  struct vordec_decoder *decoder = NULL;
  check_ok(make(rig, backend, devices, &decoder), &rig->error);
  return decoder;
}

static void check_all_fields(const double *z, const struct fields *fields) {
  for (size_t i = 0; i < COUNT; i++) {
    for (size_t j = 0; j < RIG_CELLS; j++) {
      check_near(fields->lp[i * RIG_CELLS + j], fields_direct_sum(z + i * RIG_D, j), 1e-13);
    }
  }
}

static uint64_t states_of(const struct vordec_decoder *decoder) {
  uint64_t all = 0;
  for (size_t i = 0; i < vordec_decoder_devices(decoder); i++) {
    struct vordec_decoder_share share;
    vordec_decoder_get_share(decoder, i, &share);
    all += share.states;
  }
  return all;
}

/* In one call and in pieces, on 1 to 4 devices and on processors that share one: each field as one device makes it. */
static void same_fields(void **state) {
  struct rig *rig = *state;
  static const struct {
    const char *backend, *devices, *device;
    size_t count;
  } rows[] = {{"team", "one", "gpu", 1},        {"team", "all", "gpu", 4}, {"team", "2,0", "gpu", 2},
              {"two_devices", "all", "gpu", 2}, {"cpu", "all", "cpu", 1},  {"cpu", "0,0,0", "cpu", 3}};
  double *z = rig_states(COUNT), *residual = calloc(COUNT, RIG_CELLS * sizeof *residual);
  rig_set(rig, "decode", "share_devices", "true");
  for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
    struct fields whole = fields_make(COUNT), pieces = fields_make(COUNT);
    struct vordec_decoder *decoder = must_make(rig, rows[row].backend, rows[row].devices);
    struct vordec_decode_io io = fields_io(z, COUNT, &whole), again = fields_io(z, COUNT, &pieces);
    struct vordec_decode_report report = {0};
    size_t left = COUNT;
    io.residual = again.residual = residual;
    assert_int_equal(vordec_decoder_devices(decoder), rows[row].count);
    assert_null(vordec_decoder_at(decoder, rows[row].count));
    check_ok(vordec_decode(decoder, &io, &report, &rig->error), &rig->error);
    assert_string_equal(report.decode_device, rows[row].device);
    assert_true(report.total_ms > 0.0 && report.stage_ms[0] > 0.0);
    check_ok(vordec_decode_begin(decoder, &again, &rig->error), &rig->error);
    while (left > 0) check_ok(vordec_decode_piece(decoder, &left, &report, &rig->error), &rig->error);
    check_all_fields(z, &whole);
    assert_memory_equal(whole.lp, pieces.lp, COUNT * RIG_CELLS * sizeof *whole.lp);
    assert_memory_equal(whole.hat, pieces.hat, COUNT * RIG_CELLS * sizeof *whole.hat);
    assert_int_equal(states_of(decoder), 2 * COUNT);
    vordec_decoder_destroy(decoder);
    fields_free(&whole);
    fields_free(&pieces);
  }
  free(z);
  free(residual);
}

/* Which devices there are, and refusals of lists. */
static void lists(void **state) {
  struct rig *rig = *state;
  static const struct {
    const char *backend, *devices, *device, *policy;
    enum vordec_status status;
    const char *words;
  } rows[] = {
      {"team", "0,1,0", "auto", "strict", VORDEC_E_CONFIG, "names device 0 (Stub Card) twice"},
      {"team", "0,5a000000000000000000000000000000", "auto", "permissive", VORDEC_E_CONFIG, "share_devices = true"},
      {"team", "0,7", "auto", "strict", VORDEC_E_REFUSED, "none of its 4 devices matches '7'"},
      {"team", "all", "1", "strict", VORDEC_E_CONFIG, "give one of them"},
      {"team_mixed", "0,1", "auto", "strict", VORDEC_E_REFUSED, "results of one run come from one kind of device"},
  };
  for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
    struct vordec_decoder *decoder = NULL;
    rig_set(rig, "decode", "device", rows[row].device);
    rig_set(rig, "decode", "policy", rows[row].policy);
    assert_int_equal(make(rig, rows[row].backend, rows[row].devices, &decoder), rows[row].status);
    check_line_holds(rig->error.message, rows[row].words);
    assert_null(decoder);
  }
}

/* All of one kind; what the environment hides is not there; a permissive run says that one is missing. */
static void who_takes_part(void **state) {
  struct rig *rig = *state;
  struct vordec_decoder_share share;
  struct vordec_decoder *decoder = must_make(rig, "team_mixed", "all");
  assert_int_equal(vordec_decoder_devices(decoder), 2);
  vordec_decoder_get_share(decoder, 1, &share);
  assert_int_equal(share.device.index, 2);
  assert_null(share.decode_device);
  vordec_decoder_destroy(decoder);

  setenv("CUDA_VISIBLE_DEVICES", "GPU-5a03,GPU-5a010000", 1);
  decoder = must_make(rig, "team", "all");
  unsetenv("CUDA_VISIBLE_DEVICES");
  assert_int_equal(vordec_decoder_devices(decoder), 2);
  vordec_decoder_get_share(decoder, 0, &share);
  assert_int_equal(share.device.index, 1);
  vordec_decoder_get_share(decoder, 1, &share);
  assert_int_equal(share.device.index, 3);
  vordec_decoder_destroy(decoder);

  rig_set(rig, "decode", "policy", "permissive");
  decoder = must_make(rig, "team", "0,7");
  assert_int_equal(vordec_decoder_devices(decoder), 1);
  check_line_holds(warnings.last, "FEWER_DEVICES: device 7 does no work: ");
  vordec_decoder_destroy(decoder);
}

/* The first state that is wrong is named, whoever met it. */
static void bad_states(void **state) {
  struct rig *rig = *state;
  double *z = rig_states(COUNT);
  struct fields fields = fields_make(COUNT);
  struct vordec_decoder *decoder = must_make(rig, "team", "all");
  struct vordec_decode_io io = fields_io(z, COUNT, &fields);
  z[39 * RIG_D] = z[23 * RIG_D + 1] = NAN;
  assert_int_equal(vordec_decode(decoder, &io, NULL, &rig->error), VORDEC_E_INPUT);
  check_line_holds(rig->error.message, "z: state 23, entry 1 ");
  z[39 * RIG_D] = z[23 * RIG_D + 1] = 0.5;
  check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
  check_all_fields(z, &fields);
  vordec_decoder_destroy(decoder);
  fields_free(&fields);
  free(z);
}

/* Strict: the run ends, and says which it was. Permissive: the others do its work, once told, and in later calls. */
static void lost(void **state) {
  struct rig *rig = *state;
  double *z = rig_states(COUNT);
  struct fields fields = fields_make(COUNT);
  struct vordec_decode_io io = fields_io(z, COUNT, &fields);
  struct vordec_decoder_share share;
  struct vordec_decoder *decoder = must_make(rig, "team_loses", "all");
  enum vordec_status status = VORDEC_OK;
  /* Whether it comes to its third batch in the first call is up to the threads. */
  for (int call = 0; call < 1000 && !status; call++) status = vordec_decode(decoder, &io, NULL, &rig->error);
  assert_int_equal(status, VORDEC_E_DEVICE_LOST);
  check_line_holds(rig->error.message, "device 1 (Stub Card): ");
  assert_int_equal(vordec_decode(decoder, &io, NULL, &rig->error), VORDEC_E_DEVICE_LOST);
  vordec_decoder_destroy(decoder);

  rig_set(rig, "decode", "policy", "permissive");
  decoder = must_make(rig, "team_loses", "all");
  for (int call = 0; call < 1000 && warnings.count == 0; call++) {
    struct vordec_decode_report report;
    memset(fields.lp, 0, COUNT * RIG_CELLS * sizeof *fields.lp);
    check_ok(vordec_decode(decoder, &io, &report, &rig->error), &rig->error);
    assert_string_equal(report.decode_device, "gpu");
    check_all_fields(z, &fields);
  }
  check_line_holds(warnings.last, "FEWER_DEVICES: the others did its work: device 1 (Stub Card): ");
  check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
  assert_int_equal(warnings.count, 1);
  vordec_decoder_get_share(decoder, 1, &share);
  assert_true(share.lost && share.states <= 4);
  vordec_decoder_destroy(decoder);
  fields_free(&fields);
  free(z);
}

/* "gpu" is said of all or of none; the metrics tell who did what. */
static void evidence_of_each(void **state) {
  struct rig *rig = *state;
  double *z = rig_states(COUNT);
  struct fields fields = fields_make(COUNT);
  struct vordec_decode_io io = fields_io(z, COUNT, &fields);
  struct vordec_decode_report report = {0};
  struct vordec_metrics *metrics = NULL;
  char *json = NULL;
  rig_set(rig, "decode", "policy", "permissive");
  struct vordec_decoder *decoder = must_make(rig, "team_doubtful", "all");
  check_ok(vordec_metrics_create(rig->runtime, rig->layout, decoder, NULL, &metrics, &rig->error), &rig->error);
  for (int call = 0; call < 1000 && warnings.count == 0; call++) {
    check_ok(vordec_decode(decoder, &io, &report, &rig->error), &rig->error);
  }
  assert_string_equal(report.decode_device, "unknown");
  check_ok(vordec_metrics_add(metrics, 0, &io, &report, &rig->error), &rig->error);
  check_ok(vordec_metrics_json(metrics, &json, &rig->error), &rig->error);
  cJSON *root = cJSON_Parse(json);
  const cJSON *devices = cJSON_GetObjectItem(root, "devices");
  assert_int_equal(cJSON_GetArraySize(devices), 3);
  for (int i = 0; i < 3; i++) {
    const cJSON *one = cJSON_GetArrayItem(devices, i);
    const cJSON *device = cJSON_GetObjectItem(one, "decode_device");
    if (cJSON_GetObjectItem(one, "states")->valueint == 0) continue;
    assert_string_equal(device->valuestring, i == 1 ? "unknown" : "gpu");
  }
  assert_string_equal(cJSON_GetArrayItem(cJSON_GetObjectItem(root, "perf_flags"), 0)->valuestring, "EVIDENCE_MISSING");
  cJSON_Delete(root);
  vordec_free(json);
  vordec_metrics_destroy(metrics);
  vordec_decoder_destroy(decoder);

  rig_set(rig, "decode", "policy", "strict");
  decoder = must_make(rig, "team_doubtful", "all");
  enum vordec_status status = VORDEC_OK;
  for (int call = 0; call < 1000 && !status; call++) status = vordec_decode(decoder, &io, NULL, &rig->error);
  assert_int_equal(status, VORDEC_E_REFUSED);
  assert_int_equal(rig->error.reason, VORDEC_REASON_EVIDENCE);
  vordec_decoder_destroy(decoder);
  fields_free(&fields);
  free(z);
}

/* A rollout and its decodes on each device, at the same time as on the others. */
static void rollouts_of_each(void **state) {
  struct rig *rig = *state;
  rig_set(rig, "op", "dtype", "float64");
  struct vordec_decoder *decoder = must_make(rig, "team", "all");
  for (size_t i = 0; i < vordec_decoder_devices(decoder); i++) {
    struct vordec_decoder *own = vordec_decoder_at(decoder, i);
    struct vordec_rollout *rollout = rig_make_rollout(rig, own);
    struct vordec_rollout_info info;
    struct fields fields = fields_make(1);
    struct vordec_decode_io io = fields_io(NULL, 1, &fields);
    double z[RIG_D];
    vordec_rollout_get(rollout, &info);
    assert_int_equal(info.device.index, i);
    assert_true(vordec_rollout_feeds(rollout, own));
    io.rollout = rollout;
    check_ok(vordec_rollout_advance(rollout, 2, NULL, &rig->error), &rig->error);
    check_ok(vordec_decode(own, &io, NULL, &rig->error), &rig->error);
    check_ok(vordec_rollout_read(rollout, z, &rig->error), &rig->error);
    check_near(fields.lp[3], fields_direct_sum(z, 3), 1e-13);
    vordec_rollout_destroy(rollout);
    fields_free(&fields);
    if (i > 0) vordec_decoder_destroy(own); /* which does nothing */
  }
  assert_int_equal(states_of(decoder), 4);
  vordec_decoder_destroy(decoder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(same_fields),      TEST(lists), TEST(who_takes_part), TEST(bad_states), TEST(lost), TEST(evidence_of_each),
      TEST(rollouts_of_each),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
