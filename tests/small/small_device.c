/* SPDX-License-Identifier: MIT */
#include "small_device.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEVICE VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT
#define HOST VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT
#define COHERENT VK_MEMORY_PROPERTY_HOST_COHERENT_BIT
#define CACHED VK_MEMORY_PROPERTY_HOST_CACHED_BIT

#define KIB 1024u
#define MIB (1024u * 1024u)

static const struct small_device rows[] = {
    /* All that Vulkan 1.1 promises of memory, and no more. */
    {"least", 16 * KIB, 256, 8, 128 * MIB, 0, 4, false, 2, {DEVICE, HOST | COHERENT}},
    /* Double precision in little shared memory, and a clock that wraps. */
    {"shared_16k", 16 * KIB, 256, 8, 128 * MIB, 36, 16, true, 1, {DEVICE | HOST | COHERENT | CACHED}},
    /* What the host reads fast has to be invalidated. */
    {"mobile", 32 * KIB, 512, 8, 128 * MIB, 36, 8, false, 2, {DEVICE | HOST | COHERENT, DEVICE | HOST | CACHED}},
    /* Less than Vulkan promises: nothing is coherent, so every flush counts, and nothing can be lent. */
    {"incoherent", 48 * KIB, 1024, 8, 128 * MIB, 0, 8, true, 3, {DEVICE, HOST, HOST | CACHED}},
    /* Less than Vulkan promises: ranges so short that plans of small grids are cut into chunks. */
    {"narrow", 32 * KIB, 256, 8, 1 * MIB, 36, 8, true, 2, {DEVICE, HOST | COHERENT | CACHED}},
    /* Refused. */
    {"threads_128", 16 * KIB, 128, 8, 128 * MIB, 36, 4, false, 2, {DEVICE, HOST | COHERENT}},
    {"buffers_4", 16 * KIB, 256, 4, 128 * MIB, 36, 4, false, 2, {DEVICE, HOST | COHERENT}},
};

const struct small_device *small_device_at(size_t i) {
  return i < sizeof rows / sizeof *rows ? &rows[i] : NULL;
}

const struct small_device *small_device(void) {
  const char *wanted = getenv("VORDEC_SMALL_DEVICE");
  for (size_t i = 0; wanted && small_device_at(i); i++) {
    if (strcmp(rows[i].name, wanted) == 0) return &rows[i];
  }
  fprintf(stderr, "VORDEC_SMALL_DEVICE: no device '%s'\n", wanted ? wanted : "");
  abort();
}

void small_overstep(const char *format, ...) {
  char line[512];
  va_list args;
  va_start(args, format);
  vsnprintf(line, sizeof line, format, args);
  va_end(args);
  const char *path = getenv("VORDEC_SMALL_LOG");
  FILE *log = path ? fopen(path, "a") : NULL;
  if (log) {
    fprintf(log, "%s\n", line);
    fclose(log);
  }
  fprintf(stderr, "the plugin oversteps what its device announces: %s\n", line);
  abort();
}
