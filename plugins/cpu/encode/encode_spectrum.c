/* SPDX-License-Identifier: MIT */
#include "encode_spectrum.h"

#include <string.h>

#include "numerics/grid.h"
#include "numerics/planner.h"

bool encode_spectrum_create(struct encode_spectrum *spectrum, size_t n, double *array) {
  *spectrum = (struct encode_spectrum){.n = n};
  if (!planner_ready(n)) return false;
  planner_enter();
  spectrum->forward = fftw_plan_dft_r2c_2d((int)n, (int)n, array, (fftw_complex *)array, FFTW_ESTIMATE);
  planner_leave();
  return spectrum->forward != NULL;
}

void encode_spectrum_destroy(struct encode_spectrum *spectrum) {
  planner_enter();
  if (spectrum->forward) fftw_destroy_plan(spectrum->forward);
  planner_leave();
  *spectrum = (struct encode_spectrum){0};
}

void encode_spectrum_transform(const struct encode_spectrum *spectrum, double *array) {
  fftw_execute_dft_r2c(spectrum->forward, array, (fftw_complex *)array);
}

/* ---- what is in it ---- */

/* A place in a half spectrum. */
struct place {
  size_t y, x;
  bool mirrored; /* the conjugate of the mode stands there */
};

static struct place place_of(size_t n, size_t k) {
  const size_t y = k / n, x = k % n;
  const bool own_column = x == 0 || 2 * x == n;
  const bool mirrored = own_column ? 2 * y > n : 2 * x > n;
  return (struct place){mirrored && y ? n - y : y, mirrored && x ? n - x : x, mirrored};
}

size_t encode_spectrum_place(size_t n, size_t k) {
  const struct place place = place_of(n, k);
  return place.y * (n / 2 + 1) + place.x;
}

void encode_spectrum_sum(const double *array, size_t n, size_t k, double sum[2]) {
  const struct place place = place_of(n, k);
  const double *value = array + place.y * encode_spectrum_pitch(n) + 2 * place.x;
  sum[0] = value[0];
  sum[1] = place.mirrored ? -value[1] : value[1];
}

void encode_spectrum_mode(const double *array, size_t n, size_t k, double c[2]) {
  const double cells = (double)(n * n);
  encode_spectrum_sum(array, n, k, c);
  c[0] /= cells;
  c[1] /= cells;
}

struct summing {
  const double *array;
  size_t n;
  const uint8_t *skip;
  double *rows;
};

#define PARTS 8 /* sums that go side by side */

/* Adds up in an order that does not depend on how long vectors are. */
static double sum_squares(const double *values, size_t count, double scale) {
  double part[PARTS] = {0}, sum = 0;
  size_t i = 0;
  for (; i + PARTS <= count; i += PARTS) {
    for (size_t j = 0; j < PARTS; j++) part[j] += (values[i + j] * scale) * (values[i + j] * scale);
  }
  for (; i < count; i++) sum += (values[i] * scale) * (values[i] * scale);
  for (size_t j = 0; j < PARTS; j++) sum += part[j];
  return sum;
}

/* The columns between the first one and that of kx = n / 2 also stand for their conjugates. */
static double sum_row(const struct summing *summing, size_t y) {
  const size_t n = summing->n, half = n / 2 + 1, paired = n % 2 ? half : half - 1;
  const double *row = summing->array + y * encode_spectrum_pitch(n), scale = 1 / (double)(n * n);
  const uint8_t *skip = summing->skip + y * half;
  double sum = 0;
  if (!skip[0]) sum += sum_squares(row, 2, scale);
  if (paired < half && !skip[paired]) sum += sum_squares(row + 2 * paired, 2, scale);
  for (size_t begin = 1, end; begin < paired; begin = end + 1) {
    const uint8_t *mark = memchr(skip + begin, 1, paired - begin);
    end = mark ? (size_t)(mark - skip) : paired;
    sum += 2 * sum_squares(row + 2 * begin, 2 * (end - begin), scale);
  }
  return sum;
}

static void sum_rows(void *ctx, size_t slot, size_t slots) {
  const struct summing *summing = ctx;
  const struct range share = range_of_slot(summing->n, slot, slots);
  for (size_t y = share.begin; y < share.end; y++) summing->rows[y] = sum_row(summing, y);
}

double encode_spectrum_energy(const double *array, size_t n, const uint8_t *skip, double *rows, struct team team) {
  struct summing summing = {array, n, skip, rows};
  double sum = 0;
  team_run(team, sum_rows, &summing);
  for (size_t y = 0; y < n; y++) sum += rows[y];
  return sum;
}
