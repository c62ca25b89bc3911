/* SPDX-License-Identifier: MIT */
/* What a backend says about a plan, or a simulation, that it has just made. */
#ifndef VORDEC_CORE_PLAN_CLAIMS_H
#define VORDEC_CORE_PLAN_CLAIMS_H

#include "engine.h"

#define PLAN_DOUBT_MAX 128

struct plan_claims {
  const struct engine *engine;
  const char *what; /* was made: "plan" */
  const char *fft;  /* that was asked for */
  double call_ms;   /* how long the making took */
};

/* Checks that it exists (`made`), says which FFT it uses, and uses the one asked for, and that its warm-up took no
 * longer than the call. A warm-up that did is refused under a strict policy; otherwise it becomes NAN, and `doubt` says
 * so. `info` is taken in. */
enum vordec_status plan_claims_check(const struct plan_claims *claims, bool made, struct vordec_plan_info *info,
                                     char doubt[PLAN_DOUBT_MAX], struct vordec_error *error);

#endif
