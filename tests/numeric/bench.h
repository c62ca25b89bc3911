/* SPDX-License-Identifier: MIT */
/* One way to decode a small state: backend, transform, precision; states from the host or from a rollout in place. */
#ifndef VORDEC_TESTS_NUMERIC_BENCH_H
#define VORDEC_TESTS_NUMERIC_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <vordec/vordec.h>

#include <cmocka.h>

struct way {
  const char *backend, *fft;
  enum vordec_precision precision;
};

/* The grid of a bench: low modes (0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), three kept ones. */
#define LOW 5
#define KEPT 3
#define D (2 * LOW + 4 + 2 * KEPT)
#define AT_K (2 * LOW + 3)
#define N_MAX 32
#define CELLS_MAX (N_MAX * N_MAX)

struct setting {
  const char *section, *key, *value;
};

struct bench {
  struct way way;
  size_t n, cells;
  struct vordec_config *config;
  struct vordec_runtime *runtime;
  struct vordec_layout *layout;
  struct vordec_decoder *decoder;
  char warning[VORDEC_MESSAGE_MAX + 64]; /* the last */
  int overflow_warnings;

  /* Of the last decode. */
  enum vordec_status status;
  struct vordec_error error;
  double lp[CELLS_MAX], hat[CELLS_MAX]; /* widened */
  int8_t mask[CELLS_MAX];
  struct vordec_scalars scalars;
};

/* Settings end with a section of NULL. Fails the test where something is refused. */
void bench_open(struct bench *bench, struct way way, size_t n, const struct setting *settings);
void bench_close(struct bench *bench);

/* Each leaves its outcome in the bench. io: residuals that go along; NULL: none. */
void bench_decode(struct bench *bench, const double *z, const struct vordec_decode_io *io);
/* After `steps` steps z <- z A. */
void bench_decode_in_place(struct bench *bench, const double *z, const double *a, size_t steps);
/* In place with A = 1 where in_place, else from the host. */
void bench_decode_as(struct bench *bench, const double *z, bool in_place);

/* "cpu fftw fp64 N 16". */
const char *bench_name(const struct bench *bench);

#endif
