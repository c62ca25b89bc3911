/* SPDX-License-Identifier: MIT */
/* Slots of fields that stay on the device: their cycle, what is refused, and backends that are not to be trusted. */
#include "rig.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct stand {
  struct rig *rig;
  struct vordec_decoder *decoder;
  struct vordec_export *fields;
  double *z;
};

/* On the suite's example with one fault, or with none ("nothing"); hands its memory out as files. */
static enum vordec_status open_stand(struct stand *stand, void **state, const char *backend, size_t slots) {
  struct rig *rig = *state;
  const struct vordec_decoder_desc wanted = {.batch = 2, .outputs = VORDEC_OMEGA_LP | VORDEC_MASK | VORDEC_OMEGA_HAT};
  const struct vordec_export_desc desc = {.count = 2, .slots = slots, .takes_z = true};
  *stand = (struct stand){.rig = rig, .z = rig_states(2)};
  rig_set(rig, "plugins", "path", MUTANT_FOLDER);
  rig_set(rig, "decode", "backend", backend);
  rig_runtime(rig);
  check_ok(vordec_decoder_create(rig->runtime, rig->layout, &wanted, &stand->decoder, &rig->error), &rig->error);
  return vordec_export_create(stand->decoder, &desc, &stand->fields, &rig->error);
}

static void close_stand(struct stand *stand) {
  vordec_export_destroy(stand->fields);
  vordec_decoder_destroy(stand->decoder);
  free(stand->z);
}

static size_t acquire(struct stand *stand) {
  size_t slot = 99;
  check_ok(vordec_export_acquire(stand->fields, &slot, &stand->rig->error), &stand->rig->error);
  return slot;
}

static enum vordec_status decode(struct stand *stand, size_t slot, const struct vordec_export_io *io) {
  return vordec_export_decode(stand->fields, slot, io, NULL, &stand->rig->error);
}

static void a_cycle(void **state) {
  struct stand stand;
  double expected[2 * RIG_CELLS], seen[2 * RIG_CELLS];
  struct vordec_decode_report report = {.decode_device = NULL};
  struct vordec_export_info info;
  check_ok(open_stand(&stand, state, "nothing", 2), &stand.rig->error);
  struct vordec_error *error = &stand.rig->error;
  const struct vordec_decode_io all = {.count = 2, .z = stand.z, .omega_lp = expected};
  check_ok(vordec_decode(stand.decoder, &all, NULL, error), error);
  const struct vordec_export_io io = {.count = 2, .z = stand.z};
  for (int i = 0; i < 5; i++) {
    const size_t slot = acquire(&stand);
    assert_int_equal(slot, 0);
    memset(seen, 0xff, sizeof seen);
    check_ok(vordec_export_write(stand.fields, slot, VORDEC_EXPORTED_OMEGA_LP, 0, sizeof seen, seen, error), error);
    check_ok(decode(&stand, slot, &io), error);
    check_ok(vordec_export_wait(stand.fields, slot, &report, error), error);
    check_ok(vordec_export_wait(stand.fields, slot, &report, error), error);
    assert_string_equal(report.decode_device, "cpu");
    check_ok(vordec_export_read(stand.fields, slot, VORDEC_EXPORTED_OMEGA_LP, 0, sizeof seen, seen, error), error);
    assert_memory_equal(seen, expected, sizeof seen);
    check_ok(vordec_export_release(stand.fields, slot, 0, error), error);
  }
  vordec_export_get(stand.fields, &info);
  assert_int_equal(info.made, 1); /* a second one was never needed */
  assert_int_equal(info.slots, 2);
  assert_false(info.semaphores);
  close_stand(&stand);
}

static void slots_are_counted(void **state) {
  struct stand stand;
  size_t slot = 0;
  check_ok(open_stand(&stand, state, "nothing", 2), &stand.rig->error);
  assert_int_equal(acquire(&stand), 0);
  assert_int_equal(acquire(&stand), 1);
  assert_int_equal(vordec_export_acquire(stand.fields, &slot, &stand.rig->error), VORDEC_E_BUSY);
  check_ok(vordec_export_release(stand.fields, 0, 0, &stand.rig->error), &stand.rig->error);
  assert_int_equal(vordec_export_release(stand.fields, 0, 0, &stand.rig->error), VORDEC_E_USAGE);
  assert_int_equal(acquire(&stand), 0);
  close_stand(&stand); /* with both held */
}

/* Every file descriptor is the caller's; the memory stays when all else is gone. */
static void descriptors_are_the_callers(void **state) {
  struct stand stand;
  struct vordec_exported_memory memory = {.struct_size = sizeof memory};
  double expected[RIG_CELLS], seen[RIG_CELLS];
  int fds[2], semaphore = 0;
  check_ok(open_stand(&stand, state, "nothing", 1), &stand.rig->error);
  struct vordec_error *error = &stand.rig->error;
  const size_t slot = acquire(&stand);
  for (int i = 0; i < 2; i++) {
    check_ok(vordec_export_memory_fd(stand.fields, slot, VORDEC_EXPORTED_OMEGA_LP, &fds[i], error), error);
  }
  assert_int_not_equal(fds[0], fds[1]);
  assert_int_equal(close(fds[0]), 0);
  assert_int_equal(vordec_export_semaphore_fd(stand.fields, slot, &semaphore, error), VORDEC_E_UNSUPPORTED);
  assert_int_equal(semaphore, -1);
  check_ok(vordec_export_describe(stand.fields, slot, VORDEC_EXPORTED_OMEGA_LP, &memory, error), error);
  assert_int_equal(memory.kind, VORDEC_MEMORY_OPAQUE_FD);
  assert_int_equal(memory.pitch, sizeof expected);
  const struct vordec_export_io io = {.count = 1, .z = stand.z};
  check_ok(decode(&stand, slot, &io), error);
  check_ok(vordec_export_read(stand.fields, slot, VORDEC_EXPORTED_OMEGA_LP, 0, sizeof expected, expected, error),
           error);
  close_stand(&stand);
  assert_int_equal(pread(fds[1], seen, sizeof seen, (off_t)memory.offset), sizeof seen);
  assert_memory_equal(seen, expected, sizeof seen);
  assert_int_equal(close(fds[1]), 0);
}

static void states_in_the_slot(void **state) {
  struct stand stand;
  double wrong = INFINITY;
  check_ok(open_stand(&stand, state, "nothing", 1), &stand.rig->error);
  struct vordec_error *error = &stand.rig->error;
  const struct vordec_export_io io = {.count = 2, .takes_z = true};
  size_t slot = acquire(&stand);
  const size_t bytes = 2 * RIG_D * sizeof *stand.z;
  check_ok(vordec_export_write(stand.fields, slot, VORDEC_EXPORTED_Z, 0, bytes, stand.z, error), error);
  check_ok(decode(&stand, slot, &io), error);
  check_ok(vordec_export_release(stand.fields, slot, 0, error), error);
  slot = acquire(&stand);
  check_ok(vordec_export_write(stand.fields, slot, VORDEC_EXPORTED_Z, 8 * RIG_D, sizeof wrong, &wrong, error), error);
  check_ok(decode(&stand, slot, &io), error); /* nobody knows yet */
  assert_int_equal(vordec_export_wait(stand.fields, slot, NULL, error), VORDEC_E_INPUT);
  assert_int_equal(vordec_export_wait(stand.fields, slot, NULL, error), VORDEC_E_INPUT);
  check_ok(vordec_export_release(stand.fields, slot, 0, error), error); /* it was told */
  slot = acquire(&stand);
  check_ok(decode(&stand, slot, &io), error);
  assert_int_equal(vordec_export_release(stand.fields, slot, 0, error), VORDEC_E_INPUT);
  assert_int_equal(acquire(&stand), slot); /* free all the same */
  close_stand(&stand);
}

static void wrong_calls(void **state) {
  struct stand stand;
  check_ok(open_stand(&stand, state, "nothing", 1), &stand.rig->error);
  struct vordec_error *error = &stand.rig->error;
  const struct vordec_export_io good = {.count = 2, .z = stand.z};
  assert_int_equal(decode(&stand, 0, &good), VORDEC_E_USAGE); /* not acquired */
  const size_t slot = acquire(&stand);
  const struct vordec_export_io wrong[] = {{.count = 0, .z = stand.z},
                                           {.count = 3, .z = stand.z},
                                           {.count = 1},
                                           {.count = 1, .z = stand.z, .takes_z = true},
                                           {.count = 1, .takes_z = true, .z_value = 1}, /* of no semaphore */
                                           {.count = 1, .takes_z = true, .z_value = 7}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    assert_int_equal(decode(&stand, slot, &wrong[i]), VORDEC_E_USAGE);
  assert_int_equal(vordec_export_wait(stand.fields, slot, NULL, error), VORDEC_E_USAGE);
  stand.z[3] = NAN;
  assert_int_equal(decode(&stand, slot, &good), VORDEC_E_INPUT);
  stand.z[3] = 0.5;
  check_ok(decode(&stand, slot, &good), error);
  assert_int_equal(decode(&stand, slot, &good), VORDEC_E_USAGE); /* it holds one */
  assert_int_equal(vordec_export_release(stand.fields, slot, 1, error), VORDEC_E_USAGE);
  double value = 0.0;
  const uint64_t end = 2ull * RIG_CELLS * sizeof value;
  assert_int_equal(vordec_export_read(stand.fields, slot, VORDEC_EXPORTED_OMEGA_LP, end - 4, 8, &value, error),
                   VORDEC_E_USAGE);
  assert_int_equal(vordec_export_read(stand.fields, slot, VORDEC_EXPORTED_COUNT, 0, 8, &value, error), VORDEC_E_USAGE);
  close_stand(&stand);
}

static void what_an_export_cannot_be(void **state) {
  struct stand stand;
  struct vordec_export *fields = NULL;
  check_ok(open_stand(&stand, state, "nothing", 1), &stand.rig->error);
  const struct vordec_export_desc wrong[] = {
      {.count = 0}, {.count = 65536}, {.count = 1, .slots = VORDEC_EXPORT_SLOTS_MAX + 1}};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    assert_int_equal(vordec_export_create(stand.decoder, &wrong[i], &fields, &stand.rig->error), VORDEC_E_USAGE);
    assert_null(fields);
  }
  close_stand(&stand);
  assert_int_equal(open_stand(&stand, state, "bare", 1), VORDEC_E_UNSUPPORTED);
  assert_int_equal(stand.rig->error.reason, VORDEC_REASON_NO_INTERFACE);
  close_stand(&stand);
}

/* What a backend says of its memory is what others would rely on. */
static void memory_that_is_too_small(void **state) {
  struct stand stand;
  assert_int_equal(open_stand(&stand, state, "export_too_small", 1), VORDEC_E_UNSUPPORTED);
  assert_int_equal(stand.rig->error.reason, VORDEC_REASON_PLUGIN_ABI);
  close_stand(&stand);
}

/* The core says which device did the work. A decode without proof is refused when it is waited for, and so is all that
 * comes later. */
static void refused_once_and_for_all(void **state) {
  struct stand stand;
  size_t slot = 0;
  check_ok(open_stand(&stand, state, "export_uncounted", 2), &stand.rig->error);
  struct vordec_error *error = &stand.rig->error;
  struct vordec_export_io io = {.count = 1, .z = stand.z};
  slot = acquire(&stand);
  check_ok(decode(&stand, slot, &io), error);
  assert_int_equal(vordec_export_release(stand.fields, slot, 0, error), VORDEC_E_REFUSED);
  assert_int_equal(error->reason, VORDEC_REASON_EVIDENCE);
  assert_int_equal(vordec_export_acquire(stand.fields, &slot, error), VORDEC_E_REFUSED);
  close_stand(&stand);
  rig_set(*state, "decode", "policy", "permissive");
  check_ok(open_stand(&stand, state, "export_uncounted", 2), error);
  struct vordec_decode_report report;
  io.z = stand.z;
  slot = acquire(&stand);
  check_ok(decode(&stand, slot, &io), error);
  check_ok(vordec_export_wait(stand.fields, slot, &report, error), error);
  assert_string_equal(report.decode_device, "unknown");
  close_stand(&stand);
}

/* States in the slot that are wrong were decoded, too: the same is asked of that decode. */
static void wrong_states_without_proof(void **state) {
  struct stand stand;
  double wrong = NAN;
  const struct vordec_export_io io = {.count = 1, .takes_z = true};
  check_ok(open_stand(&stand, state, "export_uncounted", 1), &stand.rig->error);
  struct vordec_error *error = &stand.rig->error;
  size_t slot = acquire(&stand);
  check_ok(vordec_export_write(stand.fields, slot, VORDEC_EXPORTED_Z, 0, sizeof wrong, &wrong, error), error);
  check_ok(decode(&stand, slot, &io), error);
  assert_int_equal(vordec_export_wait(stand.fields, slot, NULL, error), VORDEC_E_REFUSED);
  assert_int_equal(error->reason, VORDEC_REASON_EVIDENCE);
  assert_int_equal(vordec_export_release(stand.fields, slot, 0, error), VORDEC_E_REFUSED);
  assert_int_equal(vordec_export_acquire(stand.fields, &slot, error), VORDEC_E_REFUSED);
  close_stand(&stand);
}

/* ---- copies of what simulations and rollouts hold ---- */

/* A copy in the next slot, and what it has of an array after some steps of its source. */
static size_t take_copy(struct vordec_export *copies, struct vordec_error *error) {
  size_t slot = 99;
  uint64_t ready = 7;
  check_ok(vordec_export_acquire(copies, &slot, error), error);
  check_ok(vordec_export_take(copies, slot, &ready, error), error);
  assert_int_equal(ready, 0); /* there is no semaphore */
  return slot;
}

/* Of a run of the simulation, as its metrics tell it. */
static double device_memory_mb(struct rig *rig, struct vordec_simulation *simulation) {
  struct vordec_metrics *metrics = NULL;
  char *json = NULL;
  check_ok(vordec_metrics_create_simulation(rig->runtime, simulation, &metrics, &rig->error), &rig->error);
  check_ok(vordec_metrics_json(metrics, &json, &rig->error), &rig->error);
  const char *at = strstr(json, "\"device_memory_mb\":");
  assert_non_null(at);
  const double mb = strtod(at + strlen("\"device_memory_mb\":"), NULL);
  vordec_free(json);
  vordec_metrics_destroy(metrics);
  return mb;
}

static void copies_of_a_simulation(void **state) {
  struct rig *rig = *state;
  struct vordec_error *error = &rig->error;
  const struct vordec_simulation_desc desc = {.n = RIG_N, .members = 2, .dt = 0.01};
  struct vordec_simulation *simulation = NULL;
  struct vordec_export *copies = NULL;
  struct vordec_exported_memory memory = {.struct_size = sizeof memory};
  struct vordec_export_info info;
  struct vordec_decode_report report;
  double omega[2][RIG_CELLS], seen[2][RIG_CELLS];
  size_t slot = 99;
  rig_set(rig, "plugins", "path", MUTANT_FOLDER);
  rig_set(rig, "simulate", "backend", "nothing");
  rig_runtime(rig);
  check_ok(vordec_simulation_create(rig->runtime, NULL, &desc, &simulation, error), error);
  const double alone_mb = device_memory_mb(rig, simulation);
  check_ok(vordec_export_create_simulation(simulation, 0, &copies, error), error);
  vordec_export_get(copies, &info);
  assert_true(info.device_bytes >= sizeof omega);
  assert_float_equal(device_memory_mb(rig, simulation), alone_mb + (double)info.device_bytes / 1048576.0, 1e-9);
  check_ok(vordec_export_acquire(copies, &slot, error), error);
  assert_int_equal(vordec_export_take(copies, slot, NULL, error), VORDEC_E_USAGE); /* there is no field yet */
  assert_non_null(strstr(error->message, "holds no field"));
  check_ok(vordec_export_release(copies, slot, 0, error), error);
  for (size_t i = 0; i < RIG_CELLS; i++) omega[0][i] = sin((double)i), omega[1][i] = cos((double)i * (double)i);
  for (size_t i = 0; i < 2; i++) check_ok(vordec_simulation_set(simulation, i, omega[i], 0, error), error);
  for (int turn = 0; turn < 3; turn++) {
    slot = take_copy(copies, error);
    for (size_t i = 0; i < 2; i++) check_ok(vordec_simulation_read(simulation, i, omega[i], error), error);
    check_ok(vordec_simulation_advance(simulation, 2, NULL, error), error);
    check_ok(vordec_export_wait(copies, slot, &report, error), error);
    assert_non_null(report.decode_device);
    check_ok(vordec_export_describe(copies, slot, VORDEC_EXPORTED_OMEGA, &memory, error), error);
    assert_int_equal(memory.pitch, sizeof omega[0]);
    check_ok(vordec_export_read(copies, slot, VORDEC_EXPORTED_OMEGA, 0, sizeof seen, seen, error), error);
    assert_memory_equal(seen, omega, sizeof seen);
    assert_int_equal(vordec_export_write(copies, slot, VORDEC_EXPORTED_OMEGA, 0, 8, seen, error), VORDEC_E_USAGE);
    assert_int_equal(vordec_export_take(copies, slot, NULL, error), VORDEC_E_USAGE); /* it holds one */
    check_ok(vordec_export_release(copies, slot, 0, error), error);
  }
  const struct vordec_export_io io = {.count = 1, .z = omega[0]};
  check_ok(vordec_export_acquire(copies, &slot, error), error);
  assert_int_equal(vordec_export_decode(copies, slot, &io, NULL, error), VORDEC_E_USAGE);
  vordec_export_get(copies, &info);
  assert_int_equal(info.count, 2);
  assert_int_equal(info.slots, 2);
  assert_int_equal(info.made, 1);
  assert_int_equal(info.outputs, 0);
  vordec_export_destroy(copies);
  assert_float_equal(device_memory_mb(rig, simulation), alone_mb, 1e-9);
  vordec_simulation_destroy(simulation);
}

static void copies_of_a_rollout(void **state) {
  struct rig *rig = *state;
  struct vordec_error *error = &rig->error;
  double *a = rig_operator(RIG_D), *z0 = rig_states(3);
  const struct vordec_rollout_desc desc = {.d = RIG_D, .a = a, .z0 = z0};
  struct vordec_rollout *rollout = NULL;
  struct vordec_export *copies = NULL;
  double held[3 * RIG_D], seen[3 * RIG_D];
  rig_set(rig, "plugins", "path", MUTANT_FOLDER);
  rig_set(rig, "op", "backend", "nothing");
  rig_runtime(rig);
  check_ok(vordec_rollout_create_batch(rig->runtime, NULL, &desc, 3, &rollout, error), error);
  assert_int_equal(vordec_export_create_rollout(rollout, 65, &copies, error), VORDEC_E_USAGE);
  check_ok(vordec_export_create_rollout(rollout, 1, &copies, error), error);
  for (int turn = 0; turn < 3; turn++) {
    const size_t slot = take_copy(copies, error);
    check_ok(vordec_rollout_read(rollout, held, error), error);
    check_ok(vordec_rollout_advance(rollout, 2, NULL, error), error);
    check_ok(vordec_export_read(copies, slot, VORDEC_EXPORTED_Z, 0, sizeof seen, seen, error), error);
    assert_memory_equal(seen, held, sizeof seen);
    assert_int_equal(vordec_export_read(copies, slot, VORDEC_EXPORTED_OMEGA, 0, 8, seen, error), VORDEC_E_USAGE);
    check_ok(vordec_export_release(copies, slot, 0, error), error);
  }
  vordec_export_destroy(copies);
  vordec_rollout_destroy(rollout);
  free(a);
  free(z0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_cycle, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(slots_are_counted, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(descriptors_are_the_callers, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(states_in_the_slot, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(wrong_calls, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(what_an_export_cannot_be, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(memory_that_is_too_small, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(refused_once_and_for_all, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(wrong_states_without_proof, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(copies_of_a_simulation, rig_setup, rig_teardown),
      cmocka_unit_test_setup_teardown(copies_of_a_rollout, rig_setup, rig_teardown),
  };
  return cmocka_run_group_tests_name("export", tests, NULL, NULL);
}
