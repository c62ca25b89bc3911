/* SPDX-License-Identifier: MIT */
/* The statistics of all that was measured on an ensemble's snapshots. */
#ifndef VORDEC_CLI_ENSEMBLE_ENSEMBLE_SUMMARY_H
#define VORDEC_CLI_ENSEMBLE_ENSEMBLE_SUMMARY_H

#include "ensemble_statistics.h"
#include "ensemble_values.h"

struct ensemble_summary {
  struct ensemble_statistics numbers[ENSEMBLE_NUMBERS]; /* of each snapshot */
  struct ensemble_statistics spectra[2];                /* of each snapshot and shell; of the truth, decoded */
};

/* E_NO_MEMORY. */
enum vordec_status ensemble_summary_make(const struct ensemble_values *values, struct ensemble_summary *summary,
                                         struct vordec_error *error);
/* Accepts a zeroed or half-made one. */
void ensemble_summary_release(struct ensemble_summary *summary);

#endif
