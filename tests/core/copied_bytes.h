/* SPDX-License-Identifier: MIT */
/* Bytes to copy, and room for the copy in which nothing beside it may change. */
#ifndef VORDEC_TESTS_CORE_COPIED_BYTES_H
#define VORDEC_TESTS_CORE_COPIED_BYTES_H

#include "check.h"

#define COPIED_GUARD 64 /* bytes before a copy and behind it that are looked at */

struct copied_bytes {
  unsigned char *from, *room;
  size_t most; /* that are copied at a time; there are COPIED_GUARD bytes more to start further on */
};

/* CMocka's answer: 0, or 1 if there is no memory. */
int copied_open(struct copied_bytes *bytes, size_t most);
int copied_close(struct copied_bytes *bytes);

/* Where a copy of `count` bytes goes that starts `at` bytes (fewer than COPIED_GUARD) further on. What an earlier one
 * left in the room for it and for its guards is wiped. */
unsigned char *copied_to(struct copied_bytes *bytes, size_t at, size_t count);
/* Whether just those bytes are there that stand at `from_at`. */
void copied_check(const struct copied_bytes *bytes, size_t from_at, size_t to_at, size_t count);

#endif
