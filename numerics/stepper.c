/* SPDX-License-Identifier: MIT */
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

/* Several states take turns at so much of A: it stays in the second-level cache. Where not even one block fits, its
 * rows lie on more pages than a processor remembers, and turns cost more than they save. */
#define SHARED_BYTES ((size_t)512 << 10)

struct stepper {
  size_t d, states;
  enum vordec_precision precision;
  const struct blas *blas; /* NULL: sums in order */
  struct team team;        /* for its sums */
  void *a, *z, *next;      /* double or float; z and next: states x d */
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
  if (desc->d > SIZE_MAX / size / desc->d || desc->states > SIZE_MAX / size / desc->d) goto fail;
  made->states = desc->states;
  made->a = malloc(desc->d * desc->d * size);
  made->z = calloc(desc->states * desc->d, size);
  made->next = calloc(desc->states * desc->d, size);
  if (!made->a || !made->z || !made->next) goto fail;
  narrow(made, made->a, desc->a, desc->d * desc->d);
  status = check_operator(made, error);
  if (status != VORDEC_OK) goto fail;
  made->team = desc->team;
  if (desc->states * desc->d < ALONE_BELOW) made->team.slots = 1;
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
  narrow(stepper, stepper->z, z, stepper->states * stepper->d);
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

/* Neighbouring columns of one step of one state. */
struct stretch {
  size_t state, begin, count;
};

static void sum_in_order(const struct stepper *stepper, const struct stretch *stretch) {
  const size_t d = stepper->d, skip = stretch->state * d, end = stretch->begin + stretch->count;
  for (size_t begin = stretch->begin; begin < end; begin += COLUMNS_AT_ONCE) {
    const size_t columns = end - begin < COLUMNS_AT_ONCE ? end - begin : COLUMNS_AT_ONCE;
    if (stepper->precision == VORDEC_FP64) {
      double *next = (double *)stepper->next + skip + begin;
      memset(next, 0, columns * sizeof *next);
      add_rows_f64(next, (const double *)stepper->a + begin, d, (const double *)stepper->z + skip, d, columns);
    } else {
      float *next = (float *)stepper->next + skip + begin;
      memset(next, 0, columns * sizeof *next);
      add_rows_f32(next, (const float *)stepper->a + begin, d, (const float *)stepper->z + skip, d, columns);
    }
  }
}

static void sum_by_blas(const struct stepper *stepper, const struct stretch *stretch) {
  const size_t skip = stretch->state * stepper->d;
  const blasint d = (blasint)stepper->d, columns = (blasint)stretch->count;
  if (stepper->precision == VORDEC_FP64) {
    const double *a = stepper->a, *z = stepper->z;
    double *next = stepper->next;
    stepper->blas->dgemv(CblasRowMajor, CblasTrans, d, columns, 1.0, a + stretch->begin, d, z + skip, 1, 0.0,
                         next + skip + stretch->begin, 1);
  } else {
    const float *a = stepper->a, *z = stepper->z;
    float *next = stepper->next;
    stepper->blas->sgemv(CblasRowMajor, CblasTrans, d, columns, 1.0f, a + stretch->begin, d, z + skip, 1, 0.0f,
                         next + skip + stretch->begin, 1);
  }
}

static void sum_columns(const struct stepper *stepper, const struct stretch *stretch) {
  if (stepper->blas) {
    sum_by_blas(stepper, stretch);
  } else {
    sum_in_order(stepper, stretch);
  }
}

/* Blocks of columns that states take turns at: one state alone takes as many as a slot has. */
static size_t blocks_at_once(const struct stepper *stepper, size_t blocks) {
  const size_t block_bytes = COLUMNS_OF_BLOCK * stepper->d * element_size(stepper);
  const size_t fitting = SHARED_BYTES / block_bytes;
  return stepper->states == 1 || fitting == 0 || fitting > blocks ? blocks : fitting;
}

/* The blocks [begin, end) of one state, cut at the ends of what is taken at once. */
static void step_blocks(const struct stepper *stepper, size_t begin, size_t end, size_t first, size_t behind) {
  for (size_t state = first; state < behind; state++) {
    const size_t from = begin * COLUMNS_OF_BLOCK, to = end * COLUMNS_OF_BLOCK;
    const struct stretch stretch = {state, from, (to < stepper->d ? to : stepper->d) - from};
    sum_columns(stepper, &stretch);
  }
}

/* What one slot does: of one state, neighbouring columns; of several, some states. */
static void step_share(void *ctx, size_t slot, size_t slots) {
  const struct stepper *stepper = ctx;
  const size_t blocks = (stepper->d + COLUMNS_OF_BLOCK - 1) / COLUMNS_OF_BLOCK;
  const bool by_state = stepper->states >= slots;
  const size_t shared = by_state ? stepper->states : blocks;
  const size_t begin = shared * slot / slots, end = shared * (slot + 1) / slots;
  if (begin >= end) return;
  if (!by_state) {
    step_blocks(stepper, begin, end, 0, stepper->states);
    return;
  }
  const size_t at_once = blocks_at_once(stepper, blocks);
  for (size_t block = 0; block < blocks; block += at_once) {
    step_blocks(stepper, block, block + at_once < blocks ? block + at_once : blocks, begin, end);
  }
}

void stepper_step(struct stepper *stepper) {
  if (stepper->blas) blas_begin();
  team_run(stepper->team, step_share, stepper);
  if (stepper->blas) blas_end();
  void *swap = stepper->z;
  stepper->z = stepper->next;
  stepper->next = swap;
}

void stepper_get(const struct stepper *stepper, size_t state, double *z) {
  const size_t skip = state * stepper->d;
  if (stepper->precision == VORDEC_FP64) {
    memcpy(z, (const double *)stepper->z + skip, stepper->d * sizeof *z);
    return;
  }
  const float *single = (const float *)stepper->z + skip;
  for (size_t i = 0; i < stepper->d; i++) z[i] = single[i];
}
