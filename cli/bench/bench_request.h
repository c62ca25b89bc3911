/* SPDX-License-Identifier: MIT */
/* What 'vordec bench' is asked for. */
#ifndef VORDEC_CLI_BENCH_BENCH_REQUEST_H
#define VORDEC_CLI_BENCH_BENCH_REQUEST_H

#include "bench_cases.h"

/* How masks are made, for the report. */
struct bench_mask {
  size_t smooth_width, majority_iters;
  const char *smooth_kernel, *boundary;
  double tau;
};

struct bench_request {
  struct vordec_config *config; /* backend and FFT are set in it on the way */
  char *configured[2];          /* what they were before, where they are asked for below */
  bool verbose;
  const char *backends;                 /* names, separated by commas; NULL: all that are usable */
  const char *ffts;                     /* likewise; or "all" that a backend offers */
  char simulator[64];                   /* the backend of [simulate], where it is one of them */
  const char *sizes, *batches, *listed; /* as texts */
  bool sizes_given, batches_given, k_cut_given;
  size_t k_cut;
  size_t fill_mib;          /* that the rate of fills is measured with; 0: by the kind of device */
  bool readback, stream;    /* of every case */
  struct bench_cases cases; /* what those say */
  struct bench_mask mask;
  bool startup;           /* time that, too */
  bool once;              /* decode once and nothing else: a child of --startup */
  bool simulate;          /* steps of simulations instead of decodes; a batch is its members */
  const char *json, *png; /* files; NULL: none */
};

#endif
