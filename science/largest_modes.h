/* SPDX-License-Identifier: MIT */
/*
 * largest_modes.h - the modes of a field with the largest coefficients, as few as hold so many independent numbers.
 *
 * A mode and its conjugate are one: two numbers, or one where it is its own conjugate.
 */
#ifndef VORDEC_SCIENCE_LARGEST_MODES_H
#define VORDEC_SCIENCE_LARGEST_MODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct largest_mode {
  double power;    /* |w_k|^2 */
  size_t at;       /* whatever the caller finds it by */
  uint32_t weight; /* independent numbers: 1 or 2 */
};

/* A heap with the smallest on top. */
struct largest_modes {
  struct largest_mode *modes;
  size_t count, room;
  size_t numbers, target; /* what those in it hold; what they are to hold at least */
};

/* Room for modes that hold `target` numbers. False: no memory. */
bool largest_modes_create(struct largest_modes *largest, size_t target);
/* Accepts a zeroed one. */
void largest_modes_release(struct largest_modes *largest);

/* Forgets all modes. */
void largest_modes_clear(struct largest_modes *largest);

/* Offers a mode, which takes the place of the smallest where it is larger; of equal ones the earlier stays. */
void largest_modes_offer(struct largest_modes *largest, const struct largest_mode *mode);

#endif
