/* SPDX-License-Identifier: MIT */
/*
 * readback_pieces.h - large fields that belong in ordinary memory come to the host piece by piece.
 *
 * Each piece is a submission with a fence, and threads of the host copy one to where it belongs while the next is on
 * the link. The bits are those of a readback in one. If the device is lost in the middle, or a wait for it
 * runs out, some pieces have been written.
 */
#ifndef VORDEC_VULKAN_READBACK_PIECES_H
#define VORDEC_VULKAN_READBACK_PIECES_H

#include "vulkan_plan.h"

/* Records the pieces of all fields that are large enough, besides their segments. Called once. */
enum vordec_status readback_pieces_record(struct vordec_plan *plan, struct vordec_error *error);
/* Frees everything, also what a failed call has left. The device must have finished. */
void readback_pieces_free(struct vordec_plan *plan);

/* The fields of the pending chunk that can come in pieces: enum vordec_output bits, 0 for none. */
uint32_t readback_pieces_fit(const struct vordec_plan *plan);
/* Whether a segment's commands are replaced by those of pieces in the pending chunk; its time marks are not. */
bool readback_pieces_replace(const struct vordec_plan *plan, enum plan_segment id);

/* Starts the chunk: what computes, the pieces, and the rest with the plan's fence. On failure the device has finished.
 * *call names what failed. */
VkResult readback_pieces_start(struct vordec_plan *plan, const struct submission *computes,
                               const struct submission *rest, const char **call);
/* Waits for one piece after the other and has them copied. Nothing is copied if a rollout's state is found to be wrong.
 * */
enum vordec_status readback_pieces_finish(struct vordec_plan *plan, struct vordec_error *error);

#endif
