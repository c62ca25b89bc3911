/* SPDX-License-Identifier: MIT */
#include "cpu_plan.h"

#include "core/base/window.h"
#include "numerics/planner.h"

/* Fields are handed to threads whole only while the work memory of all of them stays below this; larger fields are
 * shared by rows, which costs little there. */
#define WHOLE_FIELDS_BYTES ((size_t)1 << 30)
/* The number of cells that make it worth waking a thread for its share of a field's rows. */
#define CELLS_PER_SLOT ((size_t)1 << 13)

static size_t larger(size_t a, size_t b) {
  return a > b ? a : b;
}

static enum vordec_status fail_memory(const struct vordec_plan_desc *desc, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY,
                     "cpu: no memory for a plan of N = %u, batch %u; use fewer threads or a smaller grid", desc->n,
                     desc->batch);
}

static struct workspace_size workspace_size(const struct vordec_plan *plan) {
  const size_t spectrum =
      larger(ifft_spectrum_values(&plan->ifft, &plan->low), ifft_spectrum_values(&plan->ifft, &plan->kept));
  const size_t matrix = larger(mode_sums_matrix_doubles(&plan->low_sums), mode_sums_matrix_doubles(&plan->kept_sums));
  return (struct workspace_size){.grid = plan->grid,
                                 .spectrum_doubles = larger(plan->grid.n * plan->grid.pitch, 2 * spectrum),
                                 .matrix_doubles = matrix,
                                 .bands = plan->synthesis.bands};
}

static bool create_slots(struct vordec_plan *plan, size_t count) {
  struct slots *slots = &plan->slots;
  plan->slot_count = count;
  slots->smooth = smooth_slots_create(&plan->smoothing, &plan->memory, count);
  slots->majority = majority_slots_create(&plan->grid, &plan->memory, count);
  slots->planes = planes_slots_create(&plan->grid, &plan->memory, count);
  slots->ifft = ifft_slots_create(&plan->ifft, &plan->memory, count);
  slots->mode_sums = mode_sums_slots_create(&plan->low_sums, &plan->kept_sums, &plan->memory, count);
  slots->cells = memory_take(&plan->memory, count, sizeof *slots->cells);
  return slots->smooth && slots->majority && slots->planes && slots->ifft && slots->mode_sums && slots->cells;
}

/* Refuses a plan that is larger than the machine's memory before any of it is touched. Such a plan does not fit this
 * device, however much of its memory is free: another device may need less, or have more. */
static enum vordec_status check_fit(const struct vordec_plan *plan, uint64_t work_bytes, struct vordec_error *error) {
  const uint64_t need = plan->memory.bytes + work_bytes;
  const uint64_t have = plan->session->device.memory_bytes;
  if (have == 0 || need <= have) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY,
                     "cpu: a plan of N = %zu needs %llu MiB and this machine has %llu MiB; use a smaller grid",
                     plan->grid.n, (unsigned long long)(need >> 20), (unsigned long long)(have >> 20));
}

static enum vordec_status create_work_memory(struct vordec_plan *plan, const struct vordec_plan_desc *desc,
                                             struct vordec_error *error) {
  const size_t threads = pool_threads(plan->session->pool);
  const struct workspace_size size = workspace_size(plan);
  const bool whole_fields = desc->batch >= threads && workspace_bytes(&size) <= WHOLE_FIELDS_BYTES / threads;
  const size_t workspaces = whole_fields ? threads : 1;
  const enum vordec_status status = check_fit(plan, (uint64_t)workspaces * workspace_bytes(&size), error);
  if (status != VORDEC_OK) return status;

  plan->workspaces = memory_take(&plan->memory, workspaces, sizeof *plan->workspaces);
  plan->tallies = memory_take(&plan->memory, threads, sizeof *plan->tallies);
  plan->rolled_out = memory_take(&plan->memory, (size_t)desc->batch * plan->d, sizeof *plan->rolled_out);
  if (!plan->workspaces || !plan->tallies || !plan->rolled_out) return fail_memory(desc, error);
  plan->workspace_count = workspaces;
  const size_t worthwhile = larger(1, plan->grid.n * plan->grid.n / CELLS_PER_SLOT);
  plan->row_slots = worthwhile < threads ? worthwhile : threads;
  for (size_t i = 0; i < workspaces; i++) {
    if (!workspace_create(&plan->workspaces[i], &plan->memory, &size)) return fail_memory(desc, error);
  }
  return create_slots(plan, threads) ? VORDEC_OK : fail_memory(desc, error);
}

static enum vordec_status create_transforms(struct vordec_plan *plan, const struct vordec_plan_desc *desc,
                                            struct vordec_error *error) {
  const struct workspace *work = &plan->workspaces[0];
  if (!planner_ready(plan->grid.n)) return fail_memory(desc, error);
  const struct ifft_arrays arrays = {work->spare, work->other, work->lp};
  bool made = ifft_plan(&plan->ifft, &arrays);
  if (made && (desc->outputs & VORDEC_SCALARS)) {
    plan->forward = ifft_plan_forward(&plan->grid, work->spare, (fftw_complex *)work->other);
    made = plan->forward != NULL;
  }
  if (made && plan->synthesis.bands) made = cpu_synthesis_plan(&plan->synthesis, work->spare);
  if (made) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_FFT_SIZE, "cpu: FFTW has no plan for N = %u", desc->n);
}

static enum vordec_status create_tables(struct vordec_plan *plan, const struct vordec_plan_desc *desc,
                                        struct vordec_error *error) {
  const struct window_choice window = {desc->smooth_width, desc->smooth_kernel, desc->boundary};
  if (!smoothing_create(&plan->smoothing, &plan->memory, &plan->grid, &window)) return fail_memory(desc, error);
  if (!mode_table_create(&plan->low, &plan->memory, &plan->grid, desc->low_index, desc->m)) {
    return fail_memory(desc, error);
  }
  if (!desc->include_anchors || desc->max_kept == 0) return VORDEC_OK;
  if (!mode_table_create(&plan->kept, &plan->memory, &plan->grid, desc->anchor_index, desc->max_kept)) {
    return fail_memory(desc, error);
  }
  return VORDEC_OK;
}

/* Makes sums for each of the tables that has few enough columns. */
static enum vordec_status create_mode_sums(struct vordec_plan *plan, const struct vordec_plan_desc *desc,
                                           struct vordec_error *error) {
  if (ifft_sums_modes(&plan->ifft, &plan->low) &&
      !mode_sums_create(&plan->low_sums, &plan->memory, &plan->grid, &plan->low, &plan->smoothing)) {
    return fail_memory(desc, error);
  }
  if (plan->kept.count > 0 && ifft_sums_modes(&plan->ifft, &plan->kept) &&
      !mode_sums_create(&plan->kept_sums, &plan->memory, &plan->grid, &plan->kept, NULL)) {
    return fail_memory(desc, error);
  }
  return VORDEC_OK;
}

static struct vordec_plan *plan_allocate(struct vordec_session *session, const struct vordec_plan_desc *desc) {
  struct memory memory = {.source = session->memory.source};
  struct vordec_plan *plan = memory_take(&memory, 1, sizeof *plan);
  if (!plan) return NULL;
  plan->session = session;
  plan->memory = memory;
  plan->grid = grid_of(desc->n);
  plan->d = desc->d;
  plan->m = desc->m;
  plan->max_kept = desc->max_kept;
  plan->tau = desc->tau;
  plan->coefficient_max = vordec_coefficient_max(desc);
  plan->majority_iters = desc->majority_iters;
  plan->gate = desc->gate;
  return plan;
}

enum vordec_status cpu_plan_create_synthesis(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                             const struct vordec_residual_setup *setup, struct vordec_plan **plan,
                                             struct vordec_plan_info *info, struct vordec_error *error) {
  if (desc->precision != VORDEC_FP64) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FP32,
                       "cpu: this backend computes in fp64 only; set [decode] precision to fp64 or auto");
  }
  if (!window_at(desc->smooth_kernel)) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE, "cpu: smoothing window %d is not known",
                       (int)desc->smooth_kernel);
  }
  struct vordec_plan *made = plan_allocate(session, desc);
  if (!made) return fail_memory(desc, error);
  enum vordec_status status = create_tables(made, desc, error);
  if (!status && setup && !cpu_synthesis_create(&made->synthesis, &made->memory, desc, setup)) {
    status = fail_memory(desc, error);
  }
  if (status == VORDEC_OK) status = ifft_choose(&made->ifft, &made->grid, &made->low, desc, info, error);
  if (status == VORDEC_OK) status = create_mode_sums(made, desc, error);
  if (status == VORDEC_OK) status = create_work_memory(made, desc, error);
  if (status == VORDEC_OK) status = create_transforms(made, desc, error);
  if (status != VORDEC_OK) {
    cpu_plan_destroy(made);
    return status;
  }
  info->host_bytes = session->memory.bytes + made->memory.bytes;
  info->device_bytes = 0;
  info->warmup_ms = 0;
  *plan = made;
  return VORDEC_OK;
}

enum vordec_status cpu_plan_create(struct vordec_session *session, const struct vordec_plan_desc *desc,
                                   struct vordec_plan **plan, struct vordec_plan_info *info,
                                   struct vordec_error *error) {
  return cpu_plan_create_synthesis(session, desc, NULL, plan, info, error);
}

static void release_shared(const struct vordec_plan *plan) {
  const struct memory_source *source = &plan->memory.source;
  memory_release(source, plan->shared.omega_lp);
  memory_release(source, plan->shared.mask);
  memory_release(source, plan->shared.omega_hat);
  memory_release(source, plan->shared.z);
  memory_release(source, plan->shared.spare);
  memory_release(source, plan->shared.spoilt);
}

void cpu_plan_destroy(struct vordec_plan *plan) {
  if (!plan) return;
  const struct memory_source source = plan->memory.source;
  release_shared(plan);
  ifft_free_plan(plan->forward);
  ifft_destroy(&plan->ifft);
  cpu_synthesis_destroy(&plan->synthesis, &source);
  for (size_t i = 0; i < plan->workspace_count; i++) workspace_destroy(&plan->workspaces[i], &source);
  slots_destroy(&plan->slots, &source, plan->slot_count);
  memory_release(&source, plan->workspaces);
  memory_release(&source, plan->tallies);
  memory_release(&source, plan->rolled_out);
  smoothing_destroy(&plan->smoothing, &source);
  mode_sums_destroy(&plan->low_sums, &source);
  mode_sums_destroy(&plan->kept_sums, &source);
  mode_table_destroy(&plan->low, &source);
  mode_table_destroy(&plan->kept, &source);
  memory_release(&source, plan);
}
