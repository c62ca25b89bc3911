/* SPDX-License-Identifier: MIT */
/* One of several batches under way fails, or is not waited for. */
#include <stdlib.h>

#include "fields.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
#define COUNT 3 /* states in a batch */
#define BATCHES 5

/* ---- one of two fails ---- */

/* The first of two fails: the second is what it would have been, and the next ones, too. */
static void a_failure_stays_with_its_batch(void **state) {
  struct rig *rig = *state;
  static const struct {
    const char *backend, *fails;
    size_t depth;
    enum vordec_status status;
  } rows[] = {{"streams", "wait 11 0", 2, VORDEC_E_FAILED},
              {"streams", "wait 3 0", 2, VORDEC_E_INPUT},
              {"streams", "wait 7 18", 2, VORDEC_E_NO_MEMORY},
              {"ok", "decode 11 0", 1, VORDEC_E_FAILED}};
  double *z = rig_states(2);
  for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
    struct fields first = fields_make(1), second = fields_make(1);
    const struct vordec_decode_io io[2] = {fields_io(z, 1, &first), fields_io(z + RIG_D, 1, &second)};
    struct vordec_decode_report report, untouched;
    struct vordec_decoder *decoder = rig_deep_decoder(rig, rows[row].backend, 1, 2);
    memset(&report, 0x77, sizeof report);
    untouched = report;
    const bool apart = rows[row].depth == 2;
    if (!apart) setenv("VORDEC_STUB_FAIL", rows[row].fails, 1);
    check_ok(vordec_decoder_submit(decoder, &io[0], &rig->error), &rig->error);
    unsetenv("VORDEC_STUB_FAIL");
    if (apart) check_ok(vordec_decoder_submit(decoder, &io[1], &rig->error), &rig->error);
    if (apart) setenv("VORDEC_STUB_FAIL", rows[row].fails, 1);
    check_fails(vordec_decoder_wait(decoder, &report, &rig->error), &rig->error, rows[row].status, "the stub's");
    unsetenv("VORDEC_STUB_FAIL");
    assert_memory_equal(&report, &untouched, sizeof report);
    if (!apart) check_ok(vordec_decoder_submit(decoder, &io[1], &rig->error), &rig->error);
    check_ok(vordec_decoder_wait(decoder, &report, &rig->error), &rig->error);
    for (size_t i = 0; i < RIG_CELLS; i++) check_near(second.lp[i], fields_direct_sum(z + RIG_D, i), 1e-13);
    check_ok(vordec_decode(decoder, &io[0], NULL, &rig->error), &rig->error);
    vordec_decoder_destroy(decoder);
    fields_free(&first);
    fields_free(&second);
  }
  free(z);
}

/* One that cannot be started is not under way; what is under way stays so. */
static void a_batch_that_does_not_start(void **state) {
  struct rig *rig = *state;
  double *z = rig_states(2);
  struct fields fields = fields_make(2);
  struct vordec_decode_io io = fields_io(z, 1, &fields);
  struct vordec_decoder *decoder = rig_deep_decoder(rig, "streams", 1, 2);
  check_ok(vordec_decoder_submit(decoder, &io, &rig->error), &rig->error);
  setenv("VORDEC_STUB_FAIL", "submit 11 0", 1);
  check_fails(vordec_decoder_submit(decoder, &io, &rig->error), &rig->error, VORDEC_E_FAILED, "the stub's submit");
  unsetenv("VORDEC_STUB_FAIL");
  check_ok(vordec_decoder_wait(decoder, NULL, &rig->error), &rig->error);
  check_fails(vordec_decoder_wait(decoder, NULL, &rig->error), &rig->error, VORDEC_E_USAGE, "no batch is under way");
  assert_string_equal(rig->log.order, "ssw");

  /* Within one call: whatever was started is waited for, and the first failure is told. */
  rig_set(rig, "decode", "batch", "1");
  vordec_decoder_destroy(decoder);
  decoder = rig_deep_decoder(rig, "streams", 2, 2);
  io.count = 2;
  setenv("VORDEC_STUB_FAIL", "wait 11 0", 1);
  check_fails(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error, VORDEC_E_FAILED, "the stub's wait");
  unsetenv("VORDEC_STUB_FAIL");
  assert_string_equal(rig->log.order, "ssww");
  check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
  vordec_decoder_destroy(decoder);
  fields_free(&fields);
  free(z);
}

/* A lost device ends all that is under way. */
static void a_lost_device(void **state) {
  struct rig *rig = *state;
  double *z = rig_states(1);
  struct fields fields = fields_make(1);
  const struct vordec_decode_io io = fields_io(z, 1, &fields);
  struct vordec_decoder *decoder = rig_deep_decoder(rig, "streams", 1, 2);
  check_ok(vordec_decoder_submit(decoder, &io, &rig->error), &rig->error);
  check_ok(vordec_decoder_submit(decoder, &io, &rig->error), &rig->error);
  setenv("VORDEC_STUB_FAIL", "wait 8 0", 1);
  assert_int_equal(vordec_decoder_wait(decoder, NULL, &rig->error), VORDEC_E_DEVICE_LOST);
  unsetenv("VORDEC_STUB_FAIL");
  for (int again = 0; again < 3; again++) {
    check_fails(vordec_decoder_wait(decoder, NULL, &rig->error), &rig->error, VORDEC_E_DEVICE_LOST, "failed earlier");
    assert_int_equal(vordec_decoder_submit(decoder, &io, &rig->error), VORDEC_E_DEVICE_LOST);
  }
  assert_string_equal(rig->log.order, "ssw");
  vordec_decoder_destroy(decoder);
  assert_string_equal(rig->log.order, "ssww"); /* no plan goes with a job under way */
  assert_int_equal(rig->log.plan_destroy, 2);
  fields_free(&fields);
  free(z);
}

/* Evidence is weighed batch by batch. */
static void evidence_of_each_batch(void **state) {
  struct rig *rig = *state;
  double *z = rig_states(2);
  struct fields fields = fields_make(2);
  struct vordec_decode_report report;
  const struct vordec_decode_io doubted = fields_io(z, 1, &fields), fine = fields_io(z + RIG_D, 1, &fields);
  z[0] = 1.0;
  z[RIG_D] = 0.0;
  struct vordec_decoder *decoder = rig_deep_decoder(rig, "streams_doubtful", 1, 2);
  check_ok(vordec_decoder_submit(decoder, &doubted, &rig->error), &rig->error);
  check_ok(vordec_decoder_submit(decoder, &fine, &rig->error), &rig->error);
  check_fails(vordec_decoder_wait(decoder, NULL, &rig->error), &rig->error, VORDEC_E_REFUSED, "does not show");
  assert_int_equal(rig->error.reason, VORDEC_REASON_EVIDENCE);
  check_ok(vordec_decoder_wait(decoder, &report, &rig->error), &rig->error);
  assert_string_equal(report.decode_device, "unknown"); /* the weakest claim stays */
  vordec_decoder_destroy(decoder);

  rig_set(rig, "decode", "policy", "permissive");
  decoder = rig_deep_decoder(rig, "streams_doubtful", 1, 2);
  check_ok(vordec_decoder_submit(decoder, &fine, &rig->error), &rig->error);
  check_ok(vordec_decoder_submit(decoder, &doubted, &rig->error), &rig->error);
  check_ok(vordec_decoder_wait(decoder, &report, &rig->error), &rig->error);
  assert_string_equal(report.decode_device, "gpu");
  assert_int_equal(rig->log.warnings, 0);
  check_ok(vordec_decoder_wait(decoder, &report, &rig->error), &rig->error);
  assert_string_equal(report.decode_device, "unknown");
  assert_int_equal(rig->log.warnings, 1);
  vordec_decoder_destroy(decoder);

  rig_set(rig, "decode", "policy", "strict");
  decoder = rig_deep_decoder(rig, "streams_too_long", 1, 2);
  check_ok(vordec_decoder_submit(decoder, &fine, &rig->error), &rig->error);
  check_fails(vordec_decoder_wait(decoder, NULL, &rig->error), &rig->error, VORDEC_E_REFUSED, "does not show");
  vordec_decoder_destroy(decoder);
  fields_free(&fields);
  free(z);
}

/* Batches under way are waited for before their plans go. */
static void destroyed_under_way(void **state) {
  struct rig *rig = *state;
  double *z = rig_states(2);
  struct fields fields = fields_make(1), other = fields_make(1);
  const struct vordec_decode_io io = fields_io(z, 1, &fields), next = fields_io(z + RIG_D, 1, &other);
  struct vordec_decoder *decoder = rig_deep_decoder(rig, "streams", 1, 2);
  check_ok(vordec_decoder_submit(decoder, &io, &rig->error), &rig->error);
  check_ok(vordec_decoder_submit(decoder, &next, &rig->error), &rig->error);
  vordec_decoder_destroy(decoder);
  assert_string_equal(rig->log.order, "ssww");
  assert_int_equal(rig->log.plan_destroy, 2);
  check_near(fields.lp[5], fields_direct_sum(z, 5), 1e-13);
  check_near(other.lp[5], fields_direct_sum(z + RIG_D, 5), 1e-13);
  fields_free(&fields);
  fields_free(&other);
  free(z);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_failure_stays_with_its_batch), TEST(a_batch_that_does_not_start), TEST(a_lost_device),
      TEST(evidence_of_each_batch),         TEST(destroyed_under_way),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
