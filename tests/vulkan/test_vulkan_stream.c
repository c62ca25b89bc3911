/* SPDX-License-Identifier: MIT */
/*
 * Jobs under way on two plans at once, pretended, with a second queue that only copies: the bits of decode(), whatever
 * runs in between, in plain memory and in memory that the device writes itself. What holds with one queue, too, the
 * conformance suite checks.
 */
#include "copy_queue.h"
#include "roller.h"
#include "streamer.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"

#define BATCH 2
#define SAMPLES 4

static struct harness harness;
static struct vordec_session *session; /* with one queue */
static struct vordec_session *split;   /* with a queue that only copies */
static bool pretending;

/* Plans and jobs of one size: what decode() makes of them, and what two plans in turn do. */
struct stand {
  struct sample samples[SAMPLES];
  struct outputs expected[SAMPLES];
  struct vordec_plan_desc desc;
  struct vordec_plan *plans[2];
};

static void stand_open(struct stand *stand, struct vordec_session *on, uint32_t n, const char *fft,
                       enum vordec_precision precision) {
  struct vordec_plan_info info;
  for (uint32_t i = 0; i < SAMPLES; i++) sample_create(&stand->samples[i], n, 2, 4, i * BATCH, BATCH);
  stand->desc = sample_plan(&stand->samples[0], BATCH);
  stand->desc.fft = fft;
  stand->desc.precision = precision;
  for (int i = 0; i < 2; i++) stand->plans[i] = driver_plan(&harness, on, &stand->desc, &info);
  for (uint32_t i = 0; i < SAMPLES; i++) {
    outputs_create(&stand->expected[i], &stand->desc, BATCH);
    const struct vordec_decode_job job = driver_job(&stand->samples[i], &stand->expected[i], i % 2 ? ALL_RESIDUALS : 0);
    driver_run(&harness, stand->plans[0], &job);
    assert_true(outputs_guards_intact(&stand->expected[i]));
  }
}

static void stand_close(struct stand *stand) {
  for (int i = 0; i < 2; i++) harness.backend->plan_destroy(stand->plans[i]);
  for (int i = 0; i < SAMPLES; i++) {
    outputs_destroy(&stand->expected[i]);
    sample_destroy(&stand->samples[i]);
  }
}

/* ---- the bits of decode() ---- */

static void check_turns(struct vordec_session *on, uint32_t n, const char *fft, enum vordec_precision precision) {
  struct stand stand;
  struct outputs outputs[SAMPLES];
  uint64_t start[SAMPLES];
  stand_open(&stand, on, n, fft, precision);
  for (uint32_t i = 0; i < SAMPLES; i++) outputs_create(&outputs[i], &stand.desc, BATCH);
  for (uint32_t i = 0; i <= SAMPLES; i++) {
    if (i < SAMPLES) {
      const struct vordec_decode_job job = driver_job(&stand.samples[i], &outputs[i], i % 2 ? ALL_RESIDUALS : 0);
      start[i] = clock_ns();
      streamer_submit(&harness, stand.plans[i % 2], &job);
    }
    if (i == 0) continue;
    streamer_wait(&harness, stand.plans[(i - 1) % 2], start[i - 1]);
    streamer_same(&outputs[i - 1], &stand.expected[i - 1]);
  }
  for (uint32_t i = 0; i < SAMPLES; i++) outputs_destroy(&outputs[i]);
  stand_close(&stand);
}

/* Small fields stay on the queue that made them; large ones go to the other. */
static void two_queues(void **state) {
  (void)state;
  const bool fp64 = harness.device.capabilities & VORDEC_CAP_FP64;
  unsigned before = copy_queue_handoffs();
  check_turns(split, 24, "direct", VORDEC_FP32);
  assert_int_equal(copy_queue_handoffs(), before);
  check_turns(split, 256, "pruned", VORDEC_FP32);
  check_turns(split, 256, "vkfft", VORDEC_FP32);
  assert_int_equal(copy_queue_handoffs(), before + (pretending ? 2 * 2 * SAMPLES : 0)); /* decode() and streams */
  before = copy_queue_handoffs();
  check_turns(split, 255, "pruned", fp64 ? VORDEC_FP64 : VORDEC_FP32);
  assert_true(!pretending || copy_queue_handoffs() > before);
}

/* ---- pieces ---- */

#define PIECED_N 896u
#define PIECED 3u /* states in fp64: 18.4 MiB of a field, which come in pieces of 8; the mask comes whole */

static void check_pieces(struct vordec_session *on, const struct sample *sample, uint32_t count) {
  struct vordec_plan_info info;
  struct vordec_plan_desc desc = sample_plan(sample, PIECED);
  struct outputs all, one;
  desc.fft = "pruned";
  desc.precision = VORDEC_FP64;
  struct vordec_plan *many = driver_plan(&harness, on, &desc, &info);
  outputs_create(&all, &desc, PIECED);
  struct vordec_decode_job job = driver_job(sample, &all, 0);
  job.count = count;
  const uint64_t start = clock_ns();
  streamer_submit(&harness, many, &job);
  streamer_wait(&harness, many, start);
  assert_true(outputs_guards_intact(&all));
  harness.backend->plan_destroy(many);
  desc.batch = 1;
  struct vordec_plan *single = driver_plan(&harness, on, &desc, &info);
  outputs_create(&one, &desc, 1);
  const size_t bytes = one.cells * sizeof(double);
  for (uint32_t i = 0; i < count; i++) { /* 6 MiB: whole */
    struct vordec_decode_job each = driver_job(sample, &one, 0);
    each.count = 1;
    each.z = sample->z + i * sample->d;
    driver_run(&harness, single, &each);
    assert_memory_equal((char *)all.omega_lp + i * bytes, one.omega_lp, bytes);
    assert_memory_equal((char *)all.omega_hat + i * bytes, one.omega_hat, bytes);
    assert_memory_equal(all.mask + i * one.cells, one.mask, one.cells);
  }
  const unsigned char *lp = all.omega_lp;
  for (size_t i = count * bytes; i < PIECED * bytes; i++) {
    if (lp[i] != lp[PIECED * bytes]) fail_msg("byte %zu is behind the last state", i); /* the guard's pattern */
  }
  harness.backend->plan_destroy(single);
  outputs_destroy(&all);
  outputs_destroy(&one);
}

/* As many states as the plan holds, and fewer, so that the second piece is not full and the last is left out. */
static void large_fields(void **state) {
  (void)state;
  struct sample sample;
  if (!(harness.device.capabilities & VORDEC_CAP_FP64)) skip();
  sample_create(&sample, PIECED_N, 2, 4, 0, PIECED);
  check_pieces(session, &sample, PIECED);
  check_pieces(split, &sample, 2);
  sample_destroy(&sample);
}

/* ---- memory lent to the host ---- */

/* One block for all fields, each with a guard before and behind, at places of no alignment beyond their types'. */
struct lent {
  struct vordec_session *on;
  char *block;
  struct outputs outputs;
  size_t bytes[3], at[3]; /* omega_lp, omega_hat, mask */
};

#define GUARD 52u
#define PATTERN 0x5C

static void lent_open(struct lent *lent, struct vordec_session *on, const struct vordec_plan_desc *desc) {
  struct vordec_error error = {0};
  void *memory = NULL;
  *lent = (struct lent){.on = on};
  outputs_create(&lent->outputs, desc, BATCH);
  const size_t cells = (size_t)BATCH * desc->n * desc->n, real = desc->precision == VORDEC_FP64 ? 8 : 4;
  const size_t bytes[3] = {cells * real, cells * real, cells};
  size_t size = 0;
  for (int i = 0; i < 3; i++) {
    lent->bytes[i] = bytes[i];
    lent->at[i] = (size + GUARD + real - 1) / real * real;
    size = lent->at[i] + bytes[i] + (i == 1 ? 1 : 0) * 3; /* the mask begins at an odd place */
  }
  driver_must(streamer_interface(&harness)->host_alloc(on, size + GUARD, &memory, &error), &error);
  assert_int_equal((uintptr_t)memory % 64, 0);
  lent->block = memory;
  for (size_t i = 0; i < size + GUARD; i++) assert_int_equal(lent->block[i], 0);
  memset(lent->block, PATTERN, size + GUARD);
}

static void lent_close(struct lent *lent) {
  streamer_interface(&harness)->host_free(lent->on, lent->block);
  outputs_destroy(&lent->outputs);
}

static void check_lent(struct lent *lent, const struct outputs *expected) {
  const void *fields[3] = {expected->omega_lp, expected->omega_hat, expected->mask};
  size_t from = 0;
  for (int i = 0; i < 3; i++) {
    for (; from < lent->at[i]; from++) assert_int_equal(lent->block[from], PATTERN);
    assert_memory_equal(lent->block + lent->at[i], fields[i], lent->bytes[i]);
    from = lent->at[i] + lent->bytes[i];
  }
  for (size_t i = 0; i < GUARD; i++) assert_int_equal(lent->block[from + i], PATTERN);
  assert_memory_equal(lent->outputs.scalars, expected->scalars, BATCH * sizeof *expected->scalars);
}

static struct vordec_decode_job lent_job(struct lent *lent, const struct sample *sample) {
  struct vordec_decode_job job = driver_job(sample, &lent->outputs, 0);
  job.omega_lp = lent->block + lent->at[0];
  job.omega_hat = lent->block + lent->at[1];
  job.mask = (int8_t *)lent->block + lent->at[2];
  return job;
}

static void check_direct(struct vordec_session *on, uint32_t n, enum vordec_precision precision) {
  struct stand stand;
  struct lent lent[2];
  stand_open(&stand, on, n, "pruned", precision);
  for (int i = 0; i < 2; i++) lent_open(&lent[i], on, &stand.desc);
  const uint64_t start = clock_ns();
  for (int i = 0; i < 2; i++) {
    const struct vordec_decode_job job = lent_job(&lent[i], &stand.samples[2 * (uint32_t)i]);
    streamer_submit(&harness, stand.plans[i], &job);
  }
  for (uint32_t i = 0; i < 2; i++) {
    streamer_wait(&harness, stand.plans[i], start);
    check_lent(&lent[i], &stand.expected[2 * i]);
  }
  /* decode() knows such memory, too; and a plan may be given the one after the other. */
  const struct vordec_decode_job again = lent_job(&lent[1], &stand.samples[0]);
  driver_run(&harness, stand.plans[0], &again);
  check_lent(&lent[1], &stand.expected[0]);
  struct outputs plain;
  outputs_create(&plain, &stand.desc, BATCH);
  const struct vordec_decode_job last = driver_job(&stand.samples[2], &plain, 0);
  driver_run(&harness, stand.plans[0], &last);
  streamer_same(&plain, &stand.expected[2]);
  outputs_destroy(&plain);
  for (int i = 0; i < 2; i++) lent_close(&lent[i]);
  stand_close(&stand);
}

static void fields_written_in_place(void **state) {
  (void)state;
  const bool fp64 = harness.device.capabilities & VORDEC_CAP_FP64;
  check_direct(split, 24, VORDEC_FP32); /* too small to go to the other queue */
  check_direct(split, 256, VORDEC_FP32);
  if (fp64) check_direct(split, 255, VORDEC_FP64);
}

/* ---- with a rollout ---- */

/* A state goes on while its decode is under way: the decode is of the state that was submitted. */
static void check_rollout(struct vordec_session *on, uint32_t n) {
  struct stand stand;
  struct outputs outputs[2], expected[2];
  struct vordec_plan_desc desc;
  stand_open(&stand, on, n, "pruned", VORDEC_FP32);
  desc = stand.desc;
  const struct sample *sample = &stand.samples[0];
  double *a = roller_operator(sample->d, 2 * sample->m + 3), *z[2];
  struct vordec_backend_rollout *rollout = roller_create(&harness, on, sample->d, VORDEC_FP32, a, sample->z);
  const uint64_t start = clock_ns();
  for (int i = 0; i < 2; i++) {
    outputs_create(&outputs[i], &desc, BATCH);
    outputs_create(&expected[i], &desc, BATCH);
    struct vordec_decode_job job = driver_job(sample, &outputs[i], 0);
    job.count = 1;
    job.z = NULL;
    job.rollout = rollout;
    z[i] = roller_read(&harness, rollout, sample->d);
    streamer_submit(&harness, stand.plans[i], &job);
    roller_advance(&harness, rollout, 5);
  }
  roller_interface(&harness)->destroy(rollout); /* harmless, if against the rules: what is under way ends first */
  assert_true(memcmp(z[0], z[1], sample->d * sizeof **z) != 0);
  for (int i = 0; i < 2; i++) {
    streamer_wait(&harness, stand.plans[i], start);
    struct vordec_decode_job job = driver_job(sample, &expected[i], 0);
    job.count = 1;
    job.z = z[i];
    driver_run(&harness, stand.plans[i], &job);
    assert_memory_equal(outputs[i].omega_lp, expected[i].omega_lp, outputs[i].cells * sizeof(float));
    assert_memory_equal(outputs[i].omega_hat, expected[i].omega_hat, outputs[i].cells * sizeof(float));
    assert_memory_equal(outputs[i].mask, expected[i].mask, outputs[i].cells);
    outputs_destroy(&outputs[i]);
    outputs_destroy(&expected[i]);
    free(z[i]);
  }
  free(a);
  stand_close(&stand);
}

static void rollout_goes_on(void **state) {
  (void)state;
  check_rollout(session, 24);
  check_rollout(split, 512);
}

/* ---- ends ---- */

/* Plans go with jobs under way, and nothing is said of it: not by the validation layer, nor by the next decode. */
static void destroyed_under_way(void **state) {
  (void)state;
  struct vordec_session *const sessions[] = {session, split};
  for (int i = 0; i < 2; i++) {
    struct stand stand;
    struct outputs outputs[2];
    struct vordec_plan_info info;
    stand_open(&stand, sessions[i], 256, "pruned", VORDEC_FP32);
    for (int j = 0; j < 2; j++) {
      outputs_create(&outputs[j], &stand.desc, BATCH);
      const struct vordec_decode_job job = driver_job(&stand.samples[j], &outputs[j], 0);
      streamer_submit(&harness, stand.plans[j], &job);
    }
    harness.backend->plan_destroy(stand.plans[0]);
    assert_true(outputs_untouched(&outputs[0]));
    streamer_wait(&harness, stand.plans[1], 0);
    stand.plans[0] = driver_plan(&harness, sessions[i], &stand.desc, &info);
    const struct vordec_decode_job job = driver_job(&stand.samples[2], &outputs[0], 0);
    driver_run(&harness, stand.plans[0], &job);
    streamer_same(&outputs[0], &stand.expected[2]);
    for (int j = 0; j < 2; j++) outputs_destroy(&outputs[j]);
    stand_close(&stand);
  }
}

static void link_rate(void **state) {
  (void)state;
  struct vordec_session *const sessions[] = {session, split};
  for (int i = 0; i < 2; i++) {
    struct vordec_bandwidth_result result = {.struct_size = sizeof result};
    struct vordec_error error = {0};
    const uint64_t start = clock_ns();
    driver_must(streamer_interface(&harness)->link(sessions[i], 1 << 20, &result, &error), &error);
    const double call_s = 1e-9 * (double)(clock_ns() - start);
    assert_int_equal(result.bytes, 1 << 20);
    assert_true(result.seconds > 0.0 && 5.0 * result.seconds <= call_s); /* five of nine runs took as long or longer */
    assert_false(result.device_timestamps);
  }
}

static int open_all(void **state) {
  (void)state;
  if (!harness_open(&harness)) return 1;
  session = harness_session(&harness);
  /* A GPU has queues of its own that copy, which the pretended one would hide. */
  pretending = harness.device.type == VORDEC_DEVICE_SOFTWARE;
  if (pretending) harness.debug->set_table_hook(copy_queue_hook);
  split = harness_session(&harness);
  harness.debug->set_table_hook(NULL);
  return 0;
}

static int close_all(void **state) {
  (void)state;
  if (!harness.backend) return 1;
  harness.backend->close(session);
  harness.backend->close(split);
  fprintf(stderr, "validation messages: %llu; of the pretended queue: %u, after %u handoffs\n",
          (unsigned long long)harness.debug->validation_messages(), copy_queue_violations(), copy_queue_handoffs());
  return harness.debug->validation_messages() != 0 || copy_queue_violations() != 0 || harness_left(&harness) != 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(two_queues),
      cmocka_unit_test(large_fields),
      cmocka_unit_test(fields_written_in_place),
      cmocka_unit_test(rollout_goes_on),
      cmocka_unit_test(destroyed_under_way),
      cmocka_unit_test(link_rate),
  };
  return cmocka_run_group_tests_name("vulkan stream", tests, open_all, close_all);
}
