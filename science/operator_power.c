/* SPDX-License-Identifier: MIT */
#include "operator_power.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "numerics/blas.h"
#include "numerics/machine.h"
#include "workers.h"

#define TILE 192 /* rows that one thread multiplies at a time, all columns: no sum depends on who does which */

/* out = left right, all d x d. */
struct product_of {
  const struct blas *blas;
  size_t d;
  const double *left, *right;
  double *out;
};

static void multiply_rows(void *ctx, size_t slot, size_t slots) {
  const struct product_of *product = ctx;
  const size_t d = product->d;
  const blasint columns = (blasint)d;
  for (size_t row = slot * TILE; row < d; row += slots * TILE) {
    const blasint rows = (blasint)(d - row < TILE ? d - row : TILE);
    product->blas->dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, columns, columns, 1.0,
                         product->left + row * d, columns, product->right, columns, 0.0, product->out + row * d,
                         columns);
  }
}

struct powers {
  const struct blas *blas;
  struct workers workers;
  size_t d;
  double *square, *spare; /* a^(2^i), and room for a product */
};

/* target = target a^(2^i), by way of the spare. */
static void multiply(struct powers *powers, double *target, const double *by) {
  struct product_of product = {powers->blas, powers->d, target, by, powers->spare};
  workers_run(&powers->workers, multiply_rows, &product);
  memcpy(target, powers->spare, powers->d * powers->d * sizeof *target);
}

static void raise_to(struct powers *powers, size_t exponent, double *power) {
  bool begun = false;
  blas_begin();
  for (size_t left = exponent; left > 0; left >>= 1) {
    if (left & 1 && begun) multiply(powers, power, powers->square);
    if (left & 1 && !begun) memcpy(power, powers->square, powers->d * powers->d * sizeof *power);
    begun = begun || left & 1;
    if (left > 1) multiply(powers, powers->square, powers->square);
  }
  blas_end();
}

static enum vordec_status check_power(const double *power, const struct operator_power_desc *desc,
                                      struct vordec_error *error) {
  for (size_t i = 0; i < desc->d * desc->d; i++) {
    if (isfinite(power[i])) continue;
    return vordec_fail(error, VORDEC_E_FAILED, 0, "A to the power of %zu: row %zu, column %zu is not finite",
                       desc->exponent, i / desc->d, i % desc->d);
  }
  return VORDEC_OK;
}

/* Opens BLAS, and starts as many threads as it may be called by. */
static enum vordec_status open_all(struct powers *powers, uint32_t threads, struct vordec_error *error) {
  size_t callers = threads ? threads : machine_processors();
  powers->blas = blas_open(&callers, error);
  return powers->blas ? workers_start(&powers->workers, (uint32_t)callers, error) : error->status;
}

enum vordec_status operator_power(const struct operator_power_desc *desc, double *power, struct vordec_error *error) {
  const size_t bytes = desc->d * desc->d * sizeof *power;
  struct powers powers = {.d = desc->d};
  enum vordec_status status = open_all(&powers, desc->threads, error);
  if (status) return status;
  powers.square = malloc(bytes);
  powers.spare = malloc(bytes);
  if (powers.square && powers.spare) {
    memcpy(powers.square, desc->a, bytes);
    raise_to(&powers, desc->exponent, power);
    status = check_power(power, desc, error);
  } else {
    status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY,
                         "out of memory for a power of an operator of D = %zu", desc->d);
  }
  workers_stop(&powers.workers);
  free(powers.square);
  free(powers.spare);
  return status;
}
