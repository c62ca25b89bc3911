/* SPDX-License-Identifier: MIT */
#include "bench_report.h"
#include "bench_numbers.h"
#include "cli/json_print.h"
#include "cli/ran_on.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

enum vordec_status bench_results_add(struct bench_results *results, const struct bench_result *result,
                                     struct vordec_error *error) {
  struct bench_result *grown = realloc(results->list, (results->count + 1) * sizeof *grown);
  if (!grown) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  results->list = grown;
  grown[results->count++] = *result;
  return VORDEC_OK;
}

void bench_results_release(struct bench_results *results) {
  free(results->list);
  *results = (struct bench_results){0};
}

/* ---- the table ---- */

/* With readback what the link says takes the place of the share of the stages: no line is longer than 100. */
#define NAMES_FORMAT "%-7s %5s %5s"
#define LINE_MAX_COLUMNS 100

static void print_share(double share) {
  if (isfinite(share)) {
    printf(" %5.1f%%", 100.0 * share);
  } else {
    printf(" %6s", "-");
  }
}

static void print_names(const struct bench_result *result) {
  printf("%-7s %5zu %5zu", result->fft, result->what.n, result->what.batch);
}

void bench_print_head(bool readback) {
  printf(NAMES_FORMAT " %7s %7s %7s %7s %7s %7s %7s", "fft", "N", "batch", "ms", "min", "max", "device", "scatter",
         "ifft", "mask");
  if (readback) {
    printf(" %8s %6s %6s\n", "readback", "floor", "link");
  } else {
    printf(" %6s %6s\n", "floor", "fill");
  }
}

/* Which backend, where: above the first of its rows. */
static void print_place(const struct bench_result *result, const struct bench_result *before) {
  char ran_on[RAN_ON_MAX];
  if (before && strcmp(before->backend, result->backend) == 0 &&
      strcmp(before->info.device.name, result->info.device.name) == 0) {
    return;
  }
  ran_on_title(&result->info, result->decode_device, ran_on);
  printf("%.*s\n", LINE_MAX_COLUMNS, ran_on);
}

void bench_print_row(const struct bench_result *result, const struct bench_result *before) {
  print_place(result, before);
  print_names(result);
  bench_print_ms(result->total.median);
  bench_print_ms(result->total.min);
  bench_print_ms(result->total.max);
  bench_print_ms(result->device.median);
  bench_print_ms(result->stage_median[VORDEC_STAGE_SCATTER_LOWK]);
  bench_print_ms(result->stage_median[VORDEC_STAGE_IFFT_LP]);
  bench_print_ms(result->stage_median[VORDEC_STAGE_MASK]);
  if (result->what.readback) {
    putchar(' ');
    bench_print_ms(result->stage_median[VORDEC_STAGE_READBACK]);
    print_share(result->fraction_of_floor);
    print_share(result->fraction_of_link);
  } else {
    print_share(result->fraction_of_floor);
    print_share(result->fraction_of_fill);
  }
  putchar('\n');
  fflush(stdout);
}

void bench_print_startup(const struct bench_results *results) {
  static const char *const caches[STARTUP_COUNT] = {"cold", "warm"};
  bool headed = false;
  for (size_t i = 0; i < results->count; i++) {
    const struct bench_result *result = &results->list[i];
    if (!result->started) continue;
    if (!headed) {
      printf("\nStart-up, in ms\n" NAMES_FORMAT " %7s %7s %7s %7s %7s %7s\n", "fft", "N", "batch", "cache", "open",
             "plan", "warm-up", "decode", "process");
    }
    headed = true;
    for (int cache = 0; cache < STARTUP_COUNT; cache++) {
      const struct startup *startup = &result->startup[cache];
      print_names(result);
      printf(" %7s", caches[cache]);
      bench_print_ms(startup->open_ms);
      bench_print_ms(startup->create_ms);
      bench_print_ms(startup->warmup_ms);
      bench_print_ms(startup->first_decode_ms);
      bench_print_ms(startup->process_ms);
      putchar('\n');
    }
  }
}

/* ---- JSON ---- */

static void add_text(cJSON *item, const char *key, const char *text) {
  cJSON_AddStringToObject(item, key, text);
}

/* What ran, where and on what. */
static void add_identity(cJSON *item, const struct bench_result *result) {
  const struct vordec_decoder_info *info = &result->info;
  add_text(item, "backend", result->backend);
  add_text(item, "backend_requested", result->backend_requested);
  add_text(item, "device", info->device.name);
  add_text(item, "device_type", vordec_device_type_name(info->device.type));
  add_text(item, "driver", info->device.driver);
  add_text(item, "decode_device", result->decode_device);
  bench_add_number(item, "N", (double)result->what.n);
  bench_add_number(item, "batch", (double)result->what.batch);
  bench_add_number(item, "states_per_submission", (double)info->batch);
  add_text(item, "fft", result->fft);
  add_text(item, "fft_requested", result->fft_requested);
  add_text(item, "precision", info->precision == VORDEC_FP64 ? "fp64" : "fp32");
  bench_add_number(item, "k_cut", (double)result->what.k_cut);
  cJSON_AddBoolToObject(item, "readback", result->what.readback);
  cJSON_AddBoolToObject(item, "stream", result->what.stream);
  bench_add_number(item, "depth", (double)info->depth);
}

static void add_mask(cJSON *item, const struct bench_mask *mask) {
  bench_add_number(item, "smooth_width", (double)mask->smooth_width);
  add_text(item, "smooth_kernel", mask->smooth_kernel);
  add_text(item, "boundary", mask->boundary);
  bench_add_number(item, "tau", mask->tau);
  bench_add_number(item, "majority_iters", (double)mask->majority_iters);
}

static void add_times(cJSON *item, const struct bench_result *result) {
  bench_add_number(item, "runs", (double)result->runs);
  bench_add_times(item, &result->total, &result->device);
  cJSON *stages = cJSON_AddObjectToObject(item, "stage_median_ms");
  for (int i = 0; i < VORDEC_STAGE_COUNT; i++) {
    char key[32];
    snprintf(key, sizeof key, "%s_ms", vordec_stage_name((enum vordec_stage)i));
    bench_add_number(stages, key, result->stage_median[i]);
  }
  add_text(item, "stage_source", result->device_timestamps ? "device_timestamps" : "host_clock");
}

static void add_floor(cJSON *item, const struct bench_result *result) {
  bench_add_number(item, "bytes_moved", result->bytes_moved);
  bench_add_number(item, "bytes_read_back", result->bytes_read_back);
  bench_add_number(item, "fill_bytes_per_s", result->fill.bytes_per_s);
  bench_add_number(item, "fill_bytes", result->fill.bytes);
  bench_add_number(item, "floor_ms", result->floor_ms);
  bench_add_number(item, "fraction_of_floor", result->fraction_of_floor);
  bench_add_number(item, "fraction_of_fill", result->fraction_of_fill);
  bench_add_number(item, "link_bytes_per_s", result->link.bytes_per_s);
  bench_add_number(item, "fraction_of_link", result->fraction_of_link);
}

static void add_startup(cJSON *item, const struct bench_result *result) {
  static const char *const caches[STARTUP_COUNT] = {"cold", "warm"};
  bench_add_number(item, "open_ms", result->info.open_ms);
  bench_add_number(item, "create_ms", result->info.create_ms);
  bench_add_number(item, "host_bytes", (double)result->info.host_bytes);
  bench_add_number(item, "device_bytes", (double)result->info.device_bytes);
  if (!result->started) {
    cJSON_AddNullToObject(item, "startup");
    return;
  }
  cJSON *startup = cJSON_AddObjectToObject(item, "startup");
  for (int i = 0; i < STARTUP_COUNT; i++) {
    const struct startup *times = &result->startup[i];
    cJSON *object = cJSON_AddObjectToObject(startup, caches[i]);
    bench_add_number(object, "process_ms", times->process_ms);
    bench_add_number(object, "open_ms", times->open_ms);
    bench_add_number(object, "create_ms", times->create_ms);
    bench_add_number(object, "warmup_ms", times->warmup_ms);
    bench_add_number(object, "first_decode_ms", times->first_decode_ms);
  }
}

char *bench_json(const struct bench_results *results, const struct bench_mask *mask) {
  cJSON *list = cJSON_CreateArray();
  for (size_t i = 0; i < results->count; i++) {
    const struct bench_result *result = &results->list[i];
    cJSON *item = cJSON_CreateObject();
    add_identity(item, result);
    add_mask(item, mask);
    add_times(item, result);
    add_floor(item, result);
    add_startup(item, result);
    add_text(item, "vordec_version", vordec_version());
    add_text(item, "git_describe", vordec_git_describe());
    json_append(list, item);
  }
  char *text = json_print(list, true);
  cJSON_Delete(list);
  return text;
}
