#include "les.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "fft.h"
#include "workers.h"

/* Fields that follow from a vorticity spectrum. STRAIN = u_x = -v_y; SHEAR = S. */
enum derived { VELOCITY_X, VELOCITY_Y, GRADIENT_X, GRADIENT_Y, LAPLACIAN, STRAIN, SHEAR };
#define MOST_DERIVED 5

static const enum derived strain_rates[] = {STRAIN, SHEAR};
static const enum derived flow[] = {VELOCITY_X, VELOCITY_Y, GRADIENT_X, GRADIENT_Y, LAPLACIAN};

#define FILTER_ALPHA 36.0
#define FILTER_POWER 8.0

struct les {
  size_t n, pitch, half;
  double dt, nu0, eddy; /* eddy = (Cs dx)^2 */
  bool reference_mean, filter, dealias;
  uint64_t steps;

  struct workers workers;
  struct fft fft;
  double *omega;
  double *work; /* a spectrum, the predictor, the field after the step */
  double *viscosity, *slope;
  double *derived[MOST_DERIVED];
  double *row; /* half values a slot */
  size_t *bad; /* a slot's first cell that is not finite; SIZE_MAX: none */

  /* Of the run under way. */
  const enum derived *kinds;
  size_t kind_count;
  bool corrector;
};

static enum vordec_status check_desc(const struct les_desc *desc, struct vordec_error *error) {
  if (desc->n < 4 || desc->n > VORDEC_MAX_N) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "N: %zu is not a grid size (4 .. %u)", desc->n, VORDEC_MAX_N);
  }
  if (!(desc->dt > 0) || !isfinite(desc->dt)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "dt: %g is not a time step; it must be above 0", desc->dt);
  }
  if (!(desc->nu0 >= 0) || !isfinite(desc->nu0)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "nu0: %g is not a viscosity; it must be 0 or more", desc->nu0);
  }
  if (!(desc->cs >= 0) || !isfinite(desc->cs)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "Cs: %g is not a Smagorinsky constant; it must be 0 or more",
                       desc->cs);
  }
  return VORDEC_OK;
}

static bool allocate(struct les *les) {
  const size_t threads = workers_count(&les->workers);
  les->omega = fft_buffer(les->n);
  les->work = fft_buffer(les->n);
  les->viscosity = fft_buffer(les->n);
  les->slope = fft_buffer(les->n);
  bool made = les->omega && les->work && les->viscosity && les->slope;
  for (size_t i = 0; i < MOST_DERIVED; i++) {
    les->derived[i] = fft_buffer(les->n);
    made = made && les->derived[i];
  }
  les->row = malloc(threads * les->half * sizeof *les->row);
  les->bad = malloc(threads * sizeof *les->bad);
  return made && les->row && les->bad && fft_create(&les->fft, les->n, les->work);
}

enum vordec_status les_create(const struct les_desc *desc, struct les **les, struct vordec_error *error) {
  *les = NULL;
  enum vordec_status status = check_desc(desc, error);
  if (status != VORDEC_OK) return status;
  struct les *made = calloc(1, sizeof *made);
  if (!made) return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "simulation: out of memory");
  const double length = desc->cs * 2 * acos(-1.0) / (double)desc->n;
  made->n = desc->n;
  made->pitch = fft_pitch(desc->n);
  made->half = desc->n / 2 + 1;
  made->dt = desc->dt;
  made->nu0 = desc->nu0;
  made->eddy = length * length;
  made->reference_mean = desc->reference_mean;
  made->filter = desc->filter;
  made->dealias = desc->dealias;
  status = workers_start(&made->workers, desc->threads, error);
  if (status == VORDEC_OK && !allocate(made)) {
    status = vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "simulation: out of memory for N = %zu",
                         desc->n);
  }
  if (status != VORDEC_OK) {
    les_destroy(made);
    return status;
  }
  *les = made;
  return VORDEC_OK;
}

void les_destroy(struct les *les) {
  if (!les) return;
  fft_destroy(&les->fft);
  fftw_free(les->omega);
  fftw_free(les->work);
  fftw_free(les->viscosity);
  fftw_free(les->slope);
  for (size_t i = 0; i < MOST_DERIVED; i++) fftw_free(les->derived[i]);
  free(les->row);
  free(les->bad);
  workers_stop(&les->workers);
  free(les);
}

enum vordec_status les_set(struct les *les, const double *omega, struct vordec_error *error) {
  for (size_t i = 0; i < les->n * les->n; i++) {
    if (isfinite(omega[i])) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "initial vorticity: not finite at row %zu, column %zu", i / les->n,
                       i % les->n);
  }
  fft_load(les->omega, les->n, omega);
  les->steps = 0;
  return VORDEC_OK;
}

enum vordec_status les_resume(struct les *les, const double *omega, uint64_t steps, struct vordec_error *error) {
  const enum vordec_status status = les_set(les, omega, error);
  if (!status) les->steps = steps;
  return status;
}

void les_get(const struct les *les, double *omega) {
  fft_store(les->omega, les->n, omega);
}

uint64_t les_steps(const struct les *les) {
  return les->steps;
}

/* Wavenumber of a first derivative: the Nyquist mode has none. */
static double derivative_wavenumber(size_t i, size_t n) {
  return 2 * i == n ? 0.0 : (double)fft_wavenumber(i, n);
}

/* Whether two thirds of the wavenumbers leave row ky, or column kx, out. */
static bool beyond_two_thirds(const struct les *les, int64_t k) {
  return les->dealias && 3 * (uint64_t)llabs(k) > les->n;
}

/* Real factors by which row y of the vorticity's spectrum gives a derived one's; times i where imaginary(). */
static void fill_factors(const struct les *les, enum derived kind, size_t y, double *restrict factor) {
  const size_t n = les->n;
  const double ky = derivative_wavenumber(y, n), row = (double)fft_wavenumber(y, n), scale = 1 / (double)(n * n);
  const bool left_out = beyond_two_thirds(les, fft_wavenumber(y, n));
  for (size_t x = 0; x < les->half; x++) {
    if (left_out || beyond_two_thirds(les, (int64_t)x)) {
      factor[x] = 0.0;
      continue;
    }
    const double kx = 2 * x == n ? 0.0 : (double)x, k2 = row * row + (double)(x * x);
    switch (kind) {
    case VELOCITY_X:
      factor[x] = scale * ky / k2;
      break;
    case VELOCITY_Y:
      factor[x] = -scale * kx / k2;
      break;
    case GRADIENT_X:
      factor[x] = scale * kx;
      break;
    case GRADIENT_Y:
      factor[x] = scale * ky;
      break;
    case LAPLACIAN:
      factor[x] = -scale * k2;
      break;
    case STRAIN:
      factor[x] = -scale * kx * ky / k2;
      break;
    case SHEAR:
      factor[x] = 0.5 * scale * (kx * kx - ky * ky) / k2;
      break;
    }
  }
  if (y != 0) return;
  /* The stream function has no mean. */
  factor[0] = kind == LAPLACIAN && les->reference_mean ? -scale : 0.0;
}

static bool imaginary(enum derived kind) {
  return kind == VELOCITY_X || kind == VELOCITY_Y || kind == GRADIENT_X || kind == GRADIENT_Y;
}

static void apply_factors(const double *restrict factor, const double *restrict in, double *restrict out, size_t count,
                          bool times_i) {
  if (times_i) {
    for (size_t x = 0; x < count; x++) {
      out[2 * x] = -factor[x] * in[2 * x + 1];
      out[2 * x + 1] = factor[x] * in[2 * x];
    }
  } else {
    for (size_t x = 0; x < count; x++) {
      out[2 * x] = factor[x] * in[2 * x];
      out[2 * x + 1] = factor[x] * in[2 * x + 1];
    }
  }
}

/* Whole transforms are dealt out to the slots: they are independent of each other. */
static void derive_slot(void *ctx, size_t slot, size_t slots) {
  struct les *les = ctx;
  double *factor = les->row + slot * les->half;
  for (size_t i = slot; i < les->kind_count; i += slots) {
    for (size_t y = 0; y < les->n; y++) {
      fill_factors(les, les->kinds[i], y, factor);
      apply_factors(factor, les->work + y * les->pitch, les->derived[i] + y * les->pitch, les->half,
                    imaginary(les->kinds[i]));
    }
    fft_inverse(&les->fft, les->derived[i]);
  }
}

/* Fills derived[] from the spectrum in work. */
static void derive(struct les *les, const enum derived *kinds, size_t count) {
  les->kinds = kinds;
  les->kind_count = count;
  workers_run(&les->workers, derive_slot, les);
}

static void viscosity_slot(void *ctx, size_t slot, size_t slots) {
  struct les *les = ctx;
  const struct range share = range_of_slot(les->n * les->pitch, slot, slots);
  const double *restrict strain = les->derived[0], *restrict shear = les->derived[1];
  double *restrict viscosity = les->viscosity;
  for (size_t i = share.begin; i < share.end; i++) {
    const double squares = 2 * (strain[i] * strain[i] + shear[i] * shear[i]);
    viscosity[i] = les->nu0 + les->eddy * sqrt(2 * squares + 1e-30);
  }
}

/* f(w) of a row from derived[] and viscosity. */
static void slope_row(const struct les *les, size_t y, double *restrict slope) {
  const size_t at = y * les->pitch;
  const double *restrict u = les->derived[0] + at, *restrict v = les->derived[1] + at;
  const double *restrict wx = les->derived[2] + at, *restrict wy = les->derived[3] + at;
  const double *restrict laplacian = les->derived[4] + at, *restrict viscosity = les->viscosity + at;
  for (size_t x = 0; x < les->n; x++) {
    slope[x] = -(u[x] * wx[x] + v[x] * wy[x]) + viscosity[x] * laplacian[x];
  }
}

/* work = w + dt k1, k1 kept in slope; then work = w + dt (k1 + k2) / 2, or, to be dealiased, k1 + k2. */
static void advance_slot(void *ctx, size_t slot, size_t slots) {
  struct les *les = ctx;
  const struct range share = range_of_slot(les->n, slot, slots);
  for (size_t y = share.begin; y < share.end; y++) {
    const double *restrict omega = les->omega + y * les->pitch;
    double *restrict out = les->work + y * les->pitch, *restrict slope = les->slope + y * les->pitch;
    if (!les->corrector) {
      slope_row(les, y, slope);
      for (size_t x = 0; x < les->n; x++) out[x] = omega[x] + les->dt * slope[x];
      continue;
    }
    slope_row(les, y, out);
    for (size_t x = 0; x < les->n; x++) {
      out[x] = les->dealias ? slope[x] + out[x] : omega[x] + 0.5 * les->dt * (slope[x] + out[x]);
    }
  }
}

static void truncate_slot(void *ctx, size_t slot, size_t slots) {
  struct les *les = ctx;
  const struct range share = range_of_slot(les->n, slot, slots);
  const double scale = 1 / (double)(les->n * les->n);
  for (size_t y = share.begin; y < share.end; y++) {
    const bool left_out = beyond_two_thirds(les, fft_wavenumber(y, les->n));
    double *row = les->work + y * les->pitch;
    for (size_t x = 0; x < les->half; x++) {
      const double factor = left_out || beyond_two_thirds(les, (int64_t)x) ? 0.0 : scale;
      row[2 * x] *= factor;
      row[2 * x + 1] *= factor;
    }
  }
}

/* work = w + dt work / 2 */
static void add_slot(void *ctx, size_t slot, size_t slots) {
  struct les *les = ctx;
  const struct range share = range_of_slot(les->n * les->pitch, slot, slots);
  for (size_t i = share.begin; i < share.end; i++) les->work[i] = les->omega[i] + 0.5 * les->dt * les->work[i];
}

/* The new field from k1 + k2 without the modes that two thirds leave out. */
static void advance_dealiased(struct les *les) {
  fft_forward(&les->fft, les->work);
  workers_run(&les->workers, truncate_slot, les);
  fft_inverse(&les->fft, les->work);
  workers_run(&les->workers, add_slot, les);
}

static void filter_slot(void *ctx, size_t slot, size_t slots) {
  struct les *les = ctx;
  const struct range share = range_of_slot(les->n, slot, slots);
  const double largest = 0.5 * (double)les->n, scale = 1 / (double)(les->n * les->n);
  for (size_t y = share.begin; y < share.end; y++) {
    const double ky = (double)fft_wavenumber(y, les->n);
    double *row = les->work + y * les->pitch;
    for (size_t x = 0; x < les->half; x++) {
      const double ratio = sqrt(ky * ky + (double)(x * x)) / largest;
      const double factor = scale * exp(-FILTER_ALPHA * pow(ratio, FILTER_POWER));
      row[2 * x] *= factor;
      row[2 * x + 1] *= factor;
    }
  }
}

static void check_slot(void *ctx, size_t slot, size_t slots) {
  struct les *les = ctx;
  const struct range share = range_of_slot(les->n, slot, slots);
  les->bad[slot] = SIZE_MAX;
  for (size_t y = share.begin; y < share.end; y++) {
    const double *row = les->work + y * les->pitch;
    double poison = 0; /* 0, or NAN where a value is not finite */
    for (size_t x = 0; x < les->n; x++) poison += row[x] - row[x];
    if (poison == 0) continue;
    size_t x = 0;
    while (isfinite(row[x])) x++;
    les->bad[slot] = y * les->n + x;
    return;
  }
}

/* The first cell of work that is not finite; SIZE_MAX: none. */
static size_t find_bad(struct les *les) {
  workers_run(&les->workers, check_slot, les);
  size_t bad = SIZE_MAX;
  for (size_t slot = 0; slot < workers_count(&les->workers); slot++) {
    if (les->bad[slot] < bad) bad = les->bad[slot];
  }
  return bad;
}

enum vordec_status les_step(struct les *les, struct vordec_error *error) {
  memcpy(les->work, les->omega, les->n * les->pitch * sizeof *les->work);
  fft_forward(&les->fft, les->work);
  derive(les, strain_rates, sizeof strain_rates / sizeof *strain_rates);
  workers_run(&les->workers, viscosity_slot, les);
  for (int stage = 0; stage < 2; stage++) {
    if (stage == 1) fft_forward(&les->fft, les->work);
    derive(les, flow, sizeof flow / sizeof *flow);
    les->corrector = stage == 1;
    workers_run(&les->workers, advance_slot, les);
  }
  if (les->dealias) advance_dealiased(les);
  if (les->filter) {
    fft_forward(&les->fft, les->work);
    workers_run(&les->workers, filter_slot, les);
    fft_inverse(&les->fft, les->work);
  }
  const size_t bad = find_bad(les);
  if (bad != SIZE_MAX) {
    return vordec_fail(error, VORDEC_E_FAILED, 0,
                       "simulation: vorticity is not finite at step %llu, row %zu, column %zu; a smaller dt may help",
                       (unsigned long long)les->steps + 1, bad / les->n, bad % les->n);
  }
  double *swap = les->omega;
  les->omega = les->work;
  les->work = swap;
  les->steps++;
  return VORDEC_OK;
}
