/* SPDX-License-Identifier: MIT */
/* What was measured on the snapshots of a run, and how they compare with the truth. */
#ifndef VORDEC_CLI_SNAPSHOTS_SNAPSHOT_RESULTS_H
#define VORDEC_CLI_SNAPSHOTS_SNAPSHOT_RESULTS_H

#include <vordec/vordec.h>

#include "cli/decode_parity.h"
#include "cli/ran_on.h"
#include "comparison.h"
#include "science/loss.h"
#include "snapshot_decodes.h"
#include "snapshot_states.h"

struct snapshot_results {
  struct spectrum *spectrum;
  double *shell[2];          /* spectra of truth and decoded field at the last snapshot */
  double *shells;            /* of both at every snapshot, truth first; NULL: not kept */
  struct comparison *rows;   /* of the snapshots so far */
  struct parity_row *parity; /* likewise, where it is checked */
  size_t count;
  struct training_span training;
  const double *climatology; /* NULL: there is no truth */
  struct loss *loss;         /* likewise */
  char ran_on[RAN_ON_MAX];   /* what decodes them */
};

/* Room for the snapshots of a run whose states are complete, and borrowed. */
enum vordec_status snapshot_results_create(struct snapshot_states *states, struct snapshot_results *results,
                                           struct vordec_error *error);
/* Accepts a zeroed or half-made one. */
void snapshot_results_release(struct snapshot_results *results);

/* Begins the row of a snapshot with what is known without fields: the backend's own numbers, where there are any (else
 * NULL). */
struct comparison *snapshot_results_begin(struct snapshot_results *results, size_t step,
                                          const struct vordec_scalars *scalars, const struct parity_row *parity);
/* Compares the row's fields with the truth, where there is one: those of the last decode that ended. */
enum vordec_status snapshot_results_compare(struct snapshot_results *results, const struct snapshot_states *states,
                                            const struct snapshot_decodes *decodes, struct vordec_error *error);
/* Counts the row that was begun, and keeps its spectra where they are kept. */
void snapshot_results_end(struct snapshot_results *results);

/* Snapshots beyond the tolerances of parity. */
size_t snapshot_results_beyond(const struct snapshot_results *results);

#endif
