#include "device.h"

#include <fftw3.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernels.h"

/* The processor's name as the kernel gives it; "CPU" where it gives none. */
static void read_model(char *name, size_t size) {
  snprintf(name, size, "CPU");
  FILE *file = fopen("/proc/cpuinfo", "r");
  if (!file) return;
  char line[512];
  while (fgets(line, sizeof line, file)) {
    const char *colon = strchr(line, ':');
    if (strncmp(line, "model name", 10) != 0 || !colon) continue;
    const char *text = colon + 1 + strspn(colon + 1, " \t");
    const size_t length = strcspn(text, "\n");
    if (length > 0) snprintf(name, size, "%.*s", (int)length, text);
    break;
  }
  fclose(file);
}

/* Processors that this process may run on. */
static uint32_t allowed_processors(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return (uint32_t)CPU_COUNT(&set);
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (uint32_t)online : 1;
}

static uint64_t physical_memory(void) {
  const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  return pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : 0;
}

/* "FFTW 3.3.10, AVX2": out of the library's "fftw-3.3.10-sse2-avx", and the kernels in use. */
static void format_driver(char *driver, size_t size) {
  const char *version = strchr(fftw_version, '-');
  version = version ? version + 1 : fftw_version;
  snprintf(driver, size, "FFTW %.*s, %s", (int)strcspn(version, "-"), version, kernels_choose()->isa);
}

void device_describe(struct vordec_device *device) {
  *device = (struct vordec_device){.struct_size = sizeof *device,
                                   .type = VORDEC_DEVICE_HOST,
                                   .capabilities = VORDEC_CAP_FP64,
                                   .memory_bytes = physical_memory(),
                                   .threads = allowed_processors()};
  read_model(device->name, sizeof device->name);
  format_driver(device->driver, sizeof device->driver);
}
