/* Decoders: submissions, sticky failures, threads, and what a call refuses. */
#include "rig.h"

#include <pthread.h>
#include <stdlib.h>

#include "fields.h"
#include "files.h"
#include "runtime.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

static struct vordec_decoder *make_decoder(struct rig *rig, const char *backend, size_t batch) {
  struct vordec_decoder *decoder = NULL;
  rig_set(rig, "decode", "backend", backend);
  rig_set(rig, "decode", "precision", "fp64");
  rig_runtime(rig);
  check_ok(rig_decoder(rig, batch, &decoder), &rig->error);
  return decoder;
}

/* ---- submissions --------------------------------------------------------------------------------------------------
 */

/* However a call is split into submissions, each state gets its own field, to the bit. */
static void chunks(void **state) {
  struct rig *rig = *state;
  enum { COUNT = 7 };
  static const char *const backends[] = {"cpu", "ok"};
  double *z = rig_states(COUNT), *residual = calloc(COUNT, RIG_CELLS * sizeof(double));
  for (size_t i = 0; i < (size_t)COUNT * RIG_CELLS; i++) residual[i] = cos(0.3 * (double)i);
  for (size_t b = 0; b < 2; b++) {
    struct fields single = fields_make(COUNT), together = fields_make(COUNT);
    struct vordec_decoder *decoder = make_decoder(rig, backends[b], 1);
    for (size_t i = 0; i < COUNT; i++) {
      const struct fields one = {single.lp + i * RIG_CELLS, single.hat + i * RIG_CELLS, single.mask + i * RIG_CELLS,
                                 single.scalars + i};
      struct vordec_decode_io io = fields_io(z + i * RIG_D, 1, &one);
      io.residual = residual + i * RIG_CELLS;
      check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
      for (size_t j = 0; j < RIG_CELLS; j++) check_near(one.lp[j], fields_direct_sum(z + i * RIG_D, j), 1e-13);
    }
    vordec_decoder_destroy(decoder);
    for (size_t batch = 1; batch <= COUNT + 1; batch++) {
      struct vordec_decoder_info info;
      struct vordec_decode_io io = fields_io(z, COUNT, &together);
      io.residual = residual;
      decoder = make_decoder(rig, backends[b], batch);
      vordec_decoder_get(decoder, &info);
      assert_int_equal(info.batch, batch);
      rig->log.decode = 0;
      check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
      if (b == 1) assert_int_equal(rig->log.decode, (COUNT + batch - 1) / batch);
      assert_memory_equal(together.lp, single.lp, sizeof(double) * COUNT * RIG_CELLS);
      assert_memory_equal(together.hat, single.hat, sizeof(double) * COUNT * RIG_CELLS);
      assert_memory_equal(together.mask, single.mask, (size_t)COUNT * RIG_CELLS);
      memset(together.lp, 0, sizeof(double) * COUNT * RIG_CELLS);
      vordec_decoder_destroy(decoder);
    }
    fields_free(&single);
    fields_free(&together);
  }
  free(residual);
  free(z);
}

static void batch_of_the_configuration(void **state) {
  struct rig *rig = *state;
  struct vordec_decoder_info info;
  rig_set(rig, "decode", "batch", "3");
  struct vordec_decoder *decoder = make_decoder(rig, "cpu", 100);
  vordec_decoder_get(decoder, &info);
  assert_int_equal(info.batch, 3);
  vordec_decoder_destroy(decoder);
  rig_set(rig, "decode", "batch", "auto");
  decoder = make_decoder(rig, "cpu", 0);
  vordec_decoder_get(decoder, &info);
  assert_int_equal(info.batch, 1);
  assert_true(info.host_bytes > 0 && info.create_ms > 0.0);
  assert_int_equal(info.precision, VORDEC_FP64);
  assert_string_equal(info.backend_requested, "cpu");
  assert_string_equal(info.fft_requested, "auto");
  vordec_decoder_destroy(decoder);
}

/* Only what is asked for is written. */
static void outputs_not_asked_for(void **state) {
  struct rig *rig = *state;
  double *z = rig_states(1);
  struct fields all = fields_make(1), some = fields_make(1);
  static const char *const backends[] = {"cpu", "ok"};
  for (size_t b = 0; b < 2; b++) {
    struct vordec_decoder *decoder = make_decoder(rig, backends[b], 1);
    struct vordec_decode_io io = fields_io(z, 1, &all);
    check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
    io = (struct vordec_decode_io){.count = 1, .z = z, .omega_lp = some.lp};
    check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
    assert_memory_equal(some.lp, all.lp, RIG_CELLS * sizeof(double));
    io.omega_lp = NULL;
    check_ok(vordec_decode(decoder, &io, NULL, NULL), &rig->error); /* nothing read back at all */
    vordec_decoder_destroy(decoder);
  }
  fields_free(&all);
  fields_free(&some);
  free(z);
}

/* ---- refusals -----------------------------------------------------------------------------------------------------
 */

static void calls_that_are_refused(void **state) {
  struct rig *rig = *state;
  double *z = rig_states(3);
  struct fields fields = fields_make(3);
  struct vordec_decoder *decoder = NULL;
  struct vordec_decode_report report;
  memset(&report, 0x77, sizeof report);
  const struct vordec_decode_report untouched = report;
  const struct vordec_decoder_desc desc = {.batch = 2, .outputs = VORDEC_OMEGA_LP};
  rig_set(rig, "decode", "backend", "cpu");
  rig_runtime(rig);
  check_ok(vordec_decoder_create(rig->runtime, rig->layout, &desc, &decoder, &rig->error), &rig->error);

  struct vordec_decode_io io = {.count = 0, .z = z, .omega_lp = fields.lp};
#define REFUSED(status, says) check_fails(vordec_decode(decoder, &io, &report, &rig->error), &rig->error, status, says)
  REFUSED(VORDEC_E_USAGE, "count is 0");
  io = (struct vordec_decode_io){.count = 1, .omega_lp = fields.lp};
  REFUSED(VORDEC_E_USAGE, "neither z nor a rollout");
  io = (struct vordec_decode_io){.count = 1, .z = z, .mask = fields.mask};
  REFUSED(VORDEC_E_USAGE, "an output is asked for");
  io = (struct vordec_decode_io){.count = 1, .z = z, .residual = fields.hat};
  REFUSED(VORDEC_E_USAGE, "a residual is given");
  io = (struct vordec_decode_io){.count = 3, .z = z, .omega_lp = fields.lp};
  z[2 * RIG_D + 4] = NAN; /* in the second submission: found before the first is made */
  REFUSED(VORDEC_E_INPUT, "z: state 2, entry 4 (Re low) is NaN");
  for (size_t i = 0; i < 3 * RIG_CELLS; i++) check_near(fields.lp[i], 0.0, 0.0);
  z[2 * RIG_D + 4] = 0.0;
  assert_memory_equal(&report, &untouched, sizeof report);
  check_ok(vordec_decode(decoder, &io, &report, &rig->error), &rig->error); /* none of this was fatal */
  assert_string_equal(report.decode_device, "cpu");
  assert_true(report.total_ms > 0.0 && !report.device_timestamps);
  vordec_decoder_destroy(decoder);

  const struct vordec_decoder_desc bands = {.batch = 1, .outputs = VORDEC_OMEGA_HAT, .residuals = VORDEC_RESIDUAL_MID};
  check_ok(vordec_decoder_create(rig->runtime, rig->layout, &bands, &decoder, &rig->error), &rig->error);
  io = (struct vordec_decode_io){.count = 1, .z = z, .omega_hat = fields.hat, .band = {fields.lp, NULL}};
  REFUSED(VORDEC_E_USAGE, "without its energy");
  vordec_decoder_destroy(decoder);
  vordec_decoder_destroy(NULL);

  const struct vordec_decoder_desc unknown[] = {{.batch = 1, .outputs = VORDEC_MASK | 1u << 4},
                                                {.batch = 1, .outputs = VORDEC_MASK, .residuals = 1u << 3}};
  check_fails(vordec_decoder_create(rig->runtime, rig->layout, &unknown[0], &decoder, &rig->error), &rig->error,
              VORDEC_E_USAGE, "outputs has bits that mean nothing: 0x10");
  check_fails(vordec_decoder_create(rig->runtime, rig->layout, &unknown[1], &decoder, &rig->error), &rig->error,
              VORDEC_E_USAGE, "residuals has bits that mean nothing: 0x8");
  assert_null(decoder);
  fields_free(&fields);
  free(z);
}

/* A decode in pieces has the bits of one call, and its end in the middle leaves the decoder free. */
static void pieces(void **state) {
  struct rig *rig = *state;
  enum { COUNT = 7 };
  static const char *const backends[] = {"cpu", "ok", "streams"};
  double *z = rig_states(COUNT);
  struct fields whole = fields_make(COUNT), parts = fields_make(COUNT);
  for (size_t b = 0; b < 3; b++) {
    struct vordec_decoder *decoder = make_decoder(rig, backends[b], 3);
    const struct vordec_decode_io io = fields_io(z, COUNT, &whole), in_parts = fields_io(z, COUNT, &parts);
    struct vordec_decode_report report = {0};
    size_t left = COUNT, taken = 0;
    check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
    check_ok(vordec_decode_begin(decoder, &in_parts, &rig->error), &rig->error);
    check_fails(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error, VORDEC_E_BUSY, "in pieces");
    check_fails(vordec_decoder_submit(decoder, &io, &rig->error), &rig->error, VORDEC_E_BUSY, "in pieces");
    check_fails(vordec_decode_begin(decoder, &io, &rig->error), &rig->error, VORDEC_E_BUSY, "in pieces");
    for (; left > 0 && taken < COUNT; taken++) {
      const size_t before = left;
      check_ok(vordec_decode_piece(decoder, &left, &report, &rig->error), &rig->error);
      assert_true(left < before);
    }
    assert_int_equal(left, 0);
    assert_int_equal(taken, 3);
    assert_true(report.total_ms > 0.0 && report.decode_device);
    assert_memory_equal(parts.lp, whole.lp, sizeof(double) * COUNT * RIG_CELLS);
    assert_memory_equal(parts.mask, whole.mask, (size_t)COUNT * RIG_CELLS);
    check_fails(vordec_decode_piece(decoder, &left, NULL, &rig->error), &rig->error, VORDEC_E_USAGE, "has begun");
    check_ok(vordec_decode_end(decoder, &rig->error), &rig->error);

    check_ok(vordec_decode_begin(decoder, &in_parts, &rig->error), &rig->error);
    check_ok(vordec_decode_piece(decoder, &left, NULL, &rig->error), &rig->error);
    check_ok(vordec_decode_end(decoder, &rig->error), &rig->error);
    memset(parts.lp, 0, sizeof(double) * COUNT * RIG_CELLS);
    check_ok(vordec_decode(decoder, &in_parts, NULL, &rig->error), &rig->error);
    assert_memory_equal(parts.lp, whole.lp, sizeof(double) * COUNT * RIG_CELLS);

    const double kept = z[6 * RIG_D];
    z[6 * RIG_D] = NAN; /* found before the first piece */
    check_fails(vordec_decode_begin(decoder, &in_parts, &rig->error), &rig->error, VORDEC_E_INPUT, "z: state 6");
    z[6 * RIG_D] = kept;
    check_ok(vordec_decode_begin(decoder, &in_parts, &rig->error), &rig->error);
    check_ok(vordec_decode_piece(decoder, &left, NULL, &rig->error), &rig->error);
    vordec_decoder_destroy(decoder); /* ends it, too */
  }
  fields_free(&whole);
  fields_free(&parts);
  free(z);
}

/* The squares of small fields vanish, their fields do not. That is told once, and not of a field of zeros. */
static void squares_that_underflow(void **state) {
  struct rig *rig = *state;
  struct vordec_decoder *decoder = make_decoder(rig, "cpu", 1);
  struct fields fields = fields_make(1);
  double *z = rig_states(1);
  const struct vordec_decode_io io = fields_io(z, 1, &fields);
  rig->log.warnings = 0;
  check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
  for (size_t i = 0; i < 2 * RIG_M; i++) z[i] = 0.0;
  check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
  assert_int_equal(rig->log.warnings, 0);
  for (int round = 0; round < 2; round++) {
    for (size_t i = 0; i < 2 * RIG_M; i++) z[i] = 1e-170 * (double)(1 + i);
    check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
    assert_true(fields.lp[0] != 0.0 && fields.scalars[0].enstrophy_lp == 0.0);
    assert_int_equal(rig->log.warnings, 1);
    check_line_holds(rig->log.warning, "state 0: its fields are right, but their squares underflow fp64");
  }
  vordec_decoder_destroy(decoder);
  fields_free(&fields);
  free(z);
}

static void masks_that_do_not_fit_the_grid(void **state) {
  struct rig *rig = *state;
  struct vordec_decoder *decoder = NULL;
  rig_set(rig, "mask", "smooth_width", "9");
  check_fails(rig_decoder(rig, 1, &decoder), &rig->error, VORDEC_E_CONFIG,
              "test: [mask] smooth_width = 9 is wider than the grid (N = 8)");
  assert_null(decoder);
  rig_set(rig, "mask", "smooth_width", "4");
  rig_set(rig, "mask", "smooth_kernel", "triangle");
  rig_runtime(rig);
  check_fails(rig_decoder(rig, 1, &decoder), &rig->error, VORDEC_E_CONFIG,
              "test: [mask] smooth_width = 4 is even; the triangle needs an odd width");
  rig_set(rig, "mask", "smooth_kernel", "box");
  rig_runtime(rig);
  check_ok(rig_decoder(rig, 1, &decoder), &rig->error);
  vordec_decoder_destroy(decoder);
}

/* After the device is lost, every call says so, and the plugin is left alone; a new decoder may work. */
static void failure_is_sticky(void **state) {
  struct rig *rig = *state;
  static const struct {
    const char *fails;
    enum vordec_status status;
    bool sticky;
  } rows[] = {{"decode 8 0", VORDEC_E_DEVICE_LOST, true},
              {"decode 9 0", VORDEC_E_TIMEOUT, true},
              {"decode 11 0", VORDEC_E_FAILED, false},
              {"decode 7 18", VORDEC_E_NO_MEMORY, false}};
  double *z = rig_states(1);
  struct fields fields = fields_make(1);
  const struct vordec_decode_io io = fields_io(z, 1, &fields);
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct vordec_decoder *decoder = make_decoder(rig, "ok", 1);
    check_ok(vordec_decode(decoder, &io, NULL, &rig->error), &rig->error);
    setenv("VORDEC_STUB_FAIL", rows[i].fails, 1);
    const enum vordec_status status = vordec_decode(decoder, &io, NULL, &rig->error);
    unsetenv("VORDEC_STUB_FAIL");
    assert_int_equal(status, rows[i].status);
    rig->log.decode = 0;
    for (int again = 0; again < 3; again++) {
      const enum vordec_status later = vordec_decode(decoder, &io, NULL, &rig->error);
      assert_int_equal(later, rows[i].sticky ? rows[i].status : VORDEC_OK);
      if (rows[i].sticky) check_line_holds(rig->error.message, "make a new decoder");
    }
    assert_int_equal(rig->log.decode, rows[i].sticky ? 0 : 3);
    struct vordec_decoder *fresh = NULL;
    check_ok(rig_decoder(rig, 1, &fresh), &rig->error);
    check_ok(vordec_decode(fresh, &io, NULL, &rig->error), &rig->error);
    vordec_decoder_destroy(fresh);
    vordec_decoder_destroy(decoder);
  }
  fields_free(&fields);
  free(z);
}

/* One submission without proof, and nothing is claimed of the call and of what comes after it. */
static void the_weakest_claim_stays(void **state) {
  struct rig *rig = *state;
  enum { DOUBTED = 1, FINE = 0 };
  static const int calls[][2] = {{FINE, FINE}, {DOUBTED, FINE}, {FINE, FINE}};
  static const char *const expected[] = {"gpu", "unknown", "unknown"};
  double *z = rig_states(2);
  struct fields fields = fields_make(2);
  struct vordec_decode_report report;
  const struct vordec_decode_io io = fields_io(z, 2, &fields);
  rig_set(rig, "decode", "policy", "permissive");
  struct vordec_decoder *decoder = make_decoder(rig, "doubtful", 1);
  for (size_t i = 0; i < 3; i++) {
    for (size_t j = 0; j < 2; j++) z[j * RIG_D] = calls[i][j];
    check_ok(vordec_decode(decoder, &io, &report, &rig->error), &rig->error);
    assert_string_equal(report.decode_device, expected[i]);
  }
  assert_int_equal(rig->log.warnings, 1);
  vordec_decoder_destroy(decoder);
  fields_free(&fields);
  free(z);
}

/* ---- threads ------------------------------------------------------------------------------------------------------
 */

/* Holds up the stub's decode in the log function until it is let go. */
struct gate {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  bool entered, open;
};

static void hold_up(void *ctx, enum vordec_log_level level, const char *message) {
  struct gate *gate = ctx;
  if (level != VORDEC_LOG_DEBUG || strcmp(message, "decode") != 0) return;
  pthread_mutex_lock(&gate->lock);
  gate->entered = true;
  pthread_cond_broadcast(&gate->changed);
  while (!gate->open) pthread_cond_wait(&gate->changed, &gate->lock);
  pthread_mutex_unlock(&gate->lock);
}

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
  struct gate gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, false};
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
  check_ok(vordec_runtime_create(rig->config, hold_up, &gate, &runtime, &rig->error), &rig->error);
  check_ok(vordec_decoder_create(runtime, rig->layout, &desc, &call.decoder, &rig->error), &rig->error);

  assert_int_equal(pthread_create(&thread, NULL, decode_in_thread, &call), 0);
  pthread_mutex_lock(&gate.lock);
  while (!gate.entered) pthread_cond_wait(&gate.changed, &gate.lock);
  pthread_mutex_unlock(&gate.lock);
  check_fails(vordec_decode(call.decoder, &io, NULL, &rig->error), &rig->error, VORDEC_E_BUSY, "another thread");
  pthread_mutex_lock(&gate.lock);
  gate.open = true;
  pthread_cond_broadcast(&gate.changed);
  pthread_mutex_unlock(&gate.lock);
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

/* ---- moves and memory ---------------------------------------------------------------------------------------------
 */

/* No flag says so, since the flags speak of the CPU; a warning does, and so do the metrics. */
static void a_move_to_another_gpu(void **state) {
  struct rig *rig = *state;
  struct vordec_decoder *decoder = NULL;
  struct vordec_decoder_info info;
  rig_set(rig, "decode", "backend", "unusable");
  rig_set(rig, "decode", "fallback", "ok");
  rig_set(rig, "decode", "policy", "permissive");
  rig_runtime(rig);
  check_ok(rig_decoder(rig, 1, &decoder), &rig->error);
  vordec_decoder_get(decoder, &info);
  assert_string_equal(info.backend_requested, "unusable");
  assert_string_equal(info.backend_used, "ok");
  assert_int_equal(rig->log.warnings, 1);
  check_line_holds(rig->log.warning, "moved to ok: unusable refused (broken-driver): ");
  vordec_decoder_destroy(decoder);
}

/* What the host lends to plugins: any size, any alignment that there is; nothing where there cannot be any. */
static void memory_for_plugins(void **state) {
  struct rig *rig = *state;
  static const size_t alignments[] = {1, 2, 8, 64, 4096}, sizes[] = {0, 1, 1000};
  const struct vordec_host *host = &rig_runtime(rig)->host;
  for (size_t i = 0; i < 15; i++) {
    unsigned char *memory = host->allocate(host->ctx, alignments[i / 3], sizes[i % 3]);
    assert_non_null(memory);
    assert_int_equal((uintptr_t)memory % alignments[i / 3], 0);
    assert_int_equal((uintptr_t)memory % sizeof(void *), 0);
    memset(memory, 0xff, sizes[i % 3]);
    host->release(host->ctx, memory);
  }
  if (!SANITIZED) { /* AddressSanitizer ends the process for such requests */
    assert_null(host->allocate(host->ctx, 24, 8));
    assert_null(host->allocate(host->ctx, 64, SIZE_MAX / 2));
  }
  host->release(host->ctx, NULL);
}

/* ---- opening by file ----------------------------------------------------------------------------------------------
 */

static void runtime_from_a_file(void **state) {
  struct rig *rig = *state;
  char folder[FILES_PATH_MAX], path[FILES_PATH_MAX], text[FILES_PATH_MAX + 64];
  struct vordec_runtime *runtime = NULL;
  files_make_folder(folder);
  files_join(path, folder, "host.ini");
  snprintf(text, sizeof text, "[decode]\nbackend = cpu\n[plugins]\npath = .\n");
  files_write(path, text, strlen(text));
  check_ok(vordec_runtime_open(path, &runtime, &rig->error), &rig->error);
  assert_string_equal(vordec_runtime_plugin_folder(runtime), folder);
  vordec_runtime_destroy(runtime);
  check_ok(vordec_runtime_open(NULL, &runtime, &rig->error), &rig->error);
  vordec_runtime_destroy(runtime);
  files_write(path, "[decode]\nbackend = .\n", 21);
  check_fails(vordec_runtime_open(path, &runtime, &rig->error), &rig->error, VORDEC_E_CONFIG, "host.ini:2: [decode]");
  assert_null(runtime);
  files_remove_folder(folder);
  check_fails(vordec_runtime_open(path, &runtime, &rig->error), &rig->error, VORDEC_E_IO, "host.ini");
  vordec_runtime_destroy(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(chunks),
      TEST(batch_of_the_configuration),
      TEST(outputs_not_asked_for),
      TEST(calls_that_are_refused),
      TEST(pieces),
      TEST(squares_that_underflow),
      TEST(masks_that_do_not_fit_the_grid),
      TEST(failure_is_sticky),
      TEST(the_weakest_claim_stays),
      TEST(one_decoder_two_threads),
      TEST(two_runtimes),
      TEST(a_move_to_another_gpu),
      TEST(memory_for_plugins),
      TEST(runtime_from_a_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
