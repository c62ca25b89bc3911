/* SPDX-License-Identifier: MIT */
#include "workload.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "footprint.h"

#define OUTPUTS (VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT | VORDEC_SCALARS)
#define ANCHORS 16
#define STEPS 3
#define WARNINGS_SHOWN 3
#define FAILURE_EVERY 16 /* decodes, where they are not under way two at a time */

static bool complain(const struct vordec_error *error) {
  fprintf(stderr, "soak: %s\n", error->message);
  return false;
}

/* Every runtime says the same again: the first few times will do. */
static void note(void *ctx, enum vordec_log_level level, const char *message) {
  struct workload *workload = ctx;
  if (level <= VORDEC_LOG_WARNING && workload->warnings++ < WARNINGS_SHOWN) fprintf(stderr, "soak: %s\n", message);
}

/* ---- what is decoded ---- */

static bool configure(struct workload *workload) {
  const struct options *options = workload->options;
  const struct {
    const char *section, *key, *value;
  } settings[] = {{"decode", "backend", options->backend},
                  {"decode", "device", options->device},
                  {"decode", "fft", options->fft},
                  {"decode", "precision", options->precision},
                  {"encode", "backend", options->backend},
                  {"encode", "precision", options->precision},
                  {"simulate", "backend", options->backend},
                  {"simulate", "precision", options->precision},
                  {"decode", "allow_software_device", options->software ? "true" : NULL},
                  {"op", "dtype", options->precision && strcmp(options->precision, "fp64") == 0 ? "float64" : "auto"}};
  struct vordec_error error = {0};
  if (vordec_config_create(&workload->config, &error)) return complain(&error);
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
    if (!settings[i].value) continue;
    if (vordec_config_set(workload->config, settings[i].section, settings[i].key, settings[i].value,
                          VORDEC_FROM_COMMAND_LINE, "soak", &error)) {
      return complain(&error);
    }
  }
  return true;
}

static bool describe(struct workload *workload) {
  const size_t n = workload->options->n, cut = n / 4 < 8 ? n / 4 : 8;
  uint8_t *low = calloc(n * n, 1);
  int64_t anchors[ANCHORS];
  size_t kept = 0;
  struct vordec_error error = {0};
  for (size_t i = 0; low && i < n * n; i++) {
    const size_t y = i / n, x = i % n, ky = y < n - y ? y : n - y, kx = x < n - x ? x : n - x;
    low[i] = ky * ky + kx * kx <= cut * cut;
    if (!low[i] && kept < ANCHORS && ky * ky + kx * kx <= (cut + 2) * (cut + 2)) anchors[kept++] = (int64_t)i;
  }
  const struct vordec_layout_desc desc = {
      .n = n, .mask_low = low, .anchor_idx = anchors, .anchor_count = kept, .k_cut = (double)cut, .resid_mid_cut = NAN};
  const bool ok = low && !vordec_layout_create(&desc, &workload->layout, &error);
  free(low);
  if (!ok) return complain(&error);
  vordec_layout_get(workload->layout, &workload->shape);
  return true;
}

static bool fill(struct workload *workload) {
  const size_t d = workload->shape.d, batch = workload->options->batch;
  workload->a = calloc(d * d, sizeof *workload->a);
  if (!workload->a) return false;
  for (size_t i = 0; i < d * d; i++) {
    workload->a[i] = (i % (d + 1) ? 0.0 : 0.8) + 0.1 / (double)d * sin(2.0 + 0.9 * (double)i);
  }
  for (size_t b = 0; b < 2; b++) {
    double *z = workload->z[b] = calloc(batch * d, sizeof *z);
    if (!z) return false;
    for (size_t i = 0; i < batch * d; i++) z[i] = sin(1.0 + (double)b + 0.7 * (double)i);
    for (size_t i = 0; i < batch; i++) z[i * d + 2 * workload->shape.m + 3] = (double)workload->shape.anchors;
  }
  return true;
}

/* ---- decoding ---- */

static bool make_runtime(struct workload *workload) {
  struct vordec_error error = {0};
  return vordec_runtime_create(workload->config, note, workload, &workload->runtime, &error) ? complain(&error) : true;
}

static bool make_decoder(struct workload *workload) {
  const struct options *options = workload->options;
  const struct vordec_decoder_desc desc = {.batch = options->batch, .outputs = OUTPUTS, .depth = options->depth};
  struct vordec_error error = {0};
  if (vordec_decoder_create(workload->runtime, workload->layout, &desc, &workload->decoder, &error)) {
    return complain(&error);
  }
  return true;
}

static void drop_decoder(struct workload *workload) {
  vordec_decoder_destroy(workload->decoder);
  workload->decoder = NULL;
}

static void drop_runtime(struct workload *workload) {
  vordec_runtime_destroy(workload->runtime);
  workload->runtime = NULL;
}

/* One block: omega_lp, omega_hat, mask, so that one comparison does. */
static bool make_room(struct workload *workload) {
  struct vordec_decoder_info info;
  vordec_decoder_get(workload->decoder, &info);
  snprintf(workload->backend, sizeof workload->backend, "%s", info.backend_used);
  snprintf(workload->device, sizeof workload->device, "%s", info.device.name);
  snprintf(workload->fft, sizeof workload->fft, "%s", info.fft_used);
  workload->precision = info.precision;
  workload->depth = info.depth;
  const size_t batch = workload->options->batch, cells = batch * workload->options->n * workload->options->n;
  const size_t real = info.precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
  workload->field_bytes = cells * (2 * real + 1);
  for (size_t i = 0; i < 2; i++) {
    char *fields = malloc(workload->field_bytes);
    struct vordec_scalars *scalars = calloc(batch, sizeof *scalars);
    workload->out[i] = (struct vordec_decode_io){.count = batch, .omega_lp = fields, .scalars = scalars};
    workload->first[i] = NULL;
    if (!fields || !scalars) return false;
    workload->out[i].omega_hat = fields + cells * real;
    workload->out[i].mask = (int8_t *)(fields + 2 * cells * real);
  }
  return true;
}

static bool keep_first(struct workload *workload, size_t which, const void *fields) {
  workload->first[which] = malloc(workload->field_bytes);
  if (!workload->first[which]) return false;
  memcpy(workload->first[which], fields, workload->field_bytes);
  if (which == 0) vordec_hash(fields, workload->field_bytes, workload->hash);
  return true;
}

/* Compares with what came first, and spoils the room for the next. */
static bool compare(struct workload *workload, size_t turn, void *fields, const char *device) {
  const size_t which = turn % 2;
  snprintf(workload->decode_device, sizeof workload->decode_device, "%s", device);
  if (!workload->first[which]) {
    if (!keep_first(workload, which, fields)) return false;
  } else if (memcmp(workload->first[which], fields, workload->field_bytes) != 0) {
    if (workload->same) fprintf(stderr, "soak: turn %zu: other fields than at first\n", turn);
    workload->same = false;
  }
  memset(fields, 0xA5, workload->field_bytes < 64 ? workload->field_bytes : 64);
  return true;
}

static bool wait_for(struct workload *workload, size_t turn) {
  struct vordec_decode_report report;
  struct vordec_error error = {0};
  if (vordec_decoder_wait(workload->decoder, &report, &error)) return complain(&error);
  return compare(workload, turn, workload->out[turn % 2].omega_lp, report.decode_device);
}

/* Failures on the way must leave nothing behind either. */
static bool decode_wrongly(struct workload *workload, const struct vordec_decode_io *io) {
  struct vordec_error error = {0};
  double *last = &workload->z[0][workload->options->batch * workload->shape.d - 1];
  const double right = *last;
  struct vordec_decode_io wrong = *io;
  wrong.z = workload->z[0];
  *last = NAN;
  const enum vordec_status status = vordec_decode(workload->decoder, &wrong, NULL, &error);
  *last = right;
  if (status == VORDEC_E_INPUT) return true;
  fprintf(stderr, "soak: a state with NaN in it: status %s\n", vordec_status_name(status));
  return false;
}

bool workload_decode(struct workload *workload, size_t turn) {
  struct vordec_error error = {0};
  struct vordec_decode_io *io = &workload->out[turn % 2];
  io->z = workload->z[turn % 2];
  if (workload->depth > 1) {
    if (turn >= 2 && !wait_for(workload, turn - 2)) return false;
    return vordec_decoder_submit(workload->decoder, io, &error) ? complain(&error) : true;
  }
  struct vordec_decode_report report;
  if (turn % FAILURE_EVERY == 0 && !decode_wrongly(workload, io)) return false;
  if (vordec_decode(workload->decoder, io, &report, &error)) return complain(&error);
  return compare(workload, turn, io->omega_lp, report.decode_device);
}

bool workload_drain(struct workload *workload, size_t turns) {
  if (workload->options->subject != SOAK_DECODES || workload->depth == 1) return true;
  for (size_t turn = turns < 2 ? 0 : turns - 2; turn < turns; turn++) {
    if (!wait_for(workload, turn)) return false;
  }
  return true;
}

/* Both batches, one after the other, or under way at once. */
static bool decode_both(struct workload *workload) {
  for (size_t turn = 0; turn < 2; turn++) {
    if (!workload_decode(workload, turn)) return false;
  }
  return workload->depth == 1 || (wait_for(workload, 0) && wait_for(workload, 1));
}

bool workload_make_decoder(struct workload *workload, size_t turn) {
  (void)turn;
  const bool ok = make_decoder(workload) && decode_both(workload);
  drop_decoder(workload);
  return ok;
}

bool workload_make_runtime(struct workload *workload, size_t turn) {
  const bool ok = make_runtime(workload) && workload_make_decoder(workload, turn);
  drop_runtime(workload);
  return ok;
}

static bool roll_and_decode(struct workload *workload, struct vordec_rollout *rollout, size_t turn) {
  struct vordec_error error = {0};
  struct vordec_decode_report report;
  struct vordec_decode_io *io = &workload->out[turn % 2];
  if (!vordec_rollout_feeds(rollout, workload->decoder)) {
    fprintf(stderr, "soak: the rollout does not feed the decoder\n");
    return false;
  }
  io->z = NULL;
  io->rollout = rollout;
  if (vordec_rollout_advance(rollout, STEPS, NULL, &error)) return complain(&error);
  if (vordec_decode(workload->decoder, io, &report, &error)) return complain(&error);
  return compare(workload, turn, io->omega_lp, report.decode_device);
}

bool workload_make_rollout(struct workload *workload, size_t turn) {
  const struct vordec_rollout_desc desc = {.d = workload->shape.d, .a = workload->a, .z0 = workload->z[turn % 2]};
  struct vordec_error error = {0};
  struct vordec_rollout *rollout = NULL;
  if (vordec_rollout_create(workload->runtime, workload->decoder, &desc, &rollout, &error)) return complain(&error);
  const bool ok = roll_and_decode(workload, rollout, turn);
  vordec_rollout_destroy(rollout);
  return ok;
}

/* ---- encoding ---- */

static bool open_encoding(struct workload *workload) {
  struct encode_work *work = &workload->encoding;
  struct vordec_encoder_info info;
  if (!encode_work_open(work, workload->runtime, workload->options->n)) return false;
  vordec_encoder_get(work->encoder, &info);
  snprintf(workload->backend, sizeof workload->backend, "%s", info.backend_used);
  snprintf(workload->device, sizeof workload->device, "%s", info.device.name);
  snprintf(workload->fft, sizeof workload->fft, "%s", info.fft_used);
  workload->precision = info.precision;
  workload->depth = 1;
  workload->field_bytes = work->d * sizeof *work->z;
  if (workload->options->subject == SOAK_ENCODERS) encode_work_drop_encoder(work);
  return true;
}

bool workload_encode(struct workload *workload, size_t turn) {
  struct encode_work *work = &workload->encoding;
  struct vordec_encode_report report;
  if (!encode_work_run(work, turn, &report)) return false;
  return compare(workload, turn, work->z, report.encode_device);
}

bool workload_make_encoder(struct workload *workload, size_t turn) {
  struct encode_work *work = &workload->encoding;
  const bool ok =
      encode_work_make_encoder(work) && workload_encode(workload, turn) && workload_encode(workload, turn + 1);
  encode_work_drop_encoder(work);
  return ok;
}

/* ---- all of it ---- */

bool workload_create(struct workload *workload, const struct options *options) {
  *workload = (struct workload){.options = options, .same = true};
  if (options->subject == SOAK_ROLLOUTS && options->batch != 1) {
    fprintf(stderr, "soak: a rollout holds one state: --batch 1\n");
    return false;
  }
  return configure(workload) && describe(workload) && fill(workload);
}

bool workload_open(struct workload *workload) {
  const enum soak_subject subject = workload->options->subject;
  if (!make_runtime(workload)) return false;
  memory_watch_vulkan(vordec_runtime_plugin_folder(workload->runtime));
  if (subject == SOAK_ENCODES || subject == SOAK_ENCODERS) return open_encoding(workload);
  if (!make_decoder(workload) || !make_room(workload)) return false;
  if (subject == SOAK_DECODERS || subject == SOAK_RUNTIMES) drop_decoder(workload);
  if (subject == SOAK_RUNTIMES) drop_runtime(workload);
  return true;
}

void workload_destroy(struct workload *workload) {
  encode_work_close(&workload->encoding);
  vordec_decoder_destroy(workload->decoder);
  vordec_runtime_destroy(workload->runtime);
  vordec_layout_destroy(workload->layout);
  vordec_config_destroy(workload->config);
  for (size_t i = 0; i < 2; i++) {
    free(workload->z[i]);
    free(workload->first[i]);
    free(workload->out[i].omega_lp);
    free(workload->out[i].scalars);
  }
  free(workload->a);
}
