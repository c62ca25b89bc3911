/* SPDX-License-Identifier: MIT */
/* figure.h - what is drawn: panels side by side, each a field, a mask or curves. */
#ifndef VORDEC_PLOT_FIGURE_H
#define VORDEC_PLOT_FIGURE_H

#include <vordec/types.h>

enum panel_kind {
  PANEL_FIELD = 0, /* real values in a diverging colour map, white at 0, with a colour bar */
  PANEL_MASK,      /* int8 values -1, 0, +1 in three colours, with a legend */
  PANEL_LINES      /* curves over x */
};

/* One curve of a line chart. Points with a value that is not finite, or not positive on a logarithmic axis, are gaps.
 */
struct plot_series {
  const char *label; /* NULL: not in the legend */
  const double *x, *y;
  const double *lower, *upper; /* a pale band of its colour around it; NULL: none */
  size_t count;
  bool dashed;    /* a bound or a guide rather than data */
  bool marked;    /* with a dot at every point */
  bool scattered; /* the dots alone: no line joins them */
};

/* A vertical line at x with a word beside it. */
struct plot_marker {
  double x;
  const char *label;
};

/* A range of x with a grey ground, and what it is. */
struct plot_shade {
  double from, to;
  const char *label;
};

struct panel {
  enum panel_kind kind;
  const char *title; /* UTF-8 */

  /* PANEL_FIELD and PANEL_MASK */
  size_t n;
  const void *data;                /* n x n: float or double as precision says; int8_t for a mask */
  enum vordec_precision precision; /* of a field */
  double limit;                    /* of a field: colours span -limit .. +limit; 0: the largest finite magnitude */
  const char *unit;                /* of a field: written beside the colour bar; may be NULL */
  double box;                      /* its side, which the axes show; 0: 2 pi */

  /* PANEL_LINES */
  const struct plot_series *series;
  size_t series_count;
  const char *x_label, *y_label; /* may be NULL */
  bool log_x, log_y;             /* logarithmic axes end where the data do */
  bool from_zero;                /* the y axis holds 0 */
  const struct plot_marker *markers;
  size_t marker_count;
  const struct plot_shade *shades;
  size_t shade_count;
};

struct figure {
  const char *title; /* UTF-8, one line; shrunk and then cut to fit; may be NULL */
  const struct panel *panels;
  size_t panel_count;   /* at least 1 */
  const char *subtitle; /* a second line, likewise */
  size_t panel_size;    /* about how wide a panel's box is, in pixels; 0: 480 */
};

/* The largest finite magnitude in n x n values; 0 where there is none. For a colour scale that panels share. */
double figure_absmax(const void *data, enum vordec_precision precision, size_t n);

#endif
