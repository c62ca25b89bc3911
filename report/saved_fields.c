/* SPDX-License-Identifier: MIT */
#include "saved_fields.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <vordec/error.h>

#include "animation_module.h"
#include "formats/array_file.h"
#include "io/npy.h"
#include "plot/figure.h"

/* What array_file_create() may have made of PREFIX_decoded. */
const char *const saved_fields_files[SAVED_FIELDS_FILES] = {"decoded.npz", "decoded.nc", "decoded.h5"};

enum { DECODED, TRUTH, STEP, ARRAYS };
static const char *const keys[ARRAYS] = {"omega_hat", "truth", "step"};

/* An open file. Arrays that it does not have are NULL. */
struct saved_fields {
  char *path;
  struct array_source *source;
  struct array_slabs *arrays[ARRAYS];
  size_t count, n;
  double box, dt;
  double *truth, *decoded; /* room for one field each */
  uint8_t *train;          /* whether a step is one of the training; NULL: not known */
};

static enum vordec_status fail_memory(struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the fields");
}

static void release(struct saved_fields *fields) {
  for (size_t i = 0; i < ARRAYS; i++) array_slabs_close(fields->arrays[i]);
  array_source_close(fields->source);
  free(fields->path);
  free(fields->truth);
  free(fields->decoded);
  free(fields->train);
}

static enum vordec_status find(const struct finished_run_request *request, struct saved_fields *fields,
                               struct vordec_error *error) {
  for (size_t i = 0; i < SAVED_FIELDS_FILES; i++) {
    free(fields->path);
    fields->path = finished_run_path(request, saved_fields_files[i]);
    if (!fields->path) return fail_memory(error);
    if (access(fields->path, F_OK) == 0) return array_file_open(fields->path, &fields->source, error);
  }
  return vordec_fail(error, VORDEC_E_INPUT, 0,
                     "%s/%s_decoded: there are no fields to be shown; make the run with --report or --save-decoded",
                     request->folder, request->prefix);
}

/* One number behind a name, or what stands for it. */
static double number_or(struct saved_fields *fields, const char *name, double otherwise) {
  struct vordec_error ignored = {0};
  double value = otherwise;
  if (!array_source_has(fields->source, name)) return otherwise;
  return array_source_read_f64(fields->source, name, &value, &ignored) ? otherwise : value;
}

/* Fields (T, N, N), and the step of each (T,). */
static bool has_shape(const struct saved_fields *fields, size_t array) {
  const struct array_slabs *slabs = fields->arrays[array];
  if (!slabs) return array == TRUTH;
  if (slabs->shape[0] != fields->count) return false;
  if (array == STEP) return slabs->ndim == 1;
  return slabs->ndim == 3 && slabs->shape[1] == fields->n && slabs->shape[2] == fields->n;
}

static enum vordec_status open_arrays(struct saved_fields *fields, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < ARRAYS && !status; i++) {
    if (i != DECODED && i != STEP && !array_source_has(fields->source, keys[i])) continue;
    status = array_source_open_slabs(fields->source, keys[i], &fields->arrays[i], error);
  }
  if (status) return status;
  fields->count = fields->arrays[DECODED]->shape[0];
  fields->n = fields->arrays[DECODED]->ndim == 3 ? fields->arrays[DECODED]->shape[2] : 0;
  bool fits = fields->n > 0 && fields->n <= VORDEC_MAX_N;
  for (size_t i = 0; i < ARRAYS; i++) fits = fits && has_shape(fields, i);
  if (!fits) return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: not the fields of a run of snapshots", fields->path);
  fields->box = number_or(fields, "L", 0.0);
  fields->dt = number_or(fields, "dt", NAN);
  fields->decoded = calloc(fields->n * fields->n, sizeof(double));
  fields->truth = fields->arrays[TRUTH] ? calloc(fields->n * fields->n, sizeof(double)) : NULL;
  return fields->decoded && (fields->truth || !fields->arrays[TRUTH]) ? VORDEC_OK : fail_memory(error);
}

static enum vordec_status read_field(struct saved_fields *fields, size_t array, size_t i, double *values,
                                     struct vordec_error *error) {
  const size_t start[] = {i, 0, 0}, count[] = {1, fields->n, fields->n};
  return fields->arrays[array] ? array_slabs_read(fields->arrays[array], start, count, values, error) : VORDEC_OK;
}

static enum vordec_status read_train(struct saved_fields *fields, struct vordec_error *error) {
  struct npy_array array = {.data = NULL};
  if (!array_source_has(fields->source, "train")) return VORDEC_OK;
  enum vordec_status status = array_source_read(fields->source, "train", &array, error);
  if (!status && array.count != fields->count) {
    status = vordec_fail(error, VORDEC_E_INPUT, 0, "%s: train: not one value for each step", fields->path);
  }
  if (!status) status = npy_to_bool(&array, &fields->train, error);
  npy_array_release(&array);
  return status;
}

/* The scale of all frames: that of the truth, or, where there is none, of what was decoded. */
static enum vordec_status find_limit(struct saved_fields *fields, double *limit, struct vordec_error *error) {
  const size_t array = fields->arrays[TRUTH] ? TRUTH : DECODED;
  double *field = fields->truth ? fields->truth : fields->decoded;
  enum vordec_status status = VORDEC_OK;
  *limit = 0.0;
  for (size_t i = 0; i < fields->count && !status; i++) {
    status = read_field(fields, array, i, field, error);
    *limit = fmax(*limit, status ? 0.0 : figure_absmax(field, VORDEC_FP64, fields->n));
  }
  return status;
}

static enum vordec_status add(struct saved_fields *fields, size_t i, struct animation *animation,
                              struct vordec_error *error) {
  const double train = fields->train ? (double)fields->train[i] : NAN;
  const size_t one = 1;
  double step = NAN;
  enum vordec_status status = read_field(fields, DECODED, i, fields->decoded, error);
  if (!status) status = read_field(fields, TRUTH, i, fields->truth, error);
  if (!status) status = array_slabs_read(fields->arrays[STEP], &i, &one, &step, error);
  if (status) return status;
  char title[ANIMATION_TITLE_MAX];
  animation_title(step, fields->dt, train, title);
  const struct animation_fields frame = {title, fields->truth, fields->decoded};
  return animation_add(animation, &frame, error);
}

static enum vordec_status animate(struct saved_fields *fields, struct animation_bytes *bytes,
                                  struct vordec_error *error) {
  struct animation_subject subject = {
      .path = fields->path, .n = fields->n, .box = fields->box, .snapshots = fields->count};
  struct animation *animation = NULL;
  enum vordec_status status = read_train(fields, error);
  if (!status) status = find_limit(fields, &subject.limit, error);
  if (!status) status = animation_create(&subject, &animation, error);
  if (status) return status;
  for (size_t i = 0; i < fields->count && !status; i++) status = add(fields, i, animation, error);
  if (!status) status = animation_finish(animation, bytes, error);
  animation_destroy(animation);
  return status;
}

enum vordec_status saved_fields_animate(const struct finished_run_request *request, struct animation_bytes *bytes,
                                        struct vordec_error *error) {
  struct saved_fields fields = {.path = NULL};
  *bytes = (struct animation_bytes){0};
  const struct animation_format *format = NULL; /* without it nothing need be read */
  enum vordec_status status = animation_module_load(&format, error);
  if (!status) status = find(request, &fields, error);
  if (!status) status = open_arrays(&fields, error);
  if (!status) status = animate(&fields, bytes, error);
  release(&fields);
  return status;
}
