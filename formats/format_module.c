#include "format_module.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>
#include <vordec/vordec.h>

/* "vordec" beside libvordec, where the plugins are, too. */
static bool module_path(const char *name, char path[PATH_MAX]) {
  Dl_info info;
  char library[PATH_MAX];
  if (!dladdr((const void *)(uintptr_t)vordec_version, &info) || !info.dli_fname ||
      !realpath(info.dli_fname, library)) {
    return false;
  }
  char *slash = strrchr(library, '/');
  const int length =
      slash ? snprintf(path, PATH_MAX, "%.*s/vordec/format_%s.so", (int)(slash - library), library, name) : PATH_MAX;
  return length < PATH_MAX;
}

enum vordec_status format_module_load(const char *name, const char *what, const char *path,
                                      const struct array_format **format, struct vordec_error *error) {
  char module[PATH_MAX];
  void *library = module_path(name, module) ? dlopen(module, RTLD_NOW | RTLD_LOCAL) : NULL;
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
