/* SPDX-License-Identifier: MIT */
/* What the doctor asks of plugins. Each function is a task for doctor_child(): it loads plugins. */
#ifndef VORDEC_CLI_DOCTOR_DOCTOR_TRIAL_H
#define VORDEC_CLI_DOCTOR_DOCTOR_TRIAL_H

#include <cjson/cJSON.h>

#include "cli/command.h"

struct trial {
  struct vordec_config *config; /* is changed: the child's own copy */
  bool verbose;
  size_t smooth_width; /* as the configuration has it */
  const char *backend;
  unsigned device; /* index */
};

/* ctx: a trial. The backend's description and devices, and what stands against each under the configuration. */
cJSON *trial_probe(void *ctx);

/* ctx: a trial. Decodes a small state on the device, a software device too, and compares omega_lp with direct sums and
 * both fields with the CPU reference, where that can be had. */
cJSON *trial_decode(void *ctx);

/* ctx: a trial without a backend. What the configuration, as it stands, leads to: the same state, decoded. */
cJSON *trial_choose(void *ctx);

#endif
