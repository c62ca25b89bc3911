/* SPDX-License-Identifier: MIT */
#include "check_scalars.h"

#include "plugin.h"
#include "verdict.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

void check_scalars(struct suite *suite) {
  static const uint32_t sizes[] = {16, 17, 64, 128};
  struct way ways[WAYS_MAX];
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  const size_t count = plugin_ways(suite, ways);
  for (size_t w = 0; w < count; w++) {
    for (size_t i = 0; i < (suite->options->quick ? 2 : COUNT(sizes)) && !suite_fell_short(suite); i++) {
      const struct sample_shape shape = {.n = sizes[i], .k_cut = i % 2 ? 5 : 20, .anchors = 6, .lopsided = i % 2 == 1};
      struct sample sample = sample_create(&shape, 0, 2);
      struct vordec_plan_desc desc = sample_plan(&sample, 2, ways[w].precision, ways[w].fft);
      struct decode_request request = {.desc = &desc, .sample = &sample, .outputs = ALL_OUTPUTS};
      struct decoded decoded;
      bool refused;
      char where[160];
      verdict_name_case(&desc, where, sizeof where);
      for (int alone = 0; alone < 2; alone++) {
        if (alone) request.outputs = VORDEC_SCALARS;
        if (!decoded_by_plan(suite, session, &request, &decoded, &refused)) break;
        verdict_scalars(suite, &request, &decoded, where);
        decoded_destroy(&decoded);
      }
      sample_destroy(&sample);
    }
  }
}

/* Finite coefficients whose sum the precision cannot hold: the scalars must show it, so that the core can say so. */
void check_overflow(struct suite *suite) {
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  const enum vordec_precision precision = plugin_precision(suite);
  struct sample sample = sample_create(&(struct sample_shape){.n = 16, .k_cut = 2}, 0, 2);
  for (size_t i = 0; i < 2 * sample.m; i++) sample.z[i] = precision == VORDEC_FP64 ? 1.5e308 : 3e38;
  struct vordec_plan_desc desc = sample_plan(&sample, 2, precision, "auto");
  const struct decode_request request = {.desc = &desc, .sample = &sample, .outputs = VORDEC_SCALARS};
  struct decoded decoded;
  bool refused;
  if (decoded_by_plan(suite, session, &request, &decoded, &refused)) {
    if (isfinite(decoded.scalars[0].residual_absmax) && !isnan(decoded.scalars[0].enstrophy_lp)) {
      suite_short(suite,
                  "a state whose omega_lp overflows: residual_absmax is %g and enstrophy_lp %g, as if it did not",
                  decoded.scalars[0].residual_absmax, decoded.scalars[0].enstrophy_lp);
    }
    if (!isfinite(decoded.scalars[1].residual_absmax) || isnan(decoded.scalars[1].enstrophy_lp)) {
      suite_short(suite, "a state beside one whose omega_lp overflows is not finite either");
    }
    decoded_destroy(&decoded);
  }
  sample_destroy(&sample);
}
