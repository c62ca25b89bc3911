/* SPDX-License-Identifier: MIT */
/*
 * slow_device.h - pretends that the device is slow, by a clock of its own.
 *
 * Each workgroup, and each block of bytes that is copied, takes a time that depends on its kernel and on nothing else.
 * Time marks are of this clock, so that what a plugin learns from them does not depend on the machine, and every
 * submission's length is known.
 */
#ifndef VORDEC_TEST_SLOW_DEVICE_H
#define VORDEC_TEST_SLOW_DEVICE_H

#include "harness.h"

void slow_device_hook(struct vk_table *table, enum vk_table_part part);

/* What a workgroup takes, of the fastest kernel; others take up to five times as much. 64 KiB take as long. */
void slow_device_set(double workgroup_ms);

struct slow_device_report {
  unsigned submissions;
  double sum_ms, longest_ms;
  double excess_ms; /* the longest submission, less what of it could not be cut: a workgroup, or a library's dispatch */
  uint64_t dispatches; /* of all command buffers submitted */
};

/* Since the last time. */
struct slow_device_report slow_device_take(void);

/* The clock, for a host without time marks. */
uint64_t slow_device_clock_ns(void *ctx);

/* Whether time marks are there at all, of sessions opened from now on. */
void slow_device_marks(bool there);

#endif
