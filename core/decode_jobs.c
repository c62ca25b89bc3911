/* SPDX-License-Identifier: MIT */
#include "decode_jobs.h"

#include <stdio.h>

#include "errors.h"
#include "judge.h"
#include "rollout.h"

static void *advance(void *base, size_t bytes) {
  return base ? (char *)base + bytes : NULL;
}

static const double *advance_real(const double *base, size_t count) {
  return base ? base + count : NULL;
}

static uint32_t outputs_of(const struct vordec_decode_io *io) {
  return (io->omega_lp ? VORDEC_OMEGA_LP : 0u) | (io->mask ? VORDEC_MASK : 0u) |
         (io->omega_hat ? VORDEC_OMEGA_HAT : 0u) | (io->scalars ? VORDEC_SCALARS : 0u);
}

static uint32_t residuals_of(const struct vordec_decode_io *io) {
  return (io->residual ? VORDEC_RESIDUAL_FIELD : 0u) | (io->band[0] ? VORDEC_RESIDUAL_MID : 0u) |
         (io->band[1] ? VORDEC_RESIDUAL_HIGH : 0u);
}

enum vordec_status decode_jobs_check_idle(const struct vordec_decoder *decoder, struct vordec_error *error) {
  if (decoder->call.open) return vordec_fail(error, VORDEC_E_BUSY, 0, "a decode in pieces is under way: end it first");
  if (decoder->under_way == 0) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_BUSY, 0, "%zu submitted batches are under way: wait for them first",
                     decoder->under_way);
}

/* Where the states come from, and how many there are. */
static enum vordec_status check_source(const struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                       struct vordec_error *error) {
  if (io->count == 0) return vordec_fail(error, VORDEC_E_USAGE, 0, "count is 0: there is no state to decode");
  if (!io->z && !io->rollout) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "no states are given: pass z or a rollout");
  }
  if (io->z && io->rollout) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "z and a rollout are both given: pass only one of them");
  }
  if (io->rollout && (io->count % io->rollout->states || io->count > rollout_held(io->rollout))) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "count is %zu, but the rollout holds %zu state(s), and all of them are decoded together",
                       io->count, rollout_held(io->rollout));
  }
  if (io->rollout && !vordec_rollout_feeds(io->rollout, decoder)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "the rollout's state is on another device or in another precision than this decoder's: read the "
                       "state, and decode it as z");
  }
  return VORDEC_OK;
}

enum vordec_status decode_jobs_check_request(const struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                             struct vordec_error *error) {
  const enum vordec_status source = check_source(decoder, io, error);
  if (source) return source;
  if (io->rollout && io->rollout->d != decoder->layout->info.d) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "the rollout's states have D = %zu, the decoder's %zu", io->rollout->d,
                       decoder->layout->info.d);
  }
  if (outputs_of(io) & ~decoder->outputs) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "an output is asked for that the decoder was not made for");
  }
  if (residuals_of(io) & ~decoder->residuals) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "a residual is given that the decoder was not made for");
  }
  if ((io->band[0] && !io->band_energy[0]) || (io->band[1] && !io->band_energy[1])) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "a residual band is given without its energy");
  }
  return VORDEC_OK;
}

enum vordec_status decode_jobs_check_residuals(const struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                               struct vordec_error *error) {
  return limits_check_residuals(&decoder->limits, decoder->layout, io, error);
}

enum vordec_status decode_jobs_check_states(const struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                            size_t first, size_t count, struct vordec_error *error) {
  if (!io->z) return VORDEC_OK;
  const double *z = io->z + first * decoder->layout->info.d;
  const enum vordec_status status = limits_check_states(&decoder->limits, decoder->layout, z, first, count, error);
  return status ? status : synthesis_check(&decoder->synthesis, z, first, count, error);
}

enum vordec_status decode_jobs_check(const struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                     struct vordec_error *error) {
  enum vordec_status status = decode_jobs_check_request(decoder, io, error);
  if (!status) status = decode_jobs_check_states(decoder, io, 0, io->count, error);
  return status ? status : decode_jobs_check_residuals(decoder, io, error);
}

size_t decode_jobs_at_once(const struct vordec_decoder *decoder, const struct vordec_decode_io *io) {
  return io->rollout && !io->rollout->trail ? 1 : decoder->batch_size;
}

struct vordec_decode_job decode_job_at(const struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                       size_t first) {
  const size_t cells = decoder->layout->info.n * decoder->layout->info.n, skip = first * cells;
  const size_t real = decoder->selection.precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
  const size_t left = io->count - first, most = decode_jobs_at_once(decoder, io);
  return (struct vordec_decode_job){
      .struct_size = sizeof(struct vordec_decode_job),
      .count = (uint32_t)(left < most ? left : most),
      .z = advance_real(io->z, first * decoder->layout->info.d),
      .rollout = io->rollout ? io->rollout->state : NULL,
      .residual = advance_real(io->residual, skip),
      .band = {advance_real(io->band[0], skip), advance_real(io->band[1], skip)},
      .band_energy = {advance_real(io->band_energy[0], first), advance_real(io->band_energy[1], first)},
      .outputs = outputs_of(io),
      .omega_lp = advance(io->omega_lp, skip * real),
      .mask = advance(io->mask, skip),
      .omega_hat = advance(io->omega_hat, skip * real),
      .scalars = io->scalars ? io->scalars + first : NULL,
      .rollout_state = io->rollout ? (uint32_t)first : 0,
  };
}

enum vordec_status decode_jobs_begin(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                     struct vordec_error *error) {
  struct synthesis_course course = {.together = 1, .apart = 1};
  decoder->source = io->rollout;
  if (io->rollout) {
    rollout_goes_on(io->rollout);
    course = (struct synthesis_course){.first = (uint32_t)rollout_first_step(io->rollout),
                                       .together = io->rollout->states,
                                       .apart = (uint32_t)io->rollout->row_steps};
  }
  return synthesis_begin(&decoder->synthesis, io->count, &course, error);
}

/* Finds which of a rollout's states was refused: the backend says what is wrong with it, and the host looks which one
 * it is. The states are still there, because no decode that is in progress beside others has a rollout that goes on
 * meanwhile. */
static enum vordec_status name_state(const struct vordec_decoder *decoder, const struct batch *batch,
                                     struct vordec_error *error) {
  struct vordec_rollout *rollout = decoder->source;
  const struct vordec_layout *layout = decoder->layout;
  const struct vordec_error inner = *error;
  struct vordec_error found;
  const double *z;
  char step[48] = "";
  if (!batch->job.rollout || !rollout || rollout_held(rollout) == 1) return inner.status;
  if (rollout_copy(rollout, &z, &found)) return inner.status;
  size_t at = batch->first;
  for (const size_t end = at + batch->job.count; at < end; at++) {
    const double *state = z + at * layout->info.d;
    if (limits_check_states(&decoder->limits, layout, state, at % rollout->states, 1, &found)) break;
    if (synthesis_check(&decoder->synthesis, state, at % rollout->states, 1, &found)) break;
  }
  if (at == batch->first + batch->job.count) return inner.status;
  if (rollout->rows > 1) {
    const uint64_t number = rollout_first_step(rollout) + at / rollout->states * rollout->row_steps;
    snprintf(step, sizeof step, "step %llu: ", (unsigned long long)number);
  }
  return vordec_fail(error, inner.status, inner.reason, "%s%.900s", step,
                     rollout->states > 1 ? found.message : inner.message);
}

/* The states of a job, if the host needs them to make its bands. For a rollout this is a copy of all of them, made for
 * the first job and checked like those of a call. */
static enum vordec_status fetch_states(struct vordec_decoder *decoder, const struct vordec_decode_io *io, size_t first,
                                       const double **z, struct vordec_error *error) {
  struct synthesis *synthesis = &decoder->synthesis;
  *z = advance_real(io->z, first * decoder->layout->info.d);
  if (!io->rollout || !synthesis->host) return VORDEC_OK;
  enum vordec_status status = VORDEC_OK;
  if (first == 0) {
    status = rollout_visit(io->rollout, &synthesis->rolled_out, error);
    if (!status) {
      status = limits_check_states(&decoder->limits, decoder->layout, synthesis->rolled_out, 0, io->count, error);
    }
    if (!status) status = synthesis_check(synthesis, synthesis->rolled_out, 0, io->count, error);
  }
  *z = synthesis->rolled_out + first * decoder->layout->info.d;
  return status;
}

enum vordec_status decode_job_start(struct vordec_decoder *decoder, struct batch *batch,
                                    const struct vordec_decode_io *io, struct vordec_decode_job *job, size_t first,
                                    bool overlaps, struct vordec_error *error) {
  const size_t number = (size_t)(batch - decoder->batches), cells = decoder->layout->info.n * decoder->layout->info.n;
  const size_t real = decoder->selection.precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
  const double *z = NULL;
  if (decoder->last == batch) decoder->last = NULL;
  enum vordec_status status = fetch_states(decoder, io, first, &z, error);
  if (!status) status = synthesis_prepare(&decoder->synthesis, batch, number, job, first, z, error);
  if (status) return status;
  const size_t bands = (job->band[0] ? 1u : 0u) + (job->band[1] ? 1u : 0u);
  if (decoder->engine->device.type != VORDEC_DEVICE_HOST) decoder->band_bytes += bands * job->count * cells * real;
  return batch_start(batch, engine_slots(decoder->engine), overlaps ? decoder->stream : NULL, job, first, error);
}

enum vordec_status decode_jobs_abandon(struct vordec_decoder *decoder, enum vordec_status status) {
  struct vordec_error ignored;
  for (size_t i = 0; i < decoder->depth; i++) batch_wait(&decoder->batches[i], &ignored);
  return status;
}

static void count_bytes(struct vordec_decoder *decoder, const struct vordec_decode_job *job) {
  const struct vordec_device *device = &decoder->engine->device;
  const size_t cells = job->count * decoder->layout->info.n * decoder->layout->info.n;
  const size_t real = decoder->selection.precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
  const size_t given = (job->residual ? 1u : 0u) + (job->band[0] ? 1u : 0u) + (job->band[1] ? 1u : 0u);
  const size_t reals = (job->omega_lp ? 1u : 0u) + (job->omega_hat ? 1u : 0u);
  link_count(&decoder->link, device, LINK_FIELDS_IN, given * cells * sizeof(double));
  link_count(&decoder->link, device, LINK_FIELDS_OUT, (reals * real + (job->mask ? sizeof *job->mask : 0)) * cells);
  if (job->z) link_count(&decoder->link, device, LINK_STATES_IN, job->count * decoder->layout->info.d * sizeof *job->z);
  if (job->scalars) link_count(&decoder->link, device, LINK_SUMS_OUT, job->count * sizeof *job->scalars);
}

enum vordec_status decode_job_finish(struct vordec_decoder *decoder, struct batch *batch,
                                     struct vordec_decode_report *report, struct vordec_error *error) {
  enum vordec_status status = batch_wait(batch, error);
  if (!status) count_bytes(decoder, &batch->job);
  if (status == VORDEC_E_INPUT) status = name_state(decoder, batch, error);
  if (!status) status = judge_batch(decoder, batch, error);
  if (!status) synthesis_collect(&decoder->synthesis, batch, (size_t)(batch - decoder->batches));
  decoder->last = status ? NULL : batch;
  for (int i = 0; i < VORDEC_STAGE_COUNT && !status; i++) report->stage_ms[i] += batch->result.stage_ms[i];
  return status;
}

enum vordec_status decode_jobs_run(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                   struct vordec_decode_report *report, struct vordec_error *error) {
  const size_t each = decode_jobs_at_once(decoder, io);
  const size_t batches = (io->count - 1) / each + 1, plans = batches > 1 ? decoder->depth : 1;
  size_t started = 0;
  for (size_t finished = 0; finished < batches; finished++) {
    for (; started < batches && started - finished < plans; started++) {
      const size_t first = started * each;
      struct vordec_decode_job job = decode_job_at(decoder, io, first);
      const enum vordec_status status =
          decode_job_start(decoder, &decoder->batches[started % plans], io, &job, first, plans > 1, error);
      if (status) return decode_jobs_abandon(decoder, status);
    }
    struct batch *batch =
        &decoder->batches[finished % plans]; /* NOLINT(clang-analyzer-core.DivideZero): there is one */
    const enum vordec_status status = decode_job_finish(decoder, batch, report, error);
    if (status) return decode_jobs_abandon(decoder, status);
  }
  return VORDEC_OK;
}

void decode_jobs_count(struct vordec_decoder *decoder, bool in_place, size_t count) {
  *(in_place ? &decoder->states_in_place : &decoder->states_uploaded) += count;
}

void decode_jobs_sign(const struct vordec_decoder *decoder, struct vordec_decode_report *report) {
  report->decode_device = decoder->decode_device;
  report->device_timestamps = decoder->device_timestamps;
}
