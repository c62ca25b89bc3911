/* SPDX-License-Identifier: MIT */
#include "variable.h"

#include <stdio.h>
#include <string.h>

#define MEMBER "member"
#define QUANTILE "quantile"
#define SHELL "shell"

#define FIELDS(first)                                                                                                  \
  { first, "y", "x" }
#define ALONG(dim)                                                                                                     \
  { dim, NULL, NULL }
#define NUMBER                                                                                                         \
  { NULL, NULL, NULL }

static const struct variable_kind kinds[] = {
    {"traj", "vorticity", FIELDS(VARIABLE_TIME), "1", NULL, 0},
    {"omega_lp", "vorticity of the low modes", FIELDS(VARIABLE_SAMPLE), "1", NULL, 0},
    {"omega_hat", "vorticity with kept modes and residual", FIELDS(VARIABLE_SAMPLE), "1", NULL, 0},
    {"truth", "vorticity of the simulation or trajectory", FIELDS(VARIABLE_SAMPLE), "1", NULL, 0},
    {"mask", "where the field stands out from its smoothed self", FIELDS(VARIABLE_SAMPLE), NULL, "below within above",
     -1},
    {VARIABLE_STEP, "step of the run", ALONG(VARIABLE_SAMPLE), "1", NULL, 0},
    {"train", "whether the step lies inside the training frames", ALONG(VARIABLE_SAMPLE), NULL, "outside inside", 0},
    {"z", "states", {VARIABLE_SAMPLE, "component", NULL}, NULL, NULL, 0},
    {"mask_low", "which modes are low, row by row", ALONG("mode"), NULL, "other low", 0},
    {"anchor_idx", "flat indices of the kept modes", ALONG("anchor"), NULL, NULL, 0},
    {"A", "operator: a step is z A", {"component_before", "component", NULL}, NULL, NULL, 0},
    {"x", "position along x", ALONG("x"), "1", NULL, 0},
    {"y", "position along y", ALONG("y"), "1", NULL, 0},
    {VARIABLE_TIME, "time", ALONG(VARIABLE_TIME), "1", NULL, 0},
    {"L", "side of the box", NUMBER, "1", NULL, 0},
    {"N", "points along a side of the grid", NUMBER, "1", NULL, 0},
    {"dt", "time of a step", NUMBER, "1", NULL, 0},
    {"stride", "steps from one row to the next", NUMBER, "1", NULL, 0},
    {"steps", "steps that were taken", NUMBER, "1", NULL, 0},
    {"seed", "seed of the start", NUMBER, NULL, NULL, 0},
    {"dealias", "whether products were dealiased by the rule of two thirds", NUMBER, NULL, NULL, 0},
    {"nu0", "viscosity", NUMBER, "1", NULL, 0},
    {"Cs", "Smagorinsky's constant", NUMBER, "1", NULL, 0},
    {"start_peak", "wavenumber of the start's spectral peak", NUMBER, "1", NULL, 0},
    {"start_width", "width of the start's spectrum, in wavenumbers", NUMBER, "1", NULL, 0},
    {"start_rms", "root mean square of the start's vorticity", NUMBER, "1", NULL, 0},
    {"k_cut", "largest wavenumber of the low modes", NUMBER, "1", NULL, 0},
    {"resid_mid_cut", "largest wavenumber of the mid band", NUMBER, "1", NULL, 0},
    {"topk_mid", "modes of the mid band that are kept", NUMBER, "1", NULL, 0},
    {"dashi_modes", "whether of each conjugate pair one mode is held, doubled", NUMBER, NULL, NULL, 0},
    {"dashi_tau", "threshold of the mask", NUMBER, "1", NULL, 0},
    {"dashi_smooth_k", "width of the mask's window, in points", NUMBER, "1", NULL, 0},
    {"dashi_kernel", "window of the mask: 0 box, 1 triangle", NUMBER, NULL, NULL, 0},
    {"dashi_boundary", "boundary of the mask: 0 zero, 1 periodic", NUMBER, NULL, NULL, 0},
    {"dashi_majority_iters", "rounds of the mask's majority", NUMBER, "1", NULL, 0},
    {"dtype_code", "how states are stored: 0 float32, 1 float64, 2 float16", NUMBER, NULL, NULL, 0},
    {"member", "number of the member", ALONG(MEMBER), NULL, NULL, 0},
    {"member_seed", "seed of the member's start", ALONG(MEMBER), NULL, NULL, 0},
    {"quantile", "share of the members that lie below", ALONG(QUANTILE), "1", NULL, 0},
    {"shell", "wavenumber of the shell", ALONG(SHELL), "1", NULL, 0},
    {"lead_step", "steps behind the last training frame", ALONG(VARIABLE_SAMPLE), "1", NULL, 0},
    {"lead_time", "time behind the last training frame", ALONG(VARIABLE_SAMPLE), "1", NULL, 0},
};

/* Statistics, by the ends of their names; the first that fits counts. */
static const struct {
  const char *begin, *end;
  struct variable_kind kind;
} families[] = {
    {"spectrum_",
     "_mean",
     {"", "energy of a shell, mean over the members", {VARIABLE_SAMPLE, SHELL, NULL}, "1", NULL, 0}},
    {"spectrum_",
     "_variance",
     {"", "energy of a shell, variance over the members", {VARIABLE_SAMPLE, SHELL, NULL}, "1", NULL, 0}},
    {"spectrum_",
     "_quantiles",
     {"", "energy of a shell, quantiles over the members", {QUANTILE, VARIABLE_SAMPLE, SHELL}, "1", NULL, 0}},
    {"", "_mean", {"", "mean over the members", ALONG(VARIABLE_SAMPLE), "1", NULL, 0}},
    {"", "_variance", {"", "variance over the members", ALONG(VARIABLE_SAMPLE), "1", NULL, 0}},
    {"", "_quantiles", {"", "quantiles over the members", {QUANTILE, VARIABLE_SAMPLE, NULL}, "1", NULL, 0}},
    {"", "_members", {"", "of each member", {MEMBER, VARIABLE_SAMPLE, NULL}, "1", NULL, 0}},
};

static bool ends(const char *name, const char *end) {
  const size_t length = strlen(name), tail = strlen(end);
  return length > tail && strcmp(name + length - tail, end) == 0;
}

const struct variable_kind *variable_kind_of(const char *name) {
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (strcmp(kinds[i].name, name) == 0) return &kinds[i];
  }
  for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
    const bool begins = strncmp(name, families[i].begin, strlen(families[i].begin)) == 0;
    if (begins && ends(name, families[i].end)) return &families[i].kind;
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
