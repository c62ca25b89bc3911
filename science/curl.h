/* SPDX-License-Identifier: MIT */
/*
 * curl.h - the vorticity of a velocity field in a periodic box, by spectral derivatives.
 *
 *   omega = v_x - u_y, with wavenumbers 2 pi k / L; a first derivative has no Nyquist part along its own axis
 *
 * Fields are n x n, row-major, axis 0 = y.
 */
#ifndef VORDEC_SCIENCE_CURL_H
#define VORDEC_SCIENCE_CURL_H

#include <vordec/types.h>

struct curl;

/* For grids of side n in a box of side L > 0. u and v may be given beside the points where the vorticity is wanted, as
 * on staggered grids: u by shift[0] cells along x and y, v by shift[1]. E_NO_MEMORY. One thread at a time per object.
 */
enum vordec_status curl_create(size_t n, double box, const double shift[2][2], struct curl **curl,
                               struct vordec_error *error);
void curl_destroy(struct curl *curl); /* accepts NULL */

/* velocity: u, then v, n x n each. omega may be the same memory as either. */
void curl_apply(struct curl *curl, const double *velocity, double *omega);

#endif
