/* SPDX-License-Identifier: MIT */
#include "figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>
#include <vordec/vordec.h>

#include "plot/plot.h"
#include "plot/plot_triptych.h"

#define GUIDE_LIFT 3.0 /* the guide runs above the curves */
#define ROUNDING 1e-16 /* of the largest shell: what lies below is mostly rounding of the steps, and left out */
#define GUIDE_FROM 2   /* times the wavenumber of the largest shell */
#define GUIDE_TO 8     /* times that where it begins */

static enum vordec_status fail_memory(const char *path, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for %s", path);
}

/* "step 400, t = 4" */
static void moment_text(size_t step, double dt, char *text, size_t size) {
  if (isnan(dt)) {
    snprintf(text, size, "step %zu", step);
  } else {
    snprintf(text, size, "step %zu, t = %.6g", step, (double)step * dt);
  }
}

/* "better than persistence (0.4225)" */
static void against(const char *name, double baseline, double ours, char text[64]) {
  snprintf(text, 64, "%s than %s (%.4f)", ours < baseline ? "better" : "worse", name, baseline);
}

/* How good a snapshot is, beside doing nothing. */
static void worth_text(const struct comparison *comparison, char *text, size_t size) {
  char persistence[64], climatology[64];
  against("persistence", comparison->persistence, comparison->relative_l2, persistence);
  against("climatology", comparison->climatology, comparison->relative_l2, climatology);
  snprintf(text, size, "relative L2 error %.4f: %s, %s; encoding alone loses %.4f; correlation %.4f",
           comparison->relative_l2, persistence, climatology, comparison->encoding, comparison->correlation);
}

void figure_titles_make(const struct figure_subject *subject, const struct comparison *comparison,
                        struct figure_titles *titles) {
  char moment[64];
  moment_text(comparison->step, subject->dt, moment, sizeof moment);
  snprintf(titles->title, sizeof titles->title, "%s; N = %zu, %s: %s (vordec %s)", subject->ran_on, subject->n, moment,
           training_span_word(&subject->training, comparison->step), vordec_version());
  if (isnan(comparison->relative_l2)) {
    snprintf(titles->subtitle, sizeof titles->subtitle, "no truth to compare with; support %.4f of the cells",
             comparison->support_frac);
  } else {
    worth_text(comparison, titles->subtitle, sizeof titles->subtitle);
  }
}

enum vordec_status figure_triptych(const char *path, const struct figure_titles *titles, size_t n,
                                   const struct figure_fields *fields, struct vordec_error *error) {
  const struct plot_triptych what = {.title = titles->title,
                                     .subtitle = titles->subtitle,
                                     .n = n,
                                     .box = fields->box,
                                     .truth = fields->truth,
                                     .decoded = fields->decoded};
  return plot_triptych(path, &what, error);
}

/* ---- curves ---- */

/* x, energies and enstrophies of one curve; one block of memory. */
struct curve {
  double *x, *y[2];
  size_t count;
};

static bool curve_create(struct curve *curve, size_t count) {
  curve->count = count;
  curve->x = calloc(3 * count + 1, sizeof *curve->x);
  if (!curve->x) return false;
  curve->y[0] = curve->x + count;
  curve->y[1] = curve->y[0] + count;
  return true;
}

static void set_point(struct curve *curve, size_t i, double x, const struct spectrum_totals *totals) {
  curve->x[i] = x;
  curve->y[0][i] = totals->energy;
  curve->y[1][i] = totals->enstrophy;
}

static struct plot_series plain_series(const char *label, const double *x, const double *y, size_t count) {
  return (struct plot_series){.label = label, .x = x, .y = y, .count = count};
}

/* The grey ground of the training frames, as far as they are known. */
static struct plot_shade training_shade(const struct figure_subject *subject) {
  const double unit = isnan(subject->dt) ? 1.0 : subject->dt;
  return (struct plot_shade){0.0, (double)subject->training.last * unit, "training"};
}

/* Errors of the snapshots, four numbers and x each, with a gap behind the training frames: what persistence means is
 * another thing there. */
static bool fill_errors(const struct figure_history *history, const struct training_span *training, double unit,
                        struct plot_series series[4], double **memory) {
  static const char *const labels[4] = {"decoded", "persistence", "climatology", "encoding alone"};
  const size_t count = history->count + 1;
  double *x = *memory = calloc(5 * count, sizeof *x);
  if (!x) return false;
  bool inside = true;
  for (size_t i = 0, at = 0; i < history->count; i++, at++) {
    const struct comparison *row = &history->snapshots[i];
    const double values[4] = {row->relative_l2, row->persistence, row->climatology, row->encoding};
    if (inside && !training_span_holds(training, row->step)) {
      inside = false;
      x[at] = i ? x[at - 1] : 0.0;
      for (size_t j = 0; j < 4; j++) x[(j + 1) * count + at] = j == 1 || i == 0 ? NAN : x[(j + 1) * count + at - 1];
      at++;
    }
    x[at] = (double)row->step * unit;
    for (size_t j = 0; j < 4; j++) x[(j + 1) * count + at] = values[j];
  }
  for (size_t j = 0; j < 4; j++) {
    series[j] = plain_series(labels[j], x, x + (j + 1) * count, history->count + !inside);
    series[j].marked = true;
    series[j].dashed = j > 0;
  }
  return true;
}

static void series_titles(const struct figure_subject *subject, size_t last_step, struct figure_titles *titles) {
  const char *what = "on grey; what is decoded later is a forecast";
  if (training_span_holds(&subject->training, last_step)) what = "which is all: nothing here is a forecast";
  snprintf(titles->title, sizeof titles->title, "%s; N = %zu (vordec %s)", subject->ran_on, subject->n,
           vordec_version());
  if (subject->training.known) {
    snprintf(titles->subtitle, sizeof titles->subtitle, "learnt from steps 0 to %zu, %s", subject->training.last, what);
  } else {
    snprintf(titles->subtitle, sizeof titles->subtitle, "operator from a file: what it was learnt from is not known");
  }
}

/* Truth may have no points. */
struct drawn_series {
  size_t last_step;
  struct curve truth, decoded;
  struct plot_series errors[4];
};

static enum vordec_status draw_series(const char *path, const struct figure_subject *subject,
                                      const struct drawn_series *drawn, struct vordec_error *error) {
  static const char *const titles[] = {"energy, \u00bd mean(u\u00b2 + v\u00b2)", "enstrophy, \u00bd mean(\u03c9\u00b2)",
                                       "relative L2 error"};
  const struct curve *truth = &drawn->truth, *decoded = &drawn->decoded;
  const struct plot_shade shade = training_shade(subject), unnamed = {shade.from, shade.to, NULL};
  struct plot_series series[2][2];
  struct panel panels[3];
  for (int i = 0; i < 3; i++) {
    size_t count = 0;
    if (i < 2 && truth->count) series[i][count++] = plain_series("truth", truth->x, truth->y[i], truth->count);
    if (i < 2) {
      series[i][count] = plain_series("decoded", decoded->x, decoded->y[i], decoded->count);
      series[i][count++].marked = true;
    }
    panels[i] = (struct panel){.kind = PANEL_LINES,
                               .title = titles[i],
                               .series = i < 2 ? series[i] : drawn->errors,
                               .series_count = i < 2 ? count : 4,
                               .x_label = isnan(subject->dt) ? "step" : "time",
                               .from_zero = true,
                               .shades = i < 2 ? &shade : &unnamed, /* errors may lie where the word would */
                               .shade_count = subject->training.known ? 1 : 0};
  }
  struct figure_titles lines = {.title = ""};
  series_titles(subject, drawn->last_step, &lines);
  const struct figure figure = {
      .title = lines.title, .panels = panels, .panel_count = truth->count ? 3 : 2, .subtitle = lines.subtitle};
  return plot_figure(path, &figure, error);
}

enum vordec_status figure_series(const char *path, const struct figure_subject *subject,
                                 const struct figure_history *history, struct vordec_error *error) {
  const double unit = isnan(subject->dt) ? 1.0 : subject->dt;
  struct drawn_series drawn = {.last_step = history->snapshots[history->count - 1].step};
  double *memory = NULL;
  enum vordec_status status = VORDEC_OK;
  if (!curve_create(&drawn.truth, history->truth_count) || !curve_create(&drawn.decoded, history->count) ||
      !fill_errors(history, &subject->training, unit, drawn.errors, &memory)) {
    status = fail_memory(path, error);
  } else {
    for (size_t i = 0; i < history->truth_count; i++) set_point(&drawn.truth, i, (double)i * unit, &history->truth[i]);
    for (size_t i = 0; i < history->count; i++) {
      set_point(&drawn.decoded, i, (double)history->snapshots[i].step * unit, &history->snapshots[i].decoded);
    }
    status = draw_series(path, subject, &drawn, error);
  }
  free(drawn.truth.x);
  free(drawn.decoded.x);
  free(memory);
  return status;
}

/* ---- the spectrum ---- */

static double largest(const double *shell, size_t last) {
  double most = 0.0;
  for (size_t k = 1; shell && k <= last; k++) most = fmax(most, shell[k]);
  return most;
}

/* What is worth drawing of shells 1 .. last: less than that share of the largest is rounding. */
static void fill_shown(const double *shell, size_t last, double floor, double *shown) {
  for (size_t k = 1; k <= last; k++) shown[k] = shell[k] >= floor && shell[k] > 0.0 ? shell[k] : NAN;
}

/* k^-3 through the lifted value behind the largest shell. */
static void fill_guide(const double *shell, size_t last, double *guide) {
  size_t most = 1;
  for (size_t k = 1; k <= last; k++) most = shell[k] > shell[most] ? k : most;
  const size_t from = GUIDE_FROM * most <= last ? GUIDE_FROM * most : most;
  for (size_t k = 1; k <= last; k++) {
    const bool drawn = k >= from && k <= GUIDE_TO * from;
    guide[k] = drawn ? GUIDE_LIFT * shell[from] * pow((double)k / (double)from, -3.0) : NAN;
  }
}

enum vordec_status figure_spectrum(const char *path, const struct figure_subject *subject,
                                   const struct figure_shells *shells, struct vordec_error *error) {
  const double *truth = shells->truth, *decoded = shells->decoded;
  const size_t last = subject->n / 2;
  const double floor = ROUNDING * fmax(largest(truth, last), largest(decoded, last));
  double *memory = calloc(4 * (last + 1), sizeof *memory);
  if (!memory) return fail_memory(path, error);
  double *k = memory, *true_shown = k + last + 1, *shown = true_shown + last + 1, *guide = shown + last + 1;
  for (size_t i = 1; i <= last; i++) k[i] = (double)i;
  if (truth) fill_shown(truth, last, floor, true_shown);
  fill_shown(decoded, last, floor, shown);
  fill_guide(truth ? truth : decoded, last, guide);
  struct plot_series series[3];
  size_t count = 0;
  if (truth) series[count++] = plain_series("truth", k + 1, true_shown + 1, last);
  series[count] = plain_series("decoded", k + 1, shown + 1, last);
  series[count++].dashed = truth != NULL; /* so that a curve below it is seen */
  series[count++] = plain_series("k\u207b\u00b3", k + 1, guide + 1, last);
  char cut[32], mid[32], nyquist[32];
  snprintf(cut, sizeof cut, "k_cut %g", subject->k_cut);
  snprintf(mid, sizeof mid, "mid cut %g", subject->mid_cut);
  snprintf(nyquist, sizeof nyquist, "Nyquist %g", (double)subject->n / 2);
  const struct plot_marker markers[] = {
      {subject->k_cut, cut}, {subject->mid_cut, mid}, {(double)subject->n / 2, nyquist}};
  const struct panel panel = {.kind = PANEL_LINES,
                              .title = "energy spectrum",
                              .series = series,
                              .series_count = count,
                              .x_label = "wavenumber k",
                              .y_label = "E(k)",
                              .log_x = true,
                              .log_y = true,
                              .markers = markers,
                              .marker_count = 3};
  struct figure_titles titles = {.title = ""};
  figure_titles_make(subject, shells->comparison, &titles);
  const struct figure figure = {.title = titles.title, .panels = &panel, .panel_count = 1, .subtitle = titles.subtitle};
  const enum vordec_status status = plot_figure(path, &figure, error);
  free(memory);
  return status;
}
