/* SPDX-License-Identifier: MIT */
/* What was measured on the snapshots of members. */
#ifndef VORDEC_CLI_ENSEMBLE_ENSEMBLE_VALUES_H
#define VORDEC_CLI_ENSEMBLE_ENSEMBLE_VALUES_H

#include "cli/snapshots/snapshot_results.h"
#include "ranks/ranks.h"

/* A number of a snapshot, as tables call it; where it stands in a struct comparison. */
struct ensemble_quantity {
  const char *name;
  size_t offset;
};

enum ensemble_number {
  ENSEMBLE_ENERGY_TRUTH,
  ENSEMBLE_ENERGY_DECODED,
  ENSEMBLE_ENSTROPHY_TRUTH,
  ENSEMBLE_ENSTROPHY_DECODED,
  ENSEMBLE_RELATIVE_L2,
  ENSEMBLE_CORRELATION,
  ENSEMBLE_RELATIVE_L2_LP,
  ENSEMBLE_PERSISTENCE,
  ENSEMBLE_CLIMATOLOGY,
  ENSEMBLE_ENCODING,
  ENSEMBLE_SUPPORT,
  ENSEMBLE_NUMBERS
};
extern const struct ensemble_quantity ensemble_quantities[ENSEMBLE_NUMBERS];

struct ensemble_values {
  size_t members, rows, shells; /* rows: snapshots of each */
  double *numbers;              /* members x ENSEMBLE_NUMBERS x rows */
  double *spectra;              /* members x 2 x rows x shells: of the truth, then of the decoded field */
};

/* Room for so many members; NAN until they are there. E_NO_MEMORY. */
enum vordec_status ensemble_values_create(size_t members, size_t rows, size_t shells, struct ensemble_values *values,
                                          struct vordec_error *error);
/* Accepts a zeroed one. */
void ensemble_values_release(struct ensemble_values *values);

/* Puts a member's results, of all snapshots, in place `at`. fields: whole fields were decoded, and have spectra. */
void ensemble_values_take(struct ensemble_values *values, size_t at, const struct snapshot_results *results,
                          bool fields);

/* All ranks: brings the members of each, a block of successive ones, to rank 0, where `all` takes them in. */
void ensemble_values_collect(struct ranks *ranks, const struct ensemble_values *own, struct ensemble_values *all);

#endif
