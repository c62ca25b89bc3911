/* SPDX-License-Identifier: MIT */
/* plot_triptych.h - a true field, the decoded one and their difference side by side, on one colour scale. */
#ifndef VORDEC_PLOT_PLOT_TRIPTYCH_H
#define VORDEC_PLOT_PLOT_TRIPTYCH_H

#include "plot.h"

/* Fields are n x n doubles. */
struct plot_triptych {
  const char *title, *subtitle; /* each may be NULL */
  size_t n;
  double box;   /* its side */
  double limit; /* of the colour scale; 0: the largest magnitude of the truth, or without one of the decoded field */
  const double *truth; /* NULL: the decoded field stands alone */
  const double *decoded;
  size_t panel_size; /* of struct figure */
};

/* Errors as plot_figure(). */
enum vordec_status plot_triptych(const char *path, const struct plot_triptych *what, struct vordec_error *error);
/* Errors as plot_figure_pixels(). */
enum vordec_status plot_triptych_pixels(const char *path, const struct plot_triptych *what, struct plot_pixels *pixels,
                                        struct vordec_error *error);

#endif
