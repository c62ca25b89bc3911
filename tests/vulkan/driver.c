/* SPDX-License-Identifier: MIT */
#include "driver.h"

void driver_must(enum vordec_status status, const struct vordec_error *error) {
  if (status) fail_msg("%s", error->message);
}

struct vordec_plan *driver_plan(struct harness *harness, struct vordec_session *session,
                                const struct vordec_plan_desc *desc, struct vordec_plan_info *info) {
  struct vordec_plan *plan = NULL;
  struct vordec_error error = {0};
  *info = (struct vordec_plan_info){.struct_size = sizeof *info};
  driver_must(harness->backend->plan_create(session, desc, &plan, info, &error), &error);
  return plan;
}

struct vordec_decode_job driver_job(const struct sample *sample, struct outputs *outputs, uint32_t residual_set) {
  struct vordec_decode_job job = {.struct_size = sizeof job,
                                  .count = sample->count,
                                  .z = sample->z,
                                  .outputs = ALL_OUTPUTS,
                                  .omega_lp = outputs->omega_lp,
                                  .mask = outputs->mask,
                                  .omega_hat = outputs->omega_hat,
                                  .scalars = outputs->scalars};
  if (residual_set & VORDEC_RESIDUAL_FIELD) job.residual = sample->residual;
  for (int band = 0; band < 2; band++) {
    if (!(residual_set & (VORDEC_RESIDUAL_MID << band))) continue;
    job.band[band] = sample->band[band];
    job.band_energy[band] = sample->band_energy[band];
  }
  return job;
}

struct vordec_decode_result driver_run(struct harness *harness, struct vordec_plan *plan,
                                       const struct vordec_decode_job *job) {
  struct vordec_decode_result result = {.struct_size = sizeof result};
  struct vordec_error error = {0};
  driver_must(harness->backend->decode(plan, job, &result, &error), &error);
  return result;
}

void driver_near(double value, double expected, double tolerance, const char *what) {
  if (fabs(value - expected) <= tolerance) return;
  fail_msg("%s: %.17g instead of %.17g (tolerance %g)", what, value, expected, tolerance);
}
