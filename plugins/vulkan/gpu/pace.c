/* SPDX-License-Identifier: MIT */
#include "pace.h"

#include <stdbool.h>

#define AIM 0.5        /* the share of the limit that a submission is meant to take */
#define TELLING_MS 1.0 /* much more than the mere fact of a submission costs */

double pace_aim_ms(double limit_ms) {
  return AIM * limit_ms;
}

static uint64_t clamp(double units, uint64_t left) {
  if (!(units >= 1.0)) return 1;
  return units < (double)left ? (uint64_t)units : left;
}

uint64_t pace_next(const struct pace *pace, double room_ms, double cells, uint64_t left) {
  if (pace->most == 0) return clamp((double)PACE_FIRST_CELLS / cells, left);
  const double growth = (double)PACE_GROWTH * (double)pace->most, fits = room_ms / pace->each_ms; /* may be infinite */
  return clamp(fits < growth ? fits : growth, left);
}

double pace_expect_ms(const struct pace *pace, uint64_t units) {
  return pace->each_ms * (double)units;
}

void pace_learn(struct pace *pace, uint64_t units, double ms) {
  const double each_ms = ms / (double)units;
  const bool telling = units >= pace->most / PACE_GROWTH || ms >= TELLING_MS;
  if (units > pace->most) {
    *pace = (struct pace){each_ms, units};
  } else if (each_ms < pace->each_ms) {
    pace->each_ms = (pace->each_ms + each_ms) / 2.0;
  } else if (telling) {
    pace->each_ms = each_ms;
  }
}
