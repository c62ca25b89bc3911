/* SPDX-License-Identifier: MIT */
/*
 * Who does the work, as one complete table: every kind of request under both policies against everything that probing
 * may find. The cells were written from the rules in docs/architecture.md, not from the code.
 */
#include "check.h"

#include "core/policy/select.h"

/* ---- what is asked for: the columns ------------------------------------------------------------------------------
 */

enum { CPU, VULKAN, AUTO, UNKNOWN, BACKENDS };
static const char *const backends[BACKENDS] = {"cpu", "vulkan", "auto", "unknown"};

/* ---- what is found: the rows --------------------------------------------------------------------------------------
 */

#define FP32 VORDEC_CAP_FP32
#define FP64 VORDEC_CAP_FP64

static const char *const cpu_ffts[] = {"fftw", "pruned", NULL}, *const gpu_ffts[] = {"vkfft", "direct", NULL};
static const struct vordec_device host = {.type = VORDEC_DEVICE_HOST, .name = "CPU", .capabilities = FP64};

struct row {
  const char *found;
  /* the vulkan plugin: its failure, or its devices (up to two) */
  enum vordec_reason failure;
  struct vordec_device devices[2];
  uint64_t failed; /* devices that could not be opened or planned for, for `failure` */
  bool fft_failed; /* the FFT asked for cannot do the size */
  bool no_cpu;     /* decode_cpu.so is missing */
  /* what else is asked for */
  const char *device, *fft;
  enum wanted_precision precision;
  bool software; /* allow_software_device */
  /* under strict and permissive */
  const char *expected[BACKENDS][2];
};

#define GPU(kind, caps)                                                                                                \
  { .type = VORDEC_DEVICE_##kind, .name = #kind, .capabilities = (caps) }
#define UNUSABLE(why)                                                                                                  \
  {                                                                                                                    \
    .type = VORDEC_DEVICE_DISCRETE, .name = "Card", .capabilities = FP32 | FP64, .unusable = (why),                    \
    .unusable_detail = "a reason"                                                                                      \
  }
#define ALWAYS(cell)                                                                                                   \
  { cell, cell }
#define MOVED(reason) "cpu fp64 after " reason " [GPU_DECODE_FALLBACK_CPU]"
/* The plugin fails before any device is seen: the same whatever the reason, except for the reason. */
#define FAILS(why, name)                                                                                               \
  {                                                                                                                    \
    .found = name, .failure = (why), .expected = {                                                                     \
      [CPU] = ALWAYS("cpu fp64"),                                                                                      \
      [VULKAN] = {"refused: " name, MOVED(name)},                                                                      \
      [AUTO] = ALWAYS("cpu fp64 because " name),                                                                       \
      [UNKNOWN] = {"refused: plugin-not-found", MOVED("plugin-not-found")}                                             \
    }                                                                                                                  \
  }
#define NOBODY                                                                                                         \
  { "refused: plugin-not-found", MOVED("plugin-not-found") }
#define CARD                                                                                                           \
  { GPU(DISCRETE, FP32 | FP64) }

static const struct row rows[] = {
    FAILS(VORDEC_REASON_PLUGIN_NAME, "plugin-name"),
    FAILS(VORDEC_REASON_PLUGIN_NOT_FOUND, "plugin-not-found"),
    FAILS(VORDEC_REASON_PLUGIN_LOAD, "plugin-load"),
    FAILS(VORDEC_REASON_PLUGIN_ENTRY, "plugin-entry"),
    FAILS(VORDEC_REASON_PLUGIN_ABI, "plugin-abi"),
    FAILS(VORDEC_REASON_PLUGIN_IDENTITY, "plugin-identity"),
    FAILS(VORDEC_REASON_NO_LOADER, "no-loader"),
    FAILS(VORDEC_REASON_NO_DRIVER, "no-driver"),
    FAILS(VORDEC_REASON_BROKEN_DRIVER, "broken-driver"),
    FAILS(VORDEC_REASON_NO_DEVICE, "no-device"),
    FAILS(VORDEC_REASON_OTHER_PROCESS, "other-process"),
    {.found = "no device, and no reason",
     .expected = {[CPU] = ALWAYS("cpu fp64"),
                  [VULKAN] = {"refused: no-device", MOVED("no-device")},
                  [AUTO] = ALWAYS("cpu fp64 because no-device"),
                  [UNKNOWN] = NOBODY}},

    /* GPUs */
    {.found = "discrete",
     .devices = CARD,
     .expected = {[CPU] = ALWAYS("cpu fp64"),
                  [VULKAN] = ALWAYS("vulkan fp32"),
                  [AUTO] = ALWAYS("vulkan fp32"),
                  [UNKNOWN] = NOBODY}},
    {.found = "integrated",
     .devices = {GPU(INTEGRATED, FP32)},
     .expected = {[CPU] = ALWAYS("cpu fp64"),
                  [VULKAN] = ALWAYS("vulkan fp32"),
                  [AUTO] = ALWAYS("vulkan fp32"),
                  [UNKNOWN] = NOBODY}},
    {.found = "virtual",
     .devices = {GPU(VIRTUAL, FP32 | FP64)},
     .expected = {[CPU] = ALWAYS("cpu fp64"),
                  [VULKAN] = ALWAYS("vulkan fp32"),
                  [AUTO] = ALWAYS("vulkan fp32"),
                  [UNKNOWN] = NOBODY}},
    {.found = "a software device and a discrete one",
     .devices = {GPU(SOFTWARE, FP32 | FP64), GPU(DISCRETE, FP32)},
     .expected = {[CPU] = ALWAYS("cpu fp64"),
                  [VULKAN] = ALWAYS("vulkan fp32"),
                  [AUTO] = ALWAYS("vulkan fp32"),
                  [UNKNOWN] = NOBODY}},

    /* devices that may not be used */
    {.found = "only software, not allowed",
     .devices = {GPU(SOFTWARE, FP32 | FP64)},
     .expected = {[CPU] = ALWAYS("cpu fp64"),
                  [VULKAN] = {"refused: software-device", MOVED("software-device")},
                  [AUTO] = ALWAYS("cpu fp64 because software-device"),
                  [UNKNOWN] = NOBODY}},
    {.found = "only software, allowed: by name; auto wants a GPU",
     .devices = {GPU(SOFTWARE, FP32 | FP64)},
     .software = true,
     .expected = {[CPU] = ALWAYS("cpu fp64"),
                  [VULKAN] = ALWAYS("vulkan fp32 [SOFTWARE_DEVICE]"),
                  [AUTO] = ALWAYS("cpu fp64"),
                  [UNKNOWN] = NOBODY}},
    {.found = "of no known kind",
     .devices = {GPU(OTHER, FP32 | FP64)},
     .software = true,
     .expected = {[CPU] = ALWAYS("cpu fp64"),
                  [VULKAN] = {"refused: device-unsuitable", MOVED("device-unsuitable")},
                  [AUTO] = ALWAYS("cpu fp64 because device-unsuitable"),
                  [UNKNOWN] = NOBODY}},
    {.found = "unsuitable",
     .devices = {UNUSABLE(VORDEC_REASON_DEVICE_UNSUITABLE)},
     .expected = {[CPU] = ALWAYS("cpu fp64"),
                  [VULKAN] = {"refused: device-unsuitable", MOVED("device-unsuitable")},
                  [AUTO] = ALWAYS("cpu fp64 because device-unsuitable"),
                  [UNKNOWN] = NOBODY}},
    {.found = "with no hardware behind it",
     .devices = {UNUSABLE(VORDEC_REASON_NULL_DEVICE)},
     .expected = {[CPU] = ALWAYS("cpu fp64"),
                  [VULKAN] = {"refused: null-device", MOVED("null-device")},
                  [AUTO] = ALWAYS("cpu fp64 because null-device"),
                  [UNKNOWN] = NOBODY}},
    {.found = "with a broken driver",
     .devices = {UNUSABLE(VORDEC_REASON_BROKEN_DRIVER)},
     .expected = {[CPU] = ALWAYS("cpu fp64"),
                  [VULKAN] = {"refused: broken-driver", MOVED("broken-driver")},
                  [AUTO] = ALWAYS("cpu fp64 because broken-driver"),
                  [UNKNOWN] = NOBODY}},
    {.found = "one that has neither fp32 nor fp64",
     .devices = {GPU(DISCRETE, 0)},
     .expected = {[CPU] = ALWAYS("cpu fp64"),
                  [VULKAN] = {"refused: device-unsuitable", MOVED("device-unsuitable")},
                  [AUTO] = ALWAYS("cpu fp64 because device-unsuitable"),
                  [UNKNOWN] = NOBODY}},

    /* a device asked for */
    {.found = "not the device asked for: no backend has it",
     .devices = CARD,
     .device = "9",
     .expected = {[CPU] = ALWAYS("refused: device-not-found"),
                  [VULKAN] = {"refused: device-not-found", MOVED("device-not-found")},
                  [AUTO] = ALWAYS("refused: device-not-found"),
                  [UNKNOWN] = NOBODY}},
    {.found = "the device asked for, by part of its name",
     .devices = {GPU(DISCRETE, FP32), GPU(INTEGRATED, FP32 | FP64)},
     .device = "integr",
     .precision = PRECISION_FP64,
     .expected = {[CPU] = ALWAYS("refused: device-not-found"),
                  [VULKAN] = ALWAYS("vulkan fp64"),
                  [AUTO] = ALWAYS("vulkan fp64"),
                  [UNKNOWN] = NOBODY}},

    /* a precision asked for */
    {.found = "fp64 asked for, the GPU has it",
     .devices = CARD,
     .precision = PRECISION_FP64,
     .expected = {[CPU] = ALWAYS("cpu fp64"),
                  [VULKAN] = ALWAYS("vulkan fp64"),
                  [AUTO] = ALWAYS("vulkan fp64"),
                  [UNKNOWN] = NOBODY}},
    {.found = "fp64 asked for, the GPU has none: precision moves before the backend",
     .devices = {GPU(DISCRETE, FP32)},
     .precision = PRECISION_FP64,
     .expected = {[CPU] = ALWAYS("cpu fp64"),
                  [VULKAN] = {"refused: no-fp64", "vulkan fp32 [PRECISION_DOWNGRADE]"},
                  [AUTO] = ALWAYS("cpu fp64 because no-fp64"),
                  [UNKNOWN] = NOBODY}},
    {.found = "fp32 asked for, the GPU has it",
     .devices = CARD,
     .precision = PRECISION_FP32,
     .expected = {[CPU] = {"refused: no-fp32", "cpu fp64 [PRECISION_DOWNGRADE]"},
                  [VULKAN] = ALWAYS("vulkan fp32"),
                  [AUTO] = ALWAYS("vulkan fp32"),
                  [UNKNOWN] = {"refused: plugin-not-found",
                               "cpu fp64 after plugin-not-found [GPU_DECODE_FALLBACK_CPU PRECISION_DOWNGRADE]"}}},
    {.found = "fp32 asked for, nobody has it",
     .devices = {GPU(DISCRETE, FP64)},
     .precision = PRECISION_FP32,
     .expected = {[CPU] = {"refused: no-fp32", "cpu fp64 [PRECISION_DOWNGRADE]"},
                  [VULKAN] = {"refused: no-fp32", "vulkan fp64 [PRECISION_DOWNGRADE]"},
                  [AUTO] = {"refused: no-fp32", "vulkan fp64 [PRECISION_DOWNGRADE]"},
                  [UNKNOWN] = {"refused: plugin-not-found",
                               "cpu fp64 after plugin-not-found [GPU_DECODE_FALLBACK_CPU PRECISION_DOWNGRADE]"}}},

    /* an FFT asked for */
    {.found = "an FFT of the GPU's asked for",
     .devices = CARD,
     .fft = "vkfft",
     .expected = {[CPU] = {"refused: no-fft", "cpu fp64 [FFT_FALLBACK]"},
                  [VULKAN] = ALWAYS("vulkan fp32 vkfft"),
                  [AUTO] = ALWAYS("vulkan fp32 vkfft"),
                  [UNKNOWN] = {"refused: plugin-not-found",
                               "cpu fp64 after plugin-not-found [GPU_DECODE_FALLBACK_CPU FFT_FALLBACK]"}}},
    {.found = "an FFT of cpu's asked for: the FFT moves before the backend",
     .devices = CARD,
     .fft = "fftw",
     .expected = {[CPU] = ALWAYS("cpu fp64 fftw"),
                  [VULKAN] = {"refused: no-fft", "vulkan fp32 [FFT_FALLBACK]"},
                  [AUTO] = ALWAYS("cpu fp64 fftw because no-fft"),
                  [UNKNOWN] = {"refused: plugin-not-found",
                               "cpu fp64 fftw after plugin-not-found [GPU_DECODE_FALLBACK_CPU]"}}},
    {.found = "an FFT that nobody has",
     .devices = CARD,
     .fft = "no-such",
     .expected = {[CPU] = {"refused: no-fft", "cpu fp64 [FFT_FALLBACK]"},
                  [VULKAN] = {"refused: no-fft", "vulkan fp32 [FFT_FALLBACK]"},
                  [AUTO] = {"refused: no-fft", "vulkan fp32 [FFT_FALLBACK]"},
                  [UNKNOWN] = {"refused: plugin-not-found",
                               "cpu fp64 after plugin-not-found [GPU_DECODE_FALLBACK_CPU FFT_FALLBACK]"}}},
    {.found = "an FFT that cannot do the size",
     .devices = CARD,
     .fft = "vkfft",
     .fft_failed = true,
     .expected = {[CPU] = {"refused: no-fft", "cpu fp64 [FFT_FALLBACK]"},
                  [VULKAN] = {"refused: fft-size", "vulkan fp32 [FFT_FALLBACK]"},
                  [AUTO] = {"refused: no-fft", "vulkan fp32 [FFT_FALLBACK]"},
                  [UNKNOWN] = {"refused: plugin-not-found",
                               "cpu fp64 after plugin-not-found [GPU_DECODE_FALLBACK_CPU FFT_FALLBACK]"}}},

    /* a device that failed when it was opened or planned for */
    {.found = "a GPU without room for the plan",
     .devices = CARD,
     .failure = VORDEC_REASON_MEMORY,
     .failed = 1,
     .expected = {[CPU] = ALWAYS("cpu fp64"),
                  [VULKAN] = {"refused: memory", MOVED("memory")},
                  [AUTO] = ALWAYS("cpu fp64 because memory"),
                  [UNKNOWN] = NOBODY}},
    {.found = "a second GPU with room for it",
     .devices = {GPU(DISCRETE, FP32), GPU(INTEGRATED, FP64)},
     .failure = VORDEC_REASON_MEMORY,
     .failed = 1,
     .expected = {[CPU] = ALWAYS("cpu fp64"),
                  [VULKAN] = ALWAYS("vulkan fp64"),
                  [AUTO] = ALWAYS("vulkan fp64"),
                  [UNKNOWN] = NOBODY}},
    {.found = "a plan that lies",
     .devices = CARD,
     .failure = VORDEC_REASON_EVIDENCE,
     .failed = 1,
     .expected = {[CPU] = ALWAYS("cpu fp64"),
                  [VULKAN] = {"refused: evidence", MOVED("evidence")},
                  [AUTO] = ALWAYS("cpu fp64 because evidence"),
                  [UNKNOWN] = NOBODY}},
    {.found = "no rollout",
     .devices = CARD,
     .failure = VORDEC_REASON_NO_INTERFACE,
     .failed = 1,
     .expected = {[CPU] = ALWAYS("cpu fp64"),
                  [VULKAN] = {"refused: no-interface", MOVED("no-interface")},
                  [AUTO] = ALWAYS("cpu fp64 because no-interface"),
                  [UNKNOWN] = NOBODY}},

    /* nothing to fall back to */
    {.found = "a GPU, and no cpu",
     .devices = CARD,
     .no_cpu = true,
     .expected = {[CPU] = ALWAYS("refused: plugin-not-found"),
                  [VULKAN] = ALWAYS("vulkan fp32"),
                  [AUTO] = ALWAYS("vulkan fp32"),
                  [UNKNOWN] = ALWAYS("refused: plugin-not-found")}},
    {.found = "no driver, and no cpu",
     .failure = VORDEC_REASON_NO_DRIVER,
     .no_cpu = true,
     .expected = {[CPU] = ALWAYS("refused: plugin-not-found"),
                  [VULKAN] = ALWAYS("refused: no-driver"),
                  [AUTO] = ALWAYS("refused: plugin-not-found"),
                  [UNKNOWN] = ALWAYS("refused: plugin-not-found")}},
    {.found = "only software, and no cpu",
     .devices = {GPU(SOFTWARE, FP32)},
     .no_cpu = true,
     .expected = {[CPU] = ALWAYS("refused: plugin-not-found"),
                  [VULKAN] = ALWAYS("refused: software-device"),
                  [AUTO] = ALWAYS("refused: plugin-not-found"),
                  [UNKNOWN] = ALWAYS("refused: plugin-not-found")}},
};
#define ROWS (sizeof rows / sizeof *rows)

/* ---- running it ---------------------------------------------------------------------------------------------------
 */

static struct select_candidate missing(const char *name) {
  return (struct select_candidate){.name = name,
                                   .state = CANDIDATE_FAILED,
                                   .failure = {VORDEC_E_UNSUPPORTED, VORDEC_REASON_PLUGIN_NOT_FOUND, "no such file"}};
}

static struct select_candidate vulkan_of(const struct row *row) {
  struct select_candidate vulkan = {
      .name = "vulkan", .state = CANDIDATE_PROBED, .devices = row->devices, .failed = row->failed, .ffts = gpu_ffts};
  while (vulkan.device_count < 2 && row->devices[vulkan.device_count].name[0]) vulkan.device_count++;
  if (row->failure) vulkan.failure = (struct vordec_error){VORDEC_E_UNSUPPORTED, row->failure, "because"};
  if (row->failure && !row->failed) vulkan.state = CANDIDATE_FAILED;
  if (row->fft_failed) vulkan.fft_failure = (struct vordec_error){VORDEC_E_UNSUPPORTED, VORDEC_REASON_FFT_SIZE, "size"};
  return vulkan;
}

/* "cpu fp64 after no-loader [GPU_DECODE_FALLBACK_CPU]" */
static void describe(const struct selection *got, const struct select_candidate *found, char *text, size_t size) {
  if (got->verdict != SELECT_USE) {
    snprintf(text, size, "%s: %s", got->verdict == SELECT_REFUSE ? "refused" : "probes",
             vordec_reason_name(got->reason));
    return;
  }
  size_t used = (size_t)snprintf(text, size, "%s %s", found[got->candidate].name,
                                 got->precision == VORDEC_FP64 ? "fp64" : "fp32");
  if (strcmp(got->fft, "auto") != 0) used += (size_t)snprintf(text + used, size - used, " %s", got->fft);
  if (got->reason) {
    used += (size_t)snprintf(text + used, size - used, " %s %s", got->downgraded ? "after" : "because",
                             vordec_reason_name(got->reason));
  }
  const char *before = " [";
  for (int i = 0; i < FLAG_COUNT; i++) {
    if (!got->flags.raised[i]) continue;
    used += (size_t)snprintf(text + used, size - used, "%s%s", before, flag_name((enum perf_flag)i));
    before = " ";
  }
  if (before[1] == '\0') snprintf(text + used, size - used, "]");
}

static size_t check_cell(const struct row *row, int backend, bool permissive) {
  const struct select_candidate cpu = {
      .name = "cpu", .state = CANDIDATE_PROBED, .devices = &host, .device_count = 1, .ffts = cpu_ffts};
  struct select_candidate found[3] = {vulkan_of(row), row->no_cpu ? missing("cpu") : cpu, missing("unknown")};
  const struct select_request request = {.backend = backends[backend],
                                         .permissive = permissive,
                                         .fallback = {"cpu"},
                                         .fallback_count = 1,
                                         .device = row->device ? row->device : "auto",
                                         .allow_software_device = row->software,
                                         .precision = row->precision,
                                         .fft = row->fft ? row->fft : "auto"};
  struct selection got;
  char text[256];
  /* `auto` looks at the plugins that are there, any other request at those that it may need. */
  select_backend(&request, found, backend == AUTO ? 2 : 3, &got);
  describe(&got, found, text, sizeof text);
  if (strcmp(text, row->expected[backend][permissive]) == 0) return 0;
  print_error("%s; asked for %s, %s: '%s' instead of '%s' (%s)\n", row->found, backends[backend],
              permissive ? "permissive" : "strict", text, row->expected[backend][permissive], got.message);
  return 1;
}

static void every_cell(void **state) {
  (void)state;
  size_t wrong = 0;
  for (size_t i = 0; i < ROWS; i++) {
    for (int backend = 0; backend < BACKENDS; backend++) {
      wrong += check_cell(&rows[i], backend, false) + check_cell(&rows[i], backend, true);
    }
  }
  assert_int_equal(wrong, 0);
}

/* Every reason that a selection can end with stands in the table: a new one needs a row. Lack of the host's memory ends
 * the selection itself. */
static void every_reason(void **state) {
  (void)state;
  for (int reason = VORDEC_REASON_NONE + 1; reason < VORDEC_REASON_COUNT; reason++) {
    const char *name = vordec_reason_name((enum vordec_reason)reason);
    bool there = reason == VORDEC_REASON_HOST_MEMORY;
    for (size_t i = 0; i < ROWS; i++) {
      for (int backend = 0; backend < BACKENDS; backend++) {
        there = there || strstr(rows[i].expected[backend][0], name) != NULL;
      }
    }
    if (!there) fail_msg("no row refuses for %s", name);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_cell), cmocka_unit_test(every_reason)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
