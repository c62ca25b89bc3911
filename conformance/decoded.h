/*
 * decoded.h - one decode between arrays: inputs that cannot be written to, outputs full of NAN with closed pages around
 * them, and what came out.
 */
#ifndef VORDEC_CONFORMANCE_DECODED_H
#define VORDEC_CONFORMANCE_DECODED_H

#include "sample.h"
#include "suite.h"

#define ALL_OUTPUTS (VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT | VORDEC_SCALARS)
#define ALL_RESIDUALS (VORDEC_RESIDUAL_FIELD | VORDEC_RESIDUAL_MID | VORDEC_RESIDUAL_HIGH)

struct decoded {
  size_t count, cells;
  bool fp64;
  uint32_t outputs;
  struct guarded arrays[10];
  void *omega_lp, *omega_hat; /* float or double; see decoded_value() */
  const int8_t *mask;
  const struct vordec_scalars *scalars;
  struct vordec_decode_result result;
  double host_ms; /* of the call, on the host's clock */
};

/* What is decoded: a sample, or the state that a rollout holds. */
struct decode_request {
  const struct vordec_plan_desc *desc; /* of the plan */
  const struct sample *sample;
  struct vordec_backend_rollout *rollout; /* NULL: the sample's states */
  uint32_t outputs, residuals;
};

/* Decodes. False, and a shortfall, if the call fails, writes where it must not, or leaves out what it was asked for. */
bool decoded_make(struct suite *suite, struct vordec_plan *plan, const struct decode_request *request,
                  struct decoded *decoded);
void decoded_destroy(struct decoded *decoded);

/* Value i of omega_lp or omega_hat. */
double decoded_value(const struct decoded *decoded, const void *field, size_t i);

/* Whether state i of a has the bits of state j of b, in every output that both have. */
bool decoded_same(const struct decoded *a, size_t i, const struct decoded *b, size_t j);

/* BLAKE2b of all fields of all states. */
void decoded_digest(const struct decoded *decoded, char digest[33]);

/* A plan made, one decode, the plan destroyed; *refused is set where the FFT cannot do the size. False: there is
 * nothing in *decoded. */
bool decoded_by_plan(struct suite *suite, struct vordec_session *session, const struct decode_request *request,
                     struct decoded *decoded, bool *refused);

#endif
