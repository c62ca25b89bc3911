/* SPDX-License-Identifier: MIT */
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
  uint32_t areas;                           /* of a fused step: used alternately */
  bool butterflies;                         /* factors 2, 4 and 8 in registers, which all divide `values` */
};

/* What the sizes follow from. */
struct simulation_shape {
  uint32_t n, members, real_bytes;
  bool dealias;
};

struct vulkan_simulation_sizes {
  uint32_t tile;   /* columns of a block */
  uint32_t groups; /* of columns of half a row, by which the pass along y is divided */
  uint32_t shares; /* workgroups that take the same ones and derive different fields; more than 1 in fused steps only */
  uint64_t spectrum; /* complex values of a half-transformed field, with padding */
  uint64_t derived;  /* of all that is derived from one */
  struct vulkan_simulation_lines rows, columns;
  uint32_t n_log, tile_log, values_log, columns_log; /* of a fused step: logarithms of base two; columns: of a group */
  bool early; /* of a fused step: few threads, which may take many registers and wait less for memory */
};

/* Of a step of any N. Depends on nothing but its arguments, and not on the members. Returns false if a line of n
 * numbers does not fit into a workgroup's shared memory. */
bool vulkan_simulation_sizes_settle(const VkPhysicalDeviceLimits *limits, const struct simulation_shape *shape,
                                    struct vulkan_simulation_sizes *sizes);

#endif
