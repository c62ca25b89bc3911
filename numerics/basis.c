/* SPDX-License-Identifier: MIT */
#include "basis.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846264338327950288L

double (*basis_circle(struct memory *memory, size_t n))[2] {
  double(*circle)[2] = memory_take(memory, 2 * n, sizeof *circle);
  if (!circle) return NULL;
  for (size_t m = 0; m <= n / 2; m++) { /* the first quarter, from its nearer end; the others mirror it */
    const long double angle = PI * (long double)m / (long double)n;
    const long double rest = PI * (long double)(n - 2 * m) / (long double)(2 * n);
    const double cosine = (double)(4 * m <= n ? cosl(angle) : sinl(rest));
    const double sine = (double)(4 * m <= n ? sinl(angle) : cosl(rest));
    const size_t places[4] = {m, n - m, n + m, 2 * n - m};
    for (size_t i = 0; i < 4; i++) {
      double *point = circle[places[i] % (2 * n)];
      point[0] = i == 0 || i == 3 ? cosine : -cosine;
      point[1] = i < 2 ? sine : -sine;
    }
  }
  return circle;
}

/* Numbers the basis functions. Left out: sin(0), and the cosine of the Nyquist wavenumber, whose zeros are the cells.
 */
static size_t number_terms(struct basis *basis, const bool *present) {
  const size_t n = basis->n;
  size_t terms = 0;
  for (size_t k = 0; k <= n / 2; k++) basis->cosine[k] = (uint16_t)(present[k] && 2 * k != n ? terms++ : UINT16_MAX);
  basis->even[0] = (struct terms){0, 0, terms};
  for (size_t k = 0; k <= n / 2; k++) basis->sine[k] = (uint16_t)(present[k] && k != 0 ? terms++ : UINT16_MAX);
  basis->odd[0] = (struct terms){basis->even[0].count, basis->even[0].count, terms - basis->even[0].count};
  for (size_t k = 0; k <= n / 2; k++) {
    if (basis->cosine[k] == UINT16_MAX) basis->cosine[k] = (uint16_t)terms;
    if (basis->sine[k] == UINT16_MAX) basis->sine[k] = (uint16_t)terms;
  }
  return terms;
}

/* Where the smoothed tables stand; returns the number of rows in all. */
static size_t place_smoothed(struct basis *basis, const struct smoothing *smoothing) {
  const size_t terms = basis->terms;
  if (!smoothing) return terms;
  if (smoothing->symmetric) {
    basis->even[1] = basis->even[0];
    basis->odd[1] = basis->odd[0];
    basis->even[1].row += terms;
    basis->odd[1].row += terms;
    return 2 * terms;
  }
  basis->even[1] = (struct terms){0, terms, terms};
  basis->odd[1] = (struct terms){0, 2 * terms, terms};
  return 3 * terms;
}

/* cos(k x') (part 0) or sin(k x') (part 1) over the whole axis. */
static void fill_line(double *line, double (*circle)[2], size_t n, size_t k, size_t part) {
  size_t m = (2 * n * n - k * (n - 1)) % (2 * n);
  for (size_t x = 0; x < n; x++, m = (m + 2 * k) % (2 * n)) line[x] = circle[m][part];
}

/* The even (side 1) or odd (side -1) part of a line, times `scale`. */
static void fill_part(const struct basis *basis, double *row, const double *line, double side, double scale) {
  for (size_t x = 0; x < basis->half; x++) row[x] = 0.5 * scale * (line[x] + side * line[basis->n - 1 - x]);
}

static void fill_term(const struct basis *basis, size_t term, double *line, const struct smoothing *smoothing,
                      double *scratch, double sign) {
  const bool is_even = term < basis->even[0].count;
  memcpy(basis->table + term * basis->pitch, line, basis->half * sizeof *line);
  if (!smoothing) return;
  smooth_line(smoothing, line, scratch);
  const struct terms *even = &basis->even[1], *odd = &basis->odd[1];
  if (is_even || even->count == basis->terms) {
    fill_part(basis, basis->table + (even->row + term - even->signal) * basis->pitch, line, 1, sign);
  }
  if (!is_even || odd->count == basis->terms) {
    fill_part(basis, basis->table + (odd->row + term - odd->signal) * basis->pitch, line, -1, sign);
  }
}

static bool fill_table(struct basis *basis, struct memory *memory, const bool *present,
                       const struct smoothing *smoothing, double sign) {
  const size_t n = basis->n;
  struct memory temporary = {.source = memory->source};
  double(*circle)[2] = basis_circle(&temporary, n);
  double *line = memory_take(&temporary, n, sizeof *line);
  double *scratch = memory_take(&temporary, smoothing ? smooth_line_doubles(smoothing) : 0, sizeof *scratch);
  const bool made = circle && line && scratch;
  for (size_t k = 0; made && k <= n / 2; k++) {
    if (!present[k]) continue;
    for (size_t part = 0; part < 2; part++) {
      const size_t term = part == 0 ? basis->cosine[k] : basis->sine[k];
      if (term == basis->terms) continue;
      fill_line(line, circle, n, k, part);
      fill_term(basis, term, line, smoothing, scratch, sign);
    }
  }
  memory_release(&memory->source, circle);
  memory_release(&memory->source, line);
  memory_release(&memory->source, scratch);
  return made;
}

bool basis_create(struct basis *basis, struct memory *memory, size_t n, const bool *present,
                  const struct smoothing *smoothing, double sign) {
  *basis = (struct basis){.n = n, .half = (n + 1) / 2};
  basis->cosine = memory_take(memory, n / 2 + 1, sizeof *basis->cosine);
  basis->sine = memory_take(memory, n / 2 + 1, sizeof *basis->sine);
  if (!basis->cosine || !basis->sine) goto fail;
  basis->terms = number_terms(basis, present);
  basis->pitch = grid_padded((basis->half + PRODUCT_COLUMNS - 1) / PRODUCT_COLUMNS * PRODUCT_COLUMNS, 8);
  basis->table = memory_take(memory, place_smoothed(basis, smoothing) * basis->pitch, sizeof *basis->table);
  if (!basis->table || !fill_table(basis, memory, present, smoothing, sign)) goto fail;
  return true;

fail:
  basis_destroy(basis, &memory->source);
  return false;
}

void basis_destroy(struct basis *basis, const struct memory_source *source) {
  memory_release(source, basis->cosine);
  memory_release(source, basis->sine);
  memory_release(source, basis->table);
  *basis = (struct basis){0};
}
