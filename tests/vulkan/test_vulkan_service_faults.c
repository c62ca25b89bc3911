/* SPDX-License-Identifier: MIT */
/*
 * A failure of each Vulkan call, and of each allocation from the host, in turn, in what stands beside decodes:
 * measuring the device and the link, lent memory, the cache on disk, the choice among transforms, decodes that make
 * their bands by themselves; and through libvordec, where fields must be whole or untouched. Results are those of an
 * undisturbed run, nothing leaks, the status tells the truth.
 */
#include "driver.h"
#include "streamer.h"
#include "vulkan_faults.h"

#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vordec/vordec.h>

#define N 8u
#define FILL_BYTES 4096u
#define MOST 2000u

static struct harness harness;
static struct sample sample;
static const VkResult results[] = {VK_ERROR_OUT_OF_HOST_MEMORY, VK_ERROR_OUT_OF_DEVICE_MEMORY, VK_ERROR_DEVICE_LOST};
#define RESULT_COUNT (sizeof results / sizeof *results)

/* ---- a task, and each fault in it ---- */

struct task {
  const char *name;
  enum vordec_status (*run)(struct vordec_error *error); /* opens, works, closes */
  bool lenient;                                          /* may do without what failed */
  unsigned step;                                         /* every so many calls fail, unless all do */
};

static bool all; /* VORDEC_TEST_THOROUGH: however long it takes; else, of long tasks every so many calls */

static bool is_optional(const char *call) {
  return strcmp(call, "vkGetPipelineCacheData") == 0 || strcmp(call, "vkEnumerateInstanceExtensionProperties") == 0;
}

static enum vordec_status expected_status(VkResult result, const char *call) {
  if (strcmp(call, "vkWaitForFences") == 0) return VORDEC_E_DEVICE_LOST;
  if (strcmp(call, "vkCreateInstance") == 0 && result == VK_ERROR_OUT_OF_HOST_MEMORY) return VORDEC_E_UNSUPPORTED;
  return result == VK_ERROR_DEVICE_LOST ? VORDEC_E_DEVICE_LOST : VORDEC_E_NO_MEMORY;
}

static void check_clean(const struct task *task, unsigned number) {
  if (faults_live() != 0) fail_msg("%s, call %u: %ld objects are left", task->name, number, faults_live());
  if (harness_left(&harness) != 0) fail_msg("%s, call %u: memory is left", task->name, number);
}

static void fail_calls(const struct task *task, VkResult result) {
  struct vordec_error error = {0};
  faults_note();
  driver_must(task->run(&error), &error);
  check_clean(task, 0);
  const unsigned total = faults_calls();
  assert_true(total > 20);
  const unsigned step = all ? 1 : task->step;
  unsigned failed = 0;
  for (unsigned i = 1; i <= total; i += step) {
    if (!all && step == 1 && !faults_worth(i, result)) continue;
    failed++;
    error = (struct vordec_error){0};
    faults_arm(i, result);
    const enum vordec_status status = task->run(&error);
    const char *call = faults_failed();
    check_clean(task, i);
    if (!call) continue; /* a measurement took fewer */
    if (!status && (task->lenient || is_optional(call))) continue;
    if (status != expected_status(result, call) || !strstr(error.message, call)) {
      fail_msg("%s, call %u, %s: status %d, \"%s\"", task->name, i, call, (int)status, error.message);
    }
  }
  fprintf(stderr, "  %s: %u of %u calls failed in turn with %d\n", task->name, failed, total, (int)result);
}

static void fail_allocations(const struct task *task) {
  unsigned number = 0;
  faults_arm(0, VK_SUCCESS);
  for (bool reached = true; reached; number += all ? 1 : task->step / 8 + 1) {
    struct vordec_error error = {0};
    assert_true(number < MOST);
    counting_host_refuse(&harness.host, number + 1, false); /* only the one, not those after it */
    const enum vordec_status status = task->run(&error);
    reached = atomic_load(&harness.host.refused) > 0;
    counting_host_refuse(&harness.host, 0, false);
    check_clean(task, number);
    if (status && (status != VORDEC_E_NO_MEMORY || !reached)) {
      fail_msg("%s, allocation %u: status %d, \"%s\"", task->name, number, (int)status, error.message);
    }
  }
  fprintf(stderr, "  %s: %u host allocations failed, each or some\n", task->name, number - 1);
}

static void fail_everything(const struct task *task) {
  for (size_t i = 0; i < RESULT_COUNT; i++) fail_calls(task, results[i]);
  fail_allocations(task);
}

/* ---- the device and the link ---- */

static enum vordec_status measure(struct vordec_error *error) {
  const struct vordec_bandwidth_interface *bandwidth = harness.backend->get_interface(VORDEC_BANDWIDTH_INTERFACE);
  const struct vordec_stream_interface *stream = streamer_interface(&harness);
  const struct vordec_session_desc desc = {
      .struct_size = sizeof desc, .device_index = harness.device.index, .threads = 1};
  struct vordec_session *session = NULL;
  struct vordec_bandwidth_result fill = {.struct_size = sizeof fill}, link = fill;
  void *lent = NULL;
  enum vordec_status status = harness.backend->open(&harness.host.table, &desc, &session, error);
  if (!status) status = bandwidth->fill(session, FILL_BYTES, &fill, error);
  if (!status) status = stream->link(session, FILL_BYTES, &link, error);
  if (!status) status = stream->host_alloc(session, FILL_BYTES, &lent, error);
  if (!status) memset(lent, 1, FILL_BYTES);
  if (session) stream->host_free(session, lent);
  if (session) harness.backend->close(session);
  return status;
}

static void measurements(void **state) {
  (void)state;
  fail_everything(&(struct task){"measuring", measure, false, 1});
}

/* ---- plans ---- */

/* Decodes and compares with the reference: the sums of the same transform, undisturbed. */
static struct outputs expected_direct, expected_pruned, expected_vkfft;

static const struct outputs *expected_of(const char *fft) {
  if (strcmp(fft, "direct") == 0) return &expected_direct;
  return strcmp(fft, "vkfft") == 0 ? &expected_vkfft : &expected_pruned;
}

static enum vordec_status decode_with(const char *fft, struct outputs *into, struct vordec_error *error) {
  const struct vordec_session_desc desc = {
      .struct_size = sizeof desc, .device_index = harness.device.index, .threads = 1};
  struct vordec_plan_desc plan_desc = sample_plan(&sample, 1);
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_decode_result result = {.struct_size = sizeof result};
  struct vordec_session *session = NULL;
  struct vordec_plan *plan = NULL;
  struct outputs outputs;
  plan_desc.fft = fft;
  outputs_create(&outputs, &plan_desc, 1);
  outputs_fill(&outputs);
  const struct vordec_decode_job job = driver_job(&sample, into ? into : &outputs, ALL_RESIDUALS);
  enum vordec_status status = harness.backend->open(&harness.host.table, &desc, &session, error);
  if (!status) status = harness.backend->plan_create(session, &plan_desc, &plan, &info, error);
  if (!status) status = harness.backend->decode(plan, &job, &result, error);
  if (!status && !into) streamer_same(&outputs, expected_of(info.fft));
  /* What the host lacks is no reason to choose otherwise. */
  if (!status) assert_null(strstr(info.fft_reason, "host memory"));
  if (status && !into) assert_true(outputs_untouched(&outputs));
  harness.backend->plan_destroy(plan);
  if (session) harness.backend->close(session);
  outputs_destroy(&outputs);
  return status;
}

static char cache[] = "/tmp/vordec-cache-XXXXXX";

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *at) {
  (void)info;
  (void)kind;
  return at->level == 0 ? 0 : remove(path);
}

static void empty_cache(void) {
  assert_int_equal(nftw(cache, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static enum vordec_status decode_cold(struct vordec_error *error) {
  empty_cache();
  return decode_with("direct", NULL, error);
}

static enum vordec_status decode_warm(struct vordec_error *error) {
  return decode_with("direct", NULL, error);
}

/* The cache is written, and then read. */
static void cache_files(void **state) {
  (void)state;
  fail_everything(&(struct task){"cold cache", decode_cold, true, 19});
  fail_everything(&(struct task){"warm cache", decode_warm, true, 19});
}

/* Forgets what was chosen, not what was compiled: entries of the choice are small. */
static int remove_small(const char *path, const struct stat *info, int kind, struct FTW *at) {
  (void)at;
  return kind == FTW_F && info->st_size < 1024 ? remove(path) : 0;
}

static enum vordec_status decode_auto(struct vordec_error *error) {
  assert_int_equal(nftw(cache, remove_small, 8, FTW_DEPTH | FTW_PHYS), 0);
  return decode_with("auto", NULL, error);
}

/* Every transform is tried, the self-test and VkFFT's own calls included; one that the device has no memory for is out.
 */
static void choice(void **state) {
  (void)state;
  struct vordec_error error = {0};
  driver_must(decode_auto(&error), &error);
  const struct task task = {"choice", decode_auto, true, 37};
  fail_calls(&task, VK_ERROR_OUT_OF_DEVICE_MEMORY);
  fail_calls(&task, VK_ERROR_DEVICE_LOST);
  fail_allocations(&task);
}

/* ---- plans that make bands ---- */

static struct outputs expected_bands;
static double *banded; /* the sample's state, with energies */

static enum vordec_status decode_bands_into(struct outputs *into, struct vordec_error *error) {
  const struct vordec_residual_interface *residual = harness.backend->get_interface(VORDEC_RESIDUAL_INTERFACE);
  const struct vordec_session_desc desc = {.struct_size = sizeof desc, .device_index = harness.device.index};
  const struct vordec_residual_setup setup = {.struct_size = sizeof setup,
                                              .seed = 5,
                                              .bands = VORDEC_RESIDUAL_MID | VORDEC_RESIDUAL_HIGH,
                                              .mid_limit = 9,
                                              .phases = true};
  static const uint32_t step = 7;
  static double phases[N * N];
  struct vordec_plan_desc plan_desc = sample_plan(&sample, 1);
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_decode_result result = {.struct_size = sizeof result};
  struct vordec_session *session = NULL;
  struct vordec_plan *plan = NULL;
  struct outputs outputs;
  double energy[2];
  const struct vordec_residual_job bands = {
      .struct_size = sizeof bands, .step = &step, .phase = {phases, NULL}, .energy = {&energy[0], &energy[1]}};
  plan_desc.fft = "direct";
  plan_desc.residuals = 0;
  outputs_create(&outputs, &plan_desc, 1);
  outputs_fill(&outputs);
  struct vordec_decode_job job = driver_job(&sample, into ? into : &outputs, 0);
  job.z = banded;
  enum vordec_status status = harness.backend->open(&harness.host.table, &desc, &session, error);
  if (!status) status = residual->plan_create(session, &plan_desc, &setup, &plan, &info, error);
  if (!status) status = residual->prepare(plan, &bands, error);
  if (!status) status = harness.backend->decode(plan, &job, &result, error);
  if (!status && !into) streamer_same(&outputs, &expected_bands);
  if (status && !into) assert_true(outputs_untouched(&outputs));
  harness.backend->plan_destroy(plan);
  if (session) harness.backend->close(session);
  outputs_destroy(&outputs);
  return status;
}

static enum vordec_status decode_bands(struct vordec_error *error) {
  return decode_bands_into(NULL, error);
}

static void bands_of_their_own(void **state) {
  (void)state;
  struct vordec_error error = {0};
  driver_must(decode_bands(&error), &error);
  fail_everything(&(struct task){"bands", decode_bands, true, 17});
}

/* ---- through libvordec ---- */

static enum vordec_status decode_in_core(struct vordec_error *error) {
  const char *slash = strrchr(getenv("VORDEC_TEST_PLUGIN"), '/');
  char folder[1024], device[16];
  snprintf(folder, sizeof folder, "%.*s", (int)(slash - getenv("VORDEC_TEST_PLUGIN")), getenv("VORDEC_TEST_PLUGIN"));
  snprintf(device, sizeof device, "%u", harness.device.index);
  const char *const values[][3] = {
      {"plugins", "path", folder}, {"decode", "backend", "vulkan"}, {"decode", "allow_software_device", "true"},
      {"decode", "fft", "direct"}, {"decode", "device", device},    {"mask", "smooth_width", "3"},
      {"op", "backend", "vulkan"}, {"decode", "policy", "strict"}};
  struct vordec_config *config = NULL;
  struct vordec_runtime *runtime = NULL;
  struct vordec_layout *layout = NULL;
  struct vordec_decoder *decoder = NULL;
  uint8_t low[N * N] = {1, 1, [N - 1] = 1, [N] = 1, [N * (N - 1)] = 1};
  const size_t d = 14;
  double z[14] = {0.1, 0.2, 0.2, 0.3, 0.3};
  float lp[N * N], untouched[N * N];
  memset(lp, 0x5a, sizeof lp);
  memset(untouched, 0x5a, sizeof untouched);
  enum vordec_status status = vordec_config_create(&config, error);
  for (size_t i = 0; i < sizeof values / sizeof *values && !status; i++) {
    status =
        vordec_config_set(config, values[i][0], values[i][1], values[i][2], VORDEC_FROM_COMMAND_LINE, "test", error);
  }
  driver_must(status, error);
  const struct vordec_layout_desc shape = {.n = N, .mask_low = low, .k_cut = 1, .resid_mid_cut = 2};
  driver_must(vordec_layout_create(&shape, &layout, error), error);
  struct vordec_layout_info info;
  vordec_layout_get(layout, &info);
  assert_int_equal(info.d, d);
  status = vordec_runtime_create(config, NULL, NULL, &runtime, error);
  const struct vordec_decoder_desc desc = {.batch = 1, .outputs = VORDEC_OMEGA_LP, .depth = 2};
  const struct vordec_decode_io io = {.count = 1, .z = z, .omega_lp = lp};
  if (!status) status = vordec_decoder_create(runtime, layout, &desc, &decoder, error);
  if (!status) status = vordec_decode(decoder, &io, NULL, error);
  if (status) assert_memory_equal(lp, untouched, sizeof lp);
  if (!status) driver_near(lp[0], 2 * (0.1 / 2 + 0.2 + 0.3), 1e-5, "omega_lp at the origin");
  vordec_decoder_destroy(decoder);
  vordec_layout_destroy(layout);
  vordec_runtime_destroy(runtime);
  vordec_config_destroy(config);
  return status;
}

/* The core probes with an instance of its own: what fails there is a refusal. */
static void through_the_core(void **state) {
  (void)state;
  struct vordec_error error = {0};
  faults_arm(0, VK_SUCCESS);
  driver_must(decode_in_core(&error), &error);
  const unsigned total = faults_calls();
  for (size_t k = 0; k < RESULT_COUNT; k++) {
    for (unsigned i = 1 + (unsigned)k; i <= total; i += all ? 1 : 7) {
      error = (struct vordec_error){0};
      faults_arm(i, results[k]);
      const enum vordec_status status = decode_in_core(&error);
      const char *call = faults_failed();
      assert_int_equal(faults_live(), 0);
      assert_non_null(call);
      if (!status) continue; /* done without the second plan, say: the field was right */
      const bool truth = status == expected_status(results[k], call) || status == VORDEC_E_REFUSED;
      if (!truth || strchr(error.message, '\n') || !error.message[0]) {
        fail_msg("call %u, %s: status %d, \"%s\"", i, call, (int)status, error.message);
      }
    }
  }
  fprintf(stderr, "  through libvordec: %u calls failed in turn\n", total);
}

static int open_all(void **state) {
  (void)state;
  if (!mkdtemp(cache) || setenv("XDG_CACHE_HOME", cache, 1) || !harness_open(&harness)) return 1;
  harness.threads = 1;
  sample_create(&sample, N, 2, 4, 0, 1);
  const struct vordec_plan_desc desc = sample_plan(&sample, 1);
  struct {
    struct outputs *outputs;
    const char *fft;
  } transforms[] = {{&expected_direct, "direct"}, {&expected_pruned, "pruned"}, {&expected_vkfft, "vkfft"}};
  for (size_t i = 0; i < 3; i++) {
    struct vordec_error error = {0};
    outputs_create(transforms[i].outputs, &desc, 1);
    if (decode_with(transforms[i].fft, transforms[i].outputs, &error)) return 1;
  }
  struct vordec_error error = {0};
  banded = calloc(sample.d, sizeof *banded);
  if (!banded) return 1;
  memcpy(banded, sample.z, sample.d * sizeof *banded);
  banded[2 * sample.m + 1] = 4e-3;
  banded[2 * sample.m + 2] = 3e-4;
  outputs_create(&expected_bands, &desc, 1);
  if (decode_bands_into(&expected_bands, &error)) return 1;
  harness.debug->set_table_hook(faults_hook);
  return 0;
}

static int close_all(void **state) {
  (void)state;
  if (!harness.backend) return 1;
  harness.debug->set_table_hook(NULL);
  outputs_destroy(&expected_direct);
  outputs_destroy(&expected_pruned);
  outputs_destroy(&expected_vkfft);
  outputs_destroy(&expected_bands);
  free(banded);
  sample_destroy(&sample);
  empty_cache();
  rmdir(cache);
  fprintf(stderr, "validation messages: %llu\n", (unsigned long long)harness.debug->validation_messages());
  return harness.debug->validation_messages() != 0;
}

int main(void) {
  all = getenv("VORDEC_TEST_THOROUGH");
  const struct CMUnitTest tests[] = {cmocka_unit_test(measurements), cmocka_unit_test(cache_files),
                                     cmocka_unit_test(choice), cmocka_unit_test(bands_of_their_own),
                                     cmocka_unit_test(through_the_core)};
  return cmocka_run_group_tests_name("vulkan service faults", tests, open_all, close_all);
}
