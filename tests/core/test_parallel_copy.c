/* SPDX-License-Identifier: MIT */
/* Copies by several threads: every byte, no other, whatever the sizes, places and numbers of threads. */
#include "copied_bytes.h"

#include <stdlib.h>

#include "core/base/parallel_copy.h"

#define MOST (5 * PARALLEL_COPY_LEAST_BYTES + 12345)

static struct copied_bytes bytes;

static void check_copy(size_t count, size_t from_at, size_t to_at, size_t threads) {
  parallel_copy(copied_to(&bytes, to_at, count), bytes.from + from_at, count, threads);
  copied_check(&bytes, from_at, to_at, count);
}

static void every_byte(void **state) {
  (void)state;
  const size_t each = PARALLEL_COPY_LEAST_BYTES;
  const size_t sizes[] = {0, 1, each - 1, 2 * each, 2 * each + 1, 3 * each + 4097, MOST - 40};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    check_copy(sizes[i], 0, 0, 1 + 2 * i);
    check_copy(sizes[i], 7, 13, 2 + i);
  }
  check_copy(MOST - 40, 3, 5, 0);
  check_copy(MOST - 40, 3, 5, 1000);
}

/* Each number where it belongs, rounded as the language rounds it. */
static void narrowed(void **state) {
  (void)state;
  const size_t count = (3 * PARALLEL_COPY_LEAST_BYTES + 4100) / sizeof(float);
  double *numbers = malloc(count * sizeof *numbers);
  float *rounded = malloc((count + 3) * sizeof *rounded);
  assert_true(numbers && rounded);
  for (size_t i = 0; i < count; i++) numbers[i] = 0.1 * (double)i - 1e5;
  for (size_t threads = 0; threads < 5; threads++) {
    for (size_t i = 0; i < count + 3; i++) rounded[i] = -7;
    parallel_narrow(rounded + 1, numbers, count, threads);
    size_t wrong = rounded[0] != -7 || rounded[count + 1] != -7 || rounded[count + 2] != -7;
    for (size_t i = 0; i < count; i++) wrong += rounded[i + 1] != (float)numbers[i];
    assert_int_equal(wrong, 0);
  }
  free(rounded);
  free(numbers);
}

static int open_all(void **state) {
  (void)state;
  return copied_open(&bytes, MOST);
}

static int close_all(void **state) {
  (void)state;
  return copied_close(&bytes);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_byte), cmocka_unit_test(narrowed)};
  return cmocka_run_group_tests(tests, open_all, close_all);
}
