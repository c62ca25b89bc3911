/* SPDX-License-Identifier: MIT */
/* W.npy: vorticity fields of a square grid. */
#ifndef VORDEC_FORMATS_FIELD_FILE_H
#define VORDEC_FORMATS_FIELD_FILE_H

#include <vordec/types.h>

/* Reads one field, to be freed, of any side *n. It may hold what is not finite. E_INPUT: another shape. */
enum vordec_status field_file_read(const char *path, size_t *n, double **field, struct vordec_error *error);

/* Reads field `at` of `members`, shape (members, N, N), likewise; of the others no more than the layout forces. */
enum vordec_status field_file_read_member(const char *path, size_t members, size_t at, size_t *n, double **field,
                                          struct vordec_error *error);

/* Reads `count` finite fields of side n, to be freed: shape (count, n, n), or (n, n) for one. */
enum vordec_status field_file_read_batch(const char *path, size_t n, size_t count, double **fields,
                                         struct vordec_error *error);

#endif
