/* SPDX-License-Identifier: MIT */
#include "snapshot_tables.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "cli/csv.h"
#include "figures.h"

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the results");
}

static struct figure_subject subject_of(const struct snapshot_states *states, const struct snapshot_results *results) {
  return (struct figure_subject){.n = states->n,
                                 .dt = states->dt,
                                 .training = states->training,
                                 .ran_on = results->ran_on,
                                 .k_cut = states->shape.k_cut,
                                 .mid_cut = states->shape.resid_mid_cut};
}

enum vordec_status snapshot_tables_write_spectrum(const struct snapshot_states *states,
                                                  const struct snapshot_results *results, struct vordec_error *error) {
  enum { COLUMNS = 5 };
  const double *truth = states->truth.fields ? results->shell[0] : NULL;
  const size_t last = results->rows[results->count - 1].step;
  const double train = training_span_number(&states->training, last);
  const size_t shells = spectrum_shells(results->spectrum);
  double *values = calloc(shells, COLUMNS * sizeof *values);
  char *table = snapshot_path(states->request, "spectrum.csv"),
       *picture = snapshot_path(states->request, "spectrum.png");
  enum vordec_status status = values && table && picture ? VORDEC_OK : fail_memory(error);
  for (size_t k = 0; values && k < shells; k++) {
    const double line[COLUMNS] = {(double)k, truth ? truth[k] : NAN, results->shell[1][k], (double)last, train};
    memcpy(values + k * COLUMNS, line, sizeof line);
  }
  const struct csv_table csv = {"k,energy_truth,energy_decoded,step,train", COLUMNS, shells, values, results->ran_on};
  if (!status) status = csv_write(table, &csv, error);
  if (!status) {
    const struct figure_subject subject = subject_of(states, results);
    const struct figure_shells drawn = {&results->rows[results->count - 1], truth, results->shell[1]};
    status = figure_spectrum(picture, &subject, &drawn, error);
  }
  free(values);
  free(table);
  free(picture);
  return status;
}

enum vordec_status snapshot_tables_write_series(const struct snapshot_states *states,
                                                const struct snapshot_results *results, struct vordec_error *error) {
  enum { COLUMNS = 7 };
  const size_t frames = states->truth.fields ? states->count : 0, rows = frames ? frames : results->count;
  double *values = calloc(rows, COLUMNS * sizeof *values);
  char *table = snapshot_path(states->request, "series.csv"), *picture = snapshot_path(states->request, "series.png");
  enum vordec_status status = values && table && picture ? VORDEC_OK : fail_memory(error);
  size_t next = 0; /* snapshot */
  for (size_t i = 0; values && i < rows; i++) {
    const size_t step = frames ? i : results->rows[i].step;
    const struct spectrum_totals none = {NAN, NAN}, truth = frames ? states->truth.series[i] : none;
    const bool decoded = next < results->count && results->rows[next].step == step;
    const struct spectrum_totals hat = decoded ? results->rows[next++].decoded : none;
    const double line[COLUMNS] = {(double)step,
                                  (double)step * states->dt,
                                  truth.energy,
                                  hat.energy,
                                  truth.enstrophy,
                                  hat.enstrophy,
                                  training_span_number(&states->training, step)};
    memcpy(values + i * COLUMNS, line, sizeof line);
  }
  if (!status) {
    status =
        csv_write(table,
                  &(struct csv_table){"step,time,energy_truth,energy_decoded,enstrophy_truth,enstrophy_decoded,train",
                                      COLUMNS, rows, values, results->ran_on},
                  error);
  }
  if (!status) {
    const struct figure_subject subject = subject_of(states, results);
    const struct figure_history history = {states->truth.series, frames, results->rows, results->count};
    status = figure_series(picture, &subject, &history, error);
  }
  free(values);
  free(table);
  free(picture);
  return status;
}

enum vordec_status snapshot_tables_write_comparison(const struct snapshot_states *states,
                                                    const struct snapshot_results *results,
                                                    struct vordec_error *error) {
  const struct comparison_table table = {results->rows, results->count, states->training, states->dt, results->ran_on};
  char *path = snapshot_path(states->request, "comparison.csv");
  const enum vordec_status status = path ? comparison_write_csv(path, &table, error) : fail_memory(error);
  free(path);
  return status;
}

enum vordec_status snapshot_tables_write_parity(const struct snapshot_states *states,
                                                const struct snapshot_results *results, struct vordec_error *error) {
  enum { COLUMNS = 7 };
  double *values = calloc(results->count, COLUMNS * sizeof *values);
  char *path = snapshot_path(states->request, "parity.csv");
  enum vordec_status status = values && path ? VORDEC_OK : fail_memory(error);
  for (size_t i = 0; values && i < results->count; i++) {
    const struct parity_row *row = &results->parity[i];
    const double line[COLUMNS] = {(double)row->step,
                                  row->mean_abs,
                                  row->max_abs,
                                  row->rms,
                                  (double)row->mask_differs,
                                  row->within ? 1.0 : 0.0,
                                  training_span_number(&states->training, row->step)};
    memcpy(values + i * COLUMNS, line, sizeof line);
  }
  if (!status) {
    status = csv_write(path,
                       &(struct csv_table){"step,mean_abs_error,max_abs_error,rms,mask_hamming,within_tolerance,train",
                                           COLUMNS, results->count, values, results->ran_on},
                       error);
  }
  free(values);
  free(path);
  return status;
}
