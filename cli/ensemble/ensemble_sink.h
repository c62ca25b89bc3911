/* SPDX-License-Identifier: MIT */
/* The arrays of an ensemble's statistics (docs/files.md). */
#ifndef VORDEC_CLI_ENSEMBLE_ENSEMBLE_SINK_H
#define VORDEC_CLI_ENSEMBLE_ENSEMBLE_SINK_H

#include "ensemble_layout.h"
#include "ensemble_summary.h"

struct array_sink;
struct outfile;

struct ensemble_sink_told {
  const struct snapshot_request *request;
  const struct ensemble_layout *layout;
  const struct ensemble_values *values;
  const struct ensemble_summary *summary;
};

/* Adds all of them and finishes the file, without putting it in its place: what is told need not live longer. */
enum vordec_status ensemble_sink_write(struct array_sink *sink, const struct ensemble_sink_told *told,
                                       struct outfile **file, struct vordec_error *error);

#endif
