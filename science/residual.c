#include "residual.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/backend.h>

#include "fft.h"
#include "philox.h"
#include "workers.h"

/* Classes of a cell besides its band. */
enum { CELL_LOW = RESIDUAL_BANDS, CELL_KEPT };

struct residual {
  size_t n, m, anchors, max_kept;
  enum modes stored; /* which modes states store */
  uint64_t seed;
  size_t modes[RESIDUAL_BANDS]; /* with nothing kept */
  uint8_t *cell;                /* n x n: a band or CELL_LOW; CELL_KEPT during a synthesis */
  uint32_t *anchor_index;
  double *buffer;
  struct fft fft;
  struct workers workers;
};

/* One band of one state. */
struct synthesis {
  struct residual *residual;
  const double *given; /* phases; NULL: drawn */
  double amplitude;
  uint32_t step, band;
};

static void classify(struct residual *residual, const struct residual_desc *desc) {
  const size_t n = residual->n;
  const double limit = desc->resid_mid_cut * desc->resid_mid_cut;
  for (size_t i = 0; i < n * n; i++) {
    residual->m += desc->mask_low[i] != 0;
    if (desc->mask_low[i] || (desc->modes == MODES_HALF && desc->mask_low[modes_partner(n, i)])) {
      residual->cell[i] = CELL_LOW;
      continue;
    }
    const int64_t ky = fft_wavenumber(i / n, n), kx = fft_wavenumber(i % n, n);
    const enum residual_band band = (double)(kx * kx + ky * ky) <= limit ? RESIDUAL_MID : RESIDUAL_HIGH;
    residual->cell[i] = (uint8_t)band;
    residual->modes[band]++;
  }
}

static enum vordec_status fail_memory(const struct residual_desc *desc, struct vordec_error *error) {
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY,
                     "residual synthesis: out of memory for N = %zu", desc->n);
}

static bool allocate(struct residual *residual, const struct residual_desc *desc) {
  residual->n = desc->n;
  residual->seed = desc->seed;
  residual->stored = desc->modes;
  residual->anchors = desc->anchor_count;
  residual->cell = malloc(desc->n * desc->n);
  residual->anchor_index = malloc((desc->anchor_count + 1) * sizeof *residual->anchor_index);
  residual->buffer = fft_buffer(desc->n);
  return residual->cell && residual->anchor_index && residual->buffer &&
         fft_create(&residual->fft, desc->n, residual->buffer);
}

enum vordec_status residual_create(const struct residual_desc *desc, struct residual **residual,
                                   struct vordec_error *error) {
  *residual = NULL;
  if (!(desc->resid_mid_cut >= 0)) {
    return vordec_fail(error, VORDEC_E_INPUT, 0, "resid_mid_cut: %g does not bound a band; it must be 0 or more",
                       desc->resid_mid_cut);
  }
  struct residual *made = calloc(1, sizeof *made);
  if (!made) return fail_memory(desc, error);
  enum vordec_status status = workers_start(&made->workers, desc->threads, error);
  if (status == VORDEC_OK && !allocate(made, desc)) status = fail_memory(desc, error);
  if (status != VORDEC_OK) {
    residual_destroy(made);
    return status;
  }
  classify(made, desc);
  for (size_t i = 0; i < made->anchors; i++) made->anchor_index[i] = (uint32_t)desc->anchor_idx[i];
  const size_t mid = made->modes[RESIDUAL_MID];
  made->max_kept = made->anchors < mid ? made->anchors : mid;
  *residual = made;
  return VORDEC_OK;
}

void residual_destroy(struct residual *residual) {
  if (!residual) return;
  fft_destroy(&residual->fft);
  fftw_free(residual->buffer);
  free(residual->anchor_index);
  free(residual->cell);
  workers_stop(&residual->workers);
  free(residual);
}

void residual_targets(const struct residual *residual, const double *z, struct residual_targets *targets) {
  const double *scalars = z + 2 * residual->m;
  *targets = (struct residual_targets){
      .kept = vordec_kept_count(scalars[3], (uint32_t)residual->max_kept),
      .modes = {residual->modes[RESIDUAL_MID], residual->modes[RESIDUAL_HIGH]},
      .target = {scalars[1], scalars[2]},
  };
  for (size_t i = 0; i < targets->kept; i++) {
    size_t kept[2];
    const size_t count = modes_kept(residual->stored, residual->n, residual->anchor_index[i], kept);
    for (size_t j = 0; j < count; j++) targets->modes[RESIDUAL_MID] -= residual->cell[kept[j]] == RESIDUAL_MID;
  }
  for (int band = 0; band < RESIDUAL_BANDS; band++) {
    const double energy = (double)targets->modes[band] * targets->target[band];
    targets->energy[band] = energy > 0 ? energy : 0;
  }
}

/* Takes the kept modes out of the mid band, or puts them back. Anchors that lie elsewhere stay what they are. */
static void mark_kept(struct residual *residual, size_t kept, int from, int to) {
  for (size_t i = 0; i < kept; i++) {
    size_t modes[2];
    const size_t count = modes_kept(residual->stored, residual->n, residual->anchor_index[i], modes);
    for (size_t j = 0; j < count; j++) {
      if (residual->cell[modes[j]] == from) residual->cell[modes[j]] = (uint8_t)to;
    }
  }
}

static double phase_of(const struct synthesis *synthesis, size_t index) {
  if (synthesis->given) return synthesis->given[index];
  return philox_phase(synthesis->residual->seed, (uint32_t)index, synthesis->step, synthesis->band);
}

/* The full spectrum is not Hermitian; the half spectrum of its field's real part is (X_k + conj(X_-k)) / 2. */
static void fill_row(const struct synthesis *synthesis, size_t y) {
  const struct residual *residual = synthesis->residual;
  const size_t n = residual->n, mirror_row = (n - y) % n * n;
  const double half = 0.5 * synthesis->amplitude;
  double *row = residual->buffer + y * fft_pitch(n);
  for (size_t x = 0; x <= n / 2; x++) {
    const size_t k = y * n + x, minus_k = mirror_row + (n - x) % n;
    double re = 0, im = 0;
    if (residual->cell[k] == synthesis->band) {
      const double phase = phase_of(synthesis, k);
      re = cos(phase);
      im = sin(phase);
    }
    if (residual->cell[minus_k] == synthesis->band) {
      const double phase = phase_of(synthesis, minus_k);
      re += cos(phase);
      im -= sin(phase);
    }
    row[2 * x] = half * re;
    row[2 * x + 1] = half * im;
  }
}

static void fill_slot(void *ctx, size_t slot, size_t slots) {
  const struct synthesis *synthesis = ctx;
  const struct range share = range_of_slot(synthesis->residual->n, slot, slots);
  for (size_t y = share.begin; y < share.end; y++) fill_row(synthesis, y);
}

void residual_synthesise(struct residual *residual, const double *z, uint32_t step,
                         const double *const phases[RESIDUAL_BANDS], double *const field[RESIDUAL_BANDS],
                         struct residual_targets *targets) {
  const size_t n = residual->n;
  residual_targets(residual, z, targets);
  mark_kept(residual, targets->kept, RESIDUAL_MID, CELL_KEPT);
  for (uint32_t band = 0; band < RESIDUAL_BANDS; band++) {
    if (!field[band]) continue;
    if (targets->energy[band] == 0) {
      memset(field[band], 0, n * n * sizeof *field[band]);
      continue;
    }
    struct synthesis synthesis = {residual, phases ? phases[band] : NULL, sqrt(targets->target[band]), step, band};
    workers_run(&residual->workers, fill_slot, &synthesis);
    fft_inverse(&residual->fft, residual->buffer);
    fft_store(residual->buffer, n, field[band]);
  }
  mark_kept(residual, targets->kept, CELL_KEPT, RESIDUAL_MID);
}
