/* SPDX-License-Identifier: MIT */
#include "rank_launch.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

/* Of several that are set, the first counts: mpirun within a job of Slurm is mpirun. */
static const struct {
  const char *launcher, *size, *rank;
} launchers[] = {
    {"mpirun", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"},
    {"mpirun", "PMI_SIZE", "PMI_RANK"},
    {"srun", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID"},
};

static bool read_count(const char *name, size_t *count) {
  const char *text = getenv(name);
  char *end = NULL;
  if (!text || *text < '0' || *text > '9') return false;
  errno = 0;
  const unsigned long long value = strtoull(text, &end, 10);
  if (errno || *end || value > UINT32_MAX) return false;
  *count = (size_t)value;
  return true;
}

struct rank_launch rank_launch_read(void) {
  struct rank_launch launch = {0, 1, NULL, false};
  for (size_t i = 0; i < sizeof launchers / sizeof *launchers && !launch.launcher; i++) {
    size_t size = 0, rank = 0;
    if (!read_count(launchers[i].size, &size) || !read_count(launchers[i].rank, &rank) || rank >= size) continue;
    launch = (struct rank_launch){rank, size, launchers[i].launcher, false};
  }
  launch.connects = getenv("PMIX_RANK") || getenv("PMI_RANK");
  return launch;
}
