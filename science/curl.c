/* SPDX-License-Identifier: MIT */
#include "curl.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <vordec/error.h>

#include "fft.h"

struct curl {
  size_t n;
  double unit; /* 2 pi / L, over n^2 for the inverse transform */
  double shift[2][2];
  struct fft fft;
  double *u, *v; /* buffers of the transforms */
};

void curl_destroy(struct curl *curl) {
  if (!curl) return;
  fft_destroy(&curl->fft);
  fftw_free(curl->u);
  fftw_free(curl->v);
  free(curl);
}

enum vordec_status curl_create(size_t n, double box, const double shift[2][2], struct curl **curl,
                               struct vordec_error *error) {
  struct curl *made = calloc(1, sizeof *made);
  *curl = NULL;
  if (made) {
    made->n = n;
    made->unit = 2 * acos(-1.0) / box / (double)(n * n);
    for (int i = 0; i < 4; i++) made->shift[i / 2][i % 2] = shift[i / 2][i % 2];
    made->u = fft_buffer(n);
    made->v = fft_buffer(n);
  }
  if (!made || !made->u || !made->v || !fft_create(&made->fft, n, made->u)) {
    curl_destroy(made);
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "curl: out of memory for N = %zu", n);
  }
  *curl = made;
  return VORDEC_OK;
}

/* exp(-i k.shift): what a mode sampled beside the grid's points is multiplied by. */
static double complex shift_factor(const struct curl *curl, size_t which, double kx, double ky) {
  const double cells = kx * curl->shift[which][0] + ky * curl->shift[which][1];
  return cells == 0 ? 1 : cexp(-I * (2 * acos(-1.0) / (double)curl->n) * cells);
}

void curl_apply(struct curl *curl, const double *velocity, double *omega) {
  const size_t n = curl->n, half = n / 2 + 1, pitch = fft_pitch(n);
  fft_load(curl->u, n, velocity);
  fft_load(curl->v, n, velocity + n * n);
  fft_forward(&curl->fft, curl->u);
  fft_forward(&curl->fft, curl->v);
  for (size_t y = 0; y < n; y++) {
    const double row = (double)fft_wavenumber(y, n), ky = 2 * y == n ? 0 : row;
    for (size_t x = 0; x < half; x++) {
      const double kx = 2 * x == n ? 0 : (double)x;
      double *u = curl->u + y * pitch + 2 * x, *v = curl->v + y * pitch + 2 * x;
      const double complex first = (u[0] + I * u[1]) * shift_factor(curl, 0, (double)x, row);
      const double complex second = (v[0] + I * v[1]) * shift_factor(curl, 1, (double)x, row);
      const double complex mode = I * curl->unit * (kx * second - ky * first);
      u[0] = creal(mode);
      u[1] = cimag(mode);
    }
  }
  fft_inverse(&curl->fft, curl->u);
  fft_store(curl->u, n, omega);
}
