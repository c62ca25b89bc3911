/* SPDX-License-Identifier: MIT */
#include "rim_warning.h"

#include <stdio.h>

struct rim_warning rim_warning_of(const struct vordec_config *config) {
  const bool zeros = vordec_config_get_choice(config, "mask", "boundary") == VORDEC_BOUNDARY_ZERO;
  if (!zeros) return (struct rim_warning){{0, 0}};
  return (struct rim_warning){{(size_t)vordec_config_get_integer(config, "mask", "smooth_width"),
                               (size_t)vordec_config_get_integer(config, "mask", "majority_iters")}};
}

bool rim_warning_finds(const struct rim_warning *warning, const int8_t *mask, size_t n, struct mask_rim *rim) {
  if (!mask || !warning->reach.width) return false;
  *rim = mask_rim_measure(mask, n, n, warning->reach);
  return rim->crowded;
}

void rim_warning_tell(struct rim_warning *warning, const struct mask_rim *rim, const char *what, size_t which) {
  char text[MASK_RIM_TEXT_MAX];
  if (!warning->reach.width) return;
  mask_rim_text(rim, text);
  fprintf(stderr, "vordec: warning: %s %zu: %s\n", what, which, text);
  warning->reach.width = 0;
}

void rim_warning_look(struct rim_warning *warning, const int8_t *mask, size_t n, const char *what, size_t which) {
  struct mask_rim rim;
  if (rim_warning_finds(warning, mask, n, &rim)) rim_warning_tell(warning, &rim, what, which);
}
