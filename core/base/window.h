/* SPDX-License-Identifier: MIT */
/*
 * window.h - the smoothing windows: one row for each, from which names, rules and weights are taken everywhere.
 *
 * A window of width w around a cell covers the offsets -floor(w / 2) .. w - 1 - floor(w / 2). Any thread.
 */
#ifndef VORDEC_CORE_BASE_WINDOW_H
#define VORDEC_CORE_BASE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <vordec/types.h>

struct window {
  const char *name;
  bool needs_odd; /* its width must be odd */
  /* The weight of an offset within the window, but for a factor that all of them share; never negative. */
  double (*height)(uint32_t width, int64_t offset);
};

/* The row of a window; NULL: there is no such. */
const struct window *window_at(enum vordec_smooth_kernel kernel);

/* Its name; NULL behind the last. */
const char *window_name(size_t i);

/* What its width has to be, for people; NULL: any will do. */
const char *window_note(size_t i);

/* Whether a width suits the window. */
bool window_allows(enum vordec_smooth_kernel kernel, uint64_t width);

/* The sum of all heights. */
double window_total(enum vordec_smooth_kernel kernel, uint32_t width);

/* The weights of all offsets in their order: heights that add up to 1 after the division. `weights` has room for
 * `width`. */
void window_weights(enum vordec_smooth_kernel kernel, uint32_t width, double *weights);

#endif
