/* SPDX-License-Identifier: MIT */
/* The files that a run of snapshots writes into its folder, the pictures of the snapshots apart. */
#ifndef VORDEC_CLI_SNAPSHOTS_SNAPSHOT_OUTPUTS_H
#define VORDEC_CLI_SNAPSHOTS_SNAPSHOT_OUTPUTS_H

#include "snapshot_record.h"
#include "snapshot_results.h"
#include "snapshot_states.h"

/* Tries the destination of each of them that the run writes. E_USAGE: one of them is where the metrics go. E_IO: one
 * cannot be written. */
enum vordec_status snapshot_outputs_check(const struct snapshot_request *request, struct vordec_error *error);

/* Writes those that are made of the results so far. */
enum vordec_status snapshot_outputs_write(const struct snapshot_states *states, const struct snapshot_results *results,
                                          struct vordec_error *error);

/* Books in the record those that were written at the end of the run. */
enum vordec_status snapshot_outputs_book(const struct snapshot_request *request, struct snapshot_record *record,
                                         struct vordec_error *error);

#endif
