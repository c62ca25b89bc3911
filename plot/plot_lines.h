/* SPDX-License-Identifier: MIT */
/* plot_lines.h - panels of curves. */
#ifndef VORDEC_PLOT_PLOT_LINES_H
#define VORDEC_PLOT_PLOT_LINES_H

#include "figure.h"
#include "plot_panel.h"

/* A whole panel with curves, and the legend below it. What goes wrong is kept in cr. */
void plot_lines_draw(cairo_t *cr, const struct panel *panel, const struct panel_box *box);

#endif
