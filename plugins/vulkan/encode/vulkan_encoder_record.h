/* SPDX-License-Identifier: MIT */
/*
 * vulkan_encoder_record.h - what the segments of an encoder's plan do.
 */
#ifndef VORDEC_VULKAN_ENCODER_RECORD_H
#define VORDEC_VULKAN_ENCODER_RECORD_H

#include "vulkan_encoder.h"

struct recorder;
struct segment_script;

extern const struct segment_script encode_script;

/* Sums cell by cell what R holds besides its modes. */
#define SEGMENT_REST SEGMENT_COMBINE

/* The encoder's part of the mask stage: R and the mask, and the sums of modes, which need R at most. */
void record_encoder_mask(struct recorder *recorder);

/* Where field_rest's partial results stand. */
#define PARTIAL_REST PARTIAL_HIGH

#endif
