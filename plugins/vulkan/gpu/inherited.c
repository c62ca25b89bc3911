/* SPDX-License-Identifier: MIT */
#include "inherited.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/process.h"

static atomic_int instances;
static atomic_uint_least64_t hardware; /* process_token() of the process that opened the driver; 0: nobody has */

#if defined(__GLIBC__)
static void end_here(int status, void *nothing) {
  (void)nothing;
  fflush(NULL);
  _exit(status);
}

/* Exit handlers run from the last registered to the first, so that this one runs before all those older than the fork.
 * */
static void skip_older_handlers(void) {
  if (atomic_load(&instances) > 0) on_exit(end_here, NULL);
}

static void watch_forks(void) {
  pthread_atfork(NULL, NULL, skip_older_handlers);
}
#else
static void watch_forks(void) {}
#endif

void inherited_count_instance(int more) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, watch_forks);
  atomic_fetch_add(&instances, more);
}

void inherited_note_hardware(void) {
  atomic_store(&hardware, process_token());
}

enum vordec_status inherited_check(struct vordec_error *error) {
  const uint64_t owner = atomic_load(&hardware);
  if (owner == 0 || owner == process_token()) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_OTHER_PROCESS,
                     "this process was forked after a GPU's driver had been opened, and a driver does not work in both "
                     "processes; start processes with spawn or forkserver, or before Vulkan is used");
}
