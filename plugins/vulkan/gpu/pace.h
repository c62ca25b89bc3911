/* SPDX-License-Identifier: MIT */
/*
 * pace.h - how much work a submission may hold, so that no watchdog ends it. Pure.
 *
 * Desktop drivers reset a device whose submission runs for some seconds. Work of unknown speed therefore begins with a
 * small submission, and the time that it took says how large the next one may be. Units are whatever the work is
 * counted in: workgroups, steps, bytes.
 */
#ifndef VORDEC_VULKAN_PACE_H
#define VORDEC_VULKAN_PACE_H

#include <stdint.h>

#define PACE_FIRST_CELLS (1u << 22) /* cells of a submission whose speed is not known */
#define PACE_GROWTH 8u              /* how much larger than any before it a submission may be: units differ */

/* One kind of work; zeroed: nothing is known of it. */
struct pace {
  double each_ms; /* that a unit takes */
  uint64_t most;  /* units of the largest submission so far */
};

/* The time that a submission is to take if none may take longer than limit_ms (> 0): units differ, and others use the
 * device. */
double pace_aim_ms(double limit_ms);

/* The number of units of the next submission, 1 .. left (left > 0), so that it takes about `room_ms`; a unit is the
 * work on `cells` (> 0) cells. The room is what pace_aim_ms() says, minus what the submission already holds. */
uint64_t pace_next(const struct pace *pace, double room_ms, double cells, uint64_t left);

/* The time that `units` (> 0) units will take; 0 if nothing is known. */
double pace_expect_ms(const struct pace *pace, uint64_t units);

/* Notes that a submission of `units` (> 0) units took ms (>= 0). The largest one so far is believed. Of others, slower
 * ones count at once and faster ones gradually. One that is much smaller and short, and seems slower, does not count:
 * its time is what any submission takes. */
void pace_learn(struct pace *pace, uint64_t units, double ms);

#endif
