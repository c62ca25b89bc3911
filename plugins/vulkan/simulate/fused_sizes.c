/* SPDX-License-Identifier: MIT */
#include "fused_sizes.h"

#include "push_constants.h"

#define CHUNK_BYTES 128u    /* two rows of a block fill a line of a cache, which the pass along x reads */
#define PIECE_BYTES 32u     /* two rows of a workgroup fill what a cache fetches, in the pass along y */
#define PIECES_N_MAX 512u   /* up to this N it is twice as much, since there are few threads */
#define GROUPS_WANTED 256u  /* wanted by the pass along y: two for each unit of a large device */
#define EARLY_N_MAX 512u    /* up to this N a large device has few rows for each of its units */
#define EARLY_VALUES_MAX 8u /* values of a thread in single precision that leave registers free */
#define SHARES_MAX 4u       /* as many as there are derived fields */

static uint32_t log_of(uint32_t power) {
  uint32_t log = 0;
  while (power >> (log + 1)) log++;
  return log;
}

/* Chooses how lines of `values` complex values lie in shared memory: the fastest way that fits. Returns false if none
 * fits. */
static bool lay_out(const VkPhysicalDeviceLimits *limits, uint64_t values, uint32_t real_bytes,
                    struct vulkan_simulation_lines *lines) {
  static const struct {
    uint32_t parts, areas;
    bool padded;
  } ways[] = {{2, 2, true}, {2, 1, true}, {1, 1, true}, {1, 1, false}};
  const uint64_t padding = values / lines->values;
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    const uint64_t area = values + (ways[i].padded ? padding : 0), unused = 2; /* since no array may be empty */
    if ((ways[i].parts * ways[i].areas * area + unused) * real_bytes > limits->maxComputeSharedMemorySize) continue;
    lines->split = ways[i].parts == 1;
    lines->areas = ways[i].areas;
    lines->padded = ways[i].padded;
    return true;
  }
  return false;
}

/* Chooses how `count` lines are processed side by side. Returns false if they do not fit. */
static bool cut(const VkPhysicalDeviceLimits *limits, const struct simulation_way *way, uint32_t count,
                const struct simulation_shape *shape, struct vulkan_simulation_lines *lines) {
  *lines = (struct vulkan_simulation_lines){
      .threads = shape->n / way->values * count, .values = way->values, .butterflies = true};
  return lines->threads <= limits->maxComputeWorkGroupInvocations &&
         lines->threads <= limits->maxComputeWorkGroupSize[0] &&
         lay_out(limits, (uint64_t)shape->n * count, shape->real_bytes, lines);
}

/* Chooses the columns of a block: two rows of them fill CHUNK_BYTES, but there are never more columns than lie between
 * a thread's values. */
static uint32_t choose_tile(const struct simulation_way *way, const struct simulation_shape *shape) {
  const uint32_t most = CHUNK_BYTES / (4 * shape->real_bytes), apart = shape->n / way->values;
  return most < apart ? most : apart;
}

/* Chooses the columns of a workgroup of the pass along y: two rows of them fill PIECE_BYTES or twice as much. There are
 * fewer only if nothing else fits. */
static uint32_t choose_columns(const VkPhysicalDeviceLimits *limits, const struct simulation_way *way,
                               const struct simulation_shape *shape, uint32_t tile) {
  uint32_t columns = (shape->n <= PIECES_N_MAX ? 2 : 1) * PIECE_BYTES / (4 * shape->real_bytes);
  struct vulkan_simulation_lines lines;
  if (columns > tile) columns = tile;
  while (columns > 1 && !cut(limits, way, columns, shape, &lines)) columns /= 2;
  return columns;
}

/* Chooses how many workgroups share their columns: more where there are few workgroups. */
static uint32_t choose_shares(uint32_t groups, uint32_t members) {
  uint32_t shares = 1;
  while (shares < SHARES_MAX && (uint64_t)groups * members * shares < GROUPS_WANTED) shares *= 2;
  return shares;
}

bool fused_sizes_settle(const VkPhysicalDeviceLimits *limits, const struct simulation_way *way,
                        const struct simulation_shape *shape, struct vulkan_simulation_sizes *sizes) {
  const uint32_t n = shape->n, half = n / 2 + 1;
  if ((n & (n - 1)) != 0 || n < way->n_min || shape->real_bytes > way->real_bytes) return false;
  *sizes = (struct vulkan_simulation_sizes){.tile = choose_tile(way, shape)};
  const uint32_t columns = choose_columns(limits, way, shape, sizes->tile);
  sizes->groups = (half + columns - 1) / columns;
  sizes->shares = choose_shares(sizes->groups, shape->members);
  /* There are two rows more than a block has: fused.glsl says why. */
  sizes->spectrum = (uint64_t)((half + sizes->tile - 1) / sizes->tile) * sizes->tile * (n + 2);
  sizes->derived = (shape->dealias ? 5 : 4) * sizes->spectrum + VORDEC_SIMULATE_MEAN_ROOM + half + 1;
  sizes->early = n <= EARLY_N_MAX && shape->real_bytes == 4 && way->values <= EARLY_VALUES_MAX;
  sizes->n_log = log_of(n);
  sizes->tile_log = log_of(sizes->tile);
  sizes->values_log = log_of(way->values);
  sizes->columns_log = log_of(columns);
  return cut(limits, way, 1, shape, &sizes->rows) && cut(limits, way, columns, shape, &sizes->columns);
}
