/* SPDX-License-Identifier: MIT */
#include "check_evidence.h"

#include <stdlib.h>
#include <string.h>

#include "core/policy/evidence.h"
#include "plugin.h"
#include "verdict.h"

#define DECODES 8

/* Decodes of several sizes of job, each judged by what the core would say of it. */
typedef void (*judge_fn)(struct suite *suite, const struct decode_request *request, const struct decoded *decoded);

static void for_each_job(struct suite *suite, judge_fn judge) {
  static const uint32_t outputs[] = {ALL_OUTPUTS, 0, VORDEC_MASK, VORDEC_SCALARS};
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  struct sample sample = sample_create(&(struct sample_shape){.n = 64, .k_cut = 6, .anchors = 5}, 0, 3);
  const struct vordec_plan_desc desc = sample_plan(&sample, 3, plugin_precision(suite), "auto");
  struct vordec_plan *plan = NULL;
  struct vordec_plan_info info;
  if (plugin_plan(suite, session, &desc, &plan, &info) == VORDEC_OK) {
    for (int i = 0; i < DECODES && !suite_fell_short(suite); i++) {
      const struct decode_request request = {
          .desc = &desc, .sample = &sample, .outputs = outputs[i % 4], .residuals = i < 4 ? ALL_RESIDUALS : 0};
      struct decoded decoded;
      if (!decoded_make(suite, plan, &request, &decoded)) break;
      judge(suite, &request, &decoded);
      decoded_destroy(&decoded);
    }
    suite->backend->plan_destroy(plan);
  }
  sample_destroy(&sample);
}

static void judge_evidence(struct suite *suite, const struct decode_request *request, const struct decoded *decoded) {
  const struct vordec_device *device = &suite->shared->device;
  struct evidence_verdict verdict;
  evidence_judge(device, &decoded->result, decoded->host_ms, &verdict);
  if (!verdict.proven) {
    suite_short(suite, "a decode with outputs 0x%x and residual inputs %u: %.400s", request->outputs,
                request->residuals, verdict.why);
  }
  suite_note(suite, "decode_device would be \"%s\"%s; %llu dispatches for %zu states", verdict.decode_device,
             verdict.timing_unavailable ? ", with the flag TIMING_UNAVAILABLE" : "",
             (unsigned long long)decoded->result.evidence.dispatches_recorded, decoded->count);
}

void check_decode_evidence(struct suite *suite) {
  for_each_job(suite, judge_evidence);
}

static void judge_times(struct suite *suite, const struct decode_request *request, const struct decoded *decoded) {
  const double *ms = decoded->result.stage_ms;
  for (int i = 0; i < VORDEC_STAGE_COUNT; i++) {
    if (!(ms[i] >= 0.0)) suite_short(suite, "stage %s took %g ms", vordec_stage_name((enum vordec_stage)i), ms[i]);
  }
  if (request->outputs == 0 && ms[VORDEC_STAGE_READBACK] > 0.0 && ms[VORDEC_STAGE_READBACK] > 0.5 * decoded->host_ms) {
    suite_short(suite, "readback took %g ms of %g with nothing to read back", ms[VORDEC_STAGE_READBACK],
                decoded->host_ms);
  }
}

void check_stage_times(struct suite *suite) {
  for_each_job(suite, judge_times);
}

/* ---- end to end ---- */

static enum vordec_status configure(const struct suite *suite, const char *folder, struct vordec_config *config,
                                    struct vordec_error *error) {
  char index[16];
  snprintf(index, sizeof index, "%u", suite->shared->device.index);
  const char *const keys[][3] = {
      {"plugins", "path", folder},
      {"decode", "backend", suite->shared->name},
      {"decode", "device", index},
      {"decode", "allow_software_device", suite->options->allow_software_device ? "true" : "false"},
      {"decode", "policy", "strict"}};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    const enum vordec_status status =
        vordec_config_set(config, keys[i][0], keys[i][1], keys[i][2], VORDEC_FROM_COMMAND_LINE, "check-plugin", error);
    if (status) return status;
  }
  return VORDEC_OK;
}

/* Like a host application: one decode under the strict policy, whose omega_lp is compared. */
static enum vordec_status decode_as_host(struct suite *suite, struct vordec_runtime *runtime,
                                         const struct sample *sample, struct vordec_error *error) {
  const size_t cells = (size_t)sample->n * sample->n;
  uint8_t *mask_low = calloc(cells, 1);
  double *field = calloc(cells, sizeof *field);
  int64_t *anchors = calloc(sample->anchors + 1, sizeof *anchors);
  struct vordec_layout *layout = NULL;
  struct vordec_decoder *decoder = NULL;
  if (!mask_low || !field || !anchors) abort();
  for (uint32_t i = 0; i < sample->m; i++) mask_low[sample->low[i]] = 1;
  for (uint32_t i = 0; i < sample->anchors; i++) anchors[i] = sample->anchor[i];
  const struct vordec_layout_desc shape = {.n = sample->n,
                                           .mask_low = mask_low,
                                           .anchor_idx = anchors,
                                           .anchor_count = sample->anchors,
                                           .k_cut = NAN,
                                           .resid_mid_cut = 1e3};
  const struct vordec_decoder_desc wanted = {.batch = 1, .outputs = VORDEC_OMEGA_LP};
  enum vordec_status status = vordec_layout_create(&shape, &layout, error);
  if (!status) status = vordec_decoder_create(runtime, layout, &wanted, &decoder, error);
  if (!status) {
    struct vordec_decoder_info info;
    struct vordec_decode_report report;
    vordec_decoder_get(decoder, &info);
    status = vordec_decode(decoder, &(struct vordec_decode_io){.count = 1, .z = sample->z, .omega_lp = field}, &report,
                           error);
    const struct vordec_plan_desc desc = {.n = sample->n, .precision = info.precision};
    const struct decoded decoded = {
        .count = 1, .cells = cells, .fp64 = info.precision == VORDEC_FP64, .omega_lp = field};
    const struct decode_request request = {.desc = &desc, .sample = sample};
    if (!status) {
      verdict_omega_lp(suite, &request, &decoded, "(through libvordec)", NULL);
      suite_note(suite, "decode_device \"%s\", %s, fft %s", report.decode_device, precision_name(info.precision),
                 info.fft_used);
    }
  }
  vordec_decoder_destroy(decoder);
  vordec_layout_destroy(layout);
  free(mask_low);
  free(field);
  free(anchors);
  return status;
}

void check_under_libvordec(struct suite *suite) {
  char *folder = strdup(suite->options->path), *slash = folder ? strrchr(folder, '/') : NULL;
  struct vordec_config *config = NULL;
  struct vordec_runtime *runtime = NULL;
  struct vordec_error error = {0};
  if (!folder) abort();
  if (slash) *slash = '\0';
  struct sample sample = sample_create(&(struct sample_shape){.n = 64, .k_cut = 6, .anchors = 5}, 0, 1);
  enum vordec_status status = vordec_config_create(&config, &error);
  if (!status) status = configure(suite, slash ? folder : ".", config, &error);
  if (!status) status = vordec_runtime_create(config, NULL, NULL, &runtime, &error);
  if (!status) status = decode_as_host(suite, runtime, &sample, &error);
  if (status)
    suite_short(suite, "%s (%s): %.500s", vordec_status_name(status), vordec_reason_name(error.reason), error.message);
  vordec_runtime_destroy(runtime);
  vordec_config_destroy(config);
  sample_destroy(&sample);
  free(folder);
}
