/* SPDX-License-Identifier: MIT */
/* What types of devices come to, those included that only a newer plugin knows. */
#include "check.h"

#include "core/policy/device_kind.h"

static void kinds(void **state) {
  (void)state;
  static const struct {
    enum vordec_device_type type;
    bool gpu, cpu;
  } rows[] = {
      {VORDEC_DEVICE_DISCRETE, true, false},
      {VORDEC_DEVICE_INTEGRATED, true, false},
      {VORDEC_DEVICE_VIRTUAL, true, false},
      {VORDEC_DEVICE_HOST, false, true},
      {VORDEC_DEVICE_SOFTWARE, false, true},
      {VORDEC_DEVICE_OTHER, false, false},
      {(enum vordec_device_type)(VORDEC_DEVICE_OTHER + 1), false, false},
      {(enum vordec_device_type) - 1, false, false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    assert_int_equal(device_is_gpu(rows[i].type), rows[i].gpu);
    assert_int_equal(device_is_cpu(rows[i].type), rows[i].cpu);
    if (i > 0 && i < 7) assert_true(device_rank(rows[i - 1].type) < device_rank(rows[i].type)); /* in order of rank */
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(kinds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
