/* SPDX-License-Identifier: MIT */
#include "ensemble_sink.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "ensemble_member.h"
#include "formats/array_sink.h"

#define NAME_MAX_LENGTH 64

/* Whether the ensemble has such numbers: without truth many were not measured. */
static bool is_there(const struct ensemble_statistics *statistics) {
  for (size_t i = 0; i < statistics->count; i++) {
    if (!isnan(statistics->mean[i])) return true;
  }
  return false;
}

static enum vordec_status add(struct array_sink *sink, const char *stem, const char *end, const struct npy_form *form,
                              const void *data, struct vordec_error *error) {
  char name[NAME_MAX_LENGTH];
  snprintf(name, sizeof name, "%s%s", stem, end);
  return array_sink_add(sink, name, form, data, error);
}

/* rows: what the statistics are of, an axis or two. */
static enum vordec_status add_statistics(struct array_sink *sink, const char *stem, const struct npy_form *rows,
                                         const struct ensemble_statistics *statistics, struct vordec_error *error) {
  struct npy_form quantiles = {NPY_F8, rows->ndim + 1, {ENSEMBLE_QUANTILES, rows->shape[0], rows->shape[1]}};
  enum vordec_status status = add(sink, stem, "_mean", rows, statistics->mean, error);
  if (!status) status = add(sink, stem, "_variance", rows, statistics->variance, error);
  return status ? status : add(sink, stem, "_quantiles", &quantiles, statistics->quantiles, error);
}

/* ---- axes ---- */

/* All axes, which live as long as the sink is not finished. */
struct axes {
  int64_t *step, *lead, *member, *seed;
  double *lead_time, *shell;
  bool *train;
};

static void axes_release(struct axes *axes) {
  free(axes->step);
  free(axes->lead);
  free(axes->member);
  free(axes->seed);
  free(axes->lead_time);
  free(axes->shell);
  free(axes->train);
}

static bool axes_create(const struct ensemble_sink_told *told, struct axes *axes) {
  const struct ensemble_values *values = told->values;
  *axes = (struct axes){.step = calloc(values->rows + 1, sizeof *axes->step),
                        .lead = calloc(values->rows + 1, sizeof *axes->lead),
                        .member = calloc(values->members + 1, sizeof *axes->member),
                        .seed = calloc(values->members + 1, sizeof *axes->seed),
                        .lead_time = calloc(values->rows + 1, sizeof *axes->lead_time),
                        .shell = calloc(values->shells + 1, sizeof *axes->shell),
                        .train = calloc(values->rows + 1, sizeof *axes->train)};
  return axes->step && axes->lead && axes->member && axes->seed && axes->lead_time && axes->shell && axes->train;
}

static void axes_fill(const struct ensemble_sink_told *told, struct axes *axes) {
  const struct ensemble_layout *layout = told->layout;
  const int64_t known = layout->training.known ? (int64_t)layout->training.last : 0;
  for (size_t i = 0; i < told->values->rows; i++) {
    axes->step[i] = (int64_t)(i * told->request->simulation.stride);
    axes->lead[i] = axes->step[i] - known;
    axes->lead_time[i] = (double)axes->lead[i] * layout->dt;
    axes->train[i] = training_span_holds(&layout->training, (size_t)axes->step[i]);
  }
  for (size_t i = 0; i < told->values->members; i++) {
    axes->member[i] = (int64_t)i;
    axes->seed[i] = ensemble_member_seed(told->request, i);
  }
  for (size_t i = 0; i < told->values->shells; i++) axes->shell[i] = (double)i;
}

static enum vordec_status add_axes(struct array_sink *sink, const struct ensemble_sink_told *told,
                                   const struct axes *axes, struct vordec_error *error) {
  const struct npy_form steps = {NPY_I8, 1, {told->values->rows}}, times = {NPY_F8, 1, {told->values->rows}},
                        flags = {NPY_B1, 1, {told->values->rows}}, members = {NPY_I8, 1, {told->values->members}},
                        shells = {NPY_F8, 1, {told->values->shells}}, levels = {NPY_F8, 1, {ENSEMBLE_QUANTILES}};
  const struct training_span *training = &told->layout->training;
  enum vordec_status status = array_sink_add(sink, "step", &steps, axes->step, error);
  if (!status && training->known) status = array_sink_add(sink, "train", &flags, axes->train, error);
  if (!status && training->known) status = array_sink_add(sink, "lead_step", &steps, axes->lead, error);
  if (!status && training->known && !isnan(told->layout->dt)) {
    status = array_sink_add(sink, "lead_time", &times, axes->lead_time, error);
  }
  if (!status) status = array_sink_add(sink, "member", &members, axes->member, error);
  if (!status && axes->seed[0] >= 0) status = array_sink_add(sink, "member_seed", &members, axes->seed, error);
  if (!status) status = array_sink_add(sink, "quantile", &levels, ensemble_quantile_levels, error);
  return status ? status : array_sink_add(sink, "shell", &shells, axes->shell, error);
}

/* ---- values ---- */

static enum vordec_status add_scalars(struct array_sink *sink, const struct ensemble_sink_told *told,
                                      struct vordec_error *error) {
  const struct ensemble_layout *layout = told->layout;
  enum vordec_status status = array_sink_add_i64(sink, "N", (int64_t)layout->n, error);
  if (!status) status = array_sink_add_i64(sink, "D", (int64_t)layout->d, error);
  if (!status) status = array_sink_add_f64(sink, "L", layout->box, error);
  if (!status && !isnan(layout->dt)) status = array_sink_add_f64(sink, "dt", layout->dt, error);
  if (!status) status = array_sink_add_i64(sink, "steps", (int64_t)layout->steps, error);
  if (!status && layout->training.known) {
    status = array_sink_add_i64(sink, "train_steps", (int64_t)layout->training.last, error);
  }
  return status;
}

/* A row for each member: values, which lie by member and quantity, are brought together. */
static enum vordec_status add_members(struct array_sink *sink, const struct ensemble_values *values, size_t quantity,
                                      double *together, struct vordec_error *error) {
  const struct npy_form form = {NPY_F8, 2, {values->members, values->rows}};
  for (size_t i = 0; i < values->members; i++) {
    for (size_t row = 0; row < values->rows; row++) {
      together[i * values->rows + row] = values->numbers[(i * ENSEMBLE_NUMBERS + quantity) * values->rows + row];
    }
  }
  return add(sink, ensemble_quantities[quantity].name, "_members", &form, together, error);
}

static enum vordec_status add_values(struct array_sink *sink, const struct ensemble_sink_told *told, double *together,
                                     struct vordec_error *error) {
  static const char *const spectra[] = {"spectrum_truth", "spectrum_decoded"};
  const struct ensemble_values *values = told->values;
  const struct npy_form rows = {NPY_F8, 1, {values->rows}}, both = {NPY_F8, 2, {values->rows, values->shells}};
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < ENSEMBLE_NUMBERS && !status; i++) {
    const struct ensemble_statistics *statistics = &told->summary->numbers[i];
    if (!is_there(statistics)) continue;
    status = add_statistics(sink, ensemble_quantities[i].name, &rows, statistics, error);
    if (!status) status = add_members(sink, values, i, together + i * values->members * values->rows, error);
  }
  for (size_t i = 0; i < 2 && !status; i++) {
    if (!is_there(&told->summary->spectra[i])) continue;
    status = add_statistics(sink, spectra[i], &both, &told->summary->spectra[i], error);
  }
  return status;
}

enum vordec_status ensemble_sink_write(struct array_sink *sink, const struct ensemble_sink_told *told,
                                       struct outfile **file, struct vordec_error *error) {
  const struct ensemble_values *values = told->values;
  struct axes axes;
  double *together = calloc(values->members * values->rows + 1, ENSEMBLE_NUMBERS * sizeof *together);
  enum vordec_status status = VORDEC_OK;
  if (!axes_create(told, &axes) || !together) {
    status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the statistics");
  } else {
    axes_fill(told, &axes);
    status = add_axes(sink, told, &axes, error);
  }
  if (!status) status = add_values(sink, told, together, error);
  if (!status) status = add_scalars(sink, told, error);
  if (!status) status = array_sink_finish(sink, file, error);
  axes_release(&axes);
  free(together);
  return status;
}
