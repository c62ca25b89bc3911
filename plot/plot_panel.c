/* SPDX-License-Identifier: MIT */
#include "plot_panel.h"

#define TICK_LENGTH 5

void plot_panel_draw_axes(cairo_t *cr, const struct panel_box *box, const struct panel_axes *axes, const char *title) {
  const double bottom = box->y + box->size;
  canvas_frame(cr, box->x, box->y, box->size, box->size);
  for (size_t i = 0; i < axes->x_count; ++i) {
    const struct axis_tick *tick = &axes->x_ticks[i];
    const double x = box->x + tick->at * box->size;
    const double length = tick->label[0] ? TICK_LENGTH : TICK_LENGTH / 2.0;
    canvas_line(cr, x - 0.5, bottom, x - 0.5, bottom + length);
    canvas_text(cr, x, bottom + 22.0, ALIGN_CENTER, TEXT_SMALL, tick->label);
  }
  for (size_t i = 0; i < axes->y_count; ++i) {
    const struct axis_tick *tick = &axes->y_ticks[i];
    const double y = bottom - tick->at * box->size;
    const double length = tick->label[0] ? TICK_LENGTH : TICK_LENGTH / 2.0;
    canvas_line(cr, box->x - length - 1.0, y - 0.5, box->x - 1.0, y - 0.5);
    canvas_text(cr, box->x - 10.0, y + 4.5, ALIGN_RIGHT, TEXT_SMALL, tick->label);
  }
  const double middle = box->x + box->size / 2.0;
  const struct canvas_style style = {ALIGN_CENTER, TEXT_LABEL, box->size};
  if (axes->x_label) canvas_text_fit(cr, middle, bottom + 42.0, style, axes->x_label);
  if (axes->y_label) {
    canvas_text_up(cr, box->x - PANEL_LEFT + 22.0, box->y + box->size / 2.0, TEXT_LABEL, box->size, axes->y_label);
  }
  if (title) canvas_text_fit(cr, middle, box->y - 12.0, style, title);
}
