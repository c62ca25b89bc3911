/* SPDX-License-Identifier: MIT */
/* A run of snapshots, from its request to its last file. */
#ifndef VORDEC_CLI_SNAPSHOTS_SNAPSHOT_RUN_H
#define VORDEC_CLI_SNAPSHOTS_SNAPSHOT_RUN_H

#include "cli/rim_warning.h"
#include "snapshot_files.h"

struct snapshot_run {
  struct snapshot_request request; /* filled by whoever starts it */
  struct snapshot_record record;
  struct snapshot_states states;
  struct snapshot_decodes decodes;
  struct snapshot_files files;
  struct rim_warning rim;
  size_t recalled; /* frames that an earlier run had taken */
  double prepared_s, whole_s;
};

/*
 * The parts of it for a run that is one of several done together. Opens the record, the frames and, where it is to roll
 * out, what decodes; an earlier run's record is continued as the request says, whether that had finished or not.
 */
enum vordec_status snapshot_run_open(struct snapshot_run *run, bool rolls_out, struct vordec_error *error);
/* The states are complete, and the operator is there: rolls out, and writes what there is, also after a failure. */
enum vordec_status snapshot_run_roll_out(struct snapshot_run *run, struct vordec_error *error);

/* Does all of it, or ends early, in order, if a signal comes. record.finished: an earlier run had done all, and nothing
 * else was looked at. On failure there may be files of what was done by then; one of the request or its inputs leaves
 * no journal of this run. */
enum vordec_status snapshot_run_do(struct snapshot_run *run, struct vordec_error *error);

/* Snapshots beyond the tolerances of parity, where that was checked, in this run or the one that had done all. */
size_t snapshot_run_beyond(const struct snapshot_run *run);

/* Accepts one that was never done. */
void snapshot_run_release(struct snapshot_run *run);

#endif
