#include "stepper.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/backend.h>

#include "blas.h"

/* Columns that are summed at a time: their sums stay in the first-level cache while A streams past. */
#define COLUMNS_AT_ONCE 1024

/* Threads share columns in blocks of so many: a multiple of what OpenBLAS sums side by side, so that each column is
 * summed in one way, whoever does it. */
#define COLUMNS_OF_BLOCK 64
#define ALONE_BELOW 256 /* columns, which are summed in less time than it takes to share them */

struct stepper {
  size_t d;
  enum vordec_precision precision;
  const struct blas *blas; /* NULL: sums in order */
  struct team team;        /* for its sums */
  void *a, *z, *next;      /* double or float */
};

static size_t element_size(const struct stepper *stepper) {
  return stepper->precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
}

/* Copies doubles into the stepper's precision. */
static void narrow(const struct stepper *stepper, void *out, const double *in, size_t count) {
  if (stepper->precision == VORDEC_FP64) {
    memcpy(out, in, count * sizeof *in);
    return;
  }
  float *single = out;
  for (size_t i = 0; i < count; i++) single[i] = (float)in[i];
}

static bool finite_at(const struct stepper *stepper, const void *values, size_t i) {
  return stepper->precision == VORDEC_FP64 ? isfinite(((const double *)values)[i])
                                           : isfinite(((const float *)values)[i]);
}

static enum vordec_status check_operator(const struct stepper *stepper, struct vordec_error *error) {
  const size_t d = stepper->d;
  for (size_t i = 0; i < d * d; i++) {
    if (finite_at(stepper, stepper->a, i)) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "A: entry (%zu, %zu) is not finite in %s", i / d, i % d,
                       stepper->precision == VORDEC_FP64 ? "float64" : "float32");
  }
  return VORDEC_OK;
}

enum vordec_status stepper_create(const struct stepper_desc *desc, struct stepper **stepper,
                                  struct vordec_error *error) {
  *stepper = NULL;
  if (desc->d == 0 || desc->d > INT32_MAX) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "A: %zu rows are out of range (1 .. %d)", desc->d, INT32_MAX);
  }
  enum vordec_status status = VORDEC_E_NO_MEMORY;
  struct stepper *made = calloc(1, sizeof *made);
  if (!made) goto fail;
  made->d = desc->d;
  made->precision = desc->precision;
  const size_t size = element_size(made);
  if (desc->d > SIZE_MAX / size / desc->d) goto fail;
  made->a = malloc(desc->d * desc->d * size);
  made->z = calloc(desc->d, size);
  made->next = calloc(desc->d, size);
  if (!made->a || !made->z || !made->next) goto fail;
  narrow(made, made->a, desc->a, desc->d * desc->d);
  status = check_operator(made, error);
  if (status != VORDEC_OK) goto fail;
  made->team = desc->team;
  if (desc->d < ALONE_BELOW) made->team.slots = 1;
  if (!desc->deterministic && !(made->blas = blas_open(&made->team.slots, error))) {
    stepper_destroy(made);
    return error->status;
  }
  *stepper = made;
  return VORDEC_OK;

fail:
  stepper_destroy(made);
  if (status != VORDEC_E_NO_MEMORY) return status;
  return vordec_fail(error, status, VORDEC_REASON_HOST_MEMORY, "rollout: out of memory for D = %zu", desc->d);
}

void stepper_destroy(struct stepper *stepper) {
  if (!stepper) return;
  free(stepper->a);
  free(stepper->z);
  free(stepper->next);
  free(stepper);
}

void stepper_set(struct stepper *stepper, const double *z) {
  narrow(stepper, stepper->z, z, stepper->d);
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

static void step_in_order(struct stepper *stepper) {
  const size_t d = stepper->d;
  memset(stepper->next, 0, d * element_size(stepper));
  for (size_t begin = 0; begin < d; begin += COLUMNS_AT_ONCE) {
    const size_t columns = d - begin < COLUMNS_AT_ONCE ? d - begin : COLUMNS_AT_ONCE;
    if (stepper->precision == VORDEC_FP64) {
      add_rows_f64((double *)stepper->next + begin, (const double *)stepper->a + begin, d, stepper->z, d, columns);
    } else {
      add_rows_f32((float *)stepper->next + begin, (const float *)stepper->a + begin, d, stepper->z, d, columns);
    }
  }
}

/* The columns of one slot. */
static void step_columns(void *ctx, size_t slot, size_t slots) {
  const struct stepper *stepper = ctx;
  const size_t blocks = (stepper->d + COLUMNS_OF_BLOCK - 1) / COLUMNS_OF_BLOCK;
  const size_t begin = blocks * slot / slots * COLUMNS_OF_BLOCK,
               behind = blocks * (slot + 1) / slots * COLUMNS_OF_BLOCK;
  const size_t end = behind < stepper->d ? behind : stepper->d;
  if (begin >= end) return;
  const blasint d = (blasint)stepper->d, columns = (blasint)(end - begin);
  if (stepper->precision == VORDEC_FP64) {
    const double *a = stepper->a;
    double *next = stepper->next;
    stepper->blas->dgemv(CblasRowMajor, CblasTrans, d, columns, 1.0, a + begin, d, stepper->z, 1, 0.0, next + begin, 1);
  } else {
    const float *a = stepper->a;
    float *next = stepper->next;
    stepper->blas->sgemv(CblasRowMajor, CblasTrans, d, columns, 1.0f, a + begin, d, stepper->z, 1, 0.0f, next + begin,
                         1);
  }
}

static void step_blas(struct stepper *stepper) {
  blas_begin();
  team_run(stepper->team, step_columns, stepper);
  blas_end();
}

void stepper_step(struct stepper *stepper) {
  if (stepper->blas) {
    step_blas(stepper);
  } else {
    step_in_order(stepper);
  }
  void *swap = stepper->z;
  stepper->z = stepper->next;
  stepper->next = swap;
}

void stepper_get(const struct stepper *stepper, double *z) {
  if (stepper->precision == VORDEC_FP64) {
    memcpy(z, stepper->z, stepper->d * sizeof *z);
    return;
  }
  const float *single = stepper->z;
  for (size_t i = 0; i < stepper->d; i++) z[i] = single[i];
}
