/* SPDX-License-Identifier: MIT */
#include "copied_bytes.h"

#include <stdlib.h>
#include <string.h>

#define BLANK 0xA5

int copied_open(struct copied_bytes *bytes, size_t most) {
  const size_t size = most + 2 * COPIED_GUARD;
  bytes->most = most;
  bytes->from = malloc(size);
  bytes->room = malloc(size);
  if (!bytes->from || !bytes->room) return 1;
  for (size_t i = 0; i < size; i++) bytes->from[i] = (unsigned char)(i * 2654435761u >> 24);
  return 0;
}

int copied_close(struct copied_bytes *bytes) {
  free(bytes->from);
  free(bytes->room);
  return 0;
}

unsigned char *copied_to(struct copied_bytes *bytes, size_t at, size_t count) {
  assert_true(at < COPIED_GUARD && count <= bytes->most);
  memset(bytes->room, BLANK, count + 2 * COPIED_GUARD);
  return bytes->room + COPIED_GUARD + at;
}

void copied_check(const struct copied_bytes *bytes, size_t from_at, size_t to_at, size_t count) {
  const unsigned char *behind = bytes->room + COPIED_GUARD + to_at + count;
  assert_memory_equal(bytes->room + COPIED_GUARD + to_at, bytes->from + from_at, count);
  for (size_t i = 0; i < COPIED_GUARD + to_at; i++) assert_int_equal(bytes->room[i], BLANK);
  for (size_t i = 0; i < COPIED_GUARD - to_at; i++) assert_int_equal(behind[i], BLANK);
}
