/* SPDX-License-Identifier: MIT */
#include "bench_case.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "bench_state.h"
#include "core/base/clock.h"

#define WARMUPS 3
#define WARMUP_S 0.05 /* clocks of an idle device take a while to rise */
#define RUNS_MIN 30
#define RUNS_MAX 1000
#define BUDGET_S 3.0 /* per case; RUNS_MIN is kept all the same */

#define OUTPUTS ((uint32_t)VORDEC_OMEGA_LP | (uint32_t)VORDEC_MASK)

#define DEPTH_MAX 2
#define LINK_BYTES_MAX ((uint64_t)1 << 30)

/* A decoder with what it decodes and where that goes. */
struct bench {
  struct bench_state state;
  struct vordec_decoder *decoder;
  struct vordec_decoder_info info;
  bool stream;
  struct vordec_decode_io io[DEPTH_MAX]; /* the first, or as many as there may be batches under way */
};

/* ---- the decoder ---- */

static void bench_close(struct bench *bench) {
  for (int i = 0; i < DEPTH_MAX; i++) {
    if (bench->stream && bench->decoder) {
      vordec_decoder_free_host(bench->decoder, bench->io[i].omega_lp);
      vordec_decoder_free_host(bench->decoder, bench->io[i].mask);
    } else {
      free(bench->io[i].omega_lp);
      free(bench->io[i].mask);
    }
  }
  vordec_decoder_destroy(bench->decoder);
  bench_state_release(&bench->state);
}

static double bytes_of_real(const struct bench *bench) {
  return bench->info.precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
}

static enum vordec_status allocate_fields(struct bench *bench, const struct bench_case *what,
                                          struct vordec_decode_io *io, struct vordec_error *error) {
  const size_t cells = what->batch * what->n * what->n, bytes = cells * (size_t)bytes_of_real(bench);
  if (what->stream) {
    void *mask = NULL;
    enum vordec_status status = vordec_decoder_alloc_host(bench->decoder, bytes, &io->omega_lp, error);
    if (!status) status = vordec_decoder_alloc_host(bench->decoder, cells, &mask, error);
    io->mask = mask;
    return status;
  }
  io->omega_lp = malloc(bytes);
  io->mask = malloc(cells);
  if (io->omega_lp && io->mask) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the fields");
}

/* Leaves *bench to be closed in any case. */
static enum vordec_status bench_open(struct vordec_runtime *runtime, const struct bench_case *what, struct bench *bench,
                                     struct vordec_error *error) {
  *bench = (struct bench){.stream = what->stream};
  const struct vordec_decoder_desc desc = {
      .batch = what->batch, .outputs = what->readback ? OUTPUTS : 0, .depth = what->stream ? DEPTH_MAX : 1};
  enum vordec_status status = bench_state_create(what->n, what->k_cut, what->batch, &bench->state, error);
  if (!status) status = vordec_decoder_create(runtime, bench->state.layout, &desc, &bench->decoder, error);
  if (status) return status;
  vordec_decoder_get(bench->decoder, &bench->info);
  if (what->stream && what->batch > bench->info.batch) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "bench: --stream needs batches that fit into one plan: of N = %zu that is at most %zu states",
                       what->n, bench->info.batch);
  }
  const size_t used = what->stream ? bench->info.depth : 1;
  for (size_t i = 0; i < used && !status; i++) {
    bench->io[i] = (struct vordec_decode_io){.count = what->batch, .z = bench->state.z};
    if (what->readback) status = allocate_fields(bench, what, &bench->io[i], error);
  }
  return status;
}

/* ---- timing ---- */

static enum vordec_status warm_up(struct bench *bench, struct vordec_error *error) {
  const double end = clock_s() + WARMUP_S;
  for (int i = 0; i < WARMUPS || clock_s() < end; i++) {
    const enum vordec_status status = vordec_decode(bench->decoder, &bench->io[0], NULL, error);
    if (status) return status;
  }
  return VORDEC_OK;
}

/* Times of calls, one row each kind. */
struct samples {
  double total[RUNS_MAX], stages[RUNS_MAX], stage[VORDEC_STAGE_COUNT][RUNS_MAX];
  size_t count;
};

static void take_sample(struct samples *samples, const struct vordec_decode_report *report) {
  const size_t at = samples->count++;
  samples->total[at] = report->total_ms;
  samples->stages[at] = report->stage_ms[VORDEC_STAGE_SCATTER_LOWK] + report->stage_ms[VORDEC_STAGE_IFFT_LP] +
                        report->stage_ms[VORDEC_STAGE_MASK];
  for (int i = 0; i < VORDEC_STAGE_COUNT; i++) samples->stage[i][at] = report->stage_ms[i];
}

static void summarise(struct samples *samples, const struct vordec_decode_report *last, struct bench_result *result) {
  const struct spread none = {NAN, NAN, NAN}, stages = spread_of(samples->stages, samples->count);
  result->runs = samples->count;
  result->device_timestamps = last->device_timestamps;
  snprintf(result->decode_device, sizeof result->decode_device, "%s", last->decode_device);
  result->total = spread_of(samples->total, samples->count);
  result->device = last->device_timestamps ? stages : none;
  result->stages_median = stages.median;
  for (int i = 0; i < VORDEC_STAGE_COUNT; i++) {
    result->stage_median[i] = spread_of(samples->stage[i], samples->count).median;
  }
}

static bool goes_on(const struct samples *samples, double end) {
  return samples->count < RUNS_MAX && (samples->count < RUNS_MIN || clock_s() < end);
}

static enum vordec_status sample_calls(struct bench *bench, struct samples *samples,
                                       struct vordec_decode_report *report, struct vordec_error *error) {
  enum vordec_status status = warm_up(bench, error);
  const double end = clock_s() + BUDGET_S;
  while (!status && goes_on(samples, end)) {
    status = vordec_decode(bench->decoder, &bench->io[0], report, error);
    if (!status) take_sample(samples, report);
  }
  return status;
}

/* Keeps the stream full and takes the time from the end of one batch to that of the next. */
static enum vordec_status sample_stream(struct bench *bench, struct samples *samples,
                                        struct vordec_decode_report *report, struct vordec_error *error) {
  const size_t depth = bench->info.depth > 0 ? bench->info.depth : 1; /* a decoder has one at least */
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < depth && !status; i++) status = vordec_decoder_submit(bench->decoder, &bench->io[i], error);
  const double start = clock_s();
  double last = start;
  for (size_t waited = 0; !status && goes_on(samples, start + WARMUP_S + BUDGET_S); waited++) {
    status = vordec_decoder_wait(bench->decoder, report, error);
    const double now = clock_s();
    report->total_ms = 1e3 * (now - last);
    last = now;
    if (!status && waited >= WARMUPS + depth && now > start + WARMUP_S) take_sample(samples, report);
    if (!status) status = vordec_decoder_submit(bench->decoder, &bench->io[waited % depth], error);
  }
  /* Also after a failure: the fields are about to go. */
  for (size_t i = 0; i < depth; i++) {
    struct vordec_error late;
    const enum vordec_status ended = vordec_decoder_wait(bench->decoder, NULL, status ? &late : error);
    if (!status) status = ended;
  }
  return status;
}

static enum vordec_status time_calls(struct bench *bench, struct bench_result *result, struct vordec_error *error) {
  struct samples *samples = calloc(1, sizeof *samples);
  struct vordec_decode_report report = {0};
  if (!samples) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  const enum vordec_status status =
      bench->stream ? sample_stream(bench, samples, &report, error) : sample_calls(bench, samples, &report, error);
  if (!status) summarise(samples, &report, result);
  free(samples);
  return status;
}

/* With copies as large as those of the case, up to a limit. */
static enum vordec_status measure_link(struct bench *bench, const struct bench_case *what, struct bench_link *link,
                                       struct vordec_error *error) {
  const uint64_t bytes = (uint64_t)what->batch * what->n * what->n * ((uint64_t)bytes_of_real(bench) + 1);
  struct vordec_fill_report report;
  *link = (struct bench_link){NAN, NAN};
  if (!what->readback) return VORDEC_OK;
  const enum vordec_status status =
      vordec_decoder_link_bandwidth(bench->decoder, bytes < LINK_BYTES_MAX ? bytes : LINK_BYTES_MAX, &report, error);
  if (status == VORDEC_E_UNSUPPORTED && error->reason == VORDEC_REASON_NO_INTERFACE) return VORDEC_OK;
  if (status) return status;
  *link = (struct bench_link){(double)report.bytes / report.seconds, (double)report.bytes};
  return VORDEC_OK;
}

static void describe(const struct bench *bench, const struct bench_case *what, const struct bench_fill *fill,
                     struct bench_result *result) {
  const struct vordec_decoder_info *info = &bench->info;
  result->what = *what;
  result->info = *info;
  snprintf(result->backend_requested, sizeof result->backend_requested, "%s", info->backend_requested);
  snprintf(result->backend, sizeof result->backend, "%s", info->backend_used);
  snprintf(result->fft_requested, sizeof result->fft_requested, "%s", info->fft_requested);
  snprintf(result->fft, sizeof result->fft, "%s", info->fft_used);
  result->bytes_moved =
      (double)what->batch * (double)what->n * (double)what->n * (bytes_of_real(bench) + sizeof(int8_t));
  result->bytes_read_back = what->readback ? result->bytes_moved : 0.0;
  result->fill = *fill;
  result->floor_ms = 1e3 * result->bytes_moved / fill->bytes_per_s;
  result->fraction_of_floor = result->floor_ms / result->total.median;
  result->fraction_of_link = 1e3 * result->bytes_read_back / result->link.bytes_per_s / result->total.median;
  result->fraction_of_fill = result->stages_median > 0.0 ? result->floor_ms / result->stages_median : NAN;
}

enum vordec_status bench_case_run(struct vordec_runtime *runtime, const struct bench_case *what,
                                  struct bench_fill *fill, struct bench_result *result, struct vordec_error *error) {
  struct bench bench;
  *result = (struct bench_result){0};
  enum vordec_status status = bench_open(runtime, what, &bench, error);
  if (!status) status = bench_fill_measure(bench.decoder, fill, error);
  if (!status) status = measure_link(&bench, what, &result->link, error);
  if (!status) status = time_calls(&bench, result, error);
  if (!status) describe(&bench, what, fill, result);
  bench_close(&bench);
  return status;
}

enum vordec_status bench_case_once(struct vordec_runtime *runtime, const struct bench_case *what,
                                   struct startup *startup, struct vordec_error *error) {
  struct bench bench;
  struct vordec_decode_report report = {0};
  enum vordec_status status = bench_open(runtime, what, &bench, error);
  if (!status) status = vordec_decode(bench.decoder, &bench.io[0], &report, error);
  *startup = (struct startup){.open_ms = bench.info.open_ms,
                              .create_ms = bench.info.create_ms,
                              .warmup_ms = bench.info.warmup_ms,
                              .first_decode_ms = report.total_ms};
  bench_close(&bench);
  return status;
}
