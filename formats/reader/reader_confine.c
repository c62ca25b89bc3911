/* SPDX-License-Identifier: MIT */
#include "reader_confine.h"

#include <linux/landlock.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

/* However slow the machine, an honest answer takes less: a byte of the file may unpack to a thousand. */
#define LEAST_S 20u
#define FILE_BYTES_PER_S ((uint64_t)256 << 10)
#define SLAB_BYTES_PER_S ((uint64_t)4 << 20)

/* ---- what the kernel is asked to forbid, where it can */

/* Changes of files, and programs. */
#define FORBIDDEN_FILES                                                                                                \
  (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                        \
   LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |                       \
   LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |                         \
   LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
#define FORBIDDEN_NETWORK 3u /* TCP: to bind, to connect. Debian 12's headers do not name these and the next */
#define FORBIDDEN_OUTSIDE 3u /* abstract sockets of others, signals to others */

/* struct landlock_ruleset_attr as it is now; older kernels know only its beginning. */
struct forbidden {
  uint64_t files, network, outside;
};

/* Kernels refuse what they do not know. */
static uint64_t forbidden_files(long version) {
  static const struct {
    long version;
    uint64_t right;
  } later[] = {{2, UINT64_C(1) << 13 /* to move to another folder */},
               {3, UINT64_C(1) << 14 /* to truncate */},
               {5, UINT64_C(1) << 15 /* to control devices */}};
  uint64_t files = FORBIDDEN_FILES;
  for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
    if (version >= later[i].version) files |= later[i].right;
  }
  return files;
}

static size_t known_bytes(long version) {
  return version >= 6 ? 3 * sizeof(uint64_t) : version >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
}

/* Also keeps the process from tracing others. Files that are open stay as they are. */
static void forbid(void) {
  const long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return;
  const struct forbidden forbidden = {forbidden_files(version), FORBIDDEN_NETWORK, FORBIDDEN_OUTSIDE};
  const int rules = (int)syscall(SYS_landlock_create_ruleset, &forbidden, known_bytes(version), 0);
  if (rules < 0) return;
  syscall(SYS_landlock_restrict_self, rules, 0);
  close(rules);
}

void reader_confine(void) {
  /* The terminal and schedulers send these to all processes of a run; it goes on or ends as its first one decides. */
  static const int for_others[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};
  for (unsigned i = 0; i < sizeof for_others / sizeof *for_others; i++) signal(for_others[i], SIG_IGN);
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
  prctl(PR_SET_DUMPABLE, 0); /* where cores go to a program, their limit does not count */
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
#ifndef VORDEC_COUNTS_LINES /* which are written to files at the end */
  forbid();
#else
  (void)forbid;
#endif
}

/* ---- computing */

unsigned reader_confine_seconds(uint64_t file_bytes, uint64_t slab_bytes) {
  return LEAST_S + (unsigned)(file_bytes / FILE_BYTES_PER_S) + (unsigned)(slab_bytes / SLAB_BYTES_PER_S);
}

void reader_confine_watch(unsigned seconds) {
  setitimer(ITIMER_PROF, &(struct itimerval){.it_value.tv_sec = (time_t)seconds}, NULL);
}
