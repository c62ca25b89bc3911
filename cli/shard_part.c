/* SPDX-License-Identifier: MIT */
#include "shard_part.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <vordec/error.h>

#include "formats/array_file.h"

enum vordec_status shard_part_open(const char *out, size_t index, size_t shards, struct shard_part *part,
                                   struct vordec_error *error) {
  const struct shard shard = {index, shards};
  *part = (struct shard_part){.source = NULL};
  enum vordec_status status = shard_path(&shard, out, SHARD_PART, part->path, error);
  if (status) return status;
  if (access(part->path, F_OK) != 0) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s is missing: %s", part->path, strerror(errno));
  }
  status = array_file_open(part->path, &part->source, error);
  if (!status) status = shard_record_read(part->source, &shard, &part->record, error);
  if (!status) part->states = shard_block(&shard, part->record.states);
  return status;
}

enum vordec_status shard_part_open_like(const struct shard_record *first, const char *out, size_t index,
                                        struct shard_part *part, struct vordec_error *error) {
  const enum vordec_status status = shard_part_open(out, index, first->shard.count, part, error);
  return status ? status : shard_record_compare(first, &part->record, part->path, error);
}

void shard_part_close(struct shard_part *part) {
  array_source_close(part->source);
  *part = (struct shard_part){.source = NULL};
}
