/* SPDX-License-Identifier: MIT */
#include "decode_adjoint.h"

#include <math.h>
#include <stdlib.h>

#include "core/base/clock.h"
#include "decoder.h"
#include "errors.h"
#include "intake.h"

/* ---- making it ---- */

static const struct vordec_adjoint_interface *find_interface(const struct engine *engine) {
  const struct vordec_backend *slots = engine_slots(engine);
  const struct vordec_adjoint_interface *interface =
      slots->get_interface ? slots->get_interface(VORDEC_ADJOINT_INTERFACE) : NULL;
  if (!interface || interface->struct_size < sizeof *interface) return NULL;
  return interface->create && interface->destroy && interface->run ? interface : NULL;
}

struct vordec_plan_desc adjoint_describe_plan(const struct vordec_decoder *decoder) {
  struct vordec_plan_desc desc = decoder_describe_plan(decoder);
  desc.fft = "auto";
  desc.outputs &= (uint32_t)(VORDEC_OMEGA_LP | VORDEC_OMEGA_HAT);
  desc.residuals = decoder->residuals & (uint32_t)VORDEC_RESIDUAL_FIELD;
  return desc;
}

enum vordec_status adjoint_check_decoder(const struct vordec_decoder *decoder, struct vordec_error *error) {
  if (!runtime_is_here(decoder->runtime)) return error_other_process("decoder", error);
  if (decoder->outputs & (uint32_t)(VORDEC_OMEGA_LP | VORDEC_OMEGA_HAT)) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0,
                     "the decoder computes neither omega_lp nor omega_hat, so there is nothing to take gradients of");
}

struct placement adjoint_place(const struct vordec_decoder *decoder, const struct vordec_plan_desc *desc) {
  return (struct placement){.runtime = decoder->runtime,
                            .backend = CONFIG_DECODE_BACKEND,
                            .work = "gradients",
                            .precision = desc->precision,
                            .engine = engine_retain(decoder->engine)};
}

enum vordec_status adjoint_make_backend(struct placement *place, adjoint_create_fn create,
                                        const struct vordec_plan_desc *desc, struct vordec_backend_adjoint **backend,
                                        struct vordec_error *error) {
  place->info = (struct vordec_plan_info){.struct_size = sizeof place->info};
  intake_ready(error);
  const uint64_t start = clock_ns();
  const enum vordec_status status =
      intake_status(create(place->engine->session, desc, backend, &place->info, error), error);
  place->create_ms = (double)(clock_ns() - start) * 1e-6;
  if (status) {
    *backend = NULL;
    return status;
  }
  const struct plan_claims claims = {
      .engine = place->engine, .what = "adjoint", .fft = desc->fft, .call_ms = place->create_ms};
  return plan_claims_check(&claims, *backend != NULL, &place->info, place->doubt, error);
}

static enum vordec_status fill(struct vordec_adjoint *adjoint, const struct vordec_decoder *decoder,
                               struct vordec_error *error) {
  const struct vordec_plan_desc desc = adjoint_describe_plan(decoder);
  struct engine *engine = decoder->engine;
  adjoint->layout = decoder->layout;
  adjoint->outputs = desc.outputs;
  adjoint->residuals = desc.residuals;
  adjoint->batch = desc.batch;
  adjoint->place = adjoint_place(decoder, &desc);
  adjoint->kept = calloc(adjoint->batch, sizeof *adjoint->kept);
  if (!adjoint->kept) return error_no_memory(error);
  adjoint->interface = find_interface(engine);
  if (!adjoint->interface) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE,
                       "backend '%s' cannot compute gradients: it has no %s", engine->backend->name,
                       VORDEC_ADJOINT_INTERFACE);
  }
  const enum vordec_status status = engine_enter(engine, error);
  if (status) return status;
  const enum vordec_status made = engine_leave(
      engine, adjoint_make_backend(&adjoint->place, adjoint->interface->create, &desc, &adjoint->backend, error));
  if (!made) placement_doubt(&adjoint->place);
  return made;
}

enum vordec_status vordec_adjoint_create(struct vordec_decoder *decoder, struct vordec_adjoint **adjoint,
                                         struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  *adjoint = NULL;
  enum vordec_status status = adjoint_check_decoder(decoder, error);
  if (status) return status;
  struct vordec_adjoint *made = calloc(1, sizeof *made);
  if (!made) return error_no_memory(error);
  status = fill(made, decoder, error);
  if (status) {
    vordec_adjoint_destroy(made);
    return status; /* NOLINT(clang-analyzer-unix.Malloc): freed, since this process made it */
  }
  *adjoint = made;
  return VORDEC_OK;
}

void vordec_adjoint_destroy(struct vordec_adjoint *adjoint) {
  if (!adjoint || (adjoint->place.engine && !engine_is_here(adjoint->place.engine))) return;
  if (adjoint->backend) adjoint->interface->destroy(adjoint->backend);
  placement_release(&adjoint->place);
  free(adjoint->kept);
  free(adjoint);
}

void vordec_adjoint_get(const struct vordec_adjoint *adjoint, struct vordec_adjoint_info *info) {
  const struct placement *place = &adjoint->place;
  *info = (struct vordec_adjoint_info){
      .backend_used = place->engine->backend->name,
      .fft_used = place->info.fft,
      .device = place->engine->device,
      .precision = place->precision,
      .adjoint_device = place->device,
      .batch = adjoint->batch,
      .host_bytes = place->info.host_bytes,
      .device_bytes = place->info.device_bytes,
      .create_ms = place->create_ms,
      .warmup_ms = place->info.warmup_ms,
  };
}

/* ---- what is asked for ---- */

static enum vordec_status check_fields(const struct vordec_adjoint *adjoint, const struct vordec_adjoint_io *io,
                                       struct vordec_error *error) {
  const uint32_t given =
      (io->omega_lp ? (uint32_t)VORDEC_OMEGA_LP : 0u) | (io->omega_hat ? (uint32_t)VORDEC_OMEGA_HAT : 0u);
  if (!given) return vordec_fail(error, VORDEC_E_USAGE, 0, "gradients: give a cotangent of at least one output");
  if (given & ~adjoint->outputs) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "gradients: there is a cotangent of %s, which the decoder does not compute",
                       given & ~adjoint->outputs & (uint32_t)VORDEC_OMEGA_LP ? "omega_lp" : "omega_hat");
  }
  if (!io->residual) return VORDEC_OK;
  if (!adjoint->residuals) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "gradients: the gradient by a residual is asked for, but the decoder takes no residual");
  }
  if (io->mask && io->omega_hat) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0, "gradients: the gradient by a residual needs %s",
                     io->mask ? "a cotangent of omega_hat" : "the mask that gates it");
}

static enum vordec_status check_kept(const struct vordec_adjoint *adjoint, const struct vordec_adjoint_io *io,
                                     struct vordec_error *error) {
  const size_t d = adjoint->layout->info.d, at = 2 * adjoint->layout->info.m + 3;
  for (size_t i = 0; i < io->count; i++) {
    if (isfinite(io->z[i * d + at])) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "state %zu: K (entry %zu) is not finite", i, at);
  }
  return VORDEC_OK;
}

static enum vordec_status check_mask(const struct vordec_adjoint *adjoint, const struct vordec_adjoint_io *io,
                                     struct vordec_error *error) {
  const size_t n = adjoint->layout->info.n, cells = n * n;
  if (!io->residual) return VORDEC_OK;
  for (size_t i = 0; i < io->count * cells; i++) {
    if (io->mask[i] >= -1 && io->mask[i] <= 1) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0,
                       "state %zu: the mask is %d at row %zu, column %zu: expected -1, 0 or 1", i / cells, io->mask[i],
                       i % cells / n, i % n);
  }
  return VORDEC_OK;
}

static enum vordec_status check(const struct vordec_adjoint *adjoint, const struct vordec_adjoint_io *io,
                                struct vordec_error *error) {
  if (io->count == 0) return vordec_fail(error, VORDEC_E_USAGE, 0, "gradients: count is 0; give at least one state");
  if (!io->z) return vordec_fail(error, VORDEC_E_USAGE, 0, "gradients: the states that were decoded are missing");
  if (!io->z_gradient && !io->residual) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "gradients: ask for the gradient by z, by the residual, or both");
  }
  enum vordec_status status = check_fields(adjoint, io, error);
  if (!status) status = check_kept(adjoint, io, error);
  return status ? status : check_mask(adjoint, io, error);
}

/* ---- making them ---- */

static const void *advance(const void *base, size_t bytes) {
  return base ? (const char *)base + bytes : NULL;
}

/* `count` states from number `first` on. */
static struct vordec_adjoint_job job_at(const struct vordec_adjoint *adjoint, const struct vordec_adjoint_io *io,
                                        size_t first, size_t count) {
  const struct vordec_layout_info *info = &adjoint->layout->info;
  const size_t real = adjoint->place.precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
  const size_t skip = first * info->n * info->n;
  for (size_t i = 0; i < count; i++) {
    adjoint->kept[i] = vordec_kept_count(io->z[(first + i) * info->d + 2 * info->m + 3], (uint32_t)info->max_kept);
  }
  return (struct vordec_adjoint_job){
      .struct_size = sizeof(struct vordec_adjoint_job),
      .count = (uint32_t)count,
      .omega_lp = advance(io->omega_lp, skip * real),
      .omega_hat = advance(io->omega_hat, skip * real),
      .mask = io->residual ? io->mask + skip : NULL,
      .kept = adjoint->kept,
      .z = io->z_gradient ? io->z_gradient + first * info->d : NULL,
      .residual = io->residual ? (char *)io->residual + skip * real : NULL,
  };
}

static enum vordec_status run_job(struct vordec_adjoint *adjoint, const struct vordec_adjoint_job *job,
                                  struct vordec_adjoint_report *report, struct vordec_error *error) {
  struct vordec_adjoint_result result = {.struct_size = sizeof result};
  struct evidence_verdict verdict;
  intake_ready(error);
  const uint64_t start = clock_ns();
  const enum vordec_status status =
      intake_status(adjoint->interface->run(adjoint->backend, job, &result, error), error);
  const double host_ms = (double)(clock_ns() - start) * 1e-6;
  intake_evidence(&result.evidence);
  if (status) return status;
  evidence_judge_adjoint(&adjoint->place.engine->device, &result, host_ms, &verdict);
  report->device_ms += verdict.timed ? result.device_ms : NAN;
  report->device_timestamps = report->device_timestamps && result.evidence.device_timestamps;
  return placement_weigh(&adjoint->place, &verdict, error);
}

static enum vordec_status run_all(struct vordec_adjoint *adjoint, const struct vordec_adjoint_io *io,
                                  struct vordec_adjoint_report *report, struct vordec_error *error) {
  enum vordec_status status = check(adjoint, io, error);
  for (size_t first = 0; first < io->count && !status; first += adjoint->batch) {
    const size_t left = io->count - first;
    const struct vordec_adjoint_job job = job_at(adjoint, io, first, left < adjoint->batch ? left : adjoint->batch);
    status = run_job(adjoint, &job, report, error);
  }
  return status;
}

enum vordec_status vordec_adjoint_run(struct vordec_adjoint *adjoint, const struct vordec_adjoint_io *io,
                                      struct vordec_adjoint_report *report, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  struct vordec_adjoint_report mine = {.device_timestamps = true};
  const uint64_t start = clock_ns();
  enum vordec_status status = engine_enter(adjoint->place.engine, error);
  if (status) return status;
  status = engine_leave(adjoint->place.engine, run_all(adjoint, io, &mine, error));
  if (status || !report) return status;
  mine.total_ms = (double)(clock_ns() - start) * 1e-6;
  mine.adjoint_device = adjoint->place.device;
  *report = mine;
  return VORDEC_OK;
}
