#include "plan.h"

#include <string.h>

#include "planes.h"
#include "planner.h"

/* Fields are handed to threads whole only while the work memory of all of them stays below this; larger fields are
 * shared by rows, which costs little there. */
#define WHOLE_FIELDS_BYTES ((size_t)1 << 30)
/* Cells that make it worth waking a thread up for its share of a field's rows. */
#define CELLS_PER_SLOT ((size_t)1 << 13)

static size_t larger(size_t a, size_t b) {
  return a > b ? a : b;
}

static enum vordec_status fail_memory(const struct vordec_plan_desc *desc, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY,
                     "cpu: no memory for a plan of N = %u, batch %u; use fewer threads or a smaller grid", desc->n,
                     desc->batch);
}

/* Doubles of an array that holds spectra as well as fields. */
static size_t spectrum_doubles(const struct vordec_plan *plan) {
  const size_t spectrum =
      larger(ifft_spectrum_values(&plan->ifft, &plan->low), ifft_spectrum_values(&plan->ifft, &plan->kept));
  return larger(plan->grid.n * plan->grid.pitch, 2 * spectrum);
}

static size_t matrix_doubles(const struct vordec_plan *plan) {
  return larger(synthesis_matrix_doubles(&plan->low_synthesis), synthesis_matrix_doubles(&plan->kept_synthesis));
}

static size_t workspace_bytes(const struct vordec_plan *plan) {
  const struct grid *grid = &plan->grid;
  const size_t doubles = grid->n * grid->pitch + 2 * spectrum_doubles(plan) + matrix_doubles(plan) + grid->n;
  return (doubles + planes_words_of_field(grid)) * sizeof(double) + 2 * grid->n * grid->mask_pitch;
}

static bool workspace_create(struct workspace *work, struct vordec_plan *plan) {
  const struct grid *grid = &plan->grid;
  work->lp = memory_take(&plan->memory, grid->n * grid->pitch, sizeof(double));
  work->spare = memory_take(&plan->memory, spectrum_doubles(plan), sizeof(double));
  work->other = memory_take(&plan->memory, spectrum_doubles(plan), sizeof(double));
  work->mask = memory_take(&plan->memory, grid->n, grid->mask_pitch);
  work->mask_other = memory_take(&plan->memory, grid->n, grid->mask_pitch);
  work->matrix = memory_take(&plan->memory, matrix_doubles(plan), sizeof(double));
  work->bits = memory_take(&plan->memory, planes_words_of_field(grid), sizeof *work->bits);
  work->row_sum = memory_take(&plan->memory, grid->n, sizeof(double));
  return work->lp && work->spare && work->other && work->mask && work->mask_other && work->matrix && work->bits &&
         work->row_sum;
}

static void workspace_destroy(struct workspace *work, const struct vordec_host *host) {
  memory_release(host, work->lp);
  memory_release(host, work->spare);
  memory_release(host, work->other);
  memory_release(host, work->mask);
  memory_release(host, work->mask_other);
  memory_release(host, work->matrix);
  memory_release(host, work->bits);
  memory_release(host, work->row_sum);
}

static bool scratch_create(struct scratch *scratch, struct vordec_plan *plan) {
  scratch->window = memory_take(&plan->memory, smooth_window_doubles(&plan->smoothing, &plan->grid), sizeof(double));
  scratch->row = memory_take(&plan->memory, ifft_row_values(&plan->ifft), sizeof(fftw_complex));
  scratch->triple = memory_take(&plan->memory, plan->grid.n + 2, 1);
  const size_t signals =
      larger(synthesis_slot_doubles(&plan->low_synthesis), synthesis_slot_doubles(&plan->kept_synthesis));
  scratch->signals = memory_take(&plan->memory, signals, sizeof(double));
  scratch->strip = memory_take(&plan->memory, planes_words_of_slot(&plan->grid), sizeof *scratch->strip);
  return scratch->window && scratch->row && scratch->triple && scratch->signals && scratch->strip;
}

static void scratch_destroy(struct scratch *scratch, const struct vordec_host *host) {
  memory_release(host, scratch->window);
  memory_release(host, scratch->row);
  memory_release(host, scratch->triple);
  memory_release(host, scratch->signals);
  memory_release(host, scratch->strip);
}

/* Refuses a plan that is larger than the machine's memory before touching any of it. */
static enum vordec_status check_fit(const struct vordec_plan *plan, size_t workspaces, struct vordec_error *error) {
  const uint64_t need = plan->memory.bytes + (uint64_t)workspaces * workspace_bytes(plan);
  const uint64_t have = plan->session->device.memory_bytes;
  if (have == 0 || need <= have) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY,
                     "cpu: a plan of N = %zu needs %llu MiB and this machine has %llu MiB; use a smaller grid",
                     plan->grid.n, (unsigned long long)(need >> 20), (unsigned long long)(have >> 20));
}

static enum vordec_status create_work_memory(struct vordec_plan *plan, const struct vordec_plan_desc *desc,
                                             struct vordec_error *error) {
  const size_t threads = pool_threads(plan->session->pool);
  const bool whole_fields = desc->batch >= threads && workspace_bytes(plan) <= WHOLE_FIELDS_BYTES / threads;
  const size_t workspaces = whole_fields ? threads : 1;
  const enum vordec_status status = check_fit(plan, workspaces, error);
  if (status != VORDEC_OK) return status;

  plan->workspaces = memory_take(&plan->memory, workspaces, sizeof *plan->workspaces);
  plan->scratch = memory_take(&plan->memory, threads, sizeof *plan->scratch);
  plan->tallies = memory_take(&plan->memory, threads, sizeof *plan->tallies);
  plan->rolled_out = memory_take(&plan->memory, plan->d, sizeof *plan->rolled_out);
  if (!plan->workspaces || !plan->scratch || !plan->tallies || !plan->rolled_out) return fail_memory(desc, error);
  plan->workspace_count = workspaces;
  plan->scratch_count = threads;
  const size_t worthwhile = larger(1, plan->grid.n * plan->grid.n / CELLS_PER_SLOT);
  plan->row_slots = worthwhile < threads ? worthwhile : threads;
  for (size_t i = 0; i < workspaces; i++) {
    if (!workspace_create(&plan->workspaces[i], plan)) return fail_memory(desc, error);
  }
  for (size_t i = 0; i < threads; i++) {
    if (!scratch_create(&plan->scratch[i], plan)) return fail_memory(desc, error);
  }
  return VORDEC_OK;
}

static enum vordec_status create_transforms(struct vordec_plan *plan, const struct vordec_plan_desc *desc,
                                            struct vordec_error *error) {
  const struct workspace *work = &plan->workspaces[0];
  if (!planner_ready(plan->grid.n)) return fail_memory(desc, error);
  bool made = ifft_plan(&plan->ifft, work);
  if (made && (desc->outputs & VORDEC_SCALARS)) {
    plan->forward = ifft_plan_forward(&plan->grid, work->spare, (fftw_complex *)work->other);
    made = plan->forward != NULL;
  }
  if (made) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_FFT_SIZE, "cpu: FFTW has no plan for N = %u", desc->n);
}

static enum vordec_status create_tables(struct vordec_plan *plan, const struct vordec_plan_desc *desc,
                                        struct vordec_error *error) {
  if (!mode_table_create(&plan->low, &plan->memory, &plan->grid, desc->low_index, desc->m)) {
    return fail_memory(desc, error);
  }
  if (!desc->include_anchors || desc->max_kept == 0) return VORDEC_OK;
  if (!mode_table_create(&plan->kept, &plan->memory, &plan->grid, desc->anchor_index, desc->max_kept)) {
    return fail_memory(desc, error);
  }
  return VORDEC_OK;
}

/* Each of the tables that has few enough columns. */
static enum vordec_status create_syntheses(struct vordec_plan *plan, const struct vordec_plan_desc *desc,
                                           struct vordec_error *error) {
  if (ifft_is_synthesis(&plan->ifft, &plan->low) &&
      !synthesis_create(&plan->low_synthesis, &plan->memory, &plan->grid, &plan->low, &plan->smoothing)) {
    return fail_memory(desc, error);
  }
  if (plan->kept.count > 0 && ifft_is_synthesis(&plan->ifft, &plan->kept) &&
      !synthesis_create(&plan->kept_synthesis, &plan->memory, &plan->grid, &plan->kept, NULL)) {
    return fail_memory(desc, error);
  }
  return VORDEC_OK;
}

static struct vordec_plan *plan_allocate(struct vordec_session *session, const struct vordec_plan_desc *desc) {
  struct memory memory = {.host = session->host};
  struct vordec_plan *plan = memory_take(&memory, 1, sizeof *plan);
  if (!plan) return NULL;
  plan->session = session;
  plan->memory = memory;
  plan->grid = grid_of(desc->n);
  plan->d = desc->d;
  plan->m = desc->m;
  plan->max_kept = desc->max_kept;
  plan->smoothing = smoothing_of(&plan->grid, desc->smooth_width, desc->smooth_kernel, desc->boundary);
  plan->tau = desc->tau;
  plan->coefficient_max = vordec_coefficient_max(desc);
  plan->majority_iters = desc->majority_iters;
  plan->gate = desc->gate;
  return plan;
}

enum vordec_status plan_create(struct vordec_session *session, const struct vordec_plan_desc *desc,
                               struct vordec_plan **plan, struct vordec_plan_info *info, struct vordec_error *error) {
  if (desc->precision != VORDEC_FP64) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FP32,
                       "cpu: this backend computes in fp64 only; set [decode] precision to fp64 or auto");
  }
  struct vordec_plan *made = plan_allocate(session, desc);
  if (!made) return fail_memory(desc, error);
  enum vordec_status status = create_tables(made, desc, error);
  if (status == VORDEC_OK) status = ifft_choose(&made->ifft, &made->grid, &made->low, desc, info, error);
  if (status == VORDEC_OK) status = create_syntheses(made, desc, error);
  if (status == VORDEC_OK) status = create_work_memory(made, desc, error);
  if (status == VORDEC_OK) status = create_transforms(made, desc, error);
  if (status != VORDEC_OK) {
    plan_destroy(made);
    return status;
  }
  info->host_bytes = session->memory.bytes + made->memory.bytes;
  info->device_bytes = 0;
  info->warmup_ms = 0;
  *plan = made;
  return VORDEC_OK;
}

void plan_destroy(struct vordec_plan *plan) {
  if (!plan) return;
  const struct vordec_host *host = plan->session->host;
  ifft_free_plan(plan->forward);
  ifft_destroy(&plan->ifft);
  for (size_t i = 0; i < plan->workspace_count; i++) workspace_destroy(&plan->workspaces[i], host);
  for (size_t i = 0; i < plan->scratch_count; i++) scratch_destroy(&plan->scratch[i], host);
  memory_release(host, plan->workspaces);
  memory_release(host, plan->scratch);
  memory_release(host, plan->tallies);
  memory_release(host, plan->rolled_out);
  synthesis_destroy(&plan->low_synthesis, host);
  synthesis_destroy(&plan->kept_synthesis, host);
  mode_table_destroy(&plan->low, host);
  mode_table_destroy(&plan->kept, host);
  memory_release(host, plan);
}
