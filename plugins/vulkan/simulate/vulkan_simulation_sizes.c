/* SPDX-License-Identifier: MIT */
#include "vulkan_simulation_sizes.h"

#define TILE_MAX 4u
#define BUTTERFLIES_MIN 64u /* N */
#define THREADS_MIN 32u
#define THREADS_MAX 512u /* of a workgroup, where lines are computed as sums */
#define VALUES_WANTED 4u /* values of a thread, where lines are computed as sums */
#define VALUES_MAX 16u   /* values of a thread, in registers, where lines are butterflies */

/* Factorises n into eights, what is left of the twos, and odd primes. Up to VORDEC_MAX_N 8 factors are enough. */
static void factorise(uint32_t n, uint32_t largest, uint32_t *factors) {
  uint32_t count = 0, rest = n;
  for (uint32_t p = largest; p > 1; p /= 2) {
    for (; rest % p == 0; rest /= p) factors[count++] = p;
  }
  for (; rest % 9 == 0; rest /= 9) factors[count++] = 9;
  for (uint32_t p = 3; rest > 1; p += 2) {
    if (p * p > rest) p = rest;
    for (; rest % p == 0; rest /= p) factors[count++] = p;
  }
}

static bool power_of_two(uint32_t n) {
  return (n & (n - 1)) == 0;
}

/* Chooses how lines of `values` complex values lie in shared memory. Returns false if they do not fit. */
static bool lay_out(const VkPhysicalDeviceLimits *limits, uint64_t values, uint32_t real_bytes,
                    struct vulkan_simulation_lines *lines) {
  for (uint32_t parts = 2; parts > 0; parts--) {
    const uint64_t unused = parts == 1 ? 1 : 0; /* since no array may be empty */
    const uint64_t bytes = (parts * values + unused) * real_bytes, padding = parts * (values / 8) * real_bytes;
    if (bytes > limits->maxComputeSharedMemorySize) continue;
    lines->split = parts == 1;
    lines->padded = bytes + padding <= limits->maxComputeSharedMemorySize;
    return true;
  }
  return false;
}

/* Chooses how lines are processed; `values` is the number of complex values of all of them. */
static struct vulkan_simulation_lines cut(const VkPhysicalDeviceLimits *limits, uint32_t n, uint32_t values,
                                          uint32_t real_bytes) {
  uint32_t most = limits->maxComputeWorkGroupInvocations;
  if (most > limits->maxComputeWorkGroupSize[0]) most = limits->maxComputeWorkGroupSize[0];
  struct vulkan_simulation_lines lines = {.values = n >= 256 && real_bytes == 4 ? 8 : 4};
  while (values / lines.values > most && lines.values < VALUES_MAX) lines.values *= 2;
  lines.threads = values / lines.values;
  lines.butterflies = power_of_two(n) && n >= BUTTERFLIES_MIN && lines.threads <= most;
  factorise(n, lines.butterflies && lines.values == 4 ? 4 : 8, lines.factors);
  if (lines.butterflies) return lines;
  if (most > THREADS_MAX) most = THREADS_MAX;
  for (lines.threads = THREADS_MIN; lines.threads * VALUES_WANTED < values && 2 * lines.threads <= most;) {
    lines.threads *= 2;
  }
  lines.values = (values + lines.threads - 1) / lines.threads;
  return lines;
}

/* Chooses the widest tile whose threads need not take turns, but one of which two rows fill at least 32 bytes. */
static uint32_t choose_tile(const VkPhysicalDeviceLimits *limits, uint32_t n, uint32_t real_bytes) {
  const uint32_t least = real_bytes == 4 ? 2 : 1;
  struct vulkan_simulation_lines lines;
  uint32_t tile = n <= 512 ? TILE_MAX / 2 : TILE_MAX;
  while (tile > least && (!lay_out(limits, (uint64_t)n * tile, real_bytes, &lines) || lines.split)) tile /= 2;
  while (tile > 1 && !lay_out(limits, (uint64_t)n * tile, real_bytes, &lines)) tile /= 2;
  return tile;
}

bool vulkan_simulation_sizes_settle(const VkPhysicalDeviceLimits *limits, const struct simulation_shape *shape,
                                    struct vulkan_simulation_sizes *sizes) {
  const uint32_t n = shape->n, real_bytes = shape->real_bytes;
  const uint64_t half = n / 2 + 1;
  *sizes = (struct vulkan_simulation_sizes){.tile = choose_tile(limits, n, real_bytes), .shares = 1};
  sizes->groups = (uint32_t)((half + sizes->tile - 1) / sizes->tile);
  sizes->spectrum = (uint64_t)sizes->groups * sizes->tile * n;
  sizes->derived = (shape->dealias ? 5 : 4) * sizes->spectrum + half + 1;
  sizes->rows = cut(limits, n, n, real_bytes);
  sizes->columns = cut(limits, n, n * sizes->tile, real_bytes);
  return lay_out(limits, n, real_bytes, &sizes->rows) &&
         lay_out(limits, (uint64_t)n * sizes->tile, real_bytes, &sizes->columns);
}
