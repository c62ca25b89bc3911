/* SPDX-License-Identifier: MIT */
#include "adjoint_sums.h"

#include "gpu/vulkan_host.h"
#include "plan/plan_memory.h"
#include "plan/record.h"
#include "plan/upload.h"
#include "transforms/unit_root.h"

#define TILE_SIDE 8u /* threads of a tile along its lines and along its columns, as in adjoint_rows.comp */
#define COLUMN_SHARE_MAX_FP32 4u
#define COLUMN_SHARE_MAX_FP64 3u
#define TALL_TILE_CELLS 1024u       /* from this N on, tiles of twice the height leave no part of a large device idle */
#define TALL_TILE_BYTES (24u << 10) /* how many bytes such tiles may take */

static uint32_t fields_of(const struct adjoint_sums *sums) {
  return sums->one_field ? 1 : 2;
}

static uint32_t half_row(const struct vordec_plan *plan) {
  return plan->n / 2 + 1;
}

/* How many values the lines of a state have. With one field they include its first cell. */
static uint64_t lines_of(const struct vordec_plan *plan, const struct adjoint_sums *sums) {
  const uint64_t lines = (uint64_t)plan->low_modes.column_count * plan->n;
  return sums->one_field ? lines + 1 : 2 * lines;
}

void adjoint_sums_list_needs(const struct vordec_plan *plan, const struct adjoint_sums *adjoint,
                             struct buffer_need *needs) {
  const struct mode_table *table = &plan->low_modes;
  const uint64_t pair = 2ull * plan->real_bytes, sums = 2 * table->mode_count * pair;
  needs[PLAN_MODE_SPECTRUM] = need_of("mode spectrum", BUFFER_DEVICE, 0, table->mode_count * pair);
  needs[PLAN_LINES] = need_of("lines", BUFFER_DEVICE, 0, lines_of(plan, adjoint) * pair);
  needs[PLAN_PAIR_BASIS] =
      need_of("basis of pairs", BUFFER_DEVICE, (uint64_t)table->column_count * half_row(plan) * pair, 0);
  needs[PLAN_SUMS] = need_of("sums of modes", BUFFER_DEVICE, 0, sums);
  needs[PLAN_SUMS_READBACK] = need_of("readback of sums", BUFFER_READBACK, 0, sums);
}

/* ---- making them ---- */

/* Makes exp(2 pi i kx p / n) for each column of the table and 0 <= p <= n / 2, in the plan's precision. */
static void *make_basis(const struct vordec_plan *plan) {
  const struct mode_table *table = &plan->low_modes;
  const size_t half = half_row(plan);
  void *basis = host_alloc(plan->session->gpu.host, table->column_count * half * 2, plan->real_bytes);
  for (size_t i = 0; i < table->column_count * half && basis; i++) {
    const double complex root = unit_root(table->columns[i / half].kx * (uint64_t)(i % half), plan->n);
    if (plan->desc.precision == VORDEC_FP64) {
      ((double *)basis)[2 * i] = creal(root);
      ((double *)basis)[2 * i + 1] = cimag(root);
    } else {
      ((float *)basis)[2 * i] = (float)creal(root);
      ((float *)basis)[2 * i + 1] = (float)cimag(root);
    }
  }
  return basis;
}

static enum vordec_status upload_basis(struct vordec_plan *plan, struct vordec_error *error) {
  void *basis = make_basis(plan);
  if (!basis) return host_no_memory(error, "the tables of transposed sums");
  const struct upload_part part = {PLAN_PAIR_BASIS, basis, plan->buffers[PLAN_PAIR_BASIS].size};
  const enum vordec_status status = upload_parts(plan, &part, 1, error);
  host_free(plan->session->gpu.host, basis);
  return status;
}

/* Chooses as few tiles side by side as their greatest width allows, each no wider than it has to be. */
static void choose_tile(const struct vordec_plan *plan, struct adjoint_sums *sums) {
  const bool fp64 = plan->desc.precision == VORDEC_FP64;
  const uint32_t shared_bytes = plan->session->gpu.facts.properties.limits.maxComputeSharedMemorySize;
  const uint32_t most = fp64 ? COLUMN_SHARE_MAX_FP64 : COLUMN_SHARE_MAX_FP32;
  const uint32_t tiles = groups_of(plan->low_modes.column_count, most * TILE_SIDE);
  sums->column_share = tiles ? groups_of(plan->low_modes.column_count, tiles * TILE_SIDE) : 1;
  if (plan->n <= TALL_TILE_CELLS) {
    sums->line_share = fields_of(sums); /* one field has as many rows as two, so that it has as many workgroups */
  } else {
    sums->line_share = !fp64 && shared_bytes >= TALL_TILE_BYTES ? 4 : 2;
  }
}

enum vordec_status adjoint_sums_create(struct vordec_plan *plan, struct adjoint_sums *sums,
                                       struct vordec_error *error) {
  if (plan->low_modes.mode_count == 0) return VORDEC_OK;
  choose_tile(plan, sums);
  const struct kernel_constants constants = {3, {sums->line_share, sums->column_share, fields_of(sums)}};
  const enum vordec_status status = kernels_specialise(&plan->session->kernels, KERNEL_ADJOINT_ROWS,
                                                       plan->desc.precision, &constants, &sums->along_x, error);
  return status ? status : upload_basis(plan, error);
}

void adjoint_sums_destroy(struct kernels *kernels, struct adjoint_sums *sums) {
  kernels_release(kernels, sums->along_x);
  *sums = (struct adjoint_sums){0};
}

/* ---- recording them ---- */

static struct workgroups groups_of_rows(const struct vordec_plan *plan, const struct adjoint_sums *sums) {
  return (struct workgroups){groups_of(plan->n, sums->line_share * TILE_SIDE / fields_of(sums)),
                             groups_of(plan->low_modes.column_count, sums->column_share * TILE_SIDE)};
}

void record_adjoint_rows(struct recorder *recorder, const struct adjoint_sums *sums, enum plan_buffer first,
                         enum plan_buffer second) {
  const enum plan_buffer buffers[] = {PLAN_PAIR_BASIS, first, second, PLAN_LINES};
  record_adjoint_rows_of(recorder, sums, record_bind(recorder, KERNEL_ADJOINT_ROWS, buffers), 0);
}

void record_adjoint_rows_of(struct recorder *recorder, const struct adjoint_sums *sums, VkDescriptorSet set,
                            uint32_t first_at) {
  const struct vordec_plan *plan = recorder->plan;
  const struct adjoint_rows_push push = {.n = plan->n, .columns = plan->low_modes.column_count, .first_at = first_at};
  record_pipeline_in(recorder, KERNEL_ADJOINT_ROWS, sums->along_x, set, &push, groups_of_rows(plan, sums));
}

void record_adjoint_columns(struct recorder *recorder, const struct adjoint_sums *sums) {
  const struct vordec_plan *plan = recorder->plan;
  const struct mode_table *table = &plan->low_modes;
  const struct adjoint_columns_push push = {
      .n = plan->n, .columns = table->column_count, .entries = table->mode_count, .fields = fields_of(sums)};
  const enum plan_buffer gains = sums->one_field ? PLAN_SUM_GAINS : PLAN_TWIDDLE; /* or not read */
  const enum plan_buffer buffers[] = {PLAN_LINES,         PLAN_LOW_MODES, PLAN_LOW_COLUMNS, PLAN_TWIDDLE, PLAN_SUMS,
                                      PLAN_MODE_SPECTRUM, gains};
  record_kernel(recorder, KERNEL_ADJOINT_COLUMNS, buffers, &push, table->mode_count * VORDEC_WORKGROUP);
}

double adjoint_sum(const struct vordec_plan *plan, uint32_t state, uint32_t field, uint32_t mode, uint32_t part) {
  const size_t at = 2 * ((2 * (size_t)state + field) * plan->low_modes.mode_count + mode) + part;
  const void *values = plan->buffers[PLAN_SUMS_READBACK].mapped;
  return plan->desc.precision == VORDEC_FP64 ? ((const double *)values)[at] : (double)((const float *)values)[at];
}
