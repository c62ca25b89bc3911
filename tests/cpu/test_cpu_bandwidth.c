/* SPDX-License-Identifier: MIT */
/*
 * Filling memory, timed: plausible seconds, no memory left behind, and every refusal of memory survived.
 */
#include "doubles.h"

#include "core/base/clock.h"
#include "cpu_harness.h"

static const struct vordec_bandwidth_interface *interface_of(const struct cpu_harness *harness) {
  const struct vordec_bandwidth_interface *interface = harness->backend->get_interface(VORDEC_BANDWIDTH_INTERFACE);
  assert_non_null(interface);
  assert_int_equal(interface->struct_size, sizeof *interface);
  return interface;
}

static void test_any_size_and_number_of_threads(void **state) {
  (void)state;
  static const uint64_t sizes[] = {1, 63, 64, 65, 1000, 4097, (uint64_t)16 << 20};
  for (uint32_t threads = 1; threads <= 5; threads += 2) {
    struct cpu_harness harness;
    cpu_harness_open(&harness, threads);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
      struct vordec_bandwidth_result result = {.struct_size = sizeof result};
      struct vordec_error error = {0};
      const size_t blocks = atomic_load(&harness.host.blocks);
      const double start = clock_s();
      assert_int_equal(interface_of(&harness)->fill(harness.session, sizes[i], &result, &error), VORDEC_OK);
      const double call = clock_s() - start;
      assert_int_equal(atomic_load(&harness.host.blocks), blocks);
      assert_true(result.bytes <= sizes[i] && result.bytes + 64 > sizes[i]);
      assert_true(result.seconds > 0.0 && result.seconds < call);
      assert_false(result.device_timestamps);
    }
    cpu_harness_close(&harness);
  }
}

/* No memory of today takes 16 MiB in less than ten microseconds by one thread, or in more than ten seconds. */
static void test_seconds_are_of_one_run(void **state) {
  (void)state;
  struct cpu_harness harness;
  cpu_harness_open(&harness, 1);
  struct vordec_bandwidth_result result = {.struct_size = sizeof result};
  struct vordec_error error = {0};
  assert_int_equal(interface_of(&harness)->fill(harness.session, (uint64_t)16 << 20, &result, &error), VORDEC_OK);
  check_at_most(1e-5, result.seconds);
  check_at_most(result.seconds, 10.0);
  cpu_harness_close(&harness);
}

static void test_without_memory(void **state) {
  (void)state;
  struct cpu_harness harness;
  cpu_harness_open(&harness, 2);
  const size_t blocks = atomic_load(&harness.host.blocks);
  static const uint64_t sizes[] = {4096, UINT64_MAX, UINT64_MAX / 2 + 2};
  for (size_t i = 0; i < 3; i++) {
    struct vordec_bandwidth_result result = {.struct_size = sizeof result};
    struct vordec_error error = {0};
    counting_host_refuse(&harness.host, 1, true);
    assert_int_equal(interface_of(&harness)->fill(harness.session, sizes[i], &result, &error), VORDEC_E_NO_MEMORY);
    assert_int_equal(error.reason, VORDEC_REASON_HOST_MEMORY);
    assert_int_equal(atomic_load(&harness.host.blocks), blocks);
    counting_host_refuse(&harness.host, 0, false);
  }
  cpu_harness_close(&harness);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_any_size_and_number_of_threads),
                                     cmocka_unit_test(test_seconds_are_of_one_run),
                                     cmocka_unit_test(test_without_memory)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
