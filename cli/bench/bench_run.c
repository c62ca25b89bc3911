/* SPDX-License-Identifier: MIT */
#include "bench_run.h"

#include <stdio.h>
#include <string.h>
#include <vordec/error.h>

#include "bench_case.h"
#include "bench_pairs.h"
#include "bench_plot.h"
#include "bench_report.h"
#include "bench_startup.h"
#include "cli/command.h"
#include "cli/json_output.h"
#include "io/outfile.h"

struct job {
  const struct bench_request *request;
  struct bench_pairs pairs;
  struct bench_results results;
};

/* Unwritable destinations are found before anything is timed. */
static enum vordec_status try_files(const struct bench_request *request, struct vordec_error *error) {
  const char *png = request->png;
  struct outfile *trial = NULL;
  enum vordec_status status = json_output_try(request->json, error);
  if (!status && png) status = outfile_create(png, &trial, error);
  outfile_destroy(trial);
  return status;
}

static enum vordec_status make_runtime(const struct job *job, const char *backend, const char *fft,
                                       struct vordec_runtime **runtime, struct vordec_error *error) {
  struct vordec_config *config = job->request->config;
  enum vordec_status status =
      vordec_config_set(config, "decode", "backend", backend, VORDEC_FROM_COMMAND_LINE, "--backend", error);
  if (!status) status = vordec_config_set(config, "decode", "fft", fft, VORDEC_FROM_COMMAND_LINE, "--fft", error);
  if (status) return status;
  return vordec_runtime_create(config, command_log, (void *)&job->request->verbose, runtime, error);
}

static bool prints_table(const struct job *job) {
  return !json_output_replaces_text(job->request->json);
}

static void say_fill(const struct bench_result *result) {
  const struct bench_fill *fill = &result->fill;
  const char *device = result->info.device.name;
  if (!(fill->bytes_per_s > 0.0)) return;
  fprintf(stderr,
          "%s on %s fills memory at %.1f GB/s (%.0f MiB, %s clock); the floor is the time to write omega_lp and mask "
          "at that rate\n",
          result->backend, device, 1e-9 * fill->bytes_per_s, fill->bytes / 1048576.0,
          fill->device_timestamps ? "device" : "host");
  bench_fill_warn(fill, result->backend, device);
}

static void say_link(const struct bench_result *result) {
  if (!(result->link.bytes_per_s > 0.0)) return;
  fprintf(stderr, "%s on %s copies to the host at %.1f GB/s (%.0f MiB); the fields came at %.1f GB/s%s\n",
          result->backend, result->info.device.name, 1e-9 * result->link.bytes_per_s, result->link.bytes / 1048576.0,
          1e-6 * result->bytes_read_back / result->total.median,
          result->what.stream && result->info.depth < 2 ? ", without overlap" : "");
}

static enum vordec_status run_case(struct job *job, struct vordec_runtime *runtime, const struct bench_case *what,
                                   struct bench_fill *fill, struct vordec_error *error) {
  struct bench_result result;
  const bool first = fill->bytes_per_s == 0.0;
  enum vordec_status status = bench_case_run(runtime, what, fill, &result, error);
  if (status) return status;
  if (first) say_fill(&result);
  say_link(&result);
  if (job->results.count == 0 && prints_table(job)) bench_print_head(what->readback);
  if (job->request->startup) {
    status = startup_measure(job->request->config, vordec_runtime_plugin_folder(runtime), what, result.startup, error);
    result.started = status == VORDEC_OK;
  }
  if (status) return status;
  const struct bench_result *before = job->results.count ? &job->results.list[job->results.count - 1] : NULL;
  if (prints_table(job)) bench_print_row(&result, before);
  return bench_results_add(&job->results, &result, error);
}

static enum vordec_status run_pair(struct job *job, const struct bench_pair *pair, struct bench_fill *fill,
                                   struct vordec_error *error) {
  struct vordec_runtime *runtime = NULL;
  enum vordec_status status = make_runtime(job, pair->backend, pair->fft, &runtime, error);
  for (size_t i = 0; i < job->request->cases.count && !status; i++) {
    status = run_case(job, runtime, &job->request->cases.list[i], fill, error);
    if (status && pair->optional && error->reason == VORDEC_REASON_NO_FFT) status = VORDEC_OK; /* one of simulations */
    if (status && pair->optional && error->reason == VORDEC_REASON_FFT_SIZE) {
      fprintf(stderr, "vordec: bench: N = %zu left out: %s\n", job->request->cases.list[i].n, error->message);
      status = VORDEC_OK;
    }
  }
  vordec_runtime_destroy(runtime);
  return status;
}

static enum vordec_status run_all(struct job *job, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  struct bench_fill fill = {.asked = (uint64_t)job->request->fill_mib << 20};
  for (size_t i = 0; i < job->pairs.count && !status; i++) {
    const bool other = i > 0 && strcmp(job->pairs.list[i].backend, job->pairs.list[i - 1].backend) != 0;
    if (other) fill = (struct bench_fill){.asked = fill.asked};
    status = run_pair(job, &job->pairs.list[i], &fill, error);
  }
  if (status || job->results.count > 0) return status;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_FFT_SIZE, "bench: no case could be timed");
}

static enum vordec_status run_once(struct job *job, struct vordec_error *error) {
  const struct bench_pair *pair = &job->pairs.list[0];
  struct vordec_runtime *runtime = NULL;
  struct startup startup;
  enum vordec_status status = make_runtime(job, pair->backend, pair->fft, &runtime, error);
  if (!status) status = bench_case_once(runtime, &job->request->cases.list[0], &startup, error);
  if (!status) status = startup_print(&startup, error);
  vordec_runtime_destroy(runtime);
  return status;
}

static enum vordec_status run_and_report(struct job *job, struct vordec_error *error) {
  const struct bench_request *request = job->request;
  enum vordec_status status = run_all(job, error);
  if (status) return status;
  if (prints_table(job)) bench_print_startup(&job->results);
  if (request->json) status = json_output_write(request->json, bench_json(&job->results, &request->mask), error);
  if (!status && request->png) status = bench_plot(request->png, &job->results, error);
  return status;
}

enum vordec_status bench_run(const struct bench_request *request, struct vordec_error *error) {
  struct job job = {.request = request};
  enum vordec_status status = try_files(request, error);
  if (!status) status = bench_pairs_find(request, &job.pairs, error);
  if (!status) status = request->once ? run_once(&job, error) : run_and_report(&job, error);
  bench_results_release(&job.results);
  bench_pairs_release(&job.pairs);
  return status;
}
