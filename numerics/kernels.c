/* SPDX-License-Identifier: MIT */
#include "kernels.h"

#define KERNELS_OF(isa, name)                                                                                          \
  {                                                                                                                    \
    name, multiply_##isa, threshold_##isa, majority_##isa, write_##isa, flow_derive_##isa, flow_spectra_##isa,         \
        flow_viscosity_##isa, flow_predict_##isa, flow_correct_##isa, flow_sum_##isa, flow_join_##isa                  \
  }

static const struct kernels baseline = KERNELS_OF(baseline, "baseline");

#ifdef KERNELS_X86
static const struct kernels avx2 = KERNELS_OF(avx2, "AVX2");
static const struct kernels avx512 = KERNELS_OF(avx512, "AVX-512");

const struct kernels *const *kernels_usable(void) {
  static const struct kernels *const all[] = {&avx512, &avx2, &baseline, NULL};
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool has_avx512 = has_avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (has_avx512) return all;
  return has_avx2 ? all + 1 : all + 2;
}
#else
const struct kernels *const *kernels_usable(void) {
  static const struct kernels *const all[] = {&baseline, NULL};
  return all;
}
#endif

const struct kernels *kernels_choose(void) {
  return kernels_usable()[0];
}
