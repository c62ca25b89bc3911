/* SPDX-License-Identifier: MIT */
#include "grid_part.h"

static uint32_t least(uint64_t fits, uint32_t left) {
  return fits < left ? (uint32_t)fits : left;
}

struct grid_part grid_part_at(struct grid grid, uint64_t at, uint64_t most) {
  const uint64_t plane = (uint64_t)grid.x * grid.y;
  const uint32_t x = (uint32_t)(at % grid.x), y = (uint32_t)(at / grid.x % grid.y), z = (uint32_t)(at / plane);
  struct grid_part part = {.base = {x, y, z}, .size = {least(most, grid.x - x), 1, 1}};
  if (x > 0 || most < grid.x) return part;
  part.size.y = least(most / grid.x, grid.y - y);
  if (y > 0 || most < plane) return part;
  part.size.z = least(most / plane, grid.z - z);
  return part;
}
