/* SPDX-License-Identifier: MIT */
/*
 * kernels.h - the innermost loops, compiled once for each instruction set that they are worth it for.
 *
 * flow_kernel.c, planes_kernel.c and product.c are built several times, with KERNEL_ISA and the compiler's flags set by
 * CMakeLists.txt. The processor picks one set when a session opens. Sets may differ in the last bits (fused
 * multiply-add), so the name of the one in use is part of the device's description.
 */
#ifndef VORDEC_NUMERICS_KERNELS_H
#define VORDEC_NUMERICS_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow.h"

/* Some terms of a sum: signals first, first + 1, .. times the table's rows row, row + 1, .. */
struct terms {
  size_t signal, row, count;
};

/*
 * Sums of signals times basis functions that are mirror images of themselves (even) or their negatives (odd):
 *   out(r, x) = even + odd, out(r, mirror of x) = even - odd, even = sum over i of signal(i, r) table(i, x).
 * There are two sets of terms, and two results: the first from the first terms, the second, where it has terms of its
 * own, from the second ones or from both (`together`).
 */
#define PRODUCT_ROWS 4     /* rows that are worked on at a time */
#define PRODUCT_COLUMNS 16 /* a multiple of the columns that are */

struct product {
  size_t rows, columns;    /* columns of one half */
  const double *signal[2]; /* signal i of row r at i * signal_pitch + r; readable up to a multiple of PRODUCT_ROWS */
  size_t signal_pitch;
  const double *table; /* rows of whole PRODUCT_COLUMNS, 0 beyond the last column; aligned to MEMORY_ALIGNMENT */
  size_t table_pitch;
  struct terms even[2], odd[2];
  bool together;
  double *left[2];  /* out(0, 0), further columns behind; NULL: not wanted */
  double *right[2]; /* the mirror of out(0, 0), further columns before */
  size_t pitch[2];  /* from row to row */
};

/* A ternary field in two bit-planes. Bit x % 64 of word (x / 64) * stride + y stands for cell (y, x); bits beyond the
 * last cell are 0. */
struct planes {
  uint64_t *plus, *minus;
  size_t stride;
};

static inline size_t planes_words(size_t n) {
  return (n - 1) / 64 + 1;
}

/* A round works on so many rows at a time, whose sums stay in the first-level cache, and needs so many words of
 * scratch. It reads, and spoils, up to MAJORITY_SLACK words behind each of the columns of words that it deals with. */
#define MAJORITY_ROWS ((size_t)128)
#define MAJORITY_SLACK 8
#define MAJORITY_SUMS (4 * (MAJORITY_ROWS + 2 + MAJORITY_SLACK))

struct kernels {
  const char *isa;
  /* Fills left and right; returns the largest magnitude of the second result, NAN if one is not finite. The second
   * result is looked at also where it is not wanted. */
  double (*multiply)(const struct product *product);
  /* Row y of the planes: plus where r >= bound, minus where r <= -bound. */
  void (*threshold)(struct planes planes, size_t y, const double *r, size_t n, double bound);
  /* One round for rows begin .. end - 1 of `out`, from rows begin - 1 .. end of `in`. True if a cell differs. */
  bool (*majority)(struct planes out, struct planes in, size_t n, size_t begin, size_t end, uint64_t *sums);
  /* Row y of the planes as n bytes: 1 where plus, -1 where minus, else 0. */
  void (*write)(int8_t *out, struct planes planes, size_t y, size_t n);
  /* The parts of a column of the spectrum; at ky = 0 of kx = 0, where psi is not defined, PSI and PSI_Y are left to the
   * caller. */
  void (*flow_derive)(const struct flow_column *column);
  /* The half spectra of a row's fields. */
  void (*flow_spectra)(const struct flow_row *row);
  /* A row's viscosity from strain and shear; the slope k1 = f(w) and out = w + dt k1; out = w + dt (k1 + f) / 2 with
   * the slope as it was kept; and out = k1 + f. */
  void (*flow_viscosity)(const struct flow_values *row);
  void (*flow_predict)(const struct flow_values *row, double *out);
  void (*flow_correct)(const struct flow_values *row, double *out);
  void (*flow_sum)(const struct flow_values *row, double *out);
  /* Columns into lines. */
  void (*flow_join)(const struct flow_lines *lines);
};

/* The best set that this processor can run. */
const struct kernels *kernels_choose(void);

/* The sets that this processor can run, best first, NULL-terminated; for tests. */
const struct kernels *const *kernels_usable(void);

#define KERNEL_JOIN(name, isa) name##_##isa
#define KERNEL_EXPAND(name, isa) KERNEL_JOIN(name, isa)
#define KERNEL(name) KERNEL_EXPAND(name, KERNEL_ISA)

#define KERNELS_DECLARE(isa)                                                                                           \
  double multiply_##isa(const struct product *product);                                                                \
  void threshold_##isa(struct planes planes, size_t y, const double *r, size_t n, double bound);                       \
  bool majority_##isa(struct planes out, struct planes in, size_t n, size_t begin, size_t end, uint64_t *sums);        \
  void write_##isa(int8_t *out, struct planes planes, size_t y, size_t n);                                             \
  void flow_derive_##isa(const struct flow_column *column);                                                            \
  void flow_spectra_##isa(const struct flow_row *row);                                                                 \
  void flow_viscosity_##isa(const struct flow_values *row);                                                            \
  void flow_predict_##isa(const struct flow_values *row, double *out);                                                 \
  void flow_correct_##isa(const struct flow_values *row, double *out);                                                 \
  void flow_sum_##isa(const struct flow_values *row, double *out);                                                     \
  void flow_join_##isa(const struct flow_lines *lines);

KERNELS_DECLARE(baseline)
#ifdef KERNELS_X86
KERNELS_DECLARE(avx2)
KERNELS_DECLARE(avx512)
#endif

#endif
