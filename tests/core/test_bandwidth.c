/* SPDX-License-Identifier: MIT */
/* How fast a device fills its memory: who is asked, what of the answer is believed, and the FFTs that a backend names.
 */
#include "rig.h"

#include <stdlib.h>

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
#define ASKED 4096u

static struct vordec_decoder *make(struct rig *rig, const char *backend) {
  return rig_make_decoder(rig, backend, "auto");
}

static void the_answer_is_passed_on(void **state) {
  struct rig *rig = *state;
  static const struct {
    const char *backend;
    bool device_timestamps;
  } rows[] = {{"fills", true}, {"fills_host_clock", false}};
  for (size_t i = 0; i < 2; i++) {
    struct vordec_fill_report report = {0};
    struct vordec_decoder *decoder = make(rig, rows[i].backend);
    check_ok(vordec_decoder_fill_bandwidth(decoder, ASKED, &report, &rig->error), &rig->error);
    assert_int_equal(report.bytes, ASKED / 2);
    assert_true(report.seconds > 0.0 && report.seconds < 60.0);
    assert_int_equal(report.device_timestamps, rows[i].device_timestamps);
    assert_int_equal(rig->log.fill, 1);
    vordec_decoder_destroy(decoder);
  }
}

static void who_cannot_measure(void **state) {
  struct rig *rig = *state;
  static const char *const backends[] = {"ok", "fills_older", "fills_short", "fills_null_slot"};
  for (size_t i = 0; i < sizeof backends / sizeof *backends; i++) {
    struct vordec_fill_report report = {0};
    struct vordec_decoder *decoder = make(rig, backends[i]);
    assert_int_equal(vordec_decoder_fill_bandwidth(decoder, ASKED, &report, &rig->error), VORDEC_E_UNSUPPORTED);
    assert_int_equal(rig->error.reason, VORDEC_REASON_NO_INTERFACE);
    assert_non_null(strstr(rig->error.message, backends[i]));
    assert_int_equal(report.bytes, 0);
    assert_int_equal(rig->log.fill, 0);
    vordec_decoder_destroy(decoder);
  }
}

static void what_cannot_be_is_refused(void **state) {
  struct rig *rig = *state;
  static const char *const backends[] = {"fills_nothing",    "fills_more",      "fills_too_long",
                                         "fills_in_no_time", "fills_backwards", "fills_nan"};
  for (size_t i = 0; i < sizeof backends / sizeof *backends; i++) {
    struct vordec_fill_report report = {0};
    struct vordec_decoder *decoder = make(rig, backends[i]);
    assert_int_equal(vordec_decoder_fill_bandwidth(decoder, ASKED, &report, &rig->error), VORDEC_E_REFUSED);
    assert_int_equal(rig->error.reason, VORDEC_REASON_EVIDENCE);
    assert_int_equal(report.bytes, 0);
    vordec_decoder_destroy(decoder);
  }
}

static void no_bytes(void **state) {
  struct rig *rig = *state;
  struct vordec_fill_report report;
  struct vordec_decoder *decoder = make(rig, "fills");
  assert_int_equal(vordec_decoder_fill_bandwidth(decoder, 0, &report, NULL), VORDEC_E_USAGE);
  assert_int_equal(rig->log.fill, 0);
  vordec_decoder_destroy(decoder);
}

/* A session that died in it is dead for decodes, too; any other failure leaves it alone. */
static void failures(void **state) {
  struct rig *rig = *state;
  static const enum vordec_status statuses[] = {VORDEC_E_NO_MEMORY, VORDEC_E_DEVICE_LOST};
  for (size_t i = 0; i < 2; i++) {
    struct vordec_fill_report report;
    char wanted[32];
    double *z = rig_states(1);
    struct vordec_decoder *decoder = make(rig, "fills");
    const struct vordec_decode_io io = {.count = 1, .z = z};
    snprintf(wanted, sizeof wanted, "fill %d 0", (int)statuses[i]);
    setenv("VORDEC_STUB_FAIL", wanted, 1);
    assert_int_equal(vordec_decoder_fill_bandwidth(decoder, ASKED, &report, &rig->error), statuses[i]);
    assert_string_equal(rig->error.message, "the stub's fill fails");
    unsetenv("VORDEC_STUB_FAIL");
    assert_int_equal(vordec_decode(decoder, &io, NULL, &rig->error), i ? VORDEC_E_DEVICE_LOST : VORDEC_OK);
    vordec_decoder_destroy(decoder);
    free(z);
  }
}

static void ffts_by_number(void **state) {
  struct rig *rig = *state;
  struct vordec_runtime *runtime = rig_runtime(rig);
  assert_string_equal(vordec_runtime_fft(runtime, "ok", 0), "stub");
  assert_string_equal(vordec_runtime_fft(runtime, "ok", 1), "other");
  assert_null(vordec_runtime_fft(runtime, "ok", 2));
  assert_null(vordec_runtime_fft(runtime, "ok", 1000));
  assert_int_equal(rig->log.probe, 1);
  assert_string_equal(vordec_runtime_fft(runtime, "cpu", 0), "fftw");
  static const char *const without[] = {"none_such", "wrong_abi", "not_elf", "../ok", ""};
  for (size_t i = 0; i < sizeof without / sizeof *without; i++) assert_null(vordec_runtime_fft(runtime, without[i], 0));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(the_answer_is_passed_on),
      TEST(who_cannot_measure),
      TEST(what_cannot_be_is_refused),
      TEST(no_bytes),
      TEST(failures),
      TEST(ffts_by_number),
  };
  return cmocka_run_group_tests_name("bandwidth", tests, NULL, NULL);
}
