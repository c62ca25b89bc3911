/* SPDX-License-Identifier: MIT */
#include "parity_run.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "decode_parity.h"
#include "json_output.h"
#include "json_print.h"
#include "ran_on.h"
#include "science/spectrum.h"
#include "state_input.h"

/* Fields of one backend, widened to double. */
struct decoded {
  char backend[64], device[256], decode_device[16], fft[VORDEC_FFT_NAME_MAX], ran_on[RAN_ON_MAX];
  enum vordec_precision precision;
  void *omega_lp;
  int8_t *mask;
};

/* What fields are measured with. */
struct yardstick {
  struct spectrum *spectrum;
  double *field;
  size_t cells;
};

struct difference {
  double mean_abs, max_abs, energy, enstrophy, rms;
  size_t mask_differs;
  char hash_lp[33], hash_mask[33];
  bool within;
};

struct job {
  const struct parity_request *request;
  struct state_file state;
  struct decoded reference;
  bool within; /* so far all is */
};

static void decoded_release(struct decoded *decoded) {
  free(decoded->omega_lp);
  free(decoded->mask);
  *decoded = (struct decoded){0};
}

static size_t real_size(enum vordec_precision precision) {
  return precision == VORDEC_FP64 ? sizeof(double) : sizeof(float);
}

static double value_at(const struct decoded *decoded, size_t i) {
  return decoded->precision == VORDEC_FP64 ? ((const double *)decoded->omega_lp)[i]
                                           : (double)((const float *)decoded->omega_lp)[i];
}

/* ---- decoding ---- */

static enum vordec_status decode_into(struct vordec_decoder *decoder, const struct state_file *state,
                                      struct decoded *decoded, struct vordec_error *error) {
  struct vordec_decoder_info info;
  struct vordec_decode_report report;
  vordec_decoder_get(decoder, &info);
  const size_t cells = state->info.n * state->info.n;
  decoded->precision = info.precision;
  decoded->omega_lp = calloc(state->count, cells * real_size(info.precision));
  decoded->mask = calloc(state->count, cells);
  if (!decoded->omega_lp || !decoded->mask) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the fields");
  }
  const struct vordec_decode_io io = {
      .count = state->count, .z = state->z, .omega_lp = decoded->omega_lp, .mask = decoded->mask};
  const enum vordec_status status = vordec_decode(decoder, &io, &report, error);
  if (status) return status;
  snprintf(decoded->backend, sizeof decoded->backend, "%s", info.backend_used);
  snprintf(decoded->device, sizeof decoded->device, "%s", info.device.name);
  ran_on_title(&info, report.decode_device, decoded->ran_on);
  snprintf(decoded->decode_device, sizeof decoded->decode_device, "%s", report.decode_device);
  snprintf(decoded->fft, sizeof decoded->fft, "%s", info.fft_used);
  return VORDEC_OK;
}

static enum vordec_status decode_with(const struct vordec_config *config, struct job *job, struct decoded *decoded,
                                      struct vordec_error *error) {
  const struct state_file *state = &job->state;
  struct vordec_runtime *runtime = NULL;
  struct vordec_decoder *decoder = NULL;
  const struct vordec_decoder_desc desc = {.batch = state->count, .outputs = VORDEC_OMEGA_LP | VORDEC_MASK};
  enum vordec_status status =
      vordec_runtime_create(config, command_log, (void *)&job->request->verbose, &runtime, error);
  if (!status) status = vordec_decoder_create(runtime, state->layout, &desc, &decoder, error);
  if (!status) status = decode_into(decoder, state, decoded, error);
  vordec_decoder_destroy(decoder);
  vordec_runtime_destroy(runtime);
  return status;
}

static enum vordec_status set(struct vordec_config *config, const char *section, const char *key, const char *value,
                              struct vordec_error *error) {
  return vordec_config_set(config, section, key, value, VORDEC_FROM_COMMAND_LINE, "parity", error);
}

/* ---- comparing ---- */

static void yardstick_release(struct yardstick *yardstick) {
  spectrum_destroy(yardstick->spectrum);
  free(yardstick->field);
}

static enum vordec_status yardstick_make(size_t n, struct yardstick *yardstick, struct vordec_error *error) {
  *yardstick = (struct yardstick){.cells = n * n, .field = malloc(n * n * sizeof *yardstick->field)};
  if (!yardstick->field) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  return spectrum_create(n, &yardstick->spectrum, error);
}

/* |a - b| relative to |b|, absolute where b is 0. */
static double relative(double a, double b) {
  return b != 0.0 ? fabs(a - b) / fabs(b) : fabs(a - b);
}

/* One field, widened, and what the spectrum says of it: measured here, not taken from the backend's scalars. */
static struct spectrum_totals measure(struct yardstick *yardstick, const struct decoded *decoded, size_t i) {
  for (size_t j = 0; j < yardstick->cells; j++) yardstick->field[j] = value_at(decoded, i * yardstick->cells + j);
  return spectrum_measure(yardstick->spectrum, yardstick->field, NULL);
}

static struct difference compare(struct yardstick *yardstick, const struct decoded *reference,
                                 const struct decoded *other, size_t i) {
  const size_t cells = yardstick->cells;
  struct difference result = {0};
  for (size_t j = i * cells; j < (i + 1) * cells; j++) {
    const double difference = fabs(value_at(other, j) - value_at(reference, j));
    result.mean_abs += difference;
    if (isnan(difference) || difference > result.max_abs) result.max_abs = difference; /* a NaN stays */
    result.mask_differs += reference->mask[j] != other->mask[j];
  }
  const struct spectrum_totals expected = measure(yardstick, reference, i), got = measure(yardstick, other, i);
  result.mean_abs /= (double)cells;
  result.rms = sqrt(2.0 * expected.enstrophy);
  result.enstrophy = relative(got.enstrophy, expected.enstrophy);
  result.energy = relative(got.energy, expected.energy);
  const size_t field = cells * real_size(other->precision);
  vordec_hash((const char *)other->omega_lp + i * field, field, result.hash_lp);
  vordec_hash(other->mask + i * cells, cells, result.hash_mask);
  const double tolerance = (other->precision == VORDEC_FP64 ? PARITY_FP64 : PARITY_FP32) * fmax(1.0, result.rms);
  result.within = result.mean_abs <= tolerance && (double)result.mask_differs <= PARITY_MASK * (double)cells;
  return result;
}

static void print_row(const struct decoded *decoded, size_t state, const struct difference *row) {
  printf("%-10s %-8s %-5s %5zu  %9.2e  %9.2e  %9.2e  %9.2e  %6zu  %s\n", decoded->backend, decoded->fft,
         decoded->precision == VORDEC_FP64 ? "fp64" : "fp32", state, row->mean_abs, row->max_abs, row->energy,
         row->enstrophy, row->mask_differs, row->within ? "ok" : "BEYOND TOLERANCE");
}

static void add_row(cJSON *list, const struct decoded *decoded, size_t state, const struct difference *row) {
  cJSON *item = cJSON_CreateObject();
  cJSON_AddStringToObject(item, "backend", decoded->backend);
  cJSON_AddStringToObject(item, "device", decoded->device);
  cJSON_AddStringToObject(item, "decode_device", decoded->decode_device);
  cJSON_AddStringToObject(item, "fft", decoded->fft);
  cJSON_AddStringToObject(item, "precision", decoded->precision == VORDEC_FP64 ? "fp64" : "fp32");
  cJSON_AddNumberToObject(item, "t", (double)state);
  cJSON_AddNumberToObject(item, "mean_abs_error", row->mean_abs);
  cJSON_AddNumberToObject(item, "max_abs_error", row->max_abs);
  cJSON_AddNumberToObject(item, "energy_rel_difference", row->energy);
  cJSON_AddNumberToObject(item, "enstrophy_rel_difference", row->enstrophy);
  cJSON_AddNumberToObject(item, "mask_hamming", (double)row->mask_differs);
  cJSON_AddNumberToObject(item, "rms", row->rms);
  cJSON_AddStringToObject(item, "hash_omega_lp", row->hash_lp);
  cJSON_AddStringToObject(item, "hash_mask", row->hash_mask);
  cJSON_AddBoolToObject(item, "within_tolerance", row->within);
  json_append(list, item);
}

/* Adds a backend's rows; returns whether all are within the tolerances. */
static bool report_backend(const struct job *job, struct yardstick *yardstick, const struct decoded *decoded,
                           cJSON *list) {
  const bool text = !json_output_replaces_text(job->request->json);
  bool within = true;
  if (text) printf("%s\n", decoded->ran_on);
  for (size_t i = 0; i < job->state.count; i++) {
    const struct difference row = compare(yardstick, &job->reference, decoded, i);
    if (list) add_row(list, decoded, i, &row);
    if (text) print_row(decoded, i, &row);
    within = within && row.within;
  }
  return within;
}

static enum vordec_status compare_backend(struct job *job, const char *name, struct yardstick *yardstick, cJSON *list,
                                          struct vordec_error *error) {
  struct decoded decoded = {0};
  enum vordec_status status = set(job->request->config, "decode", "backend", name, error);
  if (!status) status = decode_with(job->request->config, job, &decoded, error);
  if (!status && !report_backend(job, yardstick, &decoded, list)) job->within = false;
  decoded_release(&decoded);
  return status;
}

static enum vordec_status compare_all(struct job *job, struct yardstick *yardstick, cJSON *list,
                                      struct vordec_error *error) {
  char names[PARITY_NAMES_MAX], *save = NULL;
  snprintf(names, sizeof names, "%s", job->request->backends);
  enum vordec_status status = set(job->request->config, "decode", "policy", "strict", error);
  for (char *name = strtok_r(names, ", ", &save); name && !status; name = strtok_r(NULL, ", ", &save)) {
    status = compare_backend(job, name, yardstick, list, error);
  }
  return status;
}

static enum vordec_status decode_reference(struct job *job, struct vordec_error *error) {
  const struct parity_request *request = job->request;
  struct vordec_config *config = NULL;
  enum vordec_status status = state_input_read(request->z0, request->config, &job->state, error);
  if (!status) status = decode_parity_config(request->config, &config, error);
  if (!status) status = decode_with(config, job, &job->reference, error);
  vordec_config_destroy(config);
  return status;
}

static void print_head(const struct job *job) {
  printf("reference: cpu, fftw, fp64; N = %zu, %zu state(s); %s\n", job->state.info.n, job->state.count,
         job->reference.ran_on);
  printf("%-10s %-8s %-5s %5s  %9s  %9s  %9s  %9s  %6s\n", "backend", "fft", "", "state", "mean err", "max err",
         "energy", "enstrophy", "mask");
}

static enum vordec_status report(struct job *job, struct yardstick *yardstick, struct vordec_error *error) {
  const char *json = job->request->json;
  cJSON *list = json ? cJSON_CreateArray() : NULL;
  enum vordec_status status = VORDEC_OK;
  if (json && !list) status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  if (!status && !json_output_replaces_text(json)) print_head(job);
  if (!status) status = compare_all(job, yardstick, list, error);
  if (!status && json) status = json_output_write(json, json_print(list, true), error);
  cJSON_Delete(list);
  return status;
}

enum vordec_status parity_run(const struct parity_request *request, bool *within, struct vordec_error *error) {
  struct job job = {.request = request, .within = true};
  struct yardstick yardstick = {0};
  enum vordec_status status = json_output_try(request->json, error);
  if (!status) status = decode_reference(&job, error);
  if (!status) status = yardstick_make(job.state.info.n, &yardstick, error);
  if (!status) status = report(&job, &yardstick, error);
  yardstick_release(&yardstick);
  decoded_release(&job.reference);
  state_file_release(&job.state);
  *within = job.within;
  return status;
}
