/* SPDX-License-Identifier: MIT */
/* What 'vordec perf-kernel' is asked for. */
#ifndef VORDEC_CLI_KERNEL_REQUEST_H
#define VORDEC_CLI_KERNEL_REQUEST_H

#include "ranks/ranks.h"
#include "stride_power.h"

struct kernel_request {
  struct vordec_config *config; /* with which the runtime is made; takes the state's own settings as defaults */
  bool verbose;
  const char *z0, *a;                              /* files of the state and the operator */
  const char *z_out, *metrics_path;                /* where the last state and the metrics go; NULL: nowhere */
  size_t steps;                                    /* to take */
  size_t decode_every, hash_every, progress_every; /* 0: never */
  bool no_decode;                                  /* decode_every is 0 then */
  struct stride_use strides;                       /* but for the states, which the file says */
  bool hash_z;                                     /* with each decode */
  bool require_gpu;
  uint32_t outputs;    /* enum vordec_output bits of a decode */
  struct ranks *ranks; /* which share the states */
};

#endif
