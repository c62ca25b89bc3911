/* SPDX-License-Identifier: MIT */
#include "gather_states.h"

#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "formats/array_file.h"
#include "io/npy.h"

#define ARRAYS_MAX 16

struct job {
  const char *out, *first_path; /* the latter of part 0 */
  const struct shard_record *first;
  struct array_sink *sink;
  void *held[ARRAYS_MAX]; /* what the sink is lent */
  size_t count;
};

bool gather_states_are(const struct shard_part *part) {
  return array_source_has(part->source, "mask_low");
}

/* Those of which each state has a row. */
static bool goes_along(const char *name) {
  static const char *const names[] = {"z", "z_low", "z_kept", "z_scale", "z_scalars"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (strcmp(name, names[i]) == 0) return true;
  }
  return false;
}

static enum vordec_status hold(struct job *job, void *data, const char *name, struct vordec_error *error) {
  if (data && job->count < ARRAYS_MAX) {
    job->held[job->count++] = data;
    return VORDEC_OK;
  }
  free(data);
  if (data) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: more arrays than the %d that a part of states may have",
                       job->first_path, name, ARRAYS_MAX);
  }
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for %s", name);
}

/* The rows of one part. */
static enum vordec_status copy_rows(const struct job *job, size_t index, const char *name, const struct npy_form *row,
                                    char *to, struct vordec_error *error) {
  struct shard_part part = {.source = NULL};
  struct npy_array array = {0};
  enum vordec_status status = shard_part_open_like(job->first, job->out, index, &part, error);
  const bool there = !status && part.states.count > 0;
  if (there) status = array_source_read(part.source, name, &array, error);
  if (there && !status &&
      (array.type != row->type || array.ndim != 2 || array.shape[0] != part.states.count ||
       array.shape[1] != row->shape[1])) {
    status = vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: expected %zu states", part.path, name, part.states.count);
  }
  const size_t bytes = row->shape[1] * npy_type_size(row->type);
  if (there && !status && bytes) memcpy(to + part.states.first * bytes, array.data, part.states.count * bytes);
  npy_array_release(&array);
  shard_part_close(&part);
  return status;
}

static enum vordec_status add_rows(struct job *job, const char *name, const struct npy_form *row,
                                   struct vordec_error *error) {
  const size_t states = job->first->states;
  struct npy_form form = {row->type, 2, {states, row->shape[1]}};
  if (!job->first->batched) form = (struct npy_form){row->type, 1, {row->shape[1]}};
  if (row->ndim != 2)
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: %s: expected a row for each state", job->first_path, name);
  char *rows = calloc(states, row->shape[1] * npy_type_size(row->type) + 1);
  enum vordec_status status = hold(job, rows, name, error);
  for (size_t i = 0; i < job->first->shard.count && !status; i++) status = copy_rows(job, i, name, row, rows, error);
  return status ? status : array_sink_add(job->sink, name, &form, rows, error);
}

/* One that all parts have alike. */
static enum vordec_status add_alike(struct job *job, struct array_source *source, const char *name,
                                    const struct npy_form *form, struct vordec_error *error) {
  double real;
  int64_t integer;
  enum vordec_status status = VORDEC_OK;
  if (form->ndim == 0 && form->type == NPY_F8) {
    status = array_source_read_f64(source, name, &real, error);
    return status ? status : array_sink_add_f64(job->sink, name, real, error);
  }
  if (form->ndim == 0 && form->type == NPY_I8) {
    status = array_source_read_i64(source, name, &integer, error);
    return status ? status : array_sink_add_i64(job->sink, name, integer, error);
  }
  struct npy_array array = {0};
  status = array_source_read(source, name, &array, error);
  if (status) return status;
  status = hold(job, array.data, name, error);
  return status ? status : array_sink_add(job->sink, name, form, array.data, error);
}

static enum vordec_status add_all(struct job *job, struct array_source *source, struct vordec_error *error) {
  char name[ARRAY_NAME_MAX];
  enum vordec_status status = VORDEC_OK;
  for (size_t at = 0; !status && array_source_next(source, &at, name);) {
    struct npy_form form;
    if (strncmp(name, "shard", 5) == 0) continue;
    status = array_source_describe(source, name, &form, error);
    if (status) break;
    status = goes_along(name) ? add_rows(job, name, &form, error) : add_alike(job, source, name, &form, error);
  }
  return status;
}

enum vordec_status gather_states(const char *out, const struct shard_record *first, struct vordec_error *error) {
  struct job job = {.out = out, .first = first};
  struct shard_part part = {.source = NULL};
  struct array_storage storage = first->storage;
  enum vordec_status status = shard_part_open(out, 0, first->shard.count, &part, error);
  job.first_path = part.path;
  storage.series = !status && first->batched && array_source_has(part.source, "dt");
  if (!status) status = array_file_create(out, &storage, &job.sink, error);
  if (!status) status = add_all(&job, part.source, error);
  if (!status) status = array_sink_commit(job.sink, error);
  array_sink_destroy(job.sink);
  for (size_t i = 0; i < job.count; i++) free(job.held[i]);
  shard_part_close(&part);
  return status;
}
