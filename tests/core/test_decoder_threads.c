/* SPDX-License-Identifier: MIT */
/* Decoders in several threads. */
#include <pthread.h>
#include <stdlib.h>

#include "fields.h"
#include "gate.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

struct call {
  struct vordec_decoder *decoder;
  const struct vordec_decode_io *io;
  enum vordec_status status;
  struct vordec_error error;
};

static void *decode_in_thread(void *ctx) {
  struct call *call = ctx;
  call->status = vordec_decode(call->decoder, call->io, NULL, &call->error);
  return NULL;
}

static void one_decoder_two_threads(void **state) {
  struct rig *rig = *state;
  struct gate gate = GATE("decode");
  double *z = rig_states(1);
  struct fields mine = fields_make(1), theirs = fields_make(1);
  const struct vordec_decode_io io = fields_io(z, 1, &mine), their_io = fields_io(z, 1, &theirs);
  struct vordec_runtime *runtime = NULL;
  struct call call = {.io = &their_io};
  pthread_t thread;
  const struct vordec_decoder_desc desc = {
      .batch = 1, .outputs = VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT | VORDEC_SCALARS};
  rig_set(rig, "decode", "backend", "ok");
  rig_set(rig, "decode", "precision", "fp64");
  check_ok(vordec_runtime_create(rig->config, gate_log, &gate, &runtime, &rig->error), &rig->error);
  check_ok(vordec_decoder_create(runtime, rig->layout, &desc, &call.decoder, &rig->error), &rig->error);

  assert_int_equal(pthread_create(&thread, NULL, decode_in_thread, &call), 0);
  gate_await(&gate);
  check_fails(vordec_decode(call.decoder, &io, NULL, &rig->error), &rig->error, VORDEC_E_BUSY, "another thread");
  gate_open(&gate);
  assert_int_equal(pthread_join(thread, NULL), 0);
  check_ok(call.status, &call.error);
  check_ok(vordec_decode(call.decoder, &io, NULL, &rig->error), &rig->error);
  assert_memory_equal(mine.lp, theirs.lp, RIG_CELLS * sizeof(double));

  vordec_decoder_destroy(call.decoder);
  vordec_runtime_destroy(runtime);
  fields_free(&mine);
  fields_free(&theirs);
  free(z);
}

#define THREADS 4
#define ROUNDS 20

struct worker {
  struct rig *rig;
  struct vordec_runtime *runtime;
  bool failed;
  char hash_lp[33], hash_mask[33];
};

static void *work(void *ctx) {
  struct worker *worker = ctx;
  const struct vordec_decoder_desc desc = {.batch = 2, .outputs = VORDEC_OMEGA_LP | VORDEC_MASK};
  double z[3 * RIG_D], lp[3 * RIG_CELLS];
  int8_t mask[3 * RIG_CELLS];
  for (size_t i = 0; i < 3 * RIG_D; i++) z[i] = i % RIG_D == 2 * RIG_M + 3 ? 0.0 : cos(0.4 * (double)i);
  const struct vordec_decode_io io = {.count = 3, .z = z, .omega_lp = lp, .mask = mask};
  for (int round = 0; round < ROUNDS && !worker->failed; round++) {
    struct vordec_decoder *decoder = NULL;
    char hash[33];
    worker->failed = vordec_decoder_create(worker->runtime, worker->rig->layout, &desc, &decoder, NULL) ||
                     vordec_decode(decoder, &io, NULL, NULL);
    vordec_decoder_destroy(decoder);
    vordec_hash(lp, sizeof lp, hash);
    if (round > 0 && strcmp(hash, worker->hash_lp) != 0) worker->failed = true;
    memcpy(worker->hash_lp, hash, sizeof hash);
  }
  vordec_hash(mask, sizeof mask, worker->hash_mask);
  return NULL;
}

/* Threads with decoders of their own on two runtimes, two on each: no quarrel, and the same bits. */
static void two_runtimes(void **state) {
  struct rig *rig = *state;
  struct vordec_runtime *runtimes[2] = {NULL, NULL};
  struct worker workers[THREADS];
  pthread_t threads[THREADS];
  rig_set(rig, "decode", "backend", "cpu");
  rig_set(rig, "cpu", "threads", "2");
  for (int i = 0; i < 2; i++) {
    check_ok(vordec_runtime_create(rig->config, NULL, NULL, &runtimes[i], &rig->error), &rig->error);
  }
  for (int i = 0; i < THREADS; i++) {
    workers[i] = (struct worker){.rig = rig, .runtime = runtimes[i % 2]};
    assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) assert_int_equal(pthread_join(threads[i], NULL), 0);
  for (int i = 0; i < THREADS; i++) {
    assert_false(workers[i].failed);
    assert_string_equal(workers[i].hash_lp, workers[0].hash_lp);
    assert_string_equal(workers[i].hash_mask, workers[0].hash_mask);
  }
  for (int i = 0; i < 2; i++) vordec_runtime_destroy(runtimes[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(one_decoder_two_threads),
      TEST(two_runtimes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
