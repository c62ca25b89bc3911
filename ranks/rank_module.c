/* SPDX-License-Identifier: MIT */
#include "rank_module.h"

#include <dlfcn.h>
#include <limits.h>
#include <string.h>
#include <vordec/error.h>
#include <vordec/vordec.h>

#include "core/base/module_path.h"

enum vordec_status rank_module_load(const struct rank_transport **transport, struct vordec_error *error) {
  char module[PATH_MAX];
  *transport = NULL;
  const bool found = module_path((const void *)(uintptr_t)vordec_version, "vordec_mpi.so", module);
  void *library = found ? dlopen(module, RTLD_NOW | RTLD_LOCAL) : NULL;
  if (!library) {
    const char *cause = dlerror();
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, 0, "vordec_mpi.so, which connects the ranks, cannot be loaded: %s",
                       cause ? cause : "there is no such module");
  }
  rank_transport_entry entry = NULL;
  bool fits = false;
  void *symbol = dlsym(library, RANK_TRANSPORT_ENTRY);
  memcpy(&entry, &symbol, sizeof entry);
  if (entry) *transport = entry(vordec_git_describe(), &fits);
  if (*transport) return VORDEC_OK;
  dlclose(library);
  if (fits) return vordec_fail(error, VORDEC_E_UNSUPPORTED, 0, "%s: MPI cannot be started", module);
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, 0, "%s belongs to another version of vordec", module);
}
