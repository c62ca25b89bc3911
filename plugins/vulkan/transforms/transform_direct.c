/* SPDX-License-Identifier: MIT */
#include "transform_direct.h"

#include "plan/mode_sums.h"
#include "plan/plan_memory.h"

static void list_needs(const struct vordec_plan *plan, struct buffer_need *needs) {
  plan_memory_need_sums(plan, &plan->low_modes, needs);
}

static void record_spectrum(struct recorder *recorder) {
  record_low_spectrum(recorder);
}

static void record_field(struct recorder *recorder) {
  record_low_sums(recorder, PLAN_OMEGA_LP);
}

const struct transform transform_direct = {
    .name = TRANSFORM_DIRECT_NAME,
    .list_needs = list_needs,
    .record_spectrum = record_spectrum,
    .record_field = record_field,
};
