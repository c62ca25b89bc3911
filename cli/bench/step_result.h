/* SPDX-License-Identifier: MIT */
/* What a benchmark of simulations measures. */
#ifndef VORDEC_CLI_BENCH_STEP_RESULT_H
#define VORDEC_CLI_BENCH_STEP_RESULT_H

#include "bench_fill.h"
#include "spread.h"

struct step_case {
  size_t n, members;
};

struct step_result {
  struct step_case what;
  struct vordec_simulation_info info; /* its strings are gone; those that matter are copied below */
  char backend_requested[64], backend[64], fft_requested[VORDEC_FFT_NAME_MAX], fft[VORDEC_FFT_NAME_MAX];
  char les_device[16];
  size_t steps, runs;   /* steps of a call, and calls timed */
  struct spread total;  /* ms of a step of all members, host clock */
  struct spread device; /* likewise by the device's clock; NAN: it has none */
  struct bench_fill fill;
  double passes; /* over the members' fields that the device could have written meanwhile; NAN: nothing known */
};

#endif
