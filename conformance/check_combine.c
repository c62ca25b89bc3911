/* SPDX-License-Identifier: MIT */
#include "check_combine.h"

#include <string.h>

#include "plugin.h"
#include "verdict.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* All subsets of the residual inputs on one plan, so that nothing may stay from one decode to the next. */
static void judge_combine(struct suite *suite, struct vordec_session *session, const struct vordec_plan_desc *desc,
                          const struct sample *sample, struct worst *worst) {
  struct vordec_plan *plan;
  struct vordec_plan_info info;
  if (plugin_plan(suite, session, desc, &plan, &info)) return;
  for (uint32_t step = 0; step < 8 && !suite_fell_short(suite); step++) {
    const struct decode_request request = {
        .desc = desc, .sample = sample, .outputs = ALL_OUTPUTS, .residuals = (7 - step) * 5 % 8};
    struct decoded decoded;
    char where[120];
    snprintf(where, sizeof where, "(N = %u, %s, gate %s, anchors %s, residual inputs %u)", desc->n,
             precision_name(desc->precision), desc->gate == VORDEC_GATE_SIGNED ? "signed" : "support",
             desc->include_anchors ? "include" : "ignore", request.residuals);
    if (!decoded_make(suite, plan, &request, &decoded)) break;
    verdict_omega_hat(suite, &request, &decoded, where, worst);
    decoded_destroy(&decoded);
  }
  suite->backend->plan_destroy(plan);
}

void check_combine(struct suite *suite) {
  static const uint32_t sizes[] = {17, 64, 4, 127, 128};
  struct way ways[WAYS_MAX];
  struct worst worst[2] = {{0, 0}, {0, 0}};
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  const size_t count = plugin_ways(suite, ways), most = suite->options->quick ? 2 : COUNT(sizes);
  size_t plans = 0;
  for (size_t w = 0; w < count; w++) {
    if (strcmp(ways[w].fft, "auto") != 0) continue;
    for (size_t i = 0; i < 4 * most && !suite_fell_short(suite); i++) {
      const uint32_t n = sizes[i / 4];
      struct sample sample =
          sample_create(&(struct sample_shape){.n = n, .k_cut = sample_k_cut(n), .anchors = 9}, 0, 2);
      struct vordec_plan_desc desc = sample_plan(&sample, 2, ways[w].precision, ways[w].fft);
      desc.gate = i % 2 ? VORDEC_GATE_SIGNED : VORDEC_GATE_SUPPORT;
      desc.include_anchors = i / 2 % 2 == 0;
      desc.tau = 0.2;
      judge_combine(suite, session, &desc, &sample, &worst[ways[w].precision == VORDEC_FP64]);
      sample_destroy(&sample);
      plans++;
    }
  }
  worst_note(suite, worst, plans);
}

/* K is rounded half to even and clamped, and moves where Im kept starts. */
void check_kept_modes(struct suite *suite) {
  static const double kept[] = {0.0, 0.5, 1.0, 1.5, 2.5, 3.4999, -3.0, 1e9, 7.0, 8.0};
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  struct sample sample = sample_create(&(struct sample_shape){.n = 32, .k_cut = 4, .anchors = 8}, 0, COUNT(kept));
  for (size_t i = 0; i < COUNT(kept); i++) sample.z[i * sample.d + 2 * sample.m + 3] = kept[i];
  struct vordec_plan_desc desc = sample_plan(&sample, COUNT(kept), plugin_precision(suite), "auto");
  desc.max_kept = 7; /* fewer than there are anchors */
  const struct decode_request request = {.desc = &desc, .sample = &sample, .outputs = ALL_OUTPUTS};
  struct decoded decoded;
  bool refused;
  if (decoded_by_plan(suite, session, &request, &decoded, &refused)) {
    verdict_omega_hat(suite, &request, &decoded, "(K of 0, 0.5, 1, 1.5, 2.5, 3.4999, -3, 1e9, 7, 8; at most 7)", NULL);
    decoded_destroy(&decoded);
  }
  sample_destroy(&sample);
}

/* Targets of 0 and below give no band; a mask of zeros leaves the gain at 1. */
void check_bands(struct suite *suite) {
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  struct sample sample = sample_create(&(struct sample_shape){.n = 32, .k_cut = 4, .anchors = 4}, 0, 4);
  const double targets[2][4] = {{0.0, -1.0, 0.25, 1e-40}, {0.5, 0.0, -0.0, 2.0}};
  for (int i = 0; i < 2; i++) memcpy(sample.band_energy[i], targets[i], sizeof targets[i]);
  struct vordec_plan_desc desc = sample_plan(&sample, 4, plugin_precision(suite), "auto");
  const struct decode_request request = {.desc = &desc,
                                         .sample = &sample,
                                         .outputs = ALL_OUTPUTS,
                                         .residuals = VORDEC_RESIDUAL_MID | VORDEC_RESIDUAL_HIGH};
  struct decoded decoded;
  bool refused;
  for (uint32_t width = 1; width <= 11 && !suite_fell_short(suite); width += 10) {
    desc.smooth_width = width; /* 1: R = 0, so the mask is 0 */
    if (!decoded_by_plan(suite, session, &request, &decoded, &refused)) continue;
    verdict_omega_hat(suite, &request, &decoded, width == 1 ? "(no support)" : "(bands without energy)", NULL);
    decoded_destroy(&decoded);
  }
  sample_destroy(&sample);
}
