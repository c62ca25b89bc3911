/* SPDX-License-Identifier: MIT */
/* The files that an encode writes: states, or a part of them, and metrics; both or neither. */
#ifndef VORDEC_CLI_ENCODE_FILES_H
#define VORDEC_CLI_ENCODE_FILES_H

#include "formats/state_output.h"
#include "rank_file.h"
#include "shard_record.h"

struct encode_files {
  const char *out; /* where the states go: borrowed */
  struct shard shard;
  struct shard_record record; /* of a part: its request and number of states are the caller's to say */
  struct array_storage storage;
  struct rank_file together; /* shared: all ranks write the states, each its own */
  struct array_sink *states;
  struct narrowed_states *narrowed;
  struct outfile *metrics; /* NULL: none are asked for, or another rank writes them */
};

/* All ranks: whether they write the states together, from now on. Errors as rank_file_choose(). */
enum vordec_status encode_files_choose(struct encode_files *files, struct vordec_error *error);

/* On the first rank: tries the destinations, and what the parts will become, before any work is done; metrics NULL:
 * none. E_IO, E_USAGE. */
enum vordec_status encode_files_try(struct encode_files *files, const char *metrics, struct vordec_error *error);

/* All ranks: opens what they write together; nothing happens where they do not. Errors as rank_file_open(). */
enum vordec_status encode_files_share(struct encode_files *files, bool series, struct vordec_error *error);

/* All ranks: adds the states, of which each has its block where they write together, and else the first has all; a part
 * without any takes none. Borrowed until they are committed. made_by: what a part says of that. E_FAILED, E_INPUT. */
enum vordec_status encode_files_add(struct encode_files *files, const struct state_output *output, const char *made_by,
                                    struct vordec_error *error);

/* All ranks: puts states and metrics in place. Both are written before either appears: a disk that is full leaves none
 * of them. E_FAILED. */
enum vordec_status encode_files_commit(struct encode_files *files, struct vordec_error *error);

/* Where the states are: of a part, in its own file. */
const char *encode_files_states_path(const struct encode_files *files, char path[PATH_MAX]);

/* All ranks, where they write together. Accepts a zeroed or half-opened one. */
void encode_files_release(struct encode_files *files);

#endif
