/* SPDX-License-Identifier: MIT */
/*
 * Rollouts on the device: decodes that take the state from where it is, against decodes of the same state from the
 * host, and what is refused.
 */
#include "roller.h"

#include <stdlib.h>
#include <string.h>

static struct harness harness;
static struct vordec_session *session;

static bool has_fp64(void) {
  return (harness.device.capabilities & VORDEC_CAP_FP64) != 0;
}

/* ---- bits ---- */

static double *state_after(uint32_t d, enum vordec_precision precision, const double *a, const double *z0,
                           uint32_t steps, uint32_t times) {
  struct vordec_backend_rollout *rollout = roller_create(&harness, session, d, precision, a, z0);
  for (uint32_t i = 0; i < times; i++) roller_advance(&harness, rollout, steps);
  double *z = roller_read(&harness, rollout, d);
  roller_interface(&harness)->destroy(rollout);
  return z;
}

static void same_split(uint32_t d, enum vordec_precision precision, const double *a, const double *z0, uint32_t steps,
                       uint32_t times) {
  double *whole = state_after(d, precision, a, z0, steps * times, 1);
  double *split = state_after(d, precision, a, z0, steps, times);
  assert_memory_equal(whole, split, d * sizeof *whole);
  free(whole);
  free(split);
}

static void bits_do_not_depend_on_the_split(void **state) {
  (void)state;
  double *a = roller_operator(61, 60), z0[61];
  for (int i = 0; i < 61; i++) z0[i] = 1.0 + i;
  same_split(61, VORDEC_FP32, a, z0, 500, 11); /* the whole takes two submissions */
  same_split(61, VORDEC_FP32, a, z0, 511, 3);  /* every length once */
  free(a);
}

/* More states than step together: the first and the last of the first wave, and those of the second. */
static void waves(void **state) {
  (void)state;
  static const uint32_t looked_at[] = {0, 1, 155, 156, 159};
  const uint32_t d = 654, states = 160;
  double *a = roller_operator(d, 0), *z0 = calloc((size_t)states * d, sizeof *z0);
  assert_non_null(z0);
  for (size_t i = 0; i < (size_t)states * d; i++) z0[i] = cos(0.37 * (double)i);
  const struct vordec_rollout_setup setup = {
      .struct_size = sizeof setup, .d = d, .precision = VORDEC_FP32, .a = a, .z0 = z0, .states = states};
  struct vordec_backend_rollout *rollout = roller_create_batch(&harness, session, &setup);
  struct vordec_rollout_result result = {.struct_size = sizeof result};
  struct vordec_error error = {0};
  driver_must(roller_interface(&harness)->advance(rollout, 1, &result, &error), &error);
  assert_int_equal(result.evidence.dispatches_completed, 2);
  double *z = roller_read(&harness, rollout, states * d);
  for (size_t i = 0; i < sizeof looked_at / sizeof *looked_at; i++) {
    double *alone = state_after(d, VORDEC_FP32, a, z0 + (size_t)looked_at[i] * d, 1, 1);
    assert_memory_equal(z + (size_t)looked_at[i] * d, alone, d * sizeof *alone);
    free(alone);
  }
  roller_interface(&harness)->destroy(rollout);
  free(z);
  free(z0);
  free(a);
}

/* ---- decodes ---- */

/* A state and an operator that leaves its K alone. */
struct subject {
  struct sample sample;
  struct vordec_plan_desc desc;
  double *a;
};

static void subject_create(struct subject *subject, enum vordec_precision precision, double k) {
  struct sample *sample = &subject->sample;
  sample_create(sample, 16, 4, 12, 3, 1);
  const uint32_t count = 2 * sample->m + 3;
  sample->z[count] = k;
  for (uint32_t i = count + 1; i < sample->d; i++)
    sample->z[i] = 0.01 * cos(0.9 * i); /* also past the K of the sample */
  subject->desc = sample_plan(sample, 1);
  subject->desc.precision = precision;
  subject->a = roller_operator(sample->d, count);
}

static void subject_destroy(struct subject *subject) {
  free(subject->a);
  sample_destroy(&subject->sample);
}

static struct vordec_backend_rollout *subject_roll(struct subject *subject, uint32_t steps) {
  const struct sample *sample = &subject->sample;
  struct vordec_backend_rollout *rollout =
      roller_create(&harness, session, sample->d, subject->desc.precision, subject->a, sample->z);
  if (steps) roller_advance(&harness, rollout, steps);
  return rollout;
}

/* NAN equals NAN. */
static void close_to(double value, double expected, double tolerance, const char *what) {
  if (isnan(expected) && isnan(value)) return;
  driver_near(value, expected, tolerance * fmax(1.0, fabs(expected)), what);
}

static void same_outputs(const struct outputs *got, const struct outputs *expected) {
  const size_t field = got->cells * (got->fp64 ? sizeof(double) : sizeof(float));
  const struct vordec_scalars *a = got->scalars, *b = expected->scalars;
  const double tolerance = got->fp64 ? 1e-14 : 1e-6;
  assert_memory_equal(got->omega_lp, expected->omega_lp, field);
  assert_memory_equal(got->mask, expected->mask, got->cells);
  assert_memory_equal(got->omega_hat, expected->omega_hat, field);
  assert_true(outputs_guards_intact(got));
  close_to(a->energy_lp, b->energy_lp, tolerance, "energy_lp");
  close_to(a->energy_hat, b->energy_hat, tolerance, "energy_hat");
  /* All that the two ways share has the same bits; a NAN has them too. */
  struct vordec_scalars rest = *a;
  rest.energy_lp = b->energy_lp;
  rest.energy_hat = b->energy_hat;
  assert_memory_equal(&rest, b, sizeof rest);
}

/* The rollout's state, decoded where it is and from the host, by the same plan. */
static void compare_decodes(struct subject *subject, struct vordec_plan *plan, struct vordec_backend_rollout *rollout,
                            uint32_t residual_set) {
  struct outputs there, here;
  outputs_create(&there, &subject->desc, 1);
  outputs_create(&here, &subject->desc, 1);
  double *z = roller_read(&harness, rollout, subject->sample.d);
  struct vordec_decode_job in_place = driver_job(&subject->sample, &there, residual_set);
  struct vordec_decode_job from_host = driver_job(&subject->sample, &here, residual_set);
  in_place.z = NULL;
  in_place.rollout = rollout;
  from_host.z = z;
  const struct vordec_decode_result a = driver_run(&harness, plan, &in_place);
  const struct vordec_decode_result b = driver_run(&harness, plan, &from_host);
  same_outputs(&there, &here);
  assert_int_equal(a.evidence.dispatches_completed, a.evidence.dispatches_recorded);
  assert_int_equal(a.evidence.dispatches_recorded, b.evidence.dispatches_recorded + 2); /* unpack_state, energy */
  free(z);
  outputs_destroy(&there);
  outputs_destroy(&here);
}

static void compare_k(enum vordec_precision precision, double k, uint32_t max_kept, bool include, const char *fft) {
  struct subject subject;
  struct vordec_plan_info info;
  subject_create(&subject, precision, k);
  subject.desc.max_kept = max_kept;
  subject.desc.include_anchors = include;
  subject.desc.fft = fft;
  struct vordec_plan *plan = driver_plan(&harness, session, &subject.desc, &info);
  struct vordec_backend_rollout *rollout = subject_roll(&subject, 0);
  compare_decodes(&subject, plan, rollout, 0);
  roller_advance(&harness, rollout, 3);
  compare_decodes(&subject, plan, rollout, 0);
  compare_decodes(&subject, plan, rollout, ALL_RESIDUALS);
  harness.backend->plan_destroy(plan);
  roller_interface(&harness)->destroy(rollout);
  subject_destroy(&subject);
}

static void decode_in_place(void **state) {
  (void)state;
  static const double counts[] = {-3.0, 0.4, 2.5, 3.5, 4.49, 7.0, 11.9, 12.0, 102.5, 1e30};
  for (int precision = VORDEC_FP32; precision <= (has_fp64() ? VORDEC_FP64 : VORDEC_FP32); precision++) {
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
      compare_k((enum vordec_precision)precision, counts[i], 12, true, i % 2 ? "vkfft" : "direct");
    }
    compare_k((enum vordec_precision)precision, 12.0, 5, true, "direct");
    compare_k((enum vordec_precision)precision, 7.0, 12, false, "vkfft");
  }
}

/* In a plan for several states the rollout's is the first; the places left over decode zeros. */
static void decode_in_a_batch(void **state) {
  (void)state;
  struct subject subject;
  struct vordec_plan_info info;
  subject_create(&subject, VORDEC_FP32, 6.0);
  subject.desc.batch = 3;
  struct vordec_plan *plan = driver_plan(&harness, session, &subject.desc, &info);
  struct vordec_backend_rollout *rollout = subject_roll(&subject, 2);
  compare_decodes(&subject, plan, rollout, ALL_RESIDUALS);
  roller_interface(&harness)->destroy(rollout);
  harness.backend->plan_destroy(plan);
  subject_destroy(&subject);
}

/* Two rollouts of one shape, one of another and two plans share the session; either side goes first. */
static void many_at_once(void **state) {
  (void)state;
  const struct vordec_rollout_interface *interface = roller_interface(&harness);
  struct subject subject;
  struct vordec_plan_info info;
  subject_create(&subject, VORDEC_FP32, 6.0);
  struct vordec_backend_rollout *first = subject_roll(&subject, 1); /* before any plan */
  struct vordec_plan *plan = driver_plan(&harness, session, &subject.desc, &info);
  struct vordec_plan *other_plan = driver_plan(&harness, session, &subject.desc, &info);
  struct vordec_backend_rollout *second = subject_roll(&subject, 4);
  double *other_a = roller_operator(40, 39), other_z[40] = {1.0};
  struct vordec_backend_rollout *other = roller_create(&harness, session, 40, VORDEC_FP32, other_a, other_z);
  roller_advance(&harness, other, 3);
  compare_decodes(&subject, plan, first, 0);
  compare_decodes(&subject, other_plan, second, 0);
  compare_decodes(&subject, plan, second, 0);
  compare_decodes(&subject, other_plan, first, 0);
  interface->destroy(first);
  compare_decodes(&subject, plan, second, 0);
  harness.backend->plan_destroy(plan);
  compare_decodes(&subject, other_plan, second, 0);
  harness.backend->plan_destroy(other_plan);
  roller_advance(&harness, second, 2); /* its mailbox outlives every plan */
  struct vordec_plan *late = driver_plan(&harness, session, &subject.desc, &info);
  compare_decodes(&subject, late, second, 0);
  interface->destroy(second);
  interface->destroy(other);
  interface->destroy(NULL);
  harness.backend->plan_destroy(late);
  free(other_a);
  subject_destroy(&subject);
}

/* ---- what goes wrong ---- */

/* One step makes one entry infinite, the next makes nearly all NAN. */
static void check_not_finite(enum vordec_precision precision, uint32_t bad) {
  struct subject subject;
  struct vordec_plan_info info;
  struct outputs outputs;
  struct vordec_error error = {0};
  struct vordec_decode_result result = {.struct_size = sizeof result};
  char expected[96];
  const double huge = precision == VORDEC_FP64 ? 1e300 : 1e30;
  subject_create(&subject, precision, 6.0);
  const uint32_t d = subject.sample.d;
  double *good = calloc(d, sizeof *good);
  assert_non_null(good);
  memcpy(good, subject.sample.z, d * sizeof *good);
  memset(subject.a, 0, (size_t)d * d * sizeof *subject.a);
  subject.a[(size_t)bad * d + bad] = huge;
  subject.sample.z[bad] = huge;
  struct vordec_plan *plan = driver_plan(&harness, session, &subject.desc, &info);
  struct vordec_backend_rollout *rollout = subject_roll(&subject, 1);
  outputs_create(&outputs, &subject.desc, 1);
  struct vordec_decode_job job = driver_job(&subject.sample, &outputs, ALL_RESIDUALS);
  job.z = NULL;
  job.rollout = rollout;
  for (int step = 0; step < 2; step++) {
    const unsigned entry = step ? 0u : (unsigned)bad;
    snprintf(expected, sizeof expected, "entry %u (%s) of the rolled-out state is %s", entry,
             vordec_entry_name(subject.desc.m, entry), step && bad ? "NaN" : "infinite");
    assert_int_equal(harness.backend->decode(plan, &job, &result, &error), VORDEC_E_INPUT);
    if (!strstr(error.message, expected)) fail_msg("\"%s\" instead of \"%s\"", error.message, expected);
    assert_true(outputs_untouched(&outputs));
    roller_advance(&harness, rollout, 1);
  }
  /* Nothing of it stays in the plan. */
  roller_interface(&harness)->destroy(rollout);
  memcpy(subject.sample.z, good, d * sizeof *good);
  free(subject.a);
  subject.a = roller_operator(d, 2 * subject.sample.m + 3);
  rollout = subject_roll(&subject, 1);
  compare_decodes(&subject, plan, rollout, ALL_RESIDUALS);
  roller_interface(&harness)->destroy(rollout);
  harness.backend->plan_destroy(plan);
  outputs_destroy(&outputs);
  free(good);
  subject_destroy(&subject);
}

static void not_finite(void **state) {
  (void)state;
  struct subject subject;
  subject_create(&subject, VORDEC_FP32, 6.0);
  const uint32_t m = subject.sample.m, d = subject.sample.d;
  subject_destroy(&subject);
  const uint32_t entries[] = {0, m, 2 * m, 2 * m + 3, 2 * m + 4, d - 1};
  for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
    check_not_finite(VORDEC_FP32, entries[i]);
    if (has_fp64()) check_not_finite(VORDEC_FP64, entries[i]);
  }
}

static void expect_refusal(struct vordec_session *on, const struct vordec_rollout_setup *setup,
                           enum vordec_status status, enum vordec_reason reason, const char *text) {
  struct vordec_backend_rollout *rollout = NULL;
  struct vordec_error error = {0};
  assert_int_equal(roller_interface(&harness)->create(on, setup, &rollout, &error), status);
  assert_null(rollout);
  assert_int_equal(error.reason, reason);
  if (!strstr(error.message, text)) fail_msg("\"%s\" does not say \"%s\"", error.message, text);
}

static void refusals(void **state) {
  (void)state;
  double a[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1}, z[3] = {1, 2, 3};
  struct vordec_rollout_setup setup = {.struct_size = sizeof setup, .d = 3, .a = a, .z0 = z, .deterministic = true};
  expect_refusal(session, &setup, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_INTERFACE, "cpu backend");
  setup.deterministic = false;
  a[5] = 1e300;
  expect_refusal(session, &setup, VORDEC_E_INPUT, VORDEC_REASON_NONE, "A: entry (1, 2) is not finite in float32");
  a[5] = 0.0;
  z[1] = -1e300;
  expect_refusal(session, &setup, VORDEC_E_INPUT, VORDEC_REASON_NONE, "z: entry 1 is not finite in float32");
}

static PFN_vkGetPhysicalDeviceFeatures real_features;
static PFN_vkGetPhysicalDeviceProperties real_properties;

static VKAPI_ATTR void VKAPI_CALL no_doubles(VkPhysicalDevice device, VkPhysicalDeviceFeatures *features) {
  real_features(device, features);
  features->shaderFloat64 = VK_FALSE;
}

static VKAPI_ATTR void VKAPI_CALL small_buffers(VkPhysicalDevice device, VkPhysicalDeviceProperties *properties) {
  real_properties(device, properties);
  properties->limits.maxStorageBufferRange = 1u << 16;
}

static void make_poor(struct vk_table *table, enum vk_table_part part) {
  if (part != VK_TABLE_PART_INSTANCE) return;
  real_features = table->GetPhysicalDeviceFeatures;
  real_properties = table->GetPhysicalDeviceProperties;
  table->GetPhysicalDeviceFeatures = no_doubles;
  table->GetPhysicalDeviceProperties = small_buffers;
}

static void poor_device(void **state) {
  (void)state;
  harness.debug->set_table_hook(make_poor);
  struct vordec_session *poor = harness_session(&harness);
  harness.debug->set_table_hook(NULL);
  double *a = roller_operator(200, 0), z[200] = {1.0};
  struct vordec_rollout_setup setup = {.struct_size = sizeof setup, .d = 200, .a = a, .z0 = z};
  expect_refusal(poor, &setup, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "160000 bytes (rollout operator)");
  setup.d = 20;
  setup.states = 2000;
  expect_refusal(poor, &setup, VORDEC_E_NO_MEMORY, VORDEC_REASON_MEMORY, "192000 bytes (rollout state)");
  setup.states = 1;
  setup.precision = VORDEC_FP64;
  expect_refusal(poor, &setup, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FP64, "double precision");
  harness.backend->close(poor);
  free(a);
}

static void other_precision(void **state) {
  (void)state;
  if (!has_fp64()) skip();
  struct subject single, twice;
  struct vordec_plan_info info;
  struct outputs outputs;
  struct vordec_error error = {0};
  struct vordec_decode_result result = {.struct_size = sizeof result};
  subject_create(&single, VORDEC_FP32, 6.0);
  subject_create(&twice, VORDEC_FP64, 6.0);
  struct vordec_plan *plan = driver_plan(&harness, session, &twice.desc, &info);
  struct vordec_backend_rollout *rollout = subject_roll(&single, 1);
  outputs_create(&outputs, &twice.desc, 1);
  struct vordec_decode_job job = driver_job(&twice.sample, &outputs, 0);
  job.z = NULL;
  job.rollout = rollout;
  assert_int_equal(harness.backend->decode(plan, &job, &result, &error), VORDEC_E_UNSUPPORTED);
  assert_non_null(strstr(error.message, "precision"));
  assert_true(outputs_untouched(&outputs));
  roller_interface(&harness)->destroy(rollout);
  harness.backend->plan_destroy(plan);
  outputs_destroy(&outputs);
  subject_destroy(&single);
  subject_destroy(&twice);
}

static int open_all(void **state) {
  (void)state;
  if (!harness_open(&harness)) return 1;
  fprintf(stderr, "device: %s (%s)\n", harness.device.name, harness.device.driver);
  session = harness_session(&harness);
  return 0;
}

static int close_all(void **state) {
  (void)state;
  harness.backend->close(session);
  fprintf(stderr, "validation messages: %llu\n", (unsigned long long)harness.debug->validation_messages());
  return harness_left(&harness) != 0 || harness.debug->validation_messages() != 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bits_do_not_depend_on_the_split),
      cmocka_unit_test(waves),
      cmocka_unit_test(decode_in_place),
      cmocka_unit_test(decode_in_a_batch),
      cmocka_unit_test(many_at_once),
      cmocka_unit_test(not_finite),
      cmocka_unit_test(refusals),
      cmocka_unit_test(poor_device),
      cmocka_unit_test(other_precision),
  };
  return cmocka_run_group_tests_name("vulkan rollout", tests, open_all, close_all);
}
