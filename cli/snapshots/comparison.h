/* How a decoded field compares with the true one. */
#ifndef VORDEC_CLI_SNAPSHOTS_COMPARISON_H
#define VORDEC_CLI_SNAPSHOTS_COMPARISON_H

#include <vordec/types.h>

#include "science/spectrum.h"

/* One snapshot. NAN where there is nothing to compare with, or where it was not computed. */
struct comparison {
  size_t step;
  double relative_l2, correlation; /* of omega_hat against the truth */
  double relative_l2_lp;           /* of omega_lp alone */
  double support_frac;
  struct spectrum_totals truth, decoded;
};

/* Fills all but step and support_frac. Fields are `cells` doubles; truth may be NULL. shell[0] and shell[1]: where the
 * spectra of truth and decoded field go, or NULL. */
void comparison_make(struct spectrum *spectrum, const double *truth, const double *omega_lp, const double *omega_hat,
                     size_t cells, double *const shell[2], struct comparison *comparison);

/* Writes the table of the snapshots. dt: time of a step, or NAN. */
enum vordec_status comparison_write_csv(const char *path, const struct comparison *rows, size_t count, double dt,
                                        struct vordec_error *error);

#endif
