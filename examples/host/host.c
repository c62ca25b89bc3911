/* SPDX-License-Identifier: MIT */
/*
 * A host in C: decodes three states with whatever backend the INI file names, and says who did the work.
 *
 *   host cpu.ini        host vulkan.ini
 *
 * Nothing here knows of a backend. CMakeLists.txt beside this file builds it; without CMake:
 *
 *   cc -std=c11 host.c $(pkg-config --cflags --libs vordec) -lm -o host
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <vordec/vordec.h>

enum { N = 32, M = 13, D = 2 * M + 4, STATES = 3 };

/* The low modes: |k| <= 2, which are 13. Wavenumbers of an axis: 0, 1, .., N/2 - 1, -N/2, .., -1. */
static void make_mask(uint8_t mask[N * N]) {
  for (int i = 0; i < N * N; i++) {
    const int ky = i / N < N / 2 ? i / N : i / N - N, kx = i % N < N / 2 ? i % N : i % N - N;
    mask[i] = kx * kx + ky * ky <= 4;
  }
}

/* In row-major order the mode (ky, kx) = (0, 1) comes second and (1, 0) sixth: omega = cos(x + shift) + cos(y) / 2.
 */
static void make_state(double z[D], double shift) {
  z[1] = cos(shift);
  z[M + 1] = sin(shift);
  z[5] = 0.5;
}

/* Fields are float or double, as the plan's precision says. */
static double at(const void *field, enum vordec_precision precision, size_t i) {
  return precision == VORDEC_FP32 ? (double)((const float *)field)[i] : ((const double *)field)[i];
}

int main(int argc, char **argv) {
  struct vordec_runtime *runtime = NULL;
  struct vordec_layout *layout = NULL;
  struct vordec_decoder *decoder = NULL;
  struct vordec_error error = {0};
  static uint8_t mask_low[N * N];
  static double z[STATES][D], omega[STATES * N * N]; /* room for double, used for float as well */
  static int8_t mask[STATES * N * N];
  struct vordec_decode_report report;
  struct vordec_decoder_info info;
  make_mask(mask_low);
  for (int s = 0; s < STATES; s++) make_state(z[s], 0.5 * s);

  const struct vordec_layout_desc shape = {.n = N, .mask_low = mask_low, .k_cut = 2, .resid_mid_cut = NAN};
  const struct vordec_decoder_desc wanted = {.batch = STATES, .outputs = VORDEC_OMEGA_LP | VORDEC_MASK};
  const struct vordec_decode_io io = {.count = STATES, .z = z[0], .omega_lp = omega, .mask = mask};
  if (vordec_runtime_open(argc > 1 ? argv[1] : NULL, &runtime, &error) ||
      vordec_layout_create(&shape, &layout, &error) ||
      vordec_decoder_create(runtime, layout, &wanted, &decoder, &error) ||
      vordec_decode(decoder, &io, &report, &error)) {
    fprintf(stderr, "host: %s\n", error.message);
  } else {
    vordec_decoder_get(decoder, &info);
    printf("backend %s (asked for: %s) on %s, %s, %s: the work was done by the %s in %.3f ms\n", info.backend_used,
           info.backend_requested, info.device.name, info.precision == VORDEC_FP32 ? "fp32" : "fp64", info.fft_used,
           report.decode_device, report.total_ms);
    for (size_t s = 0; s < STATES; s++) {
      const size_t first = s * N * N, last = first + N * N - 1;
      size_t support = 0;
      for (size_t i = first; i <= last; i++) support += mask[i] != 0;
      printf("state %zu: omega_lp = %.6f at the origin, %.6f at x = pi / 2; support %.4f of the cells\n", s,
             at(omega, info.precision, first), at(omega, info.precision, first + N / 4), (double)support / (N * N));
    }
  }
  vordec_decoder_destroy(decoder);
  vordec_layout_destroy(layout);
  vordec_runtime_destroy(runtime);
  return vordec_status_exit_code(error.status);
}
