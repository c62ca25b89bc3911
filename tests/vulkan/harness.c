/* SPDX-License-Identifier: MIT */
#include "harness.h"

#include <ctype.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define GUARD_BYTES 64
#define PATTERN 0xA5

#if defined(__SANITIZE_ADDRESS__)
/* The validation layer keeps what it watches for hazards when it is unloaded. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
  return "leak:libVkLayer_khronos_validation";
}
#endif

#if defined(__SANITIZE_THREAD__)
/* Layers and drivers are not built for this, and the layer's queue threads race with its own bookkeeping. */
__attribute__((visibility("default"))) const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void) {
  return "race:libVkLayer_khronos_validation.so\n"
         "deadlock:libVkLayer_khronos_validation.so\n"
         "mutex:libVkLayer_khronos_validation.so\n"
         "race:libvulkan_lvp.so\n"
         "race:libLLVM-\n";
}
#endif

void harness_host(struct harness *harness) {
  counting_host_init(&harness->host);
  harness->host.tell_up_to = VORDEC_LOG_WARNING;
}

bool harness_thorough(const struct harness *harness) {
  return harness->device.type != VORDEC_DEVICE_SOFTWARE || getenv("VORDEC_TEST_THOROUGH");
}

long harness_left(struct harness *harness) {
  return (long)atomic_load(&harness->host.blocks);
}

static bool load_plugin(struct harness *harness) {
  const char *path = getenv("VORDEC_TEST_PLUGIN");
  void *library = path ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
  if (!library) {
    fprintf(stderr, "VORDEC_TEST_PLUGIN: %s\n", path ? dlerror() : "not set");
    return false;
  }
  union {
    void *object;
    vordec_backend_entry_fn function;
  } entry = {.object = dlsym(library, "vordec_backend_entry")};
  if (!entry.function) return false;
  harness->backend = entry.function(VORDEC_ABI_MAJOR, &harness->host.table);
  if (!harness->backend) return false;
  harness->debug = harness->backend->get_interface("vordec.debug/1");
  return harness->debug != NULL;
}

struct choice {
  const char *wanted;
  struct vordec_device *device;
  bool found;
};

static void choose_device(void *ctx, const struct vordec_device *device) {
  struct choice *choice = ctx;
  bool fits = device->type == VORDEC_DEVICE_SOFTWARE;
  if (choice->wanted && isdigit((unsigned char)choice->wanted[0])) {
    fits = (uint32_t)atoi(choice->wanted) == device->index;
  } else if (choice->wanted) {
    fits = strstr(device->name, choice->wanted) != NULL;
  }
  if (!fits || choice->found) return;
  *choice->device = *device;
  choice->found = true;
}

/*
 * An instance for the life of the process keeps drivers and layers loaded. Otherwise they are unloaded with the
 * plugin's last instance, and what they keep for the next one looks like leaks of ours.
 */
static VkInstance keeper;

static void keep_drivers_loaded(void) {
  void *library = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library || keeper) return;
  union {
    void *object;
    PFN_vkCreateInstance function;
  } create = {.object = dlsym(library, "vkCreateInstance")};
  const VkInstanceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO};
  if (create.function && create.function(&info, NULL, &keeper) != VK_SUCCESS) keeper = VK_NULL_HANDLE;
}

bool harness_open(struct harness *harness) {
  memset(harness, 0, sizeof *harness);
  harness_host(harness);
  keep_drivers_loaded();
  if (!load_plugin(harness)) return false;
  struct choice choice = {.wanted = getenv("VORDEC_TEST_DEVICE"), .device = &harness->device};
  struct vordec_error error = {0};
  if (harness->backend->probe(&harness->host.table, choose_device, &choice, &error)) {
    fprintf(stderr, "probe: %s\n", error.message);
    return false;
  }
  if (!choice.found) fprintf(stderr, "no device to test\n");
  return choice.found;
}

struct vordec_session *harness_session(struct harness *harness) {
  const char *limit = getenv("VORDEC_TEST_SUBMISSION_MS");
  const struct vordec_session_desc desc = {.struct_size = sizeof desc,
                                           .device_index = harness->device.index,
                                           .threads = harness->threads,
                                           .submission_ms = limit ? (uint32_t)atoi(limit) : harness->submission_ms};
  struct vordec_session *session = NULL;
  struct vordec_error error = {0};
  if (harness->backend->open(&harness->host.table, &desc, &session, &error)) {
    fprintf(stderr, "open: %s\n", error.message);
    abort();
  }
  return session;
}

static void *guarded(size_t bytes, void **block) {
  *block = malloc(bytes + 2 * GUARD_BYTES);
  if (!*block) abort();
  return (char *)*block + GUARD_BYTES;
}

static size_t field_bytes(const struct outputs *outputs) {
  return outputs->count * outputs->cells * (outputs->fp64 ? sizeof(double) : sizeof(float));
}

void outputs_create(struct outputs *outputs, const struct vordec_plan_desc *desc, size_t count) {
  *outputs =
      (struct outputs){.count = count, .cells = (size_t)desc->n * desc->n, .fp64 = desc->precision == VORDEC_FP64};
  outputs->omega_lp = guarded(field_bytes(outputs), &outputs->blocks[0]);
  outputs->omega_hat = guarded(field_bytes(outputs), &outputs->blocks[1]);
  outputs->mask = guarded(count * outputs->cells, &outputs->blocks[2]);
  outputs->scalars = malloc(count * sizeof *outputs->scalars);
  if (!outputs->scalars) abort();
  outputs_fill(outputs);
}

void outputs_destroy(struct outputs *outputs) {
  for (int i = 0; i < 3; i++) free(outputs->blocks[i]);
  free(outputs->scalars);
}

void outputs_fill(struct outputs *outputs) {
  memset(outputs->blocks[0], PATTERN, field_bytes(outputs) + 2 * GUARD_BYTES);
  memset(outputs->blocks[1], PATTERN, field_bytes(outputs) + 2 * GUARD_BYTES);
  memset(outputs->blocks[2], PATTERN, outputs->count * outputs->cells + 2 * GUARD_BYTES);
  memset(outputs->scalars, PATTERN, outputs->count * sizeof *outputs->scalars);
}

static bool has_pattern(const void *memory, size_t bytes) {
  const unsigned char *at = memory;
  for (size_t i = 0; i < bytes; i++) {
    if (at[i] != PATTERN) return false;
  }
  return true;
}

bool outputs_guards_intact(const struct outputs *outputs) {
  const size_t inner[3] = {field_bytes(outputs), field_bytes(outputs), outputs->count * outputs->cells};
  for (int i = 0; i < 3; i++) {
    const char *block = outputs->blocks[i];
    if (!has_pattern(block, GUARD_BYTES) || !has_pattern(block + GUARD_BYTES + inner[i], GUARD_BYTES)) return false;
  }
  return true;
}

bool outputs_untouched(const struct outputs *outputs) {
  return outputs_guards_intact(outputs) && has_pattern(outputs->omega_lp, field_bytes(outputs)) &&
         has_pattern(outputs->omega_hat, field_bytes(outputs)) &&
         has_pattern(outputs->mask, outputs->count * outputs->cells) &&
         has_pattern(outputs->scalars, outputs->count * sizeof *outputs->scalars);
}

double outputs_lp(const struct outputs *outputs, size_t i) {
  return outputs->fp64 ? ((const double *)outputs->omega_lp)[i] : (double)((const float *)outputs->omega_lp)[i];
}

double outputs_hat(const struct outputs *outputs, size_t i) {
  return outputs->fp64 ? ((const double *)outputs->omega_hat)[i] : (double)((const float *)outputs->omega_hat)[i];
}
