/* SPDX-License-Identifier: MIT */
/* The one clock that durations are measured by: monotonic, from an arbitrary start. Any thread. */
#ifndef VORDEC_CORE_BASE_CLOCK_H
#define VORDEC_CORE_BASE_CLOCK_H

#include <stdint.h>

/* Nanoseconds. */
uint64_t clock_ns(void);
/* The same in milliseconds and in seconds. */
double clock_ms(void);
double clock_s(void);

#endif
