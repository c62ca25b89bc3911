/* SPDX-License-Identifier: MIT */
#include "ensemble_plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <vordec/error.h>
#include <vordec/vordec.h>

#include "plot/plot.h"

#define LOWEST 0
#define MEDIAN 2
#define HIGHEST (ENSEMBLE_QUANTILES - 1)
#define ROUNDING 1e-16 /* of the largest shell: what lies below is mostly rounding of the steps, and left out */

#define PANELS 4
#define SERIES 4 /* of a panel */

struct chart {
  struct plot_series series[PANELS][SERIES];
  struct panel panels[PANELS];
  size_t count;
  double *x;     /* of the snapshots */
  double *k;     /* of the shells */
  double *shown; /* of the spectra, three curves of each */
  double *apart; /* persistence, with a gap behind the training frames: x, and three curves */
};

/* A median in its band: `count` values from `from` on. */
static struct plot_series curve_of(const char *label, const double *x, const struct ensemble_statistics *statistics,
                                   size_t from, size_t count) {
  const double *quantiles = statistics->quantiles + from;
  return (struct plot_series){.label = label,
                              .x = x,
                              .y = quantiles + MEDIAN * statistics->count,
                              .lower = quantiles + LOWEST * statistics->count,
                              .upper = quantiles + HIGHEST * statistics->count,
                              .count = count};
}

/* ---- over time ---- */

static struct panel *add_panel(struct chart *chart, const char *title) {
  struct panel *panel = &chart->panels[chart->count];
  *panel = (struct panel){.kind = PANEL_LINES, .title = title, .series = chart->series[chart->count]};
  chart->count++;
  return panel;
}

static void add_curves(const struct ensemble_plot *plot, struct chart *chart, const char *title,
                       const enum ensemble_number *numbers, const char *const *labels, size_t count,
                       const struct plot_shade *shade) {
  const bool truth = plot->layout->truth;
  struct panel *panel = add_panel(chart, title);
  struct plot_series *series = chart->series[chart->count - 1];
  for (size_t i = 0; i < count; i++) {
    if (!truth && numbers[i] != ENSEMBLE_ENERGY_DECODED && numbers[i] != ENSEMBLE_ENSTROPHY_DECODED) continue;
    series[panel->series_count] =
        curve_of(labels[i], chart->x, &plot->summary->numbers[numbers[i]], 0, plot->layout->rows);
    series[panel->series_count].dashed = numbers[i] > ENSEMBLE_CORRELATION;
    series[panel->series_count++].marked = numbers[i] <= ENSEMBLE_CORRELATION && plot->layout->rows < 60;
  }
  panel->x_label = isnan(plot->layout->dt) ? "step" : "time";
  panel->from_zero = true;
  panel->shades = shade;
  panel->shade_count = plot->layout->training.known;
}

/* What persistence means is another thing behind the training frames: no line leads there. */
static void set_gap(const struct ensemble_plot *plot, struct chart *chart, struct plot_series *series) {
  const struct training_span *training = &plot->layout->training;
  const size_t rows = series->count, stride = plot->request->simulation.stride;
  const double *from[] = {series->x, series->y, series->lower, series->upper};
  size_t inside = 0;
  while (inside < rows && training_span_holds(training, inside * stride)) inside++;
  if (inside == 0 || inside == rows) return;
  for (size_t i = 0; i < 4; i++) {
    double *to = chart->apart + i * (rows + 1);
    for (size_t row = 0; row < rows; row++) to[row + (row >= inside)] = from[i][row];
    to[inside] = i == 0 ? from[i][inside - 1] : NAN;
  }
  series->count = rows + 1;
  series->x = chart->apart;
  series->y = chart->apart + (rows + 1);
  series->lower = chart->apart + 2 * (rows + 1);
  series->upper = chart->apart + 3 * (rows + 1);
}

static void add_histories(const struct ensemble_plot *plot, struct chart *chart, const struct plot_shade *shades) {
  static const char *const both[] = {"truth", "decoded"};
  static const char *const errors[] = {"decoded", "persistence", "climatology", "encoding alone"};
  static const enum ensemble_number energies[] = {ENSEMBLE_ENERGY_TRUTH, ENSEMBLE_ENERGY_DECODED},
                                    enstrophies[] = {ENSEMBLE_ENSTROPHY_TRUTH, ENSEMBLE_ENSTROPHY_DECODED},
                                    losses[] = {ENSEMBLE_RELATIVE_L2, ENSEMBLE_PERSISTENCE, ENSEMBLE_CLIMATOLOGY,
                                                ENSEMBLE_ENCODING};
  add_curves(plot, chart, "energy, \u00bd mean(u\u00b2 + v\u00b2)", energies, both, 2, &shades[0]);
  add_curves(plot, chart, "enstrophy, \u00bd mean(\u03c9\u00b2)", enstrophies, both, 2, &shades[0]);
  if (!plot->layout->truth) return;
  add_curves(plot, chart, "relative L2 error", losses, errors, 4, &shades[1]);
  set_gap(plot, chart, &chart->series[chart->count - 1][1]);
}

/* ---- the spectrum ---- */

static double largest(const struct ensemble_statistics *statistics, size_t from, size_t shells) {
  double most = 0.0;
  for (size_t k = 1; k < shells; k++) most = fmax(most, statistics->quantiles[HIGHEST * statistics->count + from + k]);
  return most;
}

/* Shells 1 .. N / 2 of the last snapshot; what is rounding is left out. */
static void add_spectrum(const struct ensemble_plot *plot, struct chart *chart) {
  static const char *const labels[] = {"truth", "decoded"};
  static const size_t levels[] = {LOWEST, MEDIAN, HIGHEST};
  const struct ensemble_layout *layout = plot->layout;
  const size_t last = layout->n / 2, from = (layout->rows - 1) * layout->shells;
  struct panel *panel = add_panel(chart, "energy spectrum at the end");
  struct plot_series *series = chart->series[chart->count - 1];
  for (size_t i = 0; i < 2; i++) {
    const struct ensemble_statistics *statistics = &plot->summary->spectra[i];
    const double floor = ROUNDING * largest(statistics, from, layout->shells);
    double *shown = chart->shown + 3 * i * last;
    if (i == 0 && !layout->truth) continue;
    for (size_t level = 0; level < 3; level++) {
      for (size_t k = 1; k <= last; k++) {
        const double value = statistics->quantiles[levels[level] * statistics->count + from + k];
        shown[level * last + k - 1] = value >= floor && value > 0.0 ? value : NAN;
      }
    }
    series[panel->series_count++] = (struct plot_series){.label = labels[i],
                                                         .x = chart->k,
                                                         .y = shown + last,
                                                         .lower = shown,
                                                         .upper = shown + 2 * last,
                                                         .count = last,
                                                         .dashed = i == 1 && layout->truth};
  }
  panel->x_label = "wavenumber k";
  panel->y_label = "E(k)";
  panel->log_x = panel->log_y = true;
}

/* ---- the figure ---- */

static bool make_axes(const struct ensemble_layout *layout, struct chart *chart, size_t stride) {
  const double unit = isnan(layout->dt) ? 1.0 : layout->dt;
  const size_t last = layout->n / 2;
  chart->x = calloc(layout->rows + 1, sizeof *chart->x);
  chart->k = calloc(last + 1, sizeof *chart->k);
  chart->shown = calloc(last + 1, 6 * sizeof *chart->shown);
  chart->apart = calloc(layout->rows + 1, 4 * sizeof *chart->apart);
  if (!chart->x || !chart->k || !chart->shown || !chart->apart) return false;
  for (size_t i = 0; i < layout->rows; i++) chart->x[i] = (double)(i * stride) * unit;
  for (size_t k = 1; k <= last; k++) chart->k[k - 1] = (double)k;
  return true;
}

static enum vordec_status draw(const char *path, const struct ensemble_plot *plot, struct chart *chart,
                               struct vordec_error *error) {
  const struct ensemble_layout *layout = plot->layout;
  const double end = (double)layout->training.last * (isnan(layout->dt) ? 1.0 : layout->dt);
  const struct plot_shade shades[] = {{0.0, end, "training"}, {0.0, end, NULL}};
  char title[700], subtitle[300], markers[2][32];
  snprintf(title, sizeof title, "%s; %zu members, N = %zu, %zu steps (vordec %s)", plot->ran_on, plot->request->members,
           layout->n, layout->steps, vordec_version());
  if (layout->training.known) {
    snprintf(subtitle, sizeof subtitle,
             "medians, in bands that hold 90 %% of the members; one operator learnt from steps 0 to %zu of all of "
             "them, on grey; what is decoded later is a forecast",
             layout->training.last);
  } else {
    snprintf(subtitle, sizeof subtitle, "medians, in bands that hold 90 %% of the members; operator from a file");
  }
  add_histories(plot, chart, shades);
  add_spectrum(plot, chart);
  snprintf(markers[0], sizeof markers[0], "k_cut %g", layout->k_cut);
  snprintf(markers[1], sizeof markers[1], "mid cut %g", layout->mid_cut);
  const struct plot_marker marked[] = {{layout->k_cut, markers[0]}, {layout->mid_cut, markers[1]}};
  chart->panels[chart->count - 1].markers = marked;
  chart->panels[chart->count - 1].marker_count = 2;
  const struct figure figure = {
      .title = title, .panels = chart->panels, .panel_count = chart->count, .subtitle = subtitle};
  return plot_figure(path, &figure, error);
}

enum vordec_status ensemble_plot_draw(const char *path, const struct ensemble_plot *plot, struct vordec_error *error) {
  struct chart chart = {.count = 0};
  enum vordec_status status = VORDEC_OK;
  if (make_axes(plot->layout, &chart, plot->request->simulation.stride)) {
    status = draw(path, plot, &chart, error);
  } else {
    status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for %s", path);
  }
  free(chart.x);
  free(chart.k);
  free(chart.shown);
  free(chart.apart);
  return status;
}
