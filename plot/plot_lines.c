/* SPDX-License-Identifier: MIT */
#include "plot_lines.h"

#include <math.h>

#define X_TICKS 6
#define Y_TICKS 8
#define LINE_WIDTH 1.8
#define DASH 6.0
#define BAND_OPACITY 0.2
#define MARK_RADIUS 3.2
#define DOT_RADIUS 0.9 /* of the circle that marks a point between gaps; half the line's width, so it is filled */
#define SAMPLE_WIDTH 22.0
#define SAMPLE_GAP 8.0
#define ENTRY_GAP 26.0
#define ROW_HEIGHT 19.0
#define PADDING 0.04 /* of the range of y, above and below: keeps curves off the frame */
#define MARKER_DASH 4.0
#define WORD_LIFT 10.0 /* above the lower edge */

static const struct rgb shade_color = {232, 232, 232}, marker_color = {120, 120, 120};

/* The palette of Okabe and Ito (2008), which readers with colour vision deficiencies can tell apart. */
static const struct rgb palette[] = {{0, 114, 178}, {213, 94, 0},   {0, 158, 115}, {204, 121, 167},
                                     {230, 159, 0}, {86, 180, 233}, {0, 0, 0}};
#define PALETTE_COUNT (sizeof palette / sizeof palette[0])

static bool drawable(double value, bool log_scale) {
  return isfinite(value) && (!log_scale || value > 0.0);
}

static void widen(double value, double *lo, double *hi) {
  *lo = fmin(*lo, value);
  *hi = fmax(*hi, value);
}

/* Smallest and largest drawable x (or y) of all curves and bands. False: there is none. */
static bool find_range(const struct panel *panel, bool of_y, double *lo, double *hi) {
  *lo = INFINITY;
  *hi = -INFINITY;
  for (size_t s = 0; s < panel->series_count; ++s) {
    const struct plot_series *series = &panel->series[s];
    for (size_t i = 0; i < series->count; ++i) {
      if (!drawable(series->x[i], panel->log_x)) continue;
      if (of_y && !drawable(series->y[i], panel->log_y)) continue; /* of x, a gap at the end counts, too */
      widen(of_y ? series->y[i] : series->x[i], lo, hi);
      if (!of_y || !series->lower) continue;
      if (drawable(series->lower[i], panel->log_y)) widen(series->lower[i], lo, hi);
      if (drawable(series->upper[i], panel->log_y)) widen(series->upper[i], lo, hi);
    }
  }
  return *lo <= *hi;
}

static struct axis find_axis(const struct panel *panel, bool of_y) {
  const bool log_scale = of_y ? panel->log_y : panel->log_x;
  double lo = 0.0, hi = 0.0;
  if (!find_range(panel, of_y, &lo, &hi)) return log_scale ? axis_log(1.0, 10.0) : axis_linear(0.0, 1.0);
  if (log_scale) {
    const double factor = of_y ? pow(hi / lo, PADDING) : 1.0;
    return axis_log_tight(lo / factor, hi * factor);
  }
  if (of_y && panel->from_zero) {
    lo = fmin(lo, 0.0);
    hi = fmax(hi, 0.0);
  }
  const double padding = of_y ? PADDING * (hi - lo) : 0.0;
  return axis_linear(of_y && panel->from_zero && lo == 0.0 ? 0.0 : lo - padding, hi + padding);
}

static bool point_drawable(const struct plot_series *series, size_t i, const struct axis *x_axis,
                           const struct axis *y_axis) {
  return i < series->count && drawable(series->x[i], x_axis->log) && drawable(series->y[i], y_axis->log);
}

/* The stroke of a curve and of its sample in the legend. */
static void set_stroke(cairo_t *cr, const struct plot_series *series) {
  const double dash = DASH;
  cairo_set_line_width(cr, LINE_WIDTH);
  cairo_set_dash(cr, &dash, series->dashed ? 1 : 0, 0.0);
}

static void draw_dot(cairo_t *cr, double x, double y) {
  cairo_new_sub_path(cr);
  cairo_arc(cr, x, y, MARK_RADIUS, 0.0, 2.0 * M_PI);
  cairo_fill(cr);
}

/* Grey grounds, below the curves. */
static void draw_shades(cairo_t *cr, const struct panel *panel, const struct axis *x_axis,
                        const struct panel_box *box) {
  for (size_t i = 0; i < panel->shade_count; ++i) {
    const struct plot_shade *shade = &panel->shades[i];
    const double from = fmin(fmax(axis_at(x_axis, shade->from), 0.0), 1.0);
    const double to = fmin(fmax(axis_at(x_axis, shade->to), 0.0), 1.0);
    canvas_color(cr, shade_color);
    cairo_rectangle(cr, box->x + from * box->size, box->y, (to - from) * box->size, box->size);
    cairo_fill(cr);
  }
}

/* Upward, with its lower end at y. */
static void draw_word(cairo_t *cr, double x, double y, const char *word) {
  const double width = canvas_text_width(cr, TEXT_SMALL, word);
  cairo_set_source_rgba(cr, 1.0, 1.0, 1.0, 0.8);
  cairo_rectangle(cr, x - TEXT_SMALL, y - width - 2.0, TEXT_SMALL + 4.0, width + 4.0);
  cairo_fill(cr);
  canvas_text_up(cr, x, y - width / 2.0, TEXT_SMALL, width + 1.0, word);
}

/* Whether the first curve is in the lower half of the box where it comes nearest to x. */
static bool is_low_at(const struct panel *panel, double x, const struct axis *x_axis, const struct axis *y_axis) {
  const struct plot_series *series = &panel->series[0];
  const double at = axis_at(x_axis, x);
  double nearest = INFINITY;
  bool low = false;
  for (size_t i = 0; i < series->count; ++i) {
    if (!point_drawable(series, i, x_axis, y_axis)) continue;
    const double distance = fabs(axis_at(x_axis, series->x[i]) - at);
    if (!(distance < nearest)) continue;
    nearest = distance;
    low = axis_at(y_axis, series->y[i]) < 0.5;
  }
  return low;
}

/* The words of grounds and lines, above the curves: at the lower edge, or at the upper one where a line meets the first
 * curve below. */
static void draw_words(cairo_t *cr, const struct panel *panel, const struct axis *x_axis, const struct axis *y_axis,
                       const struct panel_box *box) {
  const double bottom = box->y + box->size - WORD_LIFT;
  for (size_t i = 0; i < panel->shade_count; ++i) {
    const struct plot_shade *shade = &panel->shades[i];
    const double middle = (axis_at(x_axis, shade->from) + axis_at(x_axis, shade->to)) / 2.0;
    if (!shade->label || !(middle >= 0.0 && middle <= 1.0)) continue;
    canvas_text(cr, box->x + middle * box->size, bottom, ALIGN_CENTER, TEXT_SMALL, shade->label);
  }
  for (size_t i = 0; i < panel->marker_count; ++i) {
    const struct plot_marker *marker = &panel->markers[i];
    const double at = axis_at(x_axis, marker->x), x = floor(box->x + at * box->size) + 0.5, dash = MARKER_DASH;
    if (!(at >= 0.0 && at <= 1.0)) continue;
    canvas_color(cr, marker_color);
    cairo_set_line_width(cr, 1.0);
    cairo_set_dash(cr, &dash, 1, 0.0);
    cairo_move_to(cr, x, box->y);
    cairo_line_to(cr, x, box->y + box->size);
    cairo_stroke(cr);
    cairo_set_dash(cr, NULL, 0, 0.0);
    if (!marker->label) continue;
    const double width = canvas_text_width(cr, TEXT_SMALL, marker->label);
    const bool low = is_low_at(panel, marker->x, x_axis, y_axis);
    draw_word(cr, x - 4.0, low ? box->y + WORD_LIFT + width : bottom, marker->label);
  }
}

static bool band_drawable(const struct plot_series *series, size_t i, const struct axis *x_axis,
                          const struct axis *y_axis) {
  return i < series->count && drawable(series->x[i], x_axis->log) && drawable(series->lower[i], y_axis->log) &&
         drawable(series->upper[i], y_axis->log);
}

/* Points from .. end - 1 of a band, there along one edge and back along the other. */
static void draw_stretch(cairo_t *cr, const struct plot_series *series, size_t from, size_t end,
                         const struct axis *x_axis, const struct axis *y_axis, const struct panel_box *box) {
  for (size_t j = 0; j < 2 * (end - from); ++j) {
    const bool back = j >= end - from;
    const size_t i = back ? 2 * end - from - 1 - j : from + j;
    const double value = back ? series->upper[i] : series->lower[i];
    const double x = box->x + axis_at(x_axis, series->x[i]) * box->size;
    cairo_line_to(cr, x, box->y + (1.0 - axis_at(y_axis, value)) * box->size);
  }
  cairo_close_path(cr);
  cairo_fill(cr);
}

static void draw_band(cairo_t *cr, const struct plot_series *series, struct rgb color, const struct axis *x_axis,
                      const struct axis *y_axis, const struct panel_box *box) {
  cairo_set_source_rgba(cr, color.r / 255.0, color.g / 255.0, color.b / 255.0, BAND_OPACITY);
  for (size_t from = 0; series->lower && from < series->count; ++from) {
    size_t end = from;
    while (band_drawable(series, end, x_axis, y_axis)) ++end;
    if (end > from) draw_stretch(cr, series, from, end, x_axis, y_axis, box);
    from = end;
  }
}

static void draw_curve(cairo_t *cr, const struct plot_series *series, const struct axis *x_axis,
                       const struct axis *y_axis, const struct panel_box *box) {
  bool pen_down = false;
  if (series->scattered) return;
  set_stroke(cr, series);
  for (size_t i = 0; i < series->count; ++i) {
    if (!point_drawable(series, i, x_axis, y_axis)) {
      pen_down = false;
      continue;
    }
    const double x = box->x + axis_at(x_axis, series->x[i]) * box->size;
    const double y = box->y + (1.0 - axis_at(y_axis, series->y[i])) * box->size;
    const bool alone = !pen_down && !point_drawable(series, i + 1, x_axis, y_axis);
    if (alone) {
      cairo_new_sub_path(cr);
      cairo_arc(cr, x, y, DOT_RADIUS, 0.0, 2.0 * M_PI);
    } else if (pen_down) {
      cairo_line_to(cr, x, y);
    } else {
      cairo_move_to(cr, x, y);
    }
    pen_down = true;
  }
  cairo_stroke(cr);
}

static void draw_marks(cairo_t *cr, const struct plot_series *series, const struct axis *x_axis,
                       const struct axis *y_axis, const struct panel_box *box) {
  for (size_t i = 0; (series->marked || series->scattered) && i < series->count; ++i) {
    if (!point_drawable(series, i, x_axis, y_axis)) continue;
    draw_dot(cr, box->x + axis_at(x_axis, series->x[i]) * box->size,
             box->y + (1.0 - axis_at(y_axis, series->y[i])) * box->size);
  }
}

static void draw_curves(cairo_t *cr, const struct panel *panel, const struct axis *x_axis, const struct axis *y_axis,
                        const struct panel_box *box) {
  cairo_save(cr);
  cairo_rectangle(cr, box->x, box->y, box->size, box->size);
  cairo_clip(cr);
  cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
  cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
  for (size_t s = 0; s < panel->series_count; ++s) {
    draw_band(cr, &panel->series[s], palette[s % PALETTE_COUNT], x_axis, y_axis, box);
  }
  for (size_t s = 0; s < panel->series_count; ++s) {
    canvas_color(cr, palette[s % PALETTE_COUNT]);
    draw_curve(cr, &panel->series[s], x_axis, y_axis, box);
    draw_marks(cr, &panel->series[s], x_axis, y_axis, box);
  }
  cairo_restore(cr);
}

static double entry_width(cairo_t *cr, const struct plot_series *series) {
  return SAMPLE_WIDTH + SAMPLE_GAP + canvas_text_width(cr, TEXT_SMALL, series->label);
}

/* Entries of the legend's row that starts with series `from`: as many as fit. Returns the series after them. */
static size_t fill_row(cairo_t *cr, const struct panel *panel, size_t from, double room, double *width) {
  size_t s = from;
  *width = 0.0;
  for (; s < panel->series_count; ++s) {
    if (!panel->series[s].label) continue;
    const double wider = *width + (*width > 0.0 ? ENTRY_GAP : 0.0) + entry_width(cr, &panel->series[s]);
    if (wider > room && *width > 0.0) break;
    *width = wider;
  }
  return s;
}

/* Below the box, in centred rows, so that it never lies on a curve. */
static void draw_legend(cairo_t *cr, const struct panel *panel, const struct panel_box *box) {
  double y = box->y + box->size + PANEL_KEY + 4.0;
  for (size_t s = 0; s < panel->series_count;) {
    double width = 0.0;
    const size_t end = fill_row(cr, panel, s, box->size, &width);
    double x = box->x + (box->size - width) / 2.0;
    for (; s < end; ++s) {
      const char *label = panel->series[s].label;
      if (!label) continue;
      canvas_color(cr, palette[s % PALETTE_COUNT]);
      set_stroke(cr, &panel->series[s]);
      if (!panel->series[s].scattered) {
        cairo_move_to(cr, x, y);
        cairo_line_to(cr, x + SAMPLE_WIDTH, y);
        cairo_stroke(cr);
      }
      cairo_set_line_width(cr, 1.0);
      cairo_set_dash(cr, NULL, 0, 0.0);
      if (panel->series[s].marked || panel->series[s].scattered) draw_dot(cr, x + SAMPLE_WIDTH / 2.0, y);
      x += SAMPLE_WIDTH + SAMPLE_GAP;
      x += canvas_text(cr, x, y + 4.5, ALIGN_LEFT, TEXT_SMALL, label) + ENTRY_GAP;
    }
    y += ROW_HEIGHT;
  }
}

/* An axis's label with the power of ten that its tick labels leave out. */
static const char *full_label(const char *label, const struct axis *axis, char *text, size_t size) {
  char power[AXIS_LABEL_MAX];
  axis_exponent_text(axis->exponent, power);
  snprintf(text, size, "%s%s%s", label ? label : "", label && *power ? "  " : "", power);
  return text;
}

void plot_lines_draw(cairo_t *cr, const struct panel *panel, const struct panel_box *box) {
  struct axis_tick x_ticks[AXIS_MAX_TICKS], y_ticks[AXIS_MAX_TICKS];
  char x_text[256], y_text[256];
  const struct axis x_axis = find_axis(panel, false), y_axis = find_axis(panel, true);
  const struct panel_axes axes = {
      .x_ticks = x_ticks,
      .y_ticks = y_ticks,
      .x_count = axis_ticks(&x_axis, X_TICKS, x_ticks),
      .y_count = axis_ticks(&y_axis, Y_TICKS, y_ticks),
      .x_label = full_label(panel->x_label, &x_axis, x_text, sizeof x_text),
      .y_label = full_label(panel->y_label, &y_axis, y_text, sizeof y_text),
  };
  draw_shades(cr, panel, &x_axis, box);
  draw_curves(cr, panel, &x_axis, &y_axis, box);
  draw_words(cr, panel, &x_axis, &y_axis, box);
  plot_panel_draw_axes(cr, box, &axes, panel->title);
  draw_legend(cr, panel, box);
}
