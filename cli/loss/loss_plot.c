/* SPDX-License-Identifier: MIT */
#include "loss_plot.h"

#include <math.h>
#include <stdlib.h>
#include <vordec/error.h>
#include <vordec/vordec.h>

#include "plot/plot.h"

#define CURVES 7 /* of a panel */
#define PANELS 3

/* Points of one curve, one block of memory. */
struct curve {
  double *x, *y;
  size_t count;
  char label[32];
};

struct chart {
  struct curve curves[CURVES];
  struct plot_series series[CURVES];
  size_t count;
};

static struct curve *add_curve(struct chart *chart, size_t room, const char *label) {
  if (chart->count == CURVES) return NULL;
  struct curve *curve = &chart->curves[chart->count];
  *curve = (struct curve){.x = calloc(2 * room + 1, sizeof *curve->x)};
  if (!curve->x) return NULL;
  curve->y = curve->x + room;
  snprintf(curve->label, sizeof curve->label, "%s", label);
  chart->series[chart->count++] =
      (struct plot_series){.label = curve->label, .x = curve->x, .y = curve->y, .marked = true};
  return curve;
}

static void add_point(struct curve *curve, double x, double y) {
  curve->x[curve->count] = x;
  curve->y[curve->count++] = y;
}

/* The numbers of points are known at the end. */
static void finish(struct chart *chart) {
  for (size_t i = 0; i < chart->count; i++) chart->series[i].count = chart->curves[i].count;
}

static void release(struct chart *chart) {
  for (size_t i = 0; i < chart->count; i++) free(chart->curves[i].x);
}

/* ---- size ---- */

static bool fill_sizes(const struct loss_results *results, struct chart *chart) {
  struct curve *kept = add_curve(chart, results->row_count, "states with kept modes");
  struct curve *cut = kept ? add_curve(chart, results->row_count, "low modes alone") : NULL;
  struct curve *largest = cut ? add_curve(chart, results->largest_count, "largest modes") : NULL;
  if (!largest) return false;
  for (size_t i = 0; i < results->row_count; i++) {
    const struct loss_row *row = &results->rows[i];
    add_point(row->width ? kept : cut, (double)row->numbers, row->mean);
  }
  for (size_t i = 0; i < results->largest_count; i++) {
    add_point(largest, (double)results->largest[i].numbers, results->largest[i].mean);
  }
  chart->series[0].scattered = true;
  chart->series[2].marked = false;
  const double target = results->request->target;
  if (!(target > 0)) return true;
  char label[32];
  snprintf(label, sizeof label, "target %g", target);
  struct curve *line = add_curve(chart, 2, label);
  if (!line) return false;
  add_point(line, (double)results->largest[0].numbers, target);
  add_point(line, (double)results->largest[results->largest_count - 1].numbers, target);
  chart->series[3].marked = false;
  chart->series[3].dashed = true;
  return true;
}

/* ---- one axis of the table, the others as in the request ---- */

static double mid_cut_of(const struct loss_row *row) {
  return row->mid_cut;
}

static double width_of(const struct loss_row *row) {
  return (double)row->width;
}

/* Rows with the request's k_cut, and its width or mid cut, a curve for each number of kept modes. */
static bool fill_axis(const struct loss_results *results, bool over_width, struct chart *chart) {
  const struct vordec_encoder_desc *own = &results->request->encoding.desc;
  const uint32_t width = results->encoder->smooth_width;
  double (*const x_of)(const struct loss_row *) = over_width ? width_of : mid_cut_of;
  size_t kept[CURVES], curves = 0;
  for (size_t i = 0; i < results->row_count; i++) {
    const struct loss_row *row = &results->rows[i];
    if (row->k_cut != own->k_cut || !row->width) continue;
    if (over_width ? row->mid_cut != own->resid_mid_cut : row->width != width) continue;
    size_t c = 0;
    while (c < curves && kept[c] != row->asked) c++;
    if (c == CURVES) continue;
    if (c == curves) {
      char label[32];
      snprintf(label, sizeof label, "%zu kept", row->asked);
      if (!add_curve(chart, results->row_count, label)) return false;
      kept[curves++] = row->asked;
    }
    add_point(&chart->curves[c], x_of(row), row->mean);
  }
  return true;
}

/* A panel without a row: the table left the request's own k_cut out. */
static void fill_empty(struct chart *chart) {
  static const double nothing = NAN;
  if (chart->count) return;
  chart->series[chart->count] =
      (struct plot_series){.label = "not in the table", .x = &nothing, .y = &nothing, .count = 1};
}

static enum vordec_status draw(const char *path, const struct loss_results *results, const struct chart *charts,
                               struct vordec_error *error) {
  const struct vordec_encoder_desc *own = &results->request->encoding.desc;
  const uint32_t width = results->encoder->smooth_width;
  char title[160], subtitle[200 + LOSS_MADE_BY_MAX], over_mid[96], over_width[96];
  snprintf(title, sizeof title, "What states lose: relative L2 of the decoded field, mean of %zu frames; N = %zu",
           results->frames, results->n);
  snprintf(subtitle, sizeof subtitle,
           "asked for: k_cut %g, mid cut %g, %zu kept, width %u. Made by vordec loss %s on %s", own->k_cut,
           own->resid_mid_cut, own->topk_mid, width, vordec_version(), results->made_by);
  snprintf(over_mid, sizeof over_mid, "over the mid cut: k_cut %g, width %u", own->k_cut, width);
  snprintf(over_width, sizeof over_width, "over the width: k_cut %g, mid cut %g", own->k_cut, own->resid_mid_cut);
  const struct {
    const char *title, *x_label;
    bool log;
  } texts[PANELS] = {{"over size", "independent numbers", true},
                     {over_mid, "mid cut, |k|", false},
                     {over_width, "width of smoothing, cells", false}};
  struct panel panels[PANELS];
  for (size_t i = 0; i < PANELS; i++) {
    panels[i] = (struct panel){.kind = PANEL_LINES,
                               .title = texts[i].title,
                               .series = charts[i].series,
                               .series_count = charts[i].count ? charts[i].count : 1,
                               .x_label = texts[i].x_label,
                               .y_label = "relative L2",
                               .log_x = texts[i].log,
                               .from_zero = true};
  }
  const struct plot_marker marker = {(double)results->states->info.numbers, "asked for"};
  panels[0].markers = &marker;
  panels[0].marker_count = 1;
  const struct figure figure = {.title = title, .panels = panels, .panel_count = PANELS, .subtitle = subtitle};
  return plot_figure(path, &figure, error);
}

enum vordec_status loss_plot(const char *path, const struct loss_results *results, struct vordec_error *error) {
  struct chart charts[PANELS] = {0};
  enum vordec_status status = VORDEC_OK;
  if (!fill_sizes(results, &charts[0]) || !fill_axis(results, false, &charts[1]) ||
      !fill_axis(results, true, &charts[2])) {
    status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for %s", path);
  }
  for (size_t i = 0; i < PANELS; i++) {
    finish(&charts[i]);
    fill_empty(&charts[i]);
  }
  if (!status) status = draw(path, results, charts, error);
  for (size_t i = 0; i < PANELS; i++) release(&charts[i]);
  return status;
}
