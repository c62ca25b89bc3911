#include "encode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

#include "core/base/window.h"
#include "fft.h"
#include "field_mask.h"

/* As many as a decode may be asked for: [mask] majority_iters. */
#define MOST_ROUNDS 1000
#define LEAST_ROUNDS 8

enum cell { CELL_LOW, CELL_MID, CELL_HIGH, CELL_KEPT };

struct encoder {
  size_t n, m, topk;
  enum modes modes;
  size_t band_modes[CELL_KEPT]; /* cells of each class, kept ones counted as mid */
  size_t kept;                  /* cells that are */
  uint8_t *cell;                /* n x n enum cell */
  uint8_t *mask_low;
  int64_t *anchor; /* mid_modes entries, the first `anchors` in use */
  size_t anchors;
  bool chosen;
  struct field_mask *mask;
  struct fft fft;
  double *residual; /* n x n */
  double *buffer;   /* a half spectrum */
  struct candidate *candidates;
};

/* A mode of the mid band and its |FFT(R)|^2. */
struct candidate {
  double magnitude;
  int64_t index;
};

struct coefficient {
  double re, im;
};

uint32_t encode_width(size_t n) {
  const size_t width = 2 * (11 * n / 256) + 1, least = width < 3 ? 3 : width;
  return (uint32_t)(least < n ? least : n);
}

uint32_t encode_rounds(size_t n) {
  const size_t rounds = (n + 8) / 16;
  return rounds < LEAST_ROUNDS ? LEAST_ROUNDS : rounds < MOST_ROUNDS ? (uint32_t)rounds : MOST_ROUNDS;
}

static enum vordec_status check_desc(const struct encode_desc *desc, struct vordec_error *error) {
  if (desc->n < 4 || desc->n > VORDEC_MAX_N) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "N: %zu is not a grid size (4 .. %u)", desc->n, VORDEC_MAX_N);
  }
  if (!(desc->k_cut >= 0)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "k_cut: %g does not bound a band; it must be 0 or more", desc->k_cut);
  }
  if (!(desc->resid_mid_cut >= desc->k_cut)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "resid_mid_cut: %g is below k_cut (%g); it must not be",
                       desc->resid_mid_cut, desc->k_cut);
  }
  if (desc->smooth_width < 1 || desc->smooth_width > desc->n) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "smoothing width: %u does not fit N = %zu (1 .. %zu)",
                       desc->smooth_width, desc->n, desc->n);
  }
  if (!window_allows(desc->smooth_kernel, desc->smooth_width)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "smoothing width: %u is even; a %s's must be odd", desc->smooth_width,
                       window_at(desc->smooth_kernel)->name);
  }
  if (!(desc->tau > 0 && desc->tau <= 1)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "tau: %g is not a threshold; it must be above 0 and at most 1",
                       desc->tau);
  }
  return VORDEC_OK;
}

static enum vordec_status fail_memory(size_t n, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "encoder: out of memory for N = %zu", n);
}

static enum cell class_of(const struct encode_desc *desc, size_t i) {
  const int64_t ky = fft_wavenumber(i / desc->n, desc->n), kx = fft_wavenumber(i % desc->n, desc->n);
  const double squares = (double)(kx * kx + ky * ky);
  if (squares <= desc->k_cut * desc->k_cut) return CELL_LOW;
  return squares <= desc->resid_mid_cut * desc->resid_mid_cut ? CELL_MID : CELL_HIGH;
}

static bool is_stored(const struct encode_desc *desc, size_t i) {
  return desc->modes == MODES_FULL || i <= modes_partner(desc->n, i);
}

static bool allocate(struct encoder *encoder, const struct encode_desc *desc) {
  const size_t cells = desc->n * desc->n;
  encoder->cell = malloc(cells);
  encoder->mask_low = malloc(cells);
  encoder->residual = malloc(cells * sizeof *encoder->residual);
  encoder->buffer = fft_buffer(desc->n);
  encoder->modes = desc->modes;
  if (!encoder->cell || !encoder->mask_low || !encoder->residual || !encoder->buffer) return false;
  for (size_t i = 0; i < cells; i++) {
    const enum cell cell = class_of(desc, i);
    encoder->cell[i] = (uint8_t)cell;
    encoder->mask_low[i] = cell == CELL_LOW && is_stored(desc, i);
    encoder->m += encoder->mask_low[i];
    encoder->band_modes[cell]++;
  }
  const size_t mid = encoder->band_modes[CELL_MID];
  encoder->topk = desc->topk_mid < mid ? desc->topk_mid : mid;
  encoder->anchors = encoder->topk;
  encoder->anchor = malloc((mid + 1) * sizeof *encoder->anchor);
  encoder->candidates = malloc((mid + 1) * sizeof *encoder->candidates);
  return encoder->anchor && encoder->candidates && fft_create(&encoder->fft, desc->n, encoder->buffer);
}

enum vordec_status encoder_create(const struct encode_desc *desc, struct encoder **encoder,
                                  struct vordec_error *error) {
  *encoder = NULL;
  enum vordec_status status = check_desc(desc, error);
  if (status != VORDEC_OK) return status;
  struct encoder *made = calloc(1, sizeof *made);
  if (!made) return fail_memory(desc->n, error);
  made->n = desc->n;
  const struct field_mask_desc mask = {.n = desc->n,
                                       .smooth_width = desc->smooth_width,
                                       .smooth_kernel = desc->smooth_kernel,
                                       .boundary = desc->boundary,
                                       .tau = desc->tau,
                                       .majority_iters = desc->majority_iters,
                                       .threads = desc->threads};
  status = field_mask_create(&mask, &made->mask, error);
  if (status == VORDEC_OK && !allocate(made, desc)) status = fail_memory(desc->n, error);
  if (status != VORDEC_OK) {
    encoder_destroy(made);
    return status;
  }
  *encoder = made;
  return VORDEC_OK;
}

void encoder_destroy(struct encoder *encoder) {
  if (!encoder) return;
  fft_destroy(&encoder->fft);
  fftw_free(encoder->buffer);
  field_mask_destroy(encoder->mask);
  free(encoder->candidates);
  free(encoder->anchor);
  free(encoder->residual);
  free(encoder->mask_low);
  free(encoder->cell);
  free(encoder);
}

void encoder_get(const struct encoder *encoder, struct encode_info *info) {
  *info = (struct encode_info){.n = encoder->n,
                               .m = encoder->m,
                               .d = 2 * encoder->m + 4 + 2 * encoder->anchors,
                               .anchors = encoder->anchors,
                               .mid_modes = encoder->band_modes[CELL_MID],
                               .high_modes = encoder->band_modes[CELL_HIGH],
                               .mask_low = encoder->mask_low,
                               .anchor_idx = encoder->chosen ? encoder->anchor : NULL};
}

/* Puts the kept modes back into the mid band. */
static void forget_anchors(struct encoder *encoder) {
  for (size_t i = 0; i < encoder->n * encoder->n; i++) {
    if (encoder->cell[i] == CELL_KEPT) encoder->cell[i] = CELL_MID;
  }
  encoder->anchors = encoder->topk;
  encoder->kept = 0;
  encoder->chosen = false;
}

/* Takes what an anchor stands for out of the mid band. */
static void keep(struct encoder *encoder, size_t anchor) {
  size_t kept[2];
  const size_t count = modes_kept(encoder->modes, encoder->n, anchor, kept);
  for (size_t i = 0; i < count; i++) encoder->cell[kept[i]] = CELL_KEPT;
  encoder->kept += count;
}

/* Why it cannot be an anchor beside those before it; NULL: it can. */
static const char *anchor_fault(const struct encoder *encoder, int64_t at) {
  if (at < 0 || (uint64_t)at >= encoder->n * encoder->n) return "is outside the grid";
  const enum cell own = (enum cell)encoder->cell[at];
  const enum cell other = (enum cell)encoder->cell[modes_partner(encoder->n, (size_t)at)];
  if (encoder->modes == MODES_HALF && (own == CELL_KEPT || other == CELL_KEPT)) {
    return "stands there twice, or beside its partner";
  }
  if (own == CELL_KEPT) return "stands there twice";
  return own == CELL_MID ? NULL : "is not in the mid band";
}

enum vordec_status encoder_set_anchors(struct encoder *encoder, const int64_t *anchor_idx, size_t count,
                                       struct vordec_error *error) {
  forget_anchors(encoder);
  for (size_t i = 0; i < count; i++) {
    const int64_t at = anchor_idx[i];
    const char *fault = anchor_fault(encoder, at);
    if (fault) {
      forget_anchors(encoder);
      return vordec_fail(error, VORDEC_E_INPUT, 0, "anchor_idx[%zu]: %lld %s", i, (long long)at, fault);
    }
    keep(encoder, (size_t)at);
    encoder->anchor[i] = at;
  }
  encoder->anchors = count;
  encoder->chosen = true;
  return VORDEC_OK;
}

static enum vordec_status check_field(const struct encoder *encoder, const double *omega, struct vordec_error *error) {
  for (size_t i = 0; i < encoder->n * encoder->n; i++) {
    if (isfinite(omega[i])) continue;
    return vordec_fail(error, VORDEC_E_INPUT, 0, "vorticity: not finite at row %zu, column %zu", i / encoder->n,
                       i % encoder->n);
  }
  return VORDEC_OK;
}

/*
 * The full spectrum's coefficient at flat index k, divided by N^2, from a half spectrum. Of k and -k it always reads
 * the same one, so that the two are conjugate to the last bit and have equal magnitudes.
 */
static struct coefficient coefficient_at(const struct encoder *encoder, size_t k) {
  const size_t n = encoder->n, y = k / n, x = k % n;
  const bool own_column = x == 0 || 2 * x == n;
  const bool mirrored = own_column ? 2 * y > n : 2 * x > n;
  const size_t row = mirrored ? (n - y) % n : y; /* NOLINT(clang-analyzer-core.DivideZero): n >= 4 */
  const size_t column = mirrored ? (n - x) % n : x;
  const double *value = encoder->buffer + row * fft_pitch(n) + 2 * column;
  const double cells = (double)(n * n);
  return (struct coefficient){value[0] / cells, (mirrored ? -value[1] : value[1]) / cells};
}

static struct coefficient stored_at(const struct encoder *encoder, size_t k) {
  const struct coefficient c = coefficient_at(encoder, k);
  const double weight = modes_weight(encoder->modes, encoder->n, k);
  return (struct coefficient){weight * c.re, weight * c.im};
}

static double squared_magnitude(struct coefficient c) {
  return c.re * c.re + c.im * c.im;
}

static int compare_candidates(const void *left, const void *right) {
  const struct candidate *a = left, *b = right;
  if (a->magnitude != b->magnitude) return a->magnitude > b->magnitude ? -1 : 1;
  return (a->index > b->index) - (a->index < b->index);
}

static int compare_indices(const void *left, const void *right) {
  const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
  return (a > b) - (a < b);
}

/* The anchor for a mode that was chosen as one of `chosen`, which are marked as kept; -1: its partner's is enough. */
static int64_t anchor_of(const struct encoder *encoder, int64_t chosen) {
  const int64_t partner = (int64_t)modes_partner(encoder->n, (size_t)chosen);
  if (encoder->modes == MODES_FULL || partner == chosen) return chosen;
  if (encoder->cell[partner] != CELL_KEPT) return partner; /* alone: of equal ones the lower index was chosen */
  return chosen < partner ? chosen : -1;
}

/* Chooses the anchors from the spectrum of R in buffer. */
static void choose(struct encoder *encoder) {
  size_t count = 0;
  for (size_t i = 0; i < encoder->n * encoder->n; i++) {
    if (encoder->cell[i] != CELL_MID) continue;
    encoder->candidates[count++] = (struct candidate){squared_magnitude(coefficient_at(encoder, i)), (int64_t)i};
  }
  qsort(encoder->candidates, count, sizeof *encoder->candidates, compare_candidates);
  for (size_t i = 0; i < encoder->topk; i++) encoder->cell[encoder->candidates[i].index] = CELL_KEPT;
  encoder->kept = encoder->topk;
  encoder->anchors = 0;
  for (size_t i = 0; i < encoder->topk; i++) {
    const int64_t anchor = anchor_of(encoder, encoder->candidates[i].index);
    if (anchor >= 0) encoder->anchor[encoder->anchors++] = anchor;
  }
  qsort(encoder->anchor, encoder->anchors, sizeof *encoder->anchor, compare_indices);
  encoder->chosen = true;
}

static void transform(struct encoder *encoder, const double *field) {
  fft_load(encoder->buffer, encoder->n, field);
  fft_forward(&encoder->fft, encoder->buffer);
}

enum vordec_status encoder_choose_anchors(struct encoder *encoder, const double *omega, struct vordec_error *error) {
  const enum vordec_status status = check_field(encoder, omega, error);
  if (status != VORDEC_OK) return status;
  forget_anchors(encoder);
  field_mask_residual(encoder->mask, omega, encoder->residual);
  transform(encoder, encoder->residual);
  choose(encoder);
  return VORDEC_OK;
}

/* Writes the low modes, from the field's spectrum in buffer. */
static void store_low(const struct encoder *encoder, double *z) {
  size_t at = 0;
  for (size_t i = 0; i < encoder->n * encoder->n; i++) {
    if (!encoder->mask_low[i]) continue;
    const struct coefficient c = stored_at(encoder, i);
    z[at] = c.re;
    z[encoder->m + at] = c.im;
    at++;
  }
}

/* Writes the band energies and the kept modes, from the spectrum of R in buffer. */
static void store_residual(const struct encoder *encoder, double *z) {
  double sum[CELL_KEPT + 1] = {0};
  for (size_t i = 0; i < encoder->n * encoder->n; i++) {
    sum[encoder->cell[i]] += squared_magnitude(coefficient_at(encoder, i));
  }
  const size_t mid = encoder->band_modes[CELL_MID] - encoder->kept, high = encoder->band_modes[CELL_HIGH];
  double *scalars = z + 2 * encoder->m, *kept = scalars + 4;
  scalars[1] = mid > 0 ? sum[CELL_MID] / (double)mid : 0;
  scalars[2] = high > 0 ? sum[CELL_HIGH] / (double)high : 0;
  scalars[3] = (double)encoder->anchors;
  for (size_t i = 0; i < encoder->anchors; i++) {
    const struct coefficient c = stored_at(encoder, (size_t)encoder->anchor[i]);
    kept[i] = c.re;
    kept[encoder->anchors + i] = c.im;
  }
}

enum vordec_status encoder_encode(struct encoder *encoder, const double *omega, double *z, struct vordec_error *error) {
  const enum vordec_status status = check_field(encoder, omega, error);
  if (status != VORDEC_OK) return status;
  transform(encoder, omega);
  store_low(encoder, z);
  z[2 * encoder->m] = field_mask_support(encoder->mask, omega, encoder->residual);
  transform(encoder, encoder->residual);
  if (!encoder->chosen) choose(encoder);
  store_residual(encoder, z);
  return VORDEC_OK;
}

struct mask_rim encoder_rim(const struct encoder *encoder) {
  return field_mask_rim(encoder->mask);
}
