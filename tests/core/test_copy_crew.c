/* SPDX-License-Identifier: MIT */
/* Pieces that are added while threads copy: every byte, no other, whatever their number, sizes and places; also with no
 * thread, and with more pieces than wait at once. */
#include "copied_bytes.h"

#include "core/base/copy_crew.h"
#include "core/base/stream_copy.h"

#define MOST ((size_t)7 << 20)

static struct copied_bytes bytes;

static void check_crew(size_t threads, size_t each, size_t pieces, size_t from_at, size_t to_at) {
  struct copy_crew crew;
  unsigned char *to = copied_to(&bytes, to_at, pieces * each);
  copy_crew_start(&crew, threads);
  for (size_t i = 0; i < pieces; i++) copy_crew_add(&crew, to + i * each, bytes.from + from_at + i * each, each);
  copy_crew_finish(&crew);
  copied_check(&bytes, from_at, to_at, pieces * each);
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
  for (size_t count = 0; count < 400; count += count < 200 ? 1 : 7) {
    for (size_t at = 0; at < COPIED_GUARD; at += 9) {
      stream_copy(copied_to(&bytes, at, count), bytes.from + at / 2, count);
      copied_check(&bytes, at / 2, at, count);
    }
  }
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
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_byte), cmocka_unit_test(past_the_caches)};
  return cmocka_run_group_tests(tests, open_all, close_all);
}
