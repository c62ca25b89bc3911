/* SPDX-License-Identifier: MIT */
/* Batches that are submitted and waited for apart: order, overlap, threads, and host memory. */
#include <pthread.h>
#include <stdlib.h>

#include "fields.h"
#include "gate.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
#define COUNT 3 /* states in a batch */
#define BATCHES 5

static size_t depth_of(const struct vordec_decoder *decoder) {
  struct vordec_decoder_info info;
  vordec_decoder_get(decoder, &info);
  return info.depth;
}

/* ---- order and overlap ---- */

static struct vordec_decode_io batch_io(const double *z, const double *residual, const struct fields *fields,
                                        size_t batch) {
  const size_t first = batch * COUNT;
  const struct fields part = {fields->lp + first * RIG_CELLS, fields->hat + first * RIG_CELLS,
                              fields->mask + first * RIG_CELLS, fields->scalars + first};
  struct vordec_decode_io io = fields_io(z + first * RIG_D, COUNT, &part);
  io.residual = residual + first * RIG_CELLS;
  return io;
}

/* Backends that overlap and one that does not: the fields are those of vordec_decode(), to the bit, in order. */
static void batches_in_order(void **state) {
  struct rig *rig = *state;
  static const struct {
    const char *backend, *order;
    size_t asked, depth;
  } rows[] = {{"streams", "sswswswsww", 2, 2},
              {"streams", "sswswswsww", 99, 2},
              {"streams", "swswswswsw", 0, 1},
              {"ok", "ddddd", 2, 1},
              {"cpu", "", 2, 1},
              {"streams_one_plan", "swswswswsw", 2, 1}};
  double *z = rig_states(BATCHES * COUNT), *residual = calloc(BATCHES * COUNT, RIG_CELLS * sizeof *residual);
  for (size_t i = 0; i < (size_t)BATCHES * COUNT * RIG_CELLS; i++) residual[i] = cos(0.3 * (double)i);
  for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
    struct fields whole = fields_make(BATCHES * COUNT), parts = fields_make(BATCHES * COUNT);
    struct vordec_decoder *decoder = rig_deep_decoder(rig, rows[row].backend, COUNT, rows[row].asked);
    const size_t depth = depth_of(decoder);
    assert_int_equal(depth, rows[row].depth);
    for (size_t submitted = 0, waited = 0; waited < BATCHES;) {
      struct vordec_decode_report report = {0};
      if (submitted < BATCHES && submitted - waited < depth) {
        const struct vordec_decode_io io = batch_io(z, residual, &parts, submitted++);
        check_ok(vordec_decoder_submit(decoder, &io, &rig->error), &rig->error);
        continue;
      }
      check_ok(vordec_decoder_wait(decoder, &report, &rig->error), &rig->error);
      assert_string_equal(report.decode_device, strcmp(rows[row].backend, "cpu") == 0 ? "cpu" : "gpu");
      assert_true(report.total_ms > 0.0 && report.stage_ms[0] > 0.0);
      for (size_t i = waited * COUNT; i < (waited + 1) * COUNT; i++) {
        for (size_t j = 0; j < RIG_CELLS; j++) {
          check_near(parts.lp[i * RIG_CELLS + j], fields_direct_sum(z + i * RIG_D, j), 1e-13);
        }
      }
      waited++;
    }
    assert_string_equal(rig->log.order, rows[row].order);
    struct vordec_decode_io io = fields_io(z, BATCHES * COUNT, &whole);
    io.residual = residual;
    check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
    assert_memory_equal(parts.lp, whole.lp, sizeof(double) * BATCHES * COUNT * RIG_CELLS);
    assert_memory_equal(parts.hat, whole.hat, sizeof(double) * BATCHES * COUNT * RIG_CELLS);
    assert_memory_equal(parts.mask, whole.mask, (size_t)BATCHES * COUNT * RIG_CELLS);
    vordec_decoder_destroy(decoder);
    fields_free(&whole);
    fields_free(&parts);
  }
  free(residual);
  free(z);
}

/* One call of more states than a plan holds overlaps its batches; one that fits is a plain decode. */
static void one_call_of_several_batches(void **state) {
  struct rig *rig = *state;
  double *z = rig_states(BATCHES);
  struct fields fields = fields_make(BATCHES);
  struct vordec_decode_io io = fields_io(z, BATCHES, &fields);
  rig_set(rig, "decode", "batch", "2");
  struct vordec_decoder *decoder = rig_deep_decoder(rig, "streams", BATCHES, 0);
  assert_int_equal(depth_of(decoder), 2);
  assert_int_equal(rig->log.plan_create, 2);
  check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
  assert_string_equal(rig->log.order, "sswsww");
  for (size_t i = 0; i < (size_t)BATCHES * RIG_CELLS; i++) {
    check_near(fields.lp[i], fields_direct_sum(z + i / RIG_CELLS * RIG_D, i % RIG_CELLS), 1e-13);
  }
  io.count = 2;
  check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
  assert_string_equal(rig->log.order, "sswswwd");
  vordec_decoder_destroy(decoder);
  assert_int_equal(rig->log.plan_destroy, 2);

  decoder = rig_deep_decoder(rig, "streams", 2, 0); /* who never gives more than fits needs no second plan */
  assert_int_equal(rig->log.plan_create, 1);
  io.count = BATCHES;
  check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
  assert_string_equal(rig->log.order, "ddd");
  vordec_decoder_destroy(decoder);
  fields_free(&fields);
  free(z);
}

/* Memory and warm-up of both plans are told. */
static void plans_add_up(void **state) {
  struct rig *rig = *state;
  struct vordec_decoder_info one, two;
  struct vordec_decoder *decoder = rig_deep_decoder(rig, "streams", 1, 1);
  vordec_decoder_get(decoder, &one);
  vordec_decoder_destroy(decoder);
  decoder = rig_deep_decoder(rig, "streams", 1, 2);
  vordec_decoder_get(decoder, &two);
  vordec_decoder_destroy(decoder);
  assert_true(one.device_bytes > 0 && one.host_bytes > 0);
  assert_int_equal(two.device_bytes, 2 * one.device_bytes);
  assert_int_equal(two.host_bytes, 2 * one.host_bytes);
}

/* A stream interface that cannot be used counts as none. */
static void interfaces_that_do_not_count(void **state) {
  struct rig *rig = *state;
  static const char *const backends[] = {"streams_older", "streams_short", "streams_null_slot", "streams_half_memory"};
  double *z = rig_states(1);
  struct fields fields = fields_make(1);
  const struct vordec_decode_io io = fields_io(z, 1, &fields);
  for (size_t i = 0; i < sizeof backends / sizeof *backends; i++) {
    struct vordec_decoder *decoder = rig_deep_decoder(rig, backends[i], 1, 2);
    assert_int_equal(depth_of(decoder), 1);
    check_ok(vordec_decoder_submit(decoder, &io, &rig->error), &rig->error);
    check_ok(vordec_decoder_wait(decoder, NULL, &rig->error), &rig->error);
    assert_string_equal(rig->log.order, "d");
    vordec_decoder_destroy(decoder);
  }
  fields_free(&fields);
  free(z);
}

/* A rollout's state is decoded as it was when it was submitted, whatever steps follow. */
static void rollout_goes_on_meanwhile(void **state) {
  struct rig *rig = *state;
  struct fields early = fields_make(2), late = fields_make(1);
  double z[RIG_D], after[RIG_D];
  rig_set(rig, "op", "dtype", "float64");
  struct vordec_decoder *decoder = rig_deep_decoder(rig, "streams", 1, 2);
  struct vordec_rollout *rollout = rig_make_rollout(rig, decoder);
  assert_true(vordec_rollout_feeds(rollout, decoder));
  struct vordec_decode_io io = fields_io(NULL, 1, &early);
  io.rollout = rollout;
  memset(&rig->log, 0, sizeof rig->log);
  check_ok(vordec_rollout_read(rollout, z, &rig->error), &rig->error);
  check_ok(vordec_decoder_submit(decoder, &io, &rig->error), &rig->error);
  check_ok(vordec_rollout_advance(rollout, 3, NULL, &rig->error), &rig->error);
  check_ok(vordec_rollout_read(rollout, after, &rig->error), &rig->error);
  struct vordec_decode_io next = fields_io(NULL, 1, &late);
  next.rollout = rollout;
  check_ok(vordec_decoder_submit(decoder, &next, &rig->error), &rig->error);
  check_ok(vordec_decoder_wait(decoder, NULL, &rig->error), &rig->error);
  check_ok(vordec_decoder_wait(decoder, NULL, &rig->error), &rig->error);
  assert_string_equal(rig->log.order, "sasww");
  assert_true(fabs(z[0] - after[0]) > 1e-3);
  for (size_t i = 0; i < RIG_CELLS; i++) {
    check_near(early.lp[i], fields_direct_sum(z, i), 1e-13);
    check_near(late.lp[i], fields_direct_sum(after, i), 1e-13);
  }
  vordec_rollout_destroy(rollout);
  vordec_decoder_destroy(decoder);
  fields_free(&early);
  fields_free(&late);
}

/* ---- what is refused ---- */

static void calls_out_of_turn(void **state) {
  struct rig *rig = *state;
  static const char *const backends[] = {"streams", "cpu"};
  for (size_t i = 0; i < 2; i++) {
    double *z = rig_states(2);
    struct fields fields = fields_make(2);
    struct vordec_decoder *decoder = rig_deep_decoder(rig, backends[i], 1, 1);
    struct vordec_decode_io io = fields_io(z, 1, &fields);
    check_fails(vordec_decoder_wait(decoder, NULL, &rig->error), &rig->error, VORDEC_E_USAGE, "no batch is under way");
    io.count = 2;
    check_fails(vordec_decoder_submit(decoder, &io, &rig->error), &rig->error, VORDEC_E_USAGE,
                "the submitted batch has 2 states, but this decoder's batches hold 1");
    io.count = 1;
    z[3] = NAN;
    check_fails(vordec_decoder_submit(decoder, &io, &rig->error), &rig->error, VORDEC_E_INPUT, "entry 3");
    z[3] = 0.0;
    check_ok(vordec_decoder_submit(decoder, &io, &rig->error), &rig->error);
    check_fails(vordec_decoder_submit(decoder, &io, &rig->error), &rig->error, VORDEC_E_BUSY, "wait for one first");
    check_fails(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error, VORDEC_E_BUSY, "wait for them first");
    check_ok(vordec_decoder_wait(decoder, NULL, NULL), &rig->error);
    check_fails(vordec_decoder_wait(decoder, NULL, &rig->error), &rig->error, VORDEC_E_USAGE, "no batch is under way");
    check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
    vordec_decoder_destroy(decoder);
    fields_free(&fields);
    free(z);
  }
}

/* ---- threads ---- */

struct call {
  struct vordec_decoder *decoder;
  enum vordec_status status;
  struct vordec_error error;
};

static void *wait_in_thread(void *ctx) {
  struct call *call = ctx;
  call->status = vordec_decoder_wait(call->decoder, NULL, &call->error);
  return NULL;
}

static void two_threads(void **state) {
  struct rig *rig = *state;
  struct gate gate = GATE("wait");
  double *z = rig_states(1);
  struct fields fields = fields_make(1);
  const struct vordec_decode_io io = {.count = 1, .z = z, .omega_lp = fields.lp};
  const struct vordec_decoder_desc desc = {.batch = 1, .outputs = VORDEC_OMEGA_LP, .depth = 2};
  struct vordec_runtime *runtime = NULL;
  struct call call = {0};
  void *memory = NULL;
  pthread_t thread;
  rig_set(rig, "decode", "backend", "streams");
  rig_set(rig, "decode", "precision", "fp64");
  check_ok(vordec_runtime_create(rig->config, gate_log, &gate, &runtime, &rig->error), &rig->error);
  check_ok(vordec_decoder_create(runtime, rig->layout, &desc, &call.decoder, &rig->error), &rig->error);
  check_ok(vordec_decoder_submit(call.decoder, &io, &rig->error), &rig->error);
  assert_int_equal(pthread_create(&thread, NULL, wait_in_thread, &call), 0);
  gate_await(&gate);
  check_fails(vordec_decoder_submit(call.decoder, &io, &rig->error), &rig->error, VORDEC_E_BUSY, "another thread");
  check_fails(vordec_decoder_wait(call.decoder, NULL, &rig->error), &rig->error, VORDEC_E_BUSY, "another thread");
  check_fails(vordec_decoder_alloc_host(call.decoder, 8, &memory, &rig->error), &rig->error, VORDEC_E_BUSY,
              "another thread");
  gate_open(&gate);
  assert_int_equal(pthread_join(thread, NULL), 0);
  check_ok(call.status, &call.error);
  check_near(fields.lp[7], fields_direct_sum(z, 7), 1e-13);
  vordec_decoder_destroy(call.decoder);
  vordec_runtime_destroy(runtime);
  fields_free(&fields);
  free(z);
}

/* ---- host memory and the link ---- */

static void host_memory(void **state) {
  struct rig *rig = *state;
  static const struct {
    const char *backend;
    int calls;
  } rows[] = {{"streams", 1}, {"streams_no_memory", 0}, {"ok", 0}, {"cpu", 0}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    unsigned char *memory = NULL;
    struct vordec_decoder *decoder = rig_deep_decoder(rig, rows[i].backend, 1, 1);
    check_ok(vordec_decoder_alloc_host(decoder, 1000, (void **)&memory, &rig->error), &rig->error);
    assert_int_equal((uintptr_t)memory % 64, 0);
    for (size_t j = 0; j < 1000; j++) assert_int_equal(memory[j], 0);
    memset(memory, 1, 1000);
    vordec_decoder_free_host(decoder, memory);
    vordec_decoder_free_host(decoder, NULL);
    assert_int_equal(rig->log.host_alloc, rows[i].calls);
    assert_int_equal(rig->log.host_free, rows[i].calls);
    check_fails(vordec_decoder_alloc_host(decoder, 0, (void **)&memory, &rig->error), &rig->error, VORDEC_E_USAGE,
                "the number of bytes to allocate");
    assert_null(memory);
    vordec_decoder_destroy(decoder);
  }
  void *none = &none;
  struct vordec_decoder *decoder = rig_deep_decoder(rig, "streams", 1, 1);
  setenv("VORDEC_STUB_FAIL", "host_alloc 7 18", 1);
  check_fails(vordec_decoder_alloc_host(decoder, 8, &none, &rig->error), &rig->error, VORDEC_E_NO_MEMORY, "the stub's");
  unsetenv("VORDEC_STUB_FAIL");
  assert_null(none);
  vordec_decoder_destroy(decoder);
  decoder = rig_deep_decoder(rig, "cpu", 1, 1);
  check_fails(vordec_decoder_alloc_host(decoder, SIZE_MAX, &none, &rig->error), &rig->error, VORDEC_E_NO_MEMORY,
              "out of memory");
  vordec_decoder_destroy(decoder);
}

static void link_rate(void **state) {
  struct rig *rig = *state;
  struct vordec_fill_report report = {0};
  struct vordec_decoder *decoder = rig_deep_decoder(rig, "streams", 1, 1);
  check_ok(vordec_decoder_link_bandwidth(decoder, 4096, &report, &rig->error), &rig->error);
  assert_int_equal(report.bytes, 2048);
  assert_true(report.seconds > 0.0 && report.seconds < 60.0);
  vordec_decoder_destroy(decoder);
  static const char *const backends[] = {"ok", "cpu", "streams_no_memory"};
  for (size_t i = 0; i < 3; i++) {
    decoder = rig_deep_decoder(rig, backends[i], 1, 1);
    check_fails(vordec_decoder_link_bandwidth(decoder, 4096, &report, &rig->error), &rig->error, VORDEC_E_UNSUPPORTED,
                "copied to the host");
    assert_int_equal(rig->error.reason, VORDEC_REASON_NO_INTERFACE);
    vordec_decoder_destroy(decoder);
  }
  decoder = rig_deep_decoder(rig, "streams_too_fast", 1, 1);
  check_fails(vordec_decoder_link_bandwidth(decoder, 4096, &report, &rig->error), &rig->error, VORDEC_E_REFUSED,
              "claims to have copied to the host");
  vordec_decoder_destroy(decoder);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(batches_in_order),
      TEST(one_call_of_several_batches),
      TEST(plans_add_up),
      TEST(interfaces_that_do_not_count),
      TEST(rollout_goes_on_meanwhile),
      TEST(calls_out_of_turn),
      TEST(two_threads),
      TEST(host_memory),
      TEST(link_rate),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
