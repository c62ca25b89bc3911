#include "rollout.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/backend.h>

/* Columns that are summed at a time: their sums stay in the first-level cache while A streams past. */
#define COLUMNS_AT_ONCE 1024

struct rollout {
  size_t d;
  enum vordec_precision precision;
  bool deterministic;
  void *a, *z, *next; /* double or float */
};

static size_t element_size(const struct rollout *rollout) {
  return rollout->precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
}

/* Copies doubles into the rollout's precision. */
static void narrow(const struct rollout *rollout, void *out, const double *in, size_t count) {
  if (rollout->precision == VORDEC_FP64) {
    memcpy(out, in, count * sizeof *in);
    return;
  }
  float *single = out;
  for (size_t i = 0; i < count; i++) single[i] = (float)in[i];
}

static bool finite_at(const struct rollout *rollout, const void *values, size_t i) {
  return rollout->precision == VORDEC_FP64 ? isfinite(((const double *)values)[i])
                                           : isfinite(((const float *)values)[i]);
}

static enum vordec_status check_operator(const struct rollout *rollout, struct vordec_error *error) {
  const size_t d = rollout->d;
  for (size_t i = 0; i < d * d; i++) {
    if (finite_at(rollout, rollout->a, i)) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "A: entry (%zu, %zu) is not finite in %s", i / d, i % d,
                       rollout->precision == VORDEC_FP64 ? "float64" : "float32");
  }
  return VORDEC_OK;
}

enum vordec_status rollout_create(const struct rollout_desc *desc, struct rollout **rollout,
                                  struct vordec_error *error) {
  *rollout = NULL;
  if (desc->d == 0 || desc->d > INT32_MAX) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "A: %zu rows are out of range (1 .. %d)", desc->d, INT32_MAX);
  }
  enum vordec_status status = VORDEC_E_NO_MEMORY;
  struct rollout *made = calloc(1, sizeof *made);
  if (!made) goto fail;
  made->d = desc->d;
  made->precision = desc->precision;
  made->deterministic = desc->deterministic;
  const size_t size = element_size(made);
  if (desc->d > SIZE_MAX / size / desc->d) goto fail;
  made->a = malloc(desc->d * desc->d * size);
  made->z = calloc(desc->d, size);
  made->next = calloc(desc->d, size);
  if (!made->a || !made->z || !made->next) goto fail;
  narrow(made, made->a, desc->a, desc->d * desc->d);
  status = check_operator(made, error);
  if (status != VORDEC_OK) goto fail;
  *rollout = made;
  return VORDEC_OK;

fail:
  rollout_destroy(made);
  if (status != VORDEC_E_NO_MEMORY) return status;
  return vordec_fail(error, status, VORDEC_REASON_MEMORY, "rollout: out of memory for D = %zu", desc->d);
}

void rollout_destroy(struct rollout *rollout) {
  if (!rollout) return;
  free(rollout->a);
  free(rollout->z);
  free(rollout->next);
  free(rollout);
}

void rollout_set(struct rollout *rollout, const double *z) {
  narrow(rollout, rollout->z, z, rollout->d);
}

/*
 * Adds the products of `rows` entries of z with as many rows of A, `pitch` apart, to sums y. Each sum takes its
 * products one after the other in the order of rows; lanes are different columns j, so vectorising changes no sum.
 */
static void add_rows_f64(double *restrict y, const double *restrict a, size_t pitch, const double *restrict z,
                         size_t rows, size_t columns) {
  size_t i = 0;
  for (; i + 4 <= rows; i += 4) {
    const double *restrict a0 = a + i * pitch, *restrict a1 = a0 + pitch;
    const double *restrict a2 = a1 + pitch, *restrict a3 = a2 + pitch;
    for (size_t j = 0; j < columns; j++) {
      y[j] = y[j] + z[i] * a0[j] + z[i + 1] * a1[j] + z[i + 2] * a2[j] + z[i + 3] * a3[j];
    }
  }
  for (; i < rows; i++) {
    for (size_t j = 0; j < columns; j++) y[j] += z[i] * a[i * pitch + j];
  }
}

static void add_rows_f32(float *restrict y, const float *restrict a, size_t pitch, const float *restrict z, size_t rows,
                         size_t columns) {
  size_t i = 0;
  for (; i + 4 <= rows; i += 4) {
    const float *restrict a0 = a + i * pitch, *restrict a1 = a0 + pitch;
    const float *restrict a2 = a1 + pitch, *restrict a3 = a2 + pitch;
    for (size_t j = 0; j < columns; j++) {
      y[j] = y[j] + z[i] * a0[j] + z[i + 1] * a1[j] + z[i + 2] * a2[j] + z[i + 3] * a3[j];
    }
  }
  for (; i < rows; i++) {
    for (size_t j = 0; j < columns; j++) y[j] += z[i] * a[i * pitch + j];
  }
}

static void step_in_order(struct rollout *rollout) {
  const size_t d = rollout->d;
  memset(rollout->next, 0, d * element_size(rollout));
  for (size_t begin = 0; begin < d; begin += COLUMNS_AT_ONCE) {
    const size_t columns = d - begin < COLUMNS_AT_ONCE ? d - begin : COLUMNS_AT_ONCE;
    if (rollout->precision == VORDEC_FP64) {
      add_rows_f64((double *)rollout->next + begin, (const double *)rollout->a + begin, d, rollout->z, d, columns);
    } else {
      add_rows_f32((float *)rollout->next + begin, (const float *)rollout->a + begin, d, rollout->z, d, columns);
    }
  }
}

static void step_blas(struct rollout *rollout) {
  const blasint d = (blasint)rollout->d;
  if (rollout->precision == VORDEC_FP64) {
    cblas_dgemv(CblasRowMajor, CblasTrans, d, d, 1.0, rollout->a, d, rollout->z, 1, 0.0, rollout->next, 1);
  } else {
    cblas_sgemv(CblasRowMajor, CblasTrans, d, d, 1.0f, rollout->a, d, rollout->z, 1, 0.0f, rollout->next, 1);
  }
}

void rollout_step(struct rollout *rollout) {
  if (rollout->deterministic) {
    step_in_order(rollout);
  } else {
    step_blas(rollout);
  }
  void *swap = rollout->z;
  rollout->z = rollout->next;
  rollout->next = swap;
}

void rollout_get(const struct rollout *rollout, double *z) {
  if (rollout->precision == VORDEC_FP64) {
    memcpy(z, rollout->z, rollout->d * sizeof *z);
    return;
  }
  const float *single = rollout->z;
  for (size_t i = 0; i < rollout->d; i++) z[i] = single[i];
}

size_t rollout_nonfinite(const struct rollout *rollout) {
  size_t count = 0;
  for (size_t i = 0; i < rollout->d; i++) count += !finite_at(rollout, rollout->z, i);
  return count;
}
