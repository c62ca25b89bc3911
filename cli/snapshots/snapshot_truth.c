/* SPDX-License-Identifier: MIT */
#include "snapshot_truth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

enum vordec_status snapshot_truth_create(const struct truth_desc *desc, struct snapshot_truth *truth,
                                         struct vordec_error *error) {
  const size_t cells = desc->n * desc->n;
  *truth = (struct snapshot_truth){.cells = cells, .stride = desc->stride, .last_training = desc->last_training};
  truth->fields = calloc(desc->steps / desc->stride + 1, cells * sizeof *truth->fields);
  truth->series = calloc(desc->steps + 1, sizeof *truth->series);
  truth->sum = calloc(cells, sizeof *truth->sum);
  truth->mean = calloc(cells, sizeof *truth->mean);
  truth->last_training_field = calloc(cells, sizeof *truth->last_training_field);
  if (!truth->fields || !truth->series || !truth->sum || !truth->mean || !truth->last_training_field) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the true fields");
  }
  return spectrum_create(desc->n, &truth->spectrum, error);
}

void snapshot_truth_release(struct snapshot_truth *truth) {
  spectrum_destroy(truth->spectrum);
  free(truth->fields);
  free(truth->series);
  free(truth->sum);
  free(truth->mean);
  free(truth->last_training_field);
  *truth = (struct snapshot_truth){0};
}

struct spectrum_totals snapshot_truth_measure(const struct snapshot_truth *truth, const double *omega) {
  return truth->fields ? spectrum_measure(truth->spectrum, omega, NULL) : (struct spectrum_totals){NAN, NAN};
}

void snapshot_truth_keep(struct snapshot_truth *truth, size_t i, const double *omega,
                         const struct spectrum_totals *totals) {
  if (!truth->fields) return;
  truth->series[i] = *totals;
  if (!omega) return;
  if (i == truth->last_training) memcpy(truth->last_training_field, omega, truth->cells * sizeof *omega);
  if (i % truth->stride) return;
  memcpy(truth->fields + i / truth->stride * truth->cells, omega, truth->cells * sizeof *omega);
}

bool snapshot_truth_is_next(const struct snapshot_truth *truth, size_t i) {
  return truth->fields && i <= truth->last_training && i == truth->summed;
}

void snapshot_truth_learn(struct snapshot_truth *truth, size_t i, const double *omega) {
  if (!snapshot_truth_is_next(truth, i)) return;
  for (size_t j = 0; j < truth->cells; j++) truth->sum[j] += omega[j];
  truth->summed++;
}

void snapshot_truth_recall(struct snapshot_truth *truth, size_t i, const double *sum) {
  if (!truth->fields) return;
  memcpy(truth->sum, sum, truth->cells * sizeof *sum);
  truth->summed = (i < truth->last_training ? i : truth->last_training) + 1;
}

bool snapshot_truth_complete(const struct snapshot_truth *truth, size_t count) {
  const size_t training = truth->last_training + 1;
  return !truth->fields || truth->summed == (count < training ? count : training);
}

struct spectrum_totals snapshot_truth_totals(const struct snapshot_truth *truth, size_t i) {
  return truth->series ? truth->series[i] : (struct spectrum_totals){NAN, NAN};
}

const double *snapshot_truth_at(const struct snapshot_truth *truth, size_t step) {
  return truth->fields ? truth->fields + step / truth->stride * truth->cells : NULL;
}

const double *snapshot_truth_climatology(struct snapshot_truth *truth) {
  if (!truth->fields) return NULL;
  for (size_t j = 0; j < truth->cells; j++) truth->mean[j] = truth->sum[j] / (double)truth->summed;
  return truth->mean;
}

const double *snapshot_truth_persistence(const struct snapshot_truth *truth, size_t step) {
  if (!truth->fields) return NULL;
  return step <= truth->last_training ? truth->fields : truth->last_training_field;
}
