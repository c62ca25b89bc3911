/*
 * plot.h - figures as PNG files: panels side by side, each with a title, axes and a key below it.
 *
 * Fields are n x n, row-major, axis 0 = y, axis 1 = x, on the box [0, 2 pi) x [0, 2 pi). y points up: row 0 is drawn at
 * the bottom. Panels are about 480 pixels wide whatever n is: small fields are enlarged by a whole factor without
 * smoothing, large ones are averaged over the area of each pixel. Text uses the font DejaVu Sans where it is installed.
 * A PNG goes through an outfile. Different figures may be drawn by different threads.
 */
#ifndef VORDEC_IO_PLOT_H
#define VORDEC_IO_PLOT_H

#include <vordec/types.h>

struct outfile;

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
  size_t count;
  bool dashed; /* a bound or a guide rather than data */
  bool marked; /* with a dot at every point */
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

  /* PANEL_LINES */
  const struct plot_series *series;
  size_t series_count;
  const char *x_label, *y_label; /* may be NULL */
  bool log_x, log_y;
};

struct figure {
  const char *title; /* UTF-8, one line; shrunk and then cut to fit; may be NULL */
  const struct panel *panels;
  size_t panel_count; /* at least 1 */
};

/* The largest finite magnitude in n x n values; 0 where there is none. For a colour scale that panels share. */
double plot_absmax(const void *data, enum vordec_precision precision, size_t n);

/* Draws a figure. Values that are not finite are drawn grey; a field of zeros gets the scale -1 .. 1. E_USAGE: no
 * panel, or one without data. E_IO: path cannot be written. E_NO_MEMORY. */
enum vordec_status plot_figure(const char *path, const struct figure *figure, struct vordec_error *error);

/* One decoded state: omega_lp, mask and, where there is one, omega_hat; the omega panels share their colour scale. */
struct plot_decode {
  const char *title; /* what produced it: backend, device, N, .. */
  size_t n;
  enum vordec_precision precision;
  const void *omega_lp;  /* n x n */
  const int8_t *mask;    /* n x n */
  const void *omega_hat; /* n x n, or NULL */
};

/* Errors as plot_figure(). */
enum vordec_status plot_decode(const char *path, const struct plot_decode *what, struct vordec_error *error);
/* The same into an outfile, which the caller commits. */
enum vordec_status plot_decode_to(struct outfile *file, const struct plot_decode *what, struct vordec_error *error);

#endif
