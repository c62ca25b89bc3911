/* SPDX-License-Identifier: MIT */
/* What a person wants to know about a run of snapshots. */
#ifndef VORDEC_CLI_SNAPSHOTS_SNAPSHOT_SUMMARY_H
#define VORDEC_CLI_SNAPSHOTS_SNAPSHOT_SUMMARY_H

#include "snapshot_run.h"

/* A few lines on stderr. */
void snapshot_summary_print(const struct snapshot_run *run);

/* The table of parity, which goes to stdout. */
void snapshot_summary_print_parity(const struct snapshot_run *run);

#endif
