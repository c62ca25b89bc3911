#include "snapshot_truth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

enum vordec_status snapshot_truth_create(size_t n, size_t steps, size_t stride, struct snapshot_truth *truth,
                                         struct vordec_error *error) {
  *truth = (struct snapshot_truth){.cells = n * n, .stride = stride};
  truth->fields = calloc(steps / stride + 1, truth->cells * sizeof *truth->fields);
  truth->series = calloc(steps + 1, sizeof *truth->series);
  if (!truth->fields || !truth->series) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the true fields");
  }
  return spectrum_create(n, &truth->spectrum, error);
}

void snapshot_truth_release(struct snapshot_truth *truth) {
  spectrum_destroy(truth->spectrum);
  free(truth->fields);
  free(truth->series);
  *truth = (struct snapshot_truth){0};
}

struct spectrum_totals snapshot_truth_measure(const struct snapshot_truth *truth, const double *omega) {
  return truth->fields ? spectrum_measure(truth->spectrum, omega, NULL) : (struct spectrum_totals){NAN, NAN};
}

void snapshot_truth_keep(struct snapshot_truth *truth, size_t i, const double *omega,
                         const struct spectrum_totals *totals) {
  if (!truth->fields) return;
  truth->series[i] = *totals;
  if (i % truth->stride) return;
  memcpy(truth->fields + i / truth->stride * truth->cells, omega, truth->cells * sizeof *omega);
}

const double *snapshot_truth_at(const struct snapshot_truth *truth, size_t step) {
  return truth->fields ? truth->fields + step / truth->stride * truth->cells : NULL;
}

struct spectrum_totals snapshot_truth_totals(const struct snapshot_truth *truth, size_t i) {
  return truth->series ? truth->series[i] : (struct spectrum_totals){NAN, NAN};
}
