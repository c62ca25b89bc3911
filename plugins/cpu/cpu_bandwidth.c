/* SPDX-License-Identifier: MIT */
#include "cpu_bandwidth.h"

#include <math.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "core/base/sort.h"
#include "cpu_session.h"

#define RUNS 5 /* of each way to fill; odd */

/* One way to fill memory; which one is faster depends on the processor and on whether the bytes fit into its caches. */
typedef void (*fill_fn)(unsigned char *to, size_t bytes, int value);

struct filling {
  unsigned char *memory;
  size_t bytes; /* a multiple of MEMORY_ALIGNMENT, as the memory's address is */
  int value;
  fill_fn fill;
};

static void fill_cached(unsigned char *to, size_t bytes, int value) {
  memset(to, value, bytes);
}

/* Writes past the caches: no line is read before it is written. */
static void fill_streaming(unsigned char *to, size_t bytes, int value) {
#if defined(__SSE2__)
  const __m128i pattern = _mm_set1_epi8((char)value);
  for (size_t i = 0; i < bytes; i += sizeof pattern) _mm_stream_si128((__m128i *)(void *)(to + i), pattern);
  _mm_sfence();
#else
  memset(to, value, bytes);
#endif
}

/* A share of whole cache lines. */
static void fill_share(void *ctx, size_t slot, size_t slots) {
  const struct filling *filling = ctx;
  const size_t lines = filling->bytes / MEMORY_ALIGNMENT;
  const size_t begin = lines / slots * slot + (slot < lines % slots ? slot : lines % slots);
  const size_t count = lines / slots + (slot < lines % slots ? 1 : 0);
  filling->fill(filling->memory + begin * MEMORY_ALIGNMENT, count * MEMORY_ALIGNMENT, filling->value);
}

/* The median time of one run, in nanoseconds, after a run that is not counted. */
static double time_runs(struct vordec_session *session, struct filling *filling) {
  const struct vordec_host *host = session->host;
  double took[RUNS] = {0};
  for (int run = -1; run < RUNS; run++) {
    filling->value = run + 2;
    const uint64_t start = host->clock_ns(host->ctx);
    pool_run(session->pool, pool_threads(session->pool), fill_share, filling);
    if (run >= 0) took[run] = (double)(host->clock_ns(host->ctx) - start);
  }
  sort_numbers(took, RUNS);
  return took[RUNS / 2];
}

static enum vordec_status fill(struct vordec_session *session, uint64_t bytes, struct vordec_bandwidth_result *result,
                               struct vordec_error *error) {
  static const fill_fn ways[] = {fill_cached, fill_streaming};
  struct memory account = {.source = session->memory.source};
  struct filling filling = {.bytes = bytes < MEMORY_ALIGNMENT ? MEMORY_ALIGNMENT
                                                              : bytes / MEMORY_ALIGNMENT * MEMORY_ALIGNMENT};
  filling.memory = bytes <= SIZE_MAX / 2 ? memory_take(&account, filling.bytes, 1) : NULL;
  if (!filling.memory) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "cpu: no memory to fill %llu bytes",
                       (unsigned long long)bytes);
  }
  double best = INFINITY;
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
    filling.fill = ways[i];
    const double ns = time_runs(session, &filling);
    if (ns < best) best = ns;
  }
  memory_release(&account.source, filling.memory);
  result->bytes = filling.bytes < bytes ? filling.bytes : bytes;
  result->seconds = 1e-9 * fmax(best, 1.0); /* the clock may not advance within so short a time */
  result->device_timestamps = false;
  return VORDEC_OK;
}

const struct vordec_bandwidth_interface cpu_bandwidth_interface = {.struct_size = sizeof cpu_bandwidth_interface,
                                                                   .fill = fill};
