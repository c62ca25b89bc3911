/* SPDX-License-Identifier: MIT */
#include "les_summary.h"

#include <stdio.h>

#include "ran_on.h"

void les_summary_print(const struct vordec_simulation *simulation) {
  if (!simulation) return;
  struct vordec_simulation_info info;
  char ran_on[RAN_ON_MAX];
  vordec_simulation_get(simulation, &info);
  ran_on_device(&info.device, info.les_device, ran_on);
  if (info.device.type == VORDEC_DEVICE_SOFTWARE) fprintf(stderr, "%s\n", ran_on);
  fprintf(stderr, "simulation     requested %s, used %s; fft %s; %s; on %s: %s\n", info.backend_requested,
          info.backend_used, info.fft_used, info.precision == VORDEC_FP64 ? "fp64" : "fp32",
          info.les_device ? info.les_device : "nothing yet", info.device.name);
  if (*info.reason) fprintf(stderr, "because        %s\n", info.reason);
}
