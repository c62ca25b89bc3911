/* SPDX-License-Identifier: MIT */
/* A part that --shard left, opened. */
#ifndef VORDEC_CLI_SHARD_PART_H
#define VORDEC_CLI_SHARD_PART_H

#include "shard_record.h"

struct shard_part {
  char path[PATH_MAX];
  struct array_source *source;
  struct shard_record record;
  struct rank_block states; /* of the whole run's */
};

/* Part `index` of `shards` of what becomes `out`. E_INPUT: it is missing, or something else. */
enum vordec_status shard_part_open(const char *out, size_t index, size_t shards, struct shard_part *part,
                                   struct vordec_error *error);

/* The same, which also has to be of the same run as the first. */
enum vordec_status shard_part_open_like(const struct shard_record *first, const char *out, size_t index,
                                        struct shard_part *part, struct vordec_error *error);

/* Accepts a zeroed or half-opened one. */
void shard_part_close(struct shard_part *part);

#endif
