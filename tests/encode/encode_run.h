/* SPDX-License-Identifier: MIT */
/*
 * encode_run.h - one encoder through the library: on the CPU, or on what VORDEC_TEST_BACKEND and VORDEC_TEST_DEVICE
 * name, in fp64 unless it is to be otherwise.
 */
#ifndef VORDEC_TESTS_ENCODE_ENCODE_RUN_H
#define VORDEC_TESTS_ENCODE_ENCODE_RUN_H

#include <vordec/vordec.h>

#include "../science/support.h"

/* What an encoder is to be like, [mask] included. */
struct encode_wish {
  struct vordec_encoder_desc desc;
  uint32_t smooth_width, majority_iters; /* 0: auto */
  enum vordec_smooth_kernel smooth_kernel;
  enum vordec_boundary boundary;
  double tau;       /* 0: auto */
  unsigned threads; /* as [cpu] threads */
  bool on_cpu;      /* whatever the environment names */
  bool fp32;
};

struct encode_run {
  struct vordec_runtime *runtime;
  struct vordec_encoder *encoder;
  struct vordec_encoder_info info; /* as it was made; see encode_run_look() */
};

/* That of the reference data of encoders. */
struct encode_wish encode_run_reference(struct reference *reference);

/* Whether the backend encodes at all. */
bool encode_run_possible(void);

/* E_INPUT and its like are the caller's to look at; any other failure fails the test. */
enum vordec_status encode_run_try(const struct encode_wish *wish, struct encode_run *run, struct vordec_error *error);
struct encode_run encode_run_make(const struct encode_wish *wish);
void encode_run_end(struct encode_run *run);

/* Encodes one field and reads the info anew; fails the test if that fails. */
void encode_run_encode(struct encode_run *run, const double *omega, double *z);
void encode_run_look(struct encode_run *run);

/* Chooses the anchors from a field, or takes these, and reads the info anew; fails the test if that fails. */
void encode_run_choose(struct encode_run *run, const double *omega);
void encode_run_set_anchors(struct encode_run *run, const int64_t *anchors, size_t count);

#endif
