#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/backend.h>

#include "bench_report.h"
#include "io/plot.h"

#define MIB 1048576.0
#define LINEAR_MIB 64.0 /* from this much output on, the start of a call should not count any more */
#define LABEL_MAX 112

/* The cases of one backend and FFT, by growing number of cells. */
struct curve {
  char label[LABEL_MAX], floor_label[LABEL_MAX];
  size_t count;
  bool floored;          /* its floor is drawn here, once for each backend and precision */
  double *cells, *mib;   /* x */
  double *ms, *ms_floor; /* of a call */
  double *ns, *ns_floor; /* of a cell */
};

struct chart {
  struct curve *curves;
  size_t curve_count;
  double *memory;                /* six numbers a result */
  struct plot_series *series[2]; /* of the two panels */
  size_t series_count[2];
  double mark_x[2], mark_y[2]; /* the line at LINEAR_MIB */
};

static double cells_of(const struct bench_result *result) {
  return (double)result->what.batch * (double)result->what.n * (double)result->what.n;
}

static bool same_curve(const struct bench_result *a, const struct bench_result *b) {
  return strcmp(a->backend, b->backend) == 0 && strcmp(a->fft, b->fft) == 0 && a->info.precision == b->info.precision;
}

static bool same_floor(const struct bench_result *a, const struct bench_result *b) {
  return strcmp(a->backend, b->backend) == 0 && a->info.precision == b->info.precision;
}

/* Indices of the results that go into the curve of result `first`, by cells. */
static size_t gather(const struct bench_results *results, size_t first, size_t *indices) {
  size_t count = 0;
  for (size_t i = 0; i < results->count; i++) {
    if (!same_curve(&results->list[first], &results->list[i])) continue;
    size_t at = count++;
    for (; at > 0 && cells_of(&results->list[indices[at - 1]]) > cells_of(&results->list[i]); at--) {
      indices[at] = indices[at - 1];
    }
    indices[at] = i;
  }
  return count;
}

static void fill_curve(const struct bench_results *results, const size_t *indices, size_t count, double *room,
                       struct curve *curve) {
  const struct bench_result *any = &results->list[indices[0]];
  const char *precision = any->info.precision == VORDEC_FP64 ? "fp64" : "fp32";
  snprintf(curve->label, sizeof curve->label, "%s, %s, %s", any->backend, any->fft, precision);
  snprintf(curve->floor_label, sizeof curve->floor_label, "floor of %s, %s", any->backend, precision);
  curve->count = count;
  curve->cells = room;
  curve->mib = room + count;
  curve->ms = room + 2 * count;
  curve->ms_floor = room + 3 * count;
  curve->ns = room + 4 * count;
  curve->ns_floor = room + 5 * count;
  for (size_t i = 0; i < count; i++) {
    const struct bench_result *result = &results->list[indices[i]];
    curve->cells[i] = cells_of(result);
    curve->mib[i] = result->bytes_moved / MIB;
    curve->ms[i] = result->total.median;
    curve->ms_floor[i] = result->floor_ms;
    curve->ns[i] = 1e6 * result->total.median / curve->cells[i];
    curve->ns_floor[i] = 1e6 * result->floor_ms / curve->cells[i];
  }
}

static bool is_first(const struct bench_results *results, size_t i,
                     bool (*same)(const struct bench_result *, const struct bench_result *)) {
  for (size_t j = 0; j < i; j++) {
    if (same(&results->list[j], &results->list[i])) return false;
  }
  return true;
}

static bool make_curves(const struct bench_results *results, struct chart *chart) {
  size_t *indices = calloc(results->count, sizeof *indices), used = 0;
  chart->curves = calloc(results->count, sizeof *chart->curves);
  chart->memory = calloc(6 * results->count, sizeof *chart->memory);
  for (size_t i = 0; indices && chart->curves && chart->memory && i < results->count; i++) {
    if (!is_first(results, i, same_curve)) continue;
    struct curve *curve = &chart->curves[chart->curve_count++];
    const size_t count = gather(results, i, indices);
    fill_curve(results, indices, count, chart->memory + used, curve);
    curve->floored = isfinite(results->list[i].floor_ms) && is_first(results, i, same_floor);
    used += 6 * count;
  }
  free(indices);
  return chart->curve_count > 0;
}

static void add_series(struct chart *chart, int panel, struct plot_series series) {
  chart->series[panel][chart->series_count[panel]++] = series;
}

static void add_curve(struct chart *chart, const struct curve *curve) {
  add_series(chart, 0,
             (struct plot_series){
                 .label = curve->label, .x = curve->cells, .y = curve->ms, .count = curve->count, .marked = true});
  add_series(chart, 1,
             (struct plot_series){
                 .label = curve->label, .x = curve->mib, .y = curve->ns, .count = curve->count, .marked = true});
}

static void add_floor(struct chart *chart, const struct curve *curve) {
  add_series(
      chart, 0,
      (struct plot_series){
          .label = curve->floor_label, .x = curve->cells, .y = curve->ms_floor, .count = curve->count, .dashed = true});
  add_series(
      chart, 1,
      (struct plot_series){
          .label = curve->floor_label, .x = curve->mib, .y = curve->ns_floor, .count = curve->count, .dashed = true});
}

/* A vertical line, where the curves of the second panel reach past it. */
static void add_mark(struct chart *chart) {
  double low = INFINITY, high = 0.0, most = 0.0;
  for (size_t i = 0; i < chart->series_count[1]; i++) {
    const struct plot_series *series = &chart->series[1][i];
    for (size_t j = 0; j < series->count; j++) {
      low = fmin(low, series->y[j]);
      high = fmax(high, series->y[j]);
      most = fmax(most, series->x[j]);
    }
  }
  if (most <= LINEAR_MIB) return;
  chart->mark_x[0] = chart->mark_x[1] = LINEAR_MIB;
  chart->mark_y[0] = low;
  chart->mark_y[1] = high;
  add_series(
      chart, 1,
      (struct plot_series){.label = "64 MiB", .x = chart->mark_x, .y = chart->mark_y, .count = 2, .dashed = true});
}

static bool make_series(struct chart *chart) {
  for (int panel = 0; panel < 2; panel++) {
    chart->series[panel] = calloc(2 * chart->curve_count + 1, sizeof *chart->series[panel]);
    if (!chart->series[panel]) return false;
  }
  for (size_t i = 0; i < chart->curve_count; i++) add_curve(chart, &chart->curves[i]);
  for (size_t i = 0; i < chart->curve_count; i++) {
    if (chart->curves[i].floored) add_floor(chart, &chart->curves[i]);
  }
  add_mark(chart);
  return true;
}

/* The devices, each once. */
static void make_title(const struct bench_results *results, char *title, size_t size) {
  snprintf(title, size, "vordec %s", vordec_git_describe());
  for (size_t i = 0; i < results->count; i++) {
    if (!is_first(results, i, same_floor)) continue;
    const size_t used = strlen(title);
    snprintf(title + used, size - used, "; %s on %s", results->list[i].backend, results->list[i].info.device.name);
  }
}

static enum vordec_status draw(const char *path, const struct bench_results *results, const struct chart *chart,
                               struct vordec_error *error) {
  char title[400];
  make_title(results, title, sizeof title);
  const bool readback = results->list[0].what.readback;
  const struct panel panels[] = {{.kind = PANEL_LINES,
                                  .title = readback ? "a call, fields read back" : "a call: stages 1 to 3",
                                  .series = chart->series[0],
                                  .series_count = chart->series_count[0],
                                  .x_label = "cells (states \u00d7 N\u00b2)",
                                  .y_label = "ms",
                                  .log_x = true,
                                  .log_y = true},
                                 {.kind = PANEL_LINES,
                                  .title = "a cell: level where the cost grows linearly",
                                  .series = chart->series[1],
                                  .series_count = chart->series_count[1],
                                  .x_label = "output, MiB",
                                  .y_label = "ns",
                                  .log_x = true,
                                  .log_y = true}};
  const struct figure figure = {title, panels, 2};
  return plot_figure(path, &figure, error);
}

enum vordec_status bench_plot(const char *path, const struct bench_results *results, struct vordec_error *error) {
  struct chart chart = {0};
  enum vordec_status status = VORDEC_OK;
  if (!make_curves(results, &chart) || !make_series(&chart)) {
    status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory for %s", path);
  } else {
    status = draw(path, results, &chart, error);
  }
  free(chart.series[0]);
  free(chart.series[1]);
  free(chart.memory);
  free(chart.curves);
  return status;
}
