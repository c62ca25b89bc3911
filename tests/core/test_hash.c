/* SPDX-License-Identifier: MIT */
/* Digests against those of Python's hashlib.blake2b(data, digest_size=16).hexdigest(). */
#include "check.h"

#include <stdlib.h>

static void check_digest(const void *data, size_t size, const char *expected) {
  char digest[34];
  memset(digest, '#', sizeof digest);
  vordec_hash(data, size, digest);
  assert_string_equal(digest, expected);
  assert_int_equal(digest[33], '#');
}

static void known_answers(void **state) {
  (void)state;
  uint8_t block[129];
  check_digest("", 0, "cae66941d9efbd404e4d88758ea67670");
  check_digest(NULL, 0, "cae66941d9efbd404e4d88758ea67670");
  check_digest("abc", 3, "cf4ab791c62b8d2b2109c90275287816");
  /* around the length of a block */
  memset(block, 0xff, sizeof block);
  check_digest(block, 127, "56b12b050d075866fc4ab08be0e40fdc");
  memset(block, 0, sizeof block);
  check_digest(block, 128, "40d697295c01d2312035c1fa7d884b8d");
  check_digest(block, 129, "dcd04926f5dafbeb0bb326f1915d1066");
}

/* bytes((i * 31 + 7) % 251 for i in range(1 << 20)), at every alignment */
static void a_mebibyte(void **state) {
  (void)state;
  const size_t size = (size_t)1 << 20;
  uint8_t *data = malloc(size + 8);
  assert_non_null(data);
  for (size_t shift = 0; shift < 8; shift++) {
    for (size_t i = 0; i < size; i++) data[shift + i] = (uint8_t)((i * 31 + 7) % 251);
    check_digest(data + shift, size, "00495ff577d7c8ebf0accb8fa6f6ae98");
  }
  free(data);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(known_answers), cmocka_unit_test(a_mebibyte)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
