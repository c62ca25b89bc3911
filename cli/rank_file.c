/* SPDX-License-Identifier: MIT */
#include "rank_file.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <vordec/error.h>

#include "formats/array_file.h"
#include "io/outfile.h"

static bool is_wanted(const struct rank_file *file, const char *when) {
  return strcmp(file->when, when) == 0;
}

static bool leads(const struct rank_file *file) {
  return ranks_rank(file->ranks) == 0;
}

enum vordec_status rank_file_choose(struct rank_file *file, const struct array_storage *storage,
                                    struct vordec_error *error) {
  struct vordec_error why = {0};
  enum vordec_status status = VORDEC_OK;
  if (ranks_size(file->ranks) == 1 || is_wanted(file, "off")) return VORDEC_OK;
  if (!array_file_can_share(file->path, storage)) {
    status = vordec_fail(&why, VORDEC_E_USAGE, 0,
                         "%s: ranks can together write only .nc and .h5 files that are not compressed and have "
                         "--layout plain; without --collective on, the first rank writes for all",
                         file->path);
  } else {
    status = array_file_prepare_share(file->path, &why);
  }
  if (is_wanted(file, "on")) {
    if (status) *error = why;
    status = ranks_settle(file->ranks, status, error);
    file->shared = !status;
    return status;
  }
  file->shared = !ranks_any(file->ranks, status != VORDEC_OK);
  return VORDEC_OK;
}

enum vordec_status rank_file_decline(const struct rank_file *file, const char *option, struct vordec_error *error) {
  if (ranks_size(file->ranks) == 1 || !is_wanted(file, "on")) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0,
                     "--collective on cannot be used with %s: the ranks then write no file together", option);
}

enum vordec_status rank_file_try(struct rank_file *file, struct vordec_error *error) {
  return leads(file) ? outfile_create(file->path, &file->place, error) : VORDEC_OK;
}

static enum vordec_status name_place(const struct rank_file *file, char temp[PATH_MAX], struct vordec_error *error) {
  if (!leads(file)) return VORDEC_OK;
  const char *name = outfile_share(file->place, error);
  if (!name) return error->status;
  if (strlen(name) >= PATH_MAX) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "%.200s..: the name is too long", file->path);
  }
  snprintf(temp, PATH_MAX, "%s", name);
  return VORDEC_OK;
}

enum vordec_status rank_file_open(struct rank_file *file, const struct array_storage *storage, struct array_sink **sink,
                                  struct vordec_error *error) {
  char temp[PATH_MAX] = "";
  enum vordec_status status = ranks_settle(file->ranks, name_place(file, temp, error), error);
  *sink = NULL;
  if (status) return status;
  ranks_broadcast(file->ranks, temp, sizeof temp);
  const struct array_shared shared = {file->path, temp, file->place};
  file->opened = true;
  rank_file_meet(file);
  status = array_file_share(&shared, storage, sink, error);
  rank_file_part(file);
  status = ranks_settle(file->ranks, status, error);
  if (!status || is_wanted(file, "on")) return status;
  rank_file_close(file, *sink);
  *sink = NULL;
  file->shared = false;
  if (!leads(file)) return VORDEC_OK;
  fprintf(stderr, "vordec: warning: ranks cannot write together, so the first of them writes for all: %s\n",
          error->message);
  return VORDEC_OK;
}

enum vordec_status rank_file_reserve(const struct rank_file *file, uint64_t bytes, struct vordec_error *error) {
  return file->shared && leads(file) ? outfile_reserve(file->place, bytes, error) : VORDEC_OK;
}

void rank_file_meet(const struct rank_file *file) {
  if (file->shared) ranks_meet(file->ranks);
}

void rank_file_part(const struct rank_file *file) {
  if (file->shared) ranks_part(file->ranks);
}

enum vordec_status rank_file_settle(const struct rank_file *file, enum vordec_status status,
                                    struct vordec_error *error) {
  const enum vordec_status settled = ranks_settle(file->ranks, status, error);
  if (settled && file->shared) ranks_spoil(file->ranks);
  return settled;
}

void rank_file_close(struct rank_file *file, struct array_sink *sink) {
  rank_file_meet(file);
  array_sink_destroy(sink);
  rank_file_part(file);
  if (!file->opened) outfile_destroy(file->place);
  file->place = NULL;
}
