/* SPDX-License-Identifier: MIT */
#include "team_decode.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/utf8.h"
#include "decode_jobs.h"
#include "errors.h"
#include "team_pool.h"

#define PIECE_NS UINT64_C(200000000) /* devices are idle at the end of each, so a piece must not be too short */
#define HOST_CELLS ((size_t)1 << 22) /* of a batch on a processor, where any size is as fast */

/* A device's part of one call. */
struct lane {
  struct vordec_decoder *decoder;
  const struct vordec_decode_io *io;
  struct team_pool *pool;
  bool permissive;
  bool entered; /* its engine serves this call */
  bool works;   /* it was not lost */
  bool threaded;
  pthread_t thread;
  size_t number[DECODER_DEPTH_MAX]; /* of the batches under way */
  size_t started, finished;
  enum vordec_status status; /* of the device */
  struct vordec_error error;
  struct vordec_decode_report report;
};

bool team_shares(const struct vordec_decoder *decoder, const struct vordec_decode_io *io) {
  return decoder->team_size > 1 && io->z && !io->rollout;
}

static bool is_permissive(const struct vordec_decoder *leader) {
  return config_number(leader->runtime->config, CONFIG_DECODE_POLICY) == POLICY_PERMISSIVE;
}

static bool is_lost(enum vordec_status status) {
  return status == VORDEC_E_DEVICE_LOST || status == VORDEC_E_TIMEOUT;
}

/* ---- one device ---- */

static size_t plans_of(const struct lane *lane) {
  return lane->pool->batches > 1 ? lane->decoder->depth : 1;
}

static enum vordec_status start(struct lane *lane, size_t batch) {
  struct vordec_decoder *decoder = lane->decoder;
  const size_t first = batch * lane->pool->each, count = team_pool_size(lane->pool, batch), plans = plans_of(lane);
  const enum vordec_status status = decode_jobs_check_states(decoder, lane->io, first, count, &lane->error);
  if (status) return status;
  struct vordec_decode_job job = decode_job_at(decoder, lane->io, first);
  job.count = (uint32_t)count;
  return decode_job_start(decoder, &decoder->batches[lane->started % plans], lane->io, &job, first, plans > 1,
                          &lane->error);
}

/* Says which of the devices it was. */
static void name_device(struct lane *lane) {
  const struct vordec_device *device = &lane->decoder->engine->device;
  const struct vordec_error inner = lane->error;
  vordec_fail(&lane->error, inner.status, inner.reason, "device %u (%.120s): %.350s", device->index, device->name,
              inner.message);
  utf8_mend(lane->error.message);
}

/* The batch failed, and those behind it come to nothing. What a lost device leaves is for the others, if policy allows
 * fewer devices. */
static void give_up(struct lane *lane, enum vordec_status status, size_t batch) {
  const size_t plans = plans_of(lane);
  decode_jobs_abandon(lane->decoder, status);
  lane->status = status;
  if (is_lost(status)) name_device(lane);
  if (!is_lost(status) || !lane->permissive) {
    team_pool_fail(lane->pool, batch, &lane->error);
    return;
  }
  lane->works = false;
  for (size_t i = lane->finished; i < lane->started; i++) team_pool_return(lane->pool, lane->number[i % plans]);
}

/* Keeps as many batches in progress as there are plans, while there are any left. */
static bool fill(struct lane *lane) {
  const size_t plans = plans_of(lane);
  size_t batch = 0;
  while (lane->started - lane->finished < plans && team_pool_take(lane->pool, &batch)) {
    const enum vordec_status status = start(lane, batch);
    lane->number[lane->started++ % plans] = batch; /* NOLINT(clang-analyzer-core.DivideZero): there is one */
    if (!status) continue;
    give_up(lane, status, batch);
    return false;
  }
  return lane->started > lane->finished;
}

static void *work(void *lane_) {
  struct lane *lane = lane_;
  const size_t plans = plans_of(lane);
  lane->started = lane->finished = 0;
  while (fill(lane)) {
    const size_t batch = lane->number[lane->finished % plans];
    const enum vordec_status status =
        decode_job_finish(lane->decoder, &lane->decoder->batches[lane->finished % plans], &lane->report, &lane->error);
    if (status) {
      give_up(lane, status, batch);
      return NULL;
    }
    team_pool_done(lane->pool, batch);
    decode_jobs_count(lane->decoder, false, team_pool_size(lane->pool, batch));
    lane->finished++;
  }
  return NULL;
}

/* ---- all of them ---- */

/* Runs all devices that work, each in a thread, the first of them in this one. A device that gets no thread leaves its
 * part to others. */
static void work_together(struct lane *lanes, size_t count) {
  struct lane *own = NULL;
  for (size_t i = 0; i < count; i++) {
    lanes[i].threaded = false;
    if (!lanes[i].works) continue;
    if (!own) {
      own = &lanes[i];
    } else {
      lanes[i].threaded = pthread_create(&lanes[i].thread, NULL, work, &lanes[i]) == 0;
    }
  }
  if (own) work(own);
  for (size_t i = 0; i < count; i++) {
    if (lanes[i].threaded) pthread_join(lanes[i].thread, NULL);
  }
}

/* A lost device is reported once, and later calls do without it. */
static void tell_losses(struct vordec_decoder *leader, const struct lane *lanes) {
  for (size_t i = 0; i < leader->team_size; i++) {
    if (lanes[i].works || !lanes[i].entered) continue;
    char why[VORDEC_MESSAGE_MAX];
    snprintf(why, sizeof why, "the others did its work: %.460s", lanes[i].error.message);
    utf8_mend(why);
    flags_raise(&leader->flags, FLAG_FEWER_DEVICES, why);
    log_line(&leader->runtime->log, VORDEC_LOG_WARNING, "%s: %s", flag_name(FLAG_FEWER_DEVICES), why);
  }
}

static bool any_works(const struct lane *lanes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (lanes[i].works) return true;
  }
  return false;
}

static enum vordec_status none_left(const struct lane *lanes, size_t count, struct vordec_error *error) {
  for (size_t i = 0; i < count; i++) {
    if (lanes[i].status) *error = lanes[i].error;
  }
  return error->status;
}

static enum vordec_status run(struct vordec_decoder *leader, struct lane *lanes, struct team_pool *pool,
                              struct vordec_decode_report *report, struct vordec_error *error) {
  const size_t count = leader->team_size;
  while (team_pool_has(pool) && any_works(lanes, count)) work_together(lanes, count);
  tell_losses(leader, lanes);
  for (size_t i = 0; i < count; i++) {
    for (int stage = 0; stage < VORDEC_STAGE_COUNT; stage++) report->stage_ms[stage] += lanes[i].report.stage_ms[stage];
  }
  if (pool->failed_at != SIZE_MAX) {
    *error = pool->error;
    return error->status;
  }
  return any_works(lanes, count) ? VORDEC_OK : none_left(lanes, count, error);
}

/* ---- calls ---- */

static void leave(struct lane *lanes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (lanes[i].entered) engine_leave(lanes[i].decoder->engine, lanes[i].status);
  }
}

/* Takes the sessions of all devices; a device that was lost earlier is left out if policy allows that. */
static enum vordec_status enter(struct vordec_decoder *leader, struct lane *lanes, struct vordec_error *error) {
  const size_t count = leader->team_size;
  const bool permissive = is_permissive(leader);
  enum vordec_status status = VORDEC_OK;
  for (size_t i = 0; i < count && !status; i++) {
    struct lane *lane = &lanes[i];
    *lane = (struct lane){.decoder = leader->team[i], .permissive = permissive};
    const enum vordec_status entered = engine_enter(lane->decoder->engine, &lane->error);
    lane->entered = lane->works = !entered;
    if (!is_lost(entered)) status = entered;
    if (!entered) continue;
    if (is_lost(entered)) name_device(lane);
    if (is_lost(entered) && !permissive) status = entered;
    lane->status = entered;
    *error = lane->error;
  }
  if (!status && !any_works(lanes, count)) status = error->status;
  if (status) leave(lanes, count);
  return status;
}

/* Phases and step are those of the leader. Each decoder of the team may ask for memory. */
static enum vordec_status check(struct vordec_decoder *leader, const struct lane *lanes,
                                const struct vordec_decode_io *io, struct vordec_error *error) {
  enum vordec_status status = decode_jobs_check_idle(leader, error);
  if (!status) status = decode_jobs_check_request(leader, io, error);
  if (!status) status = decode_jobs_check_residuals(leader, io, error);
  for (size_t i = 0; i < leader->team_size && !status; i++) {
    if (!lanes[i].works) continue; /* NOLINT(clang-analyzer-core.NullDereference): there are lanes, they were entered */
    status = decode_jobs_begin(lanes[i].decoder, io, error);
  }
  return status;
}

static size_t batch_size(const struct vordec_decoder *leader) {
  const size_t cells = leader->layout->info.n * leader->layout->info.n, on_host = 1 + HOST_CELLS / cells;
  const bool is_host = leader->engine->device.type == VORDEC_DEVICE_HOST;
  return is_host && on_host < leader->batch_size ? on_host : leader->batch_size;
}

static void sign(const struct vordec_decoder *leader, struct vordec_decode_report *report) {
  report->decode_device = decoder_device_claim(leader);
  report->device_timestamps = true;
  for (size_t i = 0; i < leader->team_size; i++) {
    const struct vordec_decoder *decoder = leader->team[i];
    if (decoder->decode_device && !decoder->device_timestamps) report->device_timestamps = false;
  }
}

static void put_to_work(struct lane *lanes, size_t count, const struct vordec_decode_io *io, struct team_pool *pool) {
  for (size_t i = 0; i < count; i++) {
    lanes[i].io = io;
    lanes[i].pool = pool;
  }
}

enum vordec_status team_decode(struct vordec_decoder *leader, const struct vordec_decode_io *io,
                               struct vordec_decode_report *report, struct vordec_error *error) {
  const uint64_t start_ns = clock_ns();
  struct vordec_decode_report mine = {0};
  struct team_pool pool;
  struct lane *lanes = calloc(leader->team_size, sizeof *lanes);
  if (!lanes) return error_no_memory(error);
  enum vordec_status status = enter(leader, lanes, error);
  if (!status) {
    status = check(leader, lanes, io, error);
    if (!status) {
      team_pool_init(&pool, io->count, batch_size(leader));
      put_to_work(lanes, leader->team_size, io, &pool);
      status = run(leader, lanes, &pool, &mine, error);
      team_pool_finish(&pool);
    }
    leave(lanes, leader->team_size);
  }
  free(lanes);
  mine.total_ms = (double)(clock_ns() - start_ns) * 1e-6;
  sign(leader, &mine);
  if (!status && report) *report = mine;
  return status;
}

/* ---- in pieces ---- */

enum vordec_status team_begin(struct vordec_decoder *leader, const struct vordec_decode_io *io,
                              struct vordec_error *error) {
  struct team_pool *pool = malloc(sizeof *pool);
  struct lane *lanes = calloc(leader->team_size, sizeof *lanes);
  enum vordec_status status = pool && lanes ? enter(leader, lanes, error) : error_no_memory(error);
  if (!status) {
    status = check(leader, lanes, io, error);
    leave(lanes, leader->team_size);
  }
  free(lanes);
  if (status) {
    free(pool);
    return status;
  }
  team_pool_init(pool, io->count, batch_size(leader));
  leader->call = (struct decode_call){.open = true, .pool = pool, .io = *io};
  return VORDEC_OK;
}

static enum vordec_status piece(struct vordec_decoder *leader, struct lane *lanes, struct vordec_error *error) {
  struct decode_call *call = &leader->call;
  const uint64_t start_ns = clock_ns();
  call->pool->until_ns = start_ns + PIECE_NS;
  put_to_work(lanes, leader->team_size, &call->io, call->pool);
  const enum vordec_status status = run(leader, lanes, call->pool, &call->report, error);
  call->report.total_ms += (double)(clock_ns() - start_ns) * 1e-6;
  return status;
}

enum vordec_status team_piece(struct vordec_decoder *leader, size_t *left, struct vordec_decode_report *report,
                              struct vordec_error *error) {
  struct decode_call *call = &leader->call;
  struct lane *lanes = calloc(leader->team_size, sizeof *lanes);
  enum vordec_status status = lanes ? enter(leader, lanes, error) : error_no_memory(error);
  if (!status) {
    status = piece(leader, lanes, error);
    leave(lanes, leader->team_size);
  }
  free(lanes);
  if (!status) *left = call->pool->states - call->pool->done;
  if (!status && *left > 0) return VORDEC_OK;
  sign(leader, &call->report);
  if (!status && report) *report = call->report;
  if (status != VORDEC_E_BUSY) team_end(leader);
  return status;
}

void team_end(struct vordec_decoder *leader) {
  struct decode_call *call = &leader->call;
  if (!call->pool) return;
  team_pool_finish(call->pool);
  free(call->pool);
  call->pool = NULL;
  call->open = false;
}
