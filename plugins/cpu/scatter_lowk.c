#include "scatter_lowk.h"

#include <string.h>

struct scatter {
  struct field *field;
  const struct mode_table *table;
  const double *re, *im;
  size_t count;
  struct spectrum_layout layout;
};

/* Zeroes the slot's share of the spectrum: an inverse transform leaves nothing of its input. */
static void clear_share(void *ctx, size_t slot, size_t slots) {
  const struct scatter *scatter = ctx;
  const struct range share = range_of_slot(scatter->layout.extent, slot, slots);
  fftw_complex *spectrum = ifft_input(scatter->field);
  memset(spectrum + share.begin, 0, (share.end - share.begin) * sizeof *spectrum);
}

static void write_share(void *ctx, size_t slot, size_t slots) {
  const struct scatter *scatter = ctx;
  const struct range share = range_of_slot(scatter->table->count, slot, slots);
  fftw_complex *spectrum = ifft_input(scatter->field);
  for (size_t i = share.begin; i < share.end; i++) {
    const struct mode *mode = &scatter->table->modes[i];
    const struct complex_value value = mode_value(mode, scatter->re, scatter->im, scatter->count);
    double *cell = spectrum[spectrum_cell(&scatter->layout, mode->row, mode->column)];
    cell[0] = value.re;
    cell[1] = value.im;
  }
}

void scatter_modes(struct field *field, const struct mode_table *table, const double *re, const double *im,
                   size_t count) {
  struct scatter scatter = {field, table, re, im, count, ifft_layout(&field->plan->ifft, table)};
  team_run(field->team, clear_share, &scatter);
  team_run(field->team, write_share, &scatter);
}

void scatter_lowk(struct field *field) {
  const struct vordec_plan *plan = field->plan;
  const size_t m = plan->m;
  if (synthesis_used(&plan->low_synthesis)) {
    synthesis_scatter(field, &plan->low_synthesis, &plan->low, field->z, field->z + m, m);
    return;
  }
  scatter_modes(field, &plan->low, field->z, field->z + m, m);
}
