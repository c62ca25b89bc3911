/* SPDX-License-Identifier: MIT */
/* Pieces that are added while threads copy: every byte, no other, whatever their number, sizes and places; also with no
 * thread, and with more pieces than wait at once. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/copy_crew.h"
#include "core/base/stream_copy.h"

#define GUARD 64
#define MOST ((size_t)7 << 20)

static unsigned char *from, *to;

static void check_guards(size_t at, size_t bytes) {
  for (size_t i = 0; i < GUARD + at; i++) assert_int_equal(to[i], 0xA5);
  for (size_t i = 0; i < GUARD - at; i++) assert_int_equal(to[GUARD + at + bytes + i], 0xA5);
}

static void check_crew(size_t threads, size_t each, size_t pieces, size_t from_at, size_t to_at) {
  struct copy_crew crew;
  memset(to, 0xA5, MOST + 2 * GUARD);
  copy_crew_start(&crew, threads);
  for (size_t i = 0; i < pieces; i++) {
    copy_crew_add(&crew, to + GUARD + to_at + i * each, from + from_at + i * each, each);
  }
  copy_crew_finish(&crew);
  assert_memory_equal(to + GUARD + to_at, from + from_at, pieces * each);
  check_guards(to_at, pieces * each);
}

static void every_byte(void **state) {
  (void)state;
  for (size_t threads = 0; threads < 4; threads++) {
    check_crew(threads, ((size_t)3 << 20) + 5, 2, 3, 13);
    check_crew(threads, 4097, 5 * COPY_CREW_PIECES_MAX, 0, 0);
    check_crew(threads, 0, 3, 0, 0);
    check_crew(threads, 1, 3, 1, 2);
  }
  check_crew(1000, MOST - 64, 1, 0, 1);
}

static void past_the_caches(void **state) {
  (void)state;
  for (size_t bytes = 0; bytes < 400; bytes += bytes < 200 ? 1 : 7) {
    for (size_t at = 0; at < GUARD; at += 9) {
      memset(to, 0xA5, 2 * GUARD + bytes);
      stream_copy(to + GUARD + at, from + at / 2, bytes);
      assert_memory_equal(to + GUARD + at, from + at / 2, bytes);
      check_guards(at, bytes);
    }
  }
}

static int open_all(void **state) {
  (void)state;
  from = malloc(MOST + 2 * GUARD);
  to = malloc(MOST + 2 * GUARD);
  if (!from || !to) return 1;
  for (size_t i = 0; i < MOST + 2 * GUARD; i++) from[i] = (unsigned char)(i * 2654435761u >> 24);
  return 0;
}

static int close_all(void **state) {
  (void)state;
  free(from);
  free(to);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_byte), cmocka_unit_test(past_the_caches)};
  return cmocka_run_group_tests(tests, open_all, close_all);
}
