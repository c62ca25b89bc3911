/* SPDX-License-Identifier: MIT */
#include "synthesis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "intake.h"

#define CPU "cpu" /* the backend that makes bands for those that make none */

/* ---- what is asked for ---- */

static bool is_wanted(const struct vordec_config *config, const struct vordec_decoder_desc *desc) {
  const uint32_t given = VORDEC_RESIDUAL_FIELD | VORDEC_RESIDUAL_MID | VORDEC_RESIDUAL_HIGH;
  if (config_number(config, CONFIG_RESIDUAL_SYNTHESIS) != SYNTHESIS_ON || (desc->residuals & given)) return false;
  return (desc->outputs & (VORDEC_OMEGA_HAT | VORDEC_SCALARS)) != 0;
}

static struct vordec_residual_setup setup_of(const struct vordec_config *config, const struct vordec_layout *layout,
                                             const struct vordec_decoder_desc *desc) {
  return (struct vordec_residual_setup){
      .struct_size = sizeof(struct vordec_residual_setup),
      .seed = config_number(config, CONFIG_RESIDUAL_SEED),
      .bands = (config_number(config, CONFIG_RESIDUAL_MID) ? (uint32_t)VORDEC_RESIDUAL_MID : 0u) |
               (config_number(config, CONFIG_RESIDUAL_HIGH) ? (uint32_t)VORDEC_RESIDUAL_HIGH : 0u),
      .mid_limit = band_limit(layout->resid_mid_cut),
      .half = layout->half,
      .phases = (desc->residuals & VORDEC_RESIDUAL_PHASES) != 0,
  };
}

static enum vordec_status make_table(struct synthesis *synthesis, struct vordec_error *error) {
  const struct vordec_layout *layout = synthesis->layout;
  const struct band_desc desc = {.n = (uint32_t)layout->info.n,
                                 .mid_limit = synthesis->setup.mid_limit,
                                 .modes = layout->half ? MODES_HALF : MODES_FULL,
                                 .low_index = layout->low_index,
                                 .m = (uint32_t)layout->info.m,
                                 .anchor_index = layout->anchor_index,
                                 .max_kept = (uint32_t)layout->info.max_kept};
  struct band_table *table = &synthesis->table;
  band_table_measure(&desc, table);
  table->until = calloc((size_t)table->side * table->side, sizeof *table->until);
  table->mid_modes = calloc((size_t)desc.max_kept + 1, sizeof *table->mid_modes);
  if (!table->until || !table->mid_modes) return error_no_memory(error);
  band_table_fill(&desc, table);
  return VORDEC_OK;
}

enum vordec_status synthesis_describe(struct synthesis *synthesis, struct vordec_runtime *runtime,
                                      const struct vordec_layout *layout, const struct vordec_decoder_desc *desc,
                                      struct vordec_error *error) {
  *synthesis = (struct synthesis){.runtime = runtime, .layout = layout};
  if (!is_wanted(runtime->config, desc)) return VORDEC_OK;
  if (!(layout->resid_mid_cut >= 0.0)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0,
                       isnan(layout->resid_mid_cut)
                           ? "the state has no resid_mid_cut, but [residual] synthesis = on needs it"
                           : "resid_mid_cut: %g cannot bound a band; it must be 0 or more",
                       layout->resid_mid_cut);
  }
  synthesis->setup = setup_of(runtime->config, layout, desc);
  return synthesis_is_on(synthesis) ? make_table(synthesis, error) : VORDEC_OK;
}

struct vordec_residual_targets synthesis_targets(const struct synthesis *synthesis, const double *z) {
  const struct vordec_layout_info *info = &synthesis->layout->info;
  const double *scalars = z + 2 * info->m;
  const uint32_t kept = vordec_kept_count(scalars[3], (uint32_t)info->max_kept);
  struct vordec_residual_targets targets = {.kept = kept};
  for (enum band band = 0; band < BANDS; band++) {
    targets.modes[band] = band_modes(&synthesis->table, band, kept);
    if (synthesis_makes(synthesis, band)) {
      targets.energy[band] = band_target(&synthesis->table, band, kept, scalars[1 + band]);
    }
  }
  return targets;
}

enum vordec_status synthesis_check(const struct synthesis *synthesis, const double *z, size_t first, size_t count,
                                   struct vordec_error *error) {
  static const char *const names[BANDS] = {"mid band", "high band"};
  if (!synthesis_is_on(synthesis)) return VORDEC_OK;
  for (size_t i = 0; i < count; i++) {
    const struct vordec_residual_targets targets = synthesis_targets(synthesis, z + i * synthesis->layout->info.d);
    for (enum band band = 0; band < BANDS; band++) {
      if (targets.energy[band] <= synthesis->limits.energy) continue;
      return limits_refuse_energy(&synthesis->limits, names[band], first + i, targets.energy[band], error);
    }
  }
  return VORDEC_OK;
}

/* ---- who makes it ---- */

const struct vordec_residual_interface *synthesis_find(const struct engine *engine) {
  const struct vordec_backend *slots = engine_slots(engine);
  const struct vordec_residual_interface *interface =
      slots->get_interface ? slots->get_interface(VORDEC_RESIDUAL_INTERFACE) : NULL;
  if (!interface || interface->struct_size < sizeof *interface) return NULL;
  return interface->plan_create && interface->prepare ? interface : NULL;
}

/* The description that the CPU's plan is made after. */
struct equipment {
  struct synthesis *synthesis;
  const struct vordec_plan_desc *desc;
};

/* engine_create()'s last step. */
static enum vordec_status equip(void *ctx, struct engine *engine, struct vordec_error *error) {
  const struct equipment *equipment = ctx;
  struct synthesis *synthesis = equipment->synthesis;
  struct vordec_plan_desc desc = *equipment->desc;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  synthesis->interface = synthesis_find(engine);
  if (!synthesis->interface || !synthesis->interface->fields) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE,
                       "it cannot draw bands for another backend");
  }
  desc.precision = engine->selection.precision;
  desc.fft = engine->selection.fft;
  desc.batch = 1;
  desc.outputs = VORDEC_OMEGA_LP;
  desc.residuals = 0;
  intake_ready(error);
  return intake_status(
      synthesis->interface->plan_create(engine->session, &desc, &synthesis->setup, &synthesis->host_plan, &info, error),
      error);
}

static enum vordec_status open_host(struct synthesis *synthesis, const struct vordec_plan_desc *desc,
                                    struct vordec_error *error) {
  const struct select_request request = {
      .role = SELECT_DECODE, .backend = CPU, .device = "auto", .precision = PRECISION_AUTO, .fft = "auto"};
  struct equipment equipment = {synthesis, desc};
  log_line(&synthesis->runtime->log, VORDEC_LOG_INFO, "the bands of the residual are made by backend " CPU ": %s",
           synthesis->why);
  return engine_create(synthesis->runtime, &request, equip, &equipment, &synthesis->host, error);
}

static bool make_room(struct synthesis *synthesis) {
  const size_t count = synthesis->batch_size, n = synthesis->layout->info.n;
  bool ok = true;
  for (size_t i = 0; i < SYNTHESIS_BATCHES; i++) {
    struct synthesis_batch *batch = &synthesis->batches[i];
    batch->step = calloc(count, sizeof *batch->step);
    ok = ok && batch->step;
    for (enum band band = 0; band < BANDS; band++) {
      const bool made = synthesis->host && synthesis_makes(synthesis, band);
      batch->energy[band] = calloc(count, sizeof(double));
      if (made) batch->field[band] = calloc(count, n * n * sizeof(double));
      ok = ok && batch->energy[band] && (!made || batch->field[band]);
    }
  }
  return ok;
}

enum vordec_status synthesis_open(struct synthesis *synthesis, const struct vordec_plan_desc *desc, size_t batch_size,
                                  struct vordec_error *error) {
  if (!synthesis_is_on(synthesis)) return VORDEC_OK;
  synthesis->batch_size = batch_size;
  synthesis->limits = limits_of(desc);
  if (!synthesis->interface) {
    const enum vordec_status status = open_host(synthesis, desc, error);
    if (status) return status;
  }
  return make_room(synthesis) ? VORDEC_OK : error_no_memory(error);
}

void synthesis_release(struct synthesis *synthesis) {
  if (synthesis->host && engine_is_here(synthesis->host)) {
    if (synthesis->host_plan) engine_slots(synthesis->host)->plan_destroy(synthesis->host_plan);
    engine_release(synthesis->host);
  }
  for (size_t i = 0; i < SYNTHESIS_BATCHES; i++) {
    free(synthesis->batches[i].step);
    for (enum band band = 0; band < BANDS; band++) {
      free(synthesis->batches[i].energy[band]);
      free(synthesis->batches[i].field[band]);
    }
  }
  for (enum band band = 0; band < BANDS; band++) {
    free(synthesis->phase[band]);
    free(synthesis->target[band]);
  }
  free(synthesis->table.until);
  free(synthesis->table.mid_modes);
  *synthesis = (struct synthesis){0};
}

/* ---- decodes ---- */

enum vordec_status synthesis_set_phases(struct synthesis *synthesis, const double *const phases[BANDS],
                                        struct vordec_error *error) {
  static const char *const names[BANDS] = {"mid", "high"};
  const size_t cells = synthesis->layout->info.n * synthesis->layout->info.n;
  double *copies[BANDS] = {NULL, NULL};
  enum vordec_status status = VORDEC_OK;
  for (enum band band = 0; band < BANDS && !status; band++) {
    if (!phases[band]) continue;
    copies[band] = malloc(cells * sizeof(double));
    if (!copies[band]) status = error_no_memory(error);
    for (size_t i = 0; i < cells && !status; i++) {
      copies[band][i] = phases[band][i];
      if (isfinite(phases[band][i])) continue;
      status = vordec_fail(error, VORDEC_E_INPUT, 0, "phases of the %s band: cell %zu is not finite", names[band], i);
    }
  }
  for (enum band band = 0; band < BANDS; band++) {
    double *unused = status ? copies[band] : synthesis->phase[band];
    if (!status) synthesis->phase[band] = copies[band];
    free(unused);
  }
  return status;
}

enum vordec_status synthesis_begin(struct synthesis *synthesis, size_t count, const struct synthesis_course *course,
                                   struct vordec_error *error) {
  if (!synthesis_is_on(synthesis)) return VORDEC_OK;
  synthesis->course = *course;
  if (synthesis->step_is_set) synthesis->course.first = synthesis->step;
  for (enum band band = 0; band < BANDS && synthesis->target_room < count; band++) {
    double *grown = realloc(synthesis->target[band], count * sizeof *grown);
    if (!grown) return error_no_memory(error);
    synthesis->target[band] = grown;
  }
  if (synthesis->target_room < count) synthesis->target_room = count;
  return VORDEC_OK;
}

static enum vordec_status make_fields(struct synthesis *synthesis, const struct vordec_residual_job *made,
                                      const double *z, uint32_t count, double *const field[BANDS],
                                      struct vordec_error *error) {
  const enum vordec_status status = engine_enter(synthesis->host, error);
  if (status) return status;
  intake_ready(error);
  const enum vordec_status result = synthesis->interface->fields(synthesis->host_plan, made, z, count, field, error);
  return engine_leave(synthesis->host, intake_status(result, error));
}

enum vordec_status synthesis_prepare(struct synthesis *synthesis, const struct batch *batch, size_t number,
                                     struct vordec_decode_job *job, size_t first, const double *z,
                                     struct vordec_error *error) {
  if (!synthesis_is_on(synthesis)) return VORDEC_OK;
  const struct synthesis_course *course = &synthesis->course;
  struct synthesis_batch *own = &synthesis->batches[number];
  for (uint32_t i = 0; i < job->count; i++) {
    own->step[i] = course->first + (uint32_t)((first + i) / course->together) * course->apart;
    for (enum band band = 0; band < BANDS; band++) own->energy[band][i] = NAN;
  }
  const struct vordec_residual_job made = {.struct_size = sizeof made,
                                           .step = own->step,
                                           .phase = {synthesis->phase[BAND_MID], synthesis->phase[BAND_HIGH]},
                                           .energy = {own->energy[BAND_MID], own->energy[BAND_HIGH]}};
  if (!synthesis->host) {
    intake_ready(error);
    return intake_status(synthesis->interface->prepare(batch->plan, &made, error), error);
  }
  for (enum band band = 0; band < BANDS; band++) {
    job->band[band] = own->field[band];
    job->band_energy[band] = own->field[band] ? own->energy[band] : NULL;
  }
  return make_fields(synthesis, &made, z, job->count, own->field, error);
}

void synthesis_collect(struct synthesis *synthesis, const struct batch *batch, size_t number) {
  if (!synthesis_is_on(synthesis)) return;
  for (enum band band = 0; band < BANDS; band++) {
    const bool made = synthesis_makes(synthesis, band);
    for (uint32_t i = 0; i < batch->job.count; i++) {
      const double energy = synthesis->batches[number].energy[band][i];
      synthesis->target[band][batch->first + i] = made && energy >= 0.0 && isfinite(energy) ? energy : NAN;
    }
  }
}
