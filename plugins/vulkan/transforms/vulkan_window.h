/*
 * vulkan_window.h - what smoothing does to a single mode exp(2 pi i k x / n) of a line.
 *
 * Away from the ends of the line, and everywhere if it is periodic, the mode is multiplied by a number; within reach of
 * an end with a zero boundary it is not, since a part of the window lies outside.
 */
#ifndef VORDEC_VULKAN_WINDOW_H
#define VORDEC_VULKAN_WINDOW_H

#include <complex.h>
#include <vordec/backend.h>

struct window {
  uint32_t n, width;
  enum vordec_smooth_kernel kernel;
  enum vordec_boundary boundary;
  uint32_t left, right;        /* cells at each end of the line that the window reaches out of */
  const double complex *roots; /* exp(2 pi i j / n), n of them */
};

struct window window_of(const struct vordec_plan_desc *desc, const double complex *roots);

/* 1 less the number that a mode is multiplied by: accurate where that is close to 1. */
double complex window_loss(const struct window *window, uint32_t k);

/* Values that window_difference() needs to work in. */
size_t window_scratch(const struct window *window);

/* The mode less its smoothed self, at every cell of the line. */
void window_difference(const struct window *window, uint32_t k, double complex *scratch, double complex *difference);

#endif
