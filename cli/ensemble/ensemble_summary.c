/* SPDX-License-Identifier: MIT */
#include "ensemble_summary.h"

enum vordec_status ensemble_summary_make(const struct ensemble_values *values, struct ensemble_summary *summary,
                                         struct vordec_error *error) {
  const size_t rows = values->rows, spectrum = rows * values->shells;
  enum vordec_status status = VORDEC_OK;
  *summary = (struct ensemble_summary){0};
  for (size_t i = 0; i < ENSEMBLE_NUMBERS && !status; i++) {
    const struct ensemble_sample sample = {values->numbers + i * rows, values->members, rows, ENSEMBLE_NUMBERS * rows};
    status = ensemble_statistics_make(&sample, &summary->numbers[i], error);
  }
  for (size_t i = 0; i < 2 && !status; i++) {
    const struct ensemble_sample sample = {values->spectra + i * spectrum, values->members, spectrum, 2 * spectrum};
    status = ensemble_statistics_make(&sample, &summary->spectra[i], error);
  }
  return status;
}

void ensemble_summary_release(struct ensemble_summary *summary) {
  for (size_t i = 0; i < ENSEMBLE_NUMBERS; i++) ensemble_statistics_release(&summary->numbers[i]);
  for (size_t i = 0; i < 2; i++) ensemble_statistics_release(&summary->spectra[i]);
}
