/* SPDX-License-Identifier: MIT */
/* A.npz: the linear operator of a rollout, as the reference's tools write it. */
#ifndef VORDEC_FORMATS_OPERATOR_FILE_H
#define VORDEC_FORMATS_OPERATOR_FILE_H

#include <vordec/types.h>

struct operator_file {
  double *a; /* d x d, row-major, finite: a step is the row vector z A */
  size_t d;
};

/* Reads key A. It must be D x D for the D of the state, whose file is state_path (for the message), and finite. */
enum vordec_status operator_file_read(const char *path, size_t d, const char *state_path,
                                      struct operator_file *operator_file, struct vordec_error *error);

/* Writes key A, d x d, whole or not at all. */
enum vordec_status operator_file_write(const char *path, const double *a, size_t d, struct vordec_error *error);

/* Accepts a zeroed or half-read operator. */
void operator_file_release(struct operator_file *operator_file);

#endif
