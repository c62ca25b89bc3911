/* SPDX-License-Identifier: MIT */
/* Tables of numbers as comma-separated text (RFC 4180, "\n" at the end of a line). */
#ifndef VORDEC_CLI_CSV_H
#define VORDEC_CLI_CSV_H

#include <vordec/types.h>

struct csv_table {
  const char *header; /* names of the columns of numbers, joined by commas */
  size_t columns, rows;
  const double *values; /* rows x columns */
  const char *ran_on;   /* what did the work: a last column, ran_on, says so in every row */
};

/* Writes a header line and the numbers, row by row, so that reading gives the same doubles; what is not finite becomes
 * an empty field. Whole or not at all. */
enum vordec_status csv_write(const char *path, const struct csv_table *table, struct vordec_error *error);

#endif
