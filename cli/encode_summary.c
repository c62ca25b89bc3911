/* SPDX-License-Identifier: MIT */
#include "encode_summary.h"

#include <stdio.h>

#include "ran_on.h"

void encode_summary_print(const struct vordec_encoder *encoder) {
  if (!encoder) return;
  struct vordec_encoder_info info;
  char ran_on[RAN_ON_MAX];
  vordec_encoder_get(encoder, &info);
  ran_on_device(&info.device, info.encode_device, ran_on);
  if (info.device.type == VORDEC_DEVICE_SOFTWARE) fprintf(stderr, "%s\n", ran_on);
  fprintf(stderr, "encode         requested %s, used %s; fft %s; %s; on %s: %s\n", info.backend_requested,
          info.backend_used, info.fft_used, info.precision == VORDEC_FP64 ? "fp64" : "fp32",
          info.encode_device ? info.encode_device : "nothing yet", info.device.name);
  if (*info.reason) fprintf(stderr, "because        %s\n", info.reason);
}
