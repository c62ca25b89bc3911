/* SPDX-License-Identifier: MIT */
/*
 * amd_request.h - a pipeline that a plan asked for: enough to build it again on another device.
 */
#ifndef VORDEC_TEST_AMD_REQUEST_H
#define VORDEC_TEST_AMD_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AMD_CONSTANTS_MAX 17

struct amd_request {
  char kernel[48];
  uint32_t precisions; /* bits by enum vordec_precision: some kernels are the same in both */
  uint32_t *code;      /* SPIR-V */
  size_t bytes;
  uint32_t buffers, push_bytes; /* of its layout */
  uint32_t count, constants[AMD_CONSTANTS_MAX];
  char plan[128]; /* the first one that asked */
};

/* A growing list without duplicates. */
struct amd_requests {
  struct amd_request *items;
  size_t count, room;
};

/* Adds a copy, which owns a copy of the code, or adds the precision to one that is there. Returns its place. Aborts
 * without memory. */
size_t amd_requests_add(struct amd_requests *requests, const struct amd_request *request);
void amd_requests_free(struct amd_requests *requests);

/* Threads of a workgroup: the module's own number, or the one that the constants make of it. */
uint32_t amd_request_threads(const struct amd_request *request);

#endif
