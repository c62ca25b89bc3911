/* SPDX-License-Identifier: MIT */
/* Stable names and exit codes: every code has one, no two share one. */
#include "check.h"

#include "core/policy/flags.h"
#include "json_flags.h"

#define NAME_MAX_COUNT 32

static void check_names(const char *const *names, size_t count) {
  for (size_t i = 0; i < count; i++) {
    assert_non_null(names[i]);
    assert_true(names[i][0]);
    assert_string_not_equal(names[i], "unknown");
    for (size_t j = 0; j < i; j++) assert_string_not_equal(names[i], names[j]);
  }
}

static void statuses(void **state) {
  (void)state;
  static const struct {
    enum vordec_status status;
    const char *name;
    int exit_code;
  } rows[] = {
      {VORDEC_OK, "ok", 0},
      {VORDEC_E_USAGE, "usage", 2},
      {VORDEC_E_CONFIG, "config", 2},
      {VORDEC_E_INPUT, "input", 2},
      {VORDEC_E_IO, "io", 2},
      {VORDEC_E_REFUSED, "refused", 3},
      {VORDEC_E_UNSUPPORTED, "unsupported", 3},
      {VORDEC_E_NO_MEMORY, "no-memory", 1},
      {VORDEC_E_DEVICE_LOST, "device-lost", 1},
      {VORDEC_E_TIMEOUT, "timeout", 1},
      {VORDEC_E_BUSY, "busy", 1},
      {VORDEC_E_FAILED, "failed", 1},
  };
  const char *names[NAME_MAX_COUNT];
  assert_int_equal(sizeof rows / sizeof *rows, VORDEC_E_FAILED + 1);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    assert_int_equal(rows[i].status, i);
    names[i] = vordec_status_name(rows[i].status);
    assert_string_equal(names[i], rows[i].name);
    assert_int_equal(vordec_status_exit_code(rows[i].status), rows[i].exit_code);
  }
  check_names(names, VORDEC_E_FAILED + 1);
  assert_string_equal(vordec_status_name((enum vordec_status)1000), "unknown");
  assert_int_equal(vordec_status_exit_code((enum vordec_status)1000), 1);
}

static void reasons(void **state) {
  (void)state;
  static const char *const expected[] = {
      "none",
      "plugin-name",
      "plugin-not-found",
      "plugin-load",
      "plugin-entry",
      "plugin-abi",
      "plugin-identity",
      "no-loader",
      "no-driver",
      "broken-driver",
      "no-device",
      "device-not-found",
      "software-device",
      "device-unsuitable",
      "no-fp64",
      "no-fp32",
      "no-fft",
      "fft-size",
      "memory",
      "evidence",
      "no-interface",
      "host-memory",
      "other-process",
      "null-device",
  };
  const char *names[NAME_MAX_COUNT];
  assert_int_equal(sizeof expected / sizeof *expected, VORDEC_REASON_COUNT);
  for (size_t i = 0; i < VORDEC_REASON_COUNT; i++) {
    names[i] = vordec_reason_name((enum vordec_reason)i);
    assert_string_equal(names[i], expected[i]);
    assert_int_equal(vordec_reason_remedy((enum vordec_reason)i)[0] != '\0', i != VORDEC_REASON_NONE);
  }
  check_names(names, VORDEC_REASON_COUNT);
  assert_string_equal(vordec_reason_name(VORDEC_REASON_COUNT), "unknown");
  assert_string_equal(vordec_reason_remedy(VORDEC_REASON_COUNT), "");
}

static void device_types_stages_and_flags(void **state) {
  (void)state;
  static const char *const types[] = {"host", "software", "integrated", "discrete", "virtual", "other"};
  static const char *const stages[] = {"scatter_lowk", "ifft_lp", "mask", "combine", "readback"};
  static const char *const flags[] = {"GPU_DECODE_FALLBACK_CPU",
                                      "GPU_ROLLOUT_FALLBACK_CPU",
                                      "GPU_LES_FALLBACK_CPU",
                                      "GPU_ENCODE_FALLBACK_CPU",
                                      "FFT_FALLBACK",
                                      "SOFTWARE_DEVICE",
                                      "PRECISION_DOWNGRADE",
                                      "TIMING_UNAVAILABLE",
                                      "EVIDENCE_MISSING",
                                      "FEWER_DEVICES"};
  for (int i = 0; i <= VORDEC_DEVICE_OTHER; i++) {
    assert_string_equal(vordec_device_type_name((enum vordec_device_type)i), types[i]);
  }
  for (int i = 0; i < VORDEC_STAGE_COUNT; i++) {
    assert_string_equal(vordec_stage_name((enum vordec_stage)i), stages[i]);
  }
  for (int i = 0; i < FLAG_COUNT; i++) assert_string_equal(flag_name((enum perf_flag)i), flags[i]);
  assert_string_equal(vordec_device_type_name((enum vordec_device_type)1000), "unknown");
  assert_string_equal(vordec_stage_name(VORDEC_STAGE_COUNT), "unknown");
}

/* The first reason of a flag stays; without flags the JSON has no word of them. */
static void raising_flags(void **state) {
  (void)state;
  struct perf_flags raised = {{false}, {""}};
  cJSON *json = cJSON_CreateObject();
  assert_true(json_add_flags(&raised, json));
  assert_null(json->child);
  assert_true(flags_raise(&raised, FLAG_SOFTWARE_DEVICE, "first"));
  assert_false(flags_raise(&raised, FLAG_SOFTWARE_DEVICE, "second"));
  assert_true(flags_raise(&raised, FLAG_FFT_FALLBACK, "third"));
  assert_true(json_add_flags(&raised, json));
  char *text = cJSON_PrintUnformatted(json);
  assert_string_equal(text, "{\"perf_flags\":[\"FFT_FALLBACK\",\"SOFTWARE_DEVICE\"],"
                            "\"perf_flag_reasons\":{\"FFT_FALLBACK\":\"third\",\"SOFTWARE_DEVICE\":\"first\"}}");
  cJSON_free(text);
  cJSON_Delete(json);
}

static void version(void **state) {
  (void)state;
  int major = -1, minor = -1, patch = -1, end = 0;
  assert_int_equal(sscanf(vordec_version(), "%d.%d.%d%n", &major, &minor, &patch, &end), 3);
  assert_int_equal(vordec_version()[end], '\0');
  assert_true(vordec_git_describe()[0]);
}

static void struct_sizes(void **state) {
  (void)state;
  assert_int_equal(vordec_struct_size("vordec_decode_io"), sizeof(struct vordec_decode_io));
  assert_int_equal(vordec_struct_size("vordec_error"), sizeof(struct vordec_error));
  assert_int_equal(vordec_struct_size("vordec_decode"), 0);
  assert_int_equal(vordec_struct_size(""), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(statuses),      cmocka_unit_test(reasons), cmocka_unit_test(device_types_stages_and_flags),
      cmocka_unit_test(raising_flags), cmocka_unit_test(version), cmocka_unit_test(struct_sizes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
