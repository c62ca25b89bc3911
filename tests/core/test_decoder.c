/* SPDX-License-Identifier: MIT */
/* Decoders: submissions, moves to other devices, and memory. */
#include <stdlib.h>

#include "fields.h"
#include "runtime.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

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
    struct vordec_decoder *decoder = rig_decoder_on(rig, backends[b], 1);
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
      decoder = rig_decoder_on(rig, backends[b], batch);
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
  struct vordec_decoder *decoder = rig_decoder_on(rig, "cpu", 100);
  vordec_decoder_get(decoder, &info);
  assert_int_equal(info.batch, 3);
  vordec_decoder_destroy(decoder);
  rig_set(rig, "decode", "batch", "auto");
  decoder = rig_decoder_on(rig, "cpu", 0);
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
    struct vordec_decoder *decoder = rig_decoder_on(rig, backends[b], 1);
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

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(chunks),
      TEST(batch_of_the_configuration),
      TEST(outputs_not_asked_for),
      TEST(a_move_to_another_gpu),
      TEST(memory_for_plugins),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
