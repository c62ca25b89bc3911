/* SPDX-License-Identifier: MIT */
/* What a benchmark measures: a case, and what was found. */
#ifndef VORDEC_CLI_BENCH_BENCH_RESULT_H
#define VORDEC_CLI_BENCH_BENCH_RESULT_H

#include "bench_fill.h"
#include "spread.h"

struct bench_case {
  size_t n, batch, k_cut;
  bool readback; /* omega_lp and mask are copied to the caller's memory in every call */
  bool stream;   /* into memory that the device writes, as many calls under way as the decoder allows */
};

/* How fast plain copies from the device to the host are. NAN: its backend cannot say. */
struct bench_link {
  double bytes_per_s, bytes;
};

/* How a decoder comes up; milliseconds. */
struct startup {
  double process_ms; /* the child's life, from its start to its end */
  double open_ms, create_ms, warmup_ms, first_decode_ms;
};

enum startup_cache { STARTUP_COLD = 0, STARTUP_WARM, STARTUP_COUNT };

struct bench_result {
  struct bench_case what;
  struct vordec_decoder_info info; /* its strings are gone; those that matter are copied below */
  char backend_requested[64], backend[64], fft_requested[VORDEC_FFT_NAME_MAX], fft[VORDEC_FFT_NAME_MAX];
  char decode_device[16];
  size_t runs;
  bool device_timestamps;                  /* of the stages */
  struct spread total;                     /* ms of a call, host clock; of a stream: from one batch to the next */
  struct spread device;                    /* ms of stages 1 to 3 by the device's clock; NAN: it has none */
  double stages_median;                    /* ms of stages 1 to 3, by whatever clock the backend has */
  double stage_median[VORDEC_STAGE_COUNT]; /* ms */
  double bytes_moved;                      /* what a decode must write at least: omega_lp and mask */
  double bytes_read_back;
  struct bench_fill fill;
  double floor_ms;          /* time to write bytes_moved at that rate */
  double fraction_of_floor; /* floor_ms / total.median: of the whole call */
  double fraction_of_fill;  /* floor_ms / stages_median: the stages' write bandwidth over the fill's */
  struct bench_link link;
  double fraction_of_link; /* time to copy bytes_read_back at that rate / total.median */
  bool started;            /* startup was measured */
  struct startup startup[STARTUP_COUNT];
};

#endif
