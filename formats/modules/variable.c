#include "variable.h"

#include <stdio.h>
#include <string.h>

static const struct variable_kind kinds[] = {
    {"traj", "vorticity", {"time", "y", "x"}, "1", false},
    {"omega_lp", "vorticity of the low modes", {"sample", "y", "x"}, "1", false},
    {"omega_hat", "vorticity with kept modes and residual", {"sample", "y", "x"}, "1", false},
    {"truth", "vorticity of the simulation or trajectory", {"sample", "y", "x"}, "1", false},
    {"mask", "where the field stands out from its smoothed self", {"sample", "y", "x"}, NULL, true},
    {"step", "step of the run", {"sample", NULL, NULL}, "1", false},
    {"train", "whether the step lies inside the training frames", {"sample", NULL, NULL}, NULL, false},
    {"z", "states", {"sample", "component", NULL}, NULL, false},
    {"mask_low", "which modes are low, row by row", {"mode", NULL, NULL}, NULL, false},
    {"anchor_idx", "flat indices of the kept modes", {"anchor", NULL, NULL}, NULL, false},
    {"A", "operator: a step is z A", {"component_before", "component", NULL}, NULL, false},
    {"x", "position along x", {"x", NULL, NULL}, "1", false},
    {"y", "position along y", {"y", NULL, NULL}, "1", false},
    {"time", "time", {"time", NULL, NULL}, "1", false},
};

const struct variable_kind *variable_kind_of(const char *name) {
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (strcmp(kinds[i].name, name) == 0) return &kinds[i];
  }
  return NULL;
}

void variable_dim(const struct variable_kind *kind, uint32_t ndim, uint32_t axis, size_t length,
                  char name[ARRAY_NAME_MAX]) {
  uint32_t known = 0;
  while (kind && known < VARIABLE_DIMS && kind->dims[known]) known++;
  if (kind && ndim - axis <= known) {
    snprintf(name, ARRAY_NAME_MAX, "%s", kind->dims[known - (ndim - axis)]);
  } else {
    snprintf(name, ARRAY_NAME_MAX, "dim_%zu", length);
  }
}
