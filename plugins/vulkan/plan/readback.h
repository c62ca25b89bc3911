/* SPDX-License-Identifier: MIT */
/*
 * readback.h - how the fields that a job asks for come to the host.
 *
 * The device copies a field into the plan's own readback buffer, and the host copies it from there to where it belongs.
 * If it belongs in memory that was lent to the host (lent_memory.h), the device copies it there, and the host does
 * nothing.
 */
#ifndef VORDEC_VULKAN_READBACK_H
#define VORDEC_VULKAN_READBACK_H

#include "vulkan_plan.h"

#define READBACK_FIELDS_MAX 3

/* A field of the pending chunk: where the device has it, where it stops over, and where it belongs. */
struct readback_field {
  enum vordec_output output;
  enum plan_buffer device, stopover;
  char *host;
  uint64_t state_bytes, pitch; /* bytes of a state on the host, and bytes from one state to the next on the device */
};

/* Lists the fields among `outputs` (enum vordec_output bits, at most READBACK_FIELDS_MAX); returns how many there are.
 */
uint32_t readback_fields(const struct vordec_plan *plan, uint32_t outputs, struct readback_field *fields);

/* Returns the fields of the pending job that the device itself copies to where they belong, as bits of enum
 * vordec_output. */
uint32_t readback_lent(const struct vordec_plan *plan);
/* The segment that reads an output of one kind back into the plan's own buffer. */
enum plan_segment readback_segment(enum vordec_output output);
/* Copies the other fields of the job to where they belong, unless they came in pieces (readback_pieces.h). The device
 * must have finished, and its writes must be visible. */
void readback_finish(const struct vordec_plan *plan);

#endif
