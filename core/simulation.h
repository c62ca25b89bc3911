/* Simulations side by side, on an engine of their own or on a decoder's. */
#ifndef VORDEC_CORE_SIMULATION_H
#define VORDEC_CORE_SIMULATION_H

#include "engine.h"
#include "plan_claims.h"

struct vordec_simulation {
  struct vordec_runtime *runtime;
  struct engine *engine;
  const struct vordec_simulation_interface *interface;
  struct vordec_backend_simulation *members;
  struct vordec_simulation_desc desc;
  enum vordec_precision precision;
  struct vordec_plan_info info;
  char doubt[PLAN_DOUBT_MAX];   /* which of its numbers cannot be; empty: none */
  char why[VORDEC_MESSAGE_MAX]; /* why the backend is not the one asked for; empty if it is, or by the rule */
  struct perf_flags flags;
  const char *les_device; /* of all steps so far; NULL before the first */
  bool *set;              /* a member's: it holds a field */
  uint64_t step;
  double open_ms, create_ms;
};

/* Why the backend used is not the one asked for; empty where it is. */
const char *simulation_reason(const struct vordec_simulation *simulation);

#endif
