/* SPDX-License-Identifier: MIT */
#include "kernel_lane.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "interrupt.h"
#include "progress.h"
#include "state_number.h"

#define STEPS_AT_ONCE 256 /* so that a signal is heard and a bar moves; rows likewise: */
#define ROWS_AT_ONCE 64
#define ROWS_MS 50.0

size_t kernel_lane_rows(const struct kernel_request *request, size_t states, size_t n) {
  const size_t cells = states * n * n, fitting = kernel_batch_max(n) * n * n / cells;
  if (request->decode_every == 0 || request->hash_z || request->hash_every > 0) return 1;
  size_t rows = request->steps / request->decode_every;
  if (rows > fitting) rows = fitting;
  if (rows > ROWS_AT_ONCE) rows = ROWS_AT_ONCE;
  return rows ? rows : 1;
}

/* Rows that the rollout can keep for the decoder; without them decodes are done one by one. */
static void reserve_rows(struct kernel_lane *lane, size_t n) {
  lane->rows = 1;
  if (!vordec_rollout_feeds(lane->rollout, lane->decoder)) return;
  const size_t rows = kernel_lane_rows(lane->request, lane->block.count, n);
  if (vordec_rollout_reserve(lane->rollout, rows, NULL) == VORDEC_OK) lane->rows = rows;
}

enum vordec_status kernel_lane_equip(struct kernel_lane *lane, size_t n, struct vordec_error *error) {
  struct vordec_decoder_info info;
  const uint32_t outputs = lane->request->outputs;
  reserve_rows(lane, n);
  const size_t count = lane->rows * lane->block.count, cells = count * n * n;
  struct vordec_decode_io *io = &lane->io;
  if (!lane->decoder) return VORDEC_OK;
  vordec_decoder_get(lane->decoder, &info);
  const size_t real = info.precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
  bool made = true;
  if (outputs & VORDEC_OMEGA_LP) made = (io->omega_lp = malloc(cells * real)) && made;
  if (outputs & VORDEC_MASK) made = (io->mask = malloc(cells)) && made;
  if (outputs & VORDEC_OMEGA_HAT) made = (io->omega_hat = malloc(cells * real)) && made;
  if (outputs & VORDEC_SCALARS) made = (io->scalars = calloc(count, sizeof *io->scalars)) && made;
  if (made) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the fields");
}

void kernel_lane_release(struct kernel_lane *lane) {
  vordec_metrics_destroy(lane->metrics);
  vordec_rollout_destroy(lane->rollout);
  free(lane->io.omega_lp);
  free(lane->io.mask);
  free(lane->io.omega_hat);
  free(lane->io.scalars);
  *lane = (struct kernel_lane){0};
}

/* Steps from t up to the next thing that happens: a decode, a hash, a line of progress, or the end. */
static size_t next_stretch(const struct kernel_lane *lane, size_t t, size_t until) {
  const struct kernel_request *request = lane->request;
  const size_t periods[] = {request->decode_every, request->hash_every, request->progress_every, STEPS_AT_ONCE};
  size_t stretch = until - t;
  if (request->strides.wanted) return request->strides.stride;
  for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
    if (periods[i] == 0) continue;
    const size_t left = periods[i] - t % periods[i];
    if (left < stretch) stretch = left;
  }
  return stretch;
}

static enum vordec_status hash_at(struct kernel_lane *lane, size_t t, struct vordec_error *error) {
  char digest[33];
  const enum vordec_status status = vordec_rollout_hash(lane->rollout, digest, error);
  return status ? status : vordec_metrics_add_state_hash(lane->metrics, t, digest, error);
}

/* One of the rows that begin at step t was refused: its step is in the message. Those before it are decoded, as they
 * would have been one by one, and the run ends there. */
static enum vordec_status end_at_row(struct kernel_lane *lane, size_t t, struct vordec_error *error) {
  const struct vordec_error inner = *error;
  struct vordec_decode_report report;
  size_t at = t;
  if (sscanf(inner.message, "step %zu:", &at) == 1 && at > t) {
    lane->io.count = (at - t) / lane->request->decode_every * lane->block.count;
    const bool decoded = vordec_decode(lane->decoder, &lane->io, &report, error) == VORDEC_OK;
    if (decoded) vordec_metrics_add(lane->metrics, t, &lane->io, &report, error);
  }
  lane->run.steps = at;
  return vordec_fail(error, VORDEC_E_FAILED, 0, "%.500s", inner.message);
}

/* What the rollout holds: t is the step of its first row. */
static enum vordec_status decode_at(struct kernel_lane *lane, size_t t, struct vordec_error *error) {
  struct vordec_decode_report report;
  enum vordec_status status = VORDEC_OK;
  if (vordec_rollout_feeds(lane->rollout, lane->decoder)) {
    lane->io.rollout = lane->rollout;
  } else {
    status = vordec_rollout_read(lane->rollout, lane->z, error);
    lane->io.z = lane->z;
  }
  const size_t rows = vordec_rollout_rows(lane->rollout);
  lane->io.count = rows * lane->block.count;
  vordec_decoder_set_step(lane->decoder, t);
  if (!status) status = vordec_decode(lane->decoder, &lane->io, &report, error);
  if (status == VORDEC_E_INPUT) {
    state_number_shift(error, lane->block.first);
    const struct vordec_error inner = *error;
    lane->run.nan_inf_hits++;
    if (rows > 1) return end_at_row(lane, t, error);
    return vordec_fail(error, VORDEC_E_FAILED, 0, "step %zu: %.500s", t, inner.message);
  }
  if (status) return status;
  lane->decode_device = report.decode_device;
  status = vordec_metrics_add(lane->metrics, t, &lane->io, &report, error);
  /* A state that stayed on the device is hashed there and then. */
  if (!status && lane->io.rollout && lane->request->hash_z) status = hash_at(lane, t, error);
  return status;
}

static bool due(size_t t, size_t every) {
  return every > 0 && t % every == 0;
}

/* `steps` steps, or rows of so many each. */
static enum vordec_status go_on(struct kernel_lane *lane, size_t rows, size_t steps, struct vordec_error *error) {
  struct vordec_rollout_report report;
  const size_t own = steps / stride_use_unit(&lane->request->strides);
  const enum vordec_status status = rows > 1 ? vordec_rollout_walk(lane->rollout, rows, own, &report, error)
                                             : vordec_rollout_advance(lane->rollout, own, &report, error);
  if (status) return status;
  lane->run.steps += rows * steps;
  lane->run.rollout_s += 1e-3 * report.total_ms;
  lane->step_ms = report.total_ms / (double)(rows * own);
  lane->op_device = report.op_device;
  return VORDEC_OK;
}

/* Decodes whose states can be kept for a decode together: up to the next line of progress, or as take a moment. */
static size_t next_rows(const struct kernel_lane *lane, size_t t, size_t until) {
  const struct kernel_request *request = lane->request;
  const size_t every = request->decode_every, line = request->progress_every;
  if (lane->rows == 1 || lane->step_ms <= 0.0 || t % every) return 1;
  const size_t end = line && line - t % line < until - t ? line - t % line : until - t;
  const double row_ms = lane->step_ms * (double)(every / stride_use_unit(&request->strides));
  size_t rows = end / every;
  if (rows > lane->rows) rows = lane->rows;
  if ((double)rows * row_ms > ROWS_MS) rows = (size_t)(ROWS_MS / row_ms);
  return rows ? rows : 1;
}

static enum vordec_status stretch(struct kernel_lane *lane, size_t until, struct vordec_error *error) {
  const struct kernel_request *request = lane->request;
  const size_t before = lane->run.steps, rows = next_rows(lane, before, until);
  const size_t steps = rows > 1 ? request->decode_every : next_stretch(lane, before, until);
  enum vordec_status status = go_on(lane, rows, steps, error);
  if (status) return status;
  const size_t t = lane->run.steps;
  const bool decode = due(t, request->decode_every), hashed = decode && request->hash_z;
  if (due(t, request->hash_every) && !hashed) status = hash_at(lane, t, error);
  return status || !decode ? status : decode_at(lane, before + steps, error);
}

void kernel_lane_go(struct kernel_lane *lane, size_t until, bool heeds) {
  struct progress progress = {0};
  if (lane->shows) progress_start(&progress, "steps", lane->request->steps, lane->request->progress_every);
  while (lane->run.steps < until && !lane->status && !atomic_load(lane->stop) && !(heeds && interrupt_came())) {
    lane->status = stretch(lane, until, &lane->error);
    if (lane->shows && !lane->status) progress_at(&progress, lane->run.steps);
  }
  if (lane->status) atomic_store(lane->stop, true);
  if (lane->shows) progress_end(&progress);
}

enum vordec_status kernel_lane_end(struct kernel_lane *lane, struct vordec_error *error) {
  const enum vordec_status status = vordec_rollout_read(lane->rollout, lane->z, error);
  if (status) return status;
  for (size_t i = 0; i < lane->block.count * lane->d; i++) {
    if (isfinite(lane->z[i])) continue;
    char state[32] = "";
    const size_t first = lane->block.first;
    if (lane->total > 1) snprintf(state, sizeof state, "state %zu, ", first + i / lane->d);
    lane->run.nan_inf_hits++;
    return vordec_fail(error, VORDEC_E_FAILED, 0, "step %zu: z: %sentry %zu is %s", lane->run.steps, state, i % lane->d,
                       isnan(lane->z[i]) ? "NaN" : "infinite");
  }
  return VORDEC_OK;
}
