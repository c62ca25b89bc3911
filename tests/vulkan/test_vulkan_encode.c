/* SPDX-License-Identifier: MIT */
/*
 * What a state holds, measured on the device: against sums by the definition, against what is known of waves, from the
 * host and from simulations, alone and beside others.
 */
#include "encode_stand.h"
#include "simulator.h"

#include <stdlib.h>
#include <string.h>

static struct harness harness;
static struct vordec_session *session;

static bool has_fp64(void) {
  return harness.device.capabilities & VORDEC_CAP_FP64;
}

/* ---- against sums ---- */

struct shape {
  uint32_t n, low_cut, mid_cut, width, rounds, batch;
  enum vordec_smooth_kernel kernel;
  enum vordec_boundary boundary;
  double tau;
};

static double largest_difference(const double *a, const double *b, size_t count) {
  double difference = 0;
  for (size_t i = 0; i < count; i++) {
    if (!isfinite(a[i])) return INFINITY;
    difference = fmax(difference, fabs(a[i] - b[i]));
  }
  return difference;
}

/* Compares field `at` of a batch. */
static void compare(const struct encode_stand *stand, const struct encode_outputs *outputs, size_t at) {
  const struct vordec_encode_setup *setup = &stand->setup;
  const size_t n = setup->n, cells = n * n, low = 2 * (size_t)setup->low_count, mid = 2 * (size_t)setup->mid_count;
  const bool fp64 = setup->precision == VORDEC_FP64;
  struct encode_outputs expected;
  encode_outputs_create(&expected, setup, 1);
  const struct encode_sizes sizes = encode_stand_sum(setup, stand->omega + at * cells, &expected);
  const struct vordec_encode_job is = encode_outputs_job(outputs), should = encode_outputs_job(&expected);
  const double off_low = largest_difference(is.low + at * low, should.low, low) / fmax(sizes.low, 1e-300);
  const double off_mid = largest_difference(is.mid + at * mid, should.mid, mid) / fmax(sizes.mid, 1e-300);
  const double off_high = fabs(is.high[at] - should.high[0]) / fmax(sizes.high, 1e-300), limit = fp64 ? 1e-12 : 1e-5;
  print_message("N = %zu, %s: off by %.1e of the largest mode, %.1e of R's, high by %.1e of mean R^2\n", n,
                fp64 ? "fp64" : "fp32", off_low, off_mid, off_high);
  assert_true(off_low <= limit && off_mid <= limit && off_high <= limit);
  assert_true(is.high[at] >= 0);
  assert_true(sizes.margin > (fp64 ? 1e-12 : 1e-6)); /* else the mask might differ, and other fields are to be drawn */
  assert_memory_equal(is.mask + at * cells, should.mask, cells);
  assert_true(is.support[at] == should.support[0]);
  encode_outputs_destroy(&expected);
}

static void check_shape(const struct shape *shape, enum vordec_precision precision) {
  struct encode_stand stand;
  struct encode_outputs outputs;
  encode_stand_create(&stand, shape->n, shape->low_cut, shape->mid_cut, shape->batch);
  stand.setup.precision = precision;
  stand.setup.smooth_width = shape->width;
  stand.setup.smooth_kernel = shape->kernel;
  stand.setup.boundary = shape->boundary;
  stand.setup.majority_iters = shape->rounds;
  stand.setup.tau = shape->tau;
  encode_outputs_create(&outputs, &stand.setup, shape->batch);
  struct vordec_encode_job job = encode_outputs_job(&outputs);
  job.omega = stand.omega;
  struct vordec_backend_encoder *encoder = encode_stand_encoder(&harness, session, &stand.setup);
  encode_stand_run(&harness, encoder, &job);
  for (size_t at = 0; at < shape->batch; at++) compare(&stand, &outputs, at);
  encode_stand_interface(&harness)->destroy(encoder);
  encode_outputs_destroy(&outputs);
  encode_stand_destroy(&stand);
}

/* Even and odd, all modes there are, few and many columns, one tile and several, narrow windows and wide ones. */
static void sums(void **state) {
  (void)state;
  static const struct shape shapes[] = {
      {4, 1, 4, 3, 1, 1, VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, 0.2},
      {5, 5, 5, 1, 0, 3, VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_PERIODIC, 0.2},
      {64, 8, 12, 11, 8, 3, VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_PERIODIC, 0.2},
      {75, 4, 40, 11, 3, 1, VORDEC_SMOOTH_TRIANGLE, VORDEC_BOUNDARY_ZERO, 0.2},
      {128, 8, 16, 11, 8, 1, VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, 0.2},
      {150, 3, 9, 14, 9, 1, VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_PERIODIC, 0.2},
      {150, 3, 9, 150, 2, 2, VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_PERIODIC, 0.2},
      {161, 3, 9, 73, 1, 1, VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, 0.2},
      {800, 1, 2, 33, 64, 1, VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_PERIODIC, 0.9},
      {1030, 1, 2, 33, 41, 1, VORDEC_SMOOTH_BOX, VORDEC_BOUNDARY_ZERO, 0.9},
  };
  for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
    check_shape(&shapes[i], VORDEC_FP32);
    if (has_fp64() && shapes[i].n < 1024) check_shape(&shapes[i], VORDEC_FP64); /* the tallest tiles are fp32's */
  }
}

/* ---- what is known of waves ---- */

/* 2 cos(k x): c = 1. A box along x takes its share; a high mode 1e-4 or 1e-6 as large is what is left of R, and the
 * large ones do not drown it. */
static void little_left(void **state) {
  (void)state;
  enum { N = 96, CELLS = N * N, FAR = 30, WIDTH = 9 };
  for (int fp64 = 0; fp64 <= (has_fp64() ? 1 : 0); fp64++) {
    struct encode_stand stand;
    struct encode_outputs outputs;
    const double size = fp64 ? 1e-6 : 1e-3, turn = 2 * acos(-1.0) / N;
    double passed = 1.0 / WIDTH; /* of the far wave, through the box */
    for (int d = 1; d <= WIDTH / 2; d++) passed += 2 * cos(FAR * turn * d) / WIDTH;
    const double left = 2 * size * size * (1 - passed) * (1 - passed);
    encode_stand_create(&stand, N, 8, 12, 1);
    stand.setup.precision = fp64 ? VORDEC_FP64 : VORDEC_FP32;
    stand.setup.smooth_width = WIDTH;
    for (size_t i = 0; i < CELLS; i++) {
      const double x = turn * (double)(i % N), y = turn * (double)(i / N);
      stand.omega[i] = 2 * cos(3 * x - 2 * y) + 2 * sin(10 * y) + 2 * size * cos(FAR * x);
    }
    encode_outputs_create(&outputs, &stand.setup, 1);
    struct vordec_encode_job job = encode_outputs_job(&outputs);
    job.omega = stand.omega;
    struct vordec_backend_encoder *encoder = encode_stand_encoder(&harness, session, &stand.setup);
    encode_stand_run(&harness, encoder, &job);
    for (uint32_t i = 0; i < stand.setup.low_count; i++) {
      const bool wave = stand.low_index[i] == 2 * N + N - 3; /* (ky, kx) = (2, -3), whose partner comes later */
      driver_near(job.low[2 * i], wave ? 1 : 0, fp64 ? 1e-13 : 1e-6, "real part");
      driver_near(job.low[2 * i + 1], 0, fp64 ? 1e-13 : 1e-6, "imaginary part");
    }
    print_message("%s: %.3e left of mean R^2, off by %.1e of it\n", fp64 ? "fp64" : "fp32", left,
                  job.high[0] / left - 1);
    driver_near(job.high[0], left, (fp64 ? 1e-6 : 1e-3) * left, "what is left");
    encode_stand_interface(&harness)->destroy(encoder);
    encode_outputs_destroy(&outputs);
    encode_stand_destroy(&stand);
  }
}

/* No modes: all of R is left. A constant: nothing is, but the mean. */
static void no_modes(void **state) {
  (void)state;
  enum { N = 20, CELLS = N * N };
  struct encode_stand stand;
  struct encode_outputs outputs;
  encode_stand_create(&stand, N, 2, 3, 2);
  for (size_t i = 0; i < CELLS; i++) stand.omega[i] = 0.1;
  for (int modes = 0; modes < 2; modes++) {
    struct vordec_encode_setup setup = stand.setup;
    if (!modes) setup.low_count = setup.mid_count = 0;
    encode_outputs_create(&outputs, &setup, 2);
    struct vordec_encode_job job = encode_outputs_job(&outputs);
    job.omega = stand.omega;
    job.mask = NULL;
    struct vordec_backend_encoder *encoder = encode_stand_encoder(&harness, session, &setup);
    encode_stand_run(&harness, encoder, &job);
    assert_true(job.high[0] == 0 && job.support[0] == 0 && job.high[1] > 0 && job.support[1] > 0);
    for (uint32_t i = 0; i < 2 * setup.low_count; i++)
      driver_near(job.low[i], i ? 0 : (double)0.1f, 1e-8, "a constant");
    for (uint32_t i = 0; i < 2 * setup.mid_count; i++) assert_true(job.mid[i] == 0);
    assert_int_equal(outputs.mask[0], 99);
    encode_stand_interface(&harness)->destroy(encoder);
    encode_outputs_destroy(&outputs);
  }
  encode_stand_destroy(&stand);
}

/* ---- against themselves ---- */

/* A field's bits are those that it has alone, wherever it stands, and how many there are. */
static void alone(void **state) {
  (void)state;
  for (int fp64 = 0; fp64 <= (has_fp64() ? 1 : 0); fp64++) {
    struct encode_stand stand;
    struct encode_outputs together, single, two;
    encode_stand_create(&stand, 75, 5, 9, 3);
    stand.setup.precision = fp64 ? VORDEC_FP64 : VORDEC_FP32;
    const size_t cells = 75 * 75;
    encode_outputs_create(&together, &stand.setup, 3);
    encode_outputs_create(&two, &stand.setup, 2);
    struct vordec_encode_job all = encode_outputs_job(&together), some = encode_outputs_job(&two);
    struct vordec_backend_encoder *three = encode_stand_encoder(&harness, session, &stand.setup);
    all.omega = stand.omega;
    encode_stand_run(&harness, three, &all);
    some.omega = stand.omega + cells;
    encode_stand_run(&harness, three, &some);
    stand.setup.batch = 1;
    struct vordec_backend_encoder *one = encode_stand_encoder(&harness, session, &stand.setup);
    for (size_t at = 0; at < 3; at++) {
      const size_t low = 2 * (size_t)stand.setup.low_count, mid = 2 * (size_t)stand.setup.mid_count;
      encode_outputs_create(&single, &stand.setup, 1);
      struct vordec_encode_job job = encode_outputs_job(&single);
      job.omega = stand.omega + at * cells;
      encode_stand_run(&harness, one, &job);
      for (size_t i = 0; i < (at ? 2 : 1); i++) { /* among three, then among two */
        const struct vordec_encode_job *other = i ? &some : &all;
        const size_t place = at - i;
        assert_memory_equal(job.low, other->low + place * low, low * sizeof(double));
        assert_memory_equal(job.mid, other->mid + place * mid, mid * sizeof(double));
        assert_memory_equal(job.high, other->high + place, sizeof(double));
        assert_memory_equal(job.support, other->support + place, sizeof(double));
        assert_memory_equal(job.mask, other->mask + place * cells, cells);
      }
      encode_outputs_destroy(&single);
    }
    encode_stand_interface(&harness)->destroy(one);
    encode_stand_interface(&harness)->destroy(three);
    encode_outputs_destroy(&two);
    encode_outputs_destroy(&together);
    encode_stand_destroy(&stand);
  }
}

/* As many rounds as a mask may have, by dispatches of eight, of which there are more than a plan has descriptor sets,
 * and of sixteen: the same mask. */
static void many_rounds(void **state) {
  (void)state;
  struct encode_stand stand;
  struct encode_outputs outputs[2];
  encode_stand_create(&stand, 300, 1, 2, 1);
  stand.setup.smooth_width = 33;
  stand.setup.majority_iters = 1000;
  for (int many = 0; many < 2; many++) {
    stand.setup.batch = many ? 48 : 1;
    encode_outputs_create(&outputs[many], &stand.setup, 1);
    struct vordec_encode_job job = encode_outputs_job(&outputs[many]);
    job.omega = stand.omega;
    struct vordec_backend_encoder *encoder = encode_stand_encoder(&harness, session, &stand.setup);
    encode_stand_run(&harness, encoder, &job);
    encode_stand_interface(&harness)->destroy(encoder);
  }
  assert_true(encode_outputs_equal(&outputs[0], &outputs[1]));
  for (int many = 0; many < 2; many++) encode_outputs_destroy(&outputs[many]);
  encode_stand_destroy(&stand);
}

/* ---- from simulations ---- */

/* The bits that the fields have which get() tells, in any pair of precisions; the simulation goes on as if nothing had
 * happened. */
static void check_simulation(enum vordec_precision of_fields, enum vordec_precision precision) {
  enum { N = 64, CELLS = N * N, MEMBERS = 3 };
  const struct vordec_simulation_setup flow = {.struct_size = sizeof flow,
                                               .n = N,
                                               .members = MEMBERS,
                                               .precision = of_fields,
                                               .fft = "auto",
                                               .dt = 0.01,
                                               .nu0 = 1e-3,
                                               .cs = 0.17};
  struct encode_stand stand;
  struct encode_outputs here, there;
  encode_stand_create(&stand, N, 6, 9, MEMBERS);
  stand.setup.precision = precision;
  stand.setup.batch = 2;
  struct vordec_backend_simulation *simulation = simulator_create(&harness, session, &flow);
  for (uint32_t i = 0; i < MEMBERS; i++) simulator_set(&harness, simulation, i, stand.omega + i * CELLS);
  assert_true(simulator_advance(&harness, simulation, 2).finite);
  for (uint32_t i = 0; i < MEMBERS; i++) simulator_get(&harness, simulation, i, stand.omega + i * CELLS);
  encode_outputs_create(&here, &stand.setup, 2);
  encode_outputs_create(&there, &stand.setup, 2);
  struct vordec_encode_job from_host = encode_outputs_job(&here), from_device = encode_outputs_job(&there);
  struct vordec_backend_encoder *encoder = encode_stand_encoder(&harness, session, &stand.setup);
  from_host.omega = stand.omega + CELLS;
  from_device.simulation = simulation;
  from_device.first_member = 1;
  encode_stand_run(&harness, encoder, &from_device);
  encode_stand_run(&harness, encoder, &from_host);
  assert_true(encode_outputs_equal(&here, &there));
  from_host.omega = stand.omega;
  from_device.first_member = 0;
  encode_stand_run(&harness, encoder, &from_host);
  encode_stand_run(&harness, encoder, &from_device);
  assert_true(encode_outputs_equal(&here, &there));
  double *after = test_malloc(CELLS * sizeof *after);
  simulator_get(&harness, simulation, 2, after);
  assert_memory_equal(after, stand.omega + 2 * CELLS, CELLS * sizeof *after);
  test_free(after);
  simulator_interface(&harness)->destroy(simulation);
  encode_stand_run(&harness, encoder, &from_host); /* which still remembers it */
  assert_true(encode_outputs_equal(&here, &there));
  encode_stand_interface(&harness)->destroy(encoder);
  encode_outputs_destroy(&there);
  encode_outputs_destroy(&here);
  encode_stand_destroy(&stand);
}

static void simulations(void **state) {
  (void)state;
  check_simulation(VORDEC_FP32, VORDEC_FP32);
  if (!has_fp64()) return;
  check_simulation(VORDEC_FP32, VORDEC_FP64);
  check_simulation(VORDEC_FP64, VORDEC_FP32);
  check_simulation(VORDEC_FP64, VORDEC_FP64);
}

/* ---- refusals ---- */

static void refuse(const struct vordec_encode_setup *setup, enum vordec_reason reason) {
  struct vordec_backend_encoder *encoder = NULL;
  struct vordec_plan_info info = {.struct_size = sizeof info};
  struct vordec_error error = {0};
  assert_int_equal(encode_stand_interface(&harness)->create(session, setup, &encoder, &info, &error),
                   VORDEC_E_UNSUPPORTED);
  assert_int_equal(error.reason, reason);
  assert_null(encoder);
}

static void refusals(void **state) {
  (void)state;
  struct encode_stand stand;
  encode_stand_create(&stand, 8, 2, 3, 1);
  struct vordec_encode_setup setup = stand.setup;
  setup.fft = "vkfft";
  refuse(&setup, VORDEC_REASON_NO_FFT);
  setup.fft = "auto";
  setup.smooth_kernel = (enum vordec_smooth_kernel)99;
  refuse(&setup, VORDEC_REASON_NO_INTERFACE);
  encode_stand_interface(&harness)->destroy(NULL);
  encode_stand_destroy(&stand);
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
  return harness.debug->validation_messages() != 0 || harness_left(&harness) != 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sums),        cmocka_unit_test(little_left), cmocka_unit_test(no_modes), cmocka_unit_test(alone),
      cmocka_unit_test(many_rounds), cmocka_unit_test(simulations), cmocka_unit_test(refusals),
  };
  return cmocka_run_group_tests_name("vulkan encode", tests, open_all, close_all);
}
