/* SPDX-License-Identifier: MIT */
#include "bit_majority.h"

#include <string.h>

#define ROUNDS_MANY 8u /* in one dispatch, if there is much to do: a wider halo would cost more than it saves */
#define ROUNDS_MAX 16u /* in one dispatch, if there is little to do, or no halo */
#define SHARED_BYTES_MAX 16384u /* of a tile, so that several workgroups fit on a processor */
#define BYTES_PER_WORD 8u       /* two bits a cell */
#define TILE_WORDS 16u          /* width of a tile that does not span the grid */
#define GROUPS_AT_ONCE 1024u    /* how many workgroups a large device runs at a time, by which tiles are chosen */
#define GROUPS_FEW 256u         /* so few workgroups leave much of such a device idle */
#define STRIP_MAX 16u

static uint32_t ceil_div(uint32_t a, uint32_t b) {
  return (a - 1) / b + 1;
}

static bool unpacks(uint32_t n) {
  return n % 4 == 0;
}

bool bit_majority_needs_planes(uint32_t n, uint32_t rounds) {
  return rounds > ROUNDS_MANY || !unpacks(n);
}

/* The planes are followed by a flag for each tile. There are never more flags than tiles of the usual width would need.
 * */
uint64_t bit_majority_planes_bytes(uint32_t n) {
  const uint64_t words = ceil_div(n, 32);
  return (words + (words - 1) / TILE_WORDS + 1) * n * BYTES_PER_WORD;
}

/* Makes the whole grid one tile, in which nothing is computed twice. False: it does not fit. */
static bool whole_grid(uint32_t n, uint32_t shared_bytes, struct majority_tile *tile) {
  const uint32_t words = n / 32;
  if (n % 32 != 0 || words * n * BYTES_PER_WORD > shared_bytes) return false;
  *tile = (struct majority_tile){.x = words, .y = n, .strip = 1, .groups_x = 1, .groups_y = 1};
  while (n % tile->strip != 0 || words * (n / tile->strip) > VORDEC_WORKGROUP) tile->strip++;
  return true;
}

static struct majority_tile cut_grid(uint32_t n, uint32_t rounds, uint32_t shared_bytes, uint32_t states,
                                     uint32_t usual) {
  const uint32_t words = ceil_div(n, 32);
  const bool spans = n % 32 == 0 && words <= 2 * usual;
  struct majority_tile best = {0}, tile = {.halo_x = spans ? 0 : 1, .halo_y = rounds};
  tile.x = spans || words < usual ? words : usual;
  tile.groups_x = ceil_div(words, tile.x);
  const uint32_t width = tile.x + 2 * tile.halo_x, strips = VORDEC_WORKGROUP / width;
  uint64_t least = UINT64_MAX;
  for (tile.strip = 1; tile.strip <= STRIP_MAX; tile.strip++) {
    const uint32_t height = strips * tile.strip;
    if (height <= 2 * rounds || width * height * BYTES_PER_WORD > shared_bytes) continue;
    tile.y = height - 2 * rounds;
    tile.groups_y = ceil_div(n, tile.y);
    const uint64_t groups = (uint64_t)tile.groups_x * tile.groups_y * states;
    const uint64_t cost = ((groups - 1) / GROUPS_AT_ONCE + 1) * (tile.strip + 2);
    if (cost >= least) continue;
    least = cost;
    best = tile;
  }
  return best;
}

/* How many bytes of shared memory a tile may take. */
static uint32_t shared_bytes_of(const struct vordec_plan *plan) {
  const uint32_t limit = plan->session->gpu.facts.properties.limits.maxComputeSharedMemorySize;
  const uint32_t flags = 4 * (ROUNDS_MAX + 1) + 12 + 4 * VORDEC_WORKGROUP;
  return (limit < SHARED_BYTES_MAX ? limit : SHARED_BYTES_MAX) - flags;
}

static struct majority_tile choose_tile(const struct vordec_plan *plan, uint32_t rounds) {
  const uint32_t shared_bytes = shared_bytes_of(plan);
  struct majority_tile tile;
  return whole_grid(plan->n, shared_bytes, &tile) ? tile
                                                  : cut_grid(plan->n, rounds, shared_bytes, plan->chunk, TILE_WORDS);
}

void majority_constants(const struct majority_tile *tile, uint32_t rounds, struct kernel_constants *constants) {
  const uint32_t values[] = {tile->x,
                             tile->y,
                             tile->halo_x,
                             tile->halo_y,
                             rounds,
                             tile->strip,
                             tile->x + 2 * tile->halo_x,
                             tile->y + 2 * tile->halo_y};
  memcpy(constants->values + constants->count, values, sizeof values);
  constants->count += sizeof values / sizeof *values;
}

static enum vordec_status make(const struct vordec_plan *plan, const struct majority_tile *tile, uint32_t rounds,
                               bool unpack, VkPipeline *pipeline, struct vordec_error *error) {
  struct kernel_constants constants = {2, {plan->n, unpack}};
  majority_constants(tile, rounds, &constants);
  return kernels_specialise(&plan->session->kernels, KERNEL_BIT_MAJORITY, plan->desc.precision, &constants, pipeline,
                            error);
}

/* How many rounds a dispatch does, if one dispatch does not do all of them. */
static uint32_t rounds_at_once(const struct vordec_plan *plan) {
  const struct majority_tile tile = choose_tile(plan, ROUNDS_MAX);
  const bool few = (uint64_t)tile.groups_x * tile.groups_y * plan->chunk <= GROUPS_FEW;
  return few || tile.halo_y == 0 ? ROUNDS_MAX : ROUNDS_MANY;
}

static bool is_same(const struct majority_tile *a, const struct majority_tile *b) {
  return a->x == b->x && a->y == b->y && a->halo_x == b->halo_x && a->halo_y == b->halo_y;
}

bool bit_majority_is_one(uint32_t rounds) {
  return rounds <= ROUNDS_MANY;
}

struct majority_tile bit_majority_narrow_tile(const struct vordec_plan *plan) {
  const uint32_t words = ceil_div(plan->n, 32);
  return cut_grid(plan->n, plan->desc.majority_iters, shared_bytes_of(plan), plan->chunk,
                  words < TILE_WORDS * 2 ? TILE_WORDS / 4 : TILE_WORDS / 2);
}

enum vordec_status bit_majority_create(const struct vordec_plan *plan, struct bit_majority *majority,
                                       struct vordec_error *error) {
  const uint32_t all = plan->desc.majority_iters, rounds = all > ROUNDS_MANY ? rounds_at_once(plan) : ROUNDS_MANY;
  majority->dispatches = all ? ceil_div(all, rounds) : 1;
  const uint32_t last_rounds = all - (majority->dispatches - 1) * rounds;
  majority->last_tile = choose_tile(plan, last_rounds);
  const enum vordec_status status =
      make(plan, &majority->last_tile, last_rounds, unpacks(plan->n), &majority->last, error);
  if (status || majority->dispatches == 1) return status;
  majority->tile = choose_tile(plan, rounds);
  majority->last_is_alike = last_rounds == rounds && is_same(&majority->tile, &majority->last_tile);
  return make(plan, &majority->tile, rounds, false, &majority->pipeline, error);
}

void bit_majority_destroy(struct kernels *kernels, struct bit_majority *majority) {
  kernels_release(kernels, majority->pipeline);
  kernels_release(kernels, majority->last);
  *majority = (struct bit_majority){0};
}

/* The planes that a part reads, which the part before it has written. */
static enum plan_buffer planes_before(const struct vordec_plan *plan, uint32_t part) {
  const bool two = bit_majority_needs_planes(plan->n, plan->desc.majority_iters);
  return two && part % 2 ? PLAN_PLANES_B : PLAN_PLANES_A;
}

void record_bit_majority_part(struct recorder *recorder, const struct bit_majority *majority, uint32_t part) {
  const struct vordec_plan *plan = recorder->plan;
  const bool last = part + 1 == majority->dispatches;
  const struct bit_majority_push push = {.mask_words = plan->words,
                                         .flags_at = plan->chunk * plan->n * ceil_div(plan->n, 32),
                                         .fresh = part == 0 || (last && !majority->last_is_alike)};
  const struct majority_tile *tile = last ? &majority->last_tile : &majority->tile;
  const enum plan_buffer buffers[] = {planes_before(plan, part), planes_before(plan, part + 1), PLAN_MASK_A,
                                      PLAN_MASK_A};
  VkDescriptorSet *set = &recorder->to_and_fro[part % 2];
  if (part < 2) *set = record_bind(recorder, KERNEL_BIT_MAJORITY, buffers);
  record_pipeline_in(recorder, KERNEL_BIT_MAJORITY, last ? majority->last : majority->pipeline, *set, &push,
                     (struct workgroups){tile->groups_x, tile->groups_y});
  if (!last || unpacks(plan->n)) return;
  const struct unpack_planes_push unpack_push = {.n = plan->n, .words = plan->words};
  const enum plan_buffer unpack_buffers[] = {planes_before(plan, part + 1), PLAN_MASK_A};
  record_kernel(recorder, KERNEL_UNPACK_PLANES, unpack_buffers, &unpack_push, plan->words);
}

void record_bit_majority(struct recorder *recorder, const struct bit_majority *majority) {
  for (uint32_t part = 0; part < majority->dispatches; part++) record_bit_majority_part(recorder, majority, part);
}
