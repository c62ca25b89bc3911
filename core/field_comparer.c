/* SPDX-License-Identifier: MIT */
#include "field_comparer.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/clock.h"
#include "decoder.h"
#include "errors.h"
#include "intake.h"
#include "simulation.h"

#define FIELDS_MAX ((size_t)1 << 20)
#define PAIRS_MAX 64

/* ---- making it ---- */

static bool find_interface(void *ctx, const struct engine *engine) {
  struct vordec_comparer *comparer = ctx;
  const struct vordec_backend *slots = engine_slots(engine);
  const struct vordec_compare_interface *interface =
      slots->get_interface ? slots->get_interface(VORDEC_COMPARE_INTERFACE) : NULL;
  if (!interface || interface->struct_size < sizeof *interface) return false;
  comparer->interface = interface;
  return interface->create && interface->destroy && interface->compare;
}

static enum vordec_status make_backend(void *ctx, const struct placement_try *with, bool *made,
                                       struct vordec_error *error) {
  struct vordec_comparer *comparer = ctx;
  const struct vordec_compare_setup setup = {.struct_size = sizeof setup,
                                             .n = (uint32_t)comparer->n,
                                             .fields = (uint32_t)comparer->fields,
                                             .pairs = (uint32_t)comparer->pairs};
  const enum vordec_status status =
      comparer->interface->create(with->engine->session, &setup, &comparer->backend, with->info, error);
  if (status) comparer->backend = NULL;
  *made = comparer->backend != NULL;
  return status;
}

static void discard_backend(void *ctx) {
  struct vordec_comparer *comparer = ctx;
  if (comparer->backend) comparer->interface->destroy(comparer->backend);
  comparer->backend = NULL;
}

static enum vordec_status place(struct vordec_comparer *comparer, struct engine *engine, struct vordec_error *error) {
  const struct placement_desc desc = {.backend = CONFIG_DECODE_BACKEND,
                                      .fft = "auto",
                                      .what = "comparer",
                                      .work = "comparison",
                                      .find = find_interface,
                                      .make = make_backend,
                                      .discard = discard_backend,
                                      .ctx = comparer};
  return placement_join(&desc, engine, VORDEC_FP64, &comparer->place, error);
}

static enum vordec_status check_desc(const struct vordec_comparer_desc *desc, struct vordec_error *error) {
  if (desc->fields > FIELDS_MAX) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "fields: %zu are asked for, but a comparer keeps at most %zu",
                       desc->fields, FIELDS_MAX);
  }
  if (desc->pairs <= PAIRS_MAX) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_INPUT, 0, "pairs: %zu are asked for, but a comparison takes at most %d",
                     desc->pairs, PAIRS_MAX);
}

enum vordec_status vordec_comparer_create(struct vordec_simulation *simulation, struct vordec_decoder *decoder,
                                          const struct vordec_comparer_desc *desc, struct vordec_comparer **comparer,
                                          struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  *comparer = NULL;
  if (!simulation && !decoder) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "a comparer needs a simulation or a decoder whose device it shares");
  }
  const enum vordec_status checked = check_desc(desc, error);
  if (checked) return checked;
  struct vordec_comparer *made = calloc(1, sizeof *made);
  if (!made) return error_no_memory(error);
  made->n = simulation ? simulation->desc.n : decoder->layout->info.n;
  made->fields = desc->fields;
  made->pairs = desc->pairs;
  made->shells = vordec_compare_shells((uint32_t)made->n);
  const enum vordec_status status = place(made, simulation ? simulation->place.engine : decoder->engine, error);
  if (status) {
    vordec_comparer_destroy(made);
    return status;
  }
  *comparer = made;
  return VORDEC_OK;
}

void vordec_comparer_destroy(struct vordec_comparer *comparer) {
  if (!comparer || (comparer->place.engine && !engine_is_here(comparer->place.engine))) return;
  discard_backend(comparer);
  placement_release(&comparer->place);
  free(comparer);
}

void vordec_comparer_get(const struct vordec_comparer *comparer, struct vordec_comparer_info *info) {
  const struct placement *place = &comparer->place;
  *info = (struct vordec_comparer_info){
      .backend_used = place->engine->backend->name,
      .device = place->engine->device,
      .compare_device = place->device,
      .n = comparer->n,
      .fields = comparer->fields,
      .pairs = comparer->pairs,
      .shells = comparer->shells,
      .host_bytes = place->info.host_bytes,
      .device_bytes = place->info.device_bytes,
      .create_ms = place->create_ms,
      .warmup_ms = place->info.warmup_ms,
  };
}

bool vordec_comparer_reaches(const struct vordec_comparer *comparer, const struct vordec_simulation *simulation,
                             const struct vordec_decoder *decoder) {
  if (!comparer || (!simulation && !decoder)) return false;
  const struct engine *engine = comparer->place.engine;
  if (simulation && (simulation->place.engine != engine || simulation->desc.n != comparer->n)) return false;
  return !decoder || (decoder->engine == engine && decoder->team_size == 1 && decoder->layout->info.n == comparer->n);
}

/* ---- what is to be compared ---- */

static enum vordec_status check_kept(const struct vordec_comparer *comparer, uint32_t field, const char *what,
                                     struct vordec_error *error) {
  if (field < comparer->fields) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "compare: %s: field %u does not exist: there are %zu, counted from 0",
                     what, field, comparer->fields);
}

static enum vordec_status check_omega(const struct vordec_comparer *comparer, const double *omega,
                                      struct vordec_error *error) {
  const size_t n = comparer->n;
  for (size_t i = 0; i < n * n; i++) {
    if (isfinite(omega[i])) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "vorticity: not finite at row %zu, column %zu", i / n, i % n);
  }
  return VORDEC_OK;
}

static enum vordec_status check_decode(const struct vordec_decoder *decoder, uint32_t output,
                                       struct vordec_error *error) {
  if (output != VORDEC_OMEGA_LP && output != VORDEC_OMEGA_HAT) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "compare: expected a decode's omega_lp or omega_hat, found output 0x%x", output);
  }
  const struct batch *last = decoder->last;
  const bool made = last && last->job.count == 1 && (last->job.outputs & VORDEC_OMEGA_HAT) &&
                    !(output == VORDEC_OMEGA_LP && (last->job.outputs & VORDEC_OMEGA_LP));
  if (made) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0,
                     "compare: the decoder's last decode does not have %s: it has to be of one state and asked for "
                     "omega_hat%s",
                     output == VORDEC_OMEGA_LP ? "omega_lp" : "omega_hat",
                     output == VORDEC_OMEGA_LP ? ", and not for omega_lp" : "");
}

static enum vordec_status check_source(const struct vordec_comparer *comparer, const struct vordec_compare_io *io,
                                       struct vordec_error *error) {
  const int given = (io->omega != NULL) + (io->simulation != NULL) + (io->decoder != NULL);
  if (given > 1) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "compare: a field comes from one source, but %d are given", given);
  }
  if (io->omega) return check_omega(comparer, io->omega, error);
  if (!given) return check_kept(comparer, io->field, "field", error);
  if (!vordec_comparer_reaches(comparer, io->simulation, io->decoder)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "compare: the %s is on another device or grid than the comparer: read its field, and pass that",
                       io->simulation ? "simulation" : "decoder");
  }
  return io->simulation ? simulation_check_members(io->simulation, io->member, 1, error)
                        : check_decode(io->decoder, io->output, error);
}

static enum vordec_status check_pairs(const struct vordec_comparer *comparer, const struct vordec_compare_io *io,
                                      struct vordec_error *error) {
  if (io->pairs > comparer->pairs) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "compare: %zu pairs are given, but the comparer was made for %zu",
                       io->pairs, comparer->pairs);
  }
  for (size_t i = 0; i < io->pairs; i++) {
    const enum vordec_status status = check_kept(comparer, io->pair[i].field, "pair", error);
    if (status) return status;
    if (isfinite(io->pair[i].factor)) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "compare: the factor of pair %zu is not finite", i);
  }
  return VORDEC_OK;
}

static enum vordec_status check_io(const struct vordec_comparer *comparer, const struct vordec_compare_io *io,
                                   struct vordec_error *error) {
  const bool kept = !io->omega && !io->simulation && !io->decoder;
  enum vordec_status status = check_source(comparer, io, error);
  if (!status && io->keep != VORDEC_NO_FIELD) status = check_kept(comparer, io->keep, "keep", error);
  if (!status && io->add != VORDEC_NO_FIELD) status = check_kept(comparer, io->add, "add", error);
  if (status) return status;
  if (io->add != VORDEC_NO_FIELD && (io->add == io->keep || (kept && io->add == io->field))) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "compare: field %u cannot be added to itself", io->add);
  }
  return check_pairs(comparer, io, error);
}

/* ---- comparing ---- */

static struct vordec_compare_job describe(const struct vordec_compare_io *io) {
  struct vordec_compare_job job = {.struct_size = sizeof job,
                                   .omega = io->omega,
                                   .field = VORDEC_NO_FIELD,
                                   .keep = io->keep,
                                   .add = io->add,
                                   .pairs = (uint32_t)io->pairs,
                                   .pair = io->pair,
                                   .moments = io->moments,
                                   .against = io->against,
                                   .shell = io->shell,
                                   .copy = io->copy};
  if (io->simulation) {
    job.simulation = io->simulation->members;
    job.member = (uint32_t)io->member;
  } else if (io->decoder) {
    job.plan = io->decoder->last->plan;
    job.output = io->output;
  } else if (!io->omega) {
    job.field = io->field;
  }
  return job;
}

static bool plausible(const struct vordec_field_moments *moments) {
  return isfinite(moments->mean) && moments->square >= 0 && moments->variance >= 0;
}

/* Finite fields may have squares that are not finite; a number below 0 is no sum of squares. */
static enum vordec_status check_numbers(const struct vordec_comparer *comparer, const struct vordec_compare_io *io,
                                        struct vordec_error *error) {
  bool fine = !io->moments || plausible(io->moments);
  for (size_t i = 0; i < io->pairs; i++) {
    const struct vordec_pair_moments *pair = &io->against[i];
    fine = fine && plausible(&pair->f) && pair->difference >= 0 && !isnan(pair->covariance);
  }
  for (size_t i = 0; io->shell && i < comparer->shells; i++) fine = fine && io->shell[i] >= 0;
  if (fine) return VORDEC_OK;
  return vordec_fail(
      error, VORDEC_E_FAILED, 0,
      "compare: the backend reported sums that are impossible for finite fields, unless the fields are too large");
}

static void count_bytes(struct vordec_comparer *comparer, const struct vordec_compare_job *job) {
  const struct vordec_device *device = &comparer->place.engine->device;
  const size_t field = comparer->n * comparer->n * sizeof(double);
  size_t sums = job->pairs * sizeof *job->against;
  if (job->moments) sums += sizeof *job->moments;
  if (job->shell) sums += comparer->shells * sizeof *job->shell;
  if (job->omega) link_count(&comparer->link, device, LINK_FIELDS_IN, field);
  if (job->copy) link_count(&comparer->link, device, LINK_FIELDS_OUT, field);
  link_count(&comparer->link, device, LINK_SUMS_OUT, sums);
}

static enum vordec_status run_job(struct vordec_comparer *comparer, const struct vordec_compare_io *io,
                                  struct vordec_compare_report *report, struct vordec_error *error) {
  const struct vordec_compare_job job = describe(io);
  struct vordec_compare_result result = {.struct_size = sizeof result};
  struct evidence_verdict verdict;
  intake_ready(error);
  const uint64_t start = clock_ns();
  enum vordec_status status =
      intake_status(comparer->interface->compare(comparer->backend, &job, &result, error), error);
  const double host_ms = (double)(clock_ns() - start) * 1e-6;
  if (status) return status;
  count_bytes(comparer, &job);
  intake_evidence(&result.evidence);
  evidence_judge_compare(&comparer->place.engine->device, &result, host_ms, &verdict);
  status = placement_weigh(&comparer->place, &verdict, error);
  if (!status) status = check_numbers(comparer, io, error);
  *report = (struct vordec_compare_report){.device_ms = verdict.timed ? result.device_ms : NAN,
                                           .compare_device = comparer->place.device,
                                           .device_timestamps = result.evidence.device_timestamps};
  return status;
}

enum vordec_status vordec_compare(struct vordec_comparer *comparer, const struct vordec_compare_io *io,
                                  struct vordec_compare_report *report, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  struct vordec_compare_report mine = {0};
  const uint64_t start = clock_ns();
  enum vordec_status status = engine_enter(comparer->place.engine, error);
  if (status) return status;
  status = check_io(comparer, io, error);
  if (!status) status = run_job(comparer, io, &mine, error);
  status = engine_leave(comparer->place.engine, status);
  if (status || !report) return status;
  mine.total_ms = (double)(clock_ns() - start) * 1e-6;
  *report = mine;
  return VORDEC_OK;
}
