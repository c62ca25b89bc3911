/* SPDX-License-Identifier: MIT */
/*
 * vulkan_modes.h - which coefficients make up each mode of the half spectrum, and the energy of a state.
 *
 * The field is the real part of the full inverse transform, so mode k of the half spectrum (kx index 0 .. n / 2) is
 * (c_k + conj(c_-k)) / 2. Index i of an axis pairs with (n - i) mod n.
 */
#ifndef VORDEC_VULKAN_MODES_H
#define VORDEC_VULKAN_MODES_H

#include <vordec/backend.h>

/* As the shaders see it (uvec4). */
struct mode {
  uint32_t source, mirror; /* places of c_k and c_-k in the list of coefficients, or VORDEC_ABSENT */
  uint32_t kx, ky;         /* grid indices */
};

/* A non-empty column of the half spectrum, as the shaders see it (uvec4). */
struct mode_column {
  uint32_t first, count, kx, unused;
};

struct mode_table {
  struct mode *modes; /* by kx, then ky */
  struct mode_column *columns;
  uint32_t mode_count, column_count;
};

/* Builds the table of `count` flat grid indices, each at most once. Both counts are 0 if count is. */
enum vordec_status mode_table_build(const struct vordec_host *host, uint32_t n, const uint32_t *index, uint32_t count,
                                    struct mode_table *table, struct vordec_error *error);
/* Does the same with one entry for each coefficient: the source if the half spectrum has c_k, otherwise the mirror of
 * what is there. This is for measuring coefficients of a field, where a second entry would repeat the first. */
enum vordec_status mode_table_build_once(const struct vordec_host *host, uint32_t n, const uint32_t *index,
                                         uint32_t count, struct mode_table *table, struct vordec_error *error);
/* The number of coefficients of a full spectrum that a mode of a grid of side n stands for: itself, and its partner if
 * that is another mode. */
static inline double mode_weight(const struct mode *mode, uint32_t n) {
  const bool x = mode->kx == 0 || 2 * mode->kx == n, y = mode->ky == 0 || 2 * mode->ky == n;
  return x && y ? 1.0 : 2.0;
}
/* Accepts a zeroed table. */
void mode_table_free(const struct vordec_host *host, struct mode_table *table);

/* Where the coefficients of a place of the half spectrum are, as the shaders see it (uvec4): c_k and c_-k among the low
 * modes and among the kept ones, or VORDEC_ABSENT. */
struct energy_mode {
  uint32_t low_source, low_mirror, kept_source, kept_mirror;
};

/* All places that either table has, by kx, then ky. */
struct energy_table {
  struct energy_mode *modes;
  double *weights; /* |omega_k|^2 times this is the place's share of the energy */
  uint32_t count;
};

/* Joins the two tables of a grid of side n. */
enum vordec_status energy_table_build(const struct vordec_host *host, uint32_t n, const struct mode_table *low,
                                      const struct mode_table *kept, struct energy_table *table,
                                      struct vordec_error *error);
/* Accepts a zeroed table. */
void energy_table_free(const struct vordec_host *host, struct energy_table *table);

/* The coefficients that the places of a table refer to. */
struct mode_values {
  const double *re, *im;
};

/*
 * Kinetic energy 0.5 * mean(u^2 + v^2) of the field that the low modes and, unless NULL, the kept modes make up. Per
 * mode 0.5 |omega_k|^2 (kx'^2 + ky'^2) / |k|^4 over k != 0, k' being k with its own Nyquist component set to 0;
 * interior columns count twice.
 */
double modes_energy(const struct energy_table *table, struct mode_values low, const struct mode_values *kept);

#endif
