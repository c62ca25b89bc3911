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
    status = vordec_fail(error, VORDEC_E_USAGE, 0, "--parts is for files of a plain arrangement");
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

static bool is_wanted(const struct decode_request *request, const char *when) {
  return strcmp(request->collective, when) == 0;
}

/* Whether there is anything to write together. */
static bool may_share(const struct decode_request *request) {
  return ranks_size(request->ranks) > 1 && request->out && !request->parts && !request->shard.count &&
         !is_wanted(request, "off");
}

enum vordec_status decode_files_choose(struct decode_files *files, const struct decode_request *request,
                                       struct vordec_error *error) {
  struct vordec_error why = {0};
  enum vordec_status status = VORDEC_OK;
  if (!may_share(request)) return VORDEC_OK;
  if (!array_file_can_share(request->out, &request->output.storage)) {
    status = vordec_fail(&why, VORDEC_E_USAGE, 0,
                         "%s: ranks write .nc and .h5 together, plainly arranged and not compressed: without "
                         "--collective on the first of them writes for all",
                         request->out);
  } else {
    status = array_file_prepare_share(request->out, &why);
  }
  if (is_wanted(request, "on")) {
    if (status) *error = why;
    status = ranks_settle(request->ranks, status, error);
    files->shared = !status;
    return status;
  }
  files->shared = !ranks_any(request->ranks, status != VORDEC_OK);
  return VORDEC_OK;
}

enum vordec_status decode_files_settle(const struct decode_files *files, struct ranks *ranks, enum vordec_status status,
                                       struct vordec_error *error) {
  const enum vordec_status settled = ranks_settle(ranks, status, error);
  if (settled && files->shared) ranks_spoil(ranks);
  return settled;
}

static enum vordec_status name_place(struct decode_files *files, const struct decode_request *request,
                                     char temp[PATH_MAX], struct vordec_error *error) {
  if (ranks_rank(request->ranks) > 0) return VORDEC_OK;
  const char *name = outfile_share(files->place, error);
  if (!name) return error->status;
  if (strlen(name) >= PATH_MAX) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "%.200s..: the name is too long", request->out);
  }
  snprintf(temp, PATH_MAX, "%s", name);
  return VORDEC_OK;
}

/* The first rank writes for all after all. */
static enum vordec_status write_alone(struct decode_files *files, const struct decode_request *request,
                                      const struct vordec_error *why, struct vordec_error *error) {
  struct array_storage storage = request->output.storage;
  storage.series = !isnan(files->dt);
  files->shared = false;
  if (ranks_rank(request->ranks) > 0) return VORDEC_OK;
  fprintf(stderr, "vordec: warning: ranks cannot write together, so the first of them writes for all: %s\n",
          why->message);
  return array_file_create(request->out, &storage, &files->out, error);
}

enum vordec_status decode_files_share(struct decode_files *files, const struct decode_request *request,
                                      struct vordec_error *error) {
  char temp[PATH_MAX] = "";
  struct array_storage storage = request->output.storage;
  enum vordec_status status = ranks_settle(request->ranks, name_place(files, request, temp, error), error);
  if (status) return status;
  ranks_broadcast(request->ranks, temp, sizeof temp);
  const struct array_shared shared = {request->out, temp, files->place};
  struct outfile *place = files->place;
  files->place = NULL;
  storage.series = !isnan(files->dt);
  ranks_meet(request->ranks);
  status = array_file_share(&shared, &storage, &files->out, error);
  ranks_part(request->ranks);
  status = ranks_settle(request->ranks, status, error);
  if (!status) files->shared_place = place;
  if (!status || is_wanted(request, "on")) return status;
  const struct vordec_error why = *error;
  array_sink_destroy(files->out);
  files->out = NULL;
  return write_alone(files, request, &why, error);
}

/* ---- all of them */

static enum vordec_status open_fields(struct decode_files *files, const struct decode_request *request,
                                      const struct state_file *state, const struct rank_block *part,
                                      struct vordec_error *error) {
  struct array_storage storage = request->output.storage;
  storage.series = !isnan(files->dt);
  if (request->parts) return open_own(files, request, &storage, part->count > 0, error);
  if (files->shared) return outfile_create(request->out, &files->place, error);
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
  if (files->shared && ranks_rank(request->ranks) > 0) return VORDEC_OK;
  if (request->out) status = open_fields(files, request, state, part, error);
  const bool speaks = part->count && ranks_rank(request->ranks) == 0;
  if (!status && request->metrics_path && speaks) status = open_metrics(files, request, error);
  if (!status && request->png && pictured) status = outfile_create(request->png, &files->png, error);
  return status;
}

void decode_files_close(struct decode_files *files, const struct ranks *ranks) {
  if (files->shared) ranks_meet(ranks);
  array_sink_destroy(files->out);
  if (files->shared) ranks_part(ranks);
  outfile_destroy(files->place);
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

enum vordec_status decode_files_finish(struct decode_files *files, const struct ranks *ranks, const char *made_by,
                                       struct vordec_error *error) {
  if (!files->out) return VORDEC_OK;
  if (files->shared) ranks_meet(ranks);
  const enum vordec_status status = finish_fields(files, made_by, error);
  if (files->shared) ranks_part(ranks);
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
