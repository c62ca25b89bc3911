/* SPDX-License-Identifier: MIT */
/* A file that is read with a library which is not ours, by a process of its own: that one may end, this one must not.
 */
#include "core/base/module_path.h"
#include "formats/array_format.h"
#include "formats/reader_source.h"
#include "fuzz.h"
#include "sources.h"

#define LIMIT_S 1

static enum vordec_status open_as(const char *module, const char *path, struct array_source **source,
                                  struct vordec_error *error) {
  char program[PATH_MAX];
  FUZZ_CHECK(module_path((const void *)(uintptr_t)vordec_version, "format_reader", program));
  const struct reader_launch launch = {program, module, "such a file is read apart", "the library", path, LIMIT_S};
  const enum vordec_status status = reader_source_open(&launch, source, error);
  if (status == VORDEC_E_UNSUPPORTED) fuzz_broken(error->message, __FILE__, __LINE__); /* nothing would be tested */
  return status;
}

static enum vordec_status open_hdf5(const char *path, struct array_source **source, struct vordec_error *error) {
  return open_as("hdf5", path, source, error);
}

static enum vordec_status open_mat(const char *path, struct array_source **source, struct vordec_error *error) {
  return open_as("mat", path, source, error);
}

static enum vordec_status open_netcdf(const char *path, struct array_source **source, struct vordec_error *error) {
  return open_as("netcdf", path, source, error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const struct array_format hdf5 = {.open = open_hdf5}, mat = {.open = open_mat}, netcdf = {.open = open_netcdf};
  const bool is_netcdf = size > 0 && data[0] == 'C', is_mat = size > 7 && data[0] == 'M' && data[7] == '5';
  sources_check(is_netcdf ? &netcdf : is_mat ? &mat : &hdf5, data, size);
  return 0;
}
