#include "workers.h"

#include <stdlib.h>

#include "core/base/clock.h"

/* Only failures that the calls report are worth telling, and those come back as errors. */
static void drop_log(void *ctx, enum vordec_log_level level, const char *message) {
  (void)ctx;
  (void)level;
  (void)message;
}

static void *take(void *ctx, size_t alignment, size_t size) {
  (void)ctx;
  return aligned_alloc(alignment, size);
}

static void give(void *ctx, void *memory) {
  (void)ctx;
  free(memory);
}

static uint64_t now_ns(void *ctx) {
  (void)ctx;
  return clock_ns();
}

static const struct vordec_host host = {.struct_size = sizeof host,
                                        .abi_major = VORDEC_ABI_MAJOR,
                                        .abi_minor = VORDEC_ABI_MINOR,
                                        .log = drop_log,
                                        .allocate = take,
                                        .release = give,
                                        .clock_ns = now_ns};

enum vordec_status workers_open(uint32_t threads, struct vordec_session **session, struct vordec_error *error) {
  const struct vordec_session_desc desc = {.struct_size = sizeof desc, .threads = threads};
  return session_open(&host, &desc, session, error);
}
