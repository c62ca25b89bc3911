/* SPDX-License-Identifier: MIT */
/*
 * grid_part.h - a grid of workgroups in parts. Pure.
 */
#ifndef VORDEC_VULKAN_GRID_PART_H
#define VORDEC_VULKAN_GRID_PART_H

#include <stdint.h>

/* A grid of workgroups, or a box in one. */
struct grid {
  uint32_t x, y, z;
};

struct grid_part {
  struct grid base, size;
};

static inline uint64_t grid_count(struct grid grid) {
  return (uint64_t)grid.x * grid.y * grid.z;
}

/* Returns the largest box that begins at the workgroup `at` of the grid, counted along x, then y, then z. The box holds
 * the workgroups that follow it without a gap, and at most `most` (> 0) of them. */
struct grid_part grid_part_at(struct grid grid, uint64_t at, uint64_t most);

#endif
