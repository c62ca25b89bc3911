/* SPDX-License-Identifier: MIT */
#include "snapshot_fields.h"

#include <math.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "formats/array_file.h"

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the results");
}

enum vordec_status snapshot_fields_open(const struct snapshot_request *request, size_t n,
                                        enum vordec_precision precision, struct snapshot_fields *fields,
                                        struct vordec_error *error) {
  const enum npy_type computed = precision == VORDEC_FP64 ? NPY_F8 : NPY_F4;
  const enum field_type stored = request->output.field_type;
  const struct npy_form real = {field_type_stored(stored, computed), 2, {n, n}}, mask = {NPY_I1, 2, {n, n}};
  struct array_storage storage = request->output.storage;
  storage.series = true;
  *fields = (struct snapshot_fields){.n = n, .computed = computed, .stored = stored};
  char *path = snapshot_array_path(request, SNAPSHOT_DECODED);
  fields->row = malloc(n * n * sizeof(double));
  enum vordec_status status = path && fields->row ? VORDEC_OK : fail_memory(error);
  if (!status) status = array_file_create(path, &storage, &fields->sink, error);
  free(path);
  if (!status) status = array_sink_add_stream(fields->sink, "omega_lp", &real, &fields->omega_lp, error);
  if (!status) status = array_sink_add_stream(fields->sink, "mask", &mask, &fields->mask, error);
  if (!status) status = array_sink_add_stream(fields->sink, "omega_hat", &real, &fields->omega_hat, error);
  return status;
}

static enum vordec_status append(struct snapshot_fields *fields, struct array_stream *stream, const void *field,
                                 struct vordec_error *error) {
  const enum npy_type stored = field_type_stored(fields->stored, fields->computed);
  if (stored == fields->computed) return array_stream_append(stream, field, error);
  field_type_convert(field, fields->computed, fields->row, stored, fields->n * fields->n);
  return array_stream_append(stream, fields->row, error);
}

enum vordec_status snapshot_fields_add(struct snapshot_fields *fields, const struct vordec_decode_io *io,
                                       struct vordec_error *error) {
  if (!fields->sink) return VORDEC_OK;
  enum vordec_status status = append(fields, fields->omega_lp, io->omega_lp, error);
  if (!status) status = array_stream_append(fields->mask, io->mask, error);
  if (!status) status = append(fields, fields->omega_hat, io->omega_hat, error);
  return status;
}

static enum vordec_status add_truth(struct snapshot_fields *fields, const double *truth, size_t count,
                                    struct vordec_error *error) {
  const size_t cells = fields->n * fields->n;
  const struct npy_form form = {field_type_stored(fields->stored, NPY_F8), 2, {fields->n, fields->n}};
  struct array_stream *stream = NULL;
  enum vordec_status status = array_sink_add_stream(fields->sink, "truth", &form, &stream, error);
  for (size_t i = 0; !status && i < count; i++) {
    field_type_convert(truth + i * cells, NPY_F8, fields->row, form.type, cells);
    status = array_stream_append(stream, fields->row, error);
  }
  return status;
}

/* With dt and stride, times follow as those of a trajectory do. */
static enum vordec_status add_scalars(struct snapshot_fields *fields, const struct snapshot_states *states,
                                      struct vordec_error *error) {
  const int64_t stride = (int64_t)states->request->simulation.stride;
  enum vordec_status status = array_sink_add_f64(fields->sink, "L", states->box, error);
  if (!status && !isnan(states->dt)) status = array_sink_add_f64(fields->sink, "dt", states->dt, error);
  return status ? status : array_sink_add_i64(fields->sink, "stride", stride, error);
}

enum vordec_status snapshot_fields_finish(struct snapshot_fields *fields, const struct snapshot_results *results,
                                          const struct snapshot_states *states, struct vordec_error *error) {
  const size_t count = results->count;
  const struct npy_form numbers = {NPY_I8, 1, {count}}, flags = {NPY_B1, 1, {count}};
  const double *truth = states->truth.fields;
  if (!fields->sink) return VORDEC_OK;
  int64_t *steps = calloc(count + 1, sizeof *steps);
  bool *train = calloc(count + 1, sizeof *train);
  enum vordec_status status = steps && train ? VORDEC_OK : fail_memory(error);
  for (size_t i = 0; steps && train && i < count; i++) {
    steps[i] = (int64_t)results->rows[i].step;
    train[i] = training_span_holds(&results->training, results->rows[i].step);
  }
  if (!status) status = array_sink_add(fields->sink, "step", &numbers, steps, error);
  if (!status && results->training.known) status = array_sink_add(fields->sink, "train", &flags, train, error);
  if (!status && truth) status = add_truth(fields, truth, count, error);
  if (!status) status = add_scalars(fields, states, error);
  if (!status) status = array_sink_commit(fields->sink, error);
  free(steps);
  free(train);
  return status;
}

void snapshot_fields_release(struct snapshot_fields *fields) {
  array_sink_destroy(fields->sink);
  free(fields->row);
  *fields = (struct snapshot_fields){0};
}
