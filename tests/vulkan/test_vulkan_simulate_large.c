/* SPDX-License-Identifier: MIT */
/*
 * Simulations on grids too large for sums over all modes, against the CPU backend.
 */
#include "core/base/clock.h"
#include "cpu_flow.h"
#include "flow_sums.h"
#include "simulator.h"

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

struct large_case {
  uint32_t n, bits;
  enum vordec_precision precision;
  const char *fft;
};

/* Two steps. In fp32 the device may be off by ten times what one rounding of the start is, or grows to: filters take
 * that away, but not what steps round. */
static void check_large_case(const struct large_case *large) {
  struct vordec_simulation_setup setup = simulator_usual(large->n, large->precision);
  const size_t cells = (size_t)setup.n * setup.n;
  const bool fp64 = setup.precision == VORDEC_FP64;
  const uint64_t began = clock_ns();
  double *start = room(cells), *expected = room(cells), *rounded = room(cells), *omega = room(cells);
  setup.dt = 4.0 / setup.n;
  setup.reference_mean = large->bits & 1;
  setup.filter = large->bits & 2;
  setup.dealias = large->bits & 4;
  setup.fft = large->fft;
  flow_sums_start(setup.n, 5, 0.3, setup.n, start);
  for (size_t i = 0; i < cells; i++) rounded[i] = (double)(float)start[i];
  const double rounding = simulator_distance(rounded, start, cells),
               worst = simulator_difference(rounded, start, cells);
  memcpy(expected, start, cells * sizeof *start);
  cpu_flow_advance(&setup, expected, 2);
  if (!fp64) cpu_flow_advance(&setup, rounded, 2);
  const uint64_t between = clock_ns();
  simulator_run(&harness, session, &setup, start, 2, omega);
  const double off = fp64 ? simulator_difference(omega, expected, cells) : simulator_distance(omega, expected, cells);
  const double limit = fp64 ? 1e-13 : 10 * fmax(rounding, simulator_distance(rounded, expected, cells));
  /* By the worst cell, too: one that is wrong, or one row, is little in the mean. */
  const double most = fp64 ? limit : 10 * fmax(worst, simulator_difference(rounded, expected, cells));
  const double cell = simulator_difference(omega, expected, cells);
  print_message("N = %u, %s, %s: off by %.2e, at most %.2e; a cell by %.2e, at most %.2e; moved by %.2e (CPU %.1f s, "
                "device %.1f s)\n",
                (unsigned)setup.n, setup.fft, fp64 ? "fp64" : "fp32", off, limit, cell, most,
                simulator_distance(start, expected, cells), 1e-9 * (double)(between - began),
                1e-9 * (double)(clock_ns() - between));
  fflush(stdout);
  assert_true(off <= limit && cell <= most);
  free(omega);
  free(rounded);
  free(expected);
  free(start);
}

/* A software device gets a grid that is not large. */
static void large_grids(void **state) {
  (void)state;
  static const struct large_case cases[] = {
      {16, 6, VORDEC_FP64, "fused-4"},    {1024, 0, VORDEC_FP32, "fused-4"}, {1024, 6, VORDEC_FP64, "fused-4"},
      {1024, 7, VORDEC_FP32, "direct"},   {2048, 6, VORDEC_FP32, "fused-8"}, {2048, 0, VORDEC_FP32, "fused-16"},
      {2048, 1, VORDEC_FP64, "fused-8"},  {2048, 0, VORDEC_FP64, "direct"},  {4096, 1, VORDEC_FP32, "fused-8"},
      {4096, 6, VORDEC_FP32, "fused-16"}, {4096, 0, VORDEC_FP64, "fused-8"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    if (cases[i].precision == VORDEC_FP64 && !has_fp64()) continue;
    if (cases[i].n > 16 && !harness_thorough(&harness)) continue;
    check_large_case(&cases[i]);
  }
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
  const struct CMUnitTest tests[] = {cmocka_unit_test(large_grids)};
  return cmocka_run_group_tests_name("vulkan simulations of large grids", tests, open_all, close_all);
}
