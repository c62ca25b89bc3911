/* SPDX-License-Identifier: MIT */
#include "ensemble_values.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#define AT(field) offsetof(struct comparison, field)

const struct ensemble_quantity ensemble_quantities[ENSEMBLE_NUMBERS] = {
    [ENSEMBLE_ENERGY_TRUTH] = {"energy_truth", AT(truth.energy)},
    [ENSEMBLE_ENERGY_DECODED] = {"energy_decoded", AT(decoded.energy)},
    [ENSEMBLE_ENSTROPHY_TRUTH] = {"enstrophy_truth", AT(truth.enstrophy)},
    [ENSEMBLE_ENSTROPHY_DECODED] = {"enstrophy_decoded", AT(decoded.enstrophy)},
    [ENSEMBLE_RELATIVE_L2] = {"relative_l2", AT(relative_l2)},
    [ENSEMBLE_CORRELATION] = {"correlation", AT(correlation)},
    [ENSEMBLE_RELATIVE_L2_LP] = {"relative_l2_lp", AT(relative_l2_lp)},
    [ENSEMBLE_PERSISTENCE] = {"relative_l2_persistence", AT(persistence)},
    [ENSEMBLE_CLIMATOLOGY] = {"relative_l2_climatology", AT(climatology)},
    [ENSEMBLE_ENCODING] = {"relative_l2_encoding", AT(encoding)},
    [ENSEMBLE_SUPPORT] = {"support_frac", AT(support_frac)},
};

/* Of one member. */
static size_t numbers_of(const struct ensemble_values *values) {
  return ENSEMBLE_NUMBERS * values->rows;
}

static size_t spectra_of(const struct ensemble_values *values) {
  return 2 * values->rows * values->shells;
}

static double *make(size_t members, size_t each) {
  if (each > SIZE_MAX / sizeof(double) / (members + 1)) return NULL;
  double *made = malloc((members + 1) * each * sizeof *made);
  for (size_t i = 0; made && i < members * each; i++) made[i] = NAN;
  return made;
}

enum vordec_status ensemble_values_create(size_t members, size_t rows, size_t shells, struct ensemble_values *values,
                                          struct vordec_error *error) {
  *values = (struct ensemble_values){.members = members, .rows = rows, .shells = shells};
  values->numbers = make(members, numbers_of(values));
  values->spectra = make(members, spectra_of(values));
  if (values->numbers && values->spectra) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for %zu members", members);
}

void ensemble_values_release(struct ensemble_values *values) {
  free(values->numbers);
  free(values->spectra);
  *values = (struct ensemble_values){0};
}

void ensemble_values_take(struct ensemble_values *values, size_t at, const struct snapshot_results *results,
                          bool fields) {
  const size_t rows = values->rows < results->count ? values->rows : results->count, shells = values->shells;
  double *numbers = values->numbers + at * numbers_of(values), *spectra = values->spectra + at * spectra_of(values);
  for (size_t row = 0; row < rows; row++) {
    for (size_t i = 0; i < ENSEMBLE_NUMBERS; i++) {
      const char *from = (const char *)&results->rows[row] + ensemble_quantities[i].offset;
      memcpy(&numbers[i * values->rows + row], from, sizeof *numbers);
    }
    for (size_t i = 0; i < 2 && fields; i++) {
      if (i == 0 && !results->climatology) continue; /* there is no truth */
      memcpy(spectra + (i * values->rows + row) * shells, results->shells + (2 * row + i) * shells,
             shells * sizeof *spectra);
    }
  }
}

void ensemble_values_collect(struct ranks *ranks, const struct ensemble_values *own, struct ensemble_values *all) {
  const size_t size = ranks_size(ranks), numbers = numbers_of(own), spectra = spectra_of(own);
  const bool first = ranks_rank(ranks) == 0;
  if (first) {
    memcpy(all->numbers, own->numbers, own->members * numbers * sizeof *all->numbers);
    memcpy(all->spectra, own->spectra, own->members * spectra * sizeof *all->spectra);
  }
  for (size_t rank = 1, at = own->members; rank < size; rank++) {
    size_t members = own->members;
    ranks_collect(ranks, rank, &members, sizeof members);
    if (!first && rank != ranks_rank(ranks)) continue;
    ranks_collect(ranks, rank, first ? all->numbers + at * numbers : own->numbers, members * numbers * sizeof(double));
    ranks_collect(ranks, rank, first ? all->spectra + at * spectra : own->spectra, members * spectra * sizeof(double));
    at += members;
  }
}
