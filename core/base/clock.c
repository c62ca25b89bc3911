/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include <time.h>

uint64_t clock_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

double clock_ms(void) {
  return 1e-6 * (double)clock_ns();
}

double clock_s(void) {
  return 1e-9 * (double)clock_ns();
}
