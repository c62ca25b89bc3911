/* SPDX-License-Identifier: MIT */
/* One of the parts that a run is split into without MPI, for job arrays; `vordec gather` puts them together. */
#ifndef VORDEC_CLI_SHARD_H
#define VORDEC_CLI_SHARD_H

#include <limits.h>
#include <vordec/types.h>

#include "ranks/rank_block.h"

#define SHARDS_MAX 1000000u

struct shard {
  size_t index, count; /* I of N; count 0: the run is not split */
};

#define SHARD_PART "npz" /* plain and quick to read, whatever the whole becomes */

/* "I/N". E_USAGE: something else. */
enum vordec_status shard_parse(const char *text, struct shard *shard, struct vordec_error *error);

/* The shard's states of `total`; all of them where the run is not split. */
struct rank_block shard_block(const struct shard *shard, size_t total);

/* What a shard writes instead of path: "PATH.shard-I-of-N.EXTENSION". E_USAGE: too long. */
enum vordec_status shard_path(const struct shard *shard, const char *path, const char *extension, char name[PATH_MAX],
                              struct vordec_error *error);

#endif
