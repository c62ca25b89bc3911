#include "bench_startup.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vordec/backend.h>

#include "bench_case.h"
#include "cli/json_print.h"
#include "core/base/clock.h"

#define THIS_PROGRAM "/proc/self/exe"
#define WORD_MAX 512    /* of an argument or a variable that is made up here */
#define OWN_WORDS 12    /* arguments that are no keys */
#define ANSWER_MAX 4096 /* what a child may print */
#define PATIENCE_MS 300000

/* Caches on disk: of vordec (and of whoever else keeps to the XDG folders), of NVIDIA's driver, of Mesa's. */
static const char *const cache_variables[] = {"XDG_CACHE_HOME", "__GL_SHADER_DISK_CACHE_PATH", "MESA_SHADER_CACHE_DIR"};
#define CACHE_VARIABLES (sizeof cache_variables / sizeof *cache_variables)

/* ---- lists of words, as exec takes them ---- */

struct words {
  char **list; /* NULL-terminated */
  size_t count;
};

static bool words_create(struct words *words, size_t room) {
  *words = (struct words){calloc(room + 1, sizeof(char *)), 0};
  return words->list != NULL;
}

static void words_release(struct words *words) {
  for (size_t i = 0; i < words->count; i++) free(words->list[i]);
  free(words->list);
}

__attribute__((format(printf, 2, 3))) static bool words_add(struct words *words, const char *format, ...) {
  va_list args;
  va_start(args, format);
  char *word = NULL;
  const bool made = vasprintf(&word, format, args) >= 0;
  va_end(args);
  if (made) words->list[words->count++] = word;
  return made;
}

/* "--decode-batch=4"; dashes where the key has underscores. */
static bool add_key(struct words *words, const struct vordec_config *config, const struct vordec_config_key *key) {
  if (strcmp(key->section, "metrics") == 0 || strcmp(key->section, "plugins") == 0) return true;
  char name[WORD_MAX];
  snprintf(name, sizeof name, "%s-%s", key->section, key->key);
  for (char *c = name; *c; c++) {
    if (*c == '_') *c = '-';
  }
  return words_add(words, "--%s=%s", name, vordec_config_get(config, key->section, key->key));
}

static bool make_arguments(const struct vordec_config *config, const char *folder, const struct bench_case *what,
                           struct words *words) {
  const size_t keys = vordec_config_key_count();
  if (!words_create(words, OWN_WORDS + keys)) return false;
  bool made = words_add(words, "vordec") && words_add(words, "bench") && words_add(words, "--once") &&
              words_add(words, "--cases=%zux%zu", what->batch, what->n) &&
              words_add(words, "--k-cut=%zu", what->k_cut) && words_add(words, "--plugins-path=%s", folder);
  if (what->readback) made = made && words_add(words, what->stream ? "--stream" : "--readback");
  for (size_t i = 0; i < keys && made; i++) made = add_key(words, config, vordec_config_key_at(i));
  return made;
}

static bool names_cache(const char *variable) {
  for (size_t i = 0; i < CACHE_VARIABLES; i++) {
    const size_t length = strlen(cache_variables[i]);
    if (strncmp(variable, cache_variables[i], length) == 0 && variable[length] == '=') return true;
  }
  return false;
}

static bool make_environment(const char *cache, struct words *words) {
  size_t count = 0;
  while (environ[count]) count++;
  bool made = words_create(words, count + CACHE_VARIABLES);
  for (size_t i = 0; i < count && made; i++) {
    if (!names_cache(environ[i])) made = words_add(words, "%s", environ[i]);
  }
  for (size_t i = 0; i < CACHE_VARIABLES && made; i++) made = words_add(words, "%s=%s", cache_variables[i], cache);
  return made;
}

/* ---- a child ---- */

struct child {
  struct words arguments, environment;
  char log[WORD_MAX + 16]; /* a file that takes its stderr */
  char answer[ANSWER_MAX];
};

/* Reads until the child closes its end. False: it took too long or said too much. */
static bool read_answer(int from, char answer[ANSWER_MAX]) {
  const double end = clock_ms() + PATIENCE_MS;
  size_t length = 0;
  while (length + 1 < ANSWER_MAX) {
    struct pollfd ready = {.fd = from, .events = POLLIN};
    const double left = end - clock_ms();
    if (left <= 0.0 || (poll(&ready, 1, (int)left + 1) < 0 && errno != EINTR)) return false;
    if (!ready.revents) continue;
    const ssize_t got = read(from, answer + length, ANSWER_MAX - 1 - length);
    if (got < 0 && errno != EINTR) return false;
    answer[length + (got > 0 ? (size_t)got : 0)] = '\0';
    if (got == 0) return true;
    if (got > 0) length += (size_t)got;
  }
  return false;
}

static pid_t spawn(const struct child *child, int out) {
  posix_spawn_file_actions_t actions;
  pid_t pid = -1;
  if (posix_spawn_file_actions_init(&actions)) return -1;
  if (posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO) ||
      posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, child->log, O_WRONLY | O_CREAT | O_TRUNC, 0600) ||
      posix_spawn(&pid, THIS_PROGRAM, &actions, NULL, child->arguments.list, child->environment.list)) {
    pid = -1;
  }
  posix_spawn_file_actions_destroy(&actions);
  return pid;
}

/* Runs the child to its end. True: it succeeded, and its answer is there. */
static bool run_child(struct child *child, double *took_ms) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC)) return false;
  const double start = clock_ms();
  const pid_t pid = spawn(child, ends[1]);
  close(ends[1]);
  const bool answered = pid > 0 && read_answer(ends[0], child->answer);
  close(ends[0]);
  if (pid <= 0) return false;
  if (!answered) kill(pid, SIGKILL);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  *took_ms = clock_ms() - start;
  return answered && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool read_number(const cJSON *object, const char *key, double *value) {
  const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
  if (cJSON_IsNumber(item)) *value = item->valuedouble;
  return cJSON_IsNumber(item);
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
static void last_words(const struct child *child, char *text, size_t size) {
  snprintf(text, size, "no reason given");
  FILE *log = fopen(child->log, "r");
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

static enum vordec_status run_children(struct child *child, struct startup times[STARTUP_COUNT],
                                       struct vordec_error *error) {
  for (int i = 0; i < STARTUP_COUNT; i++) {
    const bool done = run_child(child, &times[i].process_ms);
    if (done && parse_answer(child->answer, &times[i])) continue;
    char reason[VORDEC_MESSAGE_MAX];
    last_words(child, reason, sizeof reason);
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
  struct child *child = calloc(1, sizeof *child);
  if (!child) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory");
  snprintf(cache, sizeof cache, "%.400s/vordec-bench-XXXXXX", root && *root ? root : "/tmp");
  enum vordec_status status = VORDEC_OK;
  if (!mkdtemp(cache)) {
    status = vordec_fail(error, VORDEC_E_IO, 0, "%s: %s", cache, strerror(errno));
  } else if (!make_arguments(config, folder, what, &child->arguments) ||
             !make_environment(cache, &child->environment)) {
    status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory");
  } else {
    snprintf(child->log, sizeof child->log, "%s/stderr", cache);
    status = run_children(child, times, error);
  }
  if (status != VORDEC_E_IO) nftw(cache, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
  words_release(&child->arguments);
  words_release(&child->environment);
  free(child);
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
  if (!text) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "out of memory");
  puts(text);
  cJSON_free(text);
  return VORDEC_OK;
}
