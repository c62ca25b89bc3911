/* SPDX-License-Identifier: MIT */
/* Performance flags: in what way a run was worse than what was asked for, which its metrics have to admit. */
#ifndef VORDEC_CORE_POLICY_FLAGS_H
#define VORDEC_CORE_POLICY_FLAGS_H

#include <vordec/vordec.h>

enum perf_flag {
  FLAG_GPU_DECODE_FALLBACK_CPU,
  FLAG_GPU_ROLLOUT_FALLBACK_CPU,
  FLAG_GPU_LES_FALLBACK_CPU,
  FLAG_GPU_ENCODE_FALLBACK_CPU,
  FLAG_FFT_FALLBACK,
  FLAG_SOFTWARE_DEVICE,
  FLAG_PRECISION_DOWNGRADE,
  FLAG_TIMING_UNAVAILABLE,
  FLAG_EVIDENCE_MISSING,
  FLAG_FEWER_DEVICES,
  FLAG_COUNT
};

struct perf_flags {
  bool raised[FLAG_COUNT];
  char why[FLAG_COUNT][VORDEC_MESSAGE_MAX];
};

/* Raises a flag and copies the reason, of which the first one stays. Returns whether the flag is new. */
bool flags_raise(struct perf_flags *flags, enum perf_flag flag, const char *why);
/* The name in the metrics, such as "SOFTWARE_DEVICE". Any thread. */
const char *flag_name(enum perf_flag flag);

#endif
