/* SPDX-License-Identifier: MIT */
#include "footprint.h"

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#ifdef SOAK_VULKAN
#include <dlfcn.h>

#include "../vulkan/vulkan_faults.h"

static const struct vulkan_debug *debug;

/* The library that is already loaded, or about to be: the same one, so its tables are, too. */
void memory_watch_vulkan(const char *folder) {
  char path[4096];
  snprintf(path, sizeof path, "%s/decode_vulkan.so", folder);
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
  static struct vordec_host nobody = {.struct_size = sizeof nobody};
  union {
    void *object;
    vordec_backend_entry_fn function;
  } entry = {.object = dlsym(library, "vordec_backend_entry")};
  const struct vordec_backend *backend = entry.function ? entry.function(VORDEC_ABI_MAJOR, &nobody) : NULL;
  debug = backend && backend->get_interface ? backend->get_interface("vordec.debug/1") : NULL;
  if (debug) debug->set_table_hook(faults_hook);
}

static long live_objects(void) {
  return debug ? faults_live() : 0;
}

long memory_validation_messages(void) {
  return debug ? (long)debug->validation_messages() : -1;
}
#else
void memory_watch_vulkan(const char *folder) {
  (void)folder;
}

static long live_objects(void) {
  return 0;
}

long memory_validation_messages(void) {
  return -1;
}
#endif

static long resident_pages(void) {
  long size = 0, resident = -1;
  FILE *file = fopen("/proc/self/statm", "re");
  if (file && fscanf(file, "%ld %ld", &size, &resident) != 2) resident = -1;
  if (file) fclose(file);
  return resident;
}

static long open_descriptors(void) {
  DIR *folder = opendir("/proc/self/fd");
  long count = -1;
  if (!folder) return count;
  while (readdir(folder)) count++;
  closedir(folder);
  return count;
}

struct memory memory_now(void) {
  malloc_trim(0);
  const struct mallinfo2 heap = mallinfo2();
  return (struct memory){resident_pages(), open_descriptors(), (long)(heap.uordblks + heap.hblkhd), live_objects()};
}
