/* SPDX-License-Identifier: MIT */
#include "mask_settings.h"

#include <string.h>
#include <vordec/error.h>

#include "core/base/window.h"

#define LEAST_WIDTH 3
#define LEAST_ROUNDS 8
#define MOST_ROUNDS 1000 /* as [mask] majority_iters */

void mask_settings_for_decodes(const struct vordec_config *config, struct mask_settings *settings) {
  *settings = (struct mask_settings){
      .smooth_width = (uint32_t)config_number(config, CONFIG_MASK_SMOOTH_WIDTH),
      .smooth_kernel = (enum vordec_smooth_kernel)config_number(config, CONFIG_MASK_SMOOTH_KERNEL),
      .boundary = (enum vordec_boundary)config_number(config, CONFIG_MASK_BOUNDARY),
      .tau = config_real(config, CONFIG_MASK_TAU),
      .majority_iters = (uint32_t)config_number(config, CONFIG_MASK_MAJORITY_ITERS),
  };
}

static bool is_auto(const struct vordec_config *config, enum config_id id) {
  return strcmp(config_text(config, id), KEY_AUTO) == 0;
}

static uint32_t suited_width(size_t n) {
  const size_t width = 2 * (11 * n / 256) + 1, least = width < LEAST_WIDTH ? LEAST_WIDTH : width;
  return (uint32_t)(least < n ? least : n);
}

static uint32_t suited_rounds(size_t n) {
  const size_t rounds = (n + 8) / 16;
  return rounds < LEAST_ROUNDS ? LEAST_ROUNDS : rounds < MOST_ROUNDS ? (uint32_t)rounds : MOST_ROUNDS;
}

void mask_settings_for_encodes(const struct vordec_config *config, size_t n, struct mask_settings *settings) {
  mask_settings_for_decodes(config, settings);
  if (is_auto(config, CONFIG_MASK_SMOOTH_WIDTH)) settings->smooth_width = suited_width(n);
  if (is_auto(config, CONFIG_MASK_BOUNDARY)) settings->boundary = VORDEC_BOUNDARY_PERIODIC;
  if (is_auto(config, CONFIG_MASK_MAJORITY_ITERS)) settings->majority_iters = suited_rounds(n);
}

enum vordec_status mask_settings_check(const struct vordec_config *config, const struct mask_settings *settings,
                                       size_t n, struct vordec_error *error) {
  const uint32_t width = settings->smooth_width;
  const char *where = config_where(config, CONFIG_MASK_SMOOTH_WIDTH);
  if (width > n) {
    return vordec_fail(error, VORDEC_E_CONFIG, 0,
                       "%s: [mask] smooth_width = %u is wider than the grid (N = %zu); set it to 1 .. %zu", where,
                       width, n, n);
  }
  if (!window_allows(settings->smooth_kernel, width)) {
    return vordec_fail(error, VORDEC_E_CONFIG, 0, "%s: [mask] smooth_width = %u is even; the %s needs an odd width",
                       where, width, window_at(settings->smooth_kernel)->name);
  }
  return VORDEC_OK;
}
