/* SPDX-License-Identifier: MIT */
/* The tables and curves of a run of snapshots. */
#ifndef VORDEC_CLI_SNAPSHOTS_SNAPSHOT_TABLES_H
#define VORDEC_CLI_SNAPSHOTS_SNAPSHOT_TABLES_H

#include "snapshot_results.h"
#include "snapshot_states.h"

/* PREFIX_parity.csv. */
enum vordec_status snapshot_tables_write_parity(const struct snapshot_states *states,
                                                const struct snapshot_results *results, struct vordec_error *error);

/* PREFIX_comparison.csv. */
enum vordec_status snapshot_tables_write_comparison(const struct snapshot_states *states,
                                                    const struct snapshot_results *results, struct vordec_error *error);

/* PREFIX_series.csv and .png: every frame of the truth, or, without one, every snapshot. */
enum vordec_status snapshot_tables_write_series(const struct snapshot_states *states,
                                                const struct snapshot_results *results, struct vordec_error *error);

/* PREFIX_spectrum.csv and .png, of the last snapshot. */
enum vordec_status snapshot_tables_write_spectrum(const struct snapshot_states *states,
                                                  const struct snapshot_results *results, struct vordec_error *error);

#endif
