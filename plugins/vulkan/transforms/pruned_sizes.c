/* SPDX-License-Identifier: MIT */
#include "pruned_sizes.h"

#include "bit_majority.h"
#include "gpu/vulkan_host.h"

#include <string.h>

#define LINE_PADDING 8u         /* the padding of lines, in rows: as much as a peak covers */
#define LANES_MAX 32u           /* the most threads side by side, with 4 pairs of cells each */
#define SHARE_MAX 5u            /* the most columns that a thread sums along y */
#define CHUNK_MAX 13u           /* the most columns in shared memory at a time */
#define SHARED_BYTES_MAX 32768u /* leaves room for two workgroups at a time on a processor of a small device */
#define SHARED_BYTES_ALL 65536u /* all that a processor has, as AMD's devices announce it */
#define COLUMN_BYTES_MAX 8192u
/* So many workgroups keep a large device busy; further tiles are done by the same ones. The workgroups that look for
 * max |R| all begin with the same number of edge columns, however many tiles follow. */
#define GROUPS_AT_ONCE 2048u
#define ABSMAX_GROUPS_AT_ONCE 512u
#define ABSMAX_GROUPS_BESIDE 256u /* so few leave room for the rows of omega_lp beside them */
#define FUSED_MASK_MIN 512u
#define FUSED_MASK_REACH 5u
#define EARLY_PERCENT 20u /* of omega_lp is made beside the search for max |R|, which is shorter than the mask */
#define SMALL_WORK 65536u /* with fewer cells of lines than this it pays to spread threads out */

static uint32_t min_u32(uint32_t a, uint32_t b) {
  return a < b ? a : b;
}

static uint64_t max_u64(uint64_t a, uint64_t b) {
  return a > b ? a : b;
}

/* How many rows a thread's registers can hold. Where R is summed in few places, fewer rows leave room for more threads
 * at a time. */
static uint32_t rows_of_field(enum vordec_precision precision) {
  return precision == VORDEC_FP64 ? 2 : 4;
}
static uint32_t rows_of_residual(enum vordec_precision precision, bool fused_mask) {
  return precision == VORDEC_FP64 || fused_mask ? 4 : 8;
}

uint32_t pruned_row_of(uint32_t ky, uint32_t n) {
  return 2 * ky <= n ? ky : n - ky;
}

static uint32_t count_basis_rows(const struct mode_table *modes, uint32_t n, bool *seen) {
  uint32_t rows = 0;
  memset(seen, 0, n * sizeof *seen);
  for (uint32_t i = 0; i < modes->mode_count; i++) {
    const uint32_t row = pruned_row_of(modes->modes[i].ky, n);
    rows += !seen[row];
    seen[row] = true;
  }
  return rows;
}

/* Chooses the widest of the tiles that waste least beyond the middle of a row. */
static uint32_t choose_lanes(uint32_t half) {
  uint32_t best = LANES_MAX;
  for (uint32_t lanes = LANES_MAX / 2; lanes >= 8; lanes /= 2) {
    if (ceil_div(half, 4 * lanes) * lanes < ceil_div(half, 4 * best) * best) best = lanes;
  }
  return best;
}

/* Divides the columns into equal chunks that fit into shared memory beside what else the passes keep there. */
static uint32_t choose_chunk(const struct vordec_plan *plan, const struct pruned_sizes *sizes) {
  const uint32_t columns = sizes->columns, lanes = sizes->lanes;
  const uint32_t limit = plan->session->gpu.facts.properties.limits.maxComputeSharedMemorySize;
  const uint32_t rows = VORDEC_WORKGROUP / lanes * sizes->residual_rows, real = plan->real_bytes;
  const uint32_t column_bytes = (8 * lanes + 2 * rows) * real, other_bytes = VORDEC_WORKGROUP * (real + 16) + 64;
  const uint32_t fits = min_u32(CHUNK_MAX, (min_u32(limit, SHARED_BYTES_MAX) - other_bytes) / column_bytes);
  return ceil_div(columns, ceil_div(columns, fits));
}

static void set_columns(const struct vordec_plan *plan, struct pruned_sizes *sizes) {
  sizes->share = ceil_div(sizes->columns, ceil_div(sizes->columns, SHARE_MAX));
  sizes->height = (uint64_t)sizes->pitch * sizes->columns * plan->desc.batch < SMALL_WORK ? 32 : 128;
  const uint32_t width = VORDEC_WORKGROUP / sizes->height * sizes->share;
  sizes->row_chunk = min_u32(sizes->basis_rows, COLUMN_BYTES_MAX / (width * 4 * plan->real_bytes));
}

static uint32_t count_tiles_x(const struct pruned_sizes *sizes) {
  return sizes->half_pitch / (4 * sizes->lanes);
}

static uint32_t count_tiles(const struct vordec_plan *plan, const struct pruned_sizes *sizes, uint32_t rows) {
  return count_tiles_x(sizes) * ceil_div(plan->n, VORDEC_WORKGROUP / sizes->lanes * rows);
}

/* Returns the number of workgroups for a state: one for each tile, or fewer if `at_once` workgroups for all states are
 * enough. A workgroup takes tiles below each other, which share a basis. */
static uint32_t count_groups(const struct vordec_plan *plan, const struct pruned_sizes *sizes, uint32_t rows,
                             uint32_t at_once) {
  const uint32_t tiles_x = count_tiles_x(sizes), tiles = count_tiles(plan, sizes, rows);
  return min_u32(ceil_div(ceil_div(at_once, plan->desc.batch), tiles_x) * tiles_x, tiles);
}

/* Shared memory of the kernel that does a whole grid; its declarations say what for. */
static uint64_t field_bytes(const struct vordec_plan *plan, const struct pruned_sizes *sizes) {
  const uint64_t n = plan->n, edges = (uint64_t)sizes->edge_left + sizes->edge_right, threads = n * n / 32;
  const uint64_t columns = sizes->columns, differences = edges ? columns * n : 0;
  const uint64_t tile = differences > threads ? differences : threads, factors = edges <= 16 ? columns * edges : 0;
  return 16 * sizes->basis_rows * columns + 20 * columns * n + 4 * edges * n + 16 * factors + 12 * threads + 8 * tile +
         128; /* for a few single words, and for alignment */
}

/* The same for the dense kernel, in which this is exact: it has two arrays of words. */
static uint64_t dense_bytes(const struct vordec_plan *plan, const struct pruned_sizes *sizes) {
  const uint64_t n = plan->n, edges = (uint64_t)sizes->edge_left + sizes->edge_right, threads = n * n / 32;
  const uint64_t columns = sizes->columns, differences = edges ? columns * n : 0;
  const uint64_t early = 4 * sizes->basis_rows * columns + 2 * differences;
  const uint64_t later = max_u64(edges * n, 2 * threads) + columns * n + threads + 4;
  return 4 * (max_u64(4 * columns * n, 5 * threads) + max_u64(early, later));
}

/*
 * Chooses the dense kernel if only that one fits, unless the device announces more than little and less than all of a
 * processor's memory: several kernels were faster there. Where more than little is announced, it also chooses the dense
 * kernel if more of its workgroups fit side by side: AMD's devices announce all of a processor's memory, and NVIDIA's
 * driver gives all workgroups of a processor together as much as it announces for one (measured). With little, on
 * llvmpipe, that was half slower.
 */
static enum pruned_whole choose_whole(const struct vordec_plan *plan, const struct pruned_sizes *sizes) {
  const VkPhysicalDeviceLimits *limits = &plan->session->gpu.facts.properties.limits;
  const uint32_t threads = plan->n * plan->n / 32, limit = limits->maxComputeSharedMemorySize;
  if (plan->desc.precision != VORDEC_FP32 || (plan->n != 64 && plan->n != 128)) return PRUNED_IN_KERNELS;
  if (threads > limits->maxComputeWorkGroupInvocations || threads > limits->maxComputeWorkGroupSize[0]) {
    return PRUNED_IN_KERNELS;
  }
  const uint64_t usual = field_bytes(plan, sizes), dense = dense_bytes(plan, sizes);
  const bool little = limit <= SHARED_BYTES_MAX, all = limit >= SHARED_BYTES_ALL;
  const bool side_by_side = !little && limit / dense > limit / usual;
  if (usual <= limit && !side_by_side) return PRUNED_WHOLE;
  return (usual <= limit || little || all) && dense <= limit ? PRUNED_WHOLE_DENSE : PRUNED_IN_KERNELS;
}

/*
 * Whether the mask is made in one pass. That pays where R is expected to reach the threshold in few places, namely
 * along the edges of a zero boundary, which is so if smoothing takes no more than about a twentieth from the shortest
 * wave. On smaller grids too few tiles are without edges.
 */
static bool fuses_mask(const struct vordec_plan *plan, const struct pruned_sizes *sizes) {
  const uint64_t reach = (uint64_t)plan->desc.smooth_width * sizes->columns * FUSED_MASK_REACH;
  return plan->n >= FUSED_MASK_MIN && reach <= plan->n && plan->n % 64 == 0 && pruned_edges(sizes) > 0 &&
         sizes->columns <= CHUNK_MAX && bit_majority_is_one(plan->desc.majority_iters);
}

/* How many tiles of omega_lp are made early: whole rows of tiles. */
static uint32_t early_tiles(const struct vordec_plan *plan, const struct pruned_sizes *sizes) {
  const uint32_t tiles = pruned_field_tiles(plan, sizes), tiles_x = count_tiles_x(sizes);
  if (!sizes->fused_mask) return tiles;
  return (uint32_t)((uint64_t)(tiles / tiles_x) * EARLY_PERCENT / 100) * tiles_x;
}

static void set_sizes(const struct vordec_plan *plan, struct pruned_sizes *sizes) {
  const uint32_t n = plan->n, half = ceil_div(n, 2), width = plan->desc.smooth_width;
  sizes->columns = plan->low_modes.column_count;
  sizes->field_rows = rows_of_field(plan->desc.precision);
  sizes->pitch = ceil_div(n, LINE_PADDING) * LINE_PADDING;
  sizes->lanes = choose_lanes(half);
  sizes->half_pitch = ceil_div(half, 4 * sizes->lanes) * 4 * sizes->lanes;
  if (plan->desc.boundary == VORDEC_BOUNDARY_ZERO) {
    sizes->edge_left = width / 2;
    sizes->edge_right = width - 1 - width / 2;
  }
  sizes->fused_mask = fuses_mask(plan, sizes);
  sizes->residual_rows = rows_of_residual(plan->desc.precision, sizes->fused_mask);
  sizes->chunk = choose_chunk(plan, sizes);
  sizes->whole = choose_whole(plan, sizes);
  if (sizes->whole) {
    sizes->absmax_groups = 1;
    return;
  }
  set_columns(plan, sizes);
  sizes->row_groups = count_groups(plan, sizes, sizes->field_rows, GROUPS_AT_ONCE);
  sizes->ternary_groups = count_groups(plan, sizes, sizes->residual_rows, GROUPS_AT_ONCE);
  const uint32_t at_once = sizes->fused_mask ? ABSMAX_GROUPS_BESIDE : ABSMAX_GROUPS_AT_ONCE;
  const uint32_t groups = count_groups(plan, sizes, sizes->residual_rows, at_once);
  sizes->absmax_groups = min_u32(groups, VORDEC_GROUPS_MAX); /* each has one partial result */
  sizes->early_tiles = early_tiles(plan, sizes);
}

uint64_t pruned_peaks(const struct vordec_plan *plan, const struct pruned_sizes *sizes) {
  return (uint64_t)ceil_div(plan->n, sizes->residual_rows) * (sizes->half_pitch / 4);
}

uint32_t pruned_field_tiles(const struct vordec_plan *plan, const struct pruned_sizes *sizes) {
  return count_tiles(plan, sizes, sizes->field_rows);
}

uint64_t pruned_bounds(const struct vordec_plan *plan, const struct pruned_sizes *sizes) {
  return (uint64_t)pruned_shares(sizes) * sizes->pitch + 1 + count_tiles(plan, sizes, sizes->residual_rows);
}

enum vordec_status pruned_sizes_settle(const struct vordec_plan *plan, struct pruned_sizes *sizes,
                                       struct vordec_error *error) {
  const struct vordec_host *host = plan->session->gpu.host;
  bool *seen = host_alloc(host, plan->n, sizeof *seen);
  if (!seen) return host_no_memory(error, "the pruned transform");
  sizes->basis_rows = count_basis_rows(&plan->low_modes, plan->n, seen);
  host_free(host, seen);
  set_sizes(plan, sizes);
  if (sizes->columns <= PRUNED_MODES_MAX && sizes->basis_rows <= PRUNED_MODES_MAX) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_FFT_SIZE,
                     "pruned is for spectra of up to %u columns and rows with modes; this one has %u and %u",
                     PRUNED_MODES_MAX, (unsigned)sizes->columns, (unsigned)sizes->basis_rows);
}

uint32_t pruned_partials(const struct vordec_plan *plan, const struct pruned_sizes *sizes) {
  return sizes->whole ? 1 : min_u32(count_tiles(plan, sizes, sizes->residual_rows), VORDEC_GROUPS_MAX);
}
