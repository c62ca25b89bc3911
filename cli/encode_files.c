/* SPDX-License-Identifier: MIT */
#include "encode_files.h"

#include <stdio.h>
#include <vordec/error.h>

#include "formats/array_file.h"
#include "io/outfile.h"

static bool leads(const struct encode_files *files) {
  return ranks_rank(files->together.ranks) == 0;
}

enum vordec_status encode_files_choose(struct encode_files *files, struct vordec_error *error) {
  files->together.path = files->out;
  if (files->shard.count) return rank_file_decline(&files->together, "--shard", error);
  return rank_file_choose(&files->together, &files->storage, error);
}

/* ---- before the work */

static enum vordec_status try_file(const char *path, const struct array_storage *storage, struct vordec_error *error) {
  struct array_sink *sink = NULL;
  const enum vordec_status status = array_file_create(path, storage, &sink, error);
  array_sink_destroy(sink);
  return status;
}

static enum vordec_status try_states(struct encode_files *files, struct vordec_error *error) {
  const struct array_storage plain = {0};
  char path[PATH_MAX];
  if (files->together.shared) return rank_file_try(&files->together, error);
  enum vordec_status status = try_file(files->out, &files->storage, error);
  if (status || !files->shard.count) return status;
  status = shard_path(&files->shard, files->out, SHARD_PART, path, error);
  return status ? status : try_file(path, &plain, error);
}

enum vordec_status encode_files_try(struct encode_files *files, const char *metrics, struct vordec_error *error) {
  char path[PATH_MAX];
  if (!leads(files)) return VORDEC_OK;
  enum vordec_status status = try_states(files, error);
  if (status || !metrics) return status;
  if (!files->shard.count) return outfile_create(metrics, &files->metrics, error);
  status = shard_path(&files->shard, metrics, "json", path, error);
  return status ? status : outfile_create(path, &files->metrics, error);
}

enum vordec_status encode_files_share(struct encode_files *files, bool series, struct vordec_error *error) {
  struct array_storage storage = files->storage;
  storage.series = series;
  return files->together.shared ? rank_file_open(&files->together, &storage, &files->states, error) : VORDEC_OK;
}

/* ---- the states */

/* A part holds what the whole will, and says what it is of. */
static enum vordec_status start_part(struct encode_files *files, const char *made_by, struct vordec_error *error) {
  const struct array_storage plain = {0};
  char path[PATH_MAX];
  files->record.shard = files->shard;
  files->record.storage = files->storage;
  snprintf(files->record.made_by, sizeof files->record.made_by, "%s", made_by);
  enum vordec_status status = shard_path(&files->shard, files->out, SHARD_PART, path, error);
  if (!status) status = array_file_create(path, &plain, &files->states, error);
  return status ? status : shard_record_add(&files->record, files->states, error);
}

/* The first rank has them all. */
static enum vordec_status add_alone(struct encode_files *files, const struct state_output *output, const char *made_by,
                                    struct vordec_error *error) {
  if (!files->shard.count) return state_output_start(files->out, output, &files->states, &files->narrowed, error);
  enum vordec_status status = start_part(files, made_by, error);
  if (status || output->count == 0) return status;
  status = state_output_narrow(output, &files->narrowed, error);
  return status ? status : state_output_add(files->states, output, files->narrowed, error);
}

/* What is said of the states is what the first rank says: one without states knows nothing of them. */
static enum vordec_status add_together(struct encode_files *files, const struct state_output *own,
                                       struct vordec_error *error) {
  struct state_output output = *own;
  ranks_broadcast(files->together.ranks, &output, sizeof output);
  output.z = own->z;
  output.mask_low = own->mask_low;
  output.anchor_idx = own->anchor_idx;
  output.block = own->block;
  enum vordec_status status = state_output_narrow(&output, &files->narrowed, error);
  status = ranks_settle(files->together.ranks, status, error);
  if (status) return status;
  rank_file_meet(&files->together);
  status = state_output_add(files->states, &output, files->narrowed, error);
  rank_file_part(&files->together);
  return rank_file_settle(&files->together, status, error);
}

enum vordec_status encode_files_add(struct encode_files *files, const struct state_output *output, const char *made_by,
                                    struct vordec_error *error) {
  if (files->together.shared) return add_together(files, output, error);
  const enum vordec_status status = leads(files) ? add_alone(files, output, made_by, error) : VORDEC_OK;
  return ranks_settle_written(files->together.ranks, status, error);
}

/* ---- at the end */

enum vordec_status encode_files_commit(struct encode_files *files, struct vordec_error *error) {
  struct outfile *list[2] = {NULL, NULL};
  enum vordec_status status = VORDEC_OK;
  rank_file_meet(&files->together);
  if (files->states) status = array_sink_finish(files->states, &list[0], error);
  rank_file_part(&files->together);
  if (files->together.shared) status = rank_file_settle(&files->together, status, error);
  list[1] = files->metrics;
  if (!status && leads(files)) status = outfile_commit_all(list, list[1] ? 2 : 1, error);
  return ranks_settle_written(files->together.ranks, status, error);
}

const char *encode_files_states_path(const struct encode_files *files, char path[PATH_MAX]) {
  struct vordec_error none; /* it was written already */
  const bool part = files->shard.count && !shard_path(&files->shard, files->out, SHARD_PART, path, &none);
  return part ? path : files->out;
}

void encode_files_release(struct encode_files *files) {
  rank_file_close(&files->together, files->states);
  narrowed_states_destroy(files->narrowed);
  outfile_destroy(files->metrics);
  *files = (struct encode_files){0};
}
