#include "pruned.h"

#include "gpu/vulkan_host.h"
#include "plan/record_stages.h"

#include <string.h>

#define LINE_PADDING 8u         /* of lines, in rows: what a peak covers */
#define LANES_MAX 32u           /* threads side by side, of 4 pairs each */
#define SHARE_MAX 5u            /* columns that a thread sums along y */
#define CHUNK_MAX 13u           /* columns in shared memory at a time */
#define SHARED_BYTES_MAX 32768u /* leaves room for two workgroups at a time on small devices' processors */
#define COLUMN_BYTES_MAX 8192u
/* Workgroups that keep a large device busy; more tiles are done by the same ones. Those that look for max |R| begin
 * with edge columns, the same number whatever they do afterwards. */
#define GROUPS_AT_ONCE 2048u
#define ABSMAX_GROUPS_AT_ONCE 512u
#define FIELD_SHARE 3u    /* likewise, in the kernel that does a whole grid */
#define SMALL_WORK 65536u /* cells of lines below which threads are better spread out */

static uint32_t ceil_div(uint32_t a, uint32_t b) {
  return (a - 1) / b + 1;
}

static uint32_t min_u32(uint32_t a, uint32_t b) {
  return a < b ? a : b;
}

/* Rows that a thread sums at a time, of omega_lp and of R: what its registers hold. */
static uint32_t rows_of_field(const struct vordec_plan *plan) {
  return plan->desc.precision == VORDEC_FP64 ? 2 : 4;
}
static uint32_t rows_of_residual(const struct vordec_plan *plan) {
  return plan->desc.precision == VORDEC_FP64 ? 4 : 8;
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

/* The widest tile that wastes least beyond the middle of a row. */
static uint32_t choose_lanes(uint32_t half) {
  uint32_t best = LANES_MAX;
  for (uint32_t lanes = LANES_MAX / 2; lanes >= 8; lanes /= 2) {
    if (ceil_div(half, 4 * lanes) * lanes < ceil_div(half, 4 * best) * best) best = lanes;
  }
  return best;
}

/* Columns are taken in equal chunks that fit into shared memory, beside what the passes keep there for other ends. */
static uint32_t choose_chunk(const struct vordec_plan *plan, uint32_t columns, uint32_t lanes) {
  const uint32_t limit = plan->session->facts.properties.limits.maxComputeSharedMemorySize;
  const uint32_t rows = VORDEC_WORKGROUP / lanes * rows_of_residual(plan), real = plan->real_bytes;
  const uint32_t column_bytes = (8 * lanes + 2 * rows) * real, other_bytes = VORDEC_WORKGROUP * (real + 16) + 64;
  const uint32_t fits = min_u32(CHUNK_MAX, (min_u32(limit, SHARED_BYTES_MAX) - other_bytes) / column_bytes);
  return ceil_div(columns, ceil_div(columns, fits));
}

static void set_columns(const struct vordec_plan *plan, struct pruned *pruned) {
  pruned->share = ceil_div(pruned->columns, ceil_div(pruned->columns, SHARE_MAX));
  pruned->height = (uint64_t)pruned->pitch * pruned->columns * plan->desc.batch < SMALL_WORK ? 32 : 128;
  const uint32_t width = VORDEC_WORKGROUP / pruned->height * pruned->share;
  pruned->row_chunk = min_u32(pruned->basis_rows, COLUMN_BYTES_MAX / (width * 4 * plan->real_bytes));
}

static uint32_t count_tiles_x(const struct pruned *pruned) {
  return pruned->half_pitch / (4 * pruned->lanes);
}

static uint32_t count_tiles(const struct vordec_plan *plan, const struct pruned *pruned, uint32_t rows) {
  return count_tiles_x(pruned) * ceil_div(plan->n, VORDEC_WORKGROUP / pruned->lanes * rows);
}

/* Workgroups of a state: one for each tile, or fewer where `at_once` of all states are enough. They keep to tiles below
 * each other, whose basis is the same. */
static uint32_t count_groups(const struct vordec_plan *plan, const struct pruned *pruned, uint32_t rows,
                             uint32_t at_once) {
  const uint32_t tiles_x = count_tiles_x(pruned), tiles = count_tiles(plan, pruned, rows);
  return min_u32(ceil_div(ceil_div(at_once, plan->desc.batch), tiles_x) * tiles_x, tiles);
}

/* Shared memory of the kernel that does a whole grid: see its declarations. */
static uint64_t field_bytes(const struct vordec_plan *plan, const struct pruned *pruned) {
  const uint64_t n = plan->n, edges = (uint64_t)pruned->edge_left + pruned->edge_right, threads = n * n / 32;
  const uint64_t columns = pruned->columns, differences = edges ? columns * n : 0;
  const uint64_t tile = differences > threads ? differences : threads, factors = edges <= 16 ? columns * edges : 0;
  return 16 * pruned->basis_rows * columns + 20 * columns * n + 4 * edges * n + 16 * factors + 12 * threads + 8 * tile +
         128; /* a few words and what alignment takes */
}

static bool fits_one_kernel(const struct vordec_plan *plan, const struct pruned *pruned) {
  const VkPhysicalDeviceLimits *limits = &plan->session->facts.properties.limits;
  const uint32_t threads = plan->n * plan->n / 32;
  return plan->desc.precision == VORDEC_FP32 && (plan->n == 64 || plan->n == 128) &&
         threads <= limits->maxComputeWorkGroupInvocations && threads <= limits->maxComputeWorkGroupSize[0] &&
         field_bytes(plan, pruned) <= limits->maxComputeSharedMemorySize;
}

static void set_sizes(const struct vordec_plan *plan, struct pruned *pruned) {
  const uint32_t n = plan->n, half = ceil_div(n, 2), width = plan->desc.smooth_width;
  pruned->columns = plan->low_modes.column_count;
  pruned->pitch = ceil_div(n, LINE_PADDING) * LINE_PADDING;
  pruned->lanes = choose_lanes(half);
  pruned->half_pitch = ceil_div(half, 4 * pruned->lanes) * 4 * pruned->lanes;
  pruned->chunk = choose_chunk(plan, pruned->columns, pruned->lanes);
  if (plan->desc.boundary == VORDEC_BOUNDARY_ZERO) {
    pruned->edge_left = width / 2;
    pruned->edge_right = width - 1 - width / 2;
  }
  pruned->whole = fits_one_kernel(plan, pruned);
  if (pruned->whole) {
    pruned->absmax_groups = 1;
    return;
  }
  set_columns(plan, pruned);
  pruned->row_groups = count_groups(plan, pruned, rows_of_field(plan), GROUPS_AT_ONCE);
  pruned->ternary_groups = count_groups(plan, pruned, rows_of_residual(plan), GROUPS_AT_ONCE);
  const uint32_t groups = count_groups(plan, pruned, rows_of_residual(plan), ABSMAX_GROUPS_AT_ONCE);
  pruned->absmax_groups = min_u32(groups, VORDEC_GROUPS_MAX); /* one partial result each */
}

uint64_t pruned_peaks(const struct vordec_plan *plan) {
  return (uint64_t)ceil_div(plan->n, rows_of_residual(plan)) * (plan->pruned->half_pitch / 4);
}

static uint32_t shares_of(const struct pruned *pruned) {
  return ceil_div(pruned->columns, pruned->share);
}

uint64_t pruned_bounds(const struct vordec_plan *plan) {
  return (uint64_t)shares_of(plan->pruned) * plan->pruned->pitch + 1;
}

enum vordec_status pruned_describe(struct vordec_plan *plan, struct pruned **out, struct vordec_error *error) {
  const struct vordec_host *host = plan->session->host;
  struct pruned *pruned = host_alloc(host, 1, sizeof *pruned);
  bool *seen = host_alloc(host, plan->n, sizeof *seen);
  if (!pruned || !seen) {
    host_free(host, seen);
    host_free(host, pruned);
    return host_no_memory(error, "the pruned transform");
  }
  pruned->basis_rows = count_basis_rows(&plan->low_modes, plan->n, seen);
  host_free(host, seen);
  set_sizes(plan, pruned);
  if (pruned->columns > PRUNED_MODES_MAX || pruned->basis_rows > PRUNED_MODES_MAX) {
    const enum vordec_status status =
        vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_FFT_SIZE,
                    "pruned is for spectra of up to %u columns and rows with modes; this one has %u and %u",
                    PRUNED_MODES_MAX, (unsigned)pruned->columns, (unsigned)pruned->basis_rows);
    host_free(host, pruned);
    return status;
  }
  /* Room for the partial results; sums are split into as many, so this must not depend on the batch. */
  const uint32_t partials =
      pruned->whole ? 1 : min_u32(count_tiles(plan, pruned, rows_of_residual(plan)), VORDEC_GROUPS_MAX);
  if (plan->groups < partials) plan->groups = partials;
  *out = pruned;
  return VORDEC_OK;
}

/* Whether 32 cells of a thread group are always those of one word. */
static bool whole_words(const struct vordec_plan *plan) {
  return plan->n % 64 == 0;
}

static enum vordec_status make_rows(struct vordec_plan *plan, enum kernel kernel, uint32_t rows, VkPipeline *pipeline,
                                    struct vordec_error *error) {
  const struct pruned *pruned = plan->pruned;
  const struct kernel_constants constants = {9,
                                             {plan->n, pruned->columns, pruned->pitch, pruned->half_pitch,
                                              pruned->lanes, rows, pruned->edge_left, pruned->edge_right,
                                              pruned->chunk}};
  return kernels_specialise(plan->session, kernel, plan->desc.precision, &constants, pipeline, error);
}

static enum vordec_status make_columns(struct vordec_plan *plan, struct vordec_error *error) {
  struct pruned *pruned = plan->pruned;
  const struct kernel_constants constants = {
      6, {pruned->columns, pruned->pitch, pruned->basis_rows, pruned->share, pruned->height, pruned->row_chunk}};
  return kernels_specialise(plan->session, KERNEL_PRUNED_COLUMNS, plan->desc.precision, &constants, &pruned->along_y,
                            error);
}

static enum vordec_status make_field(struct vordec_plan *plan, struct vordec_error *error) {
  struct pruned *pruned = plan->pruned;
  const struct kernel_constants constants = {10,
                                             {plan->n, pruned->columns, pruned->pitch, pruned->half_pitch,
                                              pruned->basis_rows, FIELD_SHARE, pruned->edge_left, pruned->edge_right,
                                              plan->desc.majority_iters, plan->n * plan->n / 32}};
  return kernels_specialise(plan->session, KERNEL_PRUNED_FIELD, plan->desc.precision, &constants, &pruned->field,
                            error);
}

enum vordec_status pruned_create(struct vordec_plan *plan, struct vordec_error *error) {
  struct pruned *pruned = plan->pruned;
  if (pruned->whole) {
    const enum vordec_status made = make_field(plan, error);
    return made ? made : pruned_upload(plan, error);
  }
  enum vordec_status status = make_columns(plan, error);
  if (!status) status = make_rows(plan, KERNEL_PRUNED_ROWS, rows_of_field(plan), &pruned->rows, error);
  if (!status) status = make_rows(plan, KERNEL_PRUNED_ABSMAX, rows_of_residual(plan), &pruned->absmax, error);
  if (!status) status = make_rows(plan, KERNEL_PRUNED_TERNARY, rows_of_residual(plan), &pruned->ternary, error);
  if (!status) status = bit_majority_create(plan, &pruned->majority, error);
  if (!status) status = pruned_upload(plan, error);
  return status;
}

void pruned_destroy(struct vordec_session *session, struct pruned *pruned) {
  if (!pruned) return;
  bit_majority_destroy(session, &pruned->majority);
  const VkPipeline pipelines[] = {pruned->along_y, pruned->rows, pruned->absmax, pruned->ternary, pruned->field};
  for (size_t i = 0; i < sizeof pipelines / sizeof *pipelines; i++) {
    kernels_release(session, pipelines[i]);
  }
  host_free(session->host, pruned);
}

static enum plan_buffer or_any(bool there, enum plan_buffer buffer) {
  return there ? buffer : PLAN_PARTIALS; /* a binding needs a buffer even where the kernel never looks */
}

static bool has_edges(const struct pruned *pruned) {
  return pruned->edge_left + pruned->edge_right > 0;
}

/* Where the lines of R begin, and what is known of the states: behind all lines, behind all bounds. */
static uint32_t residual_at(const struct vordec_plan *plan) {
  return plan->chunk * plan->pruned->columns * plan->pruned->pitch;
}
static uint32_t known_at(const struct vordec_plan *plan) {
  return plan->chunk * shares_of(plan->pruned) * plan->pruned->pitch;
}

static struct pruned_rows_push rows_push(const struct vordec_plan *plan) {
  const struct tau_bits tau = tau_bits_of(plan);
  return (struct pruned_rows_push){.groups = plan->pruned->absmax_groups,
                                   .stride = plan->groups,
                                   .offset = partial_offset(plan, PARTIAL_ABSMAX),
                                   .tau_lo = tau.lo,
                                   .tau_hi = tau.hi,
                                   .residual_at = residual_at(plan),
                                   .known_at = known_at(plan),
                                   .shares = shares_of(plan->pruned)};
}

static void record_columns(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const struct pruned *pruned = plan->pruned;
  const bool edges = has_edges(pruned);
  const struct pruned_columns_push push = {.coef_stride = plan->coef_stride,
                                           .im_offset = plan->desc.m,
                                           .edges = edges,
                                           .residual_at = residual_at(plan),
                                           .known_at = known_at(plan)};
  const enum plan_buffer buffers[] = {PLAN_COEF,    PLAN_SOURCES, PLAN_COLUMN_FACTORS,
                                      PLAN_BASIS_Y, PLAN_LINES,   or_any(edges, PLAN_DIFFERENCE_LINES),
                                      PLAN_BOUNDS};
  record_pipeline(recorder, KERNEL_PRUNED_COLUMNS, pruned->along_y, buffers, &push,
                  ceil_div(pruned->pitch, pruned->height),
                  ceil_div(pruned->columns, VORDEC_WORKGROUP / pruned->height * pruned->share));
}

static void record_absmax(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const struct pruned_rows_push push = rows_push(plan);
  const bool edges = has_edges(plan->pruned);
  const enum plan_buffer buffers[] = {PLAN_BASIS_X,        PLAN_LINES,
                                      PLAN_PEAKS,          or_any(edges, PLAN_DIFFERENCE_LINES),
                                      PLAN_COLUMN_FACTORS, or_any(edges, PLAN_EDGES),
                                      PLAN_PARTIALS,       PLAN_BOUNDS};
  record_pipeline(recorder, KERNEL_PRUNED_ABSMAX, plan->pruned->absmax, buffers, &push, plan->pruned->absmax_groups, 1);
}

void record_pruned_ifft_lp(struct recorder *recorder) {
  const struct pruned *pruned = recorder->plan->pruned;
  if (pruned->whole) return;
  record_columns(recorder);
  recorder->beside = true; /* both need the columns only */
  record_absmax(recorder);
  recorder->beside = false;
  const enum plan_buffer buffers[] = {PLAN_BASIS_X, PLAN_LINES, PLAN_OMEGA_LP, PLAN_OMEGA_LP};
  record_pipeline(recorder, KERNEL_PRUNED_ROWS, pruned->rows, buffers, NULL, pruned->row_groups, 1);
}

static void record_ternary(struct recorder *recorder) {
  const struct pruned *pruned = recorder->plan->pruned;
  const struct pruned_rows_push push = rows_push(recorder->plan);
  const enum plan_buffer buffers[] = {PLAN_BASIS_X,  PLAN_LINES,    PLAN_PEAKS,   or_any(has_edges(pruned), PLAN_EDGES),
                                      PLAN_PARTIALS, PLAN_PLANES_A, PLAN_PLANES_A};
  record_pipeline(recorder, KERNEL_PRUNED_TERNARY, pruned->ternary, buffers, &push, pruned->ternary_groups, 1);
}

static void record_field(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const struct pruned_field_push push = {.coef_stride = plan->coef_stride,
                                         .im_offset = plan->desc.m,
                                         .stride = plan->groups,
                                         .offset = partial_offset(plan, PARTIAL_ABSMAX),
                                         .tau_lo = tau_bits_of(plan).lo};
  const enum plan_buffer buffers[] = {PLAN_COEF,    PLAN_SOURCES,  PLAN_COLUMN_FACTORS, PLAN_BASIS_Y,
                                      PLAN_BASIS_X, PLAN_OMEGA_LP, PLAN_MASK_A,         PLAN_PARTIALS};
  record_pipeline(recorder, KERNEL_PRUNED_FIELD, plan->pruned->field, buffers, &push, 1, 1);
}

void record_pruned_mask(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  if (plan->pruned->whole) {
    record_field(recorder);
    return;
  }
  if (!whole_words(plan)) record_zero(recorder, PLAN_PLANES_A);
  record_ternary(recorder);
  record_bit_majority(recorder, &plan->pruned->majority);
}
