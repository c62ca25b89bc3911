/*
 * vulkan_simulation_sizes.h - how the passes of a step are cut into workgroups. Pure.
 */
#ifndef VORDEC_VULKAN_SIMULATION_SIZES_H
#define VORDEC_VULKAN_SIMULATION_SIZES_H

#include <stdbool.h>
#include <stdint.h>
#include <vulkan/vulkan.h>

#define SIMULATION_FACTORS_MAX 8

/* How the lines of a workgroup are transformed. */
struct vulkan_simulation_lines {
  uint32_t threads, values;                 /* of a workgroup; of a thread */
  uint32_t factors[SIMULATION_FACTORS_MAX]; /* whose product is N; 0: no more */
  bool split, padded;                       /* one part of the values at a time; with room between them */
  bool butterflies;                         /* factors 2, 4 and 8 in registers, which all divide `values` */
};

struct vulkan_simulation_sizes {
  uint32_t tile;     /* columns of a block */
  uint32_t blocks;   /* of half a row */
  uint64_t spectrum; /* complex values of a half-transformed field, with padding */
  uint64_t derived;  /* of all that is derived from one */
  struct vulkan_simulation_lines rows, columns;
};

/* Depends on nothing but its arguments, least of all on the number of members. Returns false if a line of n
 * numbers does not fit into a workgroup's shared memory. */
bool vulkan_simulation_sizes_settle(const VkPhysicalDeviceLimits *limits, uint32_t n, uint32_t real_bytes, bool dealias,
                                    struct vulkan_simulation_sizes *sizes);

#endif
