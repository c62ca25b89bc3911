/* The pictures of a run of snapshots. */
#ifndef VORDEC_CLI_SNAPSHOTS_FIGURES_H
#define VORDEC_CLI_SNAPSHOTS_FIGURES_H

#include "comparison.h"

/* Truth, decoded field and their difference; the first two share their colour scale. Fields are n x n doubles. */
struct figure_fields {
  size_t n;
  const double *truth, *decoded;
  const char *ran_on; /* what decoded them */
};
enum vordec_status figure_triptych(const char *path, const struct figure_fields *fields,
                                   const struct comparison *comparison, double dt, struct vordec_error *error);

/* What becomes of energy and enstrophy: every frame of the truth (truth_count may be 0), every snapshot. dt: time of a
 * step; NAN: over steps. */
struct figure_history {
  const struct spectrum_totals *truth;
  size_t truth_count;
  const struct comparison *snapshots;
  size_t count;
  const char *ran_on;
};
enum vordec_status figure_series(const char *path, const struct figure_history *history, double dt,
                                 struct vordec_error *error);

/* E(k) for shells 1 .. n / 2 with a guide k^-3; truth may be NULL. */
struct figure_shells {
  size_t n, step;
  const double *truth, *decoded;
  const char *ran_on;
};
enum vordec_status figure_spectrum(const char *path, const struct figure_shells *shells, struct vordec_error *error);

#endif
