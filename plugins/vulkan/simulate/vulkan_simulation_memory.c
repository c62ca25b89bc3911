/* SPDX-License-Identifier: MIT */
#include "vulkan_simulation_memory.h"

#include "transforms/unit_root.h"
#include "vulkan_simulation_record.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define STAGING_BYTES (32u << 20)

struct part {
  enum buffer_place place;
  uint64_t size;
  const char *name;
};

static void list_parts(const struct vordec_backend_simulation *simulation, struct part *parts) {
  const struct vulkan_simulation_sizes *sizes = &simulation->sizes;
  const uint64_t n = simulation->setup.n, members = simulation->setup.members, real = simulation->real_bytes;
  const uint64_t field = n * n * real, pair = 2 * real, record = (1 + 2 * members) * sizeof(uint32_t);
  const bool single = simulation->setup.precision == VORDEC_FP32;
  const uint64_t rows = STAGING_BYTES / (n * 8), staging = (rows < n ? rows : n) * n * 8; /* with the remainders */
  parts[SIMULATION_ROOTS] = (struct part){BUFFER_DEVICE, n * pair, "simulation roots"};
  parts[SIMULATION_FIELD] = (struct part){BUFFER_DEVICE, members * field, "simulation field"};
  parts[SIMULATION_REMAINDER] =
      (struct part){BUFFER_DEVICE, single ? members * field : sizeof(double), "simulation remainder"};
  parts[SIMULATION_MIDWAY] = (struct part){BUFFER_DEVICE, 2 * members * field, "simulation midway"};
  parts[SIMULATION_BEFORE] = (struct part){BUFFER_DEVICE, members * sizes->spectrum * pair, "simulation before"};
  parts[SIMULATION_PREDICTED] = (struct part){BUFFER_DEVICE, members * sizes->spectrum * pair, "simulation predicted"};
  parts[SIMULATION_DERIVED] = (struct part){BUFFER_DEVICE, members * sizes->derived * pair, "simulation derived"};
  parts[SIMULATION_RECORD] = (struct part){BUFFER_DEVICE, record, "simulation record"};
  parts[SIMULATION_RECORD_READBACK] = (struct part){BUFFER_READBACK, record, "simulation record readback"};
  parts[SIMULATION_UPLOAD] =
      (struct part){BUFFER_UPLOAD, staging > 2 * n * 8 ? staging : 2 * n * 8, "simulation upload"};
  parts[SIMULATION_READBACK] = (struct part){BUFFER_READBACK, staging, "simulation readback"};
}

/* Checks that each heap has room for its buffers, and that the largest is not larger than a buffer may be. */
static enum vordec_status check_room(const struct vordec_session *session, const struct part *parts,
                                     struct vordec_error *error) {
  const struct device_facts *facts = &session->gpu.facts;
  uint64_t need[VK_MAX_MEMORY_HEAPS] = {0};
  for (size_t i = 0; i < SIMULATION_BUFFERS; i++) {
    if (parts[i].size > facts->max_buffer_bytes) {
      return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY,
                         "the simulation needs a buffer of %llu bytes (%s); %.200s allows %llu",
                         (unsigned long long)parts[i].size, parts[i].name, facts->info.name,
                         (unsigned long long)facts->max_buffer_bytes);
    }
    const uint32_t type = buffer_memory_type(facts, parts[i].place, UINT32_MAX);
    if (type != UINT32_MAX) need[facts->memory.memoryTypes[type].heapIndex] += parts[i].size;
  }
  for (uint32_t heap = 0; heap < facts->memory.memoryHeapCount; heap++) {
    const uint64_t available = need[heap] ? device_heap_available(&session->gpu.vk, facts, heap) : 0;
    if (need[heap] <= available) continue;
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY,
                       "the simulation needs %llu bytes of device memory; %.200s has %llu available",
                       (unsigned long long)need[heap], facts->info.name, (unsigned long long)available);
  }
  return VORDEC_OK;
}

enum vordec_status vulkan_simulation_memory_create(struct vordec_backend_simulation *simulation,
                                                   struct vordec_error *error) {
  struct part parts[SIMULATION_BUFFERS];
  list_parts(simulation, parts);
  enum vordec_status status = check_room(simulation->session, parts, error);
  for (size_t i = 0; i < SIMULATION_BUFFERS && !status; i++) {
    status = buffer_create(&simulation->session->gpu, parts[i].place, parts[i].size, parts[i].name,
                           &simulation->buffers[i], error);
  }
  return status;
}

void vulkan_simulation_memory_destroy(struct vordec_backend_simulation *simulation) {
  for (size_t i = 0; i < SIMULATION_BUFFERS; i++) {
    buffer_destroy(&simulation->session->gpu, &simulation->buffers[i]);
  }
}

void vulkan_simulation_memory_count(const struct vordec_backend_simulation *simulation, uint64_t *host,
                                    uint64_t *device) {
  *host = sizeof *simulation + simulation->setup.members * sizeof *simulation->lost;
  *device = 0;
  for (size_t i = 0; i < SIMULATION_BUFFERS; i++) {
    *(simulation->buffers[i].mapped ? host : device) += simulation->buffers[i].size;
  }
}

/* Splits a number into a sum of two floats, as a step leaves them (simulate_rows.comp): the second is at most half of
 * the first's last place, and a multiple of 2^-46 of its power of two. A number that a float holds has a second part of
 * 0. */
static void split(double value, float *single, float *remainder) {
  int exponent = 0;
  *single = (float)value;
  *remainder = 0.0f;
  if (fabsf(*single) < FLT_MIN) return;
  frexp((double)*single, &exponent);
  const double grid = ldexp(1.0, exponent - 1 - 46);
  const double whole = (double)*single + nearbyint((value - (double)*single) / grid) * grid;
  *single = (float)whole;
  *remainder = (float)(whole - (double)*single);
}

/* Converts the values. In fp32 `count` remainders follow them. */
static void put_reals(const struct vordec_backend_simulation *simulation, const double *from, size_t count) {
  void *to = simulation->buffers[SIMULATION_UPLOAD].mapped;
  if (simulation->setup.precision == VORDEC_FP64) {
    memcpy(to, from, count * sizeof *from);
    return;
  }
  float *values = to;
  for (size_t i = 0; i < count; i++) split(from[i], &values[i], &values[count + i]);
}

static void take_reals(const struct vordec_backend_simulation *simulation, double *to, size_t count) {
  const void *from = simulation->buffers[SIMULATION_READBACK].mapped;
  if (simulation->setup.precision == VORDEC_FP64) {
    memcpy(to, from, count * sizeof *to);
    return;
  }
  const float *values = from;
  for (size_t i = 0; i < count; i++) to[i] = (double)values[i] + (double)values[count + i];
}

static enum vordec_status flush(struct vordec_backend_simulation *simulation, struct vordec_error *error) {
  struct gpu *gpu = &simulation->session->gpu;
  const VkResult result = buffer_flush(gpu, &simulation->buffers[SIMULATION_UPLOAD]);
  return result == VK_SUCCESS ? VORDEC_OK : gpu_fail(gpu, result, "vkFlushMappedMemoryRanges", error);
}

/* Returns entry `at` of the table of roots. That is exp(-2 pi i at / n), or for fused steps exp(-2 pi i k / m) at m / 2
 * + k. */
static double complex root_of(const struct vordec_backend_simulation *simulation, size_t at) {
  if (simulation->way->values == 0) return unit_root(at, simulation->setup.n);
  size_t half = 1;
  while (2 * half <= at) half *= 2;
  return at ? unit_root(at - half, 2 * half) : 1.0;
}

enum vordec_status vulkan_simulation_memory_start(struct vordec_backend_simulation *simulation,
                                                  struct vordec_error *error) {
  const uint32_t n = simulation->setup.n;
  const size_t at_once = 512;
  for (size_t first = 0; first < n; first += at_once) {
    double roots[2 * 512];
    const size_t count = n - first < at_once ? n - first : at_once;
    for (size_t j = 0; j < count; j++) {
      const double complex root = root_of(simulation, first + j);
      roots[2 * j] = creal(root);
      roots[2 * j + 1] = -cimag(root);
    }
    put_reals(simulation, roots, 2 * count);
    enum vordec_status status = flush(simulation, error);
    const uint64_t pair = 2ull * simulation->real_bytes;
    const VkBufferCopy region = {.dstOffset = first * pair, .size = count * pair};
    if (!status) status = vulkan_simulation_copy(simulation, SIMULATION_UPLOAD, SIMULATION_ROOTS, &region, error);
    if (status) return status;
  }
  return vulkan_simulation_clear(simulation, error);
}

/* How many rows are copied at once, and where a row of a member begins. */
static uint32_t rows_at_once(const struct vordec_backend_simulation *simulation, uint32_t first) {
  const uint64_t row = (uint64_t)simulation->setup.n * 8;
  const uint32_t fitting = (uint32_t)(simulation->buffers[SIMULATION_READBACK].size / row);
  const uint32_t left = simulation->setup.n - first;
  return left < fitting ? left : fitting;
}

static uint64_t row_offset(const struct vordec_backend_simulation *simulation, uint32_t member, uint32_t row) {
  const uint64_t n = simulation->setup.n;
  return (member * n + row) * n * simulation->real_bytes;
}

enum vordec_status vulkan_simulation_memory_put(struct vordec_backend_simulation *simulation, uint32_t member,
                                                const double *omega, struct vordec_error *error) {
  const size_t n = simulation->setup.n;
  const bool single = simulation->setup.precision == VORDEC_FP32;
  uint32_t rows = 0;
  for (uint32_t first = 0; first < n; first += rows) {
    rows = rows_at_once(simulation, first);
    put_reals(simulation, omega + first * n, rows * n);
    enum vordec_status status = flush(simulation, error);
    const uint64_t bytes = (uint64_t)rows * n * simulation->real_bytes, at = row_offset(simulation, member, first);
    const VkBufferCopy field = {.dstOffset = at, .size = bytes}, remainder = {bytes, at, bytes};
    if (!status) status = vulkan_simulation_copy(simulation, SIMULATION_UPLOAD, SIMULATION_FIELD, &field, error);
    if (!status && single) {
      status = vulkan_simulation_copy(simulation, SIMULATION_UPLOAD, SIMULATION_REMAINDER, &remainder, error);
    }
    if (status) return status;
  }
  return VORDEC_OK;
}

enum vordec_status vulkan_simulation_memory_take(struct vordec_backend_simulation *simulation, uint32_t member,
                                                 double *omega, struct vordec_error *error) {
  struct gpu *gpu = &simulation->session->gpu;
  const size_t n = simulation->setup.n;
  const bool single = simulation->setup.precision == VORDEC_FP32;
  uint32_t rows = 0;
  for (uint32_t first = 0; first < n; first += rows) {
    rows = rows_at_once(simulation, first);
    const uint64_t bytes = (uint64_t)rows * n * simulation->real_bytes, at = row_offset(simulation, member, first);
    const VkBufferCopy field = {.srcOffset = at, .size = bytes}, remainder = {at, bytes, bytes};
    enum vordec_status status =
        vulkan_simulation_copy(simulation, SIMULATION_FIELD, SIMULATION_READBACK, &field, error);
    if (!status && single) {
      status = vulkan_simulation_copy(simulation, SIMULATION_REMAINDER, SIMULATION_READBACK, &remainder, error);
    }
    if (status) return status;
    const VkResult result = buffer_invalidate(gpu, &simulation->buffers[SIMULATION_READBACK]);
    if (result != VK_SUCCESS) return gpu_fail(gpu, result, "vkInvalidateMappedMemoryRanges", error);
    take_reals(simulation, omega + first * n, rows * n);
  }
  return VORDEC_OK;
}
