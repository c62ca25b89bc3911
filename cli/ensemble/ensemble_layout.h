/* SPDX-License-Identifier: MIT */
/* What all members of an ensemble have in common. */
#ifndef VORDEC_CLI_ENSEMBLE_ENSEMBLE_LAYOUT_H
#define VORDEC_CLI_ENSEMBLE_ENSEMBLE_LAYOUT_H

#include "cli/snapshots/snapshot_run.h"

struct ensemble_layout {
  size_t n, d, steps;
  size_t rows, shells; /* snapshots; shells of a spectrum */
  size_t kept;         /* modes */
  struct training_span training;
  double dt, box, k_cut, mid_cut;
  bool learns;                    /* else the operator is a file's */
  bool truth;                     /* there is one to compare with */
  char maker[SNAPSHOT_MAKER_MAX]; /* of the frames; empty: there are none */
};

#endif
