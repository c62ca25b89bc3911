/* SPDX-License-Identifier: MIT */
/* What plugins hand over is safe to show once it is in the core. */
#include "check.h"

#include <stdlib.h>

#include "core/base/utf8.h"
#include "intake.h"

static void text(void **state) {
  (void)state;
  static const struct {
    const char *raw, *shown;
  } rows[] = {
      {"", ""},
      {"NVIDIA H200", "NVIDIA H200"},
      {"Käte's \xe2\x82\xac card \xf0\x9f\x98\x80", "Käte's \xe2\x82\xac card \xf0\x9f\x98\x80"},
      {"evil\x1b[31m\n\xff\xfe name", "evil?[31m ?? name"},
      {"a\tb\rc\x7f", "a b c?"},
      {"\xc2\x9b"
       "31m\xc2\xa0",
       "?31m\xc2\xa0"}, /* a control of one character, and a space that is none */
      {"\xe2\x80\xae txt\xe2\x81\xa6\xe2\x80\xa8", "? txt??"}, /* turned round, isolated, broken */
      {"\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xaa", "\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xaa"}, /* their neighbours */
      {"\xe2\x82", "??"},                                                               /* cut short */
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char buffer[64];
    memset(buffer, 'x', sizeof buffer);
    snprintf(buffer, sizeof buffer, "%s", rows[i].raw);
    assert_string_equal(utf8_tame(buffer, sizeof buffer), rows[i].shown);
  }
}

/* Any bytes, ended or not. */
static void any_bytes(void **state) {
  (void)state;
  srand(1);
  for (int turn = 0; turn < 20000; turn++) {
    char buffer[24];
    for (size_t i = 0; i < sizeof buffer; i++) buffer[i] = (char)(rand() % 256);
    utf8_tame(buffer, sizeof buffer);
    assert_non_null(memchr(buffer, 0, sizeof buffer));
    for (const char *at = buffer; *at; at += utf8_length(at)) {
      assert_true(utf8_length(at) > 0);
      assert_true((unsigned char)*at >= 0x20 && *at != 0x7f);
    }
  }
}

static void devices(void **state) {
  (void)state;
  struct vordec_device theirs, ours;
  memset(&theirs, 'Z', sizeof theirs);
  theirs.struct_size = sizeof theirs + 64;
  theirs.type = (enum vordec_device_type) - 1;
  theirs.unusable = (enum vordec_reason)999;
  intake_device(&ours, &theirs);
  assert_int_equal(ours.struct_size, sizeof ours);
  assert_int_equal(ours.type, VORDEC_DEVICE_OTHER);
  assert_int_equal(ours.unusable, VORDEC_REASON_DEVICE_UNSUITABLE);
  assert_int_equal(strlen(ours.name), sizeof ours.name - 1);
  assert_int_equal(strlen(ours.api), sizeof ours.api - 1);
  theirs.struct_size = offsetof(struct vordec_device, driver);
  intake_device(&ours, &theirs);
  assert_int_equal(strlen(ours.name), sizeof ours.name - 1);
  assert_string_equal(ours.driver, "");
  assert_int_equal(ours.memory_bytes, 0);
}

static void errors(void **state) {
  (void)state;
  struct vordec_error error;
  memset(&error, '\n', sizeof error);
  assert_int_equal(intake_status((enum vordec_status)77, &error), VORDEC_E_FAILED);
  assert_int_equal(error.status, VORDEC_E_FAILED);
  assert_int_equal(error.reason, VORDEC_REASON_NONE);
  assert_int_equal(strspn(error.message, " "), sizeof error.message - 1);

  intake_ready(&error);
  assert_int_equal(intake_status(VORDEC_E_TIMEOUT, &error), VORDEC_E_TIMEOUT);
  assert_int_equal(error.status, VORDEC_E_TIMEOUT);
  assert_string_equal(error.message, "it gave no reason");

  vordec_fail(&error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FP64, "no fp64");
  assert_int_equal(intake_status(VORDEC_E_UNSUPPORTED, &error), VORDEC_E_UNSUPPORTED);
  assert_int_equal(error.reason, VORDEC_REASON_NO_FP64);
  assert_string_equal(error.message, "no fp64");
}

static void evidence(void **state) {
  (void)state;
  struct vordec_evidence evidence;
  memset(&evidence, 2, sizeof evidence);
  intake_evidence(&evidence);
  assert_int_equal(evidence.type, VORDEC_DEVICE_OTHER);
  assert_true(evidence.device_timestamps == true);
  assert_int_equal(strspn(evidence.name, "?"), sizeof evidence.name - 1);
}

static void fft_names(void **state) {
  (void)state;
  assert_true(intake_is_fft_name("pruned"));
  assert_true(intake_is_fft_name("vkfft-2"));
  assert_true(intake_is_fft_name("abcdefghijklmnopqrstuvwxyz01234"));
  static const char *const refused[] = {"", "FFTW", "a b", "a\n", "fft_1", "abcdefghijklmnopqrstuvwxyz012345"};
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) assert_false(intake_is_fft_name(refused[i]));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(text),     cmocka_unit_test(any_bytes),
                                     cmocka_unit_test(devices),  cmocka_unit_test(errors),
                                     cmocka_unit_test(evidence), cmocka_unit_test(fft_names)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
