/* SPDX-License-Identifier: MIT */
/* plot_field.h - panels of fields and masks. */
#ifndef VORDEC_PLOT_PLOT_FIELD_H
#define VORDEC_PLOT_PLOT_FIELD_H

#include "figure.h"
#include "plot_panel.h"

/* A whole panel with a field or a mask, and the key below it. What goes wrong is kept in cr. */
void plot_field_draw(cairo_t *cr, const struct panel *panel, const struct panel_box *box);

#endif
