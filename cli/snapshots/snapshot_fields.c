#include "snapshot_fields.h"

#include <stdlib.h>
#include <vordec/error.h>

#include "formats/array_file.h"

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the results");
}

enum vordec_status snapshot_fields_open(const struct snapshot_request *request, size_t n,
                                        enum vordec_precision precision, struct snapshot_fields *fields,
                                        struct vordec_error *error) {
  const struct npy_form real = {precision == VORDEC_FP64 ? NPY_F8 : NPY_F4, 2, {n, n}}, mask = {NPY_I1, 2, {n, n}};
  *fields = (struct snapshot_fields){.n = n};
  char *path = snapshot_path(request, SNAPSHOT_DECODED);
  enum vordec_status status = path ? array_file_create(path, &fields->sink, error) : fail_memory(error);
  free(path);
  if (!status) status = array_sink_add_stream(fields->sink, "omega_lp", &real, &fields->omega_lp, error);
  if (!status) status = array_sink_add_stream(fields->sink, "mask", &mask, &fields->mask, error);
  if (!status) status = array_sink_add_stream(fields->sink, "omega_hat", &real, &fields->omega_hat, error);
  return status;
}

enum vordec_status snapshot_fields_add(struct snapshot_fields *fields, const struct vordec_decode_io *io,
                                       struct vordec_error *error) {
  if (!fields->sink) return VORDEC_OK;
  enum vordec_status status = array_stream_append(fields->omega_lp, io->omega_lp, error);
  if (!status) status = array_stream_append(fields->mask, io->mask, error);
  if (!status) status = array_stream_append(fields->omega_hat, io->omega_hat, error);
  return status;
}

enum vordec_status snapshot_fields_finish(struct snapshot_fields *fields, const struct snapshot_results *results,
                                          const struct snapshot_truth *truth, struct vordec_error *error) {
  const size_t count = results->count;
  const struct npy_form numbers = {NPY_I8, 1, {count}}, flags = {NPY_B1, 1, {count}},
                        true_fields = {NPY_F8, 3, {count, fields->n, fields->n}};
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
  if (!status && truth->fields) status = array_sink_add(fields->sink, "truth", &true_fields, truth->fields, error);
  if (!status) status = array_sink_commit(fields->sink, error);
  free(steps);
  free(train);
  return status;
}

void snapshot_fields_release(struct snapshot_fields *fields) {
  array_sink_destroy(fields->sink);
  *fields = (struct snapshot_fields){0};
}
