/* SPDX-License-Identifier: MIT */
#include "amd_request.h"

#include <stdlib.h>
#include <string.h>

static bool same(const struct amd_request *a, const struct amd_request *b) {
  return strcmp(a->kernel, b->kernel) == 0 && a->bytes == b->bytes && memcmp(a->code, b->code, a->bytes) == 0 &&
         a->count == b->count && memcmp(a->constants, b->constants, a->count * sizeof *a->constants) == 0;
}

size_t amd_requests_add(struct amd_requests *requests, const struct amd_request *request) {
  for (size_t i = 0; i < requests->count; i++) {
    if (!same(&requests->items[i], request)) continue;
    requests->items[i].precisions |= request->precisions;
    return i;
  }
  if (requests->count == requests->room) {
    requests->room = requests->room ? 2 * requests->room : 64;
    requests->items = realloc(requests->items, requests->room * sizeof *requests->items);
    if (!requests->items) abort();
  }
  struct amd_request *added = &requests->items[requests->count];
  *added = *request;
  added->code = malloc(request->bytes);
  if (!added->code) abort();
  memcpy(added->code, request->code, request->bytes);
  return requests->count++;
}

void amd_requests_free(struct amd_requests *requests) {
  for (size_t i = 0; i < requests->count; i++) free(requests->items[i].code);
  free(requests->items);
  *requests = (struct amd_requests){0};
}

/* ---- SPIR-V, as far as it says how large a workgroup is ---- */

enum { OP_EXECUTION_MODE = 16, OP_CONSTANT = 43, OP_SPEC_CONSTANT = 50, OP_SPEC_COMPOSITE = 51, OP_DECORATE = 71 };
enum { MODE_LOCAL_SIZE = 17, DECORATION_SPEC_ID = 1, DECORATION_BUILT_IN = 11, BUILT_IN_WORKGROUP_SIZE = 25 };

/* The first instruction of a kind from `at` on whose word `index` is `value`; 0 if there is none. */
static size_t find(const struct amd_request *request, uint32_t op, uint32_t index, uint32_t value) {
  const size_t words = request->bytes / sizeof *request->code;
  for (size_t at = 5; at < words && request->code[at] >> 16; at += request->code[at] >> 16) {
    if ((request->code[at] & 0xffffu) == op && request->code[at + index] == value) return at;
  }
  return 0;
}

/* The composite that is the workgroup's size, where the module has one. */
static size_t find_size(const struct amd_request *request) {
  const size_t words = request->bytes / sizeof *request->code;
  for (size_t at = 5; at < words && request->code[at] >> 16; at += request->code[at] >> 16) {
    const uint32_t *word = request->code + at;
    if ((word[0] & 0xffffu) != OP_DECORATE || word[2] != DECORATION_BUILT_IN || word[3] != BUILT_IN_WORKGROUP_SIZE) {
      continue;
    }
    return find(request, OP_SPEC_COMPOSITE, 2, word[1]);
  }
  return 0;
}

static uint32_t value_of(const struct amd_request *request, uint32_t id) {
  const size_t plain = find(request, OP_CONSTANT, 2, id), special = find(request, OP_SPEC_CONSTANT, 2, id);
  if (!special) return plain ? request->code[plain + 3] : 0;
  const size_t words = request->bytes / sizeof *request->code;
  for (size_t at = 5; at < words && request->code[at] >> 16; at += request->code[at] >> 16) {
    const uint32_t *word = request->code + at;
    if ((word[0] & 0xffffu) != OP_DECORATE || word[1] != id || word[2] != DECORATION_SPEC_ID) continue;
    if (word[3] < request->count) return request->constants[word[3]];
  }
  return request->code[special + 3];
}

uint32_t amd_request_threads(const struct amd_request *request) {
  const size_t size = find_size(request), mode = find(request, OP_EXECUTION_MODE, 2, MODE_LOCAL_SIZE);
  uint32_t threads = 1;
  for (uint32_t i = 0; i < 3; i++) {
    if (size) {
      threads *= value_of(request, request->code[size + 3 + i]);
    } else {
      threads *= mode ? request->code[mode + 3 + i] : 0;
    }
  }
  return threads;
}
