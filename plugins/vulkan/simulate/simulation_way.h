/* SPDX-License-Identifier: MIT */
/*
 * simulation_way.h - the ways in which a simulation takes its steps: rows of a table, by the names of [simulate] fft.
 */
#ifndef VORDEC_VULKAN_SIMULATION_WAY_H
#define VORDEC_VULKAN_SIMULATION_WAY_H

#include <stdbool.h>
#include <stdint.h>

#define SIMULATION_WAYS 4u
#define SIMULATION_FUSED_4 "fused-4"
#define SIMULATION_FUSED_8 "fused-8"
#define SIMULATION_FUSED_16 "fused-16"
#define SIMULATION_DIRECT "direct" /* the name of the decoder's own sums, too */

struct simulation_way {
  const char *name;
  uint32_t values;     /* of a thread of a fused step, and the factor of its transforms; 0: any N, nothing fused */
  uint32_t n_min;      /* of a fused step */
  uint32_t real_bytes; /* of the widest numbers that it computes with: registers are few */
  /* N that `auto` tries it for. Compiling takes seconds, and elsewhere another way is as fast or faster on an H200, the
   * only device that all were timed on. */
  uint32_t auto_min, auto_max;
};

/* The last one serves every N. */
extern const struct simulation_way simulation_ways[SIMULATION_WAYS];

static inline bool simulation_way_is_tried(const struct simulation_way *way, uint32_t n) {
  return n >= way->auto_min && n <= way->auto_max;
}

/* NULL: none has this name. */
const struct simulation_way *simulation_way_find(const char *name);

#endif
