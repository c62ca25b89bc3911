/* SPDX-License-Identifier: MIT */
#include "step_report.h"

#include <math.h>
#include <stdio.h>

#include "bench_numbers.h"
#include "cli/json_print.h"
#include "cli/ran_on.h"

/* ---- the table ---- */

/* By the clock that is the better one. */
static double step_ms(const struct step_result *result) {
  return isfinite(result->device.median) ? result->device.median : result->total.median;
}

void step_print_head(void) {
  printf("%-9s %-7s %-4s %6s %7s %7s %7s %7s %7s %8s %7s\n", "backend", "fft", "real", "N", "members", "step ms", "min",
         "max", "device", "a member", "passes");
}

void step_print_place(const struct step_result *result) {
  char ran_on[RAN_ON_MAX];
  ran_on_device(&result->info.device, result->les_device, ran_on);
  printf("%.80s on %.*s\n", result->backend, RAN_ON_MAX, ran_on);
}

void step_print_row(const struct step_result *result) {
  printf("%-9s %-7s %-4s %6zu %7zu", result->backend, result->fft,
         result->info.precision == VORDEC_FP64 ? "fp64" : "fp32", result->what.n, result->what.members);
  bench_print_ms(result->total.median);
  bench_print_ms(result->total.min);
  bench_print_ms(result->total.max);
  bench_print_ms(result->device.median);
  putchar(' ');
  bench_print_ms(step_ms(result) / (double)result->what.members);
  if (isfinite(result->passes)) {
    printf(" %7.1f\n", result->passes);
  } else {
    printf(" %7s\n", "-");
  }
  fflush(stdout);
}

/* ---- JSON ---- */

/* What ran, where and on what. */
static void add_identity(cJSON *item, const struct step_result *result) {
  const struct vordec_simulation_info *info = &result->info;
  cJSON_AddStringToObject(item, "backend", result->backend);
  cJSON_AddStringToObject(item, "backend_requested", result->backend_requested);
  cJSON_AddStringToObject(item, "device", info->device.name);
  cJSON_AddStringToObject(item, "device_type", vordec_device_type_name(info->device.type));
  cJSON_AddStringToObject(item, "driver", info->device.driver);
  cJSON_AddStringToObject(item, "les_device", result->les_device);
  cJSON_AddStringToObject(item, "fft", result->fft);
  cJSON_AddStringToObject(item, "fft_requested", result->fft_requested);
  cJSON_AddStringToObject(item, "precision", info->precision == VORDEC_FP64 ? "fp64" : "fp32");
  bench_add_number(item, "N", (double)result->what.n);
  bench_add_number(item, "members", (double)result->what.members);
}

static void add_times(cJSON *item, const struct step_result *result) {
  bench_add_number(item, "steps", (double)result->steps);
  bench_add_number(item, "runs", (double)result->runs);
  bench_add_times(item, &result->total, &result->device);
  bench_add_number(item, "fill_bytes_per_s", result->fill.bytes_per_s);
  bench_add_number(item, "fill_bytes", result->fill.bytes);
  bench_add_number(item, "passes", result->passes);
  bench_add_number(item, "open_ms", result->info.open_ms);
  bench_add_number(item, "create_ms", result->info.create_ms);
  bench_add_number(item, "host_bytes", (double)result->info.host_bytes);
  bench_add_number(item, "device_bytes", (double)result->info.device_bytes);
}

void step_add_row(cJSON *rows, const struct step_result *result) {
  cJSON *item = cJSON_CreateObject();
  add_identity(item, result);
  add_times(item, result);
  cJSON_AddStringToObject(item, "vordec_version", vordec_version());
  cJSON_AddStringToObject(item, "git_describe", vordec_git_describe());
  json_append(rows, item);
}
