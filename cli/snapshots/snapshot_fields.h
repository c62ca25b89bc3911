/* SPDX-License-Identifier: MIT */
/* PREFIX_decoded, .npz or as --format says: the fields of all snapshots, decoded and true. */
#ifndef VORDEC_CLI_SNAPSHOTS_SNAPSHOT_FIELDS_H
#define VORDEC_CLI_SNAPSHOTS_SNAPSHOT_FIELDS_H

#include <vordec/vordec.h>

#include "snapshot_request.h"
#include "snapshot_results.h"
#include "snapshot_states.h"

struct array_sink;
struct array_stream;

struct snapshot_fields {
  size_t n;
  struct array_sink *sink; /* NULL: nothing is written */
  struct array_stream *omega_lp, *mask, *omega_hat;
  enum npy_type computed; /* of omega_lp and omega_hat */
  enum field_type stored;
  void *row; /* one of them as it is stored */
};

/* Starts the file, for fields of side n. */
enum vordec_status snapshot_fields_open(const struct snapshot_request *request, size_t n,
                                        enum vordec_precision precision, struct snapshot_fields *fields,
                                        struct vordec_error *error);

/* Adds the fields of a decode; nothing if there is no file. */
enum vordec_status snapshot_fields_add(struct snapshot_fields *fields, const struct vordec_decode_io *io,
                                       struct vordec_error *error);

/* Adds steps, their times, the box and the truth, and puts the file in its place. */
enum vordec_status snapshot_fields_finish(struct snapshot_fields *fields, const struct snapshot_results *results,
                                          const struct snapshot_states *states, struct vordec_error *error);

/* Drops what was not finished. Accepts a zeroed one. */
void snapshot_fields_release(struct snapshot_fields *fields);

#endif
