/* The files that a decode writes: fields, or a part of them, picture and metrics; all of them or none. */
#ifndef VORDEC_CLI_DECODE_FILES_H
#define VORDEC_CLI_DECODE_FILES_H

#include "decode_request.h"
#include "formats/array_sink.h"
#include "formats/state_file.h"
#include "io/outfile.h"
#include "shard_record.h"

struct decode_files {
  struct array_sink *out;     /* NULL, as the others: not wanted */
  struct outfile *png, *json; /* borrowed by who writes into them */
  double box, dt;             /* what the fields' file says; NAN: unknown */
  struct shard_record record; /* of a part */
};

/* Tries the destinations, before any work is done; request is borrowed. E_IO, E_USAGE. */
enum vordec_status decode_files_open(struct decode_files *files, const struct decode_request *request,
                                     const struct state_file *state, struct vordec_error *error);
/* Accepts a zeroed or half-opened one. */
void decode_files_close(struct decode_files *files);

/* Puts them in place, complete; made_by is what a part says of that, NULL: nothing made it. E_FAILED. */
enum vordec_status decode_files_commit(struct decode_files *files, const char *made_by, struct vordec_error *error);

#endif
