/* SPDX-License-Identifier: MIT */
/*
 * blas.h - OpenBLAS, loaded when it is needed, and called by several threads at a time with one of its own each: as it
 * starts threads it waits for ever for one that it does not get, and its last bits depend on how many it has.
 */
#ifndef VORDEC_NUMERICS_BLAS_H
#define VORDEC_NUMERICS_BLAS_H

#include <cblas.h>
#include <vordec/types.h>

struct blas {
  __typeof__(&cblas_dgemv) dgemv;
  __typeof__(&cblas_sgemv) sgemv;
  __typeof__(&cblas_dgemm) dgemm;
  __typeof__(&cblas_dtrsm) dtrsm;
  /* LAPACK's, as Fortran has them; the last argument is the length of uplo. */
  void (*dpotrf)(const char *uplo, const blasint *n, double *a, const blasint *lda, blasint *info, size_t length);
  void (*dpotrs)(const char *uplo, const blasint *n, const blasint *columns, const double *a, const blasint *lda,
                 double *b, const blasint *ldb, blasint *info, size_t length);
  __typeof__(&openblas_get_num_threads) get_threads;
  __typeof__(&openblas_set_num_threads) set_threads;
};

/* The library, loaded by the first call. *threads: how many threads are to call it at a time (1 ..), the calling one
 * included; it becomes how many of them may, which is fewer where memory is short or OPENBLAS_NUM_THREADS says so.
 * NULL: E_UNSUPPORTED with REASON_PLUGIN_LOAD, there is no libopenblas.so.0; E_NO_MEMORY. Any thread. */
const struct blas *blas_open(size_t *threads, struct vordec_error *error);

/* Around calls: meanwhile the library uses the threads that call it and no other, also where somebody else gave it
 * more. Any thread; they nest, and overlap. */
void blas_begin(void);
void blas_end(void);

#endif
