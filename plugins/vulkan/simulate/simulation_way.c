/* SPDX-License-Identifier: MIT */
#include "simulation_way.h"

#include <stddef.h>
#include <string.h>

const struct simulation_way simulation_ways[SIMULATION_WAYS] = {
    {SIMULATION_FUSED_4, 4, 8, 8, 0, 512},
    {SIMULATION_FUSED_8, 8, 64, 8, 0, UINT32_MAX},
    {SIMULATION_FUSED_16, 16, 64, 4, 4096, UINT32_MAX},
    {SIMULATION_DIRECT, 0, 0, 8, 0, UINT32_MAX},
};

const struct simulation_way *simulation_way_find(const char *name) {
  for (size_t i = 0; i < SIMULATION_WAYS; i++) {
    if (strcmp(simulation_ways[i].name, name) == 0) return &simulation_ways[i];
  }
  return NULL;
}
