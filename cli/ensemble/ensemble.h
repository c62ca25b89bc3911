/* SPDX-License-Identifier: MIT */
/* Several runs of snapshots that are done together: what is known of them on a rank. */
#ifndef VORDEC_CLI_ENSEMBLE_ENSEMBLE_H
#define VORDEC_CLI_ENSEMBLE_ENSEMBLE_H

#include "cli/progress.h"
#include "ensemble_files.h"
#include "ensemble_member.h"
#include "ensemble_metrics.h"
#include "ensemble_trial.h"
#include "ranks/rank_block.h"
#include "ranks/ranks.h"
#include "science/learn.h"

struct ensemble {
  struct snapshot_request request; /* of all; filled by whoever starts it, as is what follows */
  struct ranks *ranks;             /* which share the members */

  struct ensemble_trial trial;   /* of the block's first member: it keeps the device open */
  struct rank_block block;       /* the members of this rank */
  struct snapshot_record record; /* of the ensemble; rank 0's */
  struct ensemble_layout layout;
  struct ensemble_kept kept;
  struct learn_series *series; /* training states of each of the block's members */
  double *a;                   /* the operator that was learnt; NULL: it is a file's */
  double *starts;              /* first states of all members; rank 0's */
  struct ensemble_values own, all;
  struct ensemble_metrics metrics;
  struct ensemble_files files; /* rank 0's */
  struct progress progress;    /* likewise */
  char ran_on[RAN_ON_MAX];     /* what decoded the block's first member */
  size_t begun;                /* of the block's members, those whose records are this run's */
  size_t recalled;             /* frames of this rank's members that an earlier run had taken */
  bool finished, interrupted;  /* an earlier run had done all; a signal came */
};

#endif
