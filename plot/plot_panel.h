/* SPDX-License-Identifier: MIT */
/*
 * plot_panel.h - what the kinds of panels share: a square box with ticks around it and room for a key below.
 */
#ifndef VORDEC_PLOT_PLOT_PANEL_H
#define VORDEC_PLOT_PLOT_PANEL_H

#include "axis.h"
#include "canvas.h"

/* Pixels around a panel's box. */
#define PANEL_LEFT 72
#define PANEL_RIGHT 20
#define PANEL_TOP 34
#define PANEL_BOTTOM 116
#define PANEL_KEY 62 /* from the box's lower edge to the key */

struct panel_box {
  double x, y, size; /* upper left corner and side, whole pixels */
};

struct panel_axes {
  const struct axis_tick *x_ticks, *y_ticks;
  size_t x_count, y_count;
  const char *x_label, *y_label; /* may be NULL */
};

/* Frame, ticks, axis labels and title around a box. */
void plot_panel_draw_axes(cairo_t *cr, const struct panel_box *box, const struct panel_axes *axes, const char *title);

#endif
