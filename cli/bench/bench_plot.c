/* SPDX-License-Identifier: MIT */
#include "bench_plot.h"

#include "cli/ran_on.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "plot/plot.h"

#define MIB 1048576.0
#define LINEAR_MIB 64.0 /* from this much output on, the start of a call should not count any more */
#define LABEL_MAX 112

#define CURVES_MAX 6 /* beyond that, colours repeat */

/* The cases of one backend and FFT (and N), by growing number of cells. */
struct curve {
  char label[LABEL_MAX];
  size_t count;
  double *cells, *mib; /* x */
  double *ms, *ns;     /* of a call, of a cell */
};

/* A straight line: the same for all cases of a backend and precision. */
struct floor {
  char label[LABEL_MAX];
  double cells[2], mib[2], ms[2], ns[2];
};

/* Whether two cases belong together. */
typedef bool (*relation)(const struct bench_result *a, const struct bench_result *b);

struct chart {
  relation related; /* of the cases of one curve */
  struct curve *curves;
  struct floor *floors;
  size_t curve_count, floor_count;
  double *memory;                /* four numbers a result */
  struct plot_series *series[2]; /* of the two panels */
  size_t series_count[2];
};

static double cells_of(const struct bench_result *result) {
  return (double)result->what.batch * (double)result->what.n * (double)result->what.n;
}

static bool same_floor(const struct bench_result *a, const struct bench_result *b) {
  return strcmp(a->backend, b->backend) == 0 && a->info.precision == b->info.precision;
}

static bool same_fft(const struct bench_result *a, const struct bench_result *b) {
  return same_floor(a, b) && strcmp(a->fft, b->fft) == 0;
}

static bool same_size(const struct bench_result *a, const struct bench_result *b) {
  return same_fft(a, b) && a->what.n == b->what.n;
}

static bool is_first(const struct bench_results *results, size_t i, relation related) {
  for (size_t j = 0; j < i; j++) {
    if (related(&results->list[j], &results->list[i])) return false;
  }
  return true;
}

static size_t count_groups(const struct bench_results *results, relation related) {
  size_t count = 0;
  for (size_t i = 0; i < results->count; i++) count += is_first(results, i, related);
  return count;
}

/* As many cells in different shapes: one curve through both would jump up and down. */
static bool has_ties(const struct bench_results *results) {
  for (size_t i = 0; i < results->count; i++) {
    for (size_t j = 0; j < i; j++) {
      const struct bench_result *a = &results->list[i], *b = &results->list[j];
      if (same_fft(a, b) && a->what.n != b->what.n && cells_of(a) == cells_of(b)) return true;
    }
  }
  return false;
}

static const char *precision_of(const struct bench_result *result) {
  return result->info.precision == VORDEC_FP64 ? "fp64" : "fp32";
}

/* ---- curves ---- */

/* Indices of the results that go into the curve of result `first`, by cells. */
static size_t gather(const struct bench_results *results, size_t first, relation related, size_t *indices) {
  size_t count = 0;
  for (size_t i = 0; i < results->count; i++) {
    if (!related(&results->list[first], &results->list[i])) continue;
    size_t at = count++;
    for (; at > 0 && cells_of(&results->list[indices[at - 1]]) > cells_of(&results->list[i]); at--) {
      indices[at] = indices[at - 1];
    }
    indices[at] = i;
  }
  return count;
}

static void label_curve(const struct bench_result *any, bool sized, char label[LABEL_MAX]) {
  const int used = snprintf(label, LABEL_MAX, "%s, %s, %s", any->backend, any->fft, precision_of(any));
  if (sized && used < LABEL_MAX) snprintf(label + used, LABEL_MAX - (size_t)used, ", N = %zu", any->what.n);
}

/* Of stages 1 to 3, by the device's clock where it has one: what a host does beside them grows in its own way. */
static double time_of(const struct bench_result *result) {
  return result->bytes_read_back > 0.0 ? result->total.median : result->stages_median;
}

static void fill_curve(const struct bench_results *results, const size_t *indices, size_t count, double *room,
                       struct curve *curve) {
  curve->count = count;
  curve->cells = room;
  curve->mib = room + count;
  curve->ms = room + 2 * count;
  curve->ns = room + 3 * count;
  for (size_t i = 0; i < count; i++) {
    const struct bench_result *result = &results->list[indices[i]];
    curve->cells[i] = cells_of(result);
    curve->mib[i] = result->bytes_moved / MIB;
    curve->ms[i] = time_of(result);
    curve->ns[i] = 1e6 * time_of(result) / curve->cells[i];
  }
}

static void make_curves(const struct bench_results *results, struct chart *chart, size_t *indices) {
  double *room = chart->memory;
  for (size_t i = 0; i < results->count; i++) {
    if (!is_first(results, i, chart->related)) continue;
    struct curve *curve = &chart->curves[chart->curve_count++];
    const size_t count = gather(results, i, chart->related, indices);
    label_curve(&results->list[i], chart->related == same_size, curve->label);
    fill_curve(results, indices, count, room, curve);
    room += 4 * count;
  }
}

/* From the fewest cells of that backend and precision to the most. */
static void make_floors(const struct bench_results *results, struct chart *chart, size_t *indices) {
  for (size_t i = 0; i < results->count; i++) {
    const struct bench_result *any = &results->list[i];
    if (!is_first(results, i, same_floor) || !isfinite(any->floor_ms)) continue;
    struct floor *line = &chart->floors[chart->floor_count++];
    const size_t count = gather(results, i, same_floor, indices);
    snprintf(line->label, sizeof line->label, "time to write the output: %s, %s", any->backend, precision_of(any));
    for (size_t end = 0; end < 2; end++) {
      const struct bench_result *result = &results->list[indices[end ? count - 1 : 0]];
      const double reach = count > 1 ? 1.0 : end ? 2.0 : 0.5; /* around a lone point */
      line->cells[end] = reach * cells_of(result);
      line->mib[end] = reach * result->bytes_moved / MIB;
      line->ms[end] = reach * result->floor_ms;
      line->ns[end] = 1e6 * line->ms[end] / line->cells[end];
    }
  }
}

static bool make_lines(const struct bench_results *results, struct chart *chart) {
  const bool sized = has_ties(results) && count_groups(results, same_size) <= CURVES_MAX;
  size_t *indices = calloc(results->count, sizeof *indices);
  chart->related = sized ? same_size : same_fft;
  chart->curves = calloc(results->count, sizeof *chart->curves);
  chart->floors = calloc(results->count, sizeof *chart->floors);
  chart->memory = calloc(4 * results->count, sizeof *chart->memory);
  const bool made = indices && chart->curves && chart->floors && chart->memory;
  if (made) make_curves(results, chart, indices);
  if (made) make_floors(results, chart, indices);
  free(indices);
  return made;
}

/* ---- series ---- */

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

static void add_floor(struct chart *chart, const struct floor *line) {
  add_series(chart, 0,
             (struct plot_series){.label = line->label, .x = line->cells, .y = line->ms, .count = 2, .dashed = true});
  add_series(chart, 1,
             (struct plot_series){.label = line->label, .x = line->mib, .y = line->ns, .count = 2, .dashed = true});
}

static bool make_series(struct chart *chart) {
  for (int panel = 0; panel < 2; panel++) {
    chart->series[panel] = calloc(chart->curve_count + chart->floor_count, sizeof *chart->series[panel]);
    if (!chart->series[panel]) return false;
  }
  for (size_t i = 0; i < chart->curve_count; i++) add_curve(chart, &chart->curves[i]);
  for (size_t i = 0; i < chart->floor_count; i++) add_floor(chart, &chart->floors[i]);
  return true;
}

/* The devices, each once. */
static void make_title(const struct bench_results *results, char *title, size_t size) {
  snprintf(title, size, "vordec %s", vordec_git_describe());
  for (size_t i = 0; i < results->count; i++) {
    if (!is_first(results, i, same_floor)) continue;
    const size_t used = strlen(title);
    const struct bench_result *result = &results->list[i];
    char ran_on[RAN_ON_MAX];
    ran_on_device(&result->info.device, result->decode_device, ran_on);
    snprintf(title + used, size - used, "; %s: %.300s", result->backend, ran_on);
  }
}

static enum vordec_status draw(const char *path, const struct bench_results *results, const struct chart *chart,
                               struct vordec_error *error) {
  char title[800];
  make_title(results, title, sizeof title);
  const bool readback = results->list[0].what.readback;
  static const struct plot_marker marker = {LINEAR_MIB, "64 MiB"};
  const struct panel panels[] = {
      {.kind = PANEL_LINES,
       .title = readback ? "time of a call, fields read back" : "time to make the fields (stages 1 to 3)",
       .series = chart->series[0],
       .series_count = chart->series_count[0],
       .x_label = "cells (states \u00d7 N\u00b2)",
       .y_label = "time of a call, ms",
       .log_x = true,
       .log_y = true},
      {.kind = PANEL_LINES,
       .title = "time per cell (flat: time grows as the output does)",
       .series = chart->series[1],
       .series_count = chart->series_count[1],
       .x_label = "output of a call, MiB",
       .y_label = "time per cell, ns",
       .log_x = true,
       .log_y = true,
       .markers = &marker,
       .marker_count = 1}};
  const struct figure figure = {.title = title, .panels = panels, .panel_count = 2};
  return plot_figure(path, &figure, error);
}

enum vordec_status bench_plot(const char *path, const struct bench_results *results, struct vordec_error *error) {
  struct chart chart = {0};
  enum vordec_status status = VORDEC_OK;
  if (!make_lines(results, &chart) || !make_series(&chart)) {
    status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for %s", path);
  } else {
    status = draw(path, results, &chart, error);
  }
  free(chart.series[0]);
  free(chart.series[1]);
  free(chart.memory);
  free(chart.floors);
  free(chart.curves);
  return status;
}
