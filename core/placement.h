/* SPDX-License-Identifier: MIT */
/* Where a part of a run goes that has a backend of its own beside that of the decode: simulations and encoders. */
#ifndef VORDEC_CORE_PLACEMENT_H
#define VORDEC_CORE_PLACEMENT_H

#include "core/policy/evidence.h"
#include "engine.h"
#include "plan_claims.h"

#define PLACEMENT_BESIDE_MAX 2

/* What a part is to be made with. */
struct placement_try {
  struct engine *engine;
  enum vordec_precision precision;
  const char *fft;
  struct vordec_plan_info *info; /* to be filled */
};

/* What is to be placed. */
struct placement_desc {
  struct vordec_runtime *runtime;
  enum select_role role;
  enum config_id backend, precision; /* the keys that ask for them */
  const char *fft;
  const char *what;                            /* "simulation": what is made */
  const char *work;                            /* what it does, in the same way */
  const char *rule;                            /* what auto means, in words */
  struct engine *beside[PLACEMENT_BESIDE_MAX]; /* whose session it shares if it may, the first that can; NULL: none */
  bool (*find)(void *ctx, const struct engine *engine); /* its interface; false: there is none, or it has gaps */
  /* Makes the part with that interface; *made: the part exists. */
  enum vordec_status (*make)(void *ctx, const struct placement_try *with, bool *made, struct vordec_error *error);
  void (*discard)(void *ctx); /* what was made, if anything was */
  void *ctx;
};

/* Where the part went, and what has become known about it since. */
struct placement {
  struct vordec_runtime *runtime;
  enum config_id backend;
  const char *work, *rule;
  struct engine *engine;
  enum vordec_precision precision;
  struct vordec_plan_info info;
  char doubt[PLAN_DOUBT_MAX];   /* which of its numbers are impossible; empty: none */
  char why[VORDEC_MESSAGE_MAX]; /* why the backend is not the one asked for; empty if it is, or if the rule chose it */
  struct perf_flags flags;
  const char *device; /* the device that was shown to have done everything so far: "cpu", "gpu" or "unknown"; NULL:
                         nothing was done yet */
  double open_ms, create_ms;
};

/* Places the part: beside one of those named, if the request allows that; otherwise as engine_create() does. Under auto
 * without any of them, it goes on the backend that [decode] asks for, or else on cpu. On failure nothing is left. */
enum vordec_status placement_make(const struct placement_desc *desc, struct placement *placement,
                                  struct vordec_error *error);
/* Reports what it claims of itself but cannot be (place->doubt); then nothing can be said about its work.
 * placement_make() does this by itself. */
void placement_doubt(struct placement *placement);
/* Places the part on this engine and nowhere else, in this precision. The keys of desc that ask for a backend are
 * ignored, and so is what the part may stand beside. E_UNSUPPORTED: it cannot be there. On failure nothing is left. */
enum vordec_status placement_join(const struct placement_desc *desc, struct engine *engine,
                                  enum vordec_precision precision, struct placement *placement,
                                  struct vordec_error *error);
/* Leaves the engine; what was made on it no longer exists by then. Accepts a zeroed placement. */
void placement_release(struct placement *placement);

/* Why the backend used is not the one asked for; empty if it is. */
const char *placement_reason(const struct placement *placement);

/* Applies the policy to a verdict: flags are raised, the device is noted. E_REFUSED: there is no proof of what did the
 * work, under a strict policy. */
enum vordec_status placement_weigh(struct placement *placement, const struct evidence_verdict *verdict,
                                   struct vordec_error *error);

#endif
