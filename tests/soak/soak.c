/* SPDX-License-Identifier: MIT */
/* soak: the same thing for a long time, in memory that must not grow and with results that must not change. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "footprint.h"
#include "options.h"
#include "workload.h"

typedef bool (*turn_fn)(struct workload *workload, size_t turn);
static const turn_fn turns[SOAK_SUBJECTS] = {
    [SOAK_DECODES] = workload_decode,        [SOAK_DECODERS] = workload_make_decoder,
    [SOAK_RUNTIMES] = workload_make_runtime, [SOAK_ROLLOUTS] = workload_make_rollout,
    [SOAK_ENCODES] = workload_encode,        [SOAK_ENCODERS] = workload_make_encoder};

struct outcome {
  struct memory before, after;
  size_t count;
  double seconds;
  bool finished;
};

static void show(const struct options *options, size_t done, double seconds) {
  fprintf(stderr, "soak: %zu of %zu %s in %.1f s, %ld pages resident\n", done, options->count,
          soak_subject_names[options->subject], seconds, memory_now().resident_pages);
}

static bool repeat(struct workload *workload, struct outcome *outcome) {
  const struct options *options = workload->options;
  const turn_fn turn = turns[options->subject];
  size_t at = 0;
  for (; at < options->warm_up; at++) {
    if (!turn(workload, at)) return false;
  }
  outcome->before = outcome->after = memory_now();
  const double start = clock_s();
  double shown = start;
  for (; outcome->count < options->count; outcome->count++, at++) {
    if (!turn(workload, at)) return false;
    if (options->progress_s == 0 || clock_s() - shown < options->progress_s) continue;
    shown = clock_s();
    show(options, outcome->count + 1, shown - start);
  }
  if (!workload_drain(workload, at)) return false;
  outcome->seconds = clock_s() - start;
  outcome->after = memory_now();
  return true;
}

static bool grew(long before, long after, long most) {
  return most >= 0 && after - before > most;
}

static bool passes(const struct workload *workload, const struct outcome *outcome) {
  const struct options *options = workload->options;
  const struct memory *before = &outcome->before, *after = &outcome->after;
  return outcome->finished && workload->same && memory_validation_messages() <= 0 &&
         after->vulkan_objects == before->vulkan_objects && after->descriptors <= before->descriptors &&
         !grew(before->resident_pages, after->resident_pages, options->max_pages) &&
         !grew(before->heap_bytes, after->heap_bytes, options->max_heap);
}

static void add_pair(cJSON *object, const char *name, long before, long after) {
  cJSON *pair = cJSON_AddObjectToObject(object, name);
  cJSON_AddNumberToObject(pair, "before", (double)before);
  cJSON_AddNumberToObject(pair, "after", (double)after);
}

static bool print(const struct workload *workload, const struct outcome *outcome) {
  const struct options *options = workload->options;
  const long kib = sysconf(_SC_PAGESIZE) / 1024;
  cJSON *object = cJSON_CreateObject();
  cJSON_AddStringToObject(object, "what", soak_subject_names[options->subject]);
  cJSON_AddStringToObject(object, "backend", workload->backend);
  cJSON_AddStringToObject(object, "device", workload->device);
  cJSON_AddStringToObject(object, "decode_device", workload->decode_device);
  cJSON_AddStringToObject(object, "fft", workload->fft);
  cJSON_AddStringToObject(object, "precision", workload->precision == VORDEC_FP64 ? "fp64" : "fp32");
  cJSON_AddNumberToObject(object, "N", (double)options->n);
  cJSON_AddNumberToObject(object, "batch", (double)options->batch);
  cJSON_AddNumberToObject(object, "depth", (double)workload->depth);
  cJSON_AddNumberToObject(object, "count", (double)outcome->count);
  cJSON_AddNumberToObject(object, "seconds", outcome->seconds);
  add_pair(object, "rss_kib", outcome->before.resident_pages * kib, outcome->after.resident_pages * kib);
  add_pair(object, "heap_bytes", outcome->before.heap_bytes, outcome->after.heap_bytes);
  add_pair(object, "descriptors", outcome->before.descriptors, outcome->after.descriptors);
  add_pair(object, "vulkan_objects", outcome->before.vulkan_objects, outcome->after.vulkan_objects);
  cJSON_AddStringToObject(object, "hash", workload->hash);
  cJSON_AddBoolToObject(object, "hash_constant", workload->same);
  cJSON_AddNumberToObject(object, "validation_messages", (double)memory_validation_messages());
  const bool passed = passes(workload, outcome);
  cJSON_AddBoolToObject(object, "passed", passed);
  char *text = cJSON_Print(object);
  cJSON_Delete(object);
  if (!text) return false;
  puts(text);
  cJSON_free(text);
  return passed;
}

int main(int argc, char **argv) {
  struct options options;
  if (!options_read(argc, argv, &options)) return 2;
  struct workload workload;
  struct outcome outcome = {.finished = false};
  bool passed = false;
  if (workload_create(&workload, &options) && workload_open(&workload)) {
    outcome.finished = repeat(&workload, &outcome);
    passed = print(&workload, &outcome);
  }
  workload_destroy(&workload);
  return passed ? 0 : 1;
}
