/* SPDX-License-Identifier: MIT */
/*
 * readback.h - how the fields that a job asks for come to the host.
 *
 * The device copies a field into the plan's own readback buffer, and the host from there to where it belongs; or, where
 * that lies in memory lent to the host (lent_memory.h), the device copies it there and the host does nothing.
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
  uint64_t state_bytes, pitch; /* of a state, as the host wants it, and from state to state on the device */
};

/* Lists the fields among `outputs` (enum vordec_output bits, at most READBACK_FIELDS_MAX); returns how many there are.
 */
uint32_t readback_fields(const struct vordec_plan *plan, uint32_t outputs, struct readback_field *fields);

/* The fields of the pending job that the device copies to where they belong: enum vordec_output bits. */
uint32_t readback_lent(const struct vordec_plan *plan);
/* The segment that reads an output of one kind back into the plan's own buffer. */
enum plan_segment readback_segment(enum vordec_output output);
/* Copies those other fields of the job to where they belong that did not come in pieces (readback_pieces.h). The device
 * has finished, and its writes are visible. */
void readback_finish(const struct vordec_plan *plan);

#endif
