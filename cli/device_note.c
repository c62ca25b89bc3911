/* SPDX-License-Identifier: MIT */
#include "device_note.h"

#include <stdio.h>
#include <string.h>

#include "command.h"

void device_note(const struct vordec_config *config, const struct ranks *ranks, size_t members) {
  const char *devices = vordec_config_get(config, "decode", "devices");
  char text[480];
  if (!devices || strcmp(devices, "one") == 0 || ranks_size(ranks) > 1) return;
  if (members > 1) {
    snprintf(text, sizeof text,
             "only decodes use several devices ([decode] devices = %.80s): this process runs its %zu members one after "
             "the other, and everything but decodes on the first device. With one rank per GPU, members run side by "
             "side and the files are the same: mpirun -n RANKS vordec snapshots --members %zu .., without devices",
             devices, members, members);
  } else {
    snprintf(text, sizeof text,
             "only decodes use several devices ([decode] devices = %.80s): a single run simulates, encodes and rolls "
             "out on the first device, since each step needs the one before, and decodes there what was rolled out "
             "there. One device is as fast",
             devices);
  }
  command_log(NULL, VORDEC_LOG_WARNING, text);
}
