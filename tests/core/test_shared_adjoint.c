/* SPDX-License-Identifier: MIT */
/* Gradients that stay on the device: a run, what is refused, and backends that are not to be trusted. */
#include "rig.h"

#include <stdlib.h>

struct stand {
  struct rig *rig;
  struct vordec_decoder *decoder;
  struct vordec_shared_adjoint *made;
};

enum { STATES = 2 };

/* On the suite's example with one fault, or with none ("nothing"). */
static enum vordec_status open_stand(struct stand *stand, void **state, const char *backend, uint32_t outputs) {
  struct rig *rig = *state;
  const struct vordec_decoder_desc wanted = {
      .batch = 1, .outputs = outputs, .residuals = outputs & VORDEC_OMEGA_HAT ? VORDEC_RESIDUAL_FIELD : 0};
  *stand = (struct stand){.rig = rig};
  rig_set(rig, "plugins", "path", MUTANT_FOLDER);
  rig_set(rig, "decode", "backend", backend);
  rig_runtime(rig);
  check_ok(vordec_decoder_create(rig->runtime, rig->layout, &wanted, &stand->decoder, &rig->error), &rig->error);
  return vordec_shared_adjoint_create(stand->decoder, STATES, &stand->made, &rig->error);
}

static void close_stand(struct stand *stand) {
  vordec_shared_adjoint_destroy(stand->made);
  vordec_decoder_destroy(stand->decoder);
}

static const uint32_t all_fields = VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT;

/* Cotangents are i + 1 in every cell of the i-th state, so that the mean's derivative is that times N^2 (omega_lp). */
static void write_inputs(struct stand *stand) {
  static double field[STATES * RIG_CELLS];
  const double k[STATES] = {0.0, 0.0};
  struct vordec_error *error = &stand->rig->error;
  for (size_t i = 0; i < STATES * RIG_CELLS; i++) field[i] = 1.0 + (double)(i / RIG_CELLS);
  check_ok(vordec_shared_adjoint_write(stand->made, VORDEC_ADJOINT_LP, 0, sizeof field, field, error), error);
  check_ok(vordec_shared_adjoint_write(stand->made, VORDEC_ADJOINT_K, 0, sizeof k, k, error), error);
}

static void a_run(void **state) {
  struct stand stand;
  double z[STATES * RIG_D];
  struct vordec_shared_adjoint_info info;
  struct vordec_adjoint_report report;
  uint64_t ready = 7;
  check_ok(open_stand(&stand, state, "nothing", all_fields), &stand.rig->error);
  struct vordec_error *error = &stand.rig->error;
  vordec_shared_adjoint_get(stand.made, &info);
  assert_int_equal(info.count, STATES);
  assert_int_equal(info.arrays, 63);
  assert_false(info.semaphore);
  assert_null(info.adjoint_device);
  check_fails(vordec_shared_adjoint_wait(stand.made, NULL, error), error, VORDEC_E_USAGE, "no gradients were started");
  vordec_decoder_destroy(stand.decoder); /* which they do without */
  stand.decoder = NULL;
  write_inputs(&stand);
  const struct vordec_shared_adjoint_io io = {.count = STATES, .omega_lp = true, .z = true};
  for (int i = 0; i < 3; i++) {
    check_ok(vordec_shared_adjoint_start(stand.made, &io, &ready, error), error);
    assert_int_equal(ready, 0);
  }
  check_ok(vordec_shared_adjoint_read(stand.made, VORDEC_ADJOINT_Z, 0, sizeof z, z, error), error);
  for (size_t s = 0; s < STATES; s++) {
    double most = 0.0;
    for (size_t i = 0; i < 2 * RIG_M; i++) most = z[s * RIG_D + i] > most ? z[s * RIG_D + i] : most;
    assert_true(most == (double)RIG_CELLS * (1.0 + (double)s));
    for (size_t i = 2 * RIG_M; i < RIG_D; i++) assert_true(z[s * RIG_D + i] == 0.0);
  }
  check_ok(vordec_shared_adjoint_wait(stand.made, &report, error), error);
  check_ok(vordec_shared_adjoint_wait(stand.made, &report, error), error);
  assert_string_equal(report.adjoint_device, "cpu");
  close_stand(&stand);
  vordec_shared_adjoint_destroy(NULL);
}

static void calls_are_checked(void **state) {
  struct stand stand;
  struct vordec_exported_memory memory = {.struct_size = sizeof memory};
  static const struct {
    struct vordec_shared_adjoint_io io;
    const char *says;
  } rows[] = {
      {{.count = 0, .omega_lp = true, .z = true}, "count is 0: there is room for 1 to 2 states"},
      {{.count = 3, .omega_lp = true, .z = true}, "count is 3: there is room for 1 to 2 states"},
      {{.count = 1, .omega_lp = true}, "ask for the gradient by z, by the residual, or both"},
      {{.count = 1, .z = true}, "give a cotangent of at least one output"},
      {{.count = 1, .omega_hat = true, .z = true}, "a cotangent of omega_hat, which the decoder does not compute"},
      {{.count = 1, .omega_lp = true, .residual = true}, "but the decoder takes no residual"},
      {{.count = 1, .omega_lp = true, .z = true, .value = 1}, "value is 1: expected 0"},
  };
  char byte = 0;
  int fd = 5;
  check_ok(open_stand(&stand, state, "nothing", VORDEC_OMEGA_LP), &stand.rig->error);
  struct vordec_error *error = &stand.rig->error;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    check_fails(vordec_shared_adjoint_start(stand.made, &rows[i].io, NULL, error), error, VORDEC_E_USAGE, rows[i].says);
  }
  check_fails(vordec_shared_adjoint_describe(stand.made, VORDEC_ADJOINT_MASK, &memory, error), error, VORDEC_E_USAGE,
              "no such array (3)");
  check_ok(vordec_shared_adjoint_describe(stand.made, VORDEC_ADJOINT_Z, &memory, error), error);
  assert_true(memory.kind == VORDEC_MEMORY_HOST && memory.pointer && memory.pitch == RIG_D * sizeof(double));
  check_fails(vordec_shared_adjoint_memory_fd(stand.made, VORDEC_ADJOINT_Z, &fd, error), error, VORDEC_E_UNSUPPORTED,
              "it has an address");
  assert_int_equal(fd, -1);
  check_fails(vordec_shared_adjoint_semaphore_fd(stand.made, &fd, error), error, VORDEC_E_UNSUPPORTED,
              "cannot share a timeline semaphore");
  check_fails(vordec_shared_adjoint_read(stand.made, VORDEC_ADJOINT_K, STATES * sizeof(double), 1, &byte, error), error,
              VORDEC_E_USAGE, "1 bytes from 16 on lie beyond the array's 16");
  close_stand(&stand);
  check_ok(open_stand(&stand, state, "nothing", all_fields), error);
  const struct vordec_shared_adjoint_io lone = {.count = 1, .omega_lp = true, .z = true, .residual = true};
  check_fails(vordec_shared_adjoint_start(stand.made, &lone, NULL, error), error, VORDEC_E_USAGE,
              "needs a cotangent of omega_hat");
  close_stand(&stand);
}

static void decoders_are_looked_at(void **state) {
  struct stand stand;
  struct vordec_shared_adjoint *made;
  check_fails(open_stand(&stand, state, "nothing", VORDEC_MASK), &stand.rig->error, VORDEC_E_USAGE,
              "computes neither omega_lp nor omega_hat");
  check_fails(vordec_shared_adjoint_create(stand.decoder, 0, &made, &stand.rig->error), &stand.rig->error,
              VORDEC_E_USAGE, "count is 0");
  close_stand(&stand);
}

static void backends_are_not_trusted(void **state) {
  static const struct {
    const char *backend, *says;
  } rows[] = {{"bare", "backend 'bare' cannot leave gradients on the device: it has no vordec.adjoint/2"},
              {"shared_too_small", "describes memory that cannot hold what gradients need"}};
  struct stand stand;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    check_fails(open_stand(&stand, state, rows[i].backend, all_fields), &stand.rig->error, VORDEC_E_UNSUPPORTED,
                rows[i].says);
    assert_null(stand.made);
    close_stand(&stand);
  }
}

/* One that is refused is refused from then on, by whatever call finds it. */
static void evidence_is_judged(void **state) {
  for (int i = 0; i < 2; i++) {
    struct stand stand;
    const struct vordec_shared_adjoint_io io = {.count = 1, .omega_lp = true, .z = true};
    check_ok(open_stand(&stand, state, "shared_uncounted", all_fields), &stand.rig->error);
    struct vordec_error *error = &stand.rig->error;
    write_inputs(&stand);
    check_ok(vordec_shared_adjoint_start(stand.made, &io, NULL, error), error);
    for (int again = 0; again < 2; again++) {
      check_fails(i ? vordec_shared_adjoint_start(stand.made, &io, NULL, error)
                    : vordec_shared_adjoint_wait(stand.made, NULL, error),
                  error, VORDEC_E_REFUSED, "no dispatch was recorded");
      assert_int_equal(error->reason, VORDEC_REASON_EVIDENCE);
    }
    close_stand(&stand);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_run, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(calls_are_checked, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(decoders_are_looked_at, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(backends_are_not_trusted, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(evidence_is_judged, rig_setup, rig_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
