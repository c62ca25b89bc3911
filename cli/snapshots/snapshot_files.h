/* SPDX-License-Identifier: MIT */
/* What a run of snapshots writes into its folder, besides z0 and A. */
#ifndef VORDEC_CLI_SNAPSHOTS_SNAPSHOT_FILES_H
#define VORDEC_CLI_SNAPSHOTS_SNAPSHOT_FILES_H

#include "snapshot_animation.h"
#include "snapshot_decodes.h"
#include "snapshot_fields.h"
#include "snapshot_pictures.h"
#include "snapshot_results.h"

struct outfile;

struct snapshot_files {
  const struct snapshot_request *request;
  const struct snapshot_states *states;
  struct snapshot_record *record; /* of what is finished */
  bool made;                      /* the folder was not there */
  struct outfile *json;           /* the metrics; open from the start, so that an unwritable folder is found at once */
  struct snapshot_results results;
  struct snapshot_fields fields;
  struct snapshot_animation animation;
  struct snapshot_pictures pictures;
};

/* Makes the folder. E_IO: it cannot be made or written. */
enum vordec_status snapshot_files_open(const struct snapshot_request *request, struct snapshot_record *record,
                                       struct snapshot_files *files, struct vordec_error *error);

/* Makes room for the run's snapshots, and opens what --save-decoded writes. */
enum vordec_status snapshot_files_start(struct snapshot_files *files, struct snapshot_states *states,
                                        const struct snapshot_decodes *decodes, struct vordec_error *error);

/* Books the snapshot that `decodes` holds: measures and compares it, and begins its picture. */
enum vordec_status snapshot_files_add(struct snapshot_files *files, const struct snapshot_decodes *decodes,
                                      const struct parity_row *parity, struct vordec_error *error);

/* Writes tables, curves and fields of the snapshots so far, and waits for their pictures. */
enum vordec_status snapshot_files_finish(struct snapshot_files *files, struct vordec_error *error);

/* Writes the metrics. */
enum vordec_status snapshot_files_write_metrics(struct snapshot_files *files, struct snapshot_decodes *decodes,
                                                struct vordec_error *error);

/* Writes the report of the files that are there by now, if it is wanted. */
enum vordec_status snapshot_files_write_report(const struct snapshot_request *request, struct vordec_error *error);

/* Accepts a zeroed or half-opened one; drops what was not finished. */
void snapshot_files_release(struct snapshot_files *files);

#endif
