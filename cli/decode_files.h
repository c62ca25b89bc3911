/* SPDX-License-Identifier: MIT */
/* The files that a decode writes: fields, or a part of them, picture and metrics; all of them or none. */
#ifndef VORDEC_CLI_DECODE_FILES_H
#define VORDEC_CLI_DECODE_FILES_H

#include "decode_fields.h"
#include "decode_request.h"
#include "formats/array_sink.h"
#include "formats/state_file.h"
#include "io/outfile.h"
#include "shard_record.h"

struct decode_files {
  struct array_sink *out;     /* NULL, as the others: not wanted */
  struct array_sink *whole;   /* under --parts, on the first rank: what refers to the parts */
  struct outfile *png, *json; /* borrowed by who writes into them */
  double box, dt;             /* what the fields' file says; NAN: unknown */
  struct shard_record record; /* of a part */
};

/* Tries the destinations of these states, before any work is done: on the first rank, under --parts on each. request is
 * borrowed. E_IO, E_USAGE. */
enum vordec_status decode_files_open(struct decode_files *files, const struct decode_request *request,
                                     const struct state_file *state, const struct rank_block *part,
                                     struct vordec_error *error);
/* Accepts a zeroed or half-opened one. */
void decode_files_close(struct decode_files *files);

/* Puts them in place, complete; made_by is what a part says of that, NULL: nothing made it. E_FAILED. */
enum vordec_status decode_files_commit(struct decode_files *files, const char *made_by, struct vordec_error *error);

/* Under --parts, on the first rank, once all parts are there: puts the file in place that refers to them. fields: some
 * of them; states: in all. E_FAILED. */
enum vordec_status decode_files_refer(struct decode_files *files, const struct decode_request *request,
                                      const struct decode_fields *fields, size_t states, struct vordec_error *error);

#endif
