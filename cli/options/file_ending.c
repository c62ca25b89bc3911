/* SPDX-License-Identifier: MIT */
#include "file_ending.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <vordec/error.h>

/* Endings that other programs take for the format. */
static const char *const known[] = {
    "bmp", "csv", "eps", "gif", "h5",  "hdf5", "html", "jpeg", "jpg",  "json", "mat",  "mp4", "nc",   "npy",
    "npz", "pdf", "png", "pgm", "ppm", "ps",   "svg",  "tif",  "tiff", "vtk",  "webp", "xls", "xlsx", "zip",
};

static const char *ending_of(const char *path) {
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');
  return dot && dot > name ? dot + 1 : "";
}

static bool is_known(const char *ending) {
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if (strcasecmp(ending, known[i]) == 0) return true;
  }
  return false;
}

enum vordec_status file_ending_check(const char *option, const char *writes, const char *path,
                                     struct vordec_error *error) {
  const char *ending = ending_of(path);
  if (!writes || strcasecmp(ending, writes) == 0 || !is_known(ending)) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_USAGE, 0,
                     "--%s %.200s: the file would not be what '.%s' says, since this option writes .%s files", option,
                     path, ending, writes);
}
