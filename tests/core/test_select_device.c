/* SPDX-License-Identifier: MIT */
/* Which device select_backend() takes, and what holds for every request whatever was found. */
#include "check.h"

#include "core/policy/device_kind.h"
#include "core/policy/select.h"

#define BOTH (VORDEC_CAP_FP32 | VORDEC_CAP_FP64)

static const char *const ffts[] = {"vkfft", "direct", NULL};
static const struct vordec_device farm[] = {
    {.index = 0, .type = VORDEC_DEVICE_SOFTWARE, .name = "llvmpipe (LLVM 15)", .capabilities = BOTH},
    {.index = 1, .type = VORDEC_DEVICE_VIRTUAL, .name = "Virtio GPU", .capabilities = BOTH},
    {.index = 2, .type = VORDEC_DEVICE_INTEGRATED, .name = "Iris 12", .capabilities = BOTH},
    {.index = 5,
     .type = VORDEC_DEVICE_DISCRETE,
     .name = "Card 9000",
     .capabilities = VORDEC_CAP_FP32,
     .uuid = {0xde, 0xad, 0xbe, 0xef, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0xab, 0xcd}},
    {.index = 6, .type = VORDEC_DEVICE_DISCRETE, .name = "Card 9000", .capabilities = VORDEC_CAP_FP32, .uuid = {1}},
    {.index = 7,
     .type = VORDEC_DEVICE_DISCRETE,
     .name = "Old Card",
     .capabilities = BOTH,
     .unusable = VORDEC_REASON_BROKEN_DRIVER,
     .unusable_detail = "its driver crashed"},
};
#define NOBODY 99

static const struct {
  const char *device;
  bool software;
  enum wanted_precision precision;
  size_t position; /* in `farm`; NOBODY: refused */
  enum vordec_reason reason;
} rows[] = {
    /* discrete before integrated before virtual; the first of equals */
    {"auto", false, PRECISION_AUTO, 3, VORDEC_REASON_NONE},
    /* precision asked for: the best that has it */
    {"auto", false, PRECISION_FP64, 2, VORDEC_REASON_NONE},
    /* by the backend's own number, not by position */
    {"5", false, PRECISION_AUTO, 3, VORDEC_REASON_NONE},
    {"6", false, PRECISION_AUTO, 4, VORDEC_REASON_NONE},
    {"1", false, PRECISION_AUTO, 1, VORDEC_REASON_NONE},
    {"0", true, PRECISION_AUTO, 0, VORDEC_REASON_NONE},
    {"0", false, PRECISION_AUTO, NOBODY, VORDEC_REASON_SOFTWARE_DEVICE},
    {"3", false, PRECISION_AUTO, NOBODY, VORDEC_REASON_DEVICE_NOT_FOUND},
    {"4294967301", false, PRECISION_AUTO, NOBODY, VORDEC_REASON_DEVICE_NOT_FOUND}, /* 2^32 + 5 */
    {"18446744073709551621", false, PRECISION_AUTO, NOBODY, VORDEC_REASON_DEVICE_NOT_FOUND},
    {"-1", false, PRECISION_AUTO, NOBODY, VORDEC_REASON_DEVICE_NOT_FOUND},
    /* by UUID */
    {"deadbeef0001020304050607 0809abcd", false, PRECISION_AUTO, NOBODY, VORDEC_REASON_DEVICE_NOT_FOUND},
    {"deadbeef00010203040506070809abcd", false, PRECISION_AUTO, 3, VORDEC_REASON_NONE},
    {"DEADBEEF-0001-0203-0405-06070809ABCD", false, PRECISION_AUTO, 3, VORDEC_REASON_NONE},
    {"01000000-0000-0000-0000-000000000000", false, PRECISION_AUTO, 4, VORDEC_REASON_NONE},
    {"deadbeef00010203040506070809abce", false, PRECISION_AUTO, NOBODY, VORDEC_REASON_DEVICE_NOT_FOUND},
    {"deadbeef00010203040506070809abcd00", false, PRECISION_AUTO, NOBODY, VORDEC_REASON_DEVICE_NOT_FOUND},
    {"deadbeef", false, PRECISION_AUTO, NOBODY, VORDEC_REASON_DEVICE_NOT_FOUND},
    /* by part of the name, in any case */
    {"iris", false, PRECISION_AUTO, 2, VORDEC_REASON_NONE},
    {"VIRTIO gpu", false, PRECISION_AUTO, 1, VORDEC_REASON_NONE},
    {"LLVMPIPE", true, PRECISION_AUTO, 0, VORDEC_REASON_NONE},
    {"llvmpipe", false, PRECISION_AUTO, NOBODY, VORDEC_REASON_SOFTWARE_DEVICE},
    {"card", false, PRECISION_AUTO, 3, VORDEC_REASON_NONE},
    {"old", false, PRECISION_AUTO, NOBODY, VORDEC_REASON_BROKEN_DRIVER},
    {"9000", false, PRECISION_AUTO, 3, VORDEC_REASON_NONE}, /* no device has that index: part of the name */
    {"90001", false, PRECISION_AUTO, NOBODY, VORDEC_REASON_DEVICE_NOT_FOUND},
    {"card 9000", false, PRECISION_FP64, NOBODY, VORDEC_REASON_NO_FP64},
    {"Radeon", false, PRECISION_AUTO, NOBODY, VORDEC_REASON_DEVICE_NOT_FOUND},
    {"", false, PRECISION_AUTO, NOBODY, VORDEC_REASON_DEVICE_NOT_FOUND},
};

static void by_index_uuid_and_name(void **state) {
  (void)state;
  const struct select_candidate found = {.name = "vulkan",
                                         .state = CANDIDATE_PROBED,
                                         .devices = farm,
                                         .device_count = sizeof farm / sizeof *farm,
                                         .ffts = ffts};
  size_t wrong = 0;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const struct select_request request = {.backend = "vulkan",
                                           .device = rows[i].device,
                                           .allow_software_device = rows[i].software,
                                           .precision = rows[i].precision,
                                           .fft = "auto"};
    struct selection got;
    select_backend(&request, &found, 1, &got);
    const bool refused = rows[i].position == NOBODY && got.verdict == SELECT_REFUSE && got.reason == rows[i].reason;
    const bool used = got.verdict == SELECT_USE && got.device == rows[i].position;
    if (refused || used) continue;
    wrong++;
    print_error("device '%s': verdict %d, device %zu, reason %s: %s\n", rows[i].device, (int)got.verdict, got.device,
                vordec_reason_name(got.reason), got.message);
  }
  assert_int_equal(wrong, 0);
}

/* Of several that may not be used, the refusal speaks of the best. */
static void best_of_the_refused(void **state) {
  (void)state;
  const struct vordec_device pair[] = {farm[0], farm[5]};
  const struct select_candidate found = {
      .name = "vulkan", .state = CANDIDATE_PROBED, .devices = pair, .device_count = 2, .ffts = ffts};
  const struct select_request request = {.backend = "vulkan", .device = "auto", .fft = "auto"};
  struct selection got;
  select_backend(&request, &found, 1, &got);
  assert_int_equal(got.verdict, SELECT_REFUSE);
  assert_int_equal(got.reason, VORDEC_REASON_BROKEN_DRIVER);
  check_line_holds(got.message, "Old Card");
  check_line_holds(got.message, "its driver crashed");
}

/* ---- what holds for every request ---------------------------------------------------------------------------------
 */

static bool has(const struct vordec_device *device, enum vordec_precision precision) {
  return device->capabilities & (uint32_t)(precision == VORDEC_FP64 ? VORDEC_CAP_FP64 : VORDEC_CAP_FP32);
}

static void check_use(const struct select_request *request, const struct select_candidate *found,
                      const struct selection *got) {
  const struct select_candidate *chosen = &found[got->candidate];
  const struct vordec_device *device = &chosen->devices[got->device];
  const bool is_auto = strcmp(request->backend, "auto") == 0, moved = strcmp(request->backend, chosen->name) != 0;
  assert_int_equal(chosen->state, CANDIDATE_PROBED);
  assert_true(got->device < chosen->device_count);
  assert_true(has(device, got->precision));
  assert_false(device->unusable);
  if (device->type == VORDEC_DEVICE_SOFTWARE) {
    assert_true(request->allow_software_device);
    assert_false(is_auto);
    assert_true(got->flags.raised[FLAG_SOFTWARE_DEVICE]);
  }
  if (is_auto && strcmp(chosen->name, "cpu") != 0) assert_true(device_is_gpu(device->type));
  assert_int_equal(got->downgraded, moved && !is_auto);
  const bool on_cpu = device->type == VORDEC_DEVICE_HOST || device->type == VORDEC_DEVICE_SOFTWARE;
  assert_int_equal(got->flags.raised[FLAG_GPU_DECODE_FALLBACK_CPU], got->downgraded && on_cpu);
  if (got->downgraded) assert_true(request->permissive && got->reason && got->message[0]);
  const bool rougher =
      request->precision != PRECISION_AUTO && (request->precision == PRECISION_FP64) != (got->precision == VORDEC_FP64);
  assert_int_equal(got->flags.raised[FLAG_PRECISION_DOWNGRADE], rougher);
  assert_int_equal(got->flags.raised[FLAG_FFT_FALLBACK], strcmp(request->fft, got->fft) != 0);
  if (rougher || strcmp(request->fft, got->fft) != 0) assert_true(request->permissive);
}

/* The next digit of a number in mixed radix. */
static unsigned take(unsigned *rest, unsigned radix) {
  const unsigned digit = *rest % radix;
  *rest /= radix;
  return digit;
}

/* Every request and policy against every pair of a vulkan and a cpu candidate. */
static void invariants(void **state) {
  (void)state;
  static const struct vordec_device host[] = {
      {.type = VORDEC_DEVICE_HOST, .name = "CPU", .capabilities = VORDEC_CAP_FP64}};
  static const char *const cpu_ffts[] = {"fftw", NULL}, *const backends[] = {"auto", "vulkan", "cpu", "ghost"};
  static const char *const fft_asked[] = {"auto", "fftw", "vkfft", "none_such"}, *const devices[] = {"auto", "5", "x"};
  size_t seen[3] = {0};
  for (unsigned number = 0; number < 4u * 2 * 2 * 3 * 4 * 3 * 9 * 3; number++) {
    unsigned rest = number;
    const struct select_request request = {
        .backend = backends[take(&rest, 4)],
        .permissive = take(&rest, 2),
        .allow_software_device = take(&rest, 2),
        .precision = (enum wanted_precision)take(&rest, 3),
        .fft = fft_asked[take(&rest, 4)],
        .device = devices[take(&rest, 3)],
        .fallback = {"cpu"},
        .fallback_count = 1,
    };
    const unsigned vulkan = take(&rest, 9), cpu = take(&rest, 3);
    /* untried, failed, no device, each device of the farm */
    struct select_candidate found[2] = {{.name = "vulkan", .ffts = ffts}, {.name = "cpu", .ffts = cpu_ffts}};
    if (vulkan > 0) found[0].state = vulkan == 1 ? CANDIDATE_FAILED : CANDIDATE_PROBED;
    if (vulkan > 2) {
      found[0].devices = &farm[vulkan - 3];
      found[0].device_count = 1;
    }
    found[1].state = (enum candidate_state)cpu;
    found[1].devices = cpu == CANDIDATE_PROBED ? host : NULL;
    found[1].device_count = cpu == CANDIDATE_PROBED;

    struct selection got;
    select_backend(&request, found, 2, &got);
    seen[got.verdict]++;
    assert_null(strchr(got.message, '\n'));
    if (got.verdict == SELECT_USE) check_use(&request, found, &got);
    if (got.verdict == SELECT_REFUSE) assert_true(got.reason && got.message[0]);
    if (got.verdict == SELECT_PROBE) assert_int_equal(found[got.candidate].state, CANDIDATE_UNTRIED);
  }
  assert_true(seen[SELECT_USE] && seen[SELECT_REFUSE] && seen[SELECT_PROBE]);
}

/* A device that could not be opened is passed over for the next best, until none is left. */
static void devices_that_failed(void **state) {
  (void)state;
  static const size_t order[] = {3, 4, 2, 1}; /* discrete, discrete, integrated, virtual; no other may be used */
  struct select_candidate found = {.name = "vulkan",
                                   .state = CANDIDATE_PROBED,
                                   .failure = {VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "the card is full"},
                                   .devices = farm,
                                   .device_count = sizeof farm / sizeof *farm,
                                   .ffts = ffts};
  const struct select_request request = {.backend = "vulkan", .device = "auto", .fft = "auto"};
  struct selection got;
  for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
    select_backend(&request, &found, 1, &got);
    assert_int_equal(got.verdict, SELECT_USE);
    assert_int_equal(got.device, order[i]);
    found.failed |= UINT64_C(1) << order[i];
  }
  select_backend(&request, &found, 1, &got);
  assert_int_equal(got.verdict, SELECT_REFUSE);
  assert_int_equal(got.reason, VORDEC_REASON_MEMORY);
  assert_non_null(strstr(got.message, "the card is full"));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(by_index_uuid_and_name), cmocka_unit_test(best_of_the_refused),
                                     cmocka_unit_test(devices_that_failed), cmocka_unit_test(invariants)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
