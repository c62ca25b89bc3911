/* SPDX-License-Identifier: MIT */
#include "not_offered.h"

#include <stddef.h>
#include <string.h>

#define PICTURE_SIZE                                                                                                   \
  "pictures choose their size by the grid, so that cells stay visible; for figures of your own, --save-decoded "       \
  "writes the fields and the .csv files hold the curves"
#define FILTER_FIXED "--filter has alpha 36 and power 8, which cannot be changed"

static const struct {
  const char *command, *name, *reason;
} not_offered[] = {
    {"perf-kernel", "fit-A-from-traj",
     "learn the operator first: 'vordec encode --traj FILE --modes full --out Z.npz', then 'vordec learn --states-npz "
     "Z.npz --out A.npz', and give --A-npz A.npz"},
    {"perf-kernel", "mem-trace", "the metrics always hold the largest memory of the process: rss_max_mb"},
    {"perf-kernel", "ridge", "nothing is learnt here: use 'vordec learn --ridge'"},
    {"snapshots", "dpi", PICTURE_SIZE},
    {"snapshots", "encode-batch", "frames are encoded as they are simulated, which needs no batches"},
    {"snapshots", "encode-batch-steps", "frames are encoded as they are simulated, which needs no batches"},
    {"snapshots", "figsize", PICTURE_SIZE},
    {"snapshots", "graphic-every", "no window is opened: pictures are files in --out-dir, written as the run goes on"},
    {"snapshots", "no-gpu-timing", "use --metrics-timings false"},
    {"snapshots", "pix-height", PICTURE_SIZE},
    {"snapshots", "pix-width", PICTURE_SIZE},
    {"snapshots", "spectral-truncation", "use --filter, which is 'exp' with alpha 36 and power 8; without it, 'none'"},
    {"snapshots", "timing-detail",
     "--timing says how long each part took, and timings_ms in the metrics how long each stage of a decode"},
    {"snapshots", "trunc-alpha", FILTER_FIXED},
    {"snapshots", "trunc-power", FILTER_FIXED},
};

const char *not_offered_reason(const char *command, const char *argument) {
  if (strncmp(argument, "--", 2) != 0) return NULL;
  const char *name = argument + 2;
  const size_t length = strcspn(name, "=");
  for (size_t i = 0; i < sizeof not_offered / sizeof *not_offered; i++) {
    if (strcmp(not_offered[i].command, command) != 0 || strlen(not_offered[i].name) != length) continue;
    if (strncmp(not_offered[i].name, name, length) == 0) return not_offered[i].reason;
  }
  return NULL;
}
