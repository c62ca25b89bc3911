/*
 * modes.h - which coefficients make up each mode of the half spectrum, and the energy of a state.
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
/* Accepts a zeroed table. */
void mode_table_free(const struct vordec_host *host, struct mode_table *table);

/* The coefficients that a table's places refer to. */
struct mode_values {
  const double *re, *im;
};

/*
 * Kinetic energy 0.5 * mean(u^2 + v^2) of the field that the modes of two tables make up together; b may be NULL. Per
 * mode 0.5 |omega_k|^2 (kx'^2 + ky'^2) / |k|^4 over k != 0, k' being k with its own Nyquist component set to 0;
 * interior columns count twice.
 */
double modes_energy(uint32_t n, const struct mode_table *a, struct mode_values a_values, const struct mode_table *b,
                    struct mode_values b_values);

#endif
