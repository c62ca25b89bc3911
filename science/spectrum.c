/* SPDX-License-Identifier: MIT */
#include "spectrum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "fft.h"

struct spectrum {
  size_t n, shells;
  double scale; /* of energies: (side / 2 pi)^2 */
  double *buffer, *shell;
  struct fft fft;
};

enum vordec_status spectrum_create(size_t n, struct spectrum **spectrum, struct vordec_error *error) {
  *spectrum = NULL;
  struct spectrum *made = calloc(1, sizeof *made);
  if (!made) goto fail;
  const size_t largest = n / 2;
  const double corner = sqrt(2.0) * (double)largest;
  made->n = n;
  made->scale = 1;
  made->shells = (size_t)(corner + 0.5) + 1;
  made->shell = malloc(made->shells * sizeof *made->shell);
  made->buffer = fft_buffer(n);
  if (!made->shell || !made->buffer || !fft_create(&made->fft, n, made->buffer)) goto fail;
  *spectrum = made;
  return VORDEC_OK;

fail:
  spectrum_destroy(made);
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "energy spectrum: out of memory for N = %zu",
                     n);
}

void spectrum_destroy(struct spectrum *spectrum) {
  if (!spectrum) return;
  fft_destroy(&spectrum->fft);
  fftw_free(spectrum->buffer);
  free(spectrum->shell);
  free(spectrum);
}

void spectrum_set_box(struct spectrum *spectrum, double side) {
  const double ratio = side / (2 * acos(-1.0));
  spectrum->scale = ratio * ratio;
}

size_t spectrum_shells(const struct spectrum *spectrum) {
  return spectrum->shells;
}

/* Adds the energies of row y of the half spectrum to the shells. */
static void add_row(struct spectrum *spectrum, size_t y) {
  const size_t n = spectrum->n;
  const double ky = (double)fft_wavenumber(y, n), cells = (double)(n * n);
  const double ky_first = 2 * y == n ? 0 : ky;
  const double *row = spectrum->buffer + y * fft_pitch(n);
  for (size_t x = 0; x <= n / 2; x++) {
    if (x == 0 && y == 0) continue;
    const double kx = (double)x, kx_first = 2 * x == n ? 0 : kx;
    const double k2 = kx * kx + ky * ky;
    const double re = row[2 * x] / cells, im = row[2 * x + 1] / cells;
    const double first = kx_first * kx_first + ky_first * ky_first;
    spectrum->shell[(size_t)(sqrt(k2) + 0.5)] += fft_weight(x, n) * 0.5 * (re * re + im * im) * first / (k2 * k2);
  }
}

struct spectrum_totals spectrum_measure(struct spectrum *spectrum, const double *omega, double *shell) {
  const size_t n = spectrum->n;
  struct spectrum_totals totals = {0, 0};
  for (size_t y = 0; y < n; y++) {
    double row = 0;
    for (size_t x = 0; x < n; x++) row += omega[y * n + x] * omega[y * n + x];
    totals.enstrophy += row;
  }
  totals.enstrophy *= 0.5 / (double)(n * n);
  fft_load(spectrum->buffer, n, omega);
  fft_forward(&spectrum->fft, spectrum->buffer);
  memset(spectrum->shell, 0, spectrum->shells * sizeof *spectrum->shell);
  for (size_t y = 0; y < n; y++) add_row(spectrum, y);
  for (size_t i = 0; i < spectrum->shells; i++) {
    spectrum->shell[i] *= spectrum->scale;
    totals.energy += spectrum->shell[i];
  }
  if (shell) memcpy(shell, spectrum->shell, spectrum->shells * sizeof *shell);
  return totals;
}

double field_relative_l2(const double *a, const double *b, size_t count) {
  double difference = 0, norm = 0;
  for (size_t i = 0; i < count; i++) {
    difference += (a[i] - b[i]) * (a[i] - b[i]);
    norm += b[i] * b[i];
  }
  return difference == 0 ? 0 : sqrt(difference / norm);
}

double field_correlation(const double *a, const double *b, size_t count) {
  double mean_a = 0, mean_b = 0, cross = 0, square_a = 0, square_b = 0;
  for (size_t i = 0; i < count; i++) {
    mean_a += a[i] / (double)count;
    mean_b += b[i] / (double)count;
  }
  for (size_t i = 0; i < count; i++) {
    cross += (a[i] - mean_a) * (b[i] - mean_b);
    square_a += (a[i] - mean_a) * (a[i] - mean_a);
    square_b += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return cross / sqrt(square_a * square_b);
}
