/* SPDX-License-Identifier: MIT */
#include "doctor_trial.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/types.h>

#include "cli/decode_parity.h"
#include "cli/device_json.h"
#include "doctor_sample.h"

static enum vordec_status set(const struct trial *trial, const char *section, const char *key, const char *value,
                              struct vordec_error *error) {
  return vordec_config_set(trial->config, section, key, value, VORDEC_FROM_COMMAND_LINE, "doctor", error);
}

/* A window wider than the small grid would be an error that says nothing of this machine. */
static enum vordec_status fit_window(const struct trial *trial, struct vordec_error *error) {
  return trial->smooth_width > SAMPLE_N ? set(trial, "mask", "smooth_width", "11", error) : VORDEC_OK;
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
      vordec_runtime_create(trial->config, command_log, (void *)&trial->verbose, &runtime, &error);
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
  double omega_lp[SAMPLE_CELLS]; /* room for either precision */
  int8_t mask[SAMPLE_CELLS];
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
  for (size_t i = 0; i < SAMPLE_CELLS; i++) sum += fabs(value_at(decoded, i) - sample->omega_lp[i]);
  return sum / (double)SAMPLE_CELLS;
}

/* Against decode_cpu.so of the same folder; a folder without it can still be judged by the direct sums. */
static bool add_reference(cJSON *answer, const struct trial *trial, const struct sample *sample,
                          const struct decoded *decoded) {
  struct decode_parity parity = {0};
  struct parity_row row = {0};
  struct vordec_error error = {0};
  enum vordec_status status =
      decode_parity_create(trial->config, sample->layout, command_log, (void *)&trial->verbose, &parity, &error);
  const struct parity_fields fields = {decoded->info.precision, decoded->omega_lp, decoded->mask};
  if (!status) status = decode_parity_check(&parity, sample->z, &fields, &row, &error);
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
struct attempt {
  struct sample sample;
  struct decoded decoded;
  struct vordec_runtime *runtime;
  struct vordec_decoder *decoder;
};

static enum vordec_status attempt_decode(struct attempt *attempt, const struct trial *trial,
                                         struct vordec_error *error) {
  const struct vordec_decoder_desc desc = {.batch = 1, .outputs = VORDEC_OMEGA_LP | VORDEC_MASK};
  enum vordec_status status = sample_make(&attempt->sample, error);
  if (!status) {
    status = vordec_runtime_create(trial->config, command_log, (void *)&trial->verbose, &attempt->runtime, error);
  }
  if (!status)
    status = vordec_decoder_create(attempt->runtime, attempt->sample.layout, &desc, &attempt->decoder, error);
  return status ? status : decode(attempt->decoder, &attempt->sample, &attempt->decoded, error);
}

static void attempt_release(struct attempt *attempt) {
  vordec_decoder_destroy(attempt->decoder);
  vordec_runtime_destroy(attempt->runtime);
  sample_release(&attempt->sample);
}

cJSON *trial_decode(void *ctx) {
  const struct trial *trial = ctx;
  struct attempt attempt = {.decoder = NULL};
  struct vordec_error error = {0};
  cJSON *answer = cJSON_CreateObject();
  enum vordec_status status = configure(trial, &error);
  if (!status) status = attempt_decode(&attempt, trial, &error);
  if (status) {
    add_failure(answer, &error);
  } else {
    add_decoded(answer, &attempt.decoded);
    judge(answer, trial, &attempt.sample, &attempt.decoded);
  }
  attempt_release(&attempt);
  return answer;
}

/* ---- the configuration's choice ---- */

/* The metrics say why; these are the parts that answer "what would run here". */
static enum vordec_status add_metrics(cJSON *answer, const struct attempt *attempt, struct vordec_error *error) {
  static const char *const copied[] = {"decode_backend_used", "decode_backend_reason", "fft_backend_used",
                                       "fft_backend_reason",  "decode_device",         "dtype",
                                       "perf_flags"};
  struct vordec_metrics *metrics = NULL;
  char *text = NULL;
  enum vordec_status status =
      vordec_metrics_create(attempt->runtime, attempt->sample.layout, attempt->decoder, NULL, &metrics, error);
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
  struct attempt attempt = {.decoder = NULL};
  struct vordec_error error = {0};
  cJSON *answer = cJSON_CreateObject();
  enum vordec_status status = fit_window(trial, &error);
  if (!status) status = attempt_decode(&attempt, trial, &error);
  if (!status) status = add_metrics(answer, &attempt, &error);
  if (status) {
    add_failure(answer, &error);
  } else {
    cJSON_AddStringToObject(answer, "state", "ok");
    cJSON_AddStringToObject(answer, "device", attempt.decoded.info.device.name);
  }
  attempt_release(&attempt);
  return answer;
}
