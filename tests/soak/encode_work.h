/* SPDX-License-Identifier: MIT */
/*
 * encode_work.h - fields to encode again and again: one of the host's and one that a simulation holds take turns.
 */
#ifndef VORDEC_TESTS_SOAK_ENCODE_WORK_H
#define VORDEC_TESTS_SOAK_ENCODE_WORK_H

#include <vordec/vordec.h>

struct encode_work {
  struct vordec_runtime *runtime;
  size_t n, d; /* side of the grid; numbers of a state */
  struct vordec_simulation *simulation;
  struct vordec_encoder *encoder; /* NULL between the encoders of a soak of them */
  double *omega, *z;              /* the host's field; the state that was made last */
};

/* Every function returns false with a line on stderr where something failed. Opens a zeroed one, with an encoder. */
bool encode_work_open(struct encode_work *work, struct vordec_runtime *runtime, size_t n);
void encode_work_close(struct encode_work *work);

bool encode_work_make_encoder(struct encode_work *work);
void encode_work_drop_encoder(struct encode_work *work);

/* Encodes the field whose turn it is. */
bool encode_work_run(struct encode_work *work, size_t turn, struct vordec_encode_report *report);

#endif
