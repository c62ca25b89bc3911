/* SPDX-License-Identifier: MIT */
/* Decoding: in one call for all states, in pieces, or in batches that are submitted and waited for separately. */
#include "core/base/clock.h"
#include "decode_jobs.h"
#include "errors.h"
#include "team_decode.h"

static enum vordec_status decode_all(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                     struct vordec_decode_report *report, struct vordec_error *error) {
  const uint64_t start = clock_ns();
  enum vordec_status status = decode_jobs_check_idle(decoder, error);
  if (!status) status = decode_jobs_check(decoder, io, error);
  if (!status) status = decode_jobs_begin(decoder, io, error);
  if (status) return status;
  status = decode_jobs_run(decoder, io, report, error);
  if (!status) decode_jobs_count(decoder, io->rollout != NULL, io->count);
  report->total_ms = (double)(clock_ns() - start) * 1e-6;
  decode_jobs_sign(decoder, report);
  return status;
}

enum vordec_status vordec_decode(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                 struct vordec_decode_report *report, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  struct vordec_decode_report mine = {0};
  if (team_shares(decoder, io)) return team_decode(decoder, io, report, error);
  enum vordec_status status = engine_enter(decoder->engine, error);
  if (status) return status;
  status = engine_leave(decoder->engine, decode_all(decoder, io, &mine, error));
  if (!status && report) *report = mine;
  return status;
}

/* ---- in pieces ---- */

#define PIECE_CELLS ((size_t)1 << 22) /* time of the first piece on a processor: some 10 ms */
#define PIECE_MS 50.0                 /* the longest time of later pieces there */

static double piece_ms(const struct vordec_decoder *decoder) {
  const double limit_ms = (double)config_number(decoder->runtime->config, CONFIG_DECODE_SUBMISSION_MS);
  return limit_ms > 0.0 && limit_ms < PIECE_MS ? limit_ms : PIECE_MS;
}

static enum vordec_status begin(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                struct vordec_error *error) {
  enum vordec_status status = decode_jobs_check_idle(decoder, error);
  if (!status) status = decode_jobs_check(decoder, io, error);
  if (!status) status = decode_jobs_begin(decoder, io, error);
  if (status) return status;
  const size_t cells = decoder->layout->info.n * decoder->layout->info.n;
  const bool on_host = decoder->engine->device.type == VORDEC_DEVICE_HOST;
  decoder->call = (struct decode_call){.open = true, .io = *io, .pace = on_host ? 1 + PIECE_CELLS / cells : 0};
  return VORDEC_OK;
}

/* On a processor a batch of any size is as fast as any other; elsewhere only whole batches are. */
static void keep_pace(struct decode_call *call, const struct batch *batch, double aim_ms) {
  if (call->pace == 0) return;
  const double each_ms = batch->host_ms / (double)batch->job.count, more = aim_ms / (each_ms > 1e-6 ? each_ms : 1e-6);
  call->pace = more < 1.0 ? 1 : more > 4.0 * (double)call->pace ? 4 * call->pace : (size_t)more;
}

static enum vordec_status start_pieces(struct vordec_decoder *decoder, size_t plans, struct vordec_error *error) {
  struct decode_call *call = &decoder->call;
  while (call->started < call->io.count && call->batches_under_way < plans) {
    struct vordec_decode_job job = decode_job_at(decoder, &call->io, call->started);
    if (call->pace > 0 && job.count > call->pace) job.count = (uint32_t)call->pace;
    const enum vordec_status status = decode_job_start(decoder, &decoder->batches[call->batches_started % plans],
                                                       &call->io, &job, call->started, plans > 1, error);
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
  const size_t plans = call->io.count > decode_jobs_at_once(decoder, &call->io) ? decoder->depth : 1;
  enum vordec_status status = start_pieces(decoder, plans, error);
  if (status) return status;
  struct batch *batch = &decoder->batches[(call->batches_started - call->batches_under_way) % plans];
  call->batches_under_way--;
  status = decode_job_finish(decoder, batch, &call->report, error);
  if (status) return status;
  call->finished += batch->job.count;
  keep_pace(call, batch, piece_ms(decoder));
  call->report.total_ms += (double)(clock_ns() - start) * 1e-6;
  return VORDEC_OK;
}

static enum vordec_status piece(struct vordec_decoder *decoder, size_t *left, struct vordec_decode_report *report,
                                struct vordec_error *error) {
  struct decode_call *call = &decoder->call;
  if (!call->open) return vordec_fail(error, VORDEC_E_USAGE, 0, "no decode in pieces is under way");
  const enum vordec_status status = go_on(decoder, error);
  call->open = !status && call->finished < call->io.count;
  if (status) return decode_jobs_abandon(decoder, status);
  *left = call->io.count - call->finished;
  if (*left > 0) return VORDEC_OK;
  decode_jobs_count(decoder, call->io.rollout != NULL, call->io.count);
  decode_jobs_sign(decoder, &call->report);
  if (report) *report = call->report;
  return VORDEC_OK;
}

enum vordec_status vordec_decode_begin(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                       struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  if (team_shares(decoder, io)) return team_begin(decoder, io, error);
  const enum vordec_status status = engine_enter(decoder->engine, error);
  return status ? status : engine_leave(decoder->engine, begin(decoder, io, error));
}

enum vordec_status vordec_decode_piece(struct vordec_decoder *decoder, size_t *left,
                                       struct vordec_decode_report *report, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  if (decoder->call.pool) return team_piece(decoder, left, report, error);
  const enum vordec_status status = engine_enter(decoder->engine, error);
  return status ? status : engine_leave(decoder->engine, piece(decoder, left, report, error));
}

enum vordec_status vordec_decode_end(struct vordec_decoder *decoder, struct vordec_error *error) {
  struct vordec_error scratch;
  error = error_or(error, &scratch);
  team_end(decoder);
  const enum vordec_status status = engine_enter(decoder->engine, error);
  if (status) return status;
  if (decoder->call.open) decode_jobs_abandon(decoder, VORDEC_OK);
  decoder->call.open = false;
  return engine_leave(decoder->engine, VORDEC_OK);
}

/* ---- batches under way ---- */

static enum vordec_status submit(struct vordec_decoder *decoder, const struct vordec_decode_io *io,
                                 struct vordec_error *error) {
  if (decoder->call.open) return decode_jobs_check_idle(decoder, error);
  if (decoder->under_way == decoder->depth) {
    return vordec_fail(error, VORDEC_E_BUSY, 0,
                       "%zu batches are under way, and there is room for no more: wait for one first", decoder->depth);
  }
  const enum vordec_status status = decode_jobs_check(decoder, io, error);
  if (status) return status;
  if (io->rollout && io->count > 1) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "%zu states of a rollout cannot be submitted as a batch: decode them in one call", io->count);
  }
  if (io->count > decoder->batch_size) {
    return vordec_fail(error, VORDEC_E_USAGE, 0,
                       "the submitted batch has %zu states, but this decoder's batches hold %zu", io->count,
                       decoder->batch_size);
  }
  if (decode_jobs_begin(decoder, io, error)) return error->status;
  struct vordec_decode_job job = decode_job_at(decoder, io, 0);
  struct batch *batch = &decoder->batches[(decoder->oldest + decoder->under_way) % decoder->depth];
  const enum vordec_status started = decode_job_start(decoder, batch, io, &job, 0, true, error);
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
  const enum vordec_status status = decode_job_finish(decoder, batch, report, error);
  if (!status) decode_jobs_count(decoder, batch->job.rollout != NULL, batch->job.count);
  report->total_ms = batch->call_ms;
  decode_jobs_sign(decoder, report);
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
