/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <numerics/philox.h>

#include "support.h"

/* Known answers published with the generator (Random123, kat_vectors, philox4x32 10). */
static void test_known_answers(void **state) {
  static const struct {
    uint64_t seed;
    struct philox_block counter, expected;
  } vectors[] = {
      {0, {{0, 0, 0, 0}}, {{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}}},
      {0xffffffffffffffff,
       {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}},
       {{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}}},
      {0x299f31d0a4093822,
       {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}},
       {{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}},
  };
  (void)state;
  for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
    const struct philox_block block = philox(vectors[i].seed, vectors[i].counter);
    assert_memory_equal(&block, &vectors[i].expected, sizeof block);
  }
}

static void test_uniform_range(void **state) {
  (void)state;
  assert_true(philox_uniform(0, 0) == 0.0);
  assert_true(philox_uniform(0, 0x7ff) == 0.0); /* the eleven lowest bits do not count */
  assert_true(philox_uniform(0, 0x800) == 0x1p-53);
  assert_true(philox_uniform(0x80000000u, 0) == 0.5);
  assert_true(philox_uniform(0xffffffffu, 0xffffffffu) == 1.0 - 0x1p-53);
}

/* counter = (index, step, band, 0); the first answer above gives the phase of index 0, step 0, band 0, seed 0. */
static void test_phase(void **state) {
  (void)state;
  const double u = (double)((0x6627e8d5e169c58du >> 11)) / 9007199254740992.0;
  assert_at_most(fabs(philox_phase(0, 0, 0, 0) - 2 * acos(-1.0) * u), 0.0);
  const struct philox_block block = philox(12345, (struct philox_block){{7, 3, 1, 0}});
  const double expected = 2 * acos(-1.0) * philox_uniform(block.word[0], block.word[1]);
  assert_at_most(fabs(philox_phase(12345, 7, 3, 1) - expected), 0.0);
}

/* Mean and variance of 2^16 phases lie within five standard errors of the uniform distribution's. */
static void test_phase_moments(void **state) {
  (void)state;
  const double pi = acos(-1.0), count = 65536;
  double sum = 0, squares = 0;
  for (uint32_t i = 0; i < 65536; i++) {
    const double centred = philox_phase(12345, i, 0, 0) - pi;
    sum += centred;
    squares += centred * centred;
  }
  const double variance = pi * pi / 3;
  assert_at_most(fabs(sum / count), 5 * sqrt(variance / count));
  assert_at_most(fabs(squares / count - variance), 5 * sqrt(4 * variance * variance / 5 / count));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_known_answers),
      cmocka_unit_test(test_uniform_range),
      cmocka_unit_test(test_phase),
      cmocka_unit_test(test_phase_moments),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
