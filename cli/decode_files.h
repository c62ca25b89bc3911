/* SPDX-License-Identifier: MIT */
/* The files that a decode writes: fields, or a part of them, picture and metrics; all of them or none. */
#ifndef VORDEC_CLI_DECODE_FILES_H
#define VORDEC_CLI_DECODE_FILES_H

#include "decode_fields.h"
#include "decode_request.h"
#include "formats/array_sink.h"
#include "formats/state_file.h"
#include "io/outfile.h"
#include "rank_file.h"
#include "shard_record.h"

struct decode_files {
  struct array_sink *out;     /* NULL, as the others: not wanted */
  struct rank_file together;  /* shared: all ranks write the fields, and `out` is on each of them */
  struct array_sink *whole;   /* under --parts, on the first rank: what refers to the parts */
  struct outfile *png, *json; /* borrowed by who writes into them */
  struct outfile *fields;     /* what `out` has become, complete; of `out` */
  double box, dt;             /* what the fields' file says; NAN: unknown */
  struct shard_record record; /* of a part */
};

/* All ranks: whether they write the fields together, from now on. E_USAGE, E_UNSUPPORTED: they have to, and cannot. */
enum vordec_status decode_files_choose(struct decode_files *files, const struct decode_request *request,
                                       struct vordec_error *error);

/* Tries the destinations of these states, before any work is done: on the first rank, under --parts and where they
 * write together on each. request is borrowed. E_IO, E_USAGE. */
enum vordec_status decode_files_open(struct decode_files *files, const struct decode_request *request,
                                     const struct state_file *state, const struct rank_block *part,
                                     struct vordec_error *error);

/* All ranks that write the fields together: opens the file. Where it cannot be, the first rank writes for all, or
 * E_FAILED. */
enum vordec_status decode_files_share(struct decode_files *files, const struct decode_request *request,
                                      struct vordec_error *error);

/* Accepts a zeroed or half-opened one. All ranks, where they write together. */
void decode_files_close(struct decode_files *files);

/* Completes the fields; made_by is what a part says of that, NULL: nothing made it. All ranks, where they write
 * together. E_FAILED. */
enum vordec_status decode_files_finish(struct decode_files *files, const char *made_by, struct vordec_error *error);

/* Puts all of them in place. E_FAILED. */
enum vordec_status decode_files_commit(struct decode_files *files, struct vordec_error *error);

/* Under --parts, on the first rank, once all parts are there: puts the file in place that refers to them. fields: some
 * of them; states: in all. E_FAILED. */
enum vordec_status decode_files_refer(struct decode_files *files, const struct decode_request *request,
                                      const struct decode_fields *fields, size_t states, struct vordec_error *error);

#endif
