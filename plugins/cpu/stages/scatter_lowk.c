/* SPDX-License-Identifier: MIT */
#include "scatter_lowk.h"

#include <string.h>

struct scatter {
  fftw_complex *spectrum;
  const struct mode_table *table;
  const struct coefficients *given;
  struct spectrum_layout layout;
};

/* Zeroes the slot's share of the spectrum, because an inverse transform leaves nothing of its input. */
static void clear_share(void *ctx, size_t slot, size_t slots) {
  const struct scatter *scatter = ctx;
  const struct range share = range_of_slot(scatter->layout.extent, slot, slots);
  memset(scatter->spectrum + share.begin, 0, (share.end - share.begin) * sizeof *scatter->spectrum);
}

static void write_share(void *ctx, size_t slot, size_t slots) {
  const struct scatter *scatter = ctx;
  const struct range share = range_of_slot(scatter->table->count, slot, slots);
  for (size_t i = share.begin; i < share.end; i++) {
    const struct mode *mode = &scatter->table->modes[i];
    const struct complex_value value = mode_value(mode, scatter->given);
    double *cell = scatter->spectrum[spectrum_cell(&scatter->layout, mode->row, mode->column)];
    cell[0] = value.re;
    cell[1] = value.im;
  }
}

void scatter_modes(struct field *field, const struct mode_table *table, const struct coefficients *given) {
  const struct ifft *ifft = &field->plan->ifft;
  const struct ifft_arrays arrays = field_transform(field, NULL);
  struct scatter scatter = {ifft_input(ifft, &arrays), table, given, ifft_layout(ifft, table)};
  team_run(field->team, clear_share, &scatter);
  team_run(field->team, write_share, &scatter);
}

void scatter_lowk(struct field *field) {
  const struct vordec_plan *plan = field->plan;
  const struct coefficients low = field_low(field);
  if (mode_sums_used(&plan->low_sums)) {
    mode_sums_scatter(&plan->low_sums, &plan->low, &low, field->work->matrix);
    return;
  }
  scatter_modes(field, &plan->low, &low);
}
