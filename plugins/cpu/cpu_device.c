/* SPDX-License-Identifier: MIT */
#include "cpu_device.h"

#include <fcntl.h>
#include <fftw3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "numerics/kernels.h"
#include "numerics/machine.h"

/* The processor's name as the kernel gives it; "CPU" if it gives none. Allocates nothing: probing and opening must find
 * the same name. */
static void read_model(char *name, size_t size) {
  static const char key[] = "model name";
  char text[4096] = "";
  snprintf(name, size, "CPU");
  const int file = open("/proc/cpuinfo", O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  const ssize_t length = read(file, text, sizeof text - 1); /* the first processor's lines */
  close(file);
  text[length > 0 ? length : 0] = '\0';
  const char *line = strstr(text, key), *colon = line ? strchr(line, ':') : NULL;
  if (!colon) return;
  const char *model = colon + 1 + strspn(colon + 1, " \t");
  const size_t letters = strcspn(model, "\n");
  if (letters > 0) snprintf(name, size, "%.*s", (int)letters, model);
}

/* "FFTW 3.3.10, AVX2": made from the library's "fftw-3.3.10-sse2-avx" and the kernels in use. */
static void format_driver(char *driver, size_t size) {
  const char *version = strchr(fftw_version, '-');
  version = version ? version + 1 : fftw_version;
  snprintf(driver, size, "FFTW %.*s, %s", (int)strcspn(version, "-"), version, kernels_choose()->isa);
}

void cpu_device_describe(struct vordec_device *device) {
  *device = (struct vordec_device){.struct_size = sizeof *device,
                                   .type = VORDEC_DEVICE_HOST,
                                   .capabilities = VORDEC_CAP_FP64,
                                   .memory_bytes = machine_memory(),
                                   .threads = machine_processors()};
  read_model(device->name, sizeof device->name);
  format_driver(device->driver, sizeof device->driver);
}
