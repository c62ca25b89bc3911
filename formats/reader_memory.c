/* SPDX-License-Identifier: MIT */
#include "reader_memory.h"

#include <string.h>

/* FNV-1a (Fowler, Noll, Vo). */
static uint32_t mix(uint32_t hash, const char *text) {
  for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 16777619u;
  return hash * 16777619u;
}

static size_t slot_of(const struct reader_request *request) {
  const uint32_t hash = mix(mix(2166136261u ^ request->call, request->name), request->attribute);
  return (hash + (uint32_t)request->at) % READER_MEMORY_SLOTS;
}

static bool are_same(const struct reader_request *first, const struct reader_request *second) {
  return first->call == second->call && first->at == second->at && strcmp(first->name, second->name) == 0 &&
         strcmp(first->attribute, second->attribute) == 0;
}

bool reader_memory_recall(const struct reader_memory *memory, const struct reader_request *request,
                          struct reader_reply *reply) {
  const struct reader_remembered *slot = &memory->slots[slot_of(request)];
  if (!slot->used || !are_same(&slot->request, request)) return false;
  *reply = slot->reply;
  return true;
}

void reader_memory_keep(struct reader_memory *memory, const struct reader_request *request,
                        const struct reader_reply *reply) {
  memory->slots[slot_of(request)] = (struct reader_remembered){true, *request, *reply};
}
