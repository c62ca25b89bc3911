/* SPDX-License-Identifier: MIT */
#include "shard_resume.h"

#include <unistd.h>

#include "shard_part.h"

/* What stands beside a part that has these states. */
static enum vordec_status find_beside(const struct shard_resume *wanted, const struct rank_block *states, bool *found,
                                      struct vordec_error *error) {
  char path[PATH_MAX];
  const bool pictured = wanted->png_state >= states->first && wanted->png_state - states->first < states->count;
  *found = !wanted->png || !pictured || access(wanted->png, F_OK) == 0;
  if (!wanted->metrics || states->count == 0) return VORDEC_OK;
  const enum vordec_status status = shard_path(wanted->shard, wanted->metrics, "json", path, error);
  *found = *found && !status && access(path, F_OK) == 0;
  return status;
}

enum vordec_status shard_resume_find(const struct shard_resume *wanted, bool *found, struct vordec_error *error) {
  const struct shard *shard = wanted->shard;
  struct shard_part part;
  const enum vordec_status status = shard_record_find(shard, wanted->out, wanted->request, found, error);
  if (status || !*found || (!wanted->metrics && !wanted->png)) return status;
  const enum vordec_status opened = shard_part_open(wanted->out, shard->index, shard->count, &part, error);
  const struct rank_block states = part.states;
  shard_part_close(&part);
  return opened ? opened : find_beside(wanted, &states, found, error);
}
