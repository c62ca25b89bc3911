/* SPDX-License-Identifier: MIT */
#include "plot_field.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define BAR_HEIGHT 14.0
#define BAR_TICKS 9
#define BAR_TICK_GAP 18.0 /* between labels */
#define SWATCH 14.0
#define SWATCH_GAP 8.0
#define ENTRY_GAP 36.0

/* The cells that pixel `index` of `size` covers along one axis of n cells. Weights are in units of 1/size of a cell and
 * add up to n. */
struct span {
  size_t first, last;
  size_t lo, hi; /* ends, in units of 1/size of a cell */
};

static struct span span_of(size_t index, size_t size, size_t n) {
  const size_t lo = index * n, hi = lo + n;
  return (struct span){lo / size, (hi - 1) / size, lo, hi};
}

static double span_weight(const struct span *span, size_t cell, size_t size) {
  const size_t lo = cell * size, hi = lo + size;
  return (double)((hi < span->hi ? hi : span->hi) - (lo > span->lo ? lo : span->lo));
}

/* What a box's pixels are painted from. */
struct painter {
  const struct panel *panel;
  const struct colormap *map;
  double limit;
  size_t size; /* of the box, in pixels */
};

static double relative_value(const struct painter *painter, size_t cell) {
  const struct panel *panel = painter->panel;
  const double value = panel->precision == VORDEC_FP32 ? (double)((const float *)panel->data)[cell]
                                                       : ((const double *)panel->data)[cell];
  return isfinite(value) ? value / painter->limit : NAN;
}

/* Mean over the pixel; one cell that is not finite makes the pixel so, and grey. */
static struct rgb field_pixel(const struct painter *painter, const struct span *sy, const struct span *sx) {
  const size_t n = painter->panel->n;
  double sum = 0.0;
  for (size_t iy = sy->first; iy <= sy->last; ++iy) {
    const double wy = span_weight(sy, iy, painter->size);
    for (size_t ix = sx->first; ix <= sx->last; ++ix) {
      sum += wy * span_weight(sx, ix, painter->size) * relative_value(painter, iy * n + ix);
    }
  }
  return colormap_at(painter->map, sum / ((double)n * (double)n));
}

/* Mean colour over the pixel: the mean of -1 and +1 is not 0. */
static struct rgb mask_pixel(const struct painter *painter, const struct span *sy, const struct span *sx) {
  const size_t n = painter->panel->n;
  const int8_t *mask = painter->panel->data;
  double r = 0.0, g = 0.0, b = 0.0;
  for (size_t iy = sy->first; iy <= sy->last; ++iy) {
    const double wy = span_weight(sy, iy, painter->size);
    for (size_t ix = sx->first; ix <= sx->last; ++ix) {
      const double weight = wy * span_weight(sx, ix, painter->size) / ((double)n * (double)n);
      const struct rgb color = colormap_mask(mask[iy * n + ix]);
      r += weight * color.r;
      g += weight * color.g;
      b += weight * color.b;
    }
  }
  return (struct rgb){(uint8_t)lround(r), (uint8_t)lround(g), (uint8_t)lround(b)};
}

/* Row 0 of the field is the lowest row of pixels. */
static void paint_pixels(const struct painter *painter, unsigned char *bytes, size_t stride) {
  const struct panel *panel = painter->panel;
  const size_t size = painter->size;
  for (size_t row = 0; row < size; ++row) {
    const struct span sy = span_of(size - 1 - row, size, panel->n);
    uint32_t *pixels = (uint32_t *)(void *)(bytes + row * stride);
    for (size_t column = 0; column < size; ++column) {
      const struct span sx = span_of(column, size, panel->n);
      const struct rgb c = panel->kind == PANEL_MASK ? mask_pixel(painter, &sy, &sx) : field_pixel(painter, &sy, &sx);
      pixels[column] = (uint32_t)c.r << 16 | (uint32_t)c.g << 8 | c.b;
    }
  }
}

static void draw_cells(cairo_t *cr, const struct painter *painter, const struct panel_box *box) {
  const int size = (int)painter->size;
  cairo_surface_t *image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, size, size);
  unsigned char *bytes = cairo_image_surface_get_data(image);
  if (bytes) paint_pixels(painter, bytes, (size_t)cairo_image_surface_get_stride(image));
  cairo_surface_mark_dirty(image);
  cairo_set_source_surface(cr, image, box->x, box->y); /* an image that failed makes cr fail, too */
  cairo_paint(cr);
  cairo_surface_destroy(image);
}

/* As many ticks as have room for their labels. */
static size_t fit_ticks(cairo_t *cr, const struct axis *axis, double room, struct axis_tick *ticks) {
  for (size_t wanted = BAR_TICKS;; --wanted) {
    const size_t count = axis_ticks(axis, wanted, ticks);
    double needed = 0.0;
    for (size_t i = 0; i < count; ++i) needed += BAR_TICK_GAP + canvas_text_width(cr, TEXT_SMALL, ticks[i].label);
    if (needed <= room || wanted == 2) return count;
  }
}

static void draw_colorbar(cairo_t *cr, const struct painter *painter, const struct panel_box *box) {
  const double width = floor(0.8 * box->size), x = floor(box->x + 0.1 * box->size), y = box->y + box->size + PANEL_KEY;
  for (int i = 0; i < (int)width; ++i) {
    canvas_color(cr, colormap_at(painter->map, 2.0 * (i + 0.5) / width - 1.0));
    cairo_rectangle(cr, x + i, y, 1.0, BAR_HEIGHT);
    cairo_fill(cr);
  }
  canvas_frame(cr, x, y, width, BAR_HEIGHT);

  struct axis_tick ticks[AXIS_MAX_TICKS];
  const struct axis axis = axis_linear(-painter->limit, painter->limit);
  const size_t count = fit_ticks(cr, &axis, width, ticks);
  for (size_t i = 0; i < count; ++i) {
    const double at = x + ticks[i].at * width;
    canvas_line(cr, at - 0.5, y + BAR_HEIGHT, at - 0.5, y + BAR_HEIGHT + 4.0);
    canvas_text(cr, at, y + BAR_HEIGHT + 18.0, ALIGN_CENTER, TEXT_SMALL, ticks[i].label);
  }
  char power[AXIS_LABEL_MAX], text[256];
  axis_exponent_text(axis.exponent, power);
  const char *unit = painter->panel->unit ? painter->panel->unit : "";
  snprintf(text, sizeof text, "%s%s%s", unit, *unit && *power ? "  " : "", power);
  const struct canvas_style style = {ALIGN_CENTER, TEXT_SMALL, box->size};
  canvas_text_fit(cr, x + width / 2.0, y + BAR_HEIGHT + 37.0, style, text);
}

static void draw_legend(cairo_t *cr, const struct panel_box *box) {
  static const char *const labels[] = {"\u22121", "0", "+1"};
  double width = 2.0 * ENTRY_GAP;
  for (int i = 0; i < 3; ++i) width += SWATCH + SWATCH_GAP + canvas_text_width(cr, TEXT_SMALL, labels[i]);
  double x = floor(box->x + (box->size - width) / 2.0);
  const double y = box->y + box->size + PANEL_KEY;
  for (int i = 0; i < 3; ++i) {
    canvas_color(cr, colormap_mask(i - 1));
    cairo_rectangle(cr, floor(x), y, SWATCH, SWATCH);
    cairo_fill(cr);
    canvas_frame(cr, floor(x), y, SWATCH, SWATCH);
    x += SWATCH + SWATCH_GAP;
    x += canvas_text(cr, x, y + SWATCH - 2.0, ALIGN_LEFT, TEXT_SMALL, labels[i]) + ENTRY_GAP;
  }
}

/* In units of pi, where the side is 2 pi, as nearly as positions in single precision say it; else in those of the box.
 */
static void make_ticks(double side, struct axis_tick ticks[3]) {
  static const struct axis_tick standard[] = {{0.0, "0"}, {0.5, "\u03c0"}, {1.0, "2\u03c0"}};
  memcpy(ticks, standard, sizeof standard);
  if (!(side > 0.0) || fabs(side / (2.0 * acos(-1.0)) - 1.0) < 1e-6) return;
  snprintf(ticks[1].label, sizeof ticks[1].label, "%.3g", side / 2.0);
  snprintf(ticks[2].label, sizeof ticks[2].label, "%.3g", side);
}

void plot_field_draw(cairo_t *cr, const struct panel *panel, const struct panel_box *box) {
  struct axis_tick ticks[3];
  make_ticks(panel->box, ticks);
  const struct panel_axes axes = {ticks, ticks, 3, 3, "x", "y"};
  struct colormap map;
  struct painter painter = {panel, &map, 1.0, (size_t)box->size};
  colormap_diverging(&map);
  if (panel->kind == PANEL_FIELD) {
    const double limit = panel->limit > 0.0 ? panel->limit : figure_absmax(panel->data, panel->precision, panel->n);
    if (limit > 0.0) painter.limit = limit;
  }
  draw_cells(cr, &painter, box);
  plot_panel_draw_axes(cr, box, &axes, panel->title);
  if (panel->kind == PANEL_MASK)
    draw_legend(cr, box);
  else
    draw_colorbar(cr, &painter, box);
}
