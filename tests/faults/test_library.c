/* SPDX-License-Identifier: MIT */
/*
 * Each allocation fails in turn while a host opens a runtime, plans, decodes, rolls out and writes metrics: the status
 * says so, nothing is kept, and what succeeds all the same gives the same results to the bit. In libvordec,
 * decode_cpu.so and their libraries; FFTW alone is spared, which ends the process when it gets no memory
 * (docs/faults.md).
 */
#include "../core/check.h"

#include <stdlib.h>
#include <unistd.h>

#include "failing_malloc.h"

#define N 20
#define BATCH 2
#define COUNT 3 /* states, more than a batch */
#define ANCHORS 3
#define CELLS ((size_t)N * N)
#define MOST 20000 /* far beyond the calls of a run */

struct results {
  double lp[COUNT * CELLS], hat[COUNT * CELLS], in_place[CELLS], streamed[CELLS];
  int8_t mask[COUNT * CELLS];
  struct vordec_scalars scalars[COUNT];
  char digest[33];
  bool metrics;
};

/* Everything that a host holds; half of it may be there. */
struct stand {
  struct vordec_runtime *runtime, *second;
  struct vordec_config *config;
  struct vordec_layout *layout;
  struct vordec_decoder *decoder;
  struct vordec_rollout *rollout;
  struct vordec_metrics *metrics;
  void *lent;
  char *json;
};

static char ini_path[] = "/tmp/vordec-faults-XXXXXX";
static const char *threads, *fft;
static uint8_t mask_low[CELLS];
static const int64_t anchors[ANCHORS] = {3, N + 3, 3 * N};
static size_t d;
static double *z, *a;
static struct results expected, got;

static enum vordec_status open_runtime(struct stand *stand, struct vordec_error *error) {
  const char *const values[][3] = {{"decode", "backend", "cpu"},
                                   {"decode", "fft", fft},
                                   {"decode", "batch", "2"},
                                   {"cpu", "threads", threads},
                                   {"mask", "smooth_width", "5"}};
  enum vordec_status status = vordec_runtime_open(ini_path, &stand->second, error);
  if (!status) status = vordec_config_create(&stand->config, error);
  for (size_t i = 0; i < sizeof values / sizeof *values && !status; i++) {
    status = vordec_config_set(stand->config, values[i][0], values[i][1], values[i][2], VORDEC_FROM_COMMAND_LINE,
                               "test", error);
  }
  if (!status) status = vordec_config_read(stand->config, ini_path, error);
  return status ? status : vordec_runtime_create(stand->config, NULL, NULL, &stand->runtime, error);
}

static enum vordec_status plan(struct stand *stand, struct vordec_error *error) {
  const struct vordec_layout_desc layout = {
      .n = N, .mask_low = mask_low, .anchor_idx = anchors, .anchor_count = ANCHORS, .k_cut = 2.5, .resid_mid_cut = 5};
  const struct vordec_decoder_desc desc = {
      .batch = BATCH, .outputs = VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT | VORDEC_SCALARS, .depth = 2};
  enum vordec_status status = vordec_layout_create(&layout, &stand->layout, error);
  if (!status) status = vordec_decoder_create(stand->runtime, stand->layout, &desc, &stand->decoder, error);
  if (!status) status = vordec_decoder_alloc_host(stand->decoder, 1000, &stand->lent, error);
  const struct vordec_rollout_desc rollout = {.d = d, .a = a, .z0 = z};
  if (!status) status = vordec_rollout_create(stand->runtime, stand->decoder, &rollout, &stand->rollout, error);
  if (status) return status;
  return vordec_metrics_create(stand->runtime, stand->layout, stand->decoder, stand->rollout, &stand->metrics, error);
}

static enum vordec_status decode(struct stand *stand, struct results *results, struct vordec_error *error) {
  const struct vordec_decode_io io = {.count = COUNT,
                                      .z = z,
                                      .omega_lp = results->lp,
                                      .mask = results->mask,
                                      .omega_hat = results->hat,
                                      .scalars = results->scalars};
  struct vordec_scalars scalars;
  const struct vordec_decode_io streamed = {.count = 1, .z = z, .omega_lp = results->streamed, .scalars = &scalars};
  struct vordec_decode_report report;
  enum vordec_status status = vordec_decode(stand->decoder, &io, &report, error);
  if (!status) status = vordec_metrics_add(stand->metrics, 0, &io, &report, error);
  if (status) return status;
  status = vordec_decoder_submit(stand->decoder, &streamed, error);
  return status ? status : vordec_decoder_wait(stand->decoder, &report, error);
}

static enum vordec_status roll_out(struct stand *stand, struct results *results, struct vordec_error *error) {
  const struct vordec_decode_io io = {.count = 1, .rollout = stand->rollout, .omega_lp = results->in_place};
  struct vordec_rollout_report advanced;
  struct vordec_decode_report report;
  enum vordec_status status = vordec_rollout_advance(stand->rollout, 3, &advanced, error);
  if (!status) status = vordec_rollout_hash(stand->rollout, results->digest, error);
  if (!status) status = vordec_metrics_add_state_hash(stand->metrics, 3, results->digest, error);
  if (!status) status = vordec_decode(stand->decoder, &io, &report, error);
  if (!status) status = vordec_metrics_add(stand->metrics, 3, &io, &report, error);
  return status ? status : vordec_metrics_json(stand->metrics, &stand->json, error);
}

static void drop(struct stand *stand) {
  vordec_free(stand->json);
  vordec_metrics_destroy(stand->metrics);
  vordec_rollout_destroy(stand->rollout);
  if (stand->lent) vordec_decoder_free_host(stand->decoder, stand->lent);
  vordec_decoder_destroy(stand->decoder);
  vordec_layout_destroy(stand->layout);
  vordec_runtime_destroy(stand->runtime);
  vordec_runtime_destroy(stand->second);
  vordec_config_destroy(stand->config);
}

/* All that a run leaves out of the metrics has a lack of memory for a cause. */
static bool is_whole(const char *json) {
  static const char *const keys[] = {"\"hashes\"",           "\"decode_metrics\"",     "\"timings_ms\"",
                                     "\"device_memory_mb\"", "\"smooth_width\"",       "\"uuid\"",
                                     "\"omega_lp\"",         "\"resid_high_achieved\""};
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
    if (!strstr(json, keys[i])) return false;
  }
  return true;
}

static enum vordec_status run(struct results *results, struct vordec_error *error) {
  struct stand stand = {0};
  memset(results, 0, sizeof *results);
  enum vordec_status status = open_runtime(&stand, error);
  if (!status) status = plan(&stand, error);
  if (!status) status = decode(&stand, results, error);
  if (!status) status = roll_out(&stand, results, error);
  if (!status) results->metrics = is_whole(stand.json);
  failing_disarm();
  drop(&stand);
  return status;
}

static void check_failure(enum vordec_status status, const struct vordec_error *error, size_t index) {
  const bool line = error->message[0] && !strchr(error->message, '\n');
  if (status == VORDEC_E_NO_MEMORY && error->status == status && line && strstr(error->message, "memory")) return;
  fail_msg("call %zu at %s: status %d, \"%s\"", index, failing_where(), (int)status, error->message);
}

/* Returns how many calls there were to fail. */
static size_t fail_each(enum failing_kind kind, bool onward) {
  size_t index = 1, tolerated = 0;
  for (;; index++) {
    struct vordec_error error = {0};
    const size_t live = failing_live();
    assert_true(index < MOST);
    failing_arm(kind, index, onward);
    const enum vordec_status status = run(&got, &error);
    const bool failed = failing_where()[0] != '\0';
    if (failing_live() != live) {
      failing_print_live();
      fail_msg("call %zu at %s: %zu blocks are left", index, failing_where(), failing_live() - live);
    }
    if (status) check_failure(status, &error, index);
    if (!status && memcmp(&got, &expected, sizeof got) != 0)
      fail_msg("call %zu at %s: other results", index, failing_where());
    if (!failed) break;
    tolerated += status == VORDEC_OK;
  }
  print_message("%zu calls failed in turn; %zu could be done without\n", index - 1, tolerated);
  return index - 1;
}

static void undisturbed(void) {
  struct vordec_error error = {0};
  check_ok(run(&expected, &error), &error); /* what is kept for the life of the process */
  check_ok(run(&got, &error), &error);
  assert_memory_equal(&got, &expected, sizeof got);
  assert_true(expected.metrics);
}

static void memory(void **state) {
  (void)state;
  threads = "1";
  for (int i = 0; i < 2; i++) {
    fft = i ? "fftw" : "pruned";
    undisturbed();
    assert_true(fail_each(FAILING_MEMORY, false) > 500);
  }
}

static void memory_for_good(void **state) {
  (void)state;
  threads = "1";
  fft = "pruned";
  undisturbed();
  assert_true(fail_each(FAILING_MEMORY, true) > 500);
}

static void threads_fail(void **state) {
  (void)state;
  threads = "4";
  fft = "pruned";
  undisturbed();
  assert_int_equal(fail_each(FAILING_THREADS, false), 3);
}

static int setup(void **state) {
  static const size_t low[] = {0, 1, 2, N - 1, N, N + 1, 2 * N, (N - 1) * N, (N - 1) * N + 1, N * N - 1};
  (void)state;
  failing_own("main,test_faults,libvordec,decode_");
  failing_spare("libfftw3");
  const size_t m = sizeof low / sizeof *low;
  for (size_t i = 0; i < m; i++) mask_low[low[i]] = 1;
  d = 2 * m + 4 + 2 * (size_t)ANCHORS;
  z = calloc(COUNT * d, sizeof *z);
  a = calloc(d * d, sizeof *a);
  if (!z || !a) return -1;
  for (size_t i = 0; i < COUNT * d; i++) z[i] = sin(1.0 + 0.7 * (double)i);
  for (size_t i = 0; i < COUNT; i++) z[i * d + 2 * m + 3] = ANCHORS;
  for (size_t i = 0; i < d; i++) a[i * d + i] = i == 2 * m + 3 ? 1.0 : 0.9;
  const int file = mkstemp(ini_path);
  static const char text[] = "[decode]\nbackend = cpu\n[mask]\ntau = 0.4\n[combine]\nanchors = include\n";
  if (file < 0 || write(file, text, sizeof text - 1) != (ssize_t)sizeof text - 1) return -1;
  return close(file);
}

static int teardown(void **state) {
  (void)state;
  free(z);
  free(a);
  return unlink(ini_path);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(memory), cmocka_unit_test(memory_for_good),
                                     cmocka_unit_test(threads_fail)};
  return cmocka_run_group_tests_name("faults of the library", tests, setup, teardown);
}
