/* SPDX-License-Identifier: MIT */
#include "step_run.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <vordec/error.h>

#include "bench_pairs.h"
#include "cli/command.h"
#include "cli/json_output.h"
#include "cli/json_print.h"
#include "step_case.h"
#include "step_report.h"

struct job {
  const struct bench_request *request;
  struct bench_pairs pairs;
  cJSON *rows;
};

static void say_fill(const struct step_result *result) {
  if (!(result->fill.bytes_per_s > 0.0)) return;
  fprintf(stderr, "%s on %s fills memory at %.1f GB/s (%.0f MiB, %s clock)\n", result->backend,
          result->info.device.name, 1e-9 * result->fill.bytes_per_s, result->fill.bytes / 1048576.0,
          result->fill.device_timestamps ? "device" : "host");
  bench_fill_warn(&result->fill, result->backend, result->info.device.name);
}

/* The decoder that measures the fill is of the same backend. */
static enum vordec_status make_runtime(const struct job *job, const char *backend, struct vordec_runtime **runtime,
                                       struct vordec_error *error) {
  static const char *const sections[] = {"decode", "simulate"};
  enum vordec_status status = VORDEC_OK;
  for (int i = 0; i < 2 && !status; i++) {
    status = vordec_config_set(job->request->config, sections[i], "backend", backend, VORDEC_FROM_COMMAND_LINE,
                               "--backend", error);
  }
  if (status) return status;
  return vordec_runtime_create(job->request->config, command_log, (void *)&job->request->verbose, runtime, error);
}

static enum vordec_status run_backend(struct job *job, const char *backend, struct vordec_error *error) {
  const struct bench_cases *cases = &job->request->cases;
  struct vordec_runtime *runtime = NULL;
  struct bench_fill fill = {.asked = (uint64_t)job->request->fill_mib << 20};
  enum vordec_status status = make_runtime(job, backend, &runtime, error);
  for (size_t i = 0; i < cases->count && !status; i++) {
    const struct step_case what = {.n = cases->list[i].n, .members = cases->list[i].batch};
    struct step_result result;
    status = step_case_run(runtime, &what, &fill, &result, error);
    if (status) break;
    if (i == 0) say_fill(&result);
    if (!json_output_replaces_text(job->request->json)) {
      if (cJSON_GetArraySize(job->rows) == 0) step_print_head();
      if (i == 0) step_print_place(&result);
      step_print_row(&result);
    }
    step_add_row(job->rows, &result);
  }
  vordec_runtime_destroy(runtime);
  return status;
}

static enum vordec_status run_all(struct job *job, struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < job->pairs.count && !status; i++) status = run_backend(job, job->pairs.list[i].backend, error);
  return status;
}

enum vordec_status step_run(const struct bench_request *request, struct vordec_error *error) {
  struct job job = {.request = request, .rows = cJSON_CreateArray()};
  enum vordec_status status = VORDEC_OK;
  if (!job.rows) status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  if (!status) status = json_output_try(request->json, error);
  if (!status) status = bench_pairs_find(request, &job.pairs, error);
  if (!status) status = run_all(&job, error);
  if (!status && request->json) status = json_output_write(request->json, json_print(job.rows, true), error);
  cJSON_Delete(job.rows);
  bench_pairs_release(&job.pairs);
  return status;
}
