/* SPDX-License-Identifier: MIT */
/*
 * workload.h - states to decode again and again, and what must come of them.
 *
 * Two batches of states take turns, so that what an earlier decode left behind cannot pass for a result. The first
 * decode of each is what all later ones are compared with, bit by bit.
 */
#ifndef VORDEC_TESTS_SOAK_WORKLOAD_H
#define VORDEC_TESTS_SOAK_WORKLOAD_H

#include <vordec/vordec.h>

#include "encode_work.h"
#include "options.h"

struct workload {
  const struct options *options;
  struct vordec_config *config;
  struct vordec_runtime *runtime; /* NULL between the runtimes of a soak of them */
  struct vordec_layout *layout;
  struct vordec_decoder *decoder;
  struct vordec_layout_info shape;
  double *z[2], *a;
  struct encode_work encoding;
  struct vordec_decode_io out[2]; /* where decodes under way put their fields */
  unsigned char *first[2];        /* the fields of the first decode of each batch */
  size_t field_bytes;             /* of all fields of a batch, one after the other */
  bool same;                      /* so far */
  unsigned warnings;              /* of the library */
  char hash[33];                  /* of what came first */
  char backend[64], device[256], fft[32], decode_device[16];
  enum vordec_precision precision;
  size_t depth; /* decodes under way at once: as many as were asked for, or as the backend can */
};

/* Every function returns false with a line on stderr where something failed. */
bool workload_create(struct workload *workload, const struct options *options);
void workload_destroy(struct workload *workload);

/* The soak's subjects: once. `turn` counts from 0 and says which batch. */
bool workload_decode(struct workload *workload, size_t turn);
bool workload_make_decoder(struct workload *workload, size_t turn);
bool workload_make_runtime(struct workload *workload, size_t turn);
bool workload_make_rollout(struct workload *workload, size_t turn);
bool workload_encode(struct workload *workload, size_t turn);
bool workload_make_encoder(struct workload *workload, size_t turn);

/* What a subject needs before its first turn. */
bool workload_open(struct workload *workload);
/* Waits for what is still under way. */
bool workload_drain(struct workload *workload, size_t turns);

#endif
