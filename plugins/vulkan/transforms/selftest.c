/* SPDX-License-Identifier: MIT */
#include "selftest.h"

#include "gpu/vulkan_host.h"
#include "plan/mode_sums.h"
#include "plan/record_stages.h"
#include "plan/reduce.h"
#include "plan/trial.h"

/* How far the two transforms may be apart, relative to the largest value. A wrong transform is off by about 1. */
#define TOLERANCE_FP32 2e-5
#define TOLERANCE_FP64 1e-12

static double get_real(const struct vordec_plan *plan, const void *from, size_t at) {
  return plan->desc.precision == VORDEC_FP64 ? ((const double *)from)[at] : (double)((const float *)from)[at];
}

/* What comes back to the host: partial results of the difference and of the direct field, and a row of the first state
 * and of the last one. */
struct report {
  struct buffer buffer;
  uint64_t row_bytes, partial_bytes;
  uint32_t row;
};

/* Records the comparison: field a becomes the direct transform, and field b becomes omega_lp, which VkFFT made, less
 * field a. */
static void record_comparison(struct recorder *recorder, struct report *report) {
  struct vordec_plan *plan = recorder->plan;
  record_upload(recorder);
  record_scatter_lowk(recorder);
  record_ifft_lp(recorder);
  record_low_spectrum(recorder);
  record_low_sums(recorder, PLAN_FIELD_A);
  const struct smooth_push subtract = {.n = plan->n, .width = 1, .subtract = 1};
  const enum plan_buffer buffers[] = {PLAN_FIELD_A, PLAN_OMEGA_LP, PLAN_FIELD_B, PLAN_FIELD_A};
  record_kernel(recorder, KERNEL_SMOOTH, buffers, &subtract, plan->cells);
  record_reduce(recorder, KERNEL_ABSMAX, PLAN_FIELD_B, PARTIAL_ABSMAX, false);
  record_reduce(recorder, KERNEL_MEAN_SQUARE, PLAN_FIELD_B, PARTIAL_LP, false);
  record_reduce(recorder, KERNEL_ABSMAX, PLAN_FIELD_A, PARTIAL_HAT, false);

  const uint64_t field = (uint64_t)plan->cells * plan->real_bytes;
  record_copy_out(recorder, PLAN_PARTIALS, 0, report->buffer.handle, 0, report->partial_bytes);
  for (uint32_t i = 0; i < 2; i++) {
    const uint64_t state = i ? plan->chunk - 1 : 0;
    record_copy_out(recorder, PLAN_FIELD_A, state * field + report->row * report->row_bytes, report->buffer.handle,
                    report->partial_bytes + i * report->row_bytes, report->row_bytes);
  }
}

/* Runs the comparison in one submission if it is small, and otherwise in pieces. */
static enum vordec_status compare(struct vordec_plan *plan, struct report *report, struct vordec_error *error) {
  struct vordec_session *session = plan->session;
  struct vordec_decode_result times = {.struct_size = sizeof times};
  struct pacing pacing = {.plan = plan, .id = SEGMENT_COUNT, .result = &times, .error = error};
  const bool paced = session->submission_ms > 0.0 && (double)plan->cells * plan->chunk > PACE_FIRST_CELLS;
  struct recorder recorder =
      paced ? record_begin_paced(&pacing) : record_begin(plan, SEGMENT_WARM_UP, "VkFFT self-test");
  record_comparison(&recorder, report);
  const enum vordec_status status = record_end(&recorder, error);
  return status || paced ? status : session_submit(session, &recorder.segment->commands, 1, error);
}

static double fold(const struct vordec_plan *plan, const struct report *report, enum partial_slot slot, bool sum) {
  const size_t count = (size_t)plan->chunk * plan->groups, at = partial_offset(plan, slot);
  double value = 0.0;
  for (size_t i = 0; i < count; i++) {
    const double partial = get_real(plan, report->buffer.mapped, at + i);
    value = sum ? value + partial : fmax(value, partial);
  }
  return value;
}

/* Returns the largest error of the direct transform along the row of a state that came back. The right values are sums
 * over the half spectrum. */
static double row_error(const struct vordec_plan *plan, const struct report *report, uint32_t which) {
  const uint32_t state = which ? plan->chunk - 1 : 0, n = plan->n;
  const char *row = (const char *)report->buffer.mapped + report->partial_bytes + which * report->row_bytes;
  const uint32_t step = n > 64 ? n / 64 : 1;
  double worst = 0.0;
  for (uint32_t x = 0; x < n; x += step) {
    double sum = 0.0;
    for (uint32_t j = 0; j < plan->low_modes.mode_count; j++) {
      const struct mode *mode = &plan->low_modes.modes[j];
      const uint64_t turns = ((uint64_t)mode->kx * x + (uint64_t)mode->ky * report->row) % n;
      const double angle = 6.283185307179586476925 * (double)turns / (double)n;
      const double copies = mode->kx == 0 || 2 * mode->kx == n ? 0.5 : 1.0;
      if (mode->source != VORDEC_ABSENT) {
        sum += copies * (trial_coefficient(plan, state, mode->source) * cos(angle) -
                         trial_coefficient(plan, state, plan->desc.m + mode->source) * sin(angle));
      }
      if (mode->mirror != VORDEC_ABSENT) {
        sum += copies * (trial_coefficient(plan, state, mode->mirror) * cos(angle) +
                         trial_coefficient(plan, state, plan->desc.m + mode->mirror) * sin(angle));
      }
    }
    const double error = fabs(get_real(plan, row, x) - sum);
    if (!isfinite(error)) return INFINITY;
    worst = fmax(worst, error);
  }
  return worst;
}

static enum vordec_status judge(const struct vordec_plan *plan, const struct report *report,
                                struct vordec_error *error) {
  const double tolerance = plan->desc.precision == VORDEC_FP64 ? TOLERANCE_FP64 : TOLERANCE_FP32;
  const double scale = fold(plan, report, PARTIAL_HAT, false), difference = fold(plan, report, PARTIAL_ABSMAX, false);
  /* A maximum may pass over a NAN, but a sum does not. */
  const double squares = fold(plan, report, PARTIAL_LP, true);
  const double own = fmax(row_error(plan, report, 0), row_error(plan, report, 1));
  if (scale > 0.0 && difference <= tolerance * scale && isfinite(squares) && own <= tolerance * scale) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_FFT_SIZE,
                     "VkFFT failed its self-test for N = %u: off by %.3g of %.3g (direct sums by %.3g)",
                     (unsigned)plan->n, difference, scale, own);
}

enum vordec_status selftest_run(struct vordec_plan *plan, struct vordec_error *error) {
  struct vordec_session *session = plan->session;
  struct report report = {.row_bytes = (uint64_t)plan->n * plan->real_bytes,
                          .partial_bytes = plan->buffers[PLAN_PARTIALS].size,
                          .row = plan->n / 3};
  enum vordec_status status = buffer_create(&session->gpu, BUFFER_READBACK, report.partial_bytes + 2 * report.row_bytes,
                                            "self-test", &report.buffer, error);
  if (status) return status;
  VkResult visible = trial_fill(plan, plan->chunk);
  if (visible != VK_SUCCESS) status = gpu_fail(&session->gpu, visible, "vkFlushMappedMemoryRanges", error);
  struct segment *segment = &plan->segments[SEGMENT_WARM_UP];
  if (!status) status = compare(plan, &report, error);
  if (!status) {
    visible = buffer_invalidate(&session->gpu, &report.buffer);
    status = visible == VK_SUCCESS ? judge(plan, &report, error)
                                   : gpu_fail(&session->gpu, visible, "vkInvalidateMappedMemoryRanges", error);
  }
  session_settle(session);
  if (segment->commands)
    session->gpu.vk.FreeCommandBuffers(session->gpu.device, session->commands, 1, &segment->commands);
  *segment = (struct segment){0};
  buffer_destroy(&session->gpu, &report.buffer);
  memset(plan_coef_input(plan)->mapped, 0, plan_coef_input(plan)->size);
  return status;
}
