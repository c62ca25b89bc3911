/* SPDX-License-Identifier: MIT */
/* Some of the states of 'vordec perf-kernel', which step and decode on one device. */
#ifndef VORDEC_CLI_KERNEL_LANE_H
#define VORDEC_CLI_KERNEL_LANE_H

#include <stdatomic.h>
#include <vordec/vordec.h>

#include "kernel_request.h"
#include "ranks/rank_block.h"

struct kernel_lane {
  const struct kernel_request *request;
  struct rank_block block;        /* which of the file's states these are */
  struct vordec_decoder *decoder; /* borrowed; NULL: nothing is decoded */
  struct vordec_rollout *rollout;
  struct vordec_metrics *metrics;
  struct vordec_decode_io io;
  double *z;         /* of these states: borrowed; where a decode needs them on the host, and for the last ones */
  size_t d, total;   /* of a state, and how many states there are in all */
  size_t rows;       /* most decodes whose states go to the decoder together; 1: each by itself */
  double step_ms;    /* of a step of the rollout, as the last ones went; 0: none went */
  atomic_bool *stop; /* one of the lanes has failed */
  bool shows;        /* the progress of all: they move at much the same pace */
  struct vordec_run run;
  const char *decode_device, *op_device;
  enum vordec_status status;
  struct vordec_error error;
};

/* Most states of N = n that it is worth to decode in one batch: what a GPU does in some 0.1 ms. */
static inline size_t kernel_batch_max(size_t n) {
  const size_t most = ((size_t)1 << 22) / (n * n);
  return most ? most : 1;
}

/* How many decodes of so many states of N = n it is worth to do together: 1 where something else happens between. */
size_t kernel_lane_rows(const struct kernel_request *request, size_t states, size_t n);

/* Room for what its decodes make, once it has its rollout. */
enum vordec_status kernel_lane_equip(struct kernel_lane *lane, size_t n, struct vordec_error *error);
/* Accepts one that was zeroed. */
void kernel_lane_release(struct kernel_lane *lane);

/* Goes on up to a step: there, at a failure (lane->status), or, if `heeds`, at an interrupt. */
void kernel_lane_go(struct kernel_lane *lane, size_t until, bool heeds);

/* Copies the last states to z and looks at them, decoded or not: a run that ended in NaN has failed. */
enum vordec_status kernel_lane_end(struct kernel_lane *lane, struct vordec_error *error);

#endif
