/* SPDX-License-Identifier: MIT */
#include "fft.h"

#include <string.h>

#include "numerics/planner.h"

double *fft_buffer(size_t n) {
  const size_t bytes = n * fft_pitch(n) * sizeof(double);
  double *buffer = fftw_malloc(bytes);
  if (buffer) memset(buffer, 0, bytes);
  return buffer;
}

bool fft_create(struct fft *fft, size_t n, double *buffer) {
  *fft = (struct fft){.n = n};
  if (!planner_ready(n)) return false;
  planner_enter();
  fft->forward = fftw_plan_dft_r2c_2d((int)n, (int)n, buffer, (fftw_complex *)buffer, FFTW_ESTIMATE);
  fft->inverse = fftw_plan_dft_c2r_2d((int)n, (int)n, (fftw_complex *)buffer, buffer, FFTW_ESTIMATE);
  planner_leave();
  if (fft->forward && fft->inverse) return true;
  fft_destroy(fft);
  return false;
}

void fft_destroy(struct fft *fft) {
  planner_enter();
  if (fft->forward) fftw_destroy_plan(fft->forward);
  if (fft->inverse) fftw_destroy_plan(fft->inverse);
  planner_leave();
  *fft = (struct fft){0};
}

void fft_forward(const struct fft *fft, double *buffer) {
  fftw_execute_dft_r2c(fft->forward, buffer, (fftw_complex *)buffer);
}

void fft_inverse(const struct fft *fft, double *buffer) {
  fftw_execute_dft_c2r(fft->inverse, (fftw_complex *)buffer, buffer);
}

void fft_store(const double *buffer, size_t n, double *field) {
  for (size_t y = 0; y < n; y++) memcpy(field + y * n, buffer + y * fft_pitch(n), n * sizeof *field);
}

void fft_load(double *buffer, size_t n, const double *field) {
  for (size_t y = 0; y < n; y++) memcpy(buffer + y * fft_pitch(n), field + y * n, n * sizeof *field);
}
