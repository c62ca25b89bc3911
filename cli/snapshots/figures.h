/* SPDX-License-Identifier: MIT */
/* The pictures of a run of snapshots. */
#ifndef VORDEC_CLI_SNAPSHOTS_FIGURES_H
#define VORDEC_CLI_SNAPSHOTS_FIGURES_H

#include "comparison.h"

/* What a picture shows, and of what. */
struct figure_subject {
  size_t n;
  double dt; /* of a step; NAN: unknown */
  struct training_span training;
  const char *ran_on;    /* what decoded it */
  double k_cut, mid_cut; /* of the states; NAN: unknown */
};

/* Truth, decoded field and their difference, all on the scale of the truth. Fields are n x n doubles. */
struct figure_fields {
  const double *truth, *decoded;
  double box; /* its side */
};

/* The two lines above a picture of a step: what made it, of which step, and whether that is a forecast; what that is
 * worth, or, without truth, nothing. */
struct figure_titles {
  char title[700], subtitle[300];
};
void figure_titles_make(const struct figure_subject *subject, const struct comparison *comparison,
                        struct figure_titles *titles);
enum vordec_status figure_triptych(const char *path, const struct figure_titles *titles, size_t n,
                                   const struct figure_fields *fields, struct vordec_error *error);

/* What becomes of energy and enstrophy: every frame of the truth (truth_count may be 0), every snapshot; with truth
 * also the errors, beside those of doing nothing. */
struct figure_history {
  const struct spectrum_totals *truth;
  size_t truth_count;
  const struct comparison *snapshots;
  size_t count;
};
enum vordec_status figure_series(const char *path, const struct figure_subject *subject,
                                 const struct figure_history *history, struct vordec_error *error);

/* E(k) for shells 1 .. n / 2 with a guide k^-3; truth may be NULL. */
struct figure_shells {
  const struct comparison *comparison; /* of that snapshot */
  const double *truth, *decoded;
};
enum vordec_status figure_spectrum(const char *path, const struct figure_subject *subject,
                                   const struct figure_shells *shells, struct vordec_error *error);

#endif
