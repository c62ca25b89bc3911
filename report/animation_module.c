/* SPDX-License-Identifier: MIT */
#include "animation_module.h"

#include <dlfcn.h>
#include <limits.h>
#include <string.h>
#include <vordec/error.h>
#include <vordec/vordec.h>

#include "core/base/module_path.h"

enum vordec_status animation_module_load(const struct animation_format **format, struct vordec_error *error) {
  char module[PATH_MAX];
  *format = NULL;
  const bool found = module_path((const void *)(uintptr_t)vordec_version, "animation_webp.so", module);
  void *library = found ? dlopen(module, RTLD_NOW | RTLD_LOCAL) : NULL;
  if (!library) {
    const char *cause = dlerror();
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, 0,
                       "animations are written with libwebp and libwebpmux, which cannot be loaded: %s",
                       cause ? cause : "there is no such module");
  }
  animation_entry entry = NULL;
  void *symbol = dlsym(library, ANIMATION_ENTRY);
  memcpy(&entry, &symbol, sizeof entry);
  if (entry) *format = entry(vordec_git_describe());
  if (*format) return VORDEC_OK;
  dlclose(library);
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, 0, "%s belongs to another version of vordec", module);
}
