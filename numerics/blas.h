/*
 * blas.h - OpenBLAS, loaded when it is needed: as it is loaded it starts threads and takes memory, and where it gets
 * neither it waits for ever or ends the process. So it is loaded with one thread, and given more only where there is
 * room for them.
 */
#ifndef VORDEC_NUMERICS_BLAS_H
#define VORDEC_NUMERICS_BLAS_H

#include <cblas.h>
#include <vordec/types.h>

struct blas {
  __typeof__(&cblas_dgemv) dgemv;
  __typeof__(&cblas_sgemv) sgemv;
  __typeof__(&cblas_dgemm) dgemm;
  __typeof__(&cblas_dsyrk) dsyrk;
  /* LAPACK's, as Fortran has them; the last argument is the length of uplo. */
  void (*dposv)(const char *uplo, const blasint *n, const blasint *columns, double *a, const blasint *lda, double *b,
                const blasint *ldb, blasint *info, size_t length);
  void (*dpotrs)(const char *uplo, const blasint *n, const blasint *columns, const double *a, const blasint *lda,
                 double *b, const blasint *ldb, blasint *info, size_t length);
  __typeof__(&openblas_get_num_threads) get_threads;
  __typeof__(&openblas_set_num_threads) set_threads;
};

/* The library, loaded by the first call, with at most `threads` threads (1 ..), the calling one included, and no more
 * than OPENBLAS_NUM_THREADS says; fewer where memory or threads are short. What is loaded already, by whomever, loses
 * threads beyond that and gets no more. NULL: E_UNSUPPORTED with REASON_PLUGIN_LOAD, there is no libopenblas.so.0;
 * E_NO_MEMORY. Any thread. */
const struct blas *blas_open(size_t threads, struct vordec_error *error);

#endif
