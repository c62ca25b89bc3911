/* SPDX-License-Identifier: MIT */
/*
 * way_times.h - how long the ways of taking a step took, each several times, and which is to be preferred. Pure.
 */
#ifndef VORDEC_VULKAN_WAY_TIMES_H
#define VORDEC_VULKAN_WAY_TIMES_H

#include "simulation_way.h"

#define WAY_TIMES_MAX 16u /* of a way */

struct way_times {
  uint32_t count[SIMULATION_WAYS];
  double ms[SIMULATION_WAYS][WAY_TIMES_MAX];
};

/* Drops what is beyond WAY_TIMES_MAX. */
void way_times_add(struct way_times *times, uint32_t way, double ms);

/* Of the way's times; infinite where there are none. */
double way_times_median(const struct way_times *times, uint32_t way);

/* The fastest by the SIMULATION_WAYS medians; of those that are as fast to 1 %, which may change places from one
 * measurement to the next, the first. The last way if all are infinite: it serves whatever is served at all. */
uint32_t way_times_best(const double *medians);

/* Whether a device's clock has settled: the last of its runs were no faster than the one before them. */
#define CLOCK_RUNS 4u
bool clock_has_settled(const double *ms, uint32_t count);

#endif
