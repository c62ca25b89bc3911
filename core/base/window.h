/* SPDX-License-Identifier: MIT */
/*
 * window.h - the smoothing windows. Each is one row of a table, from which its name, its rules and its weights are
 * taken everywhere.
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
  /* The weight of an offset within the window, up to a factor that all its weights share. Never negative. */
  double (*height)(uint32_t width, int64_t offset);
};

/* The row of a window; NULL: there is no such window. */
const struct window *window_at(enum vordec_smooth_kernel kernel);

/* The name of the i-th window; NULL: there are no more. */
const char *window_name(size_t i);

/* What the i-th window asks of its width, in words ("odd widths only"); NULL: any width will do. */
const char *window_note(size_t i);

/* Whether the window can have this width. */
bool window_allows(enum vordec_smooth_kernel kernel, uint64_t width);

/* The sum of the heights at all offsets. */
double window_total(enum vordec_smooth_kernel kernel, uint32_t width);

/* Fills in the weights of all offsets in ascending order: heights divided by their sum, so that they add up to 1.
 * `weights` has room for `width` values. */
void window_weights(enum vordec_smooth_kernel kernel, uint32_t width, double *weights);

#endif
