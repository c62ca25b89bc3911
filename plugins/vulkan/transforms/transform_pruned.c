/* SPDX-License-Identifier: MIT */
#include "transform_pruned.h"

#include "bit_majority.h"
#include "gpu/vulkan_host.h"
#include "plan/plan_memory.h"
#include "plan/reduce.h"
#include "plan/threshold.h"
#include "pruned_tables.h"

#define FIELD_SHARE 3u /* columns that a thread sums along y, in the kernel that does a whole grid */

struct pruned {
  struct pruned_sizes sizes;
  VkPipeline along_y, rows, absmax, ternary, mask, field;
  struct bit_majority majority;
  struct majority_tile tile; /* for the mask, if one kernel makes it */
};

static struct pruned *pruned_of(const struct vordec_plan *plan) {
  return plan->transform_state;
}

static const struct pruned_sizes *sizes_of(const struct vordec_plan *plan) {
  return &pruned_of(plan)->sizes;
}

/* ---- making it ---- */

static enum vordec_status describe(struct vordec_plan *plan, struct vordec_error *error) {
  struct pruned *pruned = host_alloc(plan->session->gpu.host, 1, sizeof *pruned);
  if (!pruned) return host_no_memory(error, "the pruned transform");
  plan->transform_state = pruned;
  const enum vordec_status status = pruned_sizes_settle(plan, &pruned->sizes, error);
  if (status) return status;
  const uint32_t partials = pruned_partials(plan, &pruned->sizes);
  if (plan->groups < partials) plan->groups = partials;
  plan->absmax_groups = pruned->sizes.absmax_groups;
  return VORDEC_OK;
}

static void list_needs(const struct vordec_plan *plan, struct buffer_need *needs) {
  const struct pruned_sizes *sizes = sizes_of(plan);
  const uint64_t pair = 2ull * plan->real_bytes, line = sizes->pitch * pair, lines = sizes->columns * line;
  const uint64_t edges = pruned_edges(sizes);
  const uint64_t planes = bit_majority_planes_bytes(plan->n);
  const uint64_t sums = needs[PLAN_LINES].per_state; /* for the kept modes */
  needs[PLAN_SOURCES] = need_of("sources", BUFFER_DEVICE, 16ull * sizes->basis_rows * sizes->columns, 0);
  needs[PLAN_COLUMN_FACTORS] = need_of("column factors", BUFFER_DEVICE, sizes->columns * (1 + edges) * 2 * pair, 0);
  needs[PLAN_BASIS_Y] = need_of("basis along y", BUFFER_DEVICE, sizes->basis_rows * 2 * line, 0);
  needs[PLAN_BASIS_X] = need_of("basis along x", BUFFER_DEVICE, (uint64_t)sizes->columns * sizes->half_pitch * pair, 0);
  if (sizes->whole) return; /* everything else stays in shared memory */
  needs[PLAN_LINES] = need_of("lines", BUFFER_DEVICE, 0, 2 * lines > sums ? 2 * lines : sums);
  needs[PLAN_DIFFERENCE_LINES] = need_of("difference lines", BUFFER_DEVICE, 0, edges ? lines : 0);
  needs[PLAN_EDGES] = need_of("edges", BUFFER_DEVICE, 0, edges * line / 2);
  needs[PLAN_PEAKS] = need_of("peaks", BUFFER_DEVICE, 0, pruned_peaks(plan, sizes) * plan->real_bytes);
  needs[PLAN_BOUNDS] = need_of("bounds", BUFFER_DEVICE, 0, pruned_bounds(plan, sizes) * sizeof(uint32_t));
  if (sizes->fused_mask) return;
  needs[PLAN_PLANES_A] = need_of("planes a", BUFFER_DEVICE, 0, planes);
  if (bit_majority_needs_planes(plan->n, plan->desc.majority_iters)) {
    needs[PLAN_PLANES_B] = need_of("planes b", BUFFER_DEVICE, 0, planes);
  }
}

static enum vordec_status make_rows(const struct vordec_plan *plan, enum kernel kernel, uint32_t rows,
                                    VkPipeline *pipeline, struct vordec_error *error) {
  const struct pruned_sizes *sizes = sizes_of(plan);
  const struct kernel_constants constants = {9,
                                             {plan->n, sizes->columns, sizes->pitch, sizes->half_pitch, sizes->lanes,
                                              rows, sizes->edge_left, sizes->edge_right, sizes->chunk}};
  return kernels_specialise(&plan->session->kernels, kernel, plan->desc.precision, &constants, pipeline, error);
}

static enum vordec_status make_columns(struct vordec_plan *plan, struct vordec_error *error) {
  struct pruned *pruned = pruned_of(plan);
  const struct pruned_sizes *sizes = &pruned->sizes;
  const struct kernel_constants constants = {
      6, {sizes->columns, sizes->pitch, sizes->basis_rows, sizes->share, sizes->height, sizes->row_chunk}};
  return kernels_specialise(&plan->session->kernels, KERNEL_PRUNED_COLUMNS, plan->desc.precision, &constants,
                            &pruned->along_y, error);
}

/* The kernel that does a whole grid. */
static enum kernel field_kernel(const struct pruned_sizes *sizes) {
  return sizes->whole == PRUNED_WHOLE_DENSE ? KERNEL_PRUNED_FIELD_DENSE : KERNEL_PRUNED_FIELD;
}

static enum vordec_status make_field(struct vordec_plan *plan, struct vordec_error *error) {
  struct pruned *pruned = pruned_of(plan);
  const struct pruned_sizes *sizes = &pruned->sizes;
  const struct kernel_constants constants = {10,
                                             {plan->n, sizes->columns, sizes->pitch, sizes->half_pitch,
                                              sizes->basis_rows, FIELD_SHARE, sizes->edge_left, sizes->edge_right,
                                              plan->desc.majority_iters, plan->n * plan->n / 32}};
  return kernels_specialise(&plan->session->kernels, field_kernel(sizes), plan->desc.precision, &constants,
                            &pruned->field, error);
}

static enum vordec_status make_mask(struct vordec_plan *plan, struct vordec_error *error) {
  struct pruned *pruned = pruned_of(plan);
  const struct pruned_sizes *sizes = &pruned->sizes;
  struct kernel_constants constants = {9,
                                       {plan->n, sizes->columns, sizes->pitch, sizes->half_pitch, sizes->lanes,
                                        sizes->residual_rows, sizes->edge_left, sizes->edge_right, 1}};
  pruned->tile = bit_majority_narrow_tile(plan);
  majority_constants(&pruned->tile, plan->desc.majority_iters, &constants);
  return kernels_specialise(&plan->session->kernels, KERNEL_PRUNED_MASK, plan->desc.precision, &constants,
                            &pruned->mask, error);
}

static enum vordec_status make_pipelines(struct vordec_plan *plan, struct vordec_error *error) {
  struct pruned *pruned = pruned_of(plan);
  if (pruned->sizes.whole) return make_field(plan, error);
  const uint32_t field_rows = pruned->sizes.field_rows, residual_rows = pruned->sizes.residual_rows;
  enum vordec_status status = make_columns(plan, error);
  if (!status) status = make_rows(plan, KERNEL_PRUNED_ROWS, field_rows, &pruned->rows, error);
  if (!status) status = make_rows(plan, KERNEL_PRUNED_ABSMAX, residual_rows, &pruned->absmax, error);
  if (pruned->sizes.fused_mask) return status ? status : make_mask(plan, error);
  if (!status) status = make_rows(plan, KERNEL_PRUNED_TERNARY, residual_rows, &pruned->ternary, error);
  if (!status) status = bit_majority_create(plan, &pruned->majority, error);
  return status;
}

static enum vordec_status create(struct vordec_plan *plan, struct vordec_error *error) {
  const enum vordec_status status = make_pipelines(plan, error);
  return status ? status : pruned_tables_upload(plan, sizes_of(plan), error);
}

static void destroy(struct vordec_plan *plan) {
  struct pruned *pruned = pruned_of(plan);
  struct vordec_session *session = plan->session;
  if (!pruned) return;
  bit_majority_destroy(&session->kernels, &pruned->majority);
  const VkPipeline pipelines[] = {pruned->along_y, pruned->rows, pruned->absmax,
                                  pruned->ternary, pruned->mask, pruned->field};
  for (size_t i = 0; i < sizeof pipelines / sizeof *pipelines; i++) {
    kernels_release(&session->kernels, pipelines[i]);
  }
  host_free(session->gpu.host, pruned);
  plan->transform_state = NULL;
}

/* ---- recording it ---- */

/* Whether the 32 cells of a group of threads always belong to one word. */
static bool whole_words(const struct vordec_plan *plan) {
  return plan->n % 64 == 0;
}

static enum plan_buffer or_any(bool there, enum plan_buffer buffer) {
  return there ? buffer : PLAN_PARTIALS; /* a binding needs a buffer even if the kernel never reads it */
}

/* Where the lines of R begin (behind all lines), and where the bounds of the states and what is known of them do. */
static uint32_t residual_at(const struct vordec_plan *plan) {
  return plan->chunk * sizes_of(plan)->columns * sizes_of(plan)->pitch;
}
static uint32_t known_at(const struct vordec_plan *plan) {
  return plan->chunk * pruned_shares(sizes_of(plan)) * sizes_of(plan)->pitch;
}

/* Where the flags of the tiles begin: behind what is known of the states. */
static uint32_t tiles_at(const struct vordec_plan *plan) {
  return known_at(plan) + plan->chunk;
}

static struct pruned_rows_push rows_push(const struct vordec_plan *plan, uint32_t workgroups) {
  const struct tau_bits tau = tau_bits_of(plan);
  return (struct pruned_rows_push){.groups = sizes_of(plan)->absmax_groups,
                                   .stride = plan->groups,
                                   .offset = partial_offset(plan, PARTIAL_ABSMAX),
                                   .tau_lo = tau.lo,
                                   .tau_hi = tau.hi,
                                   .residual_at = residual_at(plan),
                                   .known_at = known_at(plan),
                                   .shares = pruned_shares(sizes_of(plan)),
                                   .stride_tiles = workgroups,
                                   .tiles_at = tiles_at(plan)};
}

static void record_columns(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const struct pruned_sizes *sizes = sizes_of(plan);
  const bool edges = pruned_edges(sizes) > 0;
  const struct pruned_columns_push push = {.coef_stride = plan->coef_stride,
                                           .im_offset = plan->desc.m,
                                           .edges = edges,
                                           .residual_at = residual_at(plan),
                                           .known_at = known_at(plan)};
  const enum plan_buffer buffers[] = {PLAN_COEF,    PLAN_SOURCES, PLAN_COLUMN_FACTORS,
                                      PLAN_BASIS_Y, PLAN_LINES,   or_any(edges, PLAN_DIFFERENCE_LINES),
                                      PLAN_BOUNDS};
  const struct workgroups groups = {ceil_div(sizes->pitch, sizes->height),
                                    ceil_div(sizes->columns, VORDEC_WORKGROUP / sizes->height * sizes->share)};
  record_pipeline(recorder, KERNEL_PRUNED_COLUMNS, pruned_of(plan)->along_y, buffers, &push, groups);
}

static void record_absmax(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const struct pruned_rows_push push = rows_push(plan, sizes_of(plan)->absmax_groups);
  const bool edges = pruned_edges(sizes_of(plan)) > 0;
  const enum plan_buffer buffers[] = {PLAN_BASIS_X,        PLAN_LINES,
                                      PLAN_PEAKS,          or_any(edges, PLAN_DIFFERENCE_LINES),
                                      PLAN_COLUMN_FACTORS, or_any(edges, PLAN_EDGES),
                                      PLAN_PARTIALS,       PLAN_BOUNDS};
  record_pipeline(recorder, KERNEL_PRUNED_ABSMAX, pruned_of(plan)->absmax, buffers, &push,
                  (struct workgroups){sizes_of(plan)->absmax_groups, 1});
}

/* Records the rows of `count` tiles of omega_lp, at least one, from `first` on. */
static void record_rows(struct recorder *recorder, uint32_t first, uint32_t count) {
  const struct pruned *pruned = pruned_of(recorder->plan);
  const uint32_t groups = pruned->sizes.row_groups < count ? pruned->sizes.row_groups : count;
  struct pruned_rows_push push = rows_push(recorder->plan, groups);
  const enum plan_buffer buffers[] = {PLAN_BASIS_X, PLAN_LINES, PLAN_OMEGA_LP, PLAN_OMEGA_LP};
  push.tile = first;
  push.tiles = first + count;
  record_pipeline(recorder, KERNEL_PRUNED_ROWS, pruned->rows, buffers, &push, (struct workgroups){groups, 1});
}

static void record_field(struct recorder *recorder) {
  const struct pruned *pruned = pruned_of(recorder->plan);
  if (pruned->sizes.whole) return;
  record_columns(recorder);
  recorder->overlap = true; /* both only need the columns */
  record_absmax(recorder);
  recorder->overlap = false;
  record_rows(recorder, 0, pruned->sizes.early_tiles);
}

static void record_ternary(struct recorder *recorder) {
  const struct pruned *pruned = pruned_of(recorder->plan);
  const struct pruned_rows_push push = rows_push(recorder->plan, pruned->sizes.ternary_groups);
  const bool edges = pruned_edges(&pruned->sizes) > 0;
  const enum plan_buffer buffers[] = {PLAN_BASIS_X,  PLAN_LINES,    PLAN_PEAKS,   or_any(edges, PLAN_EDGES),
                                      PLAN_PARTIALS, PLAN_PLANES_A, PLAN_PLANES_A};
  record_pipeline(recorder, KERNEL_PRUNED_TERNARY, pruned->ternary, buffers, &push,
                  (struct workgroups){pruned->sizes.ternary_groups, 1});
}

/* Records the mask beside the rest of omega_lp, which it does not need. The mask's tiles come first, since those at the
 * edges take long. */
static void record_fused_mask(struct recorder *recorder) {
  const struct pruned *pruned = pruned_of(recorder->plan);
  const uint32_t early = pruned->sizes.early_tiles;
  const struct pruned_rows_push push = rows_push(recorder->plan, 0);
  const enum plan_buffer buffers[] = {PLAN_BASIS_X,  PLAN_LINES,  PLAN_PEAKS, PLAN_EDGES,
                                      PLAN_PARTIALS, PLAN_BOUNDS, PLAN_MASK_A};
  recorder->overlap = true;
  record_pipeline(recorder, KERNEL_PRUNED_MASK, pruned->mask, buffers, &push,
                  (struct workgroups){pruned->tile.groups_x, pruned->tile.groups_y});
  recorder->overlap = false;
  record_rows(recorder, early, pruned_field_tiles(recorder->plan, &pruned->sizes) - early);
}

static void record_whole(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const struct pruned_field_push push = {.coef_stride = plan->coef_stride,
                                         .im_offset = plan->desc.m,
                                         .stride = plan->groups,
                                         .offset = partial_offset(plan, PARTIAL_ABSMAX),
                                         .tau_lo = tau_bits_of(plan).lo};
  const enum plan_buffer buffers[] = {PLAN_COEF,    PLAN_SOURCES,  PLAN_COLUMN_FACTORS, PLAN_BASIS_Y,
                                      PLAN_BASIS_X, PLAN_OMEGA_LP, PLAN_MASK_A,         PLAN_PARTIALS};
  record_pipeline(recorder, field_kernel(sizes_of(plan)), pruned_of(plan)->field, buffers, &push,
                  (struct workgroups){1, 1});
}

static void record_mask(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  if (sizes_of(plan)->whole) {
    record_whole(recorder);
    return;
  }
  if (sizes_of(plan)->fused_mask) {
    record_fused_mask(recorder);
    return;
  }
  if (!whole_words(plan)) record_zero(recorder, PLAN_PLANES_A);
  record_ternary(recorder);
  record_bit_majority(recorder, &pruned_of(plan)->majority);
}

const struct transform transform_pruned = {
    .name = TRANSFORM_PRUNED_NAME,
    .describe = describe,
    .list_needs = list_needs,
    .create = create,
    .destroy = destroy,
    .record_field = record_field,
    .record_mask = record_mask,
};
