/* SPDX-License-Identifier: MIT */
/*
 * axis.h - where a value lies on an axis, and which values get a tick.
 */
#ifndef VORDEC_PLOT_AXIS_H
#define VORDEC_PLOT_AXIS_H

#include <stdbool.h>
#include <stddef.h>

#define AXIS_MAX_TICKS 128
#define AXIS_LABEL_MAX 24

struct axis {
  double lo, hi; /* ends; decimal logarithms on a logarithmic axis */
  bool log;
  int exponent; /* linear: labels are in units of 10^exponent; 0 where plain numbers read well */
};

struct axis_tick {
  double at;                  /* 0 (lo) .. 1 (hi) */
  char label[AXIS_LABEL_MAX]; /* UTF-8; empty: a minor tick */
};

/* A linear axis from lo to hi, as given. An empty or non-finite range becomes one that holds lo (or 0). */
struct axis axis_linear(double lo, double hi);

/* A logarithmic axis over the decades that hold lo .. hi (positive, finite). */
struct axis axis_log(double lo, double hi);

/* A logarithmic axis from lo to hi (positive, finite), as given; where they are equal, over the decades. */
struct axis axis_log_tight(double lo, double hi);

/* Position of a value, 0 at lo, 1 at hi; outside that range for values beyond. NaN: the axis has no such value. */
double axis_at(const struct axis *axis, double value);

/* Ticks at round values, ascending, about `wanted` labels (2 .. 12) at most. Returns their number. */
size_t axis_ticks(const struct axis *axis, size_t wanted, struct axis_tick ticks[AXIS_MAX_TICKS]);

/* "×10ⁿ" for the axis's exponent, or "" where it is 0. At most AXIS_LABEL_MAX bytes. */
void axis_exponent_text(int exponent, char text[AXIS_LABEL_MAX]);

#endif
