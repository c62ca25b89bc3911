/* SPDX-License-Identifier: MIT */
/* How states are shared: each belongs to one rank, and those of a round follow each other in the order of the ranks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/decode_rounds.h"

static void check(size_t count, size_t piece, size_t size) {
  const struct decode_rounds rounds = decode_rounds_of(count, piece, size);
  const size_t share = decode_rounds_share(&rounds);
  size_t next = 0;
  assert_true(piece >= count || share <= piece);
  for (size_t first = 0; first < count; first += rounds.step) {
    size_t most = 0, least = SIZE_MAX;
    for (size_t rank = 0; rank < size; rank++) {
      const struct rank_block block = decode_rounds_block(&rounds, first, rank);
      assert_true(block.count == 0 || block.first == next);
      assert_true(block.count <= share);
      next += block.count;
      most = block.count > most ? block.count : most;
      least = block.count < least ? block.count : least;
    }
    assert_true(most - least <= 1);
  }
  assert_int_equal(next, count);
}

static void every_state_once(void **state) {
  (void)state;
  for (size_t count = 1; count < 40; count++) {
    for (size_t piece = 1; piece < 12; piece++) {
      for (size_t size = 1; size < 9; size++) check(count, piece, size);
    }
    for (size_t size = 1; size < 50; size++) check(count, count, size);
  }
}

static void all_at_once_where_there_is_room(void **state) {
  (void)state;
  assert_int_equal(decode_rounds_of(100, 100, 7).step, 100);
  assert_int_equal(decode_rounds_of(100, 10, 3).step, 30);
  assert_int_equal(decode_rounds_of(100, 99, 2).step, 100);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_state_once),
      cmocka_unit_test(all_at_once_where_there_is_room),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
