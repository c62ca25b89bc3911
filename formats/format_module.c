/* SPDX-License-Identifier: MIT */
#include "format_module.h"

#include <dlfcn.h>
#include <limits.h>
#include <string.h>
#include <vordec/error.h>
#include <vordec/vordec.h>

#include "core/base/module_path.h"

enum vordec_status format_module_load(const char *name, const char *what, const char *path,
                                      const struct array_format **format, struct vordec_error *error) {
  char file[64], module[PATH_MAX];
  snprintf(file, sizeof file, "format_%s.so", name);
  const bool found = module_path((const void *)(uintptr_t)vordec_version, file, module);
  void *library = found ? dlopen(module, RTLD_NOW | RTLD_LOCAL) : NULL;
  *format = NULL;
  if (!library) {
    const char *cause = dlerror();
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, 0, "%s: %s, which cannot be loaded: %s", path, what,
                       cause ? cause : "there is no such module");
  }
  format_module_entry entry = NULL;
  void *symbol = dlsym(library, FORMAT_MODULE_ENTRY);
  memcpy(&entry, &symbol, sizeof entry);
  if (entry) *format = entry(vordec_git_describe());
  if (*format) return VORDEC_OK;
  dlclose(library);
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, 0, "%s: %s, but %s belongs to another version of vordec", path, what,
                     module);
}
