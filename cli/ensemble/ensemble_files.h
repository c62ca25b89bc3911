/* SPDX-License-Identifier: MIT */
/* What an ensemble writes: its statistics, as arrays and as a picture, its operator and its first states. */
#ifndef VORDEC_CLI_ENSEMBLE_ENSEMBLE_FILES_H
#define VORDEC_CLI_ENSEMBLE_ENSEMBLE_FILES_H

#include "ensemble_layout.h"
#include "ensemble_values.h"

struct array_sink;
struct narrowed_states;
struct outfile;

#define ENSEMBLE_STATISTICS "statistics"
#define ENSEMBLE_PICTURE "statistics.png"
#define ENSEMBLE_METRICS "metrics.json"

struct ensemble_files {
  const struct snapshot_request *request;
  bool made; /* the folder was not there */
  struct array_sink *z0, *op, *statistics;
  struct narrowed_states *narrowed;
  struct outfile *z0_file, *statistics_file; /* written, not yet in their places; the sinks' */
  struct outfile *metrics;                   /* open from the start, so that an unwritable folder is found at once */
};

/* Whether the metrics are where they are to be. Their content depends on ranks and times: records do not hold it. */
bool ensemble_files_has_metrics(const struct snapshot_request *request);

/* Makes the folder and tries every destination. E_IO: one cannot be written. E_USAGE: the metrics would go there. */
enum vordec_status ensemble_files_open(const struct snapshot_request *request, struct ensemble_files *files,
                                       struct vordec_error *error);

/* The states of all members at their start (members x D), which are borrowed. states: those of the first member, whose
 * settings are all members'; they may go. */
enum vordec_status ensemble_files_add_starts(struct ensemble_files *files, const struct snapshot_states *states,
                                             const double *z, struct vordec_error *error);

/* The operator that was learnt, borrowed. */
enum vordec_status ensemble_files_add_operator(struct ensemble_files *files, const double *a, size_t d,
                                               struct vordec_error *error);

/* Writes all that was added, statistics and picture of the values, and the metrics' text, and books them. ran_on: what
 * decoded. */
struct ensemble_told {
  const struct ensemble_layout *layout;
  const struct ensemble_values *values;
  const char *ran_on;
  const char *metrics;
};
enum vordec_status ensemble_files_write(struct ensemble_files *files, const struct ensemble_told *told,
                                        struct snapshot_record *record, struct vordec_error *error);

/* Accepts a zeroed or half-opened one; drops what was not written. */
void ensemble_files_release(struct ensemble_files *files);

#endif
