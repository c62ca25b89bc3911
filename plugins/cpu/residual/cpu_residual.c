/* SPDX-License-Identifier: MIT */
#include "cpu_residual.h"

#include "plugins/cpu/cpu_plan.h"

static enum vordec_status prepare(struct vordec_plan *plan, const struct vordec_residual_job *job,
                                  struct vordec_error *error) {
  (void)error;
  plan->next = *job;
  return VORDEC_OK;
}

/* All threads share the rows of one state after the other. */
static enum vordec_status fields(struct vordec_plan *plan, const struct vordec_residual_job *job, const double *z,
                                 uint32_t count, double *const field[2], struct vordec_error *error) {
  const size_t cells = plan->grid.n * plan->grid.n;
  const struct team team = {.pool = plan->session->pool, .slots = plan->row_slots};
  (void)error;
  for (uint32_t i = 0; i < count; i++) {
    struct cpu_band_state state = cpu_synthesis_state(&plan->synthesis, z + i * plan->d, plan->m, job->step[i]);
    state.phase = job->phase;
    for (enum band band = 0; band < BANDS; band++) {
      if (job->energy[band]) job->energy[band][i] = state.energy[band];
      if (!field[band]) continue;
      cpu_synthesis_run(&plan->synthesis, &state, band, plan->workspaces[0].spare, field[band] + i * cells, team);
    }
  }
  return VORDEC_OK;
}

const struct vordec_residual_interface cpu_residual_interface = {
    .struct_size = sizeof(struct vordec_residual_interface),
    .plan_create = cpu_plan_create_synthesis,
    .prepare = prepare,
    .fields = fields,
};
