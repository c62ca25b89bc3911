/* SPDX-License-Identifier: MIT */
#include "bench_startup.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vordec/error.h>

#include "bench_words.h"
#include "cli/json_print.h"
#include "core/base/child.h"
#include "core/base/clock.h"

#define THIS_PROGRAM "/proc/self/exe"
#define WORD_MAX 512    /* of a path that is made up here */
#define ANSWER_MAX 4096 /* what a child may print */
#define PATIENCE_S 300.0

/* ---- a child ---- */

struct start {
  struct words arguments, environment;
  char log[WORD_MAX + 16]; /* a file that takes its stderr */
};

/* Runs this program to its end. True: it succeeded, and its answer is there. */
static bool run_child(const struct start *start, struct child *child, double *took_ms) {
  const int log = open(start->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const struct child_job job = {.program = THIS_PROGRAM,
                                .words = start->arguments.list,
                                .environment = start->environment.list,
                                .err = log < 0 ? CHILD_SILENT : log,
                                .answer_max = ANSWER_MAX,
                                .limit_s = PATIENCE_S};
  const double began = clock_ms();
  child_run(&job, child);
  *took_ms = clock_ms() - began;
  if (log >= 0) close(log);
  return child->end == CHILD_ANSWERED;
}

/* null is NAN: a time that the backend claims and that cannot be. */
static bool read_number(const cJSON *object, const char *key, double *value) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
  *value = cJSON_IsNumber(item) ? item->valuedouble : NAN;
  return cJSON_IsNumber(item) || cJSON_IsNull(item);
}

static bool parse_answer(const char *answer, struct startup *startup) {
  cJSON *object = cJSON_Parse(answer);
  const bool whole = read_number(object, "open_ms", &startup->open_ms) &&
                     read_number(object, "create_ms", &startup->create_ms) &&
                     read_number(object, "warmup_ms", &startup->warmup_ms) &&
                     read_number(object, "first_decode_ms", &startup->first_decode_ms);
  cJSON_Delete(object);
  return whole;
}

/* The last line that it wrote to stderr. */
static void last_words(const struct start *start, char *text, size_t size) {
  snprintf(text, size, "no reason given");
  FILE *log = fopen(start->log, "r");
  if (!log) return;
  char line[VORDEC_MESSAGE_MAX];
  while (fgets(line, sizeof line, log)) {
    const char *said = strncmp(line, "vordec: ", 8) == 0 ? line + 8 : line;
    snprintf(text, size, "%.*s", (int)strcspn(said, "\n"), said);
  }
  fclose(log);
}

/* ---- the measurement ---- */

static int remove_entry(const char *path, const struct stat *stat, int type, struct FTW *place) {
  (void)stat;
  (void)type;
  (void)place;
  return remove(path);
}

static enum vordec_status run_children(const struct start *start, struct startup times[STARTUP_COUNT],
                                       struct vordec_error *error) {
  for (int i = 0; i < STARTUP_COUNT; i++) {
    struct child child;
    const bool done = run_child(start, &child, &times[i].process_ms) && parse_answer(child.answer, &times[i]);
    child_release(&child);
    if (done) continue;
    char reason[VORDEC_MESSAGE_MAX];
    last_words(start, reason, sizeof reason);
    return vordec_fail(error, VORDEC_E_FAILED, 0, "the child process that was to measure the %s start failed: %.500s",
                       i == STARTUP_COLD ? "cold" : "warm", reason);
  }
  return VORDEC_OK;
}

enum vordec_status startup_measure(const struct vordec_config *config, const char *folder,
                                   const struct bench_case *what, struct startup times[STARTUP_COUNT],
                                   struct vordec_error *error) {
  const char *root = getenv("TMPDIR");
  char cache[WORD_MAX];
  struct start *start = calloc(1, sizeof *start);
  if (!start) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  snprintf(cache, sizeof cache, "%.400s/vordec-bench-XXXXXX", root && *root ? root : "/tmp");
  enum vordec_status status = VORDEC_OK;
  if (!mkdtemp(cache)) {
    status = vordec_fail(error, VORDEC_E_IO, 0, "%s: %s", cache, strerror(errno));
  } else if (!words_for_start(config, folder, what, &start->arguments) ||
             !words_for_cache(cache, &start->environment)) {
    status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  } else {
    snprintf(start->log, sizeof start->log, "%s/stderr", cache);
    status = run_children(start, times, error);
  }
  if (status != VORDEC_E_IO) nftw(cache, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
  words_release(&start->arguments);
  words_release(&start->environment);
  free(start);
  return status;
}

enum vordec_status startup_print(const struct startup *startup, struct vordec_error *error) {
  cJSON *object = cJSON_CreateObject();
  cJSON_AddNumberToObject(object, "open_ms", startup->open_ms);
  cJSON_AddNumberToObject(object, "create_ms", startup->create_ms);
  cJSON_AddNumberToObject(object, "warmup_ms", startup->warmup_ms);
  cJSON_AddNumberToObject(object, "first_decode_ms", startup->first_decode_ms);
  char *text = json_print(object, false);
  cJSON_Delete(object);
  if (!text) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory");
  puts(text);
  cJSON_free(text);
  return VORDEC_OK;
}
