/* SPDX-License-Identifier: MIT */
/* The state that the doctor has decoded everywhere. */
#ifndef VORDEC_CLI_DOCTOR_DOCTOR_SAMPLE_H
#define VORDEC_CLI_DOCTOR_DOCTOR_SAMPLE_H

#include <vordec/vordec.h>

#define SAMPLE_N 32
#define SAMPLE_CELLS ((size_t)SAMPLE_N * SAMPLE_N)
#define SAMPLE_CUT 3
#define SAMPLE_MODES_MAX ((2 * SAMPLE_CUT + 1) * (2 * SAMPLE_CUT + 1))

/* A state small enough for direct sums, and the field that these give. */
struct sample {
  struct vordec_layout *layout;
  double z[2 * SAMPLE_MODES_MAX + 4], omega_lp[SAMPLE_CELLS], rms;
};

/* Coefficients fall off with |k| and have no symmetry, as those of a state that was rolled out. */
enum vordec_status sample_make(struct sample *sample, struct vordec_error *error);
/* Accepts a zeroed one. */
void sample_release(struct sample *sample);

#endif
