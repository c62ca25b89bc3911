/* Tables of numbers as comma-separated text (RFC 4180, "\n" at the end of a line). */
#ifndef VORDEC_CLI_CSV_H
#define VORDEC_CLI_CSV_H

#include <vordec/types.h>

/* Writes a header line and rows x columns numbers, row by row, so that reading gives the same doubles; what is not
 * finite becomes an empty field. Whole or not at all. */
enum vordec_status csv_write(const char *path, const char *header, size_t columns, const double *values, size_t rows,
                             struct vordec_error *error);

#endif
