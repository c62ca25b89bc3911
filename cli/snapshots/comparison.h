/* SPDX-License-Identifier: MIT */
/* How a decoded field compares with the true one. */
#ifndef VORDEC_CLI_SNAPSHOTS_COMPARISON_H
#define VORDEC_CLI_SNAPSHOTS_COMPARISON_H

#include <vordec/types.h>

#include "cli/decode_parity.h"
#include "science/spectrum.h"
#include "training_span.h"

/* One snapshot. NAN where there is nothing to compare with, or where it was not computed. */
struct comparison {
  size_t step;
  double relative_l2, correlation; /* of omega_hat against the truth */
  double relative_l2_lp;           /* of omega_lp alone */
  double persistence, climatology; /* relative L2 of the last known field, and of the mean of the training frames */
  double encoding;                 /* of the true field, encoded and decoded */
  double support_frac;
  struct spectrum_totals truth, decoded;
};

/* What is compared: fields of so many cells. */
struct compared_fields {
  size_t cells;
  const double *truth; /* NULL: there is none */
  const double *omega_lp, *omega_hat;
  const double *persistence, *climatology; /* NULL as truth is */
};

/* Fills all but step, support_frac and encoding. shell[0] and shell[1]: where the spectra of truth and decoded field
 * go, or NULL. */
void comparison_make(struct spectrum *spectrum, const struct compared_fields *fields, double *const shell[2],
                     struct comparison *comparison);

/* One line on stderr of what is known of a snapshot; parity is NULL where it was not checked. */
void comparison_log(const struct comparison *row, const struct training_span *training,
                    const struct parity_row *parity);

/* The rows of a run, and what they are made with. */
struct comparison_table {
  const struct comparison *rows;
  size_t count;
  struct training_span training;
  double dt;          /* time of a step, or NAN */
  const char *ran_on; /* what decoded them */
};

enum vordec_status comparison_write_csv(const char *path, const struct comparison_table *table,
                                        struct vordec_error *error);

#endif
