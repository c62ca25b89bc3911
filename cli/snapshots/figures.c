#include "figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "plot/plot.h"

#define GUIDE_LIFT 3.0  /* the guide runs above the curves */
#define FLOOR_SHARE 0.1 /* what lies below this share of the truth's smallest shell is rounding, not spectrum */
#define FLOOR_ALONE 1e-12

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

void figure_titles_make(const struct figure_subject *subject, const struct comparison *comparison,
                        struct figure_titles *titles) {
  char moment[64];
  moment_text(comparison->step, subject->dt, moment, sizeof moment);
  snprintf(titles->title, sizeof titles->title, "%s; N = %zu, %s, %s", subject->ran_on, subject->n, moment,
           training_span_word(&subject->training, comparison->step));
  titles->subtitle[0] = '\0';
  if (isnan(comparison->relative_l2)) {
    const size_t used = strlen(titles->title);
    snprintf(titles->title + used, sizeof titles->title - used, ", support %.4f", comparison->support_frac);
    return;
  }
  snprintf(titles->subtitle, sizeof titles->subtitle,
           "relative L2 error %.4f, correlation %.4f; persistence %.4f, climatology %.4f, encoding alone %.4f",
           comparison->relative_l2, comparison->correlation, comparison->persistence, comparison->climatology,
           comparison->encoding);
}

enum vordec_status figure_triptych(const char *path, const struct figure_titles *titles, size_t n,
                                   const struct figure_fields *fields, struct vordec_error *error) {
  const double *truth = fields->truth, *decoded = fields->decoded;
  double *difference = malloc(n * n * sizeof *difference);
  if (!difference) return fail_memory(path, error);
  for (size_t i = 0; i < n * n; i++) difference[i] = decoded[i] - truth[i];
  const struct {
    const char *title;
    const double *data;
  } parts[] = {
      {"truth", truth}, {"decoded (omega_hat)", decoded}, {"error: decoded \u2212 truth, same scale", difference}};
  struct panel panels[3];
  for (size_t i = 0; i < 3; i++) {
    panels[i] = (struct panel){.kind = PANEL_FIELD,
                               .title = parts[i].title,
                               .n = n,
                               .data = parts[i].data,
                               .precision = VORDEC_FP64,
                               .limit = figure_absmax(truth, VORDEC_FP64, n),
                               .unit = "vorticity"};
  }
  const struct figure figure = {titles->title, panels, 3, titles->subtitle};
  const enum vordec_status status = plot_figure(path, &figure, error);
  free(difference);
  return status;
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

static enum vordec_status draw_series(const char *path, const struct figure_subject *subject, const struct curve *truth,
                                      const struct curve *decoded, struct vordec_error *error) {
  static const char *const titles[] = {"energy, \u00bd mean(u\u00b2 + v\u00b2)",
                                       "enstrophy, \u00bd mean(\u03c9\u00b2)"};
  struct plot_series series[2][2];
  struct panel panels[2];
  for (int i = 0; i < 2; i++) {
    size_t count = 0;
    if (truth->count) series[i][count++] = plain_series("truth", truth->x, truth->y[i], truth->count);
    series[i][count++] = plain_series("decoded", decoded->x, decoded->y[i], decoded->count);
    panels[i] = (struct panel){.kind = PANEL_LINES,
                               .title = titles[i],
                               .series = series[i],
                               .series_count = count,
                               .x_label = isnan(subject->dt) ? "step" : "time"};
  }
  char title[500], learnt[96] = "operator from a file";
  snprintf(title, sizeof title, "%s; N = %zu", subject->ran_on, subject->n);
  if (subject->training.known) {
    snprintf(learnt, sizeof learnt, "learnt from steps 0 to %zu; later ones are a forecast", subject->training.last);
  }
  const struct figure figure = {title, panels, 2, learnt};
  return plot_figure(path, &figure, error);
}

enum vordec_status figure_series(const char *path, const struct figure_subject *subject,
                                 const struct figure_history *history, struct vordec_error *error) {
  const double unit = isnan(subject->dt) ? 1.0 : subject->dt;
  struct curve true_curve = {0}, decoded_curve = {0};
  enum vordec_status status = VORDEC_OK;
  if (!curve_create(&true_curve, history->truth_count) || !curve_create(&decoded_curve, history->count)) {
    status = fail_memory(path, error);
  } else {
    for (size_t i = 0; i < history->truth_count; i++) set_point(&true_curve, i, (double)i * unit, &history->truth[i]);
    for (size_t i = 0; i < history->count; i++) {
      set_point(&decoded_curve, i, (double)history->snapshots[i].step * unit, &history->snapshots[i].decoded);
    }
    status = draw_series(path, subject, &true_curve, &decoded_curve, error);
  }
  free(true_curve.x);
  free(decoded_curve.x);
  return status;
}

/* ---- the spectrum ---- */

/* Smallest positive value of shells 1 .. last, or 0. */
static double smallest(const double *shell, size_t last) {
  double least = 0.0;
  for (size_t k = 1; k <= last; k++) {
    if (shell[k] > 0.0 && (least == 0.0 || shell[k] < least)) least = shell[k];
  }
  return least;
}

static double largest(const double *shell, size_t last) {
  double most = 0.0;
  for (size_t k = 1; k <= last; k++) most = fmax(most, shell[k]);
  return most;
}

/* k^-3 through the lifted value of shell `from`, over the middle of the range. */
static void fill_guide(const double *shell, size_t from, size_t last, double *guide) {
  for (size_t k = 1; k <= last; k++) {
    const bool drawn = k >= from && 3 * k <= 2 * last;
    guide[k] = drawn ? GUIDE_LIFT * shell[from] * pow((double)k / (double)from, -3.0) : NAN;
  }
}

enum vordec_status figure_spectrum(const char *path, const struct figure_subject *subject,
                                   const struct figure_shells *shells, struct vordec_error *error) {
  const double *truth = shells->truth, *decoded = shells->decoded;
  const size_t last = subject->n / 2, from = last < 8 ? 1 : last / 8;
  const double floor = truth ? FLOOR_SHARE * smallest(truth, last) : FLOOR_ALONE * largest(decoded, last);
  double *memory = calloc(3 * (last + 1), sizeof *memory);
  if (!memory) return fail_memory(path, error);
  double *k = memory, *shown = k + last + 1, *guide = shown + last + 1;
  for (size_t i = 1; i <= last; i++) {
    k[i] = (double)i;
    shown[i] = decoded[i] >= floor ? decoded[i] : NAN;
  }
  fill_guide(truth ? truth : decoded, from, last, guide);
  struct plot_series series[3];
  size_t count = 0;
  if (truth) series[count++] = plain_series("truth", k + 1, truth + 1, last);
  series[count++] = plain_series("decoded", k + 1, shown + 1, last);
  series[count++] = plain_series("k\u207b\u00b3", k + 1, guide + 1, last);
  char title[96];
  snprintf(title, sizeof title, "energy spectrum, N = %zu, step %zu, %s", subject->n, shells->step,
           training_span_word(&subject->training, shells->step));
  const struct panel panel = {.kind = PANEL_LINES,
                              .title = title,
                              .series = series,
                              .series_count = count,
                              .x_label = "wavenumber k",
                              .y_label = "E(k)",
                              .log_x = true,
                              .log_y = true};
  const struct figure figure = {subject->ran_on, &panel, 1, NULL};
  const enum vordec_status status = plot_figure(path, &figure, error);
  free(memory);
  return status;
}
