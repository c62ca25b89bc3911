/* SPDX-License-Identifier: MIT */
/*
 * Simulations on the device: against sums over all modes, against the reference implementation's fields, against what
 * is known of flows, and against themselves.
 */
#include "flow_sums.h"
#include "simulator.h"

#include <io/npz.h>
#include <stdlib.h>
#include <string.h>

static struct harness harness;
static struct vordec_session *session;

static double *room(size_t cells) {
  double *memory = calloc(cells, sizeof *memory);
  assert_non_null(memory);
  return memory;
}

static bool has_fp64(void) {
  return harness.device.capabilities & VORDEC_CAP_FP64;
}

/* ---- against sums ---- */

static void check_case(const struct vordec_simulation_setup *setup, const double *start, uint32_t steps) {
  const size_t cells = (size_t)setup->n * setup->n;
  double *expected = room(cells), *omega = room(cells);
  memcpy(expected, start, cells * sizeof *start);
  flow_sums_advance(setup, expected, steps);
  simulator_run(&harness, session, setup, start, steps, omega);
  const double difference = simulator_difference(omega, expected, cells);
  const bool fp64 = setup->precision == VORDEC_FP64;
  if (!(difference <= (fp64 ? 1e-13 : 2e-6))) {
    fail_msg("N = %u, fft %s, %s%s%s%s: off by %.3g", (unsigned)setup->n, setup->fft, fp64 ? "fp64" : "fp32",
             setup->reference_mean ? ", reference mean" : "", setup->filter ? ", filter" : "",
             setup->dealias ? ", dealias" : "", difference);
  }
  free(omega);
  free(expected);
}

/* Settings on small grids, even and odd, with waves up to the last, whose rounding is the largest. */
static void settings(void **state) {
  (void)state;
  static const uint32_t bits[] = {1, 2, 4, 7};
  for (uint32_t i = 0; i < 8; i++) {
    const uint32_t n = 5 + i / 4;
    double start[36];
    struct vordec_simulation_setup setup = simulator_usual(n, has_fp64() && i % 3 ? VORDEC_FP64 : VORDEC_FP32);
    setup.reference_mean = bits[i % 4] & 1;
    setup.filter = bits[i % 4] & 2;
    setup.dealias = bits[i % 4] & 4;
    flow_sums_start(n, n / 2, 0.3, n, start);
    check_case(&setup, start, 3);
  }
}

/* Factors and what is left of a workgroup: primes, powers, products. The reference fields are on powers of two. */
static void sizes(void **state) {
  (void)state;
  static const uint32_t list[] = {4, 7, 12, 96, 97, 100};
  for (size_t s = 0; s < sizeof list / sizeof *list; s++) {
    const uint32_t n = list[s];
    double *start = room((size_t)n * n);
    flow_sums_start(n, n < 8 ? 1 : 3, 0.3, n, start);
    const struct vordec_simulation_setup setup = simulator_usual(n, has_fp64() && s % 2 ? VORDEC_FP64 : VORDEC_FP32);
    check_case(&setup, start, n < 64 ? 3 : 1);
    free(start);
  }
}

/* Fused steps, with one and two exchanges between factors, and all that may end a step. A software device takes its
 * time to compile the larger ones, and gets one of them. */
static void fused_steps(void **state) {
  (void)state;
  static const struct {
    uint32_t n, bits;
    enum vordec_precision precision;
    const char *fft;
    bool slow;
  } cases[] = {
      {16, 6, VORDEC_FP64, "fused-4", false},  {32, 1, VORDEC_FP32, "fused-4", false},
      {64, 0, VORDEC_FP32, "fused-8", false},  {64, 7, VORDEC_FP64, "fused-4", true},
      {64, 3, VORDEC_FP64, "fused-8", true},   {64, 4, VORDEC_FP32, "fused-16", true},
      {128, 7, VORDEC_FP64, "fused-8", true},  {256, 0, VORDEC_FP32, "fused-16", true},
      {512, 0, VORDEC_FP32, "fused-16", true}, {512, 0, VORDEC_FP32, "fused-8", true},
      {512, 6, VORDEC_FP64, "fused-8", true},  {512, 0, VORDEC_FP64, "fused-4", true},
      {128, 5, VORDEC_FP32, "fused-16", true},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const uint32_t n = cases[i].n, bits = cases[i].bits;
    if (cases[i].precision == VORDEC_FP64 && !has_fp64()) continue;
    if (cases[i].slow && harness.device.type == VORDEC_DEVICE_SOFTWARE) continue;
    double *start = room((size_t)n * n);
    struct vordec_simulation_setup setup = simulator_usual(n, cases[i].precision);
    setup.fft = cases[i].fft;
    setup.reference_mean = bits & 1;
    setup.filter = bits & 2;
    setup.dealias = bits & 4;
    flow_sums_start(n, n < 64 ? n / 2 : 3, 0.3, n, start);
    check_case(&setup, start, n < 64 ? 3 : 1);
    free(start);
  }
}

/* ---- against the reference implementation ---- */

struct reference {
  struct vordec_simulation_setup setup;
  size_t cells;
  double *start, *omega; /* omega: at steps 10 and 50 */
};

static double *values_of(struct npz *npz, const char *key) {
  struct npy_array array = {0};
  struct vordec_error error = {0};
  double *values = NULL;
  driver_must(npz_read(npz, key, &array, &error), &error);
  driver_must(npy_to_f64(&array, &values, &error), &error);
  npy_array_release(&array);
  return values;
}

static double value_of(struct npz *npz, const char *key) {
  double *values = values_of(npz, key);
  const double value = values[0];
  free(values);
  return value;
}

/* Smooths along one axis by a box of 11 cells, zero outside the grid. */
static void smooth(size_t n, size_t along, size_t across, const double *from, double *to) {
  for (size_t line = 0; line < n; line++) {
    for (size_t i = 0; i < n; i++) {
      double sum = 0;
      for (size_t j = i < 5 ? 0 : i - 5; j <= i + 5 && j < n; j++) sum += from[line * across + j * along];
      to[line * across + i * along] = sum / 11;
    }
  }
}

static void make_start(size_t n, const double *noise, double *start) {
  double *half = room(n * n), mean = 0, square = 0;
  smooth(n, 1, n, noise, half);
  smooth(n, n, 1, half, start);
  for (size_t i = 0; i < n * n; i++) mean += start[i] / (double)(n * n);
  for (size_t i = 0; i < n * n; i++) square += (start[i] - mean) * (start[i] - mean) / (double)(n * n);
  for (size_t i = 0; i < n * n; i++) start[i] = (start[i] - mean) / (sqrt(square) + 1e-12);
  free(half);
}

static struct reference load(const char *path) {
  struct npz *npz = NULL;
  struct vordec_error error = {0};
  driver_must(npz_open(path, &npz, &error), &error);
  struct reference reference = {.setup = simulator_usual((uint32_t)value_of(npz, "N"), VORDEC_FP64)};
  reference.setup.dt = value_of(npz, "dt");
  reference.setup.nu0 = value_of(npz, "nu0");
  reference.setup.cs = value_of(npz, "Cs");
  reference.setup.reference_mean = true;
  reference.cells = (size_t)reference.setup.n * reference.setup.n;
  double *noise = values_of(npz, "noise"), *steps = values_of(npz, "steps");
  assert_true(steps[0] == 10 && steps[1] == 50);
  reference.omega = values_of(npz, "omega");
  reference.start = room(reference.cells);
  make_start(reference.setup.n, noise, reference.start);
  free(steps);
  free(noise);
  npz_close(npz);
  return reference;
}

/* Fields at steps 10 and 50. */
static void run_reference(const struct reference *reference, enum vordec_precision precision, const double *start,
                          double *omega) {
  struct vordec_simulation_setup setup = reference->setup;
  setup.precision = precision;
  struct vordec_backend_simulation *simulation = simulator_create(&harness, session, &setup);
  simulator_set(&harness, simulation, 0, start);
  assert_true(simulator_advance(&harness, simulation, 10).finite);
  simulator_get(&harness, simulation, 0, omega);
  assert_true(simulator_advance(&harness, simulation, 40).finite);
  simulator_get(&harness, simulation, 0, omega + reference->cells);
  simulator_interface(&harness)->destroy(simulation);
}

static void check_reference(const char *path) {
  static const double limit[] = {1e-10, 1e-8};
  const struct reference reference = load(path);
  const size_t cells = reference.cells;
  double *exact = room(2 * cells), *rounded = room(2 * cells), *single = room(2 * cells), *start = room(cells);
  for (size_t i = 0; i < cells; i++) start[i] = (double)(float)reference.start[i];
  run_reference(&reference, VORDEC_FP64, reference.start, exact);
  run_reference(&reference, VORDEC_FP64, start, rounded);
  run_reference(&reference, VORDEC_FP32, reference.start, single);
  for (size_t i = 0; i < 2; i++) {
    const double *expected = reference.omega + i * cells;
    const double difference = simulator_difference(exact + i * cells, expected, cells);
    const double growth = simulator_distance(rounded + i * cells, exact + i * cells, cells);
    const double of_single = simulator_distance(single + i * cells, exact + i * cells, cells);
    print_message("N = %u, step %d: fp64 off by %.2e, one rounding of the start grows to %.2e, fp32 off by %.2e\n",
                  (unsigned)reference.setup.n, i ? 50 : 10, difference, growth, of_single);
    assert_true(difference <= limit[i]);
    assert_true(of_single <= 10 * growth);
  }
  free(start);
  free(single);
  free(rounded);
  free(exact);
  free(reference.start);
  free(reference.omega);
}

static void reference_fields(void **state) {
  (void)state;
  if (!has_fp64()) skip();
  check_reference(VORDEC_TEST_DATA "/n64/les.npz");
  check_reference(VORDEC_TEST_DATA "/n128/les.npz");
}

/* ---- what is known of flows ---- */

/* cos(3 x) cos(4 y) moves nothing: each step multiplies it by what Heun's method makes of exp(-nu k^2 dt). */
static void taylor_green(void **state) {
  (void)state;
  enum { N = 32, CELLS = N * N, STEPS = 40 };
  for (int fp64 = 0; fp64 <= (has_fp64() ? 1 : 0); fp64++) {
    struct vordec_simulation_setup setup = simulator_usual(N, fp64 ? VORDEC_FP64 : VORDEC_FP32);
    setup.nu0 = 0.02;
    setup.cs = 0;
    const double a = setup.nu0 * 25 * setup.dt, factor = pow(1 - a + a * a / 2, STEPS), turn = 2 * acos(-1.0) / N;
    double start[CELLS], expected[CELLS], omega[CELLS];
    for (size_t i = 0; i < CELLS; i++) {
      start[i] = cos(3 * turn * (double)(i % N)) * cos(4 * turn * (double)(i / N));
      expected[i] = factor * start[i];
    }
    simulator_run(&harness, session, &setup, start, STEPS, omega);
    assert_true(simulator_difference(omega, expected, CELLS) <= (fp64 ? 1e-13 : 5e-6));
  }
}

static double enstrophy(const double *omega, size_t cells) {
  double sum = 0;
  for (size_t i = 0; i < cells; i++) sum += 0.5 * omega[i] * omega[i] / (double)cells;
  return sum;
}

/* Without viscosity, and without the modes that products would be mistaken for, enstrophy drifts by Heun's own error,
 * a third-order one: half the step, an eighth of the drift. */
static void inviscid_drift(void **state) {
  (void)state;
  enum { N = 32, CELLS = N * N };
  if (!has_fp64()) skip();
  double start[CELLS], omega[CELLS], drift[2];
  flow_sums_start(N, 5, 0, 3, start);
  for (int halved = 0; halved < 2; halved++) {
    struct vordec_simulation_setup setup = simulator_usual(N, VORDEC_FP64);
    setup.nu0 = setup.cs = 0;
    setup.dealias = true;
    setup.dt = halved ? 0.01 : 0.02;
    simulator_run(&harness, session, &setup, start, halved ? 100 : 50, omega);
    drift[halved] = fabs(enstrophy(omega, CELLS) - enstrophy(start, CELLS)) / enstrophy(start, CELLS);
  }
  print_message("enstrophy drifts by %.2e, with half the step by %.2e\n", drift[0], drift[1]);
  assert_true(drift[0] < 1e-3 && drift[0] > 6 * drift[1] && drift[0] < 10 * drift[1]);
}

/* ---- against themselves ---- */

static void same_bits(const double *a, const double *b, size_t cells, const char *what) {
  if (memcmp(a, b, cells * sizeof *a) != 0) fail_msg("%s: other bits", what);
}

/* However the steps are divided, and if the field is taken out and put back between. */
static void divided_steps(void **state) {
  (void)state;
  for (uint32_t variant = 0; variant < 4; variant++) {
    const uint32_t n = variant & 1 ? 64 : 32;
    struct vordec_simulation_setup setup = simulator_usual(n, has_fp64() && (variant & 2) ? VORDEC_FP64 : VORDEC_FP32);
    setup.reference_mean = variant & 1;
    setup.filter = setup.dealias = variant == 2;
    const size_t cells = (size_t)n * n;
    double *start = room(cells), *expected = room(cells), *omega = room(cells);
    flow_sums_start(n, 5, 0.1, 9, start);
    simulator_run(&harness, session, &setup, start, 9, expected);
    struct vordec_backend_simulation *simulation = simulator_create(&harness, session, &setup);
    simulator_set(&harness, simulation, 0, start);
    simulator_get(&harness, simulation, 0, omega);
    for (size_t i = 0; i < cells; i++) {
      assert_true(fabs(omega[i] - start[i]) <= (setup.precision == VORDEC_FP64 ? 0 : 1e-13 * fabs(start[i])));
    }
    simulator_advance(&harness, simulation, 1);
    simulator_advance(&harness, simulation, 3);
    simulator_get(&harness, simulation, 0, omega);
    simulator_set(&harness, simulation, 0, omega);
    simulator_advance(&harness, simulation, 5);
    simulator_get(&harness, simulation, 0, omega);
    same_bits(omega, expected, cells, "divided steps");
    simulator_interface(&harness)->destroy(simulation);
    free(omega);
    free(expected);
    free(start);
  }
}

static void members_alone(void **state) {
  (void)state;
  enum { N = 32, CELLS = N * N, MEMBERS = 3 };
  for (uint32_t variant = 0; variant < 2; variant++) {
    struct vordec_simulation_setup setup = simulator_usual(N, has_fp64() && (variant & 1) ? VORDEC_FP64 : VORDEC_FP32);
    static double start[MEMBERS][CELLS], expected[CELLS], omega[CELLS];
    setup.filter = setup.dealias = variant & 1;
    setup.members = MEMBERS;
    struct vordec_backend_simulation *simulation = simulator_create(&harness, session, &setup);
    for (uint32_t member = 0; member < MEMBERS; member++) {
      flow_sums_start(N, 4, 0.1 * member, member, start[member]);
      simulator_set(&harness, simulation, member, start[member]);
    }
    assert_true(simulator_advance(&harness, simulation, 6).finite);
    setup.members = 1;
    for (uint32_t member = 0; member < MEMBERS; member++) {
      simulator_get(&harness, simulation, member, omega);
      simulator_run(&harness, session, &setup, start[member], 6, expected);
      same_bits(omega, expected, CELLS, "a member");
    }
    simulator_interface(&harness)->destroy(simulation);
  }
}

/* Of fused steps: with so many members that workgroups share columns differently, with steps divided, and a field that
 * is taken out and put back. */
static void fused_bits(void **state) {
  (void)state;
  enum { N = 16, CELLS = N * N, MEMBERS = 64 };
  struct vordec_simulation_setup setup = simulator_usual(N, VORDEC_FP32);
  double start[CELLS], expected[CELLS], omega[CELLS];
  setup.fft = "fused-4";
  setup.filter = setup.dealias = true;
  setup.members = MEMBERS;
  struct vordec_backend_simulation *simulation = simulator_create(&harness, session, &setup);
  for (uint32_t member = 0; member < MEMBERS; member++) {
    flow_sums_start(N, 4, 0.01 * member, member, start);
    simulator_set(&harness, simulation, member, start);
  }
  simulator_advance(&harness, simulation, 2);
  simulator_get(&harness, simulation, 37, omega);
  simulator_set(&harness, simulation, 37, omega);
  simulator_advance(&harness, simulation, 3);
  setup.members = 1;
  for (uint32_t member = 37; member < MEMBERS; member += 26) {
    flow_sums_start(N, 4, 0.01 * member, member, start);
    simulator_get(&harness, simulation, member, omega);
    simulator_run(&harness, session, &setup, start, 5, expected);
    same_bits(omega, expected, CELLS, "a member of fused steps");
  }
  simulator_interface(&harness)->destroy(simulation);
}

/* A member that blows up at once, one that does later, and a sound one. */
static void not_finite(void **state) {
  (void)state;
  enum { N = 32, CELLS = N * N };
  for (uint32_t variant = 0; variant < 2; variant++) {
    struct vordec_simulation_setup setup = simulator_usual(N, VORDEC_FP32);
    double start[CELLS], huge[CELLS];
    setup.members = 3;
    setup.filter = setup.dealias = variant & 1;
    flow_sums_start(N, 4, 0, 1, start);
    struct vordec_backend_simulation *simulation = simulator_create(&harness, session, &setup);
    simulator_set(&harness, simulation, 0, start);
    for (uint32_t again = 0; again < 2; again++) {
      for (size_t i = 0; i < CELLS; i++) huge[i] = start[i] * 1e30;
      simulator_set(&harness, simulation, 2, huge);
      for (size_t i = 0; i < CELLS; i++) huge[i] = start[i] * 1e6;
      simulator_set(&harness, simulation, 1, huge);
      struct vordec_simulation_result result = simulator_advance(&harness, simulation, 300);
      assert_false(result.finite);
      assert_int_equal(result.bad_step, 1);
      assert_int_equal(result.bad_member, 2);
      assert_true(result.bad_row < N && result.bad_column < N);
      simulator_set(&harness, simulation, 2, start);
      simulator_set(&harness, simulation, 1, huge);
      simulator_set(&harness, simulation, 0, start);
      uint32_t steps = 1; /* up to the one that breaks it */
      while (simulator_advance(&harness, simulation, 1).finite) assert_true(++steps < 300);
      simulator_set(&harness, simulation, 2, start);
      simulator_set(&harness, simulation, 1, huge);
      simulator_set(&harness, simulation, 0, start);
      result = simulator_advance(&harness, simulation, 300);
      assert_false(result.finite);
      assert_int_equal(result.bad_step, steps);
      assert_int_equal(result.bad_member, 1);
    }
    simulator_set(&harness, simulation, 0, start);
    simulator_set(&harness, simulation, 1, start);
    simulator_set(&harness, simulation, 2, start);
    assert_true(simulator_advance(&harness, simulation, 20).finite);
    simulator_interface(&harness)->destroy(simulation);
  }
}

/* ---- refusals ---- */

static void refusals(void **state) {
  (void)state;
  const struct vordec_simulation_interface *interface = simulator_interface(&harness);
  struct vordec_backend_simulation *simulation = NULL;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_error error = {0};
  struct vordec_simulation_setup setup = simulator_usual(16, VORDEC_FP32);
  setup.fft = "vkfft";
  assert_int_equal(interface->create(session, &setup, &simulation, &info, &error), VORDEC_E_UNSUPPORTED);
  assert_int_equal(error.reason, VORDEC_REASON_NO_FFT);
  assert_null(simulation);
  setup = simulator_usual(1024, VORDEC_FP32);
  setup.members = 1u << 20;
  assert_int_equal(interface->create(session, &setup, &simulation, &info, &error), VORDEC_E_NO_MEMORY);
  assert_int_equal(error.reason, VORDEC_REASON_MEMORY);
  assert_null(simulation);
  interface->destroy(NULL);
}

static int open_all(void **state) {
  (void)state;
  if (!harness_open(&harness)) return 1;
  session = harness_session(&harness);
  return 0;
}

static int close_all(void **state) {
  (void)state;
  harness.backend->close(session);
  fprintf(stderr, "validation messages: %llu\n", (unsigned long long)harness.debug->validation_messages());
  return harness_left(&harness) != 0 || harness.debug->validation_messages() != 0;
}

int main(int argc, char **argv) {
  if (argc > 1) cmocka_set_test_filter(argv[1]);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(settings),         cmocka_unit_test(sizes),         cmocka_unit_test(fused_steps),
      cmocka_unit_test(reference_fields), cmocka_unit_test(taylor_green),  cmocka_unit_test(inviscid_drift),
      cmocka_unit_test(divided_steps),    cmocka_unit_test(members_alone), cmocka_unit_test(fused_bits),
      cmocka_unit_test(not_finite),       cmocka_unit_test(refusals),
  };
  return cmocka_run_group_tests_name("vulkan simulations", tests, open_all, close_all);
}
