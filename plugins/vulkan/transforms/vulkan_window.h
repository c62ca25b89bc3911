/* SPDX-License-Identifier: MIT */
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

/* A VORDEC_SHAPE (push_constants.h): some windows have a way of their own, all others are tables. */
uint32_t vulkan_window_shape(enum vordec_smooth_kernel kernel);

struct vulkan_window {
  uint32_t n, width;
  uint32_t shape;
  const double *weights;       /* width of them */
  uint32_t left, right;        /* cells at each end of the line that the window reaches out of */
  const double complex *roots; /* exp(2 pi i j / n), n of them */
};

/* Fills weights, with room for the width. */
struct vulkan_window vulkan_window_of(const struct vordec_plan_desc *desc, const double complex *roots,
                                      double *weights);

/* 1 less the number that a mode is multiplied by: accurate where that is close to 1. */
double complex vulkan_window_loss(const struct vulkan_window *window, uint32_t k);

/* Values that vulkan_window_difference() needs to work in. */
size_t vulkan_window_scratch(const struct vulkan_window *window);

/* The mode less its smoothed self, at every cell of the line. */
void vulkan_window_difference(const struct vulkan_window *window, uint32_t k, double complex *scratch,
                              double complex *difference);

#endif
