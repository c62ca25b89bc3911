/* SPDX-License-Identifier: MIT */
/*
 * Forks: what a child may do with what its parent made, that its end disturbs nobody, and that the parent goes on as if
 * nothing had happened. VORDEC_TEST_BACKEND names the backend (cpu), VORDEC_TEST_DEVICE the device (auto; software
 * devices are allowed), VORDEC_TEST_FORKS how many forks the long case makes.
 */
#include "../core/check.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define N 64
#define COUNT 3
#define LONGEST_S 5u

/* All that a host may hold at a fork. */
struct host {
  struct vordec_runtime *runtime;
  struct vordec_layout *layout;
  struct vordec_decoder *decoder;
  struct vordec_rollout *rollout;
  struct vordec_metrics *metrics;
  struct vordec_decoder_info info;
  size_t d;
  double *z;
  int8_t *mask;
  void *lent;      /* by the decoder's device */
  char digest[33]; /* of the masks of the COUNT states */
};

static struct host parent;

/* ---- a host ---- */

static const char *setting(const char *name, const char *otherwise) {
  const char *value = getenv(name);
  return value && *value ? value : otherwise;
}

/* ThreadSanitizer takes a child's threads for those of its parent whose stacks they have, and ends the process. */
#if defined(__SANITIZE_THREAD__)
#define THREADS_OF_A_CHILD "1"
#else
#define THREADS_OF_A_CHILD "3"
#endif

static void make_runtime(struct host *host) {
  struct vordec_config *config = NULL;
  struct vordec_error error = {0};
  const char *const values[][3] = {{"decode", "backend", setting("VORDEC_TEST_BACKEND", "cpu")},
                                   {"decode", "device", setting("VORDEC_TEST_DEVICE", "auto")},
                                   {"decode", "allow_software_device", "true"},
                                   {"decode", "batch", "2"},
                                   {"cpu", "threads", host == &parent ? "3" : THREADS_OF_A_CHILD}};
  check_ok(vordec_config_create(&config, &error), &error);
  for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
    check_ok(
        vordec_config_set(config, values[i][0], values[i][1], values[i][2], VORDEC_FROM_COMMAND_LINE, "test", &error),
        &error);
  }
  check_ok(vordec_runtime_create(config, NULL, NULL, &host->runtime, &error), &error);
  vordec_config_destroy(config);
}

static void make_layout(struct host *host) {
  struct vordec_error error = {0};
  uint8_t *mask_low = calloc(N, N);
  assert_non_null(mask_low);
  for (size_t i = 0; i < 3; i++) mask_low[i] = mask_low[N * i] = mask_low[N - 1 - i] = 1;
  const struct vordec_layout_desc desc = {.n = N, .mask_low = mask_low, .k_cut = 3, .resid_mid_cut = 6};
  check_ok(vordec_layout_create(&desc, &host->layout, &error), &error);
  free(mask_low);
  struct vordec_layout_info info;
  vordec_layout_get(host->layout, &info);
  host->d = info.d;
  host->z = calloc(COUNT * info.d, sizeof *host->z);
  host->mask = calloc(COUNT, (size_t)N * N);
  assert_true(host->z && host->mask);
  for (size_t i = 0; i < COUNT * info.d; i++) {
    if (i % info.d < 2 * info.m) host->z[i] = (double)(i * 37 % 101) / 101 - 0.5;
  }
}

static enum vordec_status make_decoder(struct host *host, struct vordec_error *error) {
  const struct vordec_decoder_desc desc = {
      .batch = COUNT, .outputs = VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_SCALARS, .depth = 2};
  const enum vordec_status status = vordec_decoder_create(host->runtime, host->layout, &desc, &host->decoder, error);
  if (!status) vordec_decoder_get(host->decoder, &host->info);
  return status;
}

static void make_rest(struct host *host) {
  struct vordec_error error = {0};
  double *a = calloc(host->d * host->d, sizeof *a);
  assert_non_null(a);
  for (size_t i = 0; i < host->d; i++) a[i * host->d + i] = 0.5;
  const struct vordec_rollout_desc desc = {.d = host->d, .a = a, .z0 = host->z};
  check_ok(vordec_rollout_create(host->runtime, host->decoder, &desc, &host->rollout, &error), &error);
  check_ok(vordec_metrics_create(host->runtime, host->layout, host->decoder, host->rollout, &host->metrics, &error),
           &error);
  check_ok(vordec_decoder_alloc_host(host->decoder, 4096, &host->lent, &error), &error);
  free(a);
}

static void host_end(struct host *host) {
  if (host->decoder) vordec_decoder_free_host(host->decoder, host->lent);
  vordec_metrics_destroy(host->metrics);
  vordec_rollout_destroy(host->rollout);
  vordec_decoder_destroy(host->decoder);
  vordec_runtime_destroy(host->runtime);
  vordec_layout_destroy(host->layout);
}

/* Decodes all states; the digest is of the masks. */
static enum vordec_status decode(struct host *host, char digest[33], struct vordec_error *error) {
  const struct vordec_decode_io io = {.count = COUNT, .z = host->z, .mask = host->mask};
  memset(host->mask, 7, (size_t)COUNT * N * N);
  const enum vordec_status status = vordec_decode(host->decoder, &io, NULL, error);
  if (!status) vordec_hash(host->mask, (size_t)COUNT * N * N, digest);
  return status;
}

/* Whether this backend's objects serve a child, and whether new ones must. */
static bool inherited_works(void) {
  return parent.info.device.type == VORDEC_DEVICE_HOST;
}

static bool new_ones_must_work(void) {
  return inherited_works() || parent.info.device.type == VORDEC_DEVICE_SOFTWARE;
}

static size_t count_threads(void) {
  size_t count = 0;
  DIR *folder = opendir("/proc/self/task");
  assert_non_null(folder);
  for (struct dirent *entry; (entry = readdir(folder));) count += entry->d_name[0] != '.';
  closedir(folder);
  return count;
}

/* ---- in a child ---- */

/* A child has no test to fail: it says what went wrong, and ends with 1. */
#define expect(condition, ...)                                                                                         \
  do {                                                                                                                 \
    if (condition) break;                                                                                              \
    fprintf(stderr, "child, line %d: %s: ", __LINE__, #condition);                                                     \
    fprintf(stderr, __VA_ARGS__);                                                                                      \
    fprintf(stderr, "\n");                                                                                             \
    return 1;                                                                                                          \
  } while (0)

static bool is_foreign(enum vordec_status status, const struct vordec_error *error) {
  return status == VORDEC_E_USAGE && error->status == status && error->reason == VORDEC_REASON_OTHER_PROCESS &&
         strstr(error->message, "made in another process; make a new one in this process");
}

static int do_nothing(void) {
  return 0;
}

static int end_all(void) {
  host_end(&parent);
  return 0;
}

static int decode_on(void) {
  struct vordec_error error = {0};
  char digest[33];
  for (int i = 0; i < 3; i++) {
    const enum vordec_status status = decode(&parent, digest, &error);
    if (!inherited_works()) {
      expect(is_foreign(status, &error), "%d, %s", status, error.message);
      continue;
    }
    expect(status == VORDEC_OK, "%s", error.message);
    expect(strcmp(digest, parent.digest) == 0, "%s", digest);
  }
  return 0;
}

/* Every call on the parent's objects that a driver or a thread could hear of. */
static int call_all(void) {
  struct vordec_error error = {0};
  struct vordec_decode_report report = {0};
  struct vordec_fill_report filled;
  struct vordec_metrics *metrics = NULL;
  struct vordec_decoder_info info;
  struct vordec_rollout_info rolling;
  const struct vordec_decode_io io = {.count = 1, .z = parent.z, .mask = parent.mask};
  const struct vordec_decoder_desc desc = {.batch = 1, .outputs = VORDEC_MASK};
  struct vordec_decoder *decoder = NULL;
  struct vordec_rollout *rollout = NULL;
  char digest[33], *json = NULL;
  void *memory = NULL;
  const bool works = inherited_works();
#define ANSWERS(call)                                                                                                  \
  do {                                                                                                                 \
    const enum vordec_status answer = call;                                                                            \
    expect(works ? answer == VORDEC_OK : is_foreign(answer, &error), "%d, %s", answer, error.message);                 \
  } while (0)
#define FOREIGN(call)                                                                                                  \
  do {                                                                                                                 \
    const enum vordec_status answer = call;                                                                            \
    expect(is_foreign(answer, &error), "%d, %s", answer, error.message);                                               \
  } while (0)
  ANSWERS(vordec_decode(parent.decoder, &io, &report, &error));
  ANSWERS(vordec_decoder_submit(parent.decoder, &io, &error));
  ANSWERS(vordec_decoder_wait(parent.decoder, &report, &error));
  ANSWERS(vordec_rollout_advance(parent.rollout, 2, NULL, &error));
  ANSWERS(vordec_rollout_read(parent.rollout, parent.z, &error));
  ANSWERS(vordec_rollout_hash(parent.rollout, digest, &error));
  ANSWERS(vordec_decoder_fill_bandwidth(parent.decoder, 1 << 16, &filled, &error));
  if (parent.info.device.type != VORDEC_DEVICE_HOST) {
    FOREIGN(vordec_decoder_alloc_host(parent.decoder, 4096, &memory, &error));
    FOREIGN(vordec_decoder_link_bandwidth(parent.decoder, 1 << 16, &filled, &error));
  }
  FOREIGN(vordec_decoder_create(parent.runtime, parent.layout, &desc, &decoder, &error));
  FOREIGN(vordec_rollout_create(parent.runtime, parent.decoder,
                                &(struct vordec_rollout_desc){.d = 1, .a = parent.z, .z0 = parent.z}, &rollout,
                                &error));
  FOREIGN(vordec_runtime_visit_devices(parent.runtime, NULL, NULL, &error));
  FOREIGN(vordec_runtime_visit_backend(parent.runtime, "cpu", NULL, NULL, &error));
  FOREIGN(vordec_metrics_add(parent.metrics, 0, &io, &report, &error));
  FOREIGN(vordec_metrics_add_state_hash(parent.metrics, 0, "", &error));
  FOREIGN(vordec_metrics_json(parent.metrics, &json, &error));
  expect(!vordec_runtime_fft(parent.runtime, "cpu", 0), "an fft of another process's runtime");
  vordec_decoder_get(parent.decoder, &info);
  vordec_rollout_get(parent.rollout, &rolling);
  expect(strcmp(info.backend_used, parent.info.backend_used) == 0, "%s", info.backend_used);
  expect(vordec_rollout_feeds(parent.rollout, parent.decoder), "rollout and decoder have parted");
  expect(vordec_runtime_plugin_folder(parent.runtime)[0] == '/', "no plugin folder");
  if (works) { /* metrics of one's own may speak of what was inherited */
    expect(!vordec_metrics_create(parent.runtime, parent.layout, parent.decoder, parent.rollout, &metrics, &error) &&
               !vordec_metrics_add(metrics, 0, &io, &report, &error) && !vordec_metrics_json(metrics, &json, &error),
           "%s", error.message);
    vordec_free(json);
    vordec_metrics_destroy(metrics);
  }
  return 0;
}

static int make_new(void) {
  struct vordec_error error = {0};
  struct host own = {0};
  char digest[33];
  make_runtime(&own);
  make_layout(&own);
  const enum vordec_status status = make_decoder(&own, &error);
  if (status) {
    expect(!new_ones_must_work(), "%s", error.message);
    expect(status == VORDEC_E_REFUSED && error.reason == VORDEC_REASON_OTHER_PROCESS, "%d, %s", status, error.message);
    expect(strstr(error.message, "spawn or forkserver"), "%s", error.message);
  } else {
    expect(!decode(&own, digest, &error), "%s", error.message);
    expect(strcmp(digest, parent.digest) == 0, "%s", digest);
  }
  host_end(&own);
  free(own.z);
  free(own.mask);
  return 0;
}

/* An adopted decoder is the child's: so are its threads, and they end with it. */
static int adopt_and_end(void) {
  if (decode_on()) return 1;
  host_end(&parent);
  expect(count_threads() == 1, "%zu threads are left", count_threads());
  return 0;
}

static int fork_and_wait(int (*action)(void));

static int fork_again(void) {
  return fork_and_wait(decode_on) || fork_and_wait(make_new) || fork_and_wait(end_all) || decode_on();
}

/* ---- in the parent ---- */

/* Runs the action in a child, which ends as a program does, exit handlers included. 0 if all went well. */
static int fork_and_wait(int (*action)(void)) {
  fflush(NULL);
  const pid_t child = fork();
  if (child == 0) {
    static const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}; /* which CMocka catches */
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) signal(deadly[i], SIG_DFL);
    alarm(LONGEST_S);
    exit(action());
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return 1;
  if (WIFSIGNALED(status)) fprintf(stderr, "the child ended by signal %d\n", WTERMSIG(status));
  return status;
}

static void parent_goes_on(void) {
  struct vordec_error error = {0};
  char digest[33];
  check_ok(decode(&parent, digest, &error), &error);
  assert_string_equal(digest, parent.digest);
  check_ok(vordec_rollout_advance(parent.rollout, 1, NULL, &error), &error);
}

static int setup(void **state) {
  (void)state;
  struct vordec_error error = {0};
  parent = (struct host){0};
  make_runtime(&parent);
  make_layout(&parent);
  check_ok(make_decoder(&parent, &error), &error);
  make_rest(&parent);
  check_ok(decode(&parent, parent.digest, &error), &error);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  host_end(&parent);
  free(parent.z);
  free(parent.mask);
  return 0;
}

static void in_a_child(int (*action)(void)) {
  for (int i = 0; i < 2; i++) {
    assert_int_equal(fork_and_wait(action), 0);
    parent_goes_on();
  }
}

static void nothing(void **state) {
  (void)state;
  in_a_child(do_nothing);
}

static void ending(void **state) {
  (void)state;
  in_a_child(end_all);
}

static void inherited(void **state) {
  (void)state;
  in_a_child(decode_on);
  in_a_child(call_all);
}

static void adopted(void **state) {
  (void)state;
  if (inherited_works()) in_a_child(adopt_and_end);
}

static void anew(void **state) {
  (void)state;
  in_a_child(make_new);
}

static void grandchildren(void **state) {
  (void)state;
  in_a_child(fork_again);
}

/* The batch stays the parent's to wait for. */
static int find_batch(void) {
  struct vordec_error error = {0};
  const enum vordec_status status = vordec_decoder_wait(parent.decoder, NULL, &error);
  expect(inherited_works() ? status == VORDEC_OK : is_foreign(status, &error), "%d, %s", status, error.message);
  host_end(&parent);
  return 0;
}

static void batch_under_way(void **state) {
  (void)state;
  struct vordec_error error = {0};
  const struct vordec_decode_io io = {.count = 2, .z = parent.z, .mask = parent.mask};
  check_ok(vordec_decoder_submit(parent.decoder, &io, &error), &error);
  assert_int_equal(fork_and_wait(find_batch), 0);
  check_ok(vordec_decoder_wait(parent.decoder, NULL, &error), &error);
  parent_goes_on();
}

static atomic_bool enough;
static atomic_size_t decodes;

static void *decode_for_ever(void *nothing_at_all) {
  (void)nothing_at_all;
  struct vordec_error error = {0};
  char digest[33];
  size_t wrong = 0;
  while (!atomic_load(&enough)) {
    wrong += decode(&parent, digest, &error) || strcmp(digest, parent.digest) != 0;
    atomic_fetch_add(&decodes, 1);
  }
  return wrong ? &parent : NULL;
}

/* Between two calls of the other thread the decoder is free; within one it is not. */
static int meet_a_call(void) {
  struct vordec_error error = {0};
  char digest[33];
  const enum vordec_status status = decode(&parent, digest, &error);
  if (status) {
    expect(is_foreign(status, &error), "%d, %s", status, error.message);
  } else {
    expect(inherited_works() && strcmp(digest, parent.digest) == 0, "%s", digest);
  }
  host_end(&parent);
  return inherited_works() ? make_new() : 0;
}

static void another_thread_decodes(void **state) {
  (void)state;
  pthread_t thread;
  void *wrong = NULL;
  atomic_store(&enough, false);
  assert_int_equal(pthread_create(&thread, NULL, decode_for_ever, NULL), 0);
  size_t failed = 0;
  for (int i = 0; i < 20; i++) {
    const size_t before = atomic_load(&decodes);
    while (atomic_load(&decodes) == before) nanosleep(&(struct timespec){.tv_nsec = 100000 + i * 7919}, NULL);
    failed += fork_and_wait(meet_a_call) != 0;
  }
  atomic_store(&enough, true);
  pthread_join(thread, &wrong);
  assert_int_equal(failed, 0);
  assert_null(wrong);
  parent_goes_on();
}

static void many(void **state) {
  (void)state;
  static int (*const actions[])(void) = {do_nothing, end_all, decode_on};
  const size_t threads = count_threads(), forks = strtoul(setting("VORDEC_TEST_FORKS", "1000"), NULL, 10);
  for (size_t i = 0; i < forks; i++) {
    assert_int_equal(fork_and_wait(actions[i % (sizeof actions / sizeof *actions)]), 0);
    if (i % 50 == 49) parent_goes_on();
  }
  parent_goes_on();
  assert_int_equal(count_threads(), threads);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(nothing),
                                     cmocka_unit_test(ending),
                                     cmocka_unit_test(inherited),
                                     cmocka_unit_test(adopted),
                                     cmocka_unit_test(anew),
                                     cmocka_unit_test(grandchildren),
                                     cmocka_unit_test(batch_under_way),
                                     cmocka_unit_test(another_thread_decodes),
                                     cmocka_unit_test(many)};
  return cmocka_run_group_tests(tests, setup, teardown);
}
