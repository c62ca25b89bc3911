/* SPDX-License-Identifier: MIT */
/*
 * tell_lies FOLDER FIRST COUNT: for each seed and either policy one line of JSON, which says what the relaying plugin
 * in the folder lied, and what libvordec made of it.
 */
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include <vordec/vordec.h>

#include "core/policy/device_kind.h"
#include "lie.h"

#define N 8
#define M 5 /* |k| <= 1 */
#define D (2 * M + 4)
#define CELLS (N * N)

struct telling {
  cJSON *texts; /* everything that a terminal might get to see */
  struct vordec_layout *layout;
};

static void show(struct telling *telling, const char *text) {
  cJSON_AddItemToArray(telling->texts, cJSON_CreateString(text));
}

static void take_log(void *ctx, enum vordec_log_level level, const char *message) {
  (void)level;
  show(ctx, message);
}

static void take_device(void *ctx, const char *backend, const char *description, const struct vordec_device *device,
                        const struct vordec_error *refusal) {
  (void)backend;
  show(ctx, description);
  show(ctx, refusal->message);
  if (!device) return;
  show(ctx, device->name);
  show(ctx, device->driver);
  show(ctx, device->api);
  show(ctx, vordec_device_type_name(device->type));
}

static struct vordec_layout *make_layout(void) {
  uint8_t mask[CELLS] = {0};
  static const int low[M] = {0, 1, N - 1, N, (N - 1) * N};
  for (int i = 0; i < M; i++) mask[low[i]] = 1;
  const struct vordec_layout_desc desc = {.n = N, .mask_low = mask, .k_cut = NAN, .resid_mid_cut = 1e3};
  struct vordec_layout *layout = NULL;
  struct vordec_error error;
  if (vordec_layout_create(&desc, &layout, &error)) {
    fprintf(stderr, "%s\n", error.message);
    exit(1);
  }
  return layout;
}

static struct vordec_runtime *make_runtime(const char *folder, const char *policy, struct telling *telling) {
  const char *const keys[][3] = {{"plugins", "path", folder},   {"decode", "backend", "liar"},
                                 {"decode", "policy", policy},  {"decode", "allow_software_device", "true"},
                                 {"mask", "smooth_width", "3"}, {"op", "dtype", "float64"}};
  struct vordec_config *config = NULL;
  struct vordec_runtime *runtime = NULL;
  struct vordec_error error;
  enum vordec_status status = vordec_config_create(&config, &error);
  for (size_t i = 0; i < sizeof keys / sizeof *keys && !status; i++) {
    status = vordec_config_set(config, keys[i][0], keys[i][1], keys[i][2], VORDEC_FROM_COMMAND_LINE, "test", &error);
  }
  if (!status) status = vordec_runtime_create(config, take_log, telling, &runtime, &error);
  vordec_config_destroy(config);
  if (!status) return runtime;
  fprintf(stderr, "%s\n", error.message);
  exit(1);
}

static void tell_times(const struct vordec_decode_report *report, cJSON *line) {
  cJSON *times = cJSON_AddArrayToObject(line, "stage_ms");
  for (int i = 0; i < VORDEC_STAGE_COUNT; i++) cJSON_AddItemToArray(times, cJSON_CreateNumber(report->stage_ms[i]));
  cJSON_AddNumberToObject(line, "total_ms", report->total_ms);
}

/* One decode, a step where there is a rollout, and the metrics of both. */
static enum vordec_status work(struct telling *telling, struct vordec_runtime *runtime, cJSON *line,
                               struct vordec_error *error) {
  static double z[D], a[D * D], fields[2][CELLS];
  static int8_t mask[CELLS];
  struct vordec_scalars scalars = {.energy_lp = 0.0};
  for (int i = 0; i < D; i++) z[i] = i < 2 * M ? 0.1 * (i + 1) : 0.0;
  for (int i = 0; i < D; i++) a[i * D + i] = 0.5;
  const struct vordec_decode_io io = {
      .count = 1, .z = z, .omega_lp = fields[0], .mask = mask, .omega_hat = fields[1], .scalars = &scalars};
  const struct vordec_decoder_desc desc = {
      .batch = 1, .outputs = VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT | VORDEC_SCALARS};
  const struct vordec_rollout_desc steps = {.d = D, .a = a, .z0 = z};
  struct vordec_decoder *decoder = NULL;
  struct vordec_rollout *rollout = NULL;
  struct vordec_metrics *metrics = NULL;
  struct vordec_decode_report report;
  char *json = NULL;
  enum vordec_status status = vordec_decoder_create(runtime, telling->layout, &desc, &decoder, error);
  if (!status) status = vordec_rollout_create(runtime, decoder, &steps, &rollout, error);
  if (!status) status = vordec_metrics_create(runtime, telling->layout, decoder, rollout, &metrics, error);
  if (!status) status = vordec_decode(decoder, &io, &report, error);
  if (!status) status = vordec_metrics_add(metrics, 0, &io, &report, error);
  if (!status) {
    tell_times(&report, line);
    cJSON_AddStringToObject(line, "decoded", report.decode_device);
    status = vordec_rollout_advance(rollout, 1, NULL, error);
  }
  if (!status) status = vordec_metrics_json(metrics, &json, error);
  if (json) cJSON_AddStringToObject(line, "metrics", json);
  vordec_free(json);
  vordec_metrics_destroy(metrics);
  vordec_rollout_destroy(rollout);
  vordec_decoder_destroy(decoder);
  return status;
}

/* What may be claimed if the lie is not found out. */
static const char *claim(const struct lie *lie) {
  return device_is_gpu(lie->device.type) ? "gpu" : device_is_cpu(lie->device.type) ? "cpu" : "none";
}

static void tell(struct telling *telling, const char *folder, uint64_t seed, const char *policy) {
  static struct lie lie;
  char text[24];
  struct vordec_error error = {.message = ""};
  cJSON *line = cJSON_CreateObject();
  snprintf(text, sizeof text, "%llu", (unsigned long long)seed);
  setenv(LIE_SEED, text, 1);
  lie_make_up(seed, &lie);
  telling->texts = cJSON_AddArrayToObject(line, "texts");
  struct vordec_runtime *runtime = make_runtime(folder, policy, telling);
  vordec_runtime_visit_backend(runtime, "liar", take_device, telling, NULL);
  const enum vordec_status status = work(telling, runtime, line, &error);
  if (status) show(telling, error.message);
  vordec_runtime_destroy(runtime);
  cJSON_AddStringToObject(line, "seed", text);
  cJSON_AddStringToObject(line, "kinds", lie.kinds);
  cJSON_AddStringToObject(line, "policy", policy);
  cJSON_AddStringToObject(line, "claim", claim(&lie));
  cJSON_AddBoolToObject(line, "decode_exposed", lie.decode_exposed);
  cJSON_AddBoolToObject(line, "steps_exposed", lie.steps_exposed);
  cJSON_AddBoolToObject(line, "fails", lie.fails != LIE_NOWHERE);
  cJSON_AddStringToObject(line, "status", vordec_status_name(status));
  char *printed = cJSON_PrintUnformatted(line);
  puts(printed);
  cJSON_free(printed);
  cJSON_Delete(line);
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  struct telling telling = {.layout = make_layout()};
  const uint64_t first = strtoull(argv[2], NULL, 10), count = strtoull(argv[3], NULL, 10);
  for (uint64_t seed = first; seed < first + count; seed++) {
    tell(&telling, argv[1], seed, "strict");
    tell(&telling, argv[1], seed, "permissive");
  }
  vordec_layout_destroy(telling.layout);
  return 0;
}
