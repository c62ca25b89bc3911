/* SPDX-License-Identifier: MIT */
/* Preloaded: a machine of 64 processors. */
#include <dlfcn.h>
#include <sched.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define CORES 64

#define EXPORT __attribute__((visibility("default")))

EXPORT long sysconf(int name) {
  static long (*real)(int);
  if (name == _SC_NPROCESSORS_CONF || name == _SC_NPROCESSORS_ONLN) return CORES;
  if (!real) {
    void *next = dlsym(RTLD_NEXT, "sysconf");
    memcpy(&real, &next, sizeof real);
  }
  return real(name);
}

EXPORT int get_nprocs(void) {
  return CORES;
}

EXPORT int get_nprocs_conf(void) {
  return CORES;
}

EXPORT int sched_getaffinity(pid_t process, size_t size, cpu_set_t *set) {
  (void)process;
  memset(set, 0, size);
  for (size_t i = 0; i < CORES; i++) CPU_SET_S(i, size, set);
  return 0;
}
