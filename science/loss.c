/* SPDX-License-Identifier: MIT */
#include "loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "fft.h"
#include "largest_modes.h"

#define SCALARS 4 /* of a state: support_frac, two band energies, K */

/* What is summed by shells. */
enum quantity { ENERGY, ENSTROPHY, QUANTITIES };

struct loss {
  size_t n, m, anchors, shells;
  bool ignore_anchors;
  struct loss_info info;
  size_t cut_squared;
  uint8_t *mask_low;
  int64_t *anchor_idx;
  double *truth, *decoded;   /* half spectra; the first divided by n^2 by those who read it */
  double *shell[QUANTITIES]; /* of the field's, then of the decoded one's difference */
  struct fft fft;
  struct largest_modes largest;
};

/* A place in a half spectrum. */
struct place {
  size_t y, x;
  bool mirrored; /* the mode at the place is the conjugate of the one that was looked for */
};

struct mode {
  double re, im;
};

static struct place place_of(size_t n, size_t index) {
  const size_t y = index / n, x = index % n;
  const bool own_column = x == 0 || 2 * x == n;
  const bool mirrored = own_column ? 2 * y > n : 2 * x > n;
  /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): n >= 4 */
  return (struct place){mirrored ? (n - y) % n : y, mirrored ? (n - x) % n : x, mirrored};
}

/* ---- what the layout says ---- */

/* Adds the numbers of a mode unless it, or its conjugate, was counted before. */
static void count_mode(const struct loss *loss, size_t index, uint8_t *seen, size_t *numbers) {
  const struct place place = place_of(loss->n, index);
  uint8_t *mark = seen + place.y * (loss->n / 2 + 1) + place.x;
  if (*mark) return;
  *mark = 1;
  *numbers += fft_numbers(loss->n, place.y, place.x);
}

static bool count_state(struct loss *loss) {
  const size_t n = loss->n;
  uint8_t *seen = calloc(n, n / 2 + 1);
  if (!seen) return false;
  loss->info.numbers = SCALARS;
  for (size_t i = 0; i < n * n; i++) {
    if (loss->mask_low[i]) count_mode(loss, i, seen, &loss->info.numbers);
  }
  for (size_t i = 0; i < loss->anchors; i++) count_mode(loss, (size_t)loss->anchor_idx[i], seen, &loss->info.numbers);
  free(seen);
  return true;
}

/* Numbers of the modes with each |k|^2, and from them the cut. */
static bool find_cut(struct loss *loss) {
  const size_t n = loss->n, half = n / 2;
  size_t *numbers = calloc(2 * half * half + 1, sizeof *numbers);
  if (!numbers) return false;
  for (size_t y = 0; y < n; y++) {
    for (size_t x = 0; x <= half; x++) numbers[fft_squared(n, y, x)] += fft_numbers(n, y, x);
  }
  size_t sum = numbers[0];
  size_t at = 0;
  for (size_t squared = 1; sum < loss->info.numbers && squared <= 2 * half * half; squared++) {
    if (!numbers[squared]) continue;
    sum += numbers[squared];
    at = squared;
  }
  free(numbers);
  loss->cut_squared = at;
  loss->info.cut = sqrt((double)at);
  loss->info.cut_numbers = sum;
  return true;
}

static bool allocate(struct loss *loss, const struct loss_desc *desc) {
  const size_t n = desc->n;
  const size_t largest = n / 2;
  const double corner = sqrt(2.0) * (double)largest;
  loss->shells = (size_t)(corner + 0.5) + 1;
  loss->mask_low = malloc(n * n);
  loss->anchor_idx = malloc((desc->anchors + 1) * sizeof *loss->anchor_idx);
  loss->truth = fft_buffer(n);
  loss->decoded = fft_buffer(n);
  for (int i = 0; i < QUANTITIES; i++) loss->shell[i] = calloc(2 * loss->shells, sizeof **loss->shell);
  if (!loss->mask_low || !loss->anchor_idx || !loss->truth || !loss->decoded || !loss->shell[ENERGY] ||
      !loss->shell[ENSTROPHY]) {
    return false;
  }
  memcpy(loss->mask_low, desc->mask_low, n * n);
  if (desc->anchors) memcpy(loss->anchor_idx, desc->anchor_idx, desc->anchors * sizeof *loss->anchor_idx);
  for (size_t i = 0; i < n * n; i++) loss->m += loss->mask_low[i] != 0;
  if (!count_state(loss) || !find_cut(loss)) return false;
  return largest_modes_create(&loss->largest, loss->info.numbers) && fft_create(&loss->fft, n, loss->truth);
}

enum vordec_status loss_create(const struct loss_desc *desc, struct loss **loss, struct vordec_error *error) {
  *loss = NULL;
  struct loss *made = calloc(1, sizeof *made);
  if (made) {
    made->n = desc->n;
    made->anchors = desc->anchors;
    made->ignore_anchors = desc->ignore_anchors;
    made->info.raw_numbers = desc->n * desc->n;
    if (allocate(made, desc)) {
      made->info.largest_numbers =
          made->info.numbers < made->info.raw_numbers ? made->info.numbers : made->info.raw_numbers;
      *loss = made;
      return VORDEC_OK;
    }
  }
  loss_destroy(made);
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "loss of states: out of memory for N = %zu",
                     desc->n);
}

void loss_destroy(struct loss *loss) {
  if (!loss) return;
  fft_destroy(&loss->fft);
  largest_modes_release(&loss->largest);
  for (int i = 0; i < QUANTITIES; i++) free(loss->shell[i]);
  fftw_free(loss->truth);
  fftw_free(loss->decoded);
  free(loss->anchor_idx);
  free(loss->mask_low);
  free(loss);
}

void loss_get(const struct loss *loss, struct loss_info *info) {
  *info = loss->info;
}

/* ---- decoded fields, as half spectra ---- */

/* Of w_k exp(i k.x), what lies at k and at -k of its real part. */
static void add_mode(struct loss *loss, size_t index, struct mode mode) {
  const struct place place = place_of(loss->n, index);
  const size_t pitch = fft_pitch(loss->n);
  double *at = loss->decoded + place.y * pitch + 2 * place.x;
  const bool single = fft_numbers(loss->n, place.y, place.x) == 1;
  const double share = single ? 1.0 : 0.5, im = single ? 0.0 : place.mirrored ? -0.5 * mode.im : 0.5 * mode.im;
  at[0] += share * mode.re;
  at[1] += im;
  const bool own_column = place.x == 0 || 2 * place.x == loss->n;
  if (!own_column || single) return; /* the conjugate is not in the half spectrum, or is the mode itself */
  double *conjugate = loss->decoded + (loss->n - place.y) * pitch + 2 * place.x;
  conjugate[0] += share * mode.re;
  conjugate[1] -= im;
}

static void clear_decoded(struct loss *loss) {
  memset(loss->decoded, 0, loss->n * fft_pitch(loss->n) * sizeof *loss->decoded);
}

static void decode_state(struct loss *loss, const double *z) {
  const double *kept = z + 2 * loss->m + SCALARS;
  clear_decoded(loss);
  size_t at = 0;
  for (size_t i = 0; i < loss->n * loss->n; i++) {
    if (!loss->mask_low[i]) continue;
    add_mode(loss, i, (struct mode){z[at], z[loss->m + at]});
    at++;
  }
  for (size_t i = 0; i < loss->anchors && !loss->ignore_anchors; i++) {
    add_mode(loss, (size_t)loss->anchor_idx[i], (struct mode){kept[i], kept[loss->anchors + i]});
  }
}

static void copy_mode(struct loss *loss, size_t y, size_t x) {
  const size_t at = y * fft_pitch(loss->n) + 2 * x;
  loss->decoded[at] = loss->truth[at];
  loss->decoded[at + 1] = loss->truth[at + 1];
}

static void decode_cut(struct loss *loss) {
  clear_decoded(loss);
  for (size_t y = 0; y < loss->n; y++) {
    for (size_t x = 0; x <= loss->n / 2; x++) {
      if (fft_squared(loss->n, y, x) <= loss->cut_squared) copy_mode(loss, y, x);
    }
  }
}

static void decode_largest(struct loss *loss) {
  const size_t n = loss->n, columns = n / 2 + 1;
  largest_modes_clear(&loss->largest);
  for (size_t y = 0; y < n; y++) {
    const double *row = loss->truth + y * fft_pitch(n);
    for (size_t x = 0; x < columns; x++) {
      const uint32_t weight = fft_numbers(n, y, x);
      if (!weight) continue;
      const double power = row[2 * x] * row[2 * x] + row[2 * x + 1] * row[2 * x + 1];
      largest_modes_offer(&loss->largest, &(struct largest_mode){power, y * columns + x, weight});
    }
  }
  clear_decoded(loss);
  for (size_t i = 0; i < loss->largest.count; i++) {
    const size_t at = loss->largest.modes[i].at;
    const size_t y = at / columns, x = at % columns; /* NOLINT(clang-analyzer-core.DivideZero): n >= 4 */
    copy_mode(loss, y, x);
    if ((x == 0 || 2 * x == n) && y > 0) copy_mode(loss, n - y, x);
  }
}

/* ---- the comparison ---- */

/* Sums over all modes; those without the mean are for the correlation. */
struct sums {
  double difference, norm;
  double cross, truth, decoded;
};

/* Energy per |w_k|^2. */
static double energy_share(size_t n, size_t y, size_t x) {
  const double ky = (double)fft_wavenumber(y, n), kx = (double)x, squared = ky * ky + kx * kx;
  if (squared == 0) return 0;
  const double ky_first = 2 * y == n ? 0 : ky, kx_first = 2 * x == n ? 0 : kx;
  return 0.5 * (kx_first * kx_first + ky_first * ky_first) / (squared * squared);
}

static void add_pair(struct loss *loss, size_t y, size_t x, struct sums *sums) {
  const size_t at = y * fft_pitch(loss->n) + 2 * x;
  const double *t = loss->truth + at, *d = loss->decoded + at, weight = fft_weight(x, loss->n);
  const double truth = weight * (t[0] * t[0] + t[1] * t[1]), decoded = weight * (d[0] * d[0] + d[1] * d[1]);
  const double re = d[0] - t[0], im = d[1] - t[1];
  sums->difference += weight * (re * re + im * im);
  sums->norm += truth;
  const size_t squared = fft_squared(loss->n, y, x);
  const size_t shell = (size_t)(sqrt((double)squared) + 0.5);
  const double share[QUANTITIES] = {[ENERGY] = energy_share(loss->n, y, x), [ENSTROPHY] = 0.5};
  for (int i = 0; i < QUANTITIES; i++) {
    loss->shell[i][shell] += share[i] * truth;
    loss->shell[i][loss->shells + shell] += share[i] * (decoded - truth);
  }
  if (squared == 0) return;
  sums->cross += weight * (t[0] * d[0] + t[1] * d[1]);
  sums->truth += truth;
  sums->decoded += decoded;
}

/* 0 over 0 is 0: nothing was lost. */
static double ratio(double lost, double whole) {
  return lost == 0 ? 0 : lost / whole;
}

static double spectral_error(const struct loss *loss, enum quantity what) {
  double lost = 0, whole = 0;
  for (size_t s = 0; s < loss->shells; s++) {
    whole += loss->shell[what][s];
    lost += fabs(loss->shell[what][loss->shells + s]);
  }
  return ratio(lost, whole);
}

static struct loss_measures compare(struct loss *loss) {
  struct sums sums = {0};
  for (int i = 0; i < QUANTITIES; i++) memset(loss->shell[i], 0, 2 * loss->shells * sizeof **loss->shell);
  for (size_t y = 0; y < loss->n; y++) {
    for (size_t x = 0; x <= loss->n / 2; x++) add_pair(loss, y, x, &sums);
  }
  return (struct loss_measures){.relative_l2 = sqrt(ratio(sums.difference, sums.norm)),
                                .correlation = sums.cross / sqrt(sums.truth * sums.decoded),
                                .energy_spectrum = spectral_error(loss, ENERGY),
                                .enstrophy_spectrum = spectral_error(loss, ENSTROPHY)};
}

static void transform(struct loss *loss, const double *omega) {
  const size_t count = loss->n * fft_pitch(loss->n);
  const double cells = (double)(loss->n * loss->n);
  fft_load(loss->truth, loss->n, omega);
  fft_forward(&loss->fft, loss->truth);
  for (size_t i = 0; i < count; i++) loss->truth[i] /= cells;
}

struct loss_measures loss_of_state(struct loss *loss, const double *omega, const double *z) {
  transform(loss, omega);
  decode_state(loss, z);
  return compare(loss);
}

struct loss_report loss_compare(struct loss *loss, const double *omega, const double *z) {
  struct loss_report report;
  transform(loss, omega);
  decode_state(loss, z);
  report.state = compare(loss);
  decode_cut(loss);
  report.cut = compare(loss);
  decode_largest(loss);
  report.largest = compare(loss);
  return report;
}
