/* SPDX-License-Identifier: MIT */
/*
 * bit_majority.h - the rounds of the majority on bit-planes: as many dispatches of up to 8 or 16 rounds as it takes,
 * the last of which writes the mask. A mask mostly stands still long before the last round, and where it does nothing
 * is done.
 */
#ifndef VORDEC_VULKAN_BIT_MAJORITY_H
#define VORDEC_VULKAN_BIT_MAJORITY_H

#include "plan/record.h"

/* How the grid is cut: see shaders/transforms/bit_rounds.glsl. */
struct majority_tile {
  uint32_t x, y, halo_x, halo_y, strip;
  uint32_t groups_x, groups_y;
};

struct bit_majority {
  uint32_t dispatches;
  bool last_is_alike; /* it does as many rounds as the others, of the same tiles */
  struct majority_tile tile, last_tile;
  VkPipeline pipeline, last; /* pipeline: NULL if there is but one dispatch */
};

/* Whether it needs a second set of planes. */
bool bit_majority_needs_planes(uint32_t n, uint32_t rounds);
/* Of a state's set of planes, with what tells where they stand still. */
uint64_t bit_majority_planes_bytes(uint32_t n);

/* Whether one dispatch does so many rounds on any grid; tiles for one that does the plan's,
 * narrow ones, where those beside the edges have more to do than others. */
bool bit_majority_is_one(uint32_t rounds);
struct majority_tile bit_majority_narrow_tile(const struct vordec_plan *plan);
/* Adds the constants of shaders/transforms/bit_rounds.glsl to those of a kernel. */
void majority_constants(const struct majority_tile *tile, uint32_t rounds, struct kernel_constants *constants);

enum vordec_status bit_majority_create(const struct vordec_plan *plan, struct bit_majority *majority,
                                       struct vordec_error *error);
/* Accepts a zeroed one. */
void bit_majority_destroy(struct kernels *kernels, struct bit_majority *majority);

/* PLAN_PLANES_A -> PLAN_MASK_A; PLAN_PLANES_A is lost if there is more than one dispatch. */
void record_bit_majority(struct recorder *recorder, const struct bit_majority *majority);
/* The same, one of its `dispatches` parts at a time: others may be recorded between them. */
void record_bit_majority_part(struct recorder *recorder, const struct bit_majority *majority, uint32_t part);

#endif
