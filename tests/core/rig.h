/* SPDX-License-Identifier: MIT */
/* A runtime on the stub plugins, a small state to decode, and a log of what the plugins were called for. */
#ifndef VORDEC_TESTS_CORE_RIG_H
#define VORDEC_TESTS_CORE_RIG_H

#include "check.h"

#define RIG_N 8
#define RIG_M 5 /* |k| <= 1 */
#define RIG_D (2 * RIG_M + 4)
#define RIG_CELLS (RIG_N * RIG_N)

/* Calls by slot, as the stubs log them, and the last warning. */
struct rig_log {
  int probe, open, close, plan_create, plan_destroy, decode, warnings;
  int rollout_create, rollout_destroy, advance, read, fill, host_alloc, host_free;
  char order[64]; /* of decode, submit, wait, advance: d, s, w, a */
  char warning[VORDEC_MESSAGE_MAX + 64];
};

struct rig {
  struct vordec_config *config;
  struct vordec_runtime *runtime;
  struct vordec_layout *layout;
  struct rig_log log;
  size_t depth; /* of the decoders made from here on */
  struct vordec_error error;
};

/* CMocka's fixtures: a rig whose configuration names the folder of stubs and a smoothing width that fits. */
int rig_setup(void **state);
int rig_teardown(void **state);

/* Sets a key; fails the test if that is refused. */
void rig_set(struct rig *rig, const char *section, const char *key, const char *value);
/* The runtime of the configuration as it is now; one that was there is destroyed. */
struct vordec_runtime *rig_runtime(struct rig *rig);
/* A decoder for all outputs and the caller's residual; one runtime is made if there is none. */
enum vordec_status rig_decoder(struct rig *rig, size_t batch, struct vordec_decoder **decoder);

/* The same in fp64 on a fresh runtime with that backend; fails the test if it is refused. */
struct vordec_decoder *rig_decoder_on(struct rig *rig, const char *backend, size_t batch);
/* The same with that depth and a log that starts before the decoder is made. */
struct vordec_decoder *rig_deep_decoder(struct rig *rig, const char *backend, size_t batch, size_t depth);

/* `count` states that differ, no two entries alike; the caller frees them. */
double *rig_states(size_t count);

/* d x d, a contraction without symmetry; the caller frees it. */
double *rig_operator(size_t d);
/* A rollout of one state of RIG_D by rig_operator(), on the configuration as it was when the runtime was made. */
enum vordec_status rig_rollout(struct rig *rig, struct vordec_decoder *decoder, struct vordec_rollout **rollout);
/* The same; fails the test if it is refused. */
struct vordec_rollout *rig_make_rollout(struct rig *rig, struct vordec_decoder *decoder);
/* On a fresh runtime and with a log that starts here: a decoder, whose rollouts [op] backend = `op` will place, and a
 * rollout without a decoder. */
struct vordec_decoder *rig_make_decoder(struct rig *rig, const char *backend, const char *op);
struct vordec_rollout *rig_rollout_alone(struct rig *rig, const char *op);

#endif
