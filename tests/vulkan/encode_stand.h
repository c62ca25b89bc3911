/* SPDX-License-Identifier: MIT */
/*
 * encode_stand.h - fields, what a state holds of them by its definition, in double, and the steps that tests of
 * encoders take, as assertions.
 */
#ifndef VORDEC_TEST_ENCODE_STAND_H
#define VORDEC_TEST_ENCODE_STAND_H

#include "driver.h"

/* Fields of a shape, with everything that a setup points to. */
struct encode_stand {
  struct vordec_encode_setup setup;
  uint32_t *low_index, *mid_index;
  double *omega; /* the setup's batch x n x n */
};

/* One of each pair: low modes |k| <= low_cut, mid ones up to mid_cut; numbers of which the low modes have most. */
void encode_stand_create(struct encode_stand *stand, uint32_t n, uint32_t low_cut, uint32_t mid_cut, uint32_t batch);
void encode_stand_destroy(struct encode_stand *stand);

/* What an encode of `count` fields fills, NAN and 99 before it does. */
struct encode_outputs {
  size_t count, low, mid, cells; /* values: of all fields, doubles */
  double *values;                /* low, mid, high, support */
  int8_t *mask;
};

void encode_outputs_create(struct encode_outputs *outputs, const struct vordec_encode_setup *setup, size_t count);
void encode_outputs_destroy(struct encode_outputs *outputs);
struct vordec_encode_job encode_outputs_job(const struct encode_outputs *outputs);
bool encode_outputs_equal(const struct encode_outputs *a, const struct encode_outputs *b);

/* By the definition, and how large errors may be compared with: the largest modes of w and of R, mean(R^2), and the
 * least distance of |R| / max |R| from the threshold. */
struct encode_sizes {
  double low, mid, high, margin;
};
struct encode_sizes encode_stand_sum(const struct vordec_encode_setup *setup, const double *omega,
                                     struct encode_outputs *outputs);

/* The plugin's "vordec.encode/1"; fails the test if it has none. */
const struct vordec_encode_interface *encode_stand_interface(const struct harness *harness);
struct vordec_backend_encoder *encode_stand_encoder(const struct harness *harness, struct vordec_session *session,
                                                    const struct vordec_encode_setup *setup);

/* Encodes and checks the evidence: which device, all dispatches, a plausible time. */
struct vordec_encode_result encode_stand_run(const struct harness *harness, struct vordec_backend_encoder *encoder,
                                             const struct vordec_encode_job *job);

#endif
