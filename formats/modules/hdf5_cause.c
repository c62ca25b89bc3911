/* SPDX-License-Identifier: MIT */
#include "hdf5_cause.h"

#include <stdio.h>

static herr_t take_cause(unsigned n, const H5E_error2_t *entry, void *ctx) {
  (void)n;
  if (entry->desc) snprintf(ctx, HDF5_CAUSE_MAX, "%s", entry->desc);
  return 0;
}

void hdf5_cause(char cause[HDF5_CAUSE_MAX], const char *otherwise) {
  snprintf(cause, HDF5_CAUSE_MAX, "%s", otherwise);
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, take_cause, cause);
  H5Eclear2(H5E_DEFAULT);
}

hid_t hdf5_cause_keep(bool failed) {
  return failed ? H5Eget_current_stack() : H5I_INVALID_HID;
}

void hdf5_cause_restore(hid_t kept) {
  if (kept >= 0) H5Eset_current_stack(kept);
}
