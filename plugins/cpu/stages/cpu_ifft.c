/* SPDX-License-Identifier: MIT */
#include "cpu_ifft.h"

#include <string.h>

#include "numerics/planner.h"

/* The number of rows that are gathered from the columns at a time: a cache line of each column. */
#define ROWS_AT_ONCE 4

/* Measured at N = 64 .. 1024: up to so many columns, sums are faster than transforms of a size that suits FFTW, and up
 * to so many for a size with a prime factor above 13. */
#define SUMS_COLUMNS 40
#define SUMS_COLUMNS_PRIME 128

const char *const cpu_ifft_names[] = {"fftw", "pruned", NULL};

static size_t largest_prime_factor(size_t n) {
  size_t largest = 1;
  for (size_t p = 2; p * p <= n; p++) {
    for (; n % p == 0; n /= p) largest = p;
  }
  return n > 1 ? n : largest;
}

bool ifft_sums_modes(const struct ifft *ifft, const struct mode_table *table) {
  const size_t limit = largest_prime_factor(ifft->grid.n) > 13 ? SUMS_COLUMNS_PRIME : SUMS_COLUMNS;
  return ifft->pruned && ifft->sums && table->column_count <= limit;
}

/* fftw was slower for every size and every number of columns. */
static void choose(struct ifft *ifft, const struct mode_table *low, struct vordec_plan_info *info) {
  ifft->pruned = true;
  snprintf(info->fft_reason, sizeof info->fft_reason, "%zu of %zu columns of the half spectrum hold a mode and are %s",
           low->column_count, ifft->grid.half, ifft_sums_modes(ifft, low) ? "summed up" : "transformed");
}

enum vordec_status ifft_choose(struct ifft *ifft, const struct grid *grid, const struct mode_table *low,
                               const struct vordec_plan_desc *desc, struct vordec_plan_info *info,
                               struct vordec_error *error) {
  const char *name = desc->fft;
  *ifft = (struct ifft){.grid = *grid, .sums = desc->smooth_width > 1};
  info->fft_reason[0] = '\0';
  if (strcmp(name, "auto") == 0) {
    choose(ifft, low, info);
  } else if (strcmp(name, "pruned") == 0) {
    ifft->pruned = true;
  } else if (strcmp(name, "fftw") != 0) {
    return vordec_fail(error, VORDEC_E_UNSUPPORTED, VORDEC_REASON_NO_FFT,
                       "cpu: there is no FFT named \"%s\"; it has fftw and pruned", name);
  }
  snprintf(info->fft, sizeof info->fft, "%s", cpu_ifft_names[ifft->pruned ? 1 : 0]);
  return VORDEC_OK;
}

static fftw_plan plan_whole(const struct grid *grid, fftw_complex *spectrum, double *out) {
  const int n[2] = {(int)grid->n, (int)grid->n};
  const int spectrum_size[2] = {(int)grid->n, (int)(grid->pitch / 2)};
  const int field_size[2] = {(int)grid->n, (int)grid->pitch};
  return fftw_plan_many_dft_c2r(2, n, 1, spectrum, spectrum_size, 1, 0, out, field_size, 1, 0,
                                FFTW_ESTIMATE | FFTW_DESTROY_INPUT);
}

bool ifft_plan(struct ifft *ifft, const struct ifft_arrays *arrays) {
  const int n = (int)ifft->grid.n;
  fftw_complex *spare = (fftw_complex *)arrays->spare, *other = (fftw_complex *)arrays->other;
  planner_enter();
  if (ifft->pruned) {
    ifft->column = fftw_plan_dft_1d(n, other, spare, FFTW_BACKWARD, FFTW_ESTIMATE | FFTW_DESTROY_INPUT);
    ifft->row = fftw_plan_dft_c2r_1d(n, spare, arrays->out, FFTW_ESTIMATE | FFTW_DESTROY_INPUT);
  } else {
    ifft->whole = plan_whole(&ifft->grid, spare, arrays->out);
  }
  planner_leave();
  return ifft->pruned ? ifft->column && ifft->row : ifft->whole != NULL;
}

fftw_plan ifft_plan_forward(const struct grid *grid, double *in, fftw_complex *spectrum) {
  const int n[2] = {(int)grid->n, (int)grid->n};
  const int field_size[2] = {(int)grid->n, (int)grid->pitch};
  const int spectrum_size[2] = {(int)grid->n, (int)(grid->pitch / 2)};
  planner_enter();
  fftw_plan plan = fftw_plan_many_dft_r2c(2, n, 1, in, field_size, 1, 0, spectrum, spectrum_size, 1, 0, FFTW_ESTIMATE);
  planner_leave();
  return plan;
}

void ifft_free_plan(fftw_plan plan) {
  if (!plan) return;
  planner_enter();
  fftw_destroy_plan(plan);
  planner_leave();
}

void ifft_destroy(struct ifft *ifft) {
  ifft_free_plan(ifft->column);
  ifft_free_plan(ifft->row);
  ifft_free_plan(ifft->whole);
  *ifft = (struct ifft){0};
}

struct spectrum_layout ifft_layout(const struct ifft *ifft, const struct mode_table *table) {
  const struct grid *grid = &ifft->grid;
  if (!ifft->pruned) {
    return (struct spectrum_layout){NULL, grid->pitch / 2, 1, grid->n * (grid->pitch / 2)};
  }
  return (struct spectrum_layout){table->place, 1, grid->column_pitch, table->column_count * grid->column_pitch};
}

size_t ifft_spectrum_values(const struct ifft *ifft, const struct mode_table *table) {
  return ifft_layout(ifft, table).extent;
}

fftw_complex *ifft_input(const struct ifft *ifft, const struct ifft_arrays *arrays) {
  return (fftw_complex *)(ifft->pruned ? arrays->other : arrays->spare);
}

struct ifft_slot *ifft_slots_create(const struct ifft *ifft, struct memory *memory, size_t count) {
  const size_t values = ifft->pruned ? ROWS_AT_ONCE * (ifft->grid.pitch / 2) : 0;
  struct ifft_slot *slots = memory_take(memory, count, sizeof *slots);
  for (size_t i = 0; slots && i < count; i++) {
    slots[i].rows = memory_take(memory, values, sizeof *slots[i].rows);
    if (slots[i].rows) continue;
    ifft_slots_destroy(slots, &memory->source, count);
    return NULL;
  }
  return slots;
}

void ifft_slots_destroy(struct ifft_slot *slots, const struct memory_source *source, size_t count) {
  for (size_t i = 0; slots && i < count; i++) memory_release(source, slots[i].rows);
  memory_release(source, slots);
}

struct transform {
  const struct ifft *ifft;
  const struct mode_table *table;
  const struct ifft_arrays *arrays;
  struct ifft_slot *slots;
};

static void transform_columns(void *ctx, size_t slot, size_t slots) {
  const struct transform *transform = ctx;
  const struct ifft *ifft = transform->ifft;
  const struct range share = range_of_slot(transform->table->column_count, slot, slots);
  fftw_complex *spectrum = ifft_input(ifft, transform->arrays);
  fftw_complex *columns = (fftw_complex *)transform->arrays->spare;
  for (size_t i = share.begin; i < share.end; i++) {
    const size_t at = i * ifft->grid.column_pitch;
    fftw_execute_dft(ifft->column, spectrum + at, columns + at);
  }
}

/* Copies `rows` rows, starting at y, out of the transformed columns; columns without a mode are 0. */
static void gather_rows(const struct transform *transform, fftw_complex *rows, size_t y, size_t count) {
  const struct grid *grid = &transform->ifft->grid;
  const struct mode_table *table = transform->table;
  fftw_complex *columns = (fftw_complex *)transform->arrays->spare;
  const size_t pitch = grid->pitch / 2;
  memset(rows, 0, count * pitch * sizeof *rows);
  for (size_t i = 0; i < table->column_count; i++) {
    fftw_complex *column = columns + i * grid->column_pitch + y;
    for (size_t row = 0; row < count; row++) {
      rows[row * pitch + table->columns[i]][0] = column[row][0];
      rows[row * pitch + table->columns[i]][1] = column[row][1];
    }
  }
}

static void transform_some_rows(const struct transform *transform, fftw_complex *rows, size_t y, size_t count) {
  const struct ifft *ifft = transform->ifft;
  const size_t pitch = ifft->grid.pitch;
  gather_rows(transform, rows, y, count);
  for (size_t row = 0; row < count; row++) {
    fftw_execute_dft_c2r(ifft->row, rows + row * (pitch / 2), transform->arrays->out + (y + row) * pitch);
  }
}

static void transform_rows(void *ctx, size_t slot, size_t slots) {
  const struct transform *transform = ctx;
  const struct range share = range_of_slot(transform->ifft->grid.n, slot, slots);
  fftw_complex *rows = transform->slots[slot].rows;
  size_t y = share.begin;
  for (; y + ROWS_AT_ONCE <= share.end; y += ROWS_AT_ONCE) transform_some_rows(transform, rows, y, ROWS_AT_ONCE);
  transform_some_rows(transform, rows, y, share.end - y);
}

void ifft_run(const struct ifft *ifft, const struct mode_table *table, const struct ifft_arrays *arrays,
              struct team team, struct ifft_slot *slots) {
  if (!ifft->pruned) {
    fftw_execute_dft_c2r(ifft->whole, ifft_input(ifft, arrays), arrays->out);
    return;
  }
  struct transform transform = {ifft, table, arrays, slots};
  team_run(team, transform_columns, &transform);
  team_run(team, transform_rows, &transform);
}
