/* SPDX-License-Identifier: MIT */
/* The metrics JSON: what it holds for known reports, with and without flags. */
#include "rig.h"

#include <cjson/cJSON.h>
#include <float.h>
#include <stdlib.h>
#include <unistd.h>

#include "files.h"

static const cJSON *at(const cJSON *object, const char *key) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
  if (!item) print_error("no key %s\n", key);
  assert_non_null(item);
  return item;
}

static double number(const cJSON *object, const char *key) {
  const cJSON *item = at(object, key);
  assert_true(cJSON_IsNumber(item));
  return item->valuedouble;
}

static void check_text(const cJSON *object, const char *key, const char *expected) {
  if (expected) {
    assert_true(cJSON_IsString(at(object, key)));
    assert_string_equal(at(object, key)->valuestring, expected);
  } else {
    assert_true(cJSON_IsNull(at(object, key)));
  }
}

struct run {
  struct vordec_decoder *decoder;
  struct vordec_metrics *metrics;
  double *z, lp[2 * RIG_CELLS], hat[2 * RIG_CELLS];
  int8_t mask[2 * RIG_CELLS];
  struct vordec_scalars scalars[2];
  struct vordec_decode_io io;
  struct vordec_decode_report report;
};

static void run_start(struct rig *rig, struct run *run, const char *backend) {
  memset(run, 0, sizeof *run);
  rig_set(rig, "decode", "backend", backend);
  rig_set(rig, "decode", "precision", "fp64");
  rig_runtime(rig);
  check_ok(rig_decoder(rig, 2, &run->decoder), &rig->error);
  check_ok(vordec_metrics_create(rig->runtime, rig->layout, run->decoder, NULL, &run->metrics, &rig->error),
           &rig->error);
  run->z = rig_states(2);
  run->io = (struct vordec_decode_io){
      .count = 2, .z = run->z, .omega_lp = run->lp, .mask = run->mask, .omega_hat = run->hat, .scalars = run->scalars};
  check_ok(vordec_decode(run->decoder, &run->io, &run->report, &rig->error), &rig->error);
}

static void run_end(struct run *run) {
  vordec_metrics_destroy(run->metrics);
  vordec_decoder_destroy(run->decoder);
  free(run->z);
}

static cJSON *json_of(struct rig *rig, const struct run *run) {
  char *text = NULL;
  check_ok(vordec_metrics_json(run->metrics, &text, &rig->error), &rig->error);
  const size_t length = strlen(text);
  assert_true(length > 2 && text[length - 1] == '\n' && text[length - 2] == '}');
  cJSON *json = cJSON_Parse(text);
  assert_non_null(json);
  vordec_free(text);
  return json;
}

/* ---- a run on the cpu ---------------------------------------------------------------------------------------------
 */

static void check_run(const cJSON *json) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, end = 0;
  const char *when = at(json, "run_ts")->valuestring;
  assert_int_equal(sscanf(when, "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &year, &month, &day, &hour, &minute, &second, &end), 6);
  assert_true(year >= 2024 && end == 20 && when[20] == '\0');
  check_text(json, "vordec_version", vordec_version());
  check_text(json, "git_describe", vordec_git_describe());
  check_near(number(json, "N"), RIG_N, 0);
  check_near(number(json, "D"), RIG_D, 0);
  check_near(number(json, "M"), RIG_M, 0);
  check_text(json, "dtype", "float64");
  check_text(json, "policy", "strict");
  check_text(json, "observer", "snapshots");
  check_text(json, "decode_backend_requested", "cpu");
  check_text(json, "decode_backend_used", "cpu");
  check_text(json, "decode_device", "cpu");
  check_text(json, "fft_backend_requested", "auto");
  assert_true(cJSON_IsString(at(json, "fft_backend_used")));
  assert_true(cJSON_IsFalse(at(json, "gpu_hotloop_active")));
  check_text(at(json, "device"), "type", "host");
  check_near(number(json, "nan_inf_hits"), 0, 0);
  assert_true(number(json, "rss_max_mb") > 1.0);
  static const char *const unused[] = {"decode_backend_reason",
                                       "op_backend_requested",
                                       "op_backend_used",
                                       "op_backend_reason",
                                       "op_device",
                                       "steps",
                                       "dt",
                                       "rollout_s",
                                       "ns_per_step",
                                       "steps_per_sec"};
  for (size_t i = 0; i < sizeof unused / sizeof *unused; i++) check_text(json, unused[i], NULL);
  assert_null(cJSON_GetObjectItemCaseSensitive(json, "perf_flags"));
  assert_null(cJSON_GetObjectItemCaseSensitive(json, "perf_flag_reasons"));
}

/* Numbers read back as they were, to the bit. */
static void check_state(const cJSON *entry, double t, const struct vordec_scalars *scalars) {
  check_near(number(entry, "t"), t, 0);
  check_near(number(entry, "energy_lp"), scalars->energy_lp, 0);
  check_near(number(entry, "enstrophy_lp"), scalars->enstrophy_lp, 0);
  check_near(number(entry, "support_frac"), scalars->support_frac, 0);
  check_near(number(entry, "residual_absmax"), scalars->residual_absmax, 0);
  check_text(entry, "resid_mid_target", NULL);
  check_text(entry, "resid_high_achieved", NULL);
}

static void check_hash(const cJSON *entry, double t, const char *what, const void *data, size_t size) {
  char digest[33];
  vordec_hash(data, size, digest);
  check_near(number(entry, "t"), t, 0);
  check_text(entry, "what", what);
  check_text(entry, "hash", digest);
}

static void a_run_on_the_cpu(void **state) {
  struct rig *rig = *state;
  struct run run;
  rig_set(rig, "metrics", "hash", "z, omega_lp, mask, omega_hat");
  run_start(rig, &run, "cpu");
  check_ok(vordec_metrics_add(run.metrics, 40, &run.io, &run.report, &rig->error), &rig->error);
  cJSON *json = json_of(rig, &run);
  check_run(json);
  const cJSON *states = at(json, "decode_metrics"), *hashes = at(json, "hashes");
  assert_int_equal(cJSON_GetArraySize(states), 2);
  assert_int_equal(cJSON_GetArraySize(hashes), 8);
  const size_t field = RIG_CELLS * sizeof(double);
  for (int i = 0; i < 2; i++) {
    check_state(cJSON_GetArrayItem(states, i), 40 + i, &run.scalars[i]);
    check_hash(cJSON_GetArrayItem(hashes, 4 * i), 40 + i, "z", run.z + i * RIG_D, RIG_D * sizeof(double));
    check_hash(cJSON_GetArrayItem(hashes, 4 * i + 1), 40 + i, "omega_lp", run.lp + i * RIG_CELLS, field);
    check_hash(cJSON_GetArrayItem(hashes, 4 * i + 2), 40 + i, "mask", run.mask + i * RIG_CELLS, RIG_CELLS);
    check_hash(cJSON_GetArrayItem(hashes, 4 * i + 3), 40 + i, "omega_hat", run.hat + i * RIG_CELLS, field);
  }
  const cJSON *mask = at(at(json, "config"), "mask");
  check_near(number(mask, "smooth_width"), 3, 0);
  cJSON_Delete(json);
  run_end(&run);
}

/* ---- statistics ---------------------------------------------------------------------------------------------------
 */

/* Medians, minima and maxima of reports made by hand, in every order and for odd and even numbers of them. */
static void timings(void **state) {
  struct rig *rig = *state;
  static const struct {
    size_t count;
    double values[5], min, median, max;
  } rows[] = {{1, {3}, 3, 3, 3},
              {2, {4, 1}, 1, 2.5, 4},
              {3, {9, 1, 2}, 1, 2, 9},
              {4, {8, 2, 4, 1}, 1, 3, 8},
              {5, {5, 4, 3, 2, 1}, 1, 3, 5}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct run run;
    run_start(rig, &run, "cpu");
    for (size_t j = 0; j < rows[i].count; j++) {
      struct vordec_decode_report report = {.total_ms = 100 * rows[i].values[j], .decode_device = "cpu"};
      for (int stage = 0; stage < VORDEC_STAGE_COUNT; stage++) {
        report.stage_ms[stage] = rows[i].values[j] * (stage + 1);
      }
      check_ok(vordec_metrics_add(run.metrics, j, &run.io, &report, &rig->error), &rig->error);
    }
    cJSON *json = json_of(rig, &run);
    const cJSON *ms = at(json, "timings_ms");
    check_text(ms, "source", "host_clock");
    for (int stage = 0; stage <= VORDEC_STAGE_COUNT; stage++) {
      const bool total = stage == VORDEC_STAGE_COUNT;
      const double scale = total ? 100 : stage + 1;
      char key[32];
      snprintf(key, sizeof key, "%s_ms", total ? "total" : vordec_stage_name((enum vordec_stage)stage));
      check_near(number(ms, key), scale * rows[i].median, 1e-12);
      check_near(number(at(ms, "min"), key), scale * rows[i].min, 1e-12);
      check_near(number(at(ms, "max"), key), scale * rows[i].max, 1e-12);
    }
    cJSON_Delete(json);
    run_end(&run);
  }
}

/* More than any first allocation holds. */
static void many_decodes(void **state) {
  struct rig *rig = *state;
  struct run run;
  run_start(rig, &run, "cpu");
  for (size_t i = 0; i < 101; i++) {
    struct vordec_decode_report report = {.total_ms = (double)((i * 37) % 101), .decode_device = "cpu"};
    check_ok(vordec_metrics_add(run.metrics, 2 * i, &run.io, &report, &rig->error), &rig->error);
  }
  cJSON *json = json_of(rig, &run);
  check_near(number(at(json, "timings_ms"), "total_ms"), 50, 0);
  check_near(number(at(at(json, "timings_ms"), "max"), "total_ms"), 100, 0);
  assert_int_equal(cJSON_GetArraySize(at(json, "decode_metrics")), 202);
  assert_int_equal(cJSON_GetArraySize(at(json, "hashes")), 404);
  check_near(number(cJSON_GetArrayItem(at(json, "decode_metrics"), 201), "t"), 201, 0);
  cJSON_Delete(json);
  run_end(&run);
}

/* ---- what may be missing ------------------------------------------------------------------------------------------
 */

static void before_any_decode(void **state) {
  struct rig *rig = *state;
  struct run run = {0};
  rig_set(rig, "decode", "backend", "cpu");
  rig_runtime(rig);
  check_ok(rig_decoder(rig, 1, &run.decoder), &rig->error);
  check_ok(vordec_metrics_create(rig->runtime, rig->layout, run.decoder, NULL, &run.metrics, &rig->error), &rig->error);
  cJSON *json = json_of(rig, &run);
  check_text(json, "timings_ms", NULL);
  check_text(json, "decode_device", NULL);
  assert_int_equal(cJSON_GetArraySize(at(json, "decode_metrics")), 0);
  assert_int_equal(cJSON_GetArraySize(at(json, "hashes")), 0);
  cJSON_Delete(json);
  run_end(&run);
  vordec_metrics_destroy(NULL);
}

/* A file's name may hold any bytes, JSON may not. */
static void names_that_are_no_utf8(void **state) {
  struct rig *rig = *state;
  struct run run = {0};
  rig_set(rig, "decode", "backend", "cpu");
  rig_set(rig, "metrics", "json", "a\xff\xc3\xbc\xe2\x82.\xc0\xaf\xed\xa0\x80\xf0\x9f\x98\x80\xf4\x90\x80\x80\xf0");
  rig_runtime(rig);
  check_ok(rig_decoder(rig, 1, &run.decoder), &rig->error);
  check_ok(vordec_metrics_create(rig->runtime, rig->layout, run.decoder, NULL, &run.metrics, &rig->error), &rig->error);
  cJSON *json = json_of(rig, &run);
  check_text(at(at(json, "config"), "metrics"), "json", "a?\xc3\xbc??.?????\xf0\x9f\x98\x80?????");
  cJSON_Delete(json);
  run_end(&run);
}

static void without_timings_hashes_and_scalars(void **state) {
  struct rig *rig = *state;
  struct run run;
  rig_set(rig, "metrics", "timings", "false");
  rig_set(rig, "metrics", "hash", "none");
  run_start(rig, &run, "cpu");
  run.io.scalars = NULL;
  check_ok(vordec_metrics_add(run.metrics, 0, &run.io, &run.report, &rig->error), &rig->error);
  cJSON *json = json_of(rig, &run);
  check_text(json, "timings_ms", NULL);
  assert_int_equal(cJSON_GetArraySize(at(json, "decode_metrics")), 0);
  assert_int_equal(cJSON_GetArraySize(at(json, "hashes")), 0);
  cJSON_Delete(json);
  run_end(&run);
}

/* A field that was not handed over is not hashed. */
static void hashes_of_what_is_there(void **state) {
  struct rig *rig = *state;
  struct run run;
  rig_set(rig, "metrics", "hash", "omega_lp, mask, omega_hat");
  run_start(rig, &run, "cpu");
  run.io.omega_lp = NULL;
  run.io.omega_hat = NULL;
  check_ok(vordec_metrics_add(run.metrics, 0, &run.io, &run.report, &rig->error), &rig->error);
  cJSON *json = json_of(rig, &run);
  assert_int_equal(cJSON_GetArraySize(at(json, "hashes")), 2);
  check_text(cJSON_GetArrayItem(at(json, "hashes"), 1), "what", "mask");
  cJSON_Delete(json);
  run_end(&run);
}

/* Bands: targets and what was achieved. */
static void band_targets(void **state) {
  struct rig *rig = *state;
  struct run run;
  const double energies[] = {1.25, 2.5};
  run_start(rig, &run, "cpu");
  run.io.band[1] = run.lp;
  run.io.band_energy[1] = energies;
  run.scalars[1].band_energy[1] = 2.25;
  check_ok(vordec_metrics_add(run.metrics, 0, &run.io, &run.report, &rig->error), &rig->error);
  cJSON *json = json_of(rig, &run);
  const cJSON *second = cJSON_GetArrayItem(at(json, "decode_metrics"), 1);
  check_near(number(second, "resid_high_target"), 2.5, 0);
  check_near(number(second, "resid_high_achieved"), 2.25, 0);
  check_text(second, "resid_mid_target", NULL);
  cJSON_Delete(json);
  run_end(&run);
}

/* Fields in fp32 are hashed as they are, and a device's own clock is named. */
static void a_gpu_in_single_precision(void **state) {
  struct rig *rig = *state;
  struct vordec_decoder *decoder = NULL;
  struct vordec_metrics *metrics = NULL;
  struct vordec_decode_report report;
  float lp[RIG_CELLS];
  double *z = rig_states(1);
  char digest[33];
  rig_set(rig, "decode", "backend", "ok");
  check_ok(rig_decoder(rig, 1, &decoder), &rig->error);
  const struct vordec_decode_io io = {.count = 1, .z = z, .omega_lp = lp};
  check_ok(vordec_decode(decoder, &io, &report, &rig->error), &rig->error);
  assert_true(report.device_timestamps);
  check_ok(vordec_metrics_create(rig->runtime, rig->layout, decoder, NULL, &metrics, &rig->error), &rig->error);
  check_ok(vordec_metrics_add(metrics, 0, &io, &report, &rig->error), &rig->error);
  const struct run run = {.decoder = decoder, .metrics = metrics};
  cJSON *json = json_of(rig, &run);
  check_text(json, "dtype", "float32");
  check_text(json, "decode_device", "gpu");
  check_text(at(json, "timings_ms"), "source", "device_timestamps");
  check_text(at(json, "device"), "uuid", "5a000000000000000000000000000000");
  check_text(at(json, "device"), "name", "Stub Card");
  check_text(at(json, "device"), "api", "Stub 1");
  vordec_hash(lp, sizeof lp, digest);
  check_text(cJSON_GetArrayItem(at(json, "hashes"), 0), "hash", digest);
  cJSON_Delete(json);
  vordec_metrics_destroy(metrics);
  vordec_decoder_destroy(decoder);
  free(z);
}

/* The choice of auto is told with its reason, and raises no flag. */
static void choice_of_auto(void **state) {
  struct rig *rig = *state;
  struct run run;
  char folder[FILES_PATH_MAX], path[FILES_PATH_MAX];
  files_make_folder(folder);
  files_join(path, folder, "decode_cpu.so");
  assert_int_equal(symlink(STUB_FOLDER "/decode_cpu.so", path), 0);
  files_join(path, folder, "decode_software.so");
  assert_int_equal(symlink(STUB_FOLDER "/decode_software.so", path), 0);
  rig_set(rig, "plugins", "path", folder);
  run_start(rig, &run, "auto");
  check_ok(vordec_metrics_add(run.metrics, 0, &run.io, &run.report, &rig->error), &rig->error);
  cJSON *json = json_of(rig, &run);
  check_text(json, "decode_backend_requested", "auto");
  check_text(json, "decode_backend_used", "cpu");
  check_line_holds(at(json, "decode_backend_reason")->valuestring, "software-device");
  assert_null(cJSON_GetObjectItemCaseSensitive(json, "perf_flags"));
  cJSON_Delete(json);
  run_end(&run);
  files_remove_folder(folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_run_on_the_cpu),
      TEST(timings),
      TEST(many_decodes),
      TEST(before_any_decode),
      TEST(names_that_are_no_utf8),
      TEST(band_targets),
      TEST(without_timings_hashes_and_scalars),
      TEST(hashes_of_what_is_there),
      TEST(a_gpu_in_single_precision),
      TEST(choice_of_auto),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
