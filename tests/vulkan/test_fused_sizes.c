/* SPDX-License-Identifier: MIT */
/*
 * How fused steps are cut into workgroups, for devices that have little and much: nothing exceeds what is announced,
 * every column is somebody's, and every thread has its values.
 */
#include "../../plugins/vulkan/simulate/fused_sizes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define KIB 1024u
#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct {
  uint32_t shared_bytes, threads;
  uint32_t single_n, double_n; /* the largest grid that any fused way serves */
} devices[] = {
    {16 * KIB, 128, 2048, 1024}, {16 * KIB, 256, 2048, 1024},  {32 * KIB, 256, 4096, 2048},
    {32 * KIB, 512, 4096, 2048}, {48 * KIB, 1024, 8192, 4096}, {64 * KIB, 1024, 8192, 4096},
};

static VkPhysicalDeviceLimits limits_of(size_t device) {
  return (VkPhysicalDeviceLimits){
      .maxComputeSharedMemorySize = devices[device].shared_bytes,
      .maxComputeWorkGroupInvocations = devices[device].threads,
      .maxComputeWorkGroupSize = {devices[device].threads, devices[device].threads, 64},
  };
}

/* As fused.glsl declares it: values or their parts, with one more for each value that a thread has, and what is
 * declared and not used. */
static uint64_t shared_bytes(const struct vulkan_simulation_lines *lines, uint64_t values, uint32_t real_bytes) {
  const uint64_t area = values + (lines->padded ? values / lines->values : 0);
  return lines->split ? (lines->areas * area + 2) * real_bytes : (2 * lines->areas * area + 1) * real_bytes;
}

static void check_lines(const struct vulkan_simulation_lines *lines, const VkPhysicalDeviceLimits *limits, uint32_t n,
                        uint32_t count, uint32_t real_bytes) {
  assert_in_range(lines->threads, 1, limits->maxComputeWorkGroupInvocations);
  assert_int_equal((uint64_t)lines->threads * lines->values, (uint64_t)n * count);
  assert_in_range(lines->areas, 1, 2);
  assert_true(shared_bytes(lines, (uint64_t)n * count, real_bytes) <= limits->maxComputeSharedMemorySize);
}

static void check(const struct vulkan_simulation_sizes *sizes, const struct simulation_way *way,
                  const VkPhysicalDeviceLimits *limits, const struct simulation_shape *shape) {
  const uint32_t n = shape->n, half = n / 2 + 1, columns = 1u << sizes->columns_log, apart = n / way->values;
  check_lines(&sizes->rows, limits, n, 1, shape->real_bytes);
  check_lines(&sizes->columns, limits, n, columns, shape->real_bytes);
  assert_int_equal(1u << sizes->n_log, n);
  assert_int_equal(1u << sizes->tile_log, sizes->tile);
  assert_int_equal(1u << sizes->values_log, way->values);
  assert_int_equal(sizes->tile % columns, 0); /* a workgroup's columns lie in one block */
  assert_int_equal(apart % sizes->tile, 0);   /* and a thread's values as far apart as whole blocks */
  assert_true(apart >= 2);                    /* two rows are neighbours */
  assert_true(sizes->groups * columns >= half && (sizes->groups - 1) * columns < half);
  assert_in_range(sizes->shares, 1, 4);
  assert_true(sizes->spectrum >= (uint64_t)half * n && sizes->spectrum % 2 == 0);
  assert_true(sizes->derived >= (shape->dealias ? 5 : 4) * sizes->spectrum + half + 2);
}

/* The largest grid that is served. */
static uint32_t check_ways(const VkPhysicalDeviceLimits *limits, struct simulation_shape shape) {
  uint32_t largest = 0;
  for (shape.n = 8; shape.n <= 16384; shape.n *= 2) {
    for (size_t i = 0; i < SIMULATION_WAYS; i++) {
      const struct simulation_way *way = &simulation_ways[i];
      struct vulkan_simulation_sizes sizes;
      if (way->values == 0 || !fused_sizes_settle(limits, way, &shape, &sizes)) continue;
      check(&sizes, way, limits, &shape);
      largest = shape.n;
    }
  }
  return largest;
}

static void nothing_exceeds_a_device(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(devices); i++) {
    const VkPhysicalDeviceLimits limits = limits_of(i);
    for (uint32_t members = 1; members < 100; members += 63) {
      const struct simulation_shape single = {.members = members, .real_bytes = 4, .dealias = members > 1};
      const struct simulation_shape twice = {.members = members, .real_bytes = 8, .dealias = members > 1};
      assert_int_equal(check_ways(&limits, single), devices[i].single_n);
      assert_int_equal(check_ways(&limits, twice), devices[i].double_n);
    }
  }
}

/* A member's bits do not depend on how many there are: what differs are workgroups that share columns. */
static void members_share_differently(void **state) {
  (void)state;
  const VkPhysicalDeviceLimits limits = limits_of(COUNT(devices) - 1);
  const struct simulation_way *way = simulation_way_find(SIMULATION_FUSED_8);
  struct simulation_shape shape = {.n = 256, .members = 1, .real_bytes = 4};
  struct vulkan_simulation_sizes one, many;
  assert_true(fused_sizes_settle(&limits, way, &shape, &one));
  shape.members = 64;
  assert_true(fused_sizes_settle(&limits, way, &shape, &many));
  assert_true(one.shares > many.shares);
  many.shares = one.shares;
  assert_memory_equal(&one, &many, sizeof one);
}

static void others_are_refused(void **state) {
  (void)state;
  const VkPhysicalDeviceLimits limits = limits_of(COUNT(devices) - 1);
  const struct simulation_shape shapes[] = {{.n = 96, .members = 1, .real_bytes = 4},
                                            {.n = 32, .members = 1, .real_bytes = 4},
                                            {.n = 256, .members = 1, .real_bytes = 8}};
  const char *const names[] = {SIMULATION_FUSED_8, SIMULATION_FUSED_8, SIMULATION_FUSED_16};
  for (size_t i = 0; i < COUNT(shapes); i++) {
    struct vulkan_simulation_sizes sizes;
    assert_false(fused_sizes_settle(&limits, simulation_way_find(names[i]), &shapes[i], &sizes));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_exceeds_a_device),
      cmocka_unit_test(members_share_differently),
      cmocka_unit_test(others_are_refused),
  };
  return cmocka_run_group_tests_name("fused sizes", tests, NULL, NULL);
}
