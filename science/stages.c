#include "stages.h"

#include <stdlib.h>
#include <string.h>

#include "plugins/cpu/field.h"
#include "plugins/cpu/majority.h"
#include "plugins/cpu/ternary.h"
#include "workers.h"

struct stages {
  struct vordec_session *session;
  struct vordec_plan *plan;
  struct field field;
};

enum vordec_status stages_create(const struct stages_desc *desc, struct stages **stages, struct vordec_error *error) {
  *stages = NULL;
  struct stages *made = calloc(1, sizeof *made);
  if (!made) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "mask stage: out of memory");
  /* A plan of one low mode, the mean, which is never decoded: the stages need its work memory and settings. */
  const uint32_t mean = 0;
  const struct vordec_plan_desc plan = {.struct_size = sizeof plan,
                                        .n = (uint32_t)desc->n,
                                        .batch = 1,
                                        .precision = VORDEC_FP64,
                                        .fft = "auto",
                                        .d = 6,
                                        .m = 1,
                                        .low_index = &mean,
                                        .smooth_width = desc->smooth_width,
                                        .smooth_kernel = desc->smooth_kernel,
                                        .boundary = desc->boundary,
                                        .tau = desc->tau,
                                        .majority_iters = desc->majority_iters};
  struct vordec_plan_info info = {.struct_size = sizeof info};
  enum vordec_status status = workers_open(desc->threads, &made->session, error);
  if (status == VORDEC_OK) status = plan_create(made->session, &plan, &made->plan, &info, error);
  if (status != VORDEC_OK) {
    stages_destroy(made);
    return status;
  }
  made->field = (struct field){.plan = made->plan,
                               .work = made->plan->workspaces,
                               .scratch = made->plan->scratch,
                               .team = {.pool = made->session->pool, .slots = made->plan->scratch_count}};
  *stages = made;
  return VORDEC_OK;
}

void stages_destroy(struct stages *stages) {
  if (!stages) return;
  plan_destroy(stages->plan);
  session_close(stages->session);
  free(stages);
}

static double run_smoothing(struct stages *stages, const double *field, double *residual) {
  const struct grid *grid = &stages->plan->grid;
  const struct workspace *work = stages->field.work;
  const size_t bytes = grid->n * sizeof *field;
  for (size_t y = 0; y < grid->n; y++) memcpy(work->lp + y * grid->pitch, field + y * grid->n, bytes);
  const double absmax = smooth_residual(&stages->field);
  for (size_t y = 0; y < grid->n; y++) memcpy(residual + y * grid->n, work->other + y * grid->pitch, bytes);
  return absmax;
}

void stages_residual(struct stages *stages, const double *field, double *residual) {
  run_smoothing(stages, field, residual);
}

double stages_support(struct stages *stages, const double *field, double *residual) {
  const double absmax = run_smoothing(stages, field, residual);
  ternary_threshold(&stages->field, absmax);
  majority(&stages->field);
  const struct grid *grid = &stages->plan->grid;
  size_t support = 0;
  for (size_t y = 0; y < grid->n; y++) {
    const int8_t *row = stages->field.work->mask + y * grid->mask_pitch;
    for (size_t x = 0; x < grid->n; x++) support += row[x] != 0;
  }
  return (double)support / (double)(grid->n * grid->n);
}
