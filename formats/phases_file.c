/* SPDX-License-Identifier: MIT */
#include "phases_file.h"

#include <math.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "array_file.h"

const char *const phases_file_keys[PHASES_BANDS] = {"phases_mid", "phases_high"};

static enum vordec_status check_finite(const char *name, const double *values, size_t count,
                                       struct vordec_error *error) {
  for (size_t i = 0; i < count; i++) {
    if (isfinite(values[i])) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "%s: entry %zu is %s", name, i, isnan(values[i]) ? "NaN" : "infinite");
  }
  return VORDEC_OK;
}

static enum vordec_status read_band(struct array_source *source, const char *key, size_t n, double **phases,
                                    struct vordec_error *error) {
  struct npy_array array = {0};
  char shape[NPY_SHAPE_TEXT_MAX];
  enum vordec_status status = array_source_read(source, key, &array, error);
  if (status) return status;
  if (array.ndim == 2 && array.shape[0] == n && array.shape[1] == n) {
    status = npy_to_f64(&array, phases, error);
  } else if (array.count != 0) {
    status = vordec_fail(error, VORDEC_E_INPUT, 0, "%s: shape %s: expected (%zu, %zu), or an empty array", array.name,
                         npy_shape_text(array.shape, array.ndim, shape, sizeof shape), n, n);
  }
  if (!status && *phases) status = check_finite(array.name, *phases, n * n, error);
  npy_array_release(&array);
  return status;
}

enum vordec_status phases_file_read(const char *path, size_t n, const bool wanted[PHASES_BANDS],
                                    double *phases[PHASES_BANDS], struct vordec_error *error) {
  struct array_source *source = NULL;
  for (int band = 0; band < PHASES_BANDS; band++) phases[band] = NULL;
  enum vordec_status status = array_file_open(path, &source, error);
  for (int band = 0; band < PHASES_BANDS && !status; band++) {
    if (wanted[band]) status = read_band(source, phases_file_keys[band], n, &phases[band], error);
  }
  array_source_close(source);
  for (int band = 0; band < PHASES_BANDS && status; band++) {
    free(phases[band]);
    phases[band] = NULL;
  }
  return status;
}
