#include "pruned.h"

#include "host.h"
#include "stages.h"

#include <string.h>

#define LINE_PADDING 8u /* rows that a thread sums at most */

static uint32_t ceil_div(uint32_t a, uint32_t b) {
  return (a - 1) / b + 1;
}

/* Rows that a thread sums at a time, by pass: what its registers hold. */
static uint32_t rows_of_absmax(const struct vordec_plan *plan) {
  return plan->desc.precision == VORDEC_FP64 ? 4 : 8;
}
static uint32_t rows_of_ternary(const struct vordec_plan *plan) {
  return plan->desc.precision == VORDEC_FP64 ? 2 : 4;
}

static uint32_t count_basis_rows(const struct mode_table *modes, uint32_t n, bool *seen) {
  uint32_t rows = 0;
  memset(seen, 0, n * sizeof *seen);
  for (uint32_t i = 0; i < modes->mode_count; i++) {
    rows += !seen[modes->modes[i].ky];
    seen[modes->modes[i].ky] = true;
  }
  return rows;
}

static void set_sizes(const struct vordec_plan *plan, struct pruned *pruned) {
  const uint32_t n = plan->n, half_words = ceil_div(n, 64), width = plan->desc.smooth_width;
  pruned->columns = plan->low_modes.column_count;
  pruned->pairs = plan->desc.precision == VORDEC_FP32 && half_words >= 4 ? 4 : half_words >= 2 ? 2 : 1;
  pruned->pitch = ceil_div(n, LINE_PADDING) * LINE_PADDING;
  pruned->half_pitch = ceil_div(half_words, pruned->pairs) * pruned->pairs * 32;
  if (plan->desc.boundary == VORDEC_BOUNDARY_ZERO) {
    pruned->edge_left = width / 2;
    pruned->edge_right = width - 1 - width / 2;
  }
  const uint32_t segments = pruned->half_pitch / (32 * pruned->pairs);
  const uint32_t tasks = segments * ceil_div(n, rows_of_ternary(plan));
  const uint32_t groups = ceil_div(tasks, VORDEC_WORKGROUP / 32);
  pruned->groups = groups < VORDEC_GROUPS_MAX ? groups : VORDEC_GROUPS_MAX;
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
                    "vkfft-pruned is for spectra of up to %u columns and rows with modes; this one has %u and %u",
                    PRUNED_MODES_MAX, (unsigned)pruned->columns, (unsigned)pruned->basis_rows);
    host_free(host, pruned);
    return status;
  }
  if (plan->groups < pruned->groups) plan->groups = pruned->groups;
  *out = pruned;
  return VORDEC_OK;
}

/* Whether 32 threads in a row always vote on 32 cells of one word. */
static bool whole_words(const struct vordec_plan *plan) {
  return plan->n % 64 == 0 && plan->session->facts.has_ballots && plan->session->facts.info.subgroup_size >= 32;
}

static struct kernel_constants constants_of(const struct vordec_plan *plan, uint32_t rows) {
  const struct pruned *pruned = plan->pruned;
  return (struct kernel_constants){9,
                                   {plan->n, pruned->columns, pruned->pitch, pruned->half_pitch, pruned->pairs, rows,
                                    pruned->edge_left, pruned->edge_right, !whole_words(plan)}};
}

enum vordec_status pruned_create(struct vordec_plan *plan, struct vordec_error *error) {
  struct vordec_session *session = plan->session;
  struct pruned *pruned = plan->pruned;
  const enum vordec_precision precision = plan->desc.precision;
  pruned->ternary_kernel = session->facts.has_ballots ? KERNEL_PRUNED_TERNARY_BALLOT : KERNEL_PRUNED_TERNARY_PLAIN;
  struct kernel_constants constants = constants_of(plan, rows_of_absmax(plan));
  constants.count = 8;
  enum vordec_status status =
      kernels_specialise(session, KERNEL_PRUNED_ABSMAX, precision, &constants, &pruned->absmax, error);
  constants = constants_of(plan, rows_of_ternary(plan));
  if (!status) {
    status = kernels_specialise(session, pruned->ternary_kernel, precision, &constants, &pruned->ternary, error);
  }
  if (!status) status = bit_majority_create(plan, &pruned->majority, error);
  if (!status) status = pruned_upload(plan, error);
  return status;
}

void pruned_destroy(struct vordec_session *session, struct pruned *pruned) {
  if (!pruned) return;
  bit_majority_destroy(session, &pruned->majority);
  if (pruned->ternary) session->vk.DestroyPipeline(session->device, pruned->ternary, NULL);
  if (pruned->absmax) session->vk.DestroyPipeline(session->device, pruned->absmax, NULL);
  host_free(session->host, pruned);
}

static enum plan_buffer or_any(bool there, enum plan_buffer buffer) {
  return there ? buffer : PLAN_PARTIALS; /* a binding needs a buffer even where the kernel never looks */
}

void record_pruned_columns(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const struct pruned *pruned = plan->pruned;
  const bool edges = pruned->edge_left + pruned->edge_right > 0;
  const struct pruned_columns_push push = {.columns = pruned->columns,
                                           .pitch = pruned->pitch,
                                           .coef_stride = plan->coef_stride,
                                           .im_offset = plan->desc.m,
                                           .edges = edges};
  const enum plan_buffer buffers[] = {
      PLAN_COEF,    PLAN_PRUNED_MODES, PLAN_LOW_COLUMNS,    PLAN_COLUMN_FACTORS,
      PLAN_BASIS_Y, PLAN_LINES,        PLAN_RESIDUAL_LINES, or_any(edges, PLAN_DIFFERENCE_LINES)};
  record_kernel(recorder, KERNEL_PRUNED_COLUMNS, buffers, &push, pruned->columns * pruned->pitch);
}

static void record_absmax(struct recorder *recorder, const struct pruned_rows_push *push) {
  const struct vordec_plan *plan = recorder->plan;
  const bool edges = plan->pruned->edge_left + plan->pruned->edge_right > 0;
  const enum plan_buffer buffers[] = {PLAN_RESIDUAL_LINES,
                                      PLAN_BASIS_X,
                                      PLAN_LINES,
                                      or_any(edges, PLAN_DIFFERENCE_LINES),
                                      or_any(edges, PLAN_EDGE_BASIS),
                                      or_any(edges, PLAN_EDGES),
                                      PLAN_PARTIALS};
  record_pipeline(recorder, KERNEL_PRUNED_ABSMAX, plan->pruned->absmax, buffers, push, plan->groups, 1);
}

static void record_ternary(struct recorder *recorder, const struct pruned_rows_push *push) {
  const struct vordec_plan *plan = recorder->plan;
  const struct pruned *pruned = plan->pruned;
  const bool edges = pruned->edge_left + pruned->edge_right > 0;
  const enum plan_buffer buffers[] = {PLAN_LINES,    PLAN_RESIDUAL_LINES, PLAN_BASIS_X,  or_any(edges, PLAN_EDGES),
                                      PLAN_PARTIALS, PLAN_OMEGA_LP,       PLAN_PLANES_A, PLAN_PLANES_A};
  record_pipeline(recorder, pruned->ternary_kernel, pruned->ternary, buffers, push, pruned->groups, 1);
}

void record_pruned_rows(struct recorder *recorder) {
  const struct vordec_plan *plan = recorder->plan;
  const struct tau_bits tau = tau_bits_of(plan);
  const struct pruned_rows_push push = {
      .groups = plan->groups, .offset = partial_offset(plan, PARTIAL_ABSMAX), .tau_lo = tau.lo, .tau_hi = tau.hi};
  if (!whole_words(plan)) record_zero(recorder, PLAN_PLANES_A);
  record_absmax(recorder, &push);
  record_ternary(recorder, &push);
  record_bit_majority(recorder, &plan->pruned->majority);
}
