/* SPDX-License-Identifier: MIT */
#include "cpu_decode.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "rollout/cpu_rollout.h"
#include "share/cpu_share.h"
#include "stages/combine.h"
#include "stages/diagnostics.h"
#include "stages/ifft_lp.h"
#include "stages/mask.h"
#include "stages/readback.h"
#include "stages/scatter_lowk.h"

struct decoding {
  struct vordec_plan *plan;
  const struct vordec_decode_job *job;
  bool combined; /* the combine stage runs */
};

static uint64_t now(const struct vordec_plan *plan) {
  const struct vordec_host *host = plan->session->host;
  return host->clock_ns(host->ctx);
}

/* Adds the time since `start` to a stage, counts the stage as done and returns the time. */
static uint64_t book(const struct vordec_plan *plan, struct tally *tally, enum vordec_stage stage, uint64_t start) {
  const uint64_t end = now(plan);
  tally->stage_ns[stage] += end - start;
  tally->completed++;
  return end;
}

/* omega_hat is made if it is asked for, and if the scalars of the bands need it. */
static bool needs_combine(const struct vordec_plan *plan, const struct vordec_decode_job *job) {
  if (job->outputs & VORDEC_OMEGA_HAT) return true;
  return (job->outputs & VORDEC_SCALARS) && (job->residual || job->band[0] || job->band[1] || plan->synthesis.bands);
}

/* The field is worked on in workspace number `first`, by a team whose slots use the entries starting there, too. */
static struct field field_of_job(const struct decoding *decoding, size_t index, size_t first, struct team team) {
  const struct vordec_decode_job *job = decoding->job;
  struct vordec_plan *plan = decoding->plan;
  const size_t cells = plan->grid.n * plan->grid.n, at = index * cells;
  struct field field = {.plan = plan,
                        .work = &plan->workspaces[first],
                        .team = team,
                        .slots = slots_from(&plan->slots, first),
                        .index = index,
                        .z = (job->rollout ? plan->rolled_out : job->z) + index * plan->d};
  /* A decode that is asked for nothing still makes both fields, as on any backend: that is what is timed. */
  field.lp_wanted = job->outputs == 0 || decoding->combined || (job->outputs & VORDEC_OMEGA_LP);
  if (job->residual) field.residual = job->residual + at;
  for (size_t i = 0; i < 2; i++) {
    if (!job->band[i]) continue;
    field.band[i] = job->band[i] + at;
    field.band_energy[i] = job->band_energy[i][index];
  }
  if (job->outputs & VORDEC_OMEGA_LP) field.omega_lp = (double *)job->omega_lp + at;
  if (job->outputs & VORDEC_MASK) field.mask = job->mask + at;
  if (job->outputs & VORDEC_OMEGA_HAT) field.omega_hat = (double *)job->omega_hat + at;
  if (job->outputs & VORDEC_SCALARS) field.scalars = job->scalars + index;
  return field;
}

/* Makes the plan's bands, and notes what they are scaled to. */
static void synthesise(struct field *field) {
  const struct vordec_plan *plan = field->plan;
  const struct cpu_synthesis *synthesis = &plan->synthesis;
  const struct vordec_residual_job *next = &plan->next;
  struct cpu_band_state state = cpu_synthesis_state(synthesis, field->z, plan->m, next->step[field->index]);
  state.phase = next->phase;
  for (enum band band = 0; band < BANDS; band++) {
    if (field->scalars && next->energy[band]) next->energy[band][field->index] = state.energy[band];
    if (!field->work->band[band]) continue;
    cpu_synthesis_run(synthesis, &state, band, field->work->spare, field->work->band[band], field->team);
    field->band[band] = field->work->band[band];
    field->band_energy[band] = state.energy[band];
  }
}

/* All stages of one field. Diagnostics count as part of the stage that makes what they look at. */
static void decode_field(const struct decoding *decoding, struct field *field, struct tally *tally) {
  const struct vordec_plan *plan = decoding->plan;
  struct vordec_scalars scalars = {.energy_hat = NAN, .enstrophy_hat = NAN};
  struct combine_bands bands = {{NAN, NAN}, {NAN, NAN}};
  uint64_t time = now(plan);
  scatter_lowk(field);
  time = book(plan, tally, VORDEC_STAGE_SCATTER_LOWK, time);
  ifft_lp(field);
  time = book(plan, tally, VORDEC_STAGE_IFFT_LP, time);
  mask_run(field);
  scalars.residual_absmax = field->absmax;
  if (field->scalars) diagnose_lp(field, &scalars);
  time = book(plan, tally, VORDEC_STAGE_MASK, time);
  if (decoding->combined) {
    if (plan->synthesis.bands) synthesise(field);
    combine(field, &bands);
    if (field->scalars) diagnose_hat(field, &scalars);
    time = book(plan, tally, VORDEC_STAGE_COMBINE, time);
  }
  if (decoding->job->outputs == 0) return;
  readback(field);
  if (field->scalars) {
    memcpy(scalars.band_gain, bands.gain, sizeof bands.gain);
    memcpy(scalars.band_energy, bands.energy, sizeof bands.energy);
    *field->scalars = scalars;
  }
  book(plan, tally, VORDEC_STAGE_READBACK, time);
}

/* The slot's share of the fields, each from start to end by this thread alone. */
static void decode_share(void *ctx, size_t slot, size_t slots) {
  const struct decoding *decoding = ctx;
  const struct range share = range_of_slot(decoding->job->count, slot, slots);
  struct tally tally = {0};
  for (size_t i = share.begin; i < share.end; i++) {
    struct field field = field_of_job(decoding, i, slot, (struct team){.slots = 1});
    decode_field(decoding, &field, &tally);
  }
  decoding->plan->tallies[slot] = tally;
}

/* Adds up the tallies. Busy threads add up more time than the clock on the wall shows; the time of the call is then
 * divided among the stages in proportion. */
static void report(const struct decoding *decoding, size_t tallies, uint64_t wall_ns,
                   struct vordec_decode_result *result) {
  const struct vordec_plan *plan = decoding->plan;
  uint64_t stage_ns[VORDEC_STAGE_COUNT] = {0}, total_ns = 0, completed = 0;
  for (size_t i = 0; i < tallies; i++) {
    completed += plan->tallies[i].completed;
    for (size_t stage = 0; stage < VORDEC_STAGE_COUNT; stage++) {
      stage_ns[stage] += plan->tallies[i].stage_ns[stage];
      total_ns += plan->tallies[i].stage_ns[stage];
    }
  }
  const double share = total_ns > wall_ns ? (double)wall_ns / (double)total_ns : 1.0;
  for (size_t stage = 0; stage < VORDEC_STAGE_COUNT; stage++) {
    result->stage_ms[stage] = 1e-6 * share * (double)stage_ns[stage];
  }
  const struct vordec_device *device = &plan->session->device;
  const uint64_t stages = 3 + (decoding->combined ? 1 : 0) + (decoding->job->outputs != 0 ? 1 : 0);
  struct vordec_evidence *evidence = &result->evidence;
  *evidence = (struct vordec_evidence){
      .type = device->type, .dispatches_recorded = stages * decoding->job->count, .dispatches_completed = completed};
  memcpy(evidence->name, device->name, sizeof evidence->name);
  memcpy(evidence->driver, device->driver, sizeof evidence->driver);
  memcpy(evidence->uuid, device->uuid, sizeof evidence->uuid);
}

/* The energies of a rolled-out state may have grown beyond what squares can hold. */
static enum vordec_status check_energies(const struct vordec_plan *plan, const double *z, struct vordec_error *error) {
  const struct cpu_band_state state = cpu_synthesis_state(&plan->synthesis, z, plan->m, 0);
  for (enum band band = 0; band < BANDS; band++) {
    const size_t at = 2 * plan->m + 1 + band;
    const bool made = plan->synthesis.bands & (uint32_t)VORDEC_RESIDUAL_MID << band;
    if (!made || state.energy[band] <= plan->synthesis.energy_max) continue;
    return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE,
                       "z: entry %zu (%s) of the rolled-out state is so large that a decode in fp64 overflows", at,
                       vordec_entry_name((uint32_t)plan->m, at));
  }
  return VORDEC_OK;
}

/* The core has checked states from host memory; those that come from a rollout are checked here. */
static enum vordec_status check_state(const struct vordec_plan *plan, const double *z, struct vordec_error *error) {
  for (size_t i = 0; i < plan->d; i++) {
    const double value = z[i];
    const bool coefficient = i < 2 * plan->m || i >= 2 * plan->m + 4;
    if (fabs(value) <= (coefficient ? plan->coefficient_max : DBL_MAX)) continue;
    return vordec_fail(error, VORDEC_E_INPUT, VORDEC_REASON_NONE, "z: entry %zu (%s) of the rolled-out state is %s", i,
                       vordec_entry_name((uint32_t)plan->m, i),
                       isnan(value)   ? "NaN"
                       : isinf(value) ? "infinite"
                                      : "so large that a decode in fp64 overflows");
  }
  return plan->synthesis.bands ? check_energies(plan, z, error) : VORDEC_OK;
}

static enum vordec_status take_states(struct vordec_plan *plan, const struct vordec_decode_job *job,
                                      struct vordec_error *error) {
  enum vordec_status status = VORDEC_OK;
  cpu_rollout_states(job->rollout, vordec_job_state(job), job->count, plan->rolled_out);
  for (uint32_t i = 0; i < job->count && !status; i++) {
    status = check_state(plan, plan->rolled_out + i * plan->d, error);
  }
  return status;
}

static enum vordec_status run(struct vordec_plan *plan, const struct vordec_decode_job *job,
                              struct vordec_decode_result *result, struct vordec_error *error) {
  if (job->rollout && take_states(plan, job, error) != VORDEC_OK) return error->status;
  struct decoding decoding = {plan, job, needs_combine(plan, job)};
  struct pool *pool = plan->session->pool;
  const size_t threads = pool_threads(pool);
  const bool whole_fields = plan->workspace_count == threads && job->count >= threads;
  const uint64_t start = now(plan);
  if (whole_fields) {
    pool_run(pool, threads, decode_share, &decoding);
  } else {
    struct tally tally = {0};
    const struct team team = {.pool = pool, .slots = plan->row_slots};
    for (size_t i = 0; i < job->count; i++) {
      struct field field = field_of_job(&decoding, i, 0, team);
      decode_field(&decoding, &field, &tally);
    }
    plan->tallies[0] = tally;
  }
  report(&decoding, whole_fields ? threads : 1, now(plan) - start, result);
  return VORDEC_OK;
}

/* Decodes into the plan's own memory. States with something wrong are decoded, too, so that no field is left as it was.
 */
static enum vordec_status run_shared(struct vordec_plan *plan, const struct vordec_decode_job *job,
                                     struct vordec_decode_result *result, struct vordec_error *error) {
  struct vordec_decode_job aimed = {.struct_size = sizeof aimed};
  memcpy(&aimed, job, job->struct_size < sizeof aimed ? job->struct_size : sizeof aimed);
  const enum vordec_status status = cpu_share_aim(plan, &aimed, error);
  if (status && status != VORDEC_E_INPUT) return status;
  const enum vordec_status decoded = run(plan, &aimed, result, error);
  cpu_share_spoil(plan, &aimed);
  return status ? status : decoded;
}

enum vordec_status cpu_decode(struct vordec_plan *plan, const struct vordec_decode_job *job,
                              struct vordec_decode_result *result, struct vordec_error *error) {
  return plan->shared.on ? run_shared(plan, job, result, error) : run(plan, job, result, error);
}
