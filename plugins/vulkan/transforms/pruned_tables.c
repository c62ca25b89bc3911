/* SPDX-License-Identifier: MIT */
#include "pruned_tables.h"

#include "gpu/vulkan_host.h"
#include "plan/upload.h"
#include "unit_root.h"
#include "vulkan_window.h"

#define PARTS 4

struct tables {
  const struct pruned_sizes *sizes;
  struct vulkan_window window;
  double *weights;                    /* the window's weights */
  double complex *roots, *half_roots; /* n values exp(2 pi i j / n), and 2 n values exp(pi i j / n) */
  double complex *difference, *scratch;
  uint32_t *sources; /* [row of the basis][column]: for ky and for -ky the places of c_k and c_-k, or VORDEC_ABSENT */
  void *factors, *basis_y, *basis_x;
  uint32_t *row_of; /* the row of the basis for each |ky|, or VORDEC_ABSENT */
};

static void put(const struct vordec_plan *plan, void *to, size_t at, double complex value) {
  if (plan->desc.precision == VORDEC_FP64) {
    ((double *)to)[2 * at] = creal(value);
    ((double *)to)[2 * at + 1] = cimag(value);
  } else {
    ((float *)to)[2 * at] = (float)creal(value);
    ((float *)to)[2 * at + 1] = (float)cimag(value);
  }
}

static void make_roots(uint32_t n, struct tables *tables) {
  for (uint32_t j = 0; j < 2 * n; j++) tables->half_roots[j] = unit_root(j, 2ull * n);
  for (uint32_t j = 0; j < n; j++) tables->roots[j] = tables->half_roots[2 * j];
}

/* Gives every |ky| that occurs a row of the basis, in the order of the modes, and enters the modes there. */
static void make_sources(const struct vordec_plan *plan, struct tables *tables) {
  const struct mode_table *modes = &plan->low_modes;
  const size_t columns = tables->sizes->columns, places = 4 * tables->sizes->basis_rows * columns;
  uint32_t rows = 0;
  for (uint32_t ky = 0; ky < plan->n; ky++) tables->row_of[ky] = VORDEC_ABSENT;
  for (size_t i = 0; i < places; i++) tables->sources[i] = VORDEC_ABSENT;
  for (size_t c = 0; c < columns; c++) {
    const struct mode_column *column = &modes->columns[c];
    for (uint32_t i = column->first; i < column->first + column->count; i++) {
      const struct mode *mode = &modes->modes[i];
      const uint32_t ky = pruned_row_of(mode->ky, plan->n);
      if (tables->row_of[ky] == VORDEC_ABSENT) tables->row_of[ky] = rows++;
      uint32_t *to = tables->sources + 4 * (tables->row_of[ky] * columns + c) + (mode->ky == ky ? 0 : 2);
      to[0] = mode->source;
      to[1] = mode->mirror;
    }
  }
}

static void make_basis_y(const struct vordec_plan *plan, struct tables *tables) {
  const uint32_t n = plan->n;
  for (uint32_t ky = 0; ky < n; ky++) {
    if (tables->row_of[ky] == VORDEC_ABSENT) continue;
    const size_t row = (size_t)tables->row_of[ky] * tables->sizes->pitch;
    vulkan_window_difference(&tables->window, ky, tables->scratch, tables->difference);
    for (uint32_t y = 0; y < n; y++) {
      put(plan, tables->basis_y, 2 * (row + y), tables->roots[(uint64_t)ky * y % n]);
      put(plan, tables->basis_y, 2 * (row + y) + 1, tables->difference[y]);
    }
  }
}

/* Returns exp(i kx (x - (n - 1) / 2)). */
static double complex centred(const struct tables *tables, uint32_t n, uint32_t kx, uint32_t x) {
  return tables->half_roots[kx * (2ull * x + n + 1) % (2ull * n)]; /* with 2 n added, to stay positive */
}

static void make_edge_basis(const struct vordec_plan *plan, struct tables *tables, uint32_t column, uint32_t kx) {
  const struct pruned_sizes *sizes = tables->sizes;
  const size_t edges = pruned_edges(sizes);
  const uint32_t n = plan->n;
  const double complex shift = conj(tables->half_roots[kx * (n - 1ull) % (2ull * n)]);
  vulkan_window_difference(&tables->window, kx, tables->scratch, tables->difference);
  for (size_t e = 0; e < edges; e++) {
    const size_t x = e < sizes->edge_left ? e : n - edges + e, at = 2 * (sizes->columns + column * edges + e);
    const double complex difference = tables->difference[x] * shift;
    put(plan, tables->factors, at, difference);
    put(plan, tables->factors, at + 1, centred(tables, n, kx, (uint32_t)x) - difference);
  }
}

static void make_columns(const struct vordec_plan *plan, struct tables *tables) {
  const struct pruned_sizes *sizes = tables->sizes;
  const uint32_t n = plan->n;
  for (uint32_t c = 0; c < sizes->columns; c++) {
    const uint32_t kx = plan->low_modes.columns[c].kx;
    const double copies = kx == 0 || 2 * kx == n ? 1.0 : 2.0;
    put(plan, tables->factors, 2 * c, copies * tables->half_roots[kx * (n - 1ull) % (2ull * n)]);
    put(plan, tables->factors, 2 * c + 1, vulkan_window_loss(&tables->window, kx));
    for (uint32_t x = 0; 2 * x < n; x++) {
      put(plan, tables->basis_x, (size_t)c * sizes->half_pitch + x, centred(tables, n, kx, x));
    }
    if (pruned_edges(sizes)) make_edge_basis(plan, tables, c, kx);
  }
}

static bool allocate(const struct vordec_plan *plan, struct tables *tables) {
  const struct vordec_host *host = plan->session->gpu.host;
  const struct pruned_sizes *sizes = tables->sizes;
  const size_t n = plan->n, pair = 2 * (size_t)plan->real_bytes;
  tables->roots = host_alloc(host, n, sizeof *tables->roots);
  tables->half_roots = host_alloc(host, 2 * n, sizeof *tables->half_roots);
  tables->weights = host_alloc(host, plan->desc.smooth_width, sizeof *tables->weights);
  if (!tables->weights) return false;
  tables->window = vulkan_window_of(&plan->desc, tables->roots, tables->weights);
  tables->difference = host_alloc(host, n, sizeof *tables->difference);
  tables->scratch = host_alloc(host, vulkan_window_scratch(&tables->window), sizeof *tables->scratch);
  tables->sources = host_alloc(host, (size_t)sizes->basis_rows * sizes->columns, sizeof(uint32_t[4]));
  tables->row_of = host_alloc(host, n, sizeof *tables->row_of);
  tables->factors = host_alloc(host, sizes->columns * (1 + pruned_edges(sizes)), 2 * pair);
  tables->basis_y = host_alloc(host, (size_t)sizes->basis_rows * sizes->pitch, 2 * pair);
  tables->basis_x = host_alloc(host, (size_t)sizes->columns * sizes->half_pitch, pair);
  return tables->roots && tables->half_roots && tables->difference && tables->scratch && tables->sources &&
         tables->row_of && tables->factors && tables->basis_y && tables->basis_x;
}

static void release(const struct vordec_plan *plan, struct tables *tables) {
  void *const all[] = {tables->weights, tables->roots,  tables->half_roots, tables->difference, tables->scratch,
                       tables->sources, tables->row_of, tables->factors,    tables->basis_y,    tables->basis_x};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) host_free(plan->session->gpu.host, all[i]);
}

enum vordec_status pruned_tables_upload(struct vordec_plan *plan, const struct pruned_sizes *sizes,
                                        struct vordec_error *error) {
  const uint64_t pair = 2ull * plan->real_bytes;
  struct tables tables = {.sizes = sizes};
  enum vordec_status status = VORDEC_OK;
  if (!allocate(plan, &tables)) {
    status = host_no_memory(error, "the pruned transform's tables");
    goto done;
  }
  make_roots(plan->n, &tables);
  make_sources(plan, &tables);
  make_basis_y(plan, &tables);
  make_columns(plan, &tables);
  const struct upload_part parts[PARTS] = {
      {PLAN_SOURCES, tables.sources, (uint64_t)sizes->basis_rows * sizes->columns * sizeof(uint32_t[4])},
      {PLAN_COLUMN_FACTORS, tables.factors, sizes->columns * (1 + pruned_edges(sizes)) * 2 * pair},
      {PLAN_BASIS_Y, tables.basis_y, (uint64_t)sizes->basis_rows * sizes->pitch * 2 * pair},
      {PLAN_BASIS_X, tables.basis_x, (uint64_t)sizes->columns * sizes->half_pitch * pair},
  };
  status = upload_parts(plan, parts, PARTS, error);
done:
  release(plan, &tables);
  return status;
}
