/* Decoding: states are checked, split into batches and given to the decoder's plans, in one call or apart. */
#include "core/base/clock.h"
#include "decoder.h"
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

/* Where the states come from, and how many there are. */
static enum vordec_status check_source(const struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                       struct vordec_error *error) {
  if (io->count == 0) return vordec_fail(error, VORDEC_E_USAGE, 0, "count is 0: there is no state to decode");
  if (!io->z && !io->rollout) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "neither z nor a rollout is given to take states from");
  }
  if (io->z && io->rollout) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "z and a rollout are both given: states come from one of them");
  }
  if (io->rollout && io->count != io->rollout->states) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "count is %zu: the rollout holds %zu state(s), which are decoded together", io->count,
                       io->rollout->states);
  }
  if (io->rollout && !vordec_rollout_feeds(io->rollout, decoder)) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "the rollout's state is on another device than this decoder's, or of another precision: read "
                       "it, and decode it as z");
  }
  return VORDEC_OK;
}

static enum vordec_status check_call(const struct vordec_decoder *decoder, const struct vordec_decode_io *io,
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
  const struct limits *limits = &decoder->limits;
  const enum vordec_status status =
      io->z ? limits_check_states(limits, decoder->layout, io->z, io->count, error) : VORDEC_OK;
  if (status) return status;
  if (io->z && synthesis_check(&decoder->synthesis, io->z, io->count, error)) return error->status;
  return limits_check_residuals(limits, decoder->layout, io, error);
}

/* States of a submission: those of a rollout are taken from it one by one. */
static size_t states_at_once(const struct vordec_decoder *decoder, const struct vordec_decode_io *io) {
  return io->rollout ? 1 : decoder->batch_size;
}

static struct vordec_decode_job job_at(const struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                       size_t first) {
  const size_t cells = decoder->layout->info.n * decoder->layout->info.n, skip = first * cells;
  const size_t real = decoder->engine->selection.precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
  const size_t left = io->count - first, most = states_at_once(decoder, io);
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

/* A call begins: what a rollout was read for before it was a visit to the host. */
static enum vordec_status begin_call(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                     struct vordec_error *error) {
  if (io->rollout) rollout_goes_on(io->rollout);
  return synthesis_begin(&decoder->synthesis, io->count, io->rollout ? io->rollout->steps * io->rollout->stride : 0,
                         error);
}

/* The states of a job, where the host needs them to make its bands: of a rollout a copy of all, made for the first job
 * and checked as those of a call. */
static enum vordec_status fetch_states(struct vordec_decoder *decoder, const struct vordec_decode_io *io, size_t first,
                                       const double **z, struct vordec_error *error) {
  struct synthesis *synthesis = &decoder->synthesis;
  *z = advance_real(io->z, first * decoder->layout->info.d);
  if (!io->rollout || !synthesis->host) return VORDEC_OK;
  enum vordec_status status = VORDEC_OK;
  if (first == 0) {
    status = rollout_visit(io->rollout, &synthesis->rolled_out, error);
    if (!status) {
      status = limits_check_states(&decoder->limits, decoder->layout, synthesis->rolled_out, io->count, error);
    }
    if (!status) status = synthesis_check(synthesis, synthesis->rolled_out, io->count, error);
  }
  *z = synthesis->rolled_out + first * decoder->layout->info.d;
  return status;
}

/* Makes the job's bands, or has its backend make them, and starts it. */
static enum vordec_status start(struct vordec_decoder *decoder, struct batch *batch, const struct vordec_decode_io *io,
                                struct vordec_decode_job *job, size_t first, bool overlaps,
                                struct vordec_error *error) {
  const size_t number = (size_t)(batch - decoder->batches), cells = decoder->layout->info.n * decoder->layout->info.n;
  const size_t real = decoder->engine->selection.precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
  const double *z = NULL;
  enum vordec_status status = fetch_states(decoder, io, first, &z, error);
  if (!status) status = synthesis_prepare(&decoder->synthesis, batch, number, job, first, z, error);
  if (status) return status;
  const size_t bands = (job->band[0] ? 1u : 0u) + (job->band[1] ? 1u : 0u);
  if (decoder->engine->device.type != VORDEC_DEVICE_HOST) decoder->band_bytes += bands * job->count * cells * real;
  return batch_start(batch, engine_slots(decoder->engine), overlaps ? decoder->stream : NULL, job, first, error);
}

/* Waits for what is still under way; whatever comes of it no longer counts. */
static enum vordec_status abandon(struct vordec_decoder *decoder, enum vordec_status status) {
  struct vordec_error ignored;
  for (size_t i = 0; i < decoder->depth; i++) batch_wait(&decoder->batches[i], &ignored);
  return status;
}

/* Waits for a batch, looks at what came of it and adds its times to the report. */
static enum vordec_status finish(struct vordec_decoder *decoder, struct batch *batch,
                                 struct vordec_decode_report *report, struct vordec_error *error) {
  enum vordec_status status = batch_wait(batch, error);
  if (!status) status = judge_batch(decoder, batch, error);
  if (!status) synthesis_collect(&decoder->synthesis, batch, (size_t)(batch - decoder->batches));
  for (int i = 0; i < VORDEC_STAGE_COUNT && !status; i++) report->stage_ms[i] += batch->result.stage_ms[i];
  return status;
}

/* A call of several batches keeps as many of them under way as there are plans. */
static enum vordec_status decode_batches(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                         struct vordec_decode_report *report, struct vordec_error *error) {
  const size_t each = states_at_once(decoder, io);
  const size_t batches = (io->count - 1) / each + 1, plans = batches > 1 ? decoder->depth : 1;
  size_t started = 0;
  for (size_t finished = 0; finished < batches; finished++) {
    for (; started < batches && started - finished < plans; started++) {
      const size_t first = started * each;
      struct vordec_decode_job job = job_at(decoder, io, first);
      const enum vordec_status status =
          start(decoder, &decoder->batches[started % plans], io, &job, first, plans > 1, error);
      if (status) return abandon(decoder, status);
    }
    struct batch *batch =
        &decoder->batches[finished % plans]; /* NOLINT(clang-analyzer-core.DivideZero): there is one */
    const enum vordec_status status = finish(decoder, batch, report, error);
    if (status) return abandon(decoder, status);
  }
  return VORDEC_OK;
}

static void count_states(struct vordec_decoder *decoder, bool in_place, size_t count) {
  *(in_place ? &decoder->states_in_place : &decoder->states_uploaded) += count;
}

static void sign(const struct vordec_decoder *decoder, struct vordec_decode_report *report) {
  report->decode_device = decoder->decode_device;
  report->device_timestamps = decoder->device_timestamps;
}

/* Whether nothing is under way that a call would get into the way of. */
static enum vordec_status check_idle(const struct vordec_decoder *decoder, struct vordec_error *error) {
  if (decoder->call.open) return vordec_fail(error, VORDEC_E_BUSY, 0, "a decode in pieces is under way: end it first");
  if (decoder->under_way == 0) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_BUSY, 0, "%zu submitted batches are under way: wait for them first",
                     decoder->under_way);
}

static enum vordec_status decode_all(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                     struct vordec_decode_report *report, struct vordec_error *error) {
  const uint64_t start = clock_ns();
  enum vordec_status status = check_idle(decoder, error);
  if (!status) status = check_call(decoder, io, error);
  if (!status) status = begin_call(decoder, io, error);
  if (status) return status;
  status = decode_batches(decoder, io, report, error);
  if (!status) count_states(decoder, io->rollout != NULL, io->count);
  report->total_ms = (double)(clock_ns() - start) * 1e-6;
  sign(decoder, report);
  return status;
}

enum vordec_status vordec_decode(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                 struct vordec_decode_report *report, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  struct vordec_decode_report mine = {0};
  enum vordec_status status = engine_enter(decoder->engine, error);
  if (status) return status;
  status = engine_leave(decoder->engine, decode_all(decoder, io, &mine, error));
  if (!status && report) *report = mine;
  return status;
}

/* ---- in pieces ---- */

#define PIECE_CELLS ((size_t)1 << 22) /* of the first piece on a processor: some 10 ms */
#define PIECE_MS 50.0                 /* that later ones are to take there at most */

static double piece_ms(const struct vordec_decoder *decoder) {
  const double limit_ms = (double)config_number(decoder->runtime->config, CONFIG_DECODE_SUBMISSION_MS);
  return limit_ms > 0.0 && limit_ms < PIECE_MS ? limit_ms : PIECE_MS;
}

static enum vordec_status begin(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                struct vordec_error *error) {
  enum vordec_status status = check_idle(decoder, error);
  if (!status) status = check_call(decoder, io, error);
  if (!status) status = begin_call(decoder, io, error);
  if (status) return status;
  const size_t cells = decoder->layout->info.n * decoder->layout->info.n;
  const bool on_host = decoder->engine->device.type == VORDEC_DEVICE_HOST;
  decoder->call = (struct decode_call){.open = true, .io = *io, .pace = on_host ? 1 + PIECE_CELLS / cells : 0};
  return VORDEC_OK;
}

/* On a processor a batch of any size is as fast as any other; elsewhere only whole ones are. */
static void keep_pace(struct decode_call *call, const struct batch *batch, double aim_ms) {
  if (call->pace == 0) return;
  const double each_ms = batch->host_ms / (double)batch->job.count, more = aim_ms / (each_ms > 1e-6 ? each_ms : 1e-6);
  call->pace = more < 1.0 ? 1 : more > 4.0 * (double)call->pace ? 4 * call->pace : (size_t)more;
}

static enum vordec_status start_pieces(struct vordec_decoder *decoder, size_t plans, struct vordec_error *error) {
  struct decode_call *call = &decoder->call;
  while (call->started < call->io.count && call->batches_under_way < plans) {
    struct vordec_decode_job job = job_at(decoder, &call->io, call->started);
    if (call->pace > 0 && job.count > call->pace) job.count = (uint32_t)call->pace;
    const enum vordec_status status = start(decoder, &decoder->batches[call->batches_started % plans], &call->io, &job,
                                            call->started, plans > 1, error);
    if (status) return status;
    call->started += job.count;
    call->batches_started++;
    call->batches_under_way++;
  }
  return VORDEC_OK;
}

static enum vordec_status go_on(struct vordec_decoder *decoder, struct vordec_error *error) {
  struct decode_call *call = &decoder->call;
  const uint64_t start = clock_ns();
  const size_t plans = call->io.count > states_at_once(decoder, &call->io) ? decoder->depth : 1;
  enum vordec_status status = start_pieces(decoder, plans, error);
  if (status) return status;
  struct batch *batch = &decoder->batches[(call->batches_started - call->batches_under_way) % plans];
  call->batches_under_way--;
  status = finish(decoder, batch, &call->report, error);
  if (status) return status;
  call->finished += batch->job.count;
  keep_pace(call, batch, piece_ms(decoder));
  call->report.total_ms += (double)(clock_ns() - start) * 1e-6;
  return VORDEC_OK;
}

static enum vordec_status piece(struct vordec_decoder *decoder, size_t *left, struct vordec_decode_report *report,
                                struct vordec_error *error) {
  struct decode_call *call = &decoder->call;
  if (!call->open) return vordec_fail(error, VORDEC_E_USAGE, 0, "no decode in pieces has begun");
  const enum vordec_status status = go_on(decoder, error);
  call->open = !status && call->finished < call->io.count;
  if (status) return abandon(decoder, status);
  *left = call->io.count - call->finished;
  if (*left > 0) return VORDEC_OK;
  count_states(decoder, call->io.rollout != NULL, call->io.count);
  sign(decoder, &call->report);
  if (report) *report = call->report;
  return VORDEC_OK;
}

enum vordec_status vordec_decode_begin(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                       struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = engine_enter(decoder->engine, error);
  return status ? status : engine_leave(decoder->engine, begin(decoder, io, error));
}

enum vordec_status vordec_decode_piece(struct vordec_decoder *decoder, size_t *left,
                                       struct vordec_decode_report *report, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = engine_enter(decoder->engine, error);
  return status ? status : engine_leave(decoder->engine, piece(decoder, left, report, error));
}

enum vordec_status vordec_decode_end(struct vordec_decoder *decoder, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = engine_enter(decoder->engine, error);
  if (status) return status;
  if (decoder->call.open) abandon(decoder, VORDEC_OK);
  decoder->call.open = false;
  return engine_leave(decoder->engine, VORDEC_OK);
}

/* ---- batches under way ---- */

static enum vordec_status submit(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                 struct vordec_error *error) {
  if (decoder->call.open) return check_idle(decoder, error);
  if (decoder->under_way == decoder->depth) {
    return vordec_fail(error, VORDEC_E_BUSY, 0, "%zu batches are under way, and no more can be: wait for one first",
                       decoder->depth);
  }
  const enum vordec_status status = check_call(decoder, io, error);
  if (status) return status;
  if (io->rollout && io->count > 1) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "a rollout of %zu states is no batch: decode it in one call",
                       io->count);
  }
  if (io->count > decoder->batch_size) {
    return vordec_fail(error, VORDEC_E_USAGE, 0, "a batch of %zu states is submitted, the decoder's holds %zu",
                       io->count, decoder->batch_size);
  }
  if (begin_call(decoder, io, error)) return error->status;
  struct vordec_decode_job job = job_at(decoder, io, 0);
  struct batch *batch = &decoder->batches[(decoder->oldest + decoder->under_way) % decoder->depth];
  const enum vordec_status started = start(decoder, batch, io, &job, 0, true, error);
  if (!started) decoder->under_way++;
  return started;
}

enum vordec_status vordec_decoder_submit(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                         struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  const enum vordec_status status = engine_enter(decoder->engine, error);
  return status ? status : engine_leave(decoder->engine, submit(decoder, io, error));
}

static enum vordec_status wait_for_oldest(struct vordec_decoder *decoder, struct vordec_decode_report *report,
                                          struct vordec_error *error) {
  if (decoder->under_way == 0) return vordec_fail(error, VORDEC_E_USAGE, 0, "no batch is under way");
  struct batch *batch = &decoder->batches[decoder->oldest];
  decoder->oldest = (decoder->oldest + 1) % decoder->depth;
  decoder->under_way--;
  const enum vordec_status status = finish(decoder, batch, report, error);
  if (!status) count_states(decoder, batch->job.rollout != NULL, batch->job.count);
  report->total_ms = batch->call_ms;
  sign(decoder, report);
  return status;
}

enum vordec_status vordec_decoder_wait(struct vordec_decoder *decoder, struct vordec_decode_report *report,
                                       struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  struct vordec_decode_report mine = {0};
  enum vordec_status status = engine_enter(decoder->engine, error);
  if (status) return status;
  status = engine_leave(decoder->engine, wait_for_oldest(decoder, &mine, error));
  if (!status && report) *report = mine;
  return status;
}
