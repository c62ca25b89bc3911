/* SPDX-License-Identifier: MIT */
/*
 * plot.h - figures as PNG files, SVG texts or pixels: panels side by side, each with a title, axes and a key below it.
 *
 * Fields are n x n, row-major, axis 0 = y, axis 1 = x, on a periodic box, of side 2 pi unless it is said. y points up:
 * row 0 is drawn at the bottom. Panels are about 480 pixels wide whatever n is: small fields are enlarged by a whole
 * factor without smoothing, large ones are averaged over the area of each pixel. Text uses the font DejaVu Sans where
 * it is installed. A PNG goes through an outfile. Different figures may be drawn by different threads.
 */
#ifndef VORDEC_PLOT_PLOT_H
#define VORDEC_PLOT_PLOT_H

#include <stdio.h>

#include "figure.h"

struct outfile;

/* Draws a figure. Values that are not finite are drawn grey; a field of zeros gets the scale -1 .. 1. E_USAGE: no
 * panel, or one without data. E_IO: path cannot be written. E_NO_MEMORY. */
enum vordec_status plot_figure(const char *path, const struct figure *figure, struct vordec_error *error);

/* The same as SVG, into a stream. Meant for curves: fields become images in it. what: of messages. E_USAGE as above;
 * E_FAILED: the stream; E_NO_MEMORY. */
enum vordec_status plot_figure_svg(FILE *stream, const char *what, const struct figure *figure,
                                   struct vordec_error *error);

/* The same as pixels: width x height values 0xffRRGGBB, row by row from the top; to be freed. */
struct plot_pixels {
  size_t width, height;
  uint32_t *argb;
};
enum vordec_status plot_figure_pixels(const char *what, const struct figure *figure, struct plot_pixels *pixels,
                                      struct vordec_error *error);

/* One decoded state: omega_lp, mask and, where there is one, omega_hat; the omega panels share their colour scale. */
struct plot_decode {
  const char *title; /* what produced it: backend, device, N, .. */
  size_t n;
  double box; /* its side; 0: 2 pi */
  enum vordec_precision precision;
  const void *omega_lp;   /* n x n */
  const int8_t *mask;     /* n x n */
  const void *omega_hat;  /* n x n, or NULL */
  const char *mask_title; /* NULL: what it is */
  const char *subtitle;   /* a second line; may be NULL */
};

/* Errors as plot_figure(). */
enum vordec_status plot_decode(const char *path, const struct plot_decode *what, struct vordec_error *error);
/* The same into an outfile, which the caller commits. */
enum vordec_status plot_decode_to(struct outfile *file, const struct plot_decode *what, struct vordec_error *error);

#endif
