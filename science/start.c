/* SPDX-License-Identifier: MIT */
#include "start.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "fft.h"
#include "field_residual.h"
#include "numerics/philox.h"

#define SMOOTH_WIDTH 11

/* The third word of the counter; 0 and 1 are the bands' phases. */
#define NOISE_STREAM 2
#define MODE_STREAM 3

/* Beyond so many widths the spectrum is 0: it would be below 1e-18 of its peak. */
#define WIDTHS 9.0

/* A share of squares that is a transform's rounding. */
#define ROUNDING 1e-28

/* ---- the isotropic start ---- */

/* What |w_k|^2 is proportional to. */
static double power_of(const struct start_spectrum *spectrum, double k) {
  const double away = (k - spectrum->peak) / spectrum->width;
  return fabs(away) > WIDTHS ? 0 : k * exp(-0.5 * away * away);
}

/* The sum of power_of() over all wavenumbers but 0 with |kx| and |ky| <= limit: four times that over kx > 0, ky >= 0.
 */
static double sum_power(const struct start_spectrum *spectrum, size_t limit) {
  const double reach = spectrum->peak + WIDTHS * spectrum->width;
  const size_t most = reach < (double)limit ? (size_t)reach : limit;
  double sum = 0;
  for (size_t y = 0; y <= most; y++) {
    double row = 0;
    for (size_t x = 1; x <= most; x++) row += power_of(spectrum, sqrt((double)(x * x + y * y)));
    sum += 4 * row;
  }
  return sum;
}

/* The largest wavenumber of an axis that is not the Nyquist one. */
static size_t largest_wavenumber(size_t n) {
  return (n - 1) / 2;
}

/* Fills row y of a half spectrum. Of kx = 0 the modes with ky < 0 are conjugate to their mirrors. */
static void fill_row(const struct start_desc *desc, size_t n, size_t y, double scale, double *row) {
  const int64_t ky = fft_wavenumber(y, n), most = (int64_t)largest_wavenumber(n);
  if (ky < -most || ky > most) return;
  for (int64_t kx = ky == 0 ? 1 : 0; kx <= most; kx++) {
    const double power = power_of(&desc->spectrum, sqrt((double)(kx * kx + ky * ky)));
    if (power == 0) continue;
    const bool mirrored = kx == 0 && ky < 0;
    const struct philox_block block =
        philox(desc->seed, (struct philox_block){{(uint32_t)kx, (uint32_t)(mirrored ? -ky : ky), MODE_STREAM, 0}});
    const double phase = 2 * acos(-1.0) * philox_uniform(block.word[0], block.word[1]), size = scale * sqrt(power);
    row[2 * kx] = size * cos(phase);
    row[2 * kx + 1] = (mirrored ? -size : size) * sin(phase);
  }
}

static enum vordec_status draw_isotropic(const struct start_desc *desc, size_t n, double *omega,
                                         struct vordec_error *error) {
  const struct start_spectrum *spectrum = &desc->spectrum;
  if (!(sum_power(spectrum, largest_wavenumber(n)) > 0)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0,
                       "start: a grid of N = %zu has no wavenumber near %g (width %g); take a larger N, or a peak "
                       "below N / 2",
                       n, spectrum->peak, spectrum->width);
  }
  struct fft fft = {0};
  double *buffer = fft_buffer(n);
  if (!buffer || !fft_create(&fft, n, buffer)) {
    fftw_free(buffer);
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "start: out of memory for N = %zu", n);
  }
  const double scale = spectrum->rms / sqrt(sum_power(spectrum, largest_wavenumber(VORDEC_MAX_N)));
  for (size_t y = 0; y < n; y++) fill_row(desc, n, y, scale, buffer + y * fft_pitch(n));
  fft_inverse(&fft, buffer);
  fft_store(buffer, n, omega);
  fft_destroy(&fft);
  fftw_free(buffer);
  return VORDEC_OK;
}

static double resolved_isotropic(const struct start_desc *desc, size_t largest) {
  const double all = sum_power(&desc->spectrum, largest_wavenumber(VORDEC_MAX_N));
  return all > 0 ? sum_power(&desc->spectrum, largest) / all : 0;
}

static enum vordec_status check_isotropic(const struct start_desc *desc, struct vordec_error *error) {
  const struct {
    const char *what;
    double value, most;
  } parts[] = {{"peak", desc->spectrum.peak, VORDEC_MAX_N / 2.0},
               {"width", desc->spectrum.width, VORDEC_MAX_N / 2.0},
               {"rms", desc->spectrum.rms, INFINITY}};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    if (parts[i].value > 0 && parts[i].value <= parts[i].most && isfinite(parts[i].value)) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "start: its %s is %g; it must be above 0%s", parts[i].what,
                       parts[i].value, parts[i].value > parts[i].most ? " and within what grids resolve" : "");
  }
  return VORDEC_OK;
}

/* ---- the reference's start ---- */

void start_noise(uint64_t seed, size_t n, double *noise) {
  const double two_pi = 2 * acos(-1.0);
  for (size_t i = 0; i < n * n; i++) {
    const struct philox_block block = philox(seed, (struct philox_block){{(uint32_t)i, 0, NOISE_STREAM, 0}});
    const double u1 = philox_uniform(block.word[0], block.word[1]), u2 = philox_uniform(block.word[2], block.word[3]);
    noise[i] = sqrt(-2 * log1p(-u1)) * cos(two_pi * u2);
  }
}

static void standardise(double *omega, size_t count) {
  double sum = 0, squares = 0;
  for (size_t i = 0; i < count; i++) sum += omega[i];
  const double mean = sum / (double)count;
  for (size_t i = 0; i < count; i++) squares += (omega[i] - mean) * (omega[i] - mean);
  const double deviation = sqrt(squares / (double)count);
  for (size_t i = 0; i < count; i++) omega[i] = (omega[i] - mean) / (deviation + 1e-12);
}

enum vordec_status start_smooth(size_t n, const double *noise, double *omega, struct vordec_error *error) {
  const struct field_residual_desc desc = {.n = n,
                                           .smooth_width = n < SMOOTH_WIDTH ? (uint32_t)n : SMOOTH_WIDTH,
                                           .smooth_kernel = VORDEC_SMOOTH_BOX,
                                           .boundary = VORDEC_BOUNDARY_ZERO,
                                           .threads = 1};
  double *r = malloc(n * n * sizeof *r);
  if (!r) {
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "initial field: out of memory for N = %zu",
                       n);
  }
  struct field_residual *residual = NULL;
  const enum vordec_status status = field_residual_create(&desc, &residual, error);
  if (status == VORDEC_OK) {
    field_residual_make(residual, noise, r);
    for (size_t i = 0; i < n * n; i++) omega[i] = noise[i] - r[i];
    standardise(omega, n * n);
  }
  field_residual_destroy(residual);
  free(r);
  return status;
}

static enum vordec_status draw_reference(const struct start_desc *desc, size_t n, double *omega,
                                         struct vordec_error *error) {
  start_noise(desc->seed, n, omega);
  return start_smooth(n, omega, omega, error);
}

static double resolved_reference(const struct start_desc *desc, size_t largest) {
  (void)desc, (void)largest;
  return 1;
}

static enum vordec_status check_reference(const struct start_desc *desc, struct vordec_error *error) {
  (void)desc, (void)error;
  return VORDEC_OK;
}

/* ---- all of them ---- */

static const struct {
  const char *name;
  enum vordec_status (*check)(const struct start_desc *desc, struct vordec_error *error);
  enum vordec_status (*draw)(const struct start_desc *desc, size_t n, double *omega, struct vordec_error *error);
  double (*resolved)(const struct start_desc *desc, size_t largest);
} kinds[START_KIND_COUNT] = {
    [START_ISOTROPIC] = {"isotropic", check_isotropic, draw_isotropic, resolved_isotropic},
    [START_REFERENCE] = {"reference", check_reference, draw_reference, resolved_reference},
};

const char *start_name(enum start_kind kind) {
  return kinds[kind].name;
}

bool start_find(const char *name, enum start_kind *kind) {
  for (size_t i = 0; i < START_KIND_COUNT; i++) {
    if (strcmp(kinds[i].name, name) != 0) continue;
    *kind = (enum start_kind)i;
    return true;
  }
  return false;
}

enum vordec_status start_check(const struct start_desc *desc, struct vordec_error *error) {
  return kinds[desc->kind].check(desc, error);
}

enum vordec_status start_draw(const struct start_desc *desc, size_t n, double *omega, struct vordec_error *error) {
  const enum vordec_status status = start_check(desc, error);
  return status ? status : kinds[desc->kind].draw(desc, n, omega, error);
}

double start_resolved(const struct start_desc *desc, size_t n, bool two_thirds) {
  return kinds[desc->kind].resolved(desc, two_thirds ? n / 3 : largest_wavenumber(n));
}

/* ---- the modes that a dealiased simulation has ---- */

/* Zeroes the others of a half spectrum; the share of the squares, the mean's apart, that they had. */
static double cut_two_thirds(double *spectrum, size_t n) {
  double cut = 0, all = 0;
  for (size_t y = 0; y < n; y++) {
    const uint64_t ky = (uint64_t)llabs(fft_wavenumber(y, n));
    double *row = spectrum + y * fft_pitch(n);
    for (size_t x = y == 0 ? 1 : 0; x <= n / 2; x++) {
      const double square = fft_weight(x, n) * (row[2 * x] * row[2 * x] + row[2 * x + 1] * row[2 * x + 1]);
      all += square;
      if (3 * ky <= n && 3 * x <= n) continue;
      cut += square;
      row[2 * x] = row[2 * x + 1] = 0;
    }
  }
  return all > 0 ? cut / all : 0;
}

enum vordec_status start_two_thirds(size_t n, double *omega, double *share, struct vordec_error *error) {
  struct fft fft = {0};
  double *buffer = fft_buffer(n);
  *share = 0;
  if (!buffer || !fft_create(&fft, n, buffer)) {
    fftw_free(buffer);
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "start: out of memory for N = %zu", n);
  }
  fft_load(buffer, n, omega);
  fft_forward(&fft, buffer);
  *share = cut_two_thirds(buffer, n);
  if (*share > ROUNDING) {
    fft_inverse(&fft, buffer);
    fft_store(buffer, n, omega);
    for (size_t i = 0; i < n * n; i++) omega[i] /= (double)(n * n);
  }
  fft_destroy(&fft);
  fftw_free(buffer);
  return VORDEC_OK;
}
