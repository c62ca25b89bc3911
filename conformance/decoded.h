/* SPDX-License-Identifier: MIT */
/*
 * decoded.h - one decode between guard pages: inputs that cannot be written to, outputs full of NAN with closed pages
 * around them, and what came out.
 */
#ifndef VORDEC_CONFORMANCE_DECODED_H
#define VORDEC_CONFORMANCE_DECODED_H

#include "sample.h"
#include "suite.h"

#define ALL_OUTPUTS (VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT | VORDEC_SCALARS)
#define ALL_RESIDUALS (VORDEC_RESIDUAL_FIELD | VORDEC_RESIDUAL_MID | VORDEC_RESIDUAL_HIGH)

/* An output in memory that the plugin lends. */
struct lent_place {
  const char *name;
  size_t at, bytes; /* in the block */
};

struct decoded {
  size_t count, cells;
  bool fp64;
  uint32_t outputs;
  struct guarded arrays[11];
  void *omega_lp, *omega_hat; /* float or double; see decoded_value() */
  const int8_t *mask;
  const struct vordec_scalars *scalars;
  struct lent_place lent[3]; /* omega_lp, omega_hat and mask where they lie in lent memory; bytes 0: they do not */
  unsigned char *lent_block;
  size_t lent_bytes;
  struct vordec_decode_result result;
  double start_ms, host_ms; /* when the call began, on the host's clock; how long it took */
};

/* What is decoded: a sample, or the state that a rollout holds. */
struct decode_request {
  const struct vordec_plan_desc *desc; /* of the plan */
  const struct sample *sample;
  struct vordec_backend_rollout *rollout; /* NULL: the sample's states */
  uint32_t rollout_state;                 /* which of the rollout's, or the first of several */
  uint32_t rollout_count;                 /* how many of these; 0: one */
  uint32_t outputs, residuals;
  void *lent; /* decoded_lent_bytes() that fields are to lie in, out of step with every alignment; NULL: guard pages */
};

/* Decodes. False, and a shortfall, if the call fails, writes where it must not, or leaves out what it was asked for. */
bool decoded_make(struct suite *suite, struct vordec_plan *plan, const struct decode_request *request,
                  struct decoded *decoded);
void decoded_destroy(struct decoded *decoded);

/* The same in two halves: starts the job and forgets it but for what it points to; waits for it and judges the outputs.
 * After a false there is nothing in *decoded. */
bool decoded_submit(struct suite *suite, struct vordec_plan *plan, const struct decode_request *request,
                    struct decoded *decoded);
bool decoded_wait(struct suite *suite, struct vordec_plan *plan, struct decoded *decoded);

/* The job of a request, its inputs and outputs in *decoded; whoever calls runs it. */
void decoded_prepare(struct suite *suite, const struct decode_request *request, struct decoded *decoded,
                     struct vordec_decode_job *job);

/* What the fields of a request need of lent memory, gaps included. */
size_t decoded_lent_bytes(const struct decode_request *request);

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
