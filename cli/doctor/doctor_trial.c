#include "doctor_trial.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/backend.h>

#include "cli/decode_parity.h"
#include "cli/device_json.h"

#define N 32
#define CELLS ((size_t)N * N)
#define CUT 3
#define MODES_MAX ((2 * CUT + 1) * (2 * CUT + 1))

/* A state small enough for direct sums, and the field that these give. */
struct sample {
  struct vordec_layout *layout;
  double z[2 * MODES_MAX + 4], omega_lp[CELLS], rms;
};

/* Wavenumber of index i. */
static int wavenumber(int i) {
  return 2 * i < N ? i : i - N;
}

static void add_mode(struct sample *sample, int ky, int kx, double re, double im) {
  const double step = 2.0 * acos(-1.0) / N;
  for (int y = 0; y < N; y++) {
    for (int x = 0; x < N; x++) {
      const double angle = step * (ky * y + kx * x);
      sample->omega_lp[y * N + x] += re * cos(angle) - im * sin(angle);
    }
  }
}

/* Coefficients fall off with |k| and have no symmetry, as those of a state that was rolled out. */
static enum vordec_status sample_make(struct sample *sample, struct vordec_error *error) {
  uint8_t mask_low[CELLS] = {0};
  size_t m = 0;
  *sample = (struct sample){0};
  for (int i = 0; i < N * N; i++) {
    const int ky = wavenumber(i / N), kx = wavenumber(i % N);
    mask_low[i] = ky * ky + kx * kx <= CUT * CUT;
    m += mask_low[i];
  }
  for (size_t i = 0, j = 0; i < CELLS; i++) {
    if (!mask_low[i]) continue;
    const int ky = wavenumber((int)i / N), kx = wavenumber((int)i % N);
    sample->z[j] = sin(1.0 + 2.3 * (double)j) / (1.0 + hypot(ky, kx));
    sample->z[m + j] = i ? cos(2.0 + 1.7 * (double)j) / (1.0 + hypot(ky, kx)) : 0.0;
    add_mode(sample, ky, kx, sample->z[j], sample->z[m + j]);
    j++;
  }
  for (size_t i = 0; i < CELLS; i++) sample->rms += sample->omega_lp[i] * sample->omega_lp[i] / (double)CELLS;
  sample->rms = sqrt(sample->rms);
  const struct vordec_layout_desc desc = {.n = N, .mask_low = mask_low, .k_cut = CUT, .resid_mid_cut = 2 * CUT};
  return vordec_layout_create(&desc, &sample->layout, error);
}

static enum vordec_status set(const struct trial *trial, const char *section, const char *key, const char *value,
                              struct vordec_error *error) {
  return vordec_config_set(trial->invocation->config, section, key, value, VORDEC_FROM_COMMAND_LINE, "doctor", error);
}

/* A window wider than the small grid would be an error that says nothing of this machine. */
static enum vordec_status fit_window(const struct trial *trial, struct vordec_error *error) {
  const int64_t width = vordec_config_get_integer(trial->invocation->config, "mask", "smooth_width");
  return width > N ? set(trial, "mask", "smooth_width", "11", error) : VORDEC_OK;
}

static void add_failure(cJSON *answer, const struct vordec_error *error) {
  const bool refused = error->status == VORDEC_E_REFUSED || error->status == VORDEC_E_UNSUPPORTED;
  cJSON_AddStringToObject(answer, "state", refused ? "refused" : "failed");
  cJSON_AddStringToObject(answer, "reason",
                          error->reason ? vordec_reason_name(error->reason) : vordec_status_name(error->status));
  cJSON_AddStringToObject(answer, "detail", error->message);
  cJSON_AddStringToObject(answer, "remedy", vordec_reason_remedy(error->reason));
}

/* ---- probing ---- */

struct listing {
  cJSON *answer, *devices;
};

static void list_device(void *ctx, const char *backend, const char *description, const struct vordec_device *device,
                        const struct vordec_error *refusal) {
  const struct listing *listing = ctx;
  (void)backend;
  if (!cJSON_HasObjectItem(listing->answer, "description")) {
    cJSON_AddStringToObject(listing->answer, "description", description);
  }
  if (!device) {
    device_json_add_refusal(listing->answer, refusal);
    return;
  }
  cJSON *item = cJSON_CreateObject();
  device_json_add(item, device);
  device_json_add_refusal(item, refusal);
  /* What the backend itself cannot use is not tried; what only the configuration forbids is. */
  cJSON_AddBoolToObject(item, "triable", device->unusable == VORDEC_REASON_NONE);
  cJSON_AddItemToArray(listing->devices, item);
}

cJSON *trial_probe(void *ctx) {
  const struct trial *trial = ctx;
  struct vordec_runtime *runtime = NULL;
  struct vordec_error error = {0};
  struct listing listing = {cJSON_CreateObject(), cJSON_CreateArray()};
  enum vordec_status status =
      vordec_runtime_create(trial->invocation->config, command_log, &trial->invocation->verbose, &runtime, &error);
  if (!status) status = vordec_runtime_visit_backend(runtime, trial->backend, list_device, &listing, &error);
  if (status) device_json_add_refusal(listing.answer, &error);
  cJSON_AddItemToObject(listing.answer, "devices", listing.devices);
  vordec_runtime_destroy(runtime);
  return listing.answer;
}

/* ---- decoding ---- */

/* One decode and what is to be said of it. Fields in the decoder's precision. */
struct decoded {
  struct vordec_decoder_info info;
  struct vordec_decode_report report;
  double omega_lp[CELLS]; /* room for either precision */
  int8_t mask[CELLS];
};

/* Twice: the first call may pay for kernels that are compiled late. */
static enum vordec_status decode(struct vordec_decoder *decoder, const struct sample *sample, struct decoded *decoded,
                                 struct vordec_error *error) {
  const struct vordec_decode_io io = {.count = 1, .z = sample->z, .omega_lp = decoded->omega_lp, .mask = decoded->mask};
  vordec_decoder_get(decoder, &decoded->info);
  const enum vordec_status status = vordec_decode(decoder, &io, NULL, error);
  return status ? status : vordec_decode(decoder, &io, &decoded->report, error);
}

static double value_at(const struct decoded *decoded, size_t i) {
  return decoded->info.precision == VORDEC_FP64 ? decoded->omega_lp[i]
                                                : (double)((const float *)(const void *)decoded->omega_lp)[i];
}

/* Mean absolute difference from the direct sums. */
static double direct_error(const struct sample *sample, const struct decoded *decoded) {
  double sum = 0.0;
  for (size_t i = 0; i < CELLS; i++) sum += fabs(value_at(decoded, i) - sample->omega_lp[i]);
  return sum / (double)CELLS;
}

/* Against decode_cpu.so of the same folder; a folder without it can still be judged by the direct sums. */
static bool add_reference(cJSON *answer, const struct trial *trial, const struct sample *sample,
                          const struct decoded *decoded) {
  struct decode_parity parity = {0};
  struct parity_row row = {0};
  struct vordec_error error = {0};
  enum vordec_status status = decode_parity_create(trial->invocation->config, sample->layout, command_log,
                                                   &trial->invocation->verbose, &parity, &error);
  if (!status) {
    status = decode_parity_check(&parity, sample->z, decoded->omega_lp, decoded->info.precision, decoded->mask, &row,
                                 &error);
  }
  decode_parity_release(&parity);
  if (status) {
    cJSON_AddStringToObject(answer, "not_compared", error.message);
    return true;
  }
  cJSON_AddNumberToObject(answer, "mean_abs_error", row.mean_abs);
  cJSON_AddNumberToObject(answer, "mask_differs", (double)row.mask_differs);
  return row.within;
}

static void judge(cJSON *answer, const struct trial *trial, const struct sample *sample,
                  const struct decoded *decoded) {
  const double direct = direct_error(sample, decoded);
  const double tolerance = decode_parity_tolerance(decoded->info.precision, sample->rms);
  cJSON_AddNumberToObject(answer, "tolerance", tolerance);
  cJSON_AddNumberToObject(answer, "direct_error", direct);
  const bool within = add_reference(answer, trial, sample, decoded);
  cJSON_AddStringToObject(answer, "state", within && direct <= tolerance ? "ok" : "differs");
}

static void add_decoded(cJSON *answer, const struct decoded *decoded) {
  cJSON_AddStringToObject(answer, "decode_device", decoded->report.decode_device);
  cJSON_AddStringToObject(answer, "fft", decoded->info.fft_used);
  cJSON_AddStringToObject(answer, "precision", decoded->info.precision == VORDEC_FP64 ? "fp64" : "fp32");
  cJSON_AddNumberToObject(answer, "setup_ms", decoded->info.open_ms + decoded->info.create_ms);
  cJSON_AddNumberToObject(answer, "decode_ms", decoded->report.total_ms);
}

static enum vordec_status configure(const struct trial *trial, struct vordec_error *error) {
  char device[16];
  snprintf(device, sizeof device, "%u", trial->device);
  enum vordec_status status = set(trial, "decode", "backend", trial->backend, error);
  if (!status) status = set(trial, "decode", "device", device, error);
  if (!status) status = set(trial, "decode", "policy", "strict", error);
  if (!status) status = set(trial, "decode", "allow_software_device", "true", error);
  return status ? status : fit_window(trial, error);
}

/* What a trial holds while it decodes. */
struct bench {
  struct sample sample;
  struct decoded decoded;
  struct vordec_runtime *runtime;
  struct vordec_decoder *decoder;
};

static enum vordec_status bench_decode(struct bench *bench, const struct trial *trial, struct vordec_error *error) {
  const struct vordec_decoder_desc desc = {.batch = 1, .outputs = VORDEC_OMEGA_LP | VORDEC_MASK};
  enum vordec_status status = sample_make(&bench->sample, error);
  if (!status) {
    status = vordec_runtime_create(trial->invocation->config, command_log, &trial->invocation->verbose, &bench->runtime,
                                   error);
  }
  if (!status) status = vordec_decoder_create(bench->runtime, bench->sample.layout, &desc, &bench->decoder, error);
  return status ? status : decode(bench->decoder, &bench->sample, &bench->decoded, error);
}

static void bench_release(struct bench *bench) {
  vordec_decoder_destroy(bench->decoder);
  vordec_runtime_destroy(bench->runtime);
  vordec_layout_destroy(bench->sample.layout);
}

cJSON *trial_decode(void *ctx) {
  const struct trial *trial = ctx;
  struct bench bench = {.decoder = NULL};
  struct vordec_error error = {0};
  cJSON *answer = cJSON_CreateObject();
  enum vordec_status status = configure(trial, &error);
  if (!status) status = bench_decode(&bench, trial, &error);
  if (status) {
    add_failure(answer, &error);
  } else {
    add_decoded(answer, &bench.decoded);
    judge(answer, trial, &bench.sample, &bench.decoded);
  }
  bench_release(&bench);
  return answer;
}

/* ---- the configuration's choice ---- */

/* The metrics say why; these are the parts that answer "what would run here". */
static enum vordec_status add_metrics(cJSON *answer, const struct bench *bench, struct vordec_error *error) {
  static const char *const copied[] = {"decode_backend_used", "decode_backend_reason", "fft_backend_used",
                                       "fft_backend_reason",  "decode_device",         "dtype",
                                       "perf_flags"};
  struct vordec_metrics *metrics = NULL;
  char *text = NULL;
  enum vordec_status status =
      vordec_metrics_create(bench->runtime, bench->sample.layout, bench->decoder, NULL, &metrics, error);
  if (!status) status = vordec_metrics_json(metrics, &text, error);
  cJSON *object = text ? cJSON_Parse(text) : NULL;
  for (size_t i = 0; i < sizeof copied / sizeof *copied; i++) {
    cJSON *item = cJSON_DetachItemFromObject(object, copied[i]);
    if (item) cJSON_AddItemToObject(answer, copied[i], item);
  }
  cJSON_Delete(object);
  vordec_free(text);
  vordec_metrics_destroy(metrics);
  return status;
}

cJSON *trial_choose(void *ctx) {
  const struct trial *trial = ctx;
  struct bench bench = {.decoder = NULL};
  struct vordec_error error = {0};
  cJSON *answer = cJSON_CreateObject();
  enum vordec_status status = fit_window(trial, &error);
  if (!status) status = bench_decode(&bench, trial, &error);
  if (!status) status = add_metrics(answer, &bench, &error);
  if (status) {
    add_failure(answer, &error);
  } else {
    cJSON_AddStringToObject(answer, "state", "ok");
    cJSON_AddStringToObject(answer, "device", bench.decoded.info.device.name);
  }
  bench_release(&bench);
  return answer;
}
