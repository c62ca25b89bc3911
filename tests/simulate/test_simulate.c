/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <science/spectrum.h>
#include <science/start.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "les_run.h"

/* The reference's start, field and totals at steps 10 and 50. */
static void check_reference(const char *folder) {
  static const double limit[] = {1e-10, 1e-8};
  struct vordec_error error;
  struct reference *reference = reference_open(folder, "les");
  const size_t n = (size_t)reference_scalar(reference, "N"), cells = n * n;
  double *noise = reference_f64(reference, "noise"), *expected = reference_f64(reference, "omega");
  double *energy = reference_f64(reference, "energy"), *enstrophy = reference_f64(reference, "enstrophy");
  int64_t *steps = reference_i64(reference, "steps");
  double *omega = test_alloc(cells, sizeof *omega);
  assert_ok(start_smooth(n, noise, omega, &error), &error);
  struct les_run les = les_run_make(&(struct vordec_simulation_desc){.n = n,
                                                                     .dt = reference_scalar(reference, "dt"),
                                                                     .nu0 = reference_scalar(reference, "nu0"),
                                                                     .cs = reference_scalar(reference, "Cs"),
                                                                     .reference_mean = true},
                                    2);
  les_run_set(&les, omega);
  struct spectrum *spectrum;
  assert_ok(spectrum_create(n, &spectrum, &error), &error);
  for (size_t i = 0; i < 2; i++) {
    les_run_to(&les, (uint64_t)steps[i]);
    les_run_get(&les, omega);
    const double difference = relative_difference(omega, expected + i * cells, cells);
    print_message("%s step %d: relative difference %.2e\n", folder, (int)steps[i], difference);
    assert_at_most(difference, limit[i]);
    const struct spectrum_totals totals = spectrum_measure(spectrum, omega, NULL);
    assert_close(totals.energy, energy[i], 1e-12);
    assert_close(totals.enstrophy, enstrophy[i], 1e-12);
  }
  spectrum_destroy(spectrum);
  les_run_end(&les);
  free(omega);
  free(steps);
  free(enstrophy);
  free(energy);
  free(expected);
  free(noise);
  reference_close(reference);
}

static void test_reference(void **state) {
  (void)state;
  check_reference("n64");
  check_reference("n128");
}

static void test_threads(void **state) {
  (void)state;
  enum { N = 30, CELLS = N * N };
  struct vordec_error error;
  double *start = test_alloc(CELLS, sizeof *start), *first = test_alloc(CELLS, sizeof *first);
  double *other = test_alloc(CELLS, sizeof *other);
  start_noise(7, N, start);
  assert_ok(start_smooth(N, start, start, &error), &error);
  for (uint32_t threads = 1; threads <= 5; threads++) {
    struct les_run les = les_run_make(
        &(struct vordec_simulation_desc){.n = N, .dt = 0.01, .nu0 = 1e-4, .cs = 0.17, .filter = true}, threads);
    les_run_set(&les, start);
    les_run_to(&les, 5);
    les_run_get(&les, threads == 1 ? first : other);
    if (threads > 1) assert_memory_equal(first, other, CELLS * sizeof *first);
    les_run_end(&les);
  }
  free(other);
  free(first);
  free(start);
}

/* mean + cos(ky y + kx x): a single mode does not advect itself. */
static double *wave(size_t n, double mean, size_t ky, size_t kx) {
  double *omega = test_alloc(n * n, sizeof *omega);
  for (size_t i = 0; i < n * n; i++) {
    omega[i] = mean + cos(2 * acos(-1.0) / (double)n * (double)(ky * (i / n) + kx * (i % n)));
  }
  return omega;
}

/* One step of Heun's method on dw/dt = -rate w. */
static double heun_factor(double rate, double dt) {
  return 1 - rate * dt + 0.5 * rate * rate * dt * dt;
}

static void check_decay(size_t n, size_t ky, size_t kx, bool reference_mean) {
  const double nu = 0.02, dt = 0.05, mean = 0.3;
  double *start = wave(n, mean, ky, kx), *omega = test_alloc(n * n, sizeof *omega);
  struct les_run les =
      les_run_make(&(struct vordec_simulation_desc){.n = n, .dt = dt, .nu0 = nu, .reference_mean = reference_mean}, 1);
  les_run_set(&les, start);
  les_run_to(&les, 4);
  les_run_get(&les, omega);
  const double factor = pow(heun_factor(nu * (double)(ky * ky + kx * kx), dt), 4);
  const double mean_factor = reference_mean ? pow(heun_factor(nu, dt), 4) : 1;
  for (size_t i = 0; i < n * n; i++) {
    assert_at_most(fabs(omega[i] - (factor * (start[i] - mean) + mean_factor * mean)), 1e-14);
  }
  les_run_end(&les);
  free(omega);
  free(start);
}

static void test_viscous_decay(void **state) {
  (void)state;
  for (int reference_mean = 0; reference_mean < 2; reference_mean++) {
    check_decay(4, 1, 0, reference_mean);
    check_decay(16, 3, 2, reference_mean);
    check_decay(15, 0, 7, reference_mean);
    check_decay(8, 4, 0, reference_mean); /* Nyquist: the Laplacian sees it */
  }
}

/* Without viscosity the filter alone acts on a wave. */
static void test_filter(void **state) {
  (void)state;
  enum { N = 16 };
  double *start = wave(N, 0, 3, 4), omega[N * N];
  struct les_run les = les_run_make(&(struct vordec_simulation_desc){.n = N, .dt = 0.1, .filter = true}, 1);
  les_run_set(&les, start);
  les_run_to(&les, 3);
  les_run_get(&les, omega);
  const double factor = exp(-3 * 36 * pow(5.0 / 8.0, 8));
  assert_true(factor < 0.5);
  for (size_t i = 0; i < N * N; i++) assert_at_most(fabs(omega[i] - factor * start[i]), 1e-14);
  les_run_end(&les);
  free(start);
}

/* w = cos x has S = cos(x) / 2 and so nu = (Cs dx)^2 |cos x|; over a short step w changes by -dt nu cos x. */
static void test_smagorinsky(void **state) {
  (void)state;
  enum { N = 32 };
  const double dt = 1e-6, length = 0.5 * 2 * acos(-1.0) / N;
  double *start = wave(N, 0, 0, 1), omega[N * N];
  struct les_run les = les_run_make(&(struct vordec_simulation_desc){.n = N, .dt = dt, .cs = 0.5}, 1);
  les_run_set(&les, start);
  les_run_to(&les, 1);
  les_run_get(&les, omega);
  for (size_t i = 0; i < N * N; i++) {
    const double slope = -length * length * fabs(start[i]) * start[i];
    assert_at_most(fabs((omega[i] - start[i]) / dt - slope), 1e-8);
  }
  les_run_end(&les);
  free(start);
}

/* Two waves: u . grad w worked out by hand, with w = cos x + cos 2y, so u = -sin(2y)/2, v = sin x. */
static void test_advection(void **state) {
  (void)state;
  enum { N = 24 };
  const double dt = 1e-6, step = 2 * acos(-1.0) / N;
  double start[N * N], omega[N * N];
  for (size_t i = 0; i < N * N; i++) start[i] = cos(step * (double)(i % N)) + cos(2 * step * (double)(i / N));
  struct les_run les = les_run_make(&(struct vordec_simulation_desc){.n = N, .dt = dt}, 2);
  les_run_set(&les, start);
  les_run_to(&les, 1);
  les_run_get(&les, omega);
  for (size_t i = 0; i < N * N; i++) {
    const double x = step * (double)(i % N), y = step * (double)(i / N);
    const double slope = -(-0.5 * sin(2 * y) * -sin(x) + sin(x) * -2 * sin(2 * y));
    assert_at_most(fabs((omega[i] - start[i]) / dt - slope), 1e-5);
  }
  les_run_end(&les);
}

/* Waves of k1 = (6, 0) and k2 = (6, 5) in (x, y) drive c / 2 (cos(a1 + a2) - cos(a1 - a2)); the sum, at kx = 12, is
 * beyond two thirds of N = 24, and so is a wave of ky = 11, which stays as it is and moves nothing. */
static void test_dealias(void **state) {
  (void)state;
  enum { N = 24 };
  const double dt = 1e-6, step = 2 * acos(-1.0) / N, c = -30.0 / 36 + 30.0 / 61;
  double start[N * N], omega[N * N], after;
  for (int dealias = 0; dealias < 2; dealias++) {
    for (size_t i = 0; i < N * N; i++) {
      const double x = step * (double)(i % N), y = step * (double)(i / N);
      start[i] = cos(6 * x) + cos(6 * x + 5 * y) + (dealias ? 0.5 * cos(11 * y) : 0);
    }
    struct les_run les = les_run_make(&(struct vordec_simulation_desc){.n = N, .dt = dt, .dealias = dealias}, 2);
    les_run_set(&les, start);
    les_run_to(&les, 1);
    les_run_get(&les, omega);
    for (size_t i = 0; i < N * N; i++) {
      const double x = step * (double)(i % N), y = step * (double)(i / N);
      const double slope = c / 2 * ((dealias ? 0 : cos(12 * x + 5 * y)) - cos(5 * y));
      assert_at_most(fabs((omega[i] - start[i]) / dt - slope), 1e-4);
    }
    les_run_to(&les, 30);
    les_run_get(&les, omega);
    after = 0;
    for (size_t i = 0; i < N * N; i++) after += omega[i] * cos(11 * step * (double)(i / N)) / (N * N / 2.0);
    assert_at_most(fabs(after - (dealias ? 0.5 : 0)), 1e-14);
    les_run_end(&les);
  }
}

/* w = 2 cos x cos y does not advect itself: it decays by exp(-2 nu t), and Heun's error falls as dt^2. */
static double taylor_green_error(size_t n, uint64_t steps) {
  const double nu = 0.1, end = 1, step = 2 * acos(-1.0) / (double)n;
  double *omega = test_alloc(n * n, sizeof *omega), worst = 0;
  for (size_t i = 0; i < n * n; i++) omega[i] = 2 * cos(step * (double)(i % n)) * cos(step * (double)(i / n));
  struct les_run les = les_run_make(&(struct vordec_simulation_desc){.n = n, .dt = end / (double)steps, .nu0 = nu}, 1);
  les_run_set(&les, omega);
  les_run_to(&les, steps);
  les_run_get(&les, omega);
  for (size_t i = 0; i < n * n; i++) {
    const double exact = 2 * cos(step * (double)(i % n)) * cos(step * (double)(i / n)) * exp(-2 * nu * end);
    worst = fmax(worst, fabs(omega[i] - exact));
  }
  les_run_end(&les);
  free(omega);
  return worst;
}

static void test_taylor_green(void **state) {
  (void)state;
  for (size_t n = 16; n <= 33; n += 17) {
    const double coarse = taylor_green_error(n, 20), fine = taylor_green_error(n, 40);
    /* Heun's factor a step is 1 - z + z^2 / 2, short of exp(-z) by z^3 / 6, z = 2 nu dt. */
    assert_close(coarse, 2 * exp(-0.2) * 20 * pow(0.01, 3) / 6, 0.02);
    assert_close(coarse / fine, 4, 0.02);
  }
}

/* A flow without viscosity, and how far energy and enstrophy have drifted at its end. */
struct inviscid {
  size_t n;
  struct start_desc start;
  double end;
  bool dealias;
};

static struct spectrum_totals inviscid_drift(const struct inviscid *flow, uint64_t steps) {
  const size_t n = flow->n;
  struct vordec_error error;
  double *omega = test_alloc(n * n, sizeof *omega), share = 0;
  struct spectrum *spectrum;
  assert_ok(spectrum_create(n, &spectrum, &error), &error);
  assert_ok(start_draw(&flow->start, n, omega, &error), &error);
  assert_ok(start_two_thirds(n, omega, &share, &error), &error);
  struct les_run les = les_run_make(
      &(struct vordec_simulation_desc){.n = n, .dt = flow->end / (double)steps, .dealias = flow->dealias}, 2);
  les_run_set(&les, omega);
  const struct spectrum_totals before = spectrum_measure(spectrum, omega, NULL);
  les_run_to(&les, steps);
  les_run_get(&les, omega);
  const struct spectrum_totals after = spectrum_measure(spectrum, omega, NULL);
  les_run_end(&les);
  spectrum_destroy(spectrum);
  free(omega);
  return (struct spectrum_totals){after.energy / before.energy - 1, after.enstrophy / before.enstrophy - 1};
}

/* Heun's method makes a rotation grow by 1 + (rate dt)^4 / 8 a step, so the drift by a given time falls as dt^3, if the
 * products on the grid conserve: where the flow is resolved to rounding, and wherever it is dealiased, with N not a
 * multiple of 3. */
static void check_drift(const struct inviscid *flow, uint64_t steps) {
  struct spectrum_totals drift[3];
  for (size_t i = 0; i < 3; i++) {
    drift[i] = inviscid_drift(flow, steps << i);
    print_message("N = %zu, %d steps: energy %.3e, enstrophy %.3e\n", flow->n, (int)steps << i, drift[i].energy,
                  drift[i].enstrophy);
    assert_true(fabs(drift[i].energy) > 1e-12 && fabs(drift[i].enstrophy) > 1e-12);
  }
  for (size_t i = 0; i < 2; i++) {
    assert_close(log2(drift[i].energy / drift[i + 1].energy), 3, 0.1);
    assert_close(log2(drift[i].enstrophy / drift[i + 1].enstrophy), 3, 0.1);
  }
}

static void test_inviscid_drift(void **state) {
  (void)state;
  const struct start_spectrum smooth = {.peak = 2.5, .width = 0.25, .rms = 1},
                              rough = {.peak = 6, .width = 2, .rms = 1};
  struct inviscid flow = {.n = 96, .start = {.spectrum = smooth, .seed = 2}, .end = 1};
  check_drift(&flow, 16);
  if (les_run_is_slow()) return; /* thousands of steps */
  flow = (struct inviscid){.n = 32, .start = {.spectrum = rough, .seed = 3}, .end = 10, .dealias = true};
  check_drift(&flow, 320);
  /* The same without dealiasing gains enstrophy that no time step takes away. */
  flow.dealias = false;
  flow.end = 5;
  const double coarse = inviscid_drift(&flow, 320).enstrophy, fine = inviscid_drift(&flow, 640).enstrophy;
  print_message("N = 32, not dealiased: enstrophy %.3e, %.3e\n", coarse, fine);
  assert_true(fine > 0.1);
  assert_close(fine, coarse, 0.5);
}

/* A step that blows up is told with the same place, however the steps are divided; from a field that it was given it
 * goes on. */
static void test_blow_up(void **state) {
  (void)state;
  enum { N = 16 };
  struct vordec_error error, again;
  double *start = test_alloc(N * N, sizeof *start), last[N * N], now[N * N];
  start_noise(1, N, start);
  struct les_run les = les_run_make(&(struct vordec_simulation_desc){.n = N, .dt = 1e3, .nu0 = 1e-4, .cs = 0.17}, 2);
  les_run_set(&les, start);
  enum vordec_status status = VORDEC_OK;
  while (status == VORDEC_OK && les_run_step(&les) < 100) {
    les_run_get(&les, last);
    status = vordec_simulation_advance(les.simulation, 1, NULL, &error);
  }
  const uint64_t good = les_run_step(&les);
  char named[32];
  snprintf(named, sizeof named, "step %d, row ", (int)good + 1);
  assert_refused(status, &error, VORDEC_E_FAILED, named);
  assert_refused(vordec_simulation_read(les.simulation, 0, now, &again), &again, VORDEC_E_USAGE, "holds no field");
  assert_refused(vordec_simulation_advance(les.simulation, 1, NULL, &again), &again, VORDEC_E_USAGE, "no field");
  for (size_t i = 0; i < N * N; i++) assert_true(isfinite(last[i]));
  les_run_set(&les, start);
  assert_refused(vordec_simulation_advance(les.simulation, 100, NULL, &again), &again, VORDEC_E_FAILED, error.message);
  assert_int_equal(les_run_step(&les), good);
  assert_ok(vordec_simulation_set(les.simulation, 0, last, good, &again), &again);
  les_run_get(&les, now);
  assert_memory_equal(last, now, sizeof now);
  assert_refused(vordec_simulation_advance(les.simulation, 3, NULL, &again), &again, VORDEC_E_FAILED, error.message);
  les_run_end(&les);
  free(start);
}

static void test_bad_input(void **state) {
  (void)state;
  static const struct {
    struct vordec_simulation_desc desc;
    const char *named;
  } cases[] = {
      {{.n = 3, .dt = 0.1}, "N: 3"},
      {{.n = VORDEC_MAX_N + 1, .dt = 0.1}, "N: 32769"},
      {{.n = 8, .members = (1u << 20) + 1, .dt = 0.1}, "members: 1048577"},
      {{.n = 8, .dt = 0}, "dt: 0"},
      {{.n = 8, .dt = INFINITY}, "dt: inf"},
      {{.n = 8, .dt = 0.1, .nu0 = -1}, "nu0: -1"},
      {{.n = 8, .dt = 0.1, .nu0 = NAN}, "nu0: nan"},
      {{.n = 8, .dt = 0.1, .cs = -0.5}, "Cs: -0.5"},
  };
  struct vordec_error error;
  struct les_run les;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_refused(les_run_try(&cases[i].desc, 1, &les, &error), &error, VORDEC_E_INPUT, cases[i].named);
    assert_null(les.simulation);
  }
  vordec_simulation_destroy(NULL);
  les = les_run_make(&(struct vordec_simulation_desc){.n = 4, .dt = 0.1}, 1);
  double omega[16] = {0};
  assert_refused(vordec_simulation_advance(les.simulation, 1, NULL, &error), &error, VORDEC_E_USAGE, "member 0");
  assert_refused(vordec_simulation_set(les.simulation, 1, omega, 0, &error), &error, VORDEC_E_USAGE, "member 1");
  les_run_set(&les, omega);
  assert_refused(vordec_simulation_advance(les.simulation, 0, NULL, &error), &error, VORDEC_E_USAGE,
                 "0 is not a valid number");
  omega[6] = NAN;
  assert_refused(vordec_simulation_set(les.simulation, 0, omega, 0, &error), &error, VORDEC_E_INPUT, "row 1, column 2");
  les_run_end(&les);
}

int main(void) {
  if (!les_run_possible()) return 77; /* skipped */
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_reference),      cmocka_unit_test(test_threads),     cmocka_unit_test(test_viscous_decay),
      cmocka_unit_test(test_filter),         cmocka_unit_test(test_smagorinsky), cmocka_unit_test(test_advection),
      cmocka_unit_test(test_dealias),        cmocka_unit_test(test_blow_up),     cmocka_unit_test(test_taylor_green),
      cmocka_unit_test(test_inviscid_drift), cmocka_unit_test(test_bad_input),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
