/* SPDX-License-Identifier: MIT */
/*
 * Bits do not depend on the run, the batch, the place in it or how the plan cuts it, over sizes at which transforms
 * differ; evidence and times hold together.
 */
#include "driver.h"

#include "core/base/clock.h"
#include <stdlib.h>
#include <string.h>

static struct harness harness;
static struct vordec_session *session;

static void same_bits(const struct outputs *a, size_t at_a, const struct outputs *b, size_t at_b) {
  const size_t real = a->fp64 ? sizeof(double) : sizeof(float), field = a->cells * real;
  assert_memory_equal((char *)a->omega_lp + at_a * field, (char *)b->omega_lp + at_b * field, field);
  assert_memory_equal((char *)a->omega_hat + at_a * field, (char *)b->omega_hat + at_b * field, field);
  assert_memory_equal(a->mask + at_a * a->cells, b->mask + at_b * a->cells, a->cells);
  assert_memory_equal(&a->scalars[at_a], &b->scalars[at_b], sizeof *a->scalars);
}

struct shape {
  uint32_t n;
  enum vordec_precision precision;
  const char *fft;
};

static const struct shape shapes[] = {{8, VORDEC_FP32, "vkfft"},
                                      {64, VORDEC_FP32, "direct"},
                                      {125, VORDEC_FP32, "vkfft"},
                                      {125, VORDEC_FP64, "direct"},
                                      {128, VORDEC_FP64, "vkfft"},
                                      {64, VORDEC_FP32, "pruned"},
                                      {127, VORDEC_FP32, "pruned"},
                                      {128, VORDEC_FP64, "pruned"},
                                      /* Like one of those above; for the thorough. */
                                      {64, VORDEC_FP32, "vkfft"},
                                      {127, VORDEC_FP32, "direct"},
                                      {8, VORDEC_FP32, "pruned"},
                                      {192, VORDEC_FP32, "pruned"},
                                      {100, VORDEC_FP64, "pruned"}};
enum { UNLIKE = 8 };

static size_t shape_count(void) {
  return harness_thorough(&harness) ? sizeof shapes / sizeof *shapes : UNLIKE;
}

#define SERIES 17u

/* The series of 17 states in one go, run twice, with nothing left over from the first. */
static void decode_series(const struct shape *shape, struct sample *series, struct outputs *all) {
  sample_create(series, shape->n, shape->n < 32 ? 2 : 8, 12, 0, SERIES);
  struct vordec_plan_desc desc = sample_plan(series, SERIES);
  desc.precision = shape->precision;
  desc.fft = shape->fft;
  struct vordec_plan_info info;
  struct vordec_plan *plan = driver_plan(&harness, session, &desc, &info);
  struct outputs again;
  outputs_create(all, &desc, SERIES);
  outputs_create(&again, &desc, SERIES);
  const struct vordec_decode_job job = driver_job(series, all, ALL_RESIDUALS);
  const struct vordec_decode_job repeat = driver_job(series, &again, ALL_RESIDUALS);
  driver_run(&harness, plan, &job);
  driver_run(&harness, plan, &repeat);
  for (uint32_t i = 0; i < SERIES; i++) same_bits(all, i, &again, i);
  outputs_destroy(&again);
  harness.backend->plan_destroy(plan);
}

/* States first .. first + count decoded by a plan of this batch must have the bits they have in the series. */
static void check_window(const struct shape *shape, const struct outputs *all, uint32_t batch, uint32_t first,
                         uint32_t count) {
  struct sample window;
  sample_create(&window, shape->n, shape->n < 32 ? 2 : 8, 12, first, count);
  struct vordec_plan_desc desc = sample_plan(&window, batch);
  desc.precision = shape->precision;
  desc.fft = shape->fft;
  struct vordec_plan_info info;
  struct vordec_plan *plan = driver_plan(&harness, session, &desc, &info);
  assert_string_equal(info.fft, shape->fft);
  struct outputs outputs;
  outputs_create(&outputs, &desc, count);
  const struct vordec_decode_job job = driver_job(&window, &outputs, ALL_RESIDUALS);
  driver_run(&harness, plan, &job);
  assert_true(outputs_guards_intact(&outputs));
  for (uint32_t i = 0; i < count; i++) same_bits(&outputs, i, all, first + i);
  outputs_destroy(&outputs);
  harness.backend->plan_destroy(plan);
  sample_destroy(&window);
}

static void bits_do_not_depend_on_batch_or_place(void **state) {
  (void)state;
  for (size_t i = 0; i < shape_count(); i++) {
    if (shapes[i].precision == VORDEC_FP64 && !(harness.device.capabilities & VORDEC_CAP_FP64)) continue;
    struct sample series;
    struct outputs all;
    decode_series(&shapes[i], &series, &all);
    check_window(&shapes[i], &all, 1, 0, 1);
    check_window(&shapes[i], &all, 1, 16, 1);
    check_window(&shapes[i], &all, 3, 5, 3);
    check_window(&shapes[i], &all, 3, 7, 2);                          /* fewer than the batch */
    check_window(&shapes[i], &all, 17, 11, 1);                        /* one in place 0 that was in place 11 */
    if (shapes[i].n <= 100) check_window(&shapes[i], &all, 64, 4, 2); /* a batch that is dispatched in another way */
    outputs_destroy(&all);
    sample_destroy(&series);
  }
}

/* ---- a device with small buffers ---- */

static uint32_t pretended_range;
static PFN_vkGetPhysicalDeviceProperties real_properties;

static VKAPI_ATTR void VKAPI_CALL small_properties(VkPhysicalDevice device, VkPhysicalDeviceProperties *properties) {
  real_properties(device, properties);
  properties->limits.maxStorageBufferRange = pretended_range;
}

static void shrink_buffers(struct vk_table *table, enum vk_table_part part) {
  if (part != VK_TABLE_PART_INSTANCE) return;
  real_properties = table->GetPhysicalDeviceProperties;
  table->GetPhysicalDeviceProperties = small_properties;
}

static void bits_do_not_depend_on_chunks(void **state) {
  (void)state;
  struct vordec_session *whole_device = session;
  for (size_t i = 0; i < shape_count(); i++) {
    if (shapes[i].precision == VORDEC_FP64 && !(harness.device.capabilities & VORDEC_CAP_FP64)) continue;
    struct sample series, unused;
    struct outputs all, chunked;
    session = whole_device;
    decode_series(&shapes[i], &series, &all);
    /* Room for five and a half fields: chunks of 5, 5, 5 and 2 (less where VkFFT's padded rows count). */
    pretended_range = shapes[i].n * shapes[i].n * (shapes[i].precision ? 8u : 4u) * 11 / 2;
    harness.debug->set_table_hook(shrink_buffers);
    session = harness_session(&harness);
    harness.debug->set_table_hook(NULL);
    decode_series(&shapes[i], &unused, &chunked);
    for (uint32_t j = 0; j < SERIES; j++) same_bits(&all, j, &chunked, j);
    harness.backend->close(session);
    outputs_destroy(&all);
    outputs_destroy(&chunked);
    sample_destroy(&series);
    sample_destroy(&unused);
  }
  session = whole_device;
}

static void too_large_a_plan_names_its_needs(void **state) {
  (void)state;
  struct sample sample;
  sample_create(&sample, 64, 8, 0, 0, 1);
  struct vordec_plan_desc desc = sample_plan(&sample, 1);
  desc.fft = "direct";
  pretended_range = 64 * 64 * 2;
  harness.debug->set_table_hook(shrink_buffers);
  struct vordec_session *small = harness_session(&harness);
  harness.debug->set_table_hook(NULL);
  struct vordec_plan *plan = NULL;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_error error = {0};
  assert_int_equal(harness.backend->plan_create(small, &desc, &plan, &info, &error), VORDEC_E_NO_MEMORY);
  assert_int_equal(error.reason, VORDEC_REASON_MEMORY);
  assert_non_null(strstr(error.message, "16384"));
  assert_non_null(strstr(error.message, "8192"));
  assert_null(plan);
  harness.backend->close(small);
  sample_destroy(&sample);
}

static void evidence_holds_together(void **state) {
  (void)state;
  struct sample sample;
  sample_create(&sample, 128, 8, 12, 0, 3);
  const struct vordec_plan_desc desc = sample_plan(&sample, 3);
  struct vordec_plan_info info;
  struct vordec_plan *plan = driver_plan(&harness, session, &desc, &info);
  struct outputs outputs;
  outputs_create(&outputs, &desc, 3);
  const struct vordec_decode_job job = driver_job(&sample, &outputs, ALL_RESIDUALS);
  const uint64_t start = clock_ns();
  const struct vordec_decode_result result = driver_run(&harness, plan, &job);
  const double elapsed_ms = (double)(clock_ns() - start) * 1e-6;
  assert_int_equal(result.evidence.type, harness.device.type);
  assert_string_equal(result.evidence.name, harness.device.name);
  assert_string_equal(result.evidence.driver, harness.device.driver);
  assert_memory_equal(result.evidence.uuid, harness.device.uuid, 16);
  assert_true(result.evidence.dispatches_recorded > 10);
  assert_int_equal(result.evidence.dispatches_completed, result.evidence.dispatches_recorded);
  assert_int_equal(result.evidence.device_timestamps, (harness.device.capabilities & VORDEC_CAP_TIMESTAMPS) != 0);
  double sum = 0.0;
  for (int stage = 0; stage < VORDEC_STAGE_COUNT; stage++) {
    if (result.evidence.device_timestamps) assert_true(result.stage_ms[stage] > 0.0);
    sum += result.stage_ms[stage];
  }
  assert_true(sum <= elapsed_ms);
  assert_true(info.device_bytes > 3u * 128 * 128 * 4 * 3);
  struct vordec_decode_job less = driver_job(&sample, &outputs, ALL_RESIDUALS);
  less.outputs = VORDEC_MASK;
  assert_true(driver_run(&harness, plan, &less).stage_ms[VORDEC_STAGE_COMBINE] == 0.0);
  less.outputs = 0;
  const struct vordec_decode_result silent = driver_run(&harness, plan, &less);
  assert_true(silent.stage_ms[VORDEC_STAGE_READBACK] == 0.0);
  assert_true(silent.evidence.dispatches_completed > 0);
  outputs_destroy(&outputs);
  harness.backend->plan_destroy(plan);
  sample_destroy(&sample);
}

static void vkfft_by_name_refuses_sizes_it_gets_wrong(void **state) {
  (void)state;
  static const uint32_t sizes[] = {17, 34, 127, 510};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    struct sample sample;
    sample_create(&sample, sizes[i], 3, 0, 0, 1);
    struct vordec_plan_desc desc = sample_plan(&sample, 1);
    desc.fft = "vkfft";
    struct vordec_plan *plan = NULL;
    struct vordec_plan_info info = {.struct_size = sizeof info};
    struct vordec_error error = {0};
    assert_int_equal(harness.backend->plan_create(session, &desc, &plan, &info, &error), VORDEC_E_UNSUPPORTED);
    assert_int_equal(error.reason, VORDEC_REASON_FFT_SIZE);
    sample_destroy(&sample);
  }
}

static int open_session(void **state) {
  (void)state;
  if (!harness_open(&harness)) return 1;
  session = harness_session(&harness);
  return 0;
}

static int close_session(void **state) {
  (void)state;
  harness.backend->close(session);
  fprintf(stderr, "validation messages: %llu, allocations left: %ld\n",
          (unsigned long long)harness.debug->validation_messages(), harness_left(&harness));
  return harness_left(&harness) != 0 || harness.debug->validation_messages() != 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bits_do_not_depend_on_batch_or_place),      cmocka_unit_test(bits_do_not_depend_on_chunks),
      cmocka_unit_test(too_large_a_plan_names_its_needs),          cmocka_unit_test(evidence_holds_together),
      cmocka_unit_test(vkfft_by_name_refuses_sizes_it_gets_wrong),
  };
  return cmocka_run_group_tests_name("vulkan invariance", tests, open_session, close_session);
}
