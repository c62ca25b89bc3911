/* SPDX-License-Identifier: MIT */
#include "encoder_gains.h"

#include "gpu/vulkan_host.h"
#include "plan/plan_memory.h"
#include "plan/upload.h"
#include "transforms/unit_root.h"
#include "transforms/vulkan_window.h"

#include <math.h>

bool encoder_gains_serve(const struct vordec_plan *plan) {
  return plan->desc.boundary == VORDEC_BOUNDARY_PERIODIC && plan->low_modes.mode_count > 0;
}

static uint64_t gains_bytes(const struct vordec_plan *plan) {
  return 2ull * plan->low_modes.mode_count * plan->real_bytes;
}

void encoder_gains_list_needs(const struct vordec_plan *plan, struct buffer_need *needs) {
  needs[PLAN_SUM_GAINS] = need_of("gains of modes", BUFFER_DEVICE, gains_bytes(plan), 0);
}

struct losses {
  double complex *roots, *values; /* values[k] is for wavenumber k along an axis; NAN until somebody asks for it */
  double *weights;
  void *gains;
};

static bool losses_create(const struct vordec_plan *plan, struct losses *losses) {
  const struct vordec_host *host = plan->session->gpu.host;
  const uint32_t n = plan->n;
  losses->roots = host_alloc(host, n, sizeof *losses->roots);
  losses->values = host_alloc(host, n, sizeof *losses->values);
  losses->weights = host_alloc(host, plan->desc.smooth_width, sizeof *losses->weights);
  losses->gains = host_alloc(host, plan->low_modes.mode_count, 2ull * plan->real_bytes);
  if (!losses->roots || !losses->values || !losses->weights || !losses->gains) return false;
  for (uint32_t k = 0; k < n; k++) {
    losses->roots[k] = unit_root(k, n);
    losses->values[k] = NAN;
  }
  return true;
}

static void losses_destroy(const struct vordec_plan *plan, struct losses *losses) {
  void *const all[] = {losses->roots, losses->values, losses->weights, losses->gains};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) host_free(plan->session->gpu.host, all[i]);
}

/* Returns 1 - S, where S is the factor by which smoothing along an axis multiplies the mode. */
static double complex loss_of(struct losses *losses, const struct vulkan_window *window, uint32_t k) {
  if (isnan(creal(losses->values[k]))) losses->values[k] = vulkan_window_loss(window, k);
  return losses->values[k];
}

/* Computes 1 - Sx Sy without subtracting numbers that are nearly the same. */
static void make_gains(const struct vordec_plan *plan, struct losses *losses) {
  const struct vulkan_window window = vulkan_window_of(&plan->desc, losses->roots, losses->weights);
  for (uint32_t i = 0; i < plan->low_modes.mode_count; i++) {
    const struct mode *mode = &plan->low_modes.modes[i];
    const double complex x = loss_of(losses, &window, mode->kx), y = loss_of(losses, &window, mode->ky);
    const double complex gain = x + y - x * y;
    if (plan->desc.precision == VORDEC_FP64) {
      ((double *)losses->gains)[2 * i] = creal(gain);
      ((double *)losses->gains)[2 * i + 1] = cimag(gain);
    } else {
      ((float *)losses->gains)[2 * i] = (float)creal(gain);
      ((float *)losses->gains)[2 * i + 1] = (float)cimag(gain);
    }
  }
}

enum vordec_status encoder_gains_upload(struct vordec_plan *plan, struct vordec_error *error) {
  struct losses losses = {0};
  enum vordec_status status = VORDEC_OK;
  if (losses_create(plan, &losses)) {
    make_gains(plan, &losses);
    const struct upload_part part = {PLAN_SUM_GAINS, losses.gains, gains_bytes(plan)};
    status = upload_parts(plan, &part, 1, error);
  } else {
    status = host_no_memory(error, "the gains of modes");
  }
  losses_destroy(plan, &losses);
  return status;
}
