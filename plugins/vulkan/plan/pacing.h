/* SPDX-License-Identifier: MIT */
/*
 * pacing.h - a segment done in pieces, none of which takes longer than the session's submission_ms.
 *
 * Whoever records a segment can do it at this pace instead: what is recorded goes to the device, and is waited for,
 * whenever more of it would take too long. Operations are cut where they can be, dispatches between workgroups, copies
 * between blocks of bytes, so that a piece may be a single workgroup; VkFFT's dispatches are not cut. What an operation
 * takes is measured, first by a small piece (gpu/pace.h). Results are the same, to the bit: no workgroup depends on
 * others of its dispatch.
 */
#ifndef VORDEC_VULKAN_PACING_H
#define VORDEC_VULKAN_PACING_H

#include "vulkan_plan.h"

#define PACING_CONTENT_MAX 16
#define PACING_TRIAL_MS 200.0 /* a trial that takes longer stops: the rest is learnt in the first decode */

struct pacing {
  /* To be set: the plan; its segment, or SEGMENT_COUNT for something else, of whose speed nothing is kept; where stage
   * times and dispatches are added; the states to do, 0 for all (a trial does some); where a failure goes. */
  struct vordec_plan *plan;
  enum plan_segment id;
  struct vordec_decode_result *result;
  uint32_t states;
  struct vordec_error *error;

  enum vordec_status status; /* error of the first failure: nothing is done after it */
  double total_ms;           /* that the pieces have taken */

  bool stopped;    /* a trial broke off */
  bool open;       /* a piece is being recorded */
  uint32_t pieces; /* begun so far */
  double expected_ms, carried_ms;
  struct operation spare; /* stands for those of which nothing is kept */
  uint32_t spare_index;
  struct {
    struct operation *operation;
    uint64_t units;
  } content[PACING_CONTENT_MAX];
  uint32_t filled;
};

/* Returns how many of the `left` units of an operation (of `all`, each the work on `cells`) may be recorded now; there
 * is then a command buffer for them. 0: a failure, or the end of a trial. */
uint64_t pacing_room(struct pacing *pacing, uint32_t operation, uint64_t all, uint64_t left, double cells);

/* Notes that `units` of the operation have been recorded; `cut`: it continues after these. */
void pacing_note(struct pacing *pacing, uint32_t operation, uint64_t units, bool cut);

/* Assigns what was recorded since the last call to the stage. */
void pacing_mark(struct pacing *pacing, enum vordec_stage stage);

/* Submits the last piece. Returns the first failure, as *pacing->error has it. */
enum vordec_status pacing_end(struct pacing *pacing);

#endif
