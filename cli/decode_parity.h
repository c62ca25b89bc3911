/* SPDX-License-Identifier: MIT */
/* Decodes checked, one at a time, against the fp64 reference: backend cpu, fft fftw. */
#ifndef VORDEC_CLI_DECODE_PARITY_H
#define VORDEC_CLI_DECODE_PARITY_H

#include <vordec/vordec.h>

/* The tolerances of 'vordec parity'. */
#define PARITY_FP32 1e-6 /* mean absolute error, for fields of rms 1; see decode_parity_tolerance() */
#define PARITY_FP64 1e-12
#define PARITY_MASK 1e-4 /* share of cells that may differ */

struct parity_row {
  size_t step;
  double mean_abs, max_abs, rms; /* of the differences of omega_lp; rms of the reference's */
  size_t mask_differs;           /* cells */
  bool within;
};

/* What a decode gave. */
struct parity_fields {
  enum vordec_precision precision;
  const void *omega_lp; /* float or double, as precision says */
  const int8_t *mask;
};

struct decode_parity {
  size_t cells;
  struct vordec_runtime *runtime;
  struct vordec_decoder *decoder;
  double *omega_lp;
  int8_t *mask;
};

/* Bound of the mean absolute error for a field of that rms: scaled by the rms above 1, and at most ten times as much of
 * the rms below, so that a weak field has to be right, too. */
double decode_parity_tolerance(enum vordec_precision precision, double rms);

/* The configuration of the reference: [mask], plugin folder and threads of `config`, backend cpu, fft fftw, fp64. */
enum vordec_status decode_parity_config(const struct vordec_config *config, struct vordec_config **reference,
                                        struct vordec_error *error);

/* A decoder with the same [mask], plugin folder and threads as the configuration. The layout must outlive it. log as in
 * vordec_runtime_create(). */
enum vordec_status decode_parity_create(const struct vordec_config *config, const struct vordec_layout *layout,
                                        vordec_log_fn log, void *log_ctx, struct decode_parity *parity,
                                        struct vordec_error *error);
/* Accepts a zeroed or half-made one. */
void decode_parity_release(struct decode_parity *parity);

/* Decodes z and compares. */
enum vordec_status decode_parity_check(struct decode_parity *parity, const double *z,
                                       const struct parity_fields *fields, struct parity_row *row,
                                       struct vordec_error *error);

#endif
