/* SPDX-License-Identifier: MIT */
#include "measuring.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "plugin.h"

static void *zeroed(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size);
  if (!memory) abort();
  return memory;
}

static int64_t wavenumber(uint32_t i, uint32_t n) {
  return 2 * (uint64_t)i < n ? (int64_t)i : (int64_t)i - (int64_t)n;
}

/* One of each pair whose |k| is within (from, to], the first of all that is 0 where from is below. */
static uint32_t list_pairs(uint32_t n, double from, double to, uint32_t *index) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < n * n; i++) {
    const uint32_t y = i / n, x = i % n, partner = (n - y) % n * n + (n - x) % n;
    const int64_t ky = wavenumber(y, n), kx = wavenumber(x, n);
    const double squared = (double)(ky * ky + kx * kx);
    if (partner < i || squared > to * to || (from >= 0 && squared <= from * from)) continue;
    index[count++] = i;
  }
  return count;
}

struct measuring measuring_make(uint32_t n, double k_cut, double mid_cut, enum vordec_precision precision) {
  struct measuring made = {.low_index = zeroed((size_t)n * n, sizeof *made.low_index),
                           .mid_index = zeroed((size_t)n * n, sizeof *made.mid_index)};
  made.setup = (struct vordec_encode_setup){.struct_size = sizeof made.setup,
                                            .n = n,
                                            .batch = 1,
                                            .precision = precision,
                                            .fft = "auto",
                                            .low_count = list_pairs(n, -1, k_cut, made.low_index),
                                            .mid_count = list_pairs(n, k_cut, mid_cut, made.mid_index),
                                            .low_index = made.low_index,
                                            .mid_index = made.mid_index,
                                            .smooth_width = 3,
                                            .boundary = VORDEC_BOUNDARY_PERIODIC,
                                            .tau = 0.35};
  return made;
}

void measuring_release(struct measuring *measuring) {
  free(measuring->low_index);
  free(measuring->mid_index);
  *measuring = (struct measuring){.low_index = NULL};
}

struct measured measured_make(const struct measuring *measuring, uint32_t count, bool mask) {
  const struct vordec_encode_setup *setup = &measuring->setup;
  return (struct measured){.count = count,
                           .low = zeroed((size_t)count * setup->low_count, 2 * sizeof(double)),
                           .mid = zeroed((size_t)count * setup->mid_count, 2 * sizeof(double)),
                           .high = zeroed(count, sizeof(double)),
                           .support = zeroed(count, sizeof(double)),
                           .mask = mask ? zeroed((size_t)count * setup->n * setup->n, 1) : NULL};
}

void measured_release(struct measured *measured) {
  free(measured->low);
  free(measured->mid);
  free(measured->high);
  free(measured->support);
  free(measured->mask);
  *measured = (struct measured){.count = 0};
}

struct vordec_backend_encoder *measuring_start(struct suite *suite, struct vordec_session *session,
                                               const struct measuring *measuring) {
  const struct vordec_encode_setup *setup = &measuring->setup;
  struct vordec_backend_encoder *encoder = NULL;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_error error = {0};
  const bool named = strcmp(setup->fft, "auto") != 0;
  const double start = clock_ms();
  const enum vordec_status status = plugin_encode(suite)->create(session, setup, &encoder, &info, &error);
  const double host_ms = clock_ms() - start;
  suite_step(suite);
  if (status) {
    plugin_judge_error(suite, "create", status, &error);
    const bool of_fft = error.reason == VORDEC_REASON_FFT_SIZE || error.reason == VORDEC_REASON_NO_FFT;
    if (status == VORDEC_E_UNSUPPORTED && of_fft && named) return NULL;
    suite_short(suite, "create(N = %u, batch %u, %s, fft %s): %s: %.300s", setup->n, setup->batch,
                precision_name(setup->precision), setup->fft, vordec_status_name(status), error.message);
    return NULL;
  }
  if (!encoder) {
    suite_short(suite, "create() returned ok and no encoder");
  } else if (named && strcmp(info.fft, setup->fft) != 0) {
    suite_short(suite, "create(): asked for fft %s, but it claims '%.31s'", setup->fft, info.fft);
  } else if (!(info.warmup_ms >= 0.0 && info.warmup_ms <= host_ms)) {
    suite_short(suite, "create() claims a warm-up of %g ms in a call of %g ms", info.warmup_ms, host_ms);
  }
  return encoder;
}

/* ---- one job ---- */

enum output { LOW, MID, HIGH, SUPPORT, MASK, OUTPUTS };

static const char *const output_names[OUTPUTS] = {"low", "mid", "high", "support", "mask"};

struct guarded_job {
  struct guarded omega, outputs[OUTPUTS];
  void *to[OUTPUTS];
  size_t bytes[OUTPUTS];
};

/* Full of what nobody measures: NAN, and 99 in a mask. */
static void fill_output(void *data, size_t bytes, enum output output) {
  const double nothing = NAN;
  if (output == MASK) {
    memset(data, 99, bytes);
    return;
  }
  for (size_t i = 0; i + sizeof nothing <= bytes; i += sizeof nothing) {
    memcpy((char *)data + i, &nothing, sizeof nothing);
  }
}

static bool is_written(const void *data, size_t bytes, enum output output) {
  if (output == MASK) return !memchr(data, 99, bytes);
  for (size_t i = 0; i + sizeof(double) <= bytes; i += sizeof(double)) {
    double value;
    memcpy(&value, (const char *)data + i, sizeof value);
    if (isnan(value)) return false;
  }
  return true;
}

static void guard_job(struct suite *suite, const struct measuring *measuring, const struct measuring_source *source,
                      struct measured *measured, struct guarded_job *job) {
  const struct vordec_encode_setup *setup = &measuring->setup;
  const size_t count = measured->count, cells = (size_t)setup->n * setup->n, pair = 2 * sizeof(double);
  const enum guard_side side = suite->decodes++ % 2 ? GUARD_AT_START : GUARD_AT_END;
  *job = (struct guarded_job){.to = {measured->low, measured->mid, measured->high, measured->support, measured->mask},
                              .bytes = {count * setup->low_count * pair, count * setup->mid_count * pair,
                                        count * sizeof(double), count * sizeof(double),
                                        measured->mask ? count * cells : 0}};
  guarded_create(&job->omega, "omega (encode)", source->omega ? count * cells * sizeof(double) : 1, side);
  if (source->omega) memcpy(job->omega.data, source->omega, count * cells * sizeof(double));
  guarded_seal(&job->omega);
  for (size_t i = 0; i < OUTPUTS; i++) {
    guarded_create(&job->outputs[i], output_names[i], job->bytes[i] ? job->bytes[i] : 1, side);
    fill_output(job->outputs[i].data, job->bytes[i], (enum output)i);
  }
}

static void take_outputs(struct suite *suite, struct guarded_job *job, bool encoded) {
  for (size_t i = 0; i < OUTPUTS; i++) {
    struct guarded *output = &job->outputs[i];
    if (!guarded_surroundings_intact(output)) {
      suite_short(suite, "encode() writes outside of its output %s", output_names[i]);
    }
    if (encoded && !is_written(output->data, job->bytes[i], (enum output)i)) {
      suite_short(suite, "encode() left %s unwritten", output_names[i]);
    }
    if (job->bytes[i]) memcpy(job->to[i], output->data, job->bytes[i]);
    guarded_destroy(output);
  }
  guarded_destroy(&job->omega);
}

bool measuring_encode(struct suite *suite, const struct measuring *measuring, struct vordec_backend_encoder *encoder,
                      const struct measuring_source *source, struct measured *measured,
                      struct vordec_encode_result *result, double *host_ms) {
  struct vordec_encode_result unwanted;
  struct vordec_error error = {0};
  struct guarded_job guarded;
  if (!result) result = &unwanted;
  *result = (struct vordec_encode_result){.struct_size = sizeof *result};
  guard_job(suite, measuring, source, measured, &guarded);
  const struct vordec_encode_job job = {.struct_size = sizeof job,
                                        .count = measured->count,
                                        .omega = source->omega ? guarded.omega.data : NULL,
                                        .simulation = source->simulation,
                                        .first_member = source->first_member,
                                        .low = guarded.outputs[LOW].data,
                                        .mid = guarded.outputs[MID].data,
                                        .high = guarded.outputs[HIGH].data,
                                        .support = guarded.outputs[SUPPORT].data,
                                        .mask = measured->mask ? guarded.outputs[MASK].data : NULL};
  const size_t taken = atomic_load(&suite->host.taken);
  const double start = clock_ms();
  const enum vordec_status status = plugin_encode(suite)->encode(encoder, &job, result, &error);
  if (host_ms) *host_ms = clock_ms() - start;
  suite_step(suite);
  if (status) {
    plugin_judge_error(suite, "encode", status, &error);
    suite_short(suite, "encode(%u): %s: %.300s", measured->count, vordec_status_name(status), error.message);
  } else if (atomic_load(&suite->host.taken) != taken) {
    suite_short(suite, "encode() takes memory from the host");
  }
  take_outputs(suite, &guarded, status == VORDEC_OK);
  return status == VORDEC_OK;
}
