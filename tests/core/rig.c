/* SPDX-License-Identifier: MIT */
#include "rig.h"

#include <stdlib.h>

static void count(int *calls, const char *slot, const char *message) {
  if (strcmp(message, slot) == 0) ++*calls;
}

/* The calls that make up a stream, one letter each. */
static void note_order(struct rig_log *log, const char *message) {
  static const struct {
    const char *slot;
    char letter;
  } letters[] = {{"decode", 'd'}, {"submit", 's'}, {"wait", 'w'}, {"advance", 'a'}, {"plan_destroy under way", '!'}};
  const size_t length = strlen(log->order);
  if (length + 1 == sizeof log->order) return;
  for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
    if (strcmp(message, letters[i].slot) == 0) log->order[length] = letters[i].letter;
  }
}

static void note(void *ctx, enum vordec_log_level level, const char *message) {
  struct rig_log *log = ctx;
  if (level <= VORDEC_LOG_WARNING) {
    log->warnings++;
    snprintf(log->warning, sizeof log->warning, "%s", message);
  }
  if (level != VORDEC_LOG_DEBUG) return;
  count(&log->probe, "probe", message);
  count(&log->open, "open", message);
  count(&log->close, "close", message);
  count(&log->plan_create, "plan_create", message);
  count(&log->plan_destroy, "plan_destroy", message);
  count(&log->decode, "decode", message);
  count(&log->rollout_create, "rollout_create", message);
  count(&log->rollout_destroy, "rollout_destroy", message);
  count(&log->advance, "advance", message);
  count(&log->read, "read", message);
  count(&log->fill, "fill", message);
  count(&log->host_alloc, "host_alloc", message);
  count(&log->host_free, "host_free", message);
  note_order(log, message);
}

static struct vordec_layout *make_layout(struct vordec_error *error) {
  static const size_t low[RIG_M] = {0, 1, RIG_N - 1, RIG_N, RIG_N * (RIG_N - 1)};
  uint8_t mask[RIG_CELLS] = {0};
  struct vordec_layout *layout = NULL;
  for (size_t i = 0; i < RIG_M; i++) mask[low[i]] = 1;
  vordec_layout_create(&(struct vordec_layout_desc){.n = RIG_N, .mask_low = mask, .k_cut = 1, .resid_mid_cut = 2},
                       &layout, error);
  return layout;
}

int rig_setup(void **state) {
  struct rig *rig = calloc(1, sizeof *rig);
  *state = rig;
  if (!rig || vordec_config_create(&rig->config, &rig->error)) return -1;
  rig_set(rig, "plugins", "path", STUB_FOLDER);
  rig_set(rig, "mask", "smooth_width", "3");
  rig_set(rig, "cpu", "threads", "1");
  rig->layout = make_layout(&rig->error);
  return rig->layout ? 0 : -1;
}

int rig_teardown(void **state) {
  struct rig *rig = *state;
  vordec_runtime_destroy(rig->runtime);
  vordec_layout_destroy(rig->layout);
  vordec_config_destroy(rig->config);
  free(rig);
  return 0;
}

void rig_set(struct rig *rig, const char *section, const char *key, const char *value) {
  check_ok(vordec_config_set(rig->config, section, key, value, VORDEC_FROM_COMMAND_LINE, "test", &rig->error),
           &rig->error);
}

struct vordec_runtime *rig_runtime(struct rig *rig) {
  vordec_runtime_destroy(rig->runtime);
  rig->runtime = NULL;
  check_ok(vordec_runtime_create(rig->config, note, &rig->log, &rig->runtime, &rig->error), &rig->error);
  return rig->runtime;
}

enum vordec_status rig_decoder(struct rig *rig, size_t batch, struct vordec_decoder **decoder) {
  const struct vordec_decoder_desc desc = {.batch = batch,
                                           .outputs = VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT | VORDEC_SCALARS,
                                           .residuals = VORDEC_RESIDUAL_FIELD,
                                           .depth = rig->depth};
  if (!rig->runtime) rig_runtime(rig);
  memset(&rig->error, 0, sizeof rig->error);
  return vordec_decoder_create(rig->runtime, rig->layout, &desc, decoder, &rig->error);
}

double *rig_states(size_t count_of_states) {
  double *z = calloc(count_of_states, RIG_D * sizeof *z);
  assert_non_null(z);
  for (size_t i = 0; i < count_of_states * RIG_D; i++) z[i] = sin(1.0 + 0.7 * (double)i);
  for (size_t i = 0; i < count_of_states; i++) z[i * RIG_D + 2 * RIG_M + 3] = 0.0; /* K */
  return z;
}

double *rig_operator(size_t d) {
  double *a = calloc(d, d * sizeof *a);
  assert_non_null(a);
  for (size_t i = 0; i < d * d; i++) a[i] = (i % (d + 1) ? 0.0 : 0.8) + 0.1 / (double)d * sin(2.0 + 0.9 * (double)i);
  return a;
}

enum vordec_status rig_rollout(struct rig *rig, struct vordec_decoder *decoder, struct vordec_rollout **rollout) {
  double *a = rig_operator(RIG_D), *z = rig_states(1);
  const struct vordec_rollout_desc desc = {.d = RIG_D, .a = a, .z0 = z};
  if (!rig->runtime) rig_runtime(rig);
  memset(&rig->error, 0, sizeof rig->error);
  const enum vordec_status status = vordec_rollout_create(rig->runtime, decoder, &desc, rollout, &rig->error);
  free(a);
  free(z);
  return status;
}

struct vordec_rollout *rig_make_rollout(struct rig *rig, struct vordec_decoder *decoder) {
  struct vordec_rollout *rollout = NULL;
  check_ok(rig_rollout(rig, decoder, &rollout), &rig->error);
  assert_non_null(rollout);
  return rollout;
}

struct vordec_decoder *rig_make_decoder(struct rig *rig, const char *backend, const char *op) {
  struct vordec_decoder *decoder = NULL;
  rig_set(rig, "decode", "backend", backend);
  rig_set(rig, "op", "backend", op);
  rig_runtime(rig);
  memset(&rig->log, 0, sizeof rig->log);
  check_ok(rig_decoder(rig, 1, &decoder), &rig->error);
  return decoder;
}

struct vordec_rollout *rig_rollout_alone(struct rig *rig, const char *op) {
  rig_set(rig, "op", "backend", op);
  rig_runtime(rig);
  memset(&rig->log, 0, sizeof rig->log);
  return rig_make_rollout(rig, NULL);
}

struct vordec_decoder *rig_deep_decoder(struct rig *rig, const char *backend, size_t batch, size_t depth) {
  struct vordec_decoder *decoder = NULL;
  rig_set(rig, "decode", "backend", backend);
  rig_set(rig, "decode", "precision", "fp64");
  rig->depth = depth;
  rig_runtime(rig);
  memset(&rig->log, 0, sizeof rig->log);
  check_ok(rig_decoder(rig, batch, &decoder), &rig->error);
  return decoder;
}

struct vordec_decoder *rig_decoder_on(struct rig *rig, const char *backend, size_t batch) {
  struct vordec_decoder *decoder = NULL;
  rig_set(rig, "decode", "backend", backend);
  rig_set(rig, "decode", "precision", "fp64");
  rig_runtime(rig);
  check_ok(rig_decoder(rig, batch, &decoder), &rig->error);
  return decoder;
}
