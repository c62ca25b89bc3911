/* SPDX-License-Identifier: MIT */
#include "check_memory.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/sort.h"
#include "plugin.h"
#include "sanitized.h"
#include "verdict.h"

#define GROWTH_MAX ((double)(2 << 20)) /* bytes, after as many rounds again as it took to warm up */
#define WINDOW 9                       /* rounds at either end whose median counts */

/* A plan of N = 32 in batches of 2 with everything on. */
static struct sample small_sample(void) {
  return sample_create(&(struct sample_shape){.n = 32, .k_cut = 4, .anchors = 5}, 0, 2);
}

static struct decode_request everything(const struct vordec_plan_desc *desc, const struct sample *sample) {
  return (struct decode_request){.desc = desc, .sample = sample, .outputs = ALL_OUTPUTS, .residuals = ALL_RESIDUALS};
}

void check_decode_allocates_nothing(struct suite *suite) {
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  struct sample sample = small_sample();
  const struct vordec_plan_desc desc = sample_plan(&sample, 2, plugin_precision(suite), "auto");
  const struct decode_request request = everything(&desc, &sample);
  struct vordec_plan *plan = NULL;
  struct vordec_plan_info info;
  if (plugin_plan(suite, session, &desc, &plan, &info) == VORDEC_OK) {
    for (int i = 0; i < 3 && !suite_fell_short(suite); i++) {
      struct decoded decoded;
      const size_t taken = atomic_load(&suite->host.taken);
      if (!decoded_make(suite, plan, &request, &decoded)) break;
      decoded_destroy(&decoded);
      if (atomic_load(&suite->host.taken) != taken) suite_short(suite, "decode() takes memory from the host");
    }
    suite->backend->plan_destroy(plan);
  }
  sample_destroy(&sample);
}

/* One round: a session, two plans, decodes; all given back. */
void check_balance(struct suite *suite) {
  if (!plugin_load(suite)) return;
  const size_t blocks = atomic_load(&suite->host.blocks);
  struct vordec_session *session = plugin_open(suite, 2);
  if (!session) return;
  struct sample sample = small_sample();
  const struct vordec_plan_desc desc = sample_plan(&sample, 2, plugin_precision(suite), "auto");
  const struct decode_request request = everything(&desc, &sample);
  struct decoded decoded;
  size_t after[3] = {0};
  for (int i = 0; i < 3; i++) {
    bool refused;
    if (decoded_by_plan(suite, session, &request, &decoded, &refused)) decoded_destroy(&decoded);
    after[i] = atomic_load(&suite->host.blocks);
  }
  /* What the first plan leaves to the session may stay until the session is closed. */
  if (after[2] > after[0]) {
    suite_short(suite, "each plan leaves %zu blocks of the host's memory behind", (after[2] - after[0]) / 2);
  }
  suite->backend->close(session);
  if (atomic_load(&suite->host.blocks) != blocks) {
    suite_short(suite, "%zu blocks (%zu bytes) of the host's memory are left after close()",
                atomic_load(&suite->host.blocks) - blocks, atomic_load(&suite->host.bytes));
  }
  if (atomic_load(&suite->host.strangers))
    suite_short(suite, "it releases memory that is not, or no longer, the host's");
  sample_destroy(&sample);
}

static double resident_bytes(void) {
  unsigned long total = 0, resident = 0;
  malloc_trim(0);
  FILE *file = fopen("/proc/self/statm", "re");
  if (!file) return 0.0;
  if (fscanf(file, "%lu %lu", &total, &resident) != 2) resident = 0;
  fclose(file);
  return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

/* How much of the process is resident, over rounds of the same work: a run of rounds to warm up, then as many again. A
   driver's threads give memory back when they get to it, so single readings lie up to some MiB off; the medians of a
   few rounds at either end do not, and what leaks is in both. */
struct growth {
  int rounds, seen;
  double early[WINDOW], late[WINDOW];
};

static int rounds_in_all(const struct growth *growth) {
  return 2 * growth->rounds + WINDOW;
}

/* Called at the end of every round, when what it made is destroyed. */
static void watch_growth(struct growth *growth) {
  const int early = growth->seen - growth->rounds, late = growth->seen - 2 * growth->rounds;
  if (early >= 0 && early < WINDOW) growth->early[early] = resident_bytes();
  if (late >= 0 && late < WINDOW) growth->late[late] = resident_bytes();
  growth->seen++;
}

static double median(double values[WINDOW]) {
  sort_numbers(values, WINDOW);
  return values[WINDOW / 2];
}

static void judge_growth(struct suite *suite, struct growth *growth, const char *what) {
  if (SANITIZED) {
    suite_skip(suite, "the sanitizers' allocator keeps what is freed for a while");
    return;
  }
  if (growth->seen < rounds_in_all(growth)) return; /* it fell short before the end */
  const double bytes = median(growth->late) - median(growth->early);
  if (bytes > GROWTH_MAX) {
    suite_short(suite, "%d %s let the process grow by %.1f MiB", growth->rounds, what, bytes / 1048576.0);
  }
  suite_note(suite, "%d %s: %+.0f KiB", growth->rounds, what, bytes / 1024.0);
}

void check_plan_growth(struct suite *suite) {
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  struct sample sample = small_sample();
  const struct vordec_plan_desc desc = sample_plan(&sample, 2, plugin_precision(suite), "auto");
  struct growth growth = {.rounds = suite->options->quick ? 25 : 300};
  while (growth.seen < rounds_in_all(&growth) && !suite_fell_short(suite)) {
    struct vordec_plan *plan;
    struct vordec_plan_info info;
    if (plugin_plan(suite, session, &desc, &plan, &info)) break;
    suite->backend->plan_destroy(plan);
    watch_growth(&growth);
  }
  judge_growth(suite, &growth, "plans made and destroyed");
  sample_destroy(&sample);
}

void check_decode_growth(struct suite *suite) {
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  struct sample sample = small_sample();
  const struct vordec_plan_desc desc = sample_plan(&sample, 2, plugin_precision(suite), "auto");
  const struct decode_request request = everything(&desc, &sample);
  struct vordec_plan *plan = NULL;
  struct vordec_plan_info info;
  struct growth growth = {.rounds = suite->options->quick ? 100 : 500};
  if (plugin_plan(suite, session, &desc, &plan, &info) == VORDEC_OK) {
    while (growth.seen < rounds_in_all(&growth) && !suite_fell_short(suite)) {
      struct decoded decoded;
      if (!decoded_make(suite, plan, &request, &decoded)) break;
      decoded_destroy(&decoded);
      watch_growth(&growth);
    }
    suite->backend->plan_destroy(plan);
    judge_growth(suite, &growth, "decodes");
  }
  sample_destroy(&sample);
}

void check_log_lines(struct suite *suite) {
  struct vordec_session *session = plugin_session(suite);
  if (!session) return;
  struct sample sample = small_sample();
  const struct vordec_plan_desc desc = sample_plan(&sample, 2, plugin_precision(suite), "auto");
  const struct decode_request request = everything(&desc, &sample);
  struct decoded decoded;
  bool refused;
  if (decoded_by_plan(suite, session, &request, &decoded, &refused)) decoded_destroy(&decoded);
  if (atomic_load(&suite->host.torn_lines))
    suite_short(suite, "it logs messages that are empty or of more than one line");
}

/* What all children before this one printed. */
void check_silence(struct suite *suite) {
  const struct suite_shared *shared = suite->shared;
  if (shared->printed) {
    suite_short(suite, "it prints to standard output: '%.150s'", shared->complaint);
  } else if (shared->complained && shared->device.type == VORDEC_DEVICE_HOST) {
    suite_short(suite, "it prints to standard error: '%.150s'", shared->complaint);
  } else if (shared->complained) {
    suite_note(suite, "on standard error, perhaps from the device's driver: '%.150s'", shared->complaint);
  }
}
