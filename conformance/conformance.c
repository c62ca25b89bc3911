/* SPDX-License-Identifier: MIT */
/* The runner: children, their time, and what becomes of them. */
#include "conformance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/child.h"
#include "core/base/clock.h"
#include "suite.h"

const char *conformance_outcome_name(enum conformance_outcome outcome) {
  static const char *const names[] = {"passed", "fell short", "skipped"};
  return (size_t)outcome < sizeof names / sizeof *names ? names[outcome] : "unknown";
}

/* ---- groups ---- */

static bool same_group(size_t a, size_t b) {
  return strcmp(checks[a].group, checks[b].group) == 0;
}

const char *conformance_group(size_t i) {
  for (size_t check = 0; check < check_count; check++) {
    if (check > 0 && same_group(check, check - 1)) continue;
    if (i-- == 0) return checks[check].group;
  }
  return NULL;
}

/* Whether a comma-separated list holds a word. */
static bool lists(const char *list, const char *word, size_t length) {
  for (const char *at = list; at; at = strchr(at, ',')) {
    at += *at == ',';
    if (strcspn(at, ",") == length && strncmp(at, word, length) == 0) return true;
  }
  return false;
}

static bool wanted(const struct conformance_options *options, size_t check) {
  const char *group = checks[check].group;
  return checks[check].essential || !options->only || lists(options->only, group, strlen(group));
}

static enum vordec_status check_groups(const struct conformance_options *options, struct vordec_error *error) {
  char known[256] = "";
  size_t used = 0;
  for (size_t i = 0; conformance_group(i); i++) {
    used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", used ? "," : "", conformance_group(i));
  }
  for (const char *at = options->only; at; at = strchr(at, ',')) {
    at += *at == ',';
    const size_t length = strcspn(at, ",");
    if (lists(known, at, length)) continue;
    return vordec_fail(error, VORDEC_E_USAGE, 0, "'%.*s' is not a group of checks: expected some of %s",
                       (int)(length < 60 ? length : 60), at, known);
  }
  return VORDEC_OK;
}

/* ---- a child ---- */

static void run_checks(const struct conformance_options *options, struct suite_shared *shared, size_t first) {
  struct suite suite = {.options = options, .shared = shared};
  counting_host_init(&suite.host);
  for (size_t i = first; i < check_count && same_group(i, first); i++) {
    if (!wanted(options, i)) continue;
    __atomic_store_n(&shared->current, i, __ATOMIC_SEQ_CST);
    checks[i].run(&suite);
    if (checks[i].essential && shared->findings[i].outcome != CONFORMANCE_PASSED) break;
  }
  if (suite.session) suite.backend->close(suite.session);
}

struct errand {
  const struct conformance_options *options;
  struct suite_shared *shared;
  size_t first;
};

static char *run_errand(void *ctx) {
  const struct errand *errand = ctx;
  guard_watch(&errand->shared->fault);
  run_checks(errand->options, errand->shared, errand->first);
  fflush(NULL);
  errand->shared->finished = true;
  _exit(0);
}

/* ---- its parent ---- */

struct watch {
  struct suite_shared *shared;
  size_t check, steps; /* as they were when they were last looked at */
  double since, moved; /* when this check began, and when it last came further */
};

/* Gives each check its seconds, the running one its share so far, and says when it last came further. */
static double keep_time(void *ctx) {
  struct watch *watch = ctx;
  struct suite_shared *shared = watch->shared;
  const double now = clock_s();
  const size_t current = __atomic_load_n(&shared->current, __ATOMIC_SEQ_CST);
  const size_t steps = __atomic_load_n(&shared->steps, __ATOMIC_SEQ_CST);
  shared->findings[watch->check].seconds = now - watch->since;
  if (steps != watch->steps) watch->moved = now;
  watch->steps = steps;
  if (current != watch->check && current < check_count) *watch = (struct watch){shared, current, steps, now, now};
  return watch->moved;
}

static void blame(const struct conformance_options *options, struct suite_shared *shared, const struct child *child) {
  struct conformance_finding *finding = &shared->findings[shared->current];
  char *text = finding->detail;
  const size_t size = sizeof finding->detail;
  finding->outcome = CONFORMANCE_SHORT;
  if (child->end == CHILD_LATE) {
    snprintf(text, size, "timed out after %g s", options->time_limit_s);
  } else if (child->end == CHILD_CRASHED && shared->fault.name) {
    char where[200];
    guard_explain(&shared->fault, where, sizeof where);
    snprintf(text, size, "%s (SIG%s)", where, sigabbrev_np(child->number));
  } else if (child->end == CHILD_CRASHED) {
    snprintf(text, size, "crashed (SIG%s)", sigabbrev_np(child->number));
  } else {
    snprintf(text, size, "ended the process with exit status %d", child->number);
  }
}

/* What the child printed: counted, and its first line kept. */
static void read_streams(struct suite_shared *shared, FILE *const streams[2]) {
  size_t *const counts[2] = {&shared->printed, &shared->complained};
  for (int i = 0; i < 2; i++) {
    struct stat facts;
    if (fstat(fileno(streams[i]), &facts) != 0 || facts.st_size == 0) continue;
    *counts[i] += (size_t)facts.st_size;
    rewind(streams[i]);
    if (!shared->complaint[0] && fgets(shared->complaint, sizeof shared->complaint, streams[i])) {
      shared->complaint[strcspn(shared->complaint, "\n")] = '\0';
    }
  }
}

static void close_streams(FILE *streams[2]) {
  for (int i = 0; i < 2; i++) {
    if (streams[i]) fclose(streams[i]);
  }
}

/* Runs the checks from `first` to the end of their group in one child; returns the number of the next check. */
static enum vordec_status run_child(const struct conformance_options *options, struct suite_shared *shared,
                                    size_t first, size_t *next, struct vordec_error *error) {
  FILE *streams[2] = {tmpfile(), tmpfile()};
  struct child child = {.end = CHILD_UNBORN, .number = errno};
  if (streams[0] && streams[1]) {
    const double now = clock_s();
    struct errand errand = {options, shared, first};
    struct watch watch = {shared, first, shared->steps, now, now};
    const struct child_job job = {.task = run_errand,
                                  .ctx = &errand,
                                  .out = fileno(streams[0]),
                                  .err = fileno(streams[1]),
                                  .limit_s = options->time_limit_s,
                                  .watch = keep_time,
                                  .watch_ctx = &watch};
    shared->current = first;
    shared->finished = false;
    shared->fault = (struct guard_fault){0};
    child_run(&job, &child);
  }
  if (child.end == CHILD_UNBORN) {
    close_streams(streams);
    return vordec_fail(error, VORDEC_E_FAILED, 0, "cannot start a child process: %s", strerror(child.number));
  }
  read_streams(shared, streams);
  close_streams(streams);
  if (shared->current >= check_count || shared->current < first) shared->current = first; /* scribbled upon */
  if (!shared->finished) blame(options, shared, &child);
  child_release(&child);
  *next = shared->current + 1;
  while (shared->finished && *next < check_count && same_group(*next, first)) ++*next;
  return VORDEC_OK;
}

/* ---- the run ---- */

/* Where findings go. */
struct outlet {
  conformance_finding_fn sink;
  void *ctx;
  struct conformance_summary *summary;
};

static void hand_over(const struct conformance_options *options, struct suite_shared *shared, size_t first, size_t next,
                      const struct outlet *outlet) {
  struct conformance_summary *summary = outlet->summary;
  for (size_t i = first; i < next; i++) {
    struct conformance_finding *finding = &shared->findings[i];
    if (!wanted(options, i)) continue;
    finding->detail[sizeof finding->detail - 1] = '\0';
    summary->passed += finding->outcome == CONFORMANCE_PASSED;
    summary->fell_short += finding->outcome == CONFORMANCE_SHORT;
    summary->skipped += finding->outcome == CONFORMANCE_SKIPPED;
    outlet->sink(outlet->ctx, finding);
  }
}

/* The essential check that did not pass among those made; check_count: none. */
static size_t stopped_at(const struct suite_shared *shared, size_t next) {
  for (size_t i = 0; i < next; i++) {
    if (checks[i].essential && shared->findings[i].outcome != CONFORMANCE_PASSED) return i;
  }
  return check_count;
}

static void skip_rest(struct suite_shared *shared, size_t stop) {
  for (size_t i = stop + 1; i < check_count; i++) {
    struct conformance_finding *finding = &shared->findings[i];
    finding->outcome = CONFORMANCE_SKIPPED;
    finding->unreached = true;
    snprintf(finding->detail, sizeof finding->detail, "needs '%s: %s'", checks[stop].group, checks[stop].name);
  }
}

static enum vordec_status run_all(const struct conformance_options *options, struct suite_shared *shared,
                                  const struct outlet *outlet, struct vordec_error *error) {
  size_t stop = check_count;
  for (size_t first = 0, next = 0; first < check_count; first = next) {
    next = first + 1;
    if (!wanted(options, first)) continue;
    const enum vordec_status status = run_child(options, shared, first, &next, error);
    if (status) return status;
    stop = stopped_at(shared, next);
    if (stop < check_count) {
      skip_rest(shared, stop);
      next = check_count;
    }
    hand_over(options, shared, first, next, outlet);
  }
  outlet->summary->conclusive = stop == check_count;
  outlet->summary->device = shared->device;
  return VORDEC_OK;
}

enum vordec_status conformance_run(const struct conformance_options *options, conformance_finding_fn sink, void *ctx,
                                   struct conformance_summary *summary, struct vordec_error *error) {
  struct stat facts;
  *summary = (struct conformance_summary){0};
  enum vordec_status status = check_groups(options, error);
  if (status) return status;
  if (stat(options->path, &facts) != 0) {
    return vordec_fail(error, VORDEC_E_IO, 0, "%.400s: %s", options->path, strerror(errno));
  }
  if (!S_ISREG(facts.st_mode)) {
    return vordec_fail(error, VORDEC_E_IO, 0, "%.400s: not a regular file", options->path);
  }
  const size_t bytes = sizeof(struct suite_shared) + check_count * sizeof(struct conformance_finding);
  struct suite_shared *shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  for (size_t i = 0; i < check_count; i++) {
    shared->findings[i] =
        (struct conformance_finding){.group = checks[i].group, .name = checks[i].name, .what = checks[i].what};
  }
  const struct outlet outlet = {sink, ctx, summary};
  status = run_all(options, shared, &outlet, error);
  munmap(shared, bytes);
  return status;
}
