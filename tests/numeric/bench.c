/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include <math.h>

static void check(enum vordec_status status, const struct vordec_error *error) {
  if (status) fail_msg("%s", error->message);
}

static void note(void *ctx, enum vordec_log_level level, const char *message) {
  struct bench *bench = ctx;
  if (level > VORDEC_LOG_WARNING) return;
  snprintf(bench->warning, sizeof bench->warning, "%s", message);
  bench->overflow_warnings += strstr(message, "squares overflow") != NULL;
  if (strstr(message, "Validation")) fprintf(stderr, "VALIDATION %s\n", message);
}

static void set(struct bench *bench, const struct setting *setting) {
  struct vordec_error error = {0};
  check(vordec_config_set(bench->config, setting->section, setting->key, setting->value, VORDEC_FROM_COMMAND_LINE,
                          "test", &error),
        &error);
}

static void make_layout(struct bench *bench) {
  const size_t n = bench->n, low[LOW] = {0, 1, n - 1, n, n * (n - 1)};
  uint8_t mask[CELLS_MAX] = {0};
  const int64_t kept[KEPT] = {2, (int64_t)n + 1, 2 * (int64_t)n};
  struct vordec_error error = {0};
  for (size_t i = 0; i < LOW; i++) mask[low[i]] = 1;
  const struct vordec_layout_desc desc = {
      .n = n, .mask_low = mask, .anchor_idx = kept, .anchor_count = KEPT, .k_cut = 1, .resid_mid_cut = 2};
  check(vordec_layout_create(&desc, &bench->layout, &error), &error);
}

void bench_open(struct bench *bench, struct way way, size_t n, const struct setting *settings) {
  const char *precision = way.precision == VORDEC_FP64 ? "fp64" : "fp32";
  const struct setting common[] = {
      {"decode", "backend", way.backend},
      {"decode", "fft", way.fft},
      {"decode", "precision", precision},
      {"decode", "allow_software_device", "true"},
      {"op", "dtype", way.precision == VORDEC_FP64 ? "float64" : "float32"},
      {"mask", "smooth_width", "3"},
      {"cpu", "threads", "1"},
  };
  const struct vordec_decoder_desc desc = {.batch = 1,
                                           .outputs = VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT | VORDEC_SCALARS,
                                           .residuals =
                                               VORDEC_RESIDUAL_FIELD | VORDEC_RESIDUAL_MID | VORDEC_RESIDUAL_HIGH};
  struct vordec_error error = {0};
  *bench = (struct bench){.way = way, .n = n, .cells = n * n};
  check(vordec_config_create(&bench->config, &error), &error);
  for (size_t i = 0; i < sizeof common / sizeof *common; i++) set(bench, &common[i]);
  for (; settings && settings->section; settings++) set(bench, settings);
  make_layout(bench);
  check(vordec_runtime_create(bench->config, note, bench, &bench->runtime, &error), &error);
  check(vordec_decoder_create(bench->runtime, bench->layout, &desc, &bench->decoder, &error), &error);
}

void bench_close(struct bench *bench) {
  vordec_decoder_destroy(bench->decoder);
  vordec_runtime_destroy(bench->runtime);
  vordec_layout_destroy(bench->layout);
  vordec_config_destroy(bench->config);
}

static void widen(const struct bench *bench, const void *from, double *to) {
  for (size_t i = 0; i < bench->cells; i++) {
    to[i] = bench->way.precision == VORDEC_FP64 ? ((const double *)from)[i] : (double)((const float *)from)[i];
  }
}

static void decode(struct bench *bench, struct vordec_decode_io io) {
  double lp[CELLS_MAX], hat[CELLS_MAX]; /* room for either type */
  io.count = 1;
  io.omega_lp = lp;
  io.omega_hat = hat;
  io.mask = bench->mask;
  io.scalars = &bench->scalars;
  bench->error = (struct vordec_error){0};
  bench->status = vordec_decode(bench->decoder, &io, NULL, &bench->error);
  if (bench->status) return;
  widen(bench, lp, bench->lp);
  widen(bench, hat, bench->hat);
}

void bench_decode(struct bench *bench, const double *z, const struct vordec_decode_io *io) {
  struct vordec_decode_io all = io ? *io : (struct vordec_decode_io){0};
  all.z = z;
  decode(bench, all);
}

void bench_decode_in_place(struct bench *bench, const double *z, const double *a, size_t steps) {
  const struct vordec_rollout_desc desc = {.d = D, .a = a, .z0 = z};
  struct vordec_rollout *rollout = NULL;
  struct vordec_error error = {0};
  check(vordec_rollout_create(bench->runtime, bench->decoder, &desc, &rollout, &error), &error);
  assert_true(vordec_rollout_feeds(rollout, bench->decoder));
  check(vordec_rollout_advance(rollout, steps, NULL, &error), &error);
  decode(bench, (struct vordec_decode_io){.rollout = rollout});
  vordec_rollout_destroy(rollout);
}

void bench_decode_as(struct bench *bench, const double *z, bool in_place) {
  static double identity[D * D];
  for (size_t i = 0; i < D; i++) identity[i * (D + 1)] = 1.0;
  if (in_place) {
    bench_decode_in_place(bench, z, identity, 1);
  } else {
    bench_decode(bench, z, NULL);
  }
}

const char *bench_name(const struct bench *bench) {
  static char name[64];
  snprintf(name, sizeof name, "%s %s %s N %zu", bench->way.backend, bench->way.fft,
           bench->way.precision == VORDEC_FP64 ? "fp64" : "fp32", bench->n);
  return name;
}
