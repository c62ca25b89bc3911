/* SPDX-License-Identifier: MIT */
#include "measure.h"

#include "buffer.h"
#include "core/base/sort.h"

uint64_t measure_bytes(const struct gpu *gpu, uint64_t asked) {
  const struct device_facts *facts = &gpu->facts;
  const uint32_t type = buffer_memory_type(facts, BUFFER_DEVICE, UINT32_MAX);
  const uint32_t heap = type == UINT32_MAX ? 0 : facts->memory.memoryTypes[type].heapIndex;
  const uint64_t room = device_heap_available(&gpu->vk, facts, heap) / 2;
  const uint64_t bytes = asked < room ? asked : room;
  return bytes < facts->max_buffer_bytes ? bytes : facts->max_buffer_bytes;
}

double measure_median(double *values, size_t count) {
  sort_numbers(values, count);
  return values[count / 2];
}
