/* SPDX-License-Identifier: MIT */
#include "state_series.h"

#include <stdlib.h>
#include <vordec/error.h>

#include "array_file.h"
#include "state_store.h"

static enum vordec_status describe(struct array_source *source, struct npy_form *form, struct vordec_error *error) {
  char shape[NPY_SHAPE_TEXT_MAX];
  const enum vordec_status status = array_source_describe(source, "z", form, error);
  if (status) return status;
  const bool several = form->ndim == 3 && form->shape[0] > 0;
  const size_t *states = form->shape + several;
  if ((several || form->ndim == 2) && states[0] >= 2 && states[1] > 0) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, 0,
                     "%s: z: shape %s: expected (T, D), or (M, T, D) of M series, with two states or more",
                     source->path, npy_shape_text(form->shape, form->ndim, shape, sizeof shape));
}

enum vordec_status state_series_count(const char *path, size_t *count, struct vordec_error *error) {
  struct array_source *source = NULL;
  struct npy_form form;
  *count = 1;
  enum vordec_status status = array_file_open(path, &source, error);
  if (!status && !state_store_is_scaled(source)) {
    status = describe(source, &form, error);
    if (!status && form.ndim == 3) *count = form.shape[0];
  }
  array_source_close(source);
  return status;
}

static enum vordec_status read_plain_series(struct array_source *source, size_t at, double **z, size_t *count,
                                            size_t *d, struct vordec_error *error) {
  struct npy_form form;
  struct array_slabs *slabs = NULL;
  enum vordec_status status = describe(source, &form, error);
  if (!status) status = array_source_open_slabs(source, "z", &slabs, error);
  if (status) return status;
  const bool several = form.ndim == 3;
  const size_t states = form.shape[several], values = form.shape[several + 1];
  const size_t start[3] = {several ? at : 0, 0, 0},
               extent[3] = {several ? 1 : states, several ? states : values, values};
  *count = states;
  *d = values;
  *z = states > SIZE_MAX / sizeof(double) / values ? NULL : malloc(states * values * sizeof **z);
  if (!*z) {
    status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "%s: z: out of memory for %zu states",
                         source->path, states);
  } else {
    status = array_slabs_read(slabs, start, extent, *z, error);
  }
  array_slabs_close(slabs);
  if (!status) return VORDEC_OK;
  free(*z);
  *z = NULL;
  return status;
}

static enum vordec_status read_scaled_series(struct array_source *source, double **z, size_t *count, size_t *d,
                                             struct vordec_error *error) {
  struct stored_states states;
  enum vordec_status status = state_store_read(source, &states, z, error);
  *count = states.count;
  *d = stored_states_d(&states);
  if (status || (states.batched && states.count >= 2)) return status;
  free(*z);
  *z = NULL;
  return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: z_low: expected (T, 2 M) with two states or more", source->path);
}

enum vordec_status state_series_read(const char *path, size_t at, double **z, size_t *states, size_t *d,
                                     struct vordec_error *error) {
  struct array_source *source = NULL;
  *z = NULL;
  enum vordec_status status = array_file_open(path, &source, error);
  if (!status) {
    status = state_store_is_scaled(source) ? read_scaled_series(source, z, states, d, error)
                                           : read_plain_series(source, at, z, states, d, error);
  }
  array_source_close(source);
  return status;
}
