/* SPDX-License-Identifier: MIT */
/* The table of select_backend(): request, policy and what probing found, against what is used and why. */
#include "check.h"

#include "core/policy/select.h"

/* ---- what probing may have found ----------------------------------------------------------------------------------
 */

#define BOTH (VORDEC_CAP_FP32 | VORDEC_CAP_FP64)
#define ONE(array) .devices = (array), .device_count = sizeof(array) / sizeof *(array)

static const char *const cpu_ffts[] = {"fftw", "pruned", NULL}, *const gpu_ffts[] = {"vkfft", "direct", NULL};

static const struct vordec_device host[] = {
    {.type = VORDEC_DEVICE_HOST, .name = "CPU", .capabilities = VORDEC_CAP_FP64}};
static const struct vordec_device discrete[] = {
    {.type = VORDEC_DEVICE_DISCRETE, .name = "Card 9000", .capabilities = BOTH}};
static const struct vordec_device integrated[] = {
    {.type = VORDEC_DEVICE_INTEGRATED, .name = "Chip 5", .capabilities = BOTH}};
static const struct vordec_device virtual_gpu[] = {
    {.type = VORDEC_DEVICE_VIRTUAL, .name = "Passed Through", .capabilities = BOTH}};
static const struct vordec_device fp32_only[] = {
    {.type = VORDEC_DEVICE_DISCRETE, .name = "Half Card", .capabilities = VORDEC_CAP_FP32}};
static const struct vordec_device fp64_only[] = {
    {.type = VORDEC_DEVICE_DISCRETE, .name = "Exact Card", .capabilities = VORDEC_CAP_FP64}};
static const struct vordec_device no_arithmetic[] = {{.type = VORDEC_DEVICE_DISCRETE, .name = "Scanout"}};
static const struct vordec_device software[] = {
    {.type = VORDEC_DEVICE_SOFTWARE, .name = "llvmpipe", .capabilities = BOTH}};
static const struct vordec_device other[] = {{.type = VORDEC_DEVICE_OTHER, .name = "Oddity", .capabilities = BOTH}};
static const struct vordec_device beyond_the_enum[] = {
    {.type = (enum vordec_device_type)77, .name = "Tomorrow", .capabilities = BOTH}};
static const struct vordec_device unusable[] = {{.type = VORDEC_DEVICE_DISCRETE,
                                                 .name = "Old Card",
                                                 .capabilities = BOTH,
                                                 .unusable = VORDEC_REASON_DEVICE_UNSUITABLE,
                                                 .unusable_detail = "it has no compute queue"}};

static const struct select_candidate cpu_untried = {.name = "cpu"};
static const struct select_candidate cpu = {.name = "cpu", .state = CANDIDATE_PROBED, ONE(host), .ffts = cpu_ffts};
static const struct select_candidate cpu_missing = {
    .name = "cpu",
    .state = CANDIDATE_FAILED,
    .failure = {VORDEC_E_UNSUPPORTED, VORDEC_REASON_PLUGIN_NOT_FOUND, "no decode_cpu.so in /p"}};
static const struct select_candidate tpu = {.name = "tpu", .state = CANDIDATE_PROBED, ONE(host), .ffts = cpu_ffts};
static const struct select_candidate ghost = {
    .name = "ghost",
    .state = CANDIDATE_FAILED,
    .failure = {VORDEC_E_UNSUPPORTED, VORDEC_REASON_PLUGIN_NOT_FOUND, "no decode_ghost.so in /p"}};

#define VULKAN(found) .name = "vulkan", .state = CANDIDATE_PROBED, ONE(found), .ffts = gpu_ffts
static const struct select_candidate vk_untried = {.name = "vulkan"};
static const struct select_candidate vk_failed = {
    .name = "vulkan",
    .state = CANDIDATE_FAILED,
    .failure = {VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_LOADER, "libvulkan.so.1 is missing"}};
static const struct select_candidate vk_mute = {.name = "vulkan", .state = CANDIDATE_FAILED};
static const struct select_candidate vk_no_device = {.name = "vulkan", .state = CANDIDATE_PROBED, .ffts = gpu_ffts};
static const struct select_candidate vk_discrete = {VULKAN(discrete)};
static const struct select_candidate vk_integrated = {VULKAN(integrated)};
static const struct select_candidate vk_virtual = {VULKAN(virtual_gpu)};
static const struct select_candidate vk_fp32 = {VULKAN(fp32_only)};
static const struct select_candidate vk_fp64 = {VULKAN(fp64_only)};
static const struct select_candidate vk_no_arithmetic = {VULKAN(no_arithmetic)};
static const struct select_candidate vk_software = {VULKAN(software)};
static const struct select_candidate vk_other = {VULKAN(other)};
static const struct select_candidate vk_beyond = {VULKAN(beyond_the_enum)};
static const struct select_candidate vk_unusable = {VULKAN(unusable)};
static const struct select_candidate vk_fft_failed = {
    VULKAN(discrete), .fft_failure = {VORDEC_E_UNSUPPORTED, VORDEC_REASON_FFT_SIZE, "vkfft cannot do N = 17"}};
static const struct select_candidate cpu_fft_failed = {
    .name = "cpu",
    .state = CANDIDATE_PROBED,
    ONE(host),
    .ffts = cpu_ffts,
    .fft_failure = {VORDEC_E_UNSUPPORTED, VORDEC_REASON_FFT_SIZE, "pruned cannot do N = 17"}};

/* Before and after the Vulkan backend's `vkfft-pruned` became `pruned`. */
static const char *const ffts_before[] = {"vkfft-pruned", "vkfft", NULL}, *const ffts_now[] = {"pruned", "vkfft", NULL};
static const struct select_candidate vk_before = {
    .name = "vulkan", .state = CANDIDATE_PROBED, ONE(discrete), .ffts = ffts_before};
static const struct select_candidate vk_now = {
    .name = "vulkan", .state = CANDIDATE_PROBED, ONE(discrete), .ffts = ffts_now};

/* ---- the table ----------------------------------------------------------------------------------------------------
 */

#define STRICT false
#define PERMISSIVE true
#define BIT(flag) (1u << (flag))
#define MOVED BIT(FLAG_GPU_DECODE_FALLBACK_CPU)
#define SLOWER_FFT BIT(FLAG_FFT_FALLBACK)
#define ROUGHER BIT(FLAG_PRECISION_DOWNGRADE)
#define SOFT BIT(FLAG_SOFTWARE_DEVICE)

/* NULL and zero stand for the defaults: device auto, fft auto, fallback cpu. */
struct row {
  const char *backend;
  bool permissive;
  const struct select_candidate *found[3];
  struct {
    const char *device, *fft, *fallback[3];
    bool software;
    enum wanted_precision precision;
  } ask;
  enum select_verdict verdict;
  const char *candidate; /* PROBE, USE */
  enum vordec_precision precision;
  const char *fft;
  bool downgraded;
  enum vordec_reason reason;
  unsigned flags;
  const char *says; /* a part of the message */
};

#define USES(name, p, f) .verdict = SELECT_USE, .candidate = (name), .precision = (p), .fft = (f)
#define PROBES(name) .verdict = SELECT_PROBE, .candidate = (name)
#define REFUSES(why, text) .verdict = SELECT_REFUSE, .reason = (why), .says = (text)
#define FALLS(why, text) .downgraded = true, .reason = (why), .says = (text), USES("cpu", VORDEC_FP64, "auto")
#define ON_CPU USES("cpu", VORDEC_FP64, "auto")
#define ON_GPU USES("vulkan", VORDEC_FP32, "auto")
#define FP64 PRECISION_FP64
#define FP32 PRECISION_FP32

static const struct row rows[] = {
    /* cpu asked for */
    {"cpu", STRICT, {&cpu_untried}, PROBES("cpu")},
    {"cpu", STRICT, {&cpu}, ON_CPU},
    {"cpu", PERMISSIVE, {&cpu}, ON_CPU},
    {"cpu", STRICT, {&vk_discrete, &cpu}, ON_CPU},
    {"cpu", STRICT, {&cpu_missing}, REFUSES(VORDEC_REASON_PLUGIN_NOT_FOUND, "no decode_cpu.so in /p")},
    {"cpu", PERMISSIVE, {&cpu_missing}, REFUSES(VORDEC_REASON_PLUGIN_NOT_FOUND, "no decode_cpu.so in /p")},
    {"cpu", STRICT, {&cpu}, {.precision = FP64}, ON_CPU},
    {"cpu", STRICT, {&cpu}, {.precision = FP32}, REFUSES(VORDEC_REASON_NO_FP32, "computes in fp64 only")},
    {"cpu", PERMISSIVE, {&cpu}, {.precision = FP32}, ON_CPU, .flags = ROUGHER},
    {"cpu", STRICT, {&cpu}, {.fft = "pruned"}, USES("cpu", VORDEC_FP64, "pruned")},
    {"cpu", STRICT, {&cpu}, {.fft = "vkfft"}, REFUSES(VORDEC_REASON_NO_FFT, "it offers fftw, pruned")},
    {"cpu", PERMISSIVE, {&cpu}, {.fft = "vkfft"}, ON_CPU, .flags = SLOWER_FFT},
    {"cpu", STRICT, {&cpu_fft_failed}, {.fft = "pruned"}, REFUSES(VORDEC_REASON_FFT_SIZE, "pruned cannot do N = 17")},
    {"cpu", PERMISSIVE, {&cpu_fft_failed}, {.fft = "pruned"}, ON_CPU, .flags = SLOWER_FFT},
    {"cpu", PERMISSIVE, {&cpu}, {.fft = "vkfft", .precision = FP32}, ON_CPU, .flags = SLOWER_FFT | ROUGHER},
    {"cpu",
     STRICT,
     {&cpu},
     {.device = "3"},
     REFUSES(VORDEC_REASON_DEVICE_NOT_FOUND, "its only device does not match '3'")},
    {"cpu", PERMISSIVE, {&cpu}, {.device = "3"}, REFUSES(VORDEC_REASON_DEVICE_NOT_FOUND, "not match '3'")},

    /* vulkan asked for, strict: what was asked for or a refusal */
    {"vulkan", STRICT, {&vk_untried, &cpu_untried}, PROBES("vulkan")},
    {"vulkan", STRICT, {&vk_discrete, &cpu_untried}, ON_GPU},
    {"vulkan", STRICT, {&vk_integrated}, ON_GPU},
    {"vulkan", STRICT, {&vk_virtual}, ON_GPU},
    {"vulkan", STRICT, {&vk_failed, &cpu}, REFUSES(VORDEC_REASON_NO_LOADER, "libvulkan.so.1 is missing")},
    {"vulkan", STRICT, {&vk_mute, &cpu}, REFUSES(VORDEC_REASON_DEVICE_UNSUITABLE, "vulkan")},
    {"vulkan", STRICT, {&vk_no_device, &cpu}, REFUSES(VORDEC_REASON_NO_DEVICE, "it reports no device")},
    {"vulkan", STRICT, {&vk_other, &cpu}, REFUSES(VORDEC_REASON_DEVICE_UNSUITABLE, "not a kind of device")},
    {"vulkan", STRICT, {&vk_beyond, &cpu}, REFUSES(VORDEC_REASON_DEVICE_UNSUITABLE, "not a kind of device")},
    {"vulkan", STRICT, {&vk_unusable, &cpu}, REFUSES(VORDEC_REASON_DEVICE_UNSUITABLE, "it has no compute queue")},
    {"vulkan", STRICT, {&vk_no_arithmetic, &cpu}, REFUSES(VORDEC_REASON_DEVICE_UNSUITABLE, "Scanout")},
    {"vulkan", STRICT, {&vk_software, &cpu}, REFUSES(VORDEC_REASON_SOFTWARE_DEVICE, "allow_software_device = true")},
    {"vulkan", STRICT, {&vk_software, &cpu}, {.software = true}, ON_GPU, .flags = SOFT},
    {"vulkan", STRICT, {&vk_other, &cpu}, {.software = true}, REFUSES(VORDEC_REASON_DEVICE_UNSUITABLE, "Oddity")},
    {"vulkan", STRICT, {&vk_discrete}, {.precision = FP32}, ON_GPU},
    {"vulkan", STRICT, {&vk_discrete}, {.precision = FP64}, USES("vulkan", VORDEC_FP64, "auto")},
    {"vulkan", STRICT, {&vk_fp32}, ON_GPU},
    {"vulkan", STRICT, {&vk_fp32, &cpu}, {.precision = FP64}, REFUSES(VORDEC_REASON_NO_FP64, "Half Card) has no fp64")},
    {"vulkan", STRICT, {&vk_fp64}, USES("vulkan", VORDEC_FP64, "auto")},
    {"vulkan", STRICT, {&vk_fp64, &cpu}, {.precision = FP32}, REFUSES(VORDEC_REASON_NO_FP32, "Exact Card")},
    {"vulkan", STRICT, {&vk_discrete}, {.fft = "direct"}, USES("vulkan", VORDEC_FP32, "direct")},
    {"vulkan", STRICT, {&vk_discrete, &cpu}, {.fft = "fftw"}, REFUSES(VORDEC_REASON_NO_FFT, "it offers vkfft, direct")},
    {"vulkan", STRICT, {&vk_fft_failed}, {.fft = "vkfft"}, REFUSES(VORDEC_REASON_FFT_SIZE, "vkfft cannot do N = 17")},
    {"vulkan", STRICT, {&vk_fft_failed}, ON_GPU}, /* another FFT may serve */
    {"vulkan", STRICT, {&vk_failed, &cpu}, REFUSES(VORDEC_REASON_NO_LOADER, "policy = permissive")},

    /* vulkan asked for, permissive: one move, recorded */
    {"vulkan", PERMISSIVE, {&vk_untried, &cpu_untried}, PROBES("vulkan")},
    {"vulkan", PERMISSIVE, {&vk_discrete, &cpu_untried}, ON_GPU},
    {"vulkan", PERMISSIVE, {&vk_failed, &cpu_untried}, PROBES("cpu")},
    {"vulkan", PERMISSIVE, {&vk_failed, &cpu}, FALLS(VORDEC_REASON_NO_LOADER, "libvulkan.so.1"), .flags = MOVED},
    {"vulkan", PERMISSIVE, {&vk_no_device, &cpu}, FALLS(VORDEC_REASON_NO_DEVICE, "vulkan refused"), .flags = MOVED},
    {"vulkan", PERMISSIVE, {&vk_software, &cpu}, FALLS(VORDEC_REASON_SOFTWARE_DEVICE, "llvmpipe"), .flags = MOVED},
    {"vulkan", PERMISSIVE, {&vk_software, &cpu}, {.software = true}, ON_GPU, .flags = SOFT},
    {"vulkan", PERMISSIVE, {&vk_other, &cpu}, FALLS(VORDEC_REASON_DEVICE_UNSUITABLE, "Oddity"), .flags = MOVED},
    {"vulkan", PERMISSIVE, {&vk_unusable, &cpu}, FALLS(VORDEC_REASON_DEVICE_UNSUITABLE, "queue"), .flags = MOVED},
    {"vulkan", PERMISSIVE, {&vk_fp32, &cpu}, {.precision = FP64}, ON_GPU, .flags = ROUGHER},
    {"vulkan", PERMISSIVE, {&vk_fp64}, {.precision = FP32}, USES("vulkan", VORDEC_FP64, "auto"), .flags = ROUGHER},
    {"vulkan", PERMISSIVE, {&vk_discrete, &cpu}, {.fft = "fftw"}, ON_GPU, .flags = SLOWER_FFT},
    {"vulkan", PERMISSIVE, {&vk_fft_failed, &cpu}, {.fft = "vkfft"}, ON_GPU, .flags = SLOWER_FFT},
    {"vulkan", PERMISSIVE, {&vk_fp32}, {.precision = FP64, .fft = "x"}, ON_GPU, .flags = ROUGHER | SLOWER_FFT},
    /* the device, the FFT and the precision were wishes of the backend that failed */
    {"vulkan",
     PERMISSIVE,
     {&vk_discrete, &cpu},
     {.device = "Chip"},
     FALLS(VORDEC_REASON_DEVICE_NOT_FOUND, "'Chip'"),
     .flags = MOVED},
    {"vulkan",
     PERMISSIVE,
     {&vk_failed, &cpu},
     {.fft = "vkfft"},
     FALLS(VORDEC_REASON_NO_LOADER, "libvulkan"),
     .flags = MOVED | SLOWER_FFT},
    {"vulkan",
     PERMISSIVE,
     {&vk_failed, &cpu},
     {.precision = FP32},
     FALLS(VORDEC_REASON_NO_LOADER, "libvulkan"),
     .flags = MOVED | ROUGHER},
    {"vulkan",
     PERMISSIVE,
     {&vk_failed, &cpu},
     {.precision = FP64},
     FALLS(VORDEC_REASON_NO_LOADER, "libvulkan"),
     .flags = MOVED},
    /* what cpu offers is not given up for what vulkan lacked */
    {"vulkan",
     PERMISSIVE,
     {&vk_no_arithmetic, &cpu},
     {.fft = "fftw"},
     .downgraded = true,
     .reason = VORDEC_REASON_DEVICE_UNSUITABLE,
     USES("cpu", VORDEC_FP64, "fftw"),
     .flags = MOVED},

    /* where a downgrade goes */
    {"vulkan", PERMISSIVE, {&vk_failed, &cpu}, {.fallback = {"-"}}, REFUSES(VORDEC_REASON_NO_LOADER, "libvulkan")},
    {"vulkan", PERMISSIVE, {&vk_failed, &cpu}, {.fallback = {"vulkan"}}, REFUSES(VORDEC_REASON_NO_LOADER, "libvulkan")},
    {"vulkan",
     PERMISSIVE,
     {&vk_failed, &cpu},
     {.fallback = {"vulkan", "cpu"}},
     FALLS(VORDEC_REASON_NO_LOADER, "libvulkan"),
     .flags = MOVED},
    {"vulkan", PERMISSIVE, {&vk_failed, &cpu_missing}, REFUSES(VORDEC_REASON_NO_LOADER, "no decode_cpu.so in /p")},
    /* one move only: the second name of the list is never reached */
    {"vulkan",
     PERMISSIVE,
     {&vk_failed, &ghost, &cpu},
     {.fallback = {"ghost", "cpu"}},
     REFUSES(VORDEC_REASON_NO_LOADER, "its fallback 'ghost' was refused too")},
    {"vulkan",
     PERMISSIVE,
     {&vk_failed, &tpu, &cpu},
     {.fallback = {"tpu", "cpu"}},
     USES("tpu", VORDEC_FP64, "auto"),
     .downgraded = true,
     .reason = VORDEC_REASON_NO_LOADER,
     .flags = MOVED},
    {"vulkan", PERMISSIVE, {&vk_failed}, REFUSES(VORDEC_REASON_NO_LOADER, "libvulkan")}, /* fallback not known */

    /* a plugin that nobody has */
    {"ghost", STRICT, {&ghost, &cpu}, REFUSES(VORDEC_REASON_PLUGIN_NOT_FOUND, "no decode_ghost.so in /p")},
    {"ghost", STRICT, {&cpu}, REFUSES(VORDEC_REASON_PLUGIN_NOT_FOUND, "decode backend 'ghost' refused")},
    {"ghost", PERMISSIVE, {&ghost, &cpu}, FALLS(VORDEC_REASON_PLUGIN_NOT_FOUND, "decode_ghost.so"), .flags = MOVED},
    {"tpu", STRICT, {&tpu, &cpu}, USES("tpu", VORDEC_FP64, "auto")}, /* by name, any kind may be used */

    /* auto: a choice, never a downgrade */
    {"auto", STRICT, {&vk_untried, &cpu_untried}, PROBES("vulkan")},
    {"auto", STRICT, {&vk_discrete, &cpu_untried}, ON_GPU},
    {"auto", STRICT, {&vk_integrated, &cpu_untried}, ON_GPU},
    {"auto", STRICT, {&vk_virtual, &cpu_untried}, ON_GPU},
    {"auto", STRICT, {&vk_failed, &cpu_untried}, PROBES("cpu")},
    {"auto", STRICT, {&vk_failed, &cpu}, ON_CPU, .reason = VORDEC_REASON_NO_LOADER, .says = "libvulkan.so.1"},
    {"auto", PERMISSIVE, {&vk_failed, &cpu}, ON_CPU, .reason = VORDEC_REASON_NO_LOADER, .says = "vulkan"},
    {"auto", STRICT, {&vk_no_device, &cpu}, ON_CPU, .reason = VORDEC_REASON_NO_DEVICE, .says = "no device"},
    {"auto", STRICT, {&vk_software, &cpu}, ON_CPU, .reason = VORDEC_REASON_SOFTWARE_DEVICE, .says = "llvmpipe"},
    {"auto", STRICT, {&vk_other, &cpu}, ON_CPU, .reason = VORDEC_REASON_DEVICE_UNSUITABLE, .says = "Oddity"},
    {"auto", STRICT, {&vk_software, &cpu}, {.software = true}, ON_CPU}, /* allowed, but no GPU */
    {"auto", STRICT, {&tpu, &cpu}, ON_CPU},                             /* a plugin without a GPU: by name only */
    {"auto", STRICT, {&tpu, &cpu_untried}, PROBES("cpu")},
    {"auto", STRICT, {&cpu}, ON_CPU, .reason = VORDEC_REASON_NONE},
    {"auto", STRICT, {&tpu}, REFUSES(VORDEC_REASON_PLUGIN_NOT_FOUND, "no usable backend")},
    {"auto", STRICT, {NULL}, REFUSES(VORDEC_REASON_PLUGIN_NOT_FOUND, "no plugin found")},
    {"auto", PERMISSIVE, {&vk_failed, &cpu_missing}, REFUSES(VORDEC_REASON_PLUGIN_NOT_FOUND, "libvulkan.so.1")},
    {"auto", STRICT, {&vk_fp32, &cpu}, {.precision = FP64}, ON_CPU, .reason = VORDEC_REASON_NO_FP64, .says = "fp64"},
    {"auto", STRICT, {&vk_fp64, &cpu}, {.precision = FP32}, REFUSES(VORDEC_REASON_NO_FP32, "Exact Card")},
    {"auto",
     STRICT,
     {&vk_discrete, &cpu},
     {.fft = "fftw"},
     USES("cpu", VORDEC_FP64, "fftw"),
     .reason = VORDEC_REASON_NO_FFT,
     .says = "vkfft, direct"},
    {"auto", STRICT, {&vk_discrete, &cpu}, {.fft = "x"}, REFUSES(VORDEC_REASON_NO_FFT, "it has no FFT 'x'")},
    {"auto", STRICT, {&vk_discrete, &cpu}, {.device = "card"}, ON_GPU},

    /* an FFT by a name that has changed: that of vulkan, and of nobody else */
    {"vulkan", STRICT, {&vk_now, &cpu}, {.fft = "vkfft-pruned"}, USES("vulkan", VORDEC_FP32, "pruned")},
    {"vulkan", STRICT, {&vk_now, &cpu}, {.fft = "pruned"}, USES("vulkan", VORDEC_FP32, "pruned")},
    {"vulkan", STRICT, {&vk_before}, {.fft = "vkfft-pruned"}, USES("vulkan", VORDEC_FP32, "vkfft-pruned")},
    {"vulkan", STRICT, {&vk_before}, {.fft = "pruned"}, REFUSES(VORDEC_REASON_NO_FFT, "it has no FFT 'pruned'")},
    {"auto", STRICT, {&vk_now, &cpu}, {.fft = "vkfft-pruned"}, USES("vulkan", VORDEC_FP32, "pruned")},
    {"cpu", STRICT, {&cpu}, {.fft = "vkfft-pruned"}, REFUSES(VORDEC_REASON_NO_FFT, "'pruned' of backend vulkan")},
    {"cpu", STRICT, {&cpu}, {.fft = "vkfft-pruned"}, REFUSES(VORDEC_REASON_NO_FFT, "(it offers fftw, pruned)")},
    {"cpu", PERMISSIVE, {&cpu}, {.fft = "vkfft-pruned"}, ON_CPU, .flags = SLOWER_FFT},
    {"tpu", STRICT, {&tpu}, {.fft = "vkfft-pruned"}, REFUSES(VORDEC_REASON_NO_FFT, "'pruned' of backend vulkan")},
    {"auto", STRICT, {&vk_failed, &cpu}, {.fft = "vkfft-pruned"}, REFUSES(VORDEC_REASON_NO_FFT, "libvulkan.so.1")},
    {"vulkan",
     PERMISSIVE,
     {&vk_failed, &cpu},
     {.fft = "vkfft-pruned"},
     FALLS(VORDEC_REASON_NO_LOADER, "libvulkan"),
     .flags = MOVED | SLOWER_FFT},
    {"auto",
     STRICT,
     {&vk_discrete, &cpu},
     {.device = "cpu"},
     ON_CPU,
     .reason = VORDEC_REASON_DEVICE_NOT_FOUND,
     .says = "'cpu'"},
};

/* ---- running it ---------------------------------------------------------------------------------------------------
 */

static struct select_request request_of(const struct row *row) {
  struct select_request request = {
      .backend = row->backend,
      .permissive = row->permissive,
      .device = row->ask.device ? row->ask.device : "auto",
      .allow_software_device = row->ask.software,
      .precision = row->ask.precision,
      .fft = row->ask.fft ? row->ask.fft : "auto",
  };
  for (size_t i = 0; i < 3 && row->ask.fallback[i] && strcmp(row->ask.fallback[0], "-") != 0; i++) {
    request.fallback[request.fallback_count++] = row->ask.fallback[i];
  }
  if (!row->ask.fallback[0]) request.fallback[request.fallback_count++] = "cpu";
  return request;
}

static unsigned raised(const struct perf_flags *flags) {
  unsigned bits = 0;
  for (unsigned i = 0; i < FLAG_COUNT; i++) {
    if (!flags->raised[i]) continue;
    bits |= 1u << i;
    assert_true(flags->why[i][0]);
  }
  return bits;
}

static bool same_text(const char *a, const char *b) {
  return a == b || (a && b && strcmp(a, b) == 0);
}

static bool holds(const struct row *row, const struct select_candidate *found, const struct selection *got) {
  if (got->verdict != row->verdict || got->downgraded != row->downgraded || got->reason != row->reason) return false;
  if (row->says && !strstr(got->message, row->says)) return false;
  if (strchr(got->message, '\n')) return false;
  if (row->verdict == SELECT_REFUSE) return got->message[0] != '\0';
  if (!same_text(found[got->candidate].name, row->candidate)) return false;
  if (row->verdict == SELECT_PROBE) return true;
  return got->precision == row->precision && same_text(got->fft, row->fft) && raised(&got->flags) == row->flags &&
         got->device == 0;
}

static void every_row(void **state) {
  (void)state;
  size_t wrong = 0;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct select_candidate found[3];
    size_t count = 0;
    while (count < 3 && rows[i].found[count]) {
      found[count] = *rows[i].found[count];
      count++;
    }
    const struct select_request request = request_of(&rows[i]);
    struct selection got;
    memset(&got, 0xa5, sizeof got);
    select_backend(&request, found, count, &got);
    if (holds(&rows[i], found, &got)) continue;
    wrong++;
    print_error("row %zu (%s, %s): verdict %d, candidate %zu, precision %d, fft %s, downgraded %d, reason %s: %s\n", i,
                rows[i].backend, rows[i].permissive ? "permissive" : "strict", (int)got.verdict, got.candidate,
                (int)got.precision, got.fft ? got.fft : "-", got.downgraded, vordec_reason_name(got.reason),
                got.message);
  }
  assert_int_equal(wrong, 0);
}

/* Whatever the reason that a candidate failed for, it is the one that is told. */
static void every_failure_reason(void **state) {
  (void)state;
  for (int reason = VORDEC_REASON_NONE + 1; reason < VORDEC_REASON_COUNT; reason++) {
    const enum vordec_reason why = (enum vordec_reason)reason;
    struct select_candidate found[2] = {{.name = "vulkan", .state = CANDIDATE_FAILED}, cpu};
    found[0].failure = (struct vordec_error){VORDEC_E_UNSUPPORTED, why, "because"};
    struct select_request request = {.backend = "vulkan", .device = "auto", .fft = "auto", .fallback = {"cpu"}};
    struct selection got;
    request.fallback_count = 1;

    select_backend(&request, found, 2, &got);
    assert_int_equal(got.verdict, SELECT_REFUSE);
    assert_int_equal(got.reason, why);
    check_line_holds(got.message, vordec_reason_name(why));
    check_line_holds(got.message, vordec_reason_remedy(why));
    check_line_holds(got.message, "decode backend 'vulkan' refused");

    request.permissive = true;
    select_backend(&request, found, 2, &got);
    assert_int_equal(got.verdict, SELECT_USE);
    assert_int_equal(got.candidate, 1);
    assert_true(got.downgraded);
    assert_int_equal(got.reason, why);
    assert_int_equal(raised(&got.flags), MOVED);
    check_line_holds(got.flags.why[FLAG_GPU_DECODE_FALLBACK_CPU], vordec_reason_name(why));

    request.role = SELECT_OP;
    select_backend(&request, found, 2, &got);
    assert_true(got.downgraded);
    assert_int_equal(raised(&got.flags), BIT(FLAG_GPU_ROLLOUT_FALLBACK_CPU));
    request.role = SELECT_DECODE;

    request.backend = "auto";
    select_backend(&request, found, 2, &got);
    assert_int_equal(got.verdict, SELECT_USE);
    assert_false(got.downgraded);
    assert_int_equal(got.reason, why);
    assert_int_equal(raised(&got.flags), 0);
  }
}

/* More names and reasons than a message holds: what fits is told, and the choice is the same. */
static void long_lists(void **state) {
  (void)state;
  static const char *const ffts[] = {"transform-one-of-a-long-list",
                                     "transform-two-of-a-long-list",
                                     "transform-three-of-a-long-list",
                                     "transform-four-of-a-long-list",
                                     "transform-five-of-a-long-list",
                                     "transform-six-of-a-long-list",
                                     "transform-seven-of-a-long-list",
                                     "last",
                                     NULL};
  struct select_candidate found[12] = {{.name = "vulkan", .state = CANDIDATE_PROBED, ONE(discrete), .ffts = ffts}};
  struct select_request request = {.backend = "vulkan", .device = "auto", .fft = "none-such"};
  struct selection got;
  select_backend(&request, found, 1, &got);
  assert_int_equal(got.verdict, SELECT_REFUSE);
  assert_int_equal(got.reason, VORDEC_REASON_NO_FFT);
  check_line_holds(got.message, "it has no FFT 'none-such' (it offers transform-one-of-a-long-list, transform-two-");
  check_line_holds(got.message, "--permissive");
  request.fft = "last";
  select_backend(&request, found, 1, &got);
  assert_int_equal(got.verdict, SELECT_USE);
  assert_string_equal(got.fft, "last");

  request.backend = "auto";
  request.fft = "auto";
  for (size_t i = 0; i < 12; i++) {
    found[i] = ghost;
    memset(found[i].failure.message, 'x', 300);
  }
  select_backend(&request, found, 12, &got);
  assert_int_equal(got.verdict, SELECT_REFUSE);
  assert_int_equal(got.reason, VORDEC_REASON_PLUGIN_NOT_FOUND);
  check_line_holds(got.message, "no usable backend for decode = auto: ghost: xxx");
  check_line_holds(got.message, "policy = permissive");
  found[11] = cpu;
  select_backend(&request, found, 12, &got);
  assert_int_equal(got.verdict, SELECT_USE);
  assert_int_equal(got.candidate, 11);
}

/* Without a backend that serves, the one that comes nearest is named. */
static void kinds_that_are_unknown(void **state) {
  (void)state;
  static const struct vordec_device devices[] = {
      {.type = (enum vordec_device_type)77, .name = "Tomorrow", .capabilities = BOTH},
      {.type = VORDEC_DEVICE_OTHER, .name = "Oddity", .capabilities = BOTH}};
  const struct select_candidate vulkan = {VULKAN(devices)};
  const struct select_request request = {.backend = "vulkan", .device = "auto", .fft = "auto"};
  struct selection got;
  select_backend(&request, &vulkan, 1, &got);
  assert_int_equal(got.verdict, SELECT_REFUSE);
  assert_int_equal(got.reason, VORDEC_REASON_DEVICE_UNSUITABLE);
  check_line_holds(got.message, "Oddity");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_row), cmocka_unit_test(every_failure_reason),
                                     cmocka_unit_test(long_lists), cmocka_unit_test(kinds_that_are_unknown)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
