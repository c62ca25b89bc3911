/* SPDX-License-Identifier: MIT */
#include "timings.h"

#include "cache.h"
#include "vulkan_host.h"

#include <stdio.h>
#include <string.h>

#define TIMES_BYTES (SESSION_CANDIDATES * sizeof(double))

static void keep(struct vordec_session *session, const char *key, const double *ms) {
  const uint32_t at = session->timing_count++ % SESSION_TIMINGS;
  snprintf(session->timings[at].key, sizeof session->timings[at].key, "%s", key);
  memcpy(session->timings[at].ms, ms, TIMES_BYTES);
}

void timings_remember(struct vordec_session *session, const char *key, const double *ms) {
  keep(session, key, ms);
  cache_store(&session->gpu, key, ms, TIMES_BYTES);
}

bool timings_recall(struct vordec_session *session, const char *key, double *ms) {
  for (uint32_t i = 0; i < session->timing_count && i < SESSION_TIMINGS; i++) {
    if (strcmp(session->timings[i].key, key) != 0) continue;
    memcpy(ms, session->timings[i].ms, TIMES_BYTES);
    return true;
  }
  size_t size = 0;
  void *content = cache_load(&session->gpu, key, &size);
  const bool valid = content && size == TIMES_BYTES;
  if (valid) memcpy(ms, content, TIMES_BYTES);
  host_free(session->gpu.host, content);
  if (valid) keep(session, key, ms);
  return valid;
}
