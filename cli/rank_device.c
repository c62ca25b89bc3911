/* SPDX-License-Identifier: MIT */
#include "rank_device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "core/base/visible_gpu.h"
#include "core/policy/device_kind.h"

#define GPUS_MAX 64 /* of one host */

struct gpu {
  char name[256];
  enum vordec_device_type type;
  uint8_t uuid[16];
};

struct gpu_list {
  struct gpu gpus[GPUS_MAX];
  size_t count;
};

static void uuid_text(const uint8_t uuid[16], char text[33]) {
  for (int i = 0; i < 16; i++) snprintf(text + 2 * i, 3, "%02x", uuid[i]);
}

/* ---- what there is */

static void take(void *ctx, const char *backend, const char *description, const struct vordec_device *device,
                 const struct vordec_error *refusal) {
  struct gpu_list *list = ctx;
  (void)backend;
  (void)description;
  if (!device || refusal->status || !device_is_gpu(device->type) || list->count == GPUS_MAX) return;
  if (!visible_gpu(getenv(VISIBLE_GPU_VARIABLE), device->uuid)) return;
  struct gpu *gpu = &list->gpus[list->count++];
  *gpu = (struct gpu){.type = device->type};
  snprintf(gpu->name, sizeof gpu->name, "%s", device->name);
  memcpy(gpu->uuid, device->uuid, sizeof gpu->uuid);
}

static bool are_alike(const struct gpu *a, const struct gpu *b) {
  return a->type == b->type && strcmp(a->name, b->name) == 0;
}

/* The one that auto prefers: the first of the best kind. */
static const struct gpu *best_of(const struct gpu_list *list) {
  const struct gpu *best = &list->gpus[0];
  for (size_t i = 1; i < list->count; i++) {
    if (device_rank(list->gpus[i].type) < device_rank(best->type)) best = &list->gpus[i];
  }
  return best;
}

/* The at-th of those that are like the best, beginning again behind the last. */
static const struct gpu *pick(const struct gpu_list *list, size_t at) {
  const struct gpu *best = best_of(list);
  size_t alike = 0, seen = 0;
  for (size_t i = 0; i < list->count; i++) alike += are_alike(&list->gpus[i], best);
  for (size_t i = 0; i < list->count; i++) {
    /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): the best is like itself */
    if (are_alike(&list->gpus[i], best) && seen++ == at % alike) return &list->gpus[i];
  }
  return best;
}

static enum vordec_status pin(struct vordec_config *config, const struct rank_device_use *use, const uint8_t uuid[16],
                              struct vordec_error *error) {
  static const char who[] = "the rank's own GPU";
  char text[33];
  uuid_text(uuid, text);
  const enum vordec_status status =
      vordec_config_set(config, use->section, "backend", use->backend, VORDEC_FROM_COMMAND_LINE, who, error);
  return status ? status : vordec_config_set(config, "decode", "device", text, VORDEC_FROM_COMMAND_LINE, who, error);
}

enum vordec_status rank_device_choose(const struct ranks *ranks, struct vordec_config *config,
                                      const struct rank_device_use *use, bool *changed, struct vordec_error *error) {
  struct gpu_list list = {.count = 0};
  struct vordec_runtime *runtime = NULL;
  *changed = false;
  const bool named = strcmp(vordec_config_get(config, "decode", "device"), "auto") != 0 ||
                     strcmp(vordec_config_get(config, "decode", "devices"), "one") != 0;
  if (ranks_size(ranks) == 1 || !use->gpu || named) return VORDEC_OK;
  enum vordec_status status = vordec_runtime_create(config, NULL, NULL, &runtime, error);
  if (!status) status = vordec_runtime_visit_backend(runtime, use->backend, take, &list, error);
  vordec_runtime_destroy(runtime);
  if (status || list.count == 0) return status;
  const struct gpu *own = pick(&list, ranks_local_rank(ranks));
  *changed = !use->uuid || memcmp(own->uuid, use->uuid, sizeof own->uuid) != 0;
  return *changed ? pin(config, use, own->uuid, error) : VORDEC_OK;
}
