/* SPDX-License-Identifier: MIT */
/* An HDF5 file. */
#include "formats/format_module.h"
#include "fuzz.h"
#include "sources.h"

const struct array_format *vordec_format_entry(const char *version);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  sources_check(vordec_format_entry(vordec_git_describe()), data, size);
  return 0;
}
