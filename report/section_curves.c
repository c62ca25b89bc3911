/* SPDX-License-Identifier: MIT */
/* Energy, enstrophy and errors over time, and the spectrum of the last snapshot. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "html.h"
#include "plot/plot.h"
#include "section.h"

#define CURVES_MAX 4
#define ROUNDING 1e-16 /* of the largest value: what lies below is rounding of the steps */

/* One figure: columns of a table over another one. */
struct curves {
  const char *title, *caption;
  const struct run_table *table;
  const char *over, *over_label, *y_label;
  struct {
    const char *column, *label;
    bool marked, dashed;
  } lines[CURVES_MAX];
  bool log, from_zero;
  bool gap; /* persistence means another thing behind the training: no line joins the two */
};

static bool is_training(const struct run_table *table, size_t row) {
  return run_table_at(table, row, "train") > 0.0;
}

/* The first row behind the training; 0: none. */
static size_t first_forecast(const struct run_table *table) {
  for (size_t row = 1; row < table->rows; row++) {
    if (is_training(table, row - 1) && !is_training(table, row)) return row;
  }
  return 0;
}

/* The points of a curve: rows where the column has a number, and before row `gap`, if there is one and it opens here, a
 * gap. On a logarithmic axis what is below the rounding of the largest value is left out. */
static size_t fill(const struct curves *what, const char *column, size_t gap, double *x, double *y) {
  const struct run_table *table = what->table;
  double most = 0.0;
  size_t count = 0;
  for (size_t row = 0; row < table->rows; row++) most = fmax(most, run_table_at(table, row, column));
  for (size_t row = 0; row < table->rows; row++) {
    const double value = run_table_at(table, row, column);
    if (gap && row == gap && count) {
      x[count] = x[count - 1];
      y[count++] = NAN;
    }
    if (!isfinite(value) || (what->log && value < ROUNDING * most)) continue;
    x[count] = run_table_at(table, row, what->over);
    y[count++] = value;
  }
  return count;
}

/* Values that are there, first and last: what a listener is told of a curve. */
static void describe(char *text, size_t size, const struct curves *what, size_t line) {
  double first = NAN, last = NAN;
  for (size_t row = 0; row < what->table->rows; row++) {
    const double value = run_table_at(what->table, row, what->lines[line].column);
    if (!isfinite(value)) continue;
    if (isnan(first)) first = value;
    last = value;
  }
  snprintf(text, size, " %s: from %.3g to %.3g.", what->lines[line].label, first, last);
}

static enum vordec_status put_figure(FILE *out, const struct figure *figure, const char *alt, const char *caption,
                                     struct vordec_error *error) {
  char *svg = NULL;
  size_t size = 0;
  FILE *stream = open_memstream(&svg, &size);
  if (!stream) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for a figure");
  const enum vordec_status status = plot_figure_svg(stream, caption, figure, error);
  fclose(stream);
  if (!status) {
    const struct html_image image = {"image/svg+xml", alt, "curve", (const unsigned char *)svg, size};
    html_put(out, "<figure>");
    html_image(out, &image);
    html_put(out, "<figcaption>");
    html_text(out, caption);
    html_put(out, "</figcaption></figure>\n");
  }
  free(svg);
  return status;
}

static enum vordec_status put_curves(FILE *out, const struct curves *what, struct vordec_error *error) {
  const struct run_table *table = what->table;
  const size_t room = table->rows + 1, gap = what->gap ? first_forecast(table) : 0;
  struct plot_series series[CURVES_MAX];
  char alt[600];
  size_t count = 0, told = (size_t)snprintf(alt, sizeof alt, "%s over %s.", what->title, what->over_label);
  double *memory = calloc(2 * CURVES_MAX * room, sizeof *memory);
  if (!memory) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for a figure");
  for (size_t i = 0; i < CURVES_MAX && what->lines[i].column; i++) {
    double *x = memory + 2 * i * room, *y = x + room;
    if (!run_table_has(table, what->lines[i].column)) continue;
    const size_t points = fill(what, what->lines[i].column, i == 1 ? gap : 0, x, y);
    if (!points) continue;
    series[count] = (struct plot_series){.label = what->lines[i].label,
                                         .x = x,
                                         .y = y,
                                         .count = points,
                                         .dashed = what->lines[i].dashed,
                                         .marked = what->lines[i].marked};
    count++;
    if (told < sizeof alt) describe(alt + told, sizeof alt - told, what, i);
    told = strlen(alt);
  }
  double from = NAN, to = NAN;
  for (size_t row = 0; row < table->rows && !what->log; row++) {
    if (!is_training(table, row)) continue;
    if (isnan(from)) from = run_table_at(table, row, what->over);
    to = run_table_at(table, row, what->over);
  }
  const struct plot_shade shade = {from, to, what->gap ? NULL : "training"};
  const struct panel panel = {.kind = PANEL_LINES,
                              .title = what->title,
                              .series = series,
                              .series_count = count,
                              .x_label = what->over_label,
                              .y_label = what->y_label,
                              .log_x = what->log,
                              .log_y = what->log,
                              .from_zero = what->from_zero,
                              .shades = &shade,
                              .shade_count = to > from ? 1 : 0};
  const struct figure figure = {.panels = &panel, .panel_count = 1};
  const enum vordec_status status = count ? put_figure(out, &figure, alt, what->caption, error) : VORDEC_OK;
  free(memory);
  return status;
}

/* Over time, where the run knows it. */
static const char *abscissa(const struct run_table *table) {
  return isfinite(run_table_at(table, 0, "time")) ? "time" : "step";
}

enum vordec_status section_curves(FILE *out, const struct section_source *source, struct vordec_error *error) {
  const struct finished_run *run = source->run;
  const char *series = abscissa(&run->series), *comparison = abscissa(&run->comparison);
  const bool compared =
      run_table_has(&run->comparison, "relative_l2") && isfinite(run_table_at(&run->comparison, 0, "relative_l2"));
  const struct curves all[] = {
      {.title = "relative L2 error",
       .caption = "Error of the decoded fields beside what costs nothing. The grey ground is the training.",
       .table = &run->comparison,
       .over = comparison,
       .over_label = comparison,
       .lines = {{"relative_l2", "decoded", true, false},
                 {"relative_l2_persistence", "persistence", true, true},
                 {"relative_l2_climatology", "climatology", true, true},
                 {"relative_l2_encoding", "encoding alone", true, true}},
       .from_zero = true,
       .gap = true},
      {.title = "energy, \u00bd mean(u\u00b2 + v\u00b2)",
       .caption = "Energy of the true fields and of the decoded snapshots.",
       .table = &run->series,
       .over = series,
       .over_label = series,
       .lines = {{"energy_truth", "truth", false, false}, {"energy_decoded", "decoded", true, false}},
       .from_zero = true},
      {.title = "enstrophy, \u00bd mean(\u03c9\u00b2)",
       .caption = "Enstrophy of the true fields and of the decoded snapshots.",
       .table = &run->series,
       .over = series,
       .over_label = series,
       .lines = {{"enstrophy_truth", "truth", false, false}, {"enstrophy_decoded", "decoded", true, false}},
       .from_zero = true},
      {.title = "energy spectrum",
       .caption = "Energy of the last snapshot by wavenumber. Where the decoded curve ends, the state has no modes.",
       .table = &run->spectrum,
       .over = "k",
       .over_label = "wavenumber k",
       .y_label = "E(k)",
       .lines = {{"energy_truth", "truth", false, false}, {"energy_decoded", "decoded", false, true}},
       .log = true},
  };
  enum vordec_status status = VORDEC_OK;
  if (run->ensemble) {
    return section_put_png(out, run, "statistics.png",
                           "Energy, enstrophy and relative L2 error over time and the energy spectrum at the end: "
                           "medians of the members, in bands that hold 90 % of them",
                           error);
  }
  section_say_missing(out, run, RUN_SERIES);
  section_say_missing(out, run, RUN_SPECTRUM);
  html_put(out, "<div class=\"curves\">\n");
  for (size_t i = compared ? 0 : 1; i < sizeof all / sizeof *all && !status; i++) {
    if (all[i].table->rows) status = put_curves(out, &all[i], error);
  }
  html_put(out, "</div>\n");
  return status;
}
