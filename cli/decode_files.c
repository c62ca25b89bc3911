/* SPDX-License-Identifier: MIT */
#include "decode_files.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "box.h"
#include "formats/array_file.h"

/* Nothing needs the times: a file that says something else than a time step says nothing. */
static double find_dt(const struct decode_request *request, const struct state_file *state) {
  struct vordec_error ignored;
  double dt = NAN;
  const bool known = state->batched && state_file_read_dt(request->z0, &dt, &ignored) == VORDEC_OK;
  return known ? dt : NAN;
}

/* What the parts will become is tried, too: a name that no file can have is found before the work, not after. */
static enum vordec_status open_part(struct decode_files *files, const struct decode_request *request,
                                    const struct array_storage *storage, struct vordec_error *error) {
  const struct array_storage plain = {0};
  struct array_sink *whole = NULL;
  char path[PATH_MAX];
  enum vordec_status status = array_file_create(request->out, storage, &whole, error);
  array_sink_destroy(whole);
  if (!status) status = shard_path(&request->shard, request->out, SHARD_PART, path, error);
  return status ? status : array_file_create(path, &plain, &files->out, error);
}

/* ---- a file of each rank */

/* "OUT.part-I-of-N.h5" */
static enum vordec_status own_path(const struct decode_request *request, size_t rank, char path[PATH_MAX],
                                   struct vordec_error *error) {
  const char *dot = strrchr(request->out, '.'), *extension = dot ? dot : "";
  const int length =
      snprintf(path, PATH_MAX, "%s.part-%zu-of-%zu%s", request->out, rank, ranks_size(request->ranks), extension);
  if (length < PATH_MAX) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "%.200s..: the name of its part is too long", request->out);
}

static enum vordec_status open_own(struct decode_files *files, const struct decode_request *request,
                                   const struct array_storage *storage, bool any, struct vordec_error *error) {
  const size_t rank = ranks_rank(request->ranks);
  struct array_storage whole = *storage;
  char path[PATH_MAX];
  enum vordec_status status = own_path(request, rank, path, error);
  whole.refers = true;
  if (!status && storage->arrangement != ARRANGE_PLAIN) {
    status = vordec_fail(error, VORDEC_E_USAGE, 0, "--parts needs --layout plain");
  }
  if (!status && rank == 0) status = array_file_create(request->out, &whole, &files->whole, error);
  if (!status && files->whole && !files->whole->methods->add_virtual) {
    status = vordec_fail(error, VORDEC_E_USAGE, 0,
                         "%s: a file of this format cannot refer to others: --parts is for .h5 and .nc", request->out);
  }
  return status || !any ? status : array_file_create(path, storage, &files->out, error);
}

enum vordec_status decode_files_refer(struct decode_files *files, const struct decode_request *request,
                                      const struct decode_fields *fields, size_t states, struct vordec_error *error) {
  const size_t size = ranks_size(request->ranks);
  struct array_piece *pieces = calloc(size, sizeof *pieces);
  char(*names)[PATH_MAX] = calloc(size, sizeof *names);
  enum vordec_status status = VORDEC_OK;
  size_t count = 0;
  if (!pieces || !names) status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  for (size_t rank = 0; rank < size && !status; rank++) {
    const size_t rows = rank_block_of(states, size, rank).count;
    status = own_path(request, rank, names[rank], error);
    const char *slash = strrchr(names[rank], '/');
    if (rows) pieces[count++] = (struct array_piece){slash ? slash + 1 : names[rank], rows};
  }
  if (!status) status = decode_fields_refer(fields, files->whole, pieces, count, error);
  if (!status && files->box > 0) status = array_sink_add_f64(files->whole, "L", files->box, error);
  if (!status && !isnan(files->dt)) status = array_sink_add_f64(files->whole, "dt", files->dt, error);
  if (!status) status = array_sink_commit(files->whole, error);
  free(pieces);
  free(names);
  return status;
}

/* ---- one file that all ranks write */

enum vordec_status decode_files_choose(struct decode_files *files, const struct decode_request *request,
                                       struct vordec_error *error) {
  files->together = (struct rank_file){.ranks = request->ranks, .path = request->out, .when = request->collective};
  if (!request->out) return VORDEC_OK;
  if (request->parts) return rank_file_decline(&files->together, "--parts", error);
  if (request->shard.count) return rank_file_decline(&files->together, "--shard", error);
  return rank_file_choose(&files->together, &request->output.storage, error);
}

enum vordec_status decode_files_share(struct decode_files *files, const struct decode_request *request,
                                      struct vordec_error *error) {
  struct array_storage storage = request->output.storage;
  storage.series = !isnan(files->dt);
  const enum vordec_status status = rank_file_open(&files->together, &storage, &files->out, error);
  if (status || files->together.shared || ranks_rank(request->ranks) > 0) return status;
  return array_file_create(request->out, &storage, &files->out, error);
}

/* ---- all of them */

static enum vordec_status open_fields(struct decode_files *files, const struct decode_request *request,
                                      const struct state_file *state, const struct rank_block *part,
                                      struct vordec_error *error) {
  struct array_storage storage = request->output.storage;
  storage.series = !isnan(files->dt);
  if (request->parts) return open_own(files, request, &storage, part->count > 0, error);
  if (files->together.shared) return rank_file_try(&files->together, error);
  if (!request->shard.count) return array_file_create(request->out, &storage, &files->out, error);
  files->record = (struct shard_record){.shard = request->shard,
                                        .states = state->count,
                                        .batched = state->batched,
                                        .storage = storage,
                                        .field_type = request->output.field_type};
  memcpy(files->record.request, request->shard_request, sizeof files->record.request);
  return open_part(files, request, &storage, error);
}

static enum vordec_status open_metrics(struct decode_files *files, const struct decode_request *request,
                                       struct vordec_error *error) {
  char path[PATH_MAX];
  if (!request->shard.count) return outfile_create(request->metrics_path, &files->json, error);
  const enum vordec_status status = shard_path(&request->shard, request->metrics_path, "json", path, error);
  return status ? status : outfile_create(path, &files->json, error);
}

enum vordec_status decode_files_open(struct decode_files *files, const struct decode_request *request,
                                     const struct state_file *state, const struct rank_block *part,
                                     struct vordec_error *error) {
  const bool pictured = request->png_state >= part->first && request->png_state - part->first < part->count;
  files->box = box_configured(request->config); /* also what the states say */
  files->dt = find_dt(request, state);
  enum vordec_status status = VORDEC_OK;
  if (files->together.shared && ranks_rank(request->ranks) > 0) return VORDEC_OK;
  if (request->out) status = open_fields(files, request, state, part, error);
  const bool speaks = part->count && ranks_rank(request->ranks) == 0;
  if (!status && request->metrics_path && speaks) status = open_metrics(files, request, error);
  if (!status && request->png && pictured) status = outfile_create(request->png, &files->png, error);
  return status;
}

void decode_files_close(struct decode_files *files) {
  rank_file_close(&files->together, files->out);
  array_sink_destroy(files->whole);
  outfile_destroy(files->png);
  outfile_destroy(files->json);
  *files = (struct decode_files){0};
}

static enum vordec_status finish_fields(struct decode_files *files, const char *made_by, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  if (files->record.shard.count) {
    snprintf(files->record.made_by, sizeof files->record.made_by, "%s", made_by ? made_by : "-");
    status = shard_record_add(&files->record, files->out, error);
  }
  if (!status && files->box > 0) status = array_sink_add_f64(files->out, "L", files->box, error);
  if (!status && !isnan(files->dt)) status = array_sink_add_f64(files->out, "dt", files->dt, error);
  return status ? status : array_sink_finish(files->out, &files->fields, error);
}

enum vordec_status decode_files_finish(struct decode_files *files, const char *made_by, struct vordec_error *error) {
  if (!files->out) return VORDEC_OK;
  rank_file_meet(&files->together);
  const enum vordec_status status = finish_fields(files, made_by, error);
  rank_file_part(&files->together);
  return status;
}

enum vordec_status decode_files_commit(struct decode_files *files, struct vordec_error *error) {
  struct outfile *list[3];
  size_t count = 0;
  if (files->fields) list[count++] = files->fields;
  if (files->png) list[count++] = files->png;
  if (files->json) list[count++] = files->json;
  return outfile_commit_all(list, count, error);
}
