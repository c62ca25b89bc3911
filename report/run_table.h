/* SPDX-License-Identifier: MIT */
/* Tables of numbers that a run left as comma-separated text. */
#ifndef VORDEC_REPORT_RUN_TABLE_H
#define VORDEC_REPORT_RUN_TABLE_H

#include <vordec/types.h>

#define RUN_TABLE_COLUMNS 32
#define RUN_TABLE_NAME 40

struct run_table {
  size_t columns, rows;
  char names[RUN_TABLE_COLUMNS][RUN_TABLE_NAME];
  double *values; /* rows x columns; NAN where there is no number */
};

/* E_INPUT: no such file, or none with a line of names and numbers below it. Further errors as run_bytes_read(). */
enum vordec_status run_table_read(const char *path, struct run_table *table, struct vordec_error *error);

bool run_table_has(const struct run_table *table, const char *name);

/* NAN: there is no such column. */
double run_table_at(const struct run_table *table, size_t row, const char *name);

/* Accepts a zeroed one. */
void run_table_release(struct run_table *table);

#endif
