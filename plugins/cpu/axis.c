#include "axis.h"

#include <math.h>
#include <string.h>

#define PI 3.14159265358979323846264338327950288L

double (*axis_circle(struct memory *memory, size_t n))[2] {
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
static size_t number_terms(struct axis *axis, const bool *present) {
  const size_t n = axis->n;
  size_t terms = 0;
  for (size_t k = 0; k <= n / 2; k++) axis->cosine[k] = (uint16_t)(present[k] && 2 * k != n ? terms++ : UINT16_MAX);
  axis->even[0] = (struct terms){0, 0, terms};
  for (size_t k = 0; k <= n / 2; k++) axis->sine[k] = (uint16_t)(present[k] && k != 0 ? terms++ : UINT16_MAX);
  axis->odd[0] = (struct terms){axis->even[0].count, axis->even[0].count, terms - axis->even[0].count};
  for (size_t k = 0; k <= n / 2; k++) {
    if (axis->cosine[k] == UINT16_MAX) axis->cosine[k] = (uint16_t)terms;
    if (axis->sine[k] == UINT16_MAX) axis->sine[k] = (uint16_t)terms;
  }
  return terms;
}

/* Where the smoothed tables stand; returns the number of rows in all. */
static size_t place_smoothed(struct axis *axis, const struct smoothing *smoothing) {
  const size_t terms = axis->terms;
  if (!smoothing) return terms;
  if (smoothing->width % 2 == 1) {
    axis->even[1] = axis->even[0];
    axis->odd[1] = axis->odd[0];
    axis->even[1].row += terms;
    axis->odd[1].row += terms;
    return 2 * terms;
  }
  axis->even[1] = (struct terms){0, terms, terms};
  axis->odd[1] = (struct terms){0, 2 * terms, terms};
  return 3 * terms;
}

/* cos(k x') (part 0) or sin(k x') (part 1) over the whole axis. */
static void fill_line(double *line, double (*circle)[2], size_t n, size_t k, size_t part) {
  size_t m = (2 * n * n - k * (n - 1)) % (2 * n);
  for (size_t x = 0; x < n; x++, m = (m + 2 * k) % (2 * n)) line[x] = circle[m][part];
}

/* The even (side 1) or odd (side -1) part of a line, times `scale`. */
static void fill_part(const struct axis *axis, double *row, const double *line, double side, double scale) {
  for (size_t x = 0; x < axis->half; x++) row[x] = 0.5 * scale * (line[x] + side * line[axis->n - 1 - x]);
}

static void fill_term(const struct axis *axis, size_t term, double *line, const struct smoothing *smoothing,
                      double *scratch, double sign) {
  const bool is_even = term < axis->even[0].count;
  memcpy(axis->table + term * axis->pitch, line, axis->half * sizeof *line);
  if (!smoothing) return;
  smooth_line(smoothing, line, axis->n, scratch);
  const struct terms *even = &axis->even[1], *odd = &axis->odd[1];
  if (is_even || even->count == axis->terms) {
    fill_part(axis, axis->table + (even->row + term - even->signal) * axis->pitch, line, 1, sign);
  }
  if (!is_even || odd->count == axis->terms) {
    fill_part(axis, axis->table + (odd->row + term - odd->signal) * axis->pitch, line, -1, sign);
  }
}

static bool fill_table(struct axis *axis, struct memory *memory, const bool *present, const struct smoothing *smoothing,
                       double sign) {
  const size_t n = axis->n;
  struct memory temporary = {.host = memory->host};
  double(*circle)[2] = axis_circle(&temporary, n);
  double *line = memory_take(&temporary, n, sizeof *line);
  double *scratch = memory_take(&temporary, smoothing ? smooth_line_doubles(smoothing, n) : 0, sizeof *scratch);
  const bool made = circle && line && scratch;
  for (size_t k = 0; made && k <= n / 2; k++) {
    if (!present[k]) continue;
    for (size_t part = 0; part < 2; part++) {
      const size_t term = part == 0 ? axis->cosine[k] : axis->sine[k];
      if (term == axis->terms) continue;
      fill_line(line, circle, n, k, part);
      fill_term(axis, term, line, smoothing, scratch, sign);
    }
  }
  memory_release(memory->host, circle);
  memory_release(memory->host, line);
  memory_release(memory->host, scratch);
  return made;
}

bool axis_create(struct axis *axis, struct memory *memory, size_t n, const bool *present,
                 const struct smoothing *smoothing, double sign) {
  *axis = (struct axis){.n = n, .half = (n + 1) / 2};
  axis->cosine = memory_take(memory, n / 2 + 1, sizeof *axis->cosine);
  axis->sine = memory_take(memory, n / 2 + 1, sizeof *axis->sine);
  if (!axis->cosine || !axis->sine) goto fail;
  axis->terms = number_terms(axis, present);
  axis->pitch = grid_padded((axis->half + PRODUCT_COLUMNS - 1) / PRODUCT_COLUMNS * PRODUCT_COLUMNS, 8);
  axis->table = memory_take(memory, place_smoothed(axis, smoothing) * axis->pitch, sizeof *axis->table);
  if (!axis->table || !fill_table(axis, memory, present, smoothing, sign)) goto fail;
  return true;

fail:
  axis_destroy(axis, memory->host);
  return false;
}

void axis_destroy(struct axis *axis, const struct vordec_host *host) {
  memory_release(host, axis->cosine);
  memory_release(host, axis->sine);
  memory_release(host, axis->table);
  *axis = (struct axis){0};
}
