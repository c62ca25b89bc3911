/* SPDX-License-Identifier: MIT */
#include "cpu_synthesis.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "numerics/philox.h"
#include "numerics/planner.h"

/* One band of one state. */
struct filling {
  const struct cpu_synthesis *synthesis;
  const struct cpu_band_state *state;
  double *buffer, *field, amplitude;
  enum band band;
};

static size_t pitch_of(size_t n) {
  return 2 * (n / 2 + 1);
}

bool cpu_synthesis_create(struct cpu_synthesis *synthesis, struct memory *memory, const struct vordec_plan_desc *desc,
                          const struct vordec_residual_setup *setup) {
  const struct band_desc bands = {.n = desc->n,
                                  .mid_limit = setup->mid_limit,
                                  .modes = setup->half ? MODES_HALF : MODES_FULL,
                                  .low_index = desc->low_index,
                                  .m = desc->m,
                                  .anchor_index = desc->anchor_index,
                                  .max_kept = desc->max_kept};
  const double n = (double)desc->n;
  struct band_table *table = &synthesis->table;
  band_table_measure(&bands, table);
  table->until = memory_take(memory, (size_t)table->side * table->side, sizeof *table->until);
  table->mid_modes = memory_take(memory, (size_t)desc->max_kept + 1, sizeof *table->mid_modes);
  if (!table->until || !table->mid_modes) return false;
  band_table_fill(&bands, table);
  synthesis->bands = setup->bands;
  synthesis->seed = setup->seed;
  synthesis->max_kept = desc->max_kept;
  synthesis->energy_max = DBL_MAX / (16.0 * n * n);
  return true;
}

bool cpu_synthesis_plan(struct cpu_synthesis *synthesis, double *buffer) {
  const int n = (int)synthesis->table.n;
  planner_enter();
  synthesis->inverse = fftw_plan_dft_c2r_2d(n, n, (fftw_complex *)buffer, buffer, FFTW_ESTIMATE);
  planner_leave();
  return synthesis->inverse != NULL;
}

void cpu_synthesis_destroy(struct cpu_synthesis *synthesis, const struct memory_source *source) {
  planner_enter();
  if (synthesis->inverse) fftw_destroy_plan(synthesis->inverse);
  planner_leave();
  memory_release(source, synthesis->table.until);
  memory_release(source, synthesis->table.mid_modes);
}

struct cpu_band_state cpu_synthesis_state(const struct cpu_synthesis *synthesis, const double *z, size_t m,
                                          uint32_t step) {
  const double *scalars = z + 2 * m;
  struct cpu_band_state state = {.step = step, .target = {scalars[1], scalars[2]}};
  state.kept = vordec_kept_count(scalars[3], synthesis->max_kept);
  for (enum band band = 0; band < BANDS; band++) {
    state.energy[band] = band_target(&synthesis->table, band, state.kept, state.target[band]);
  }
  return state;
}

static double phase_of(const struct filling *filling, size_t index) {
  const double *given = filling->state->phase ? filling->state->phase[filling->band] : NULL;
  if (given) return given[index];
  return philox_phase(filling->synthesis->seed, (uint32_t)index, filling->state->step, filling->band);
}

/* The full spectrum is not Hermitian; the half spectrum of its field's real part is (X_k + conj(X_-k)) / 2. */
static void fill_row(const struct filling *filling, uint32_t y) {
  const struct band_table *table = &filling->synthesis->table;
  const uint32_t n = table->n, kept = filling->state->kept, mirror_y = (n - y) % n;
  const double half = 0.5 * filling->amplitude;
  double *row = filling->buffer + y * pitch_of(n);
  for (uint32_t x = 0; x <= n / 2; x++) {
    const uint32_t mirror_x = (n - x) % n;
    double re = 0, im = 0;
    if (band_of(table, y, x, kept) == filling->band) {
      const double phase = phase_of(filling, (size_t)y * n + x);
      re = cos(phase);
      im = sin(phase);
    }
    if (band_of(table, mirror_y, mirror_x, kept) == filling->band) {
      const double phase = phase_of(filling, (size_t)mirror_y * n + mirror_x);
      re += cos(phase);
      im -= sin(phase);
    }
    row[2 * x] = half * re;
    row[2 * x + 1] = half * im;
  }
}

static void fill_rows(void *ctx, size_t slot, size_t slots) {
  const struct filling *filling = ctx;
  const struct range share = range_of_slot(filling->synthesis->table.n, slot, slots);
  for (size_t y = share.begin; y < share.end; y++) fill_row(filling, (uint32_t)y);
}

static void store_rows(void *ctx, size_t slot, size_t slots) {
  const struct filling *filling = ctx;
  const size_t n = filling->synthesis->table.n;
  const struct range share = range_of_slot(n, slot, slots);
  for (size_t y = share.begin; y < share.end; y++) {
    memcpy(filling->field + y * n, filling->buffer + y * pitch_of(n), n * sizeof(double));
  }
}

void cpu_synthesis_run(const struct cpu_synthesis *synthesis, const struct cpu_band_state *state, enum band band,
                       double *buffer, double *field, struct team team) {
  const size_t n = synthesis->table.n;
  struct filling filling = {synthesis, state, buffer, field, 0.0, band};
  if (state->energy[band] == 0) {
    memset(field, 0, n * n * sizeof *field);
    return;
  }
  filling.amplitude = sqrt(state->target[band]);
  team_run(team, fill_rows, &filling);
  fftw_execute_dft_c2r(synthesis->inverse, (fftw_complex *)buffer, buffer);
  team_run(team, store_rows, &filling);
}
