/* SPDX-License-Identifier: MIT */
#include "member_medians.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <vordec/error.h>

/* Columns, as comparison.csv has them; behind the first three come medians of the metrics' numbers of that name. */
static const char *const names[] = {"step",
                                    "time",
                                    "train",
                                    "relative_l2",
                                    "relative_l2_persistence",
                                    "relative_l2_climatology",
                                    "relative_l2_encoding",
                                    "correlation",
                                    "relative_l2_least",
                                    "relative_l2_most"};
enum { FIRST_MEDIAN = 3, MEDIANS = 5, LEAST = FIRST_MEDIAN + MEDIANS, MOST, COLUMNS };

static double number(const cJSON *entry, const char *key) {
  const cJSON *item = cJSON_GetObjectItem(entry, key);
  return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

static int rising(const void *one, const void *other) {
  const double a = *(const double *)one, b = *(const double *)other;
  return (a > b) - (a < b);
}

/* The numbers that entries of a step have, sorted. */
static size_t gather(const cJSON *entries, double step, const char *key, double *values) {
  const cJSON *entry = NULL;
  size_t count = 0;
  cJSON_ArrayForEach(entry, entries) {
    const double value = number(entry, key);
    if (number(entry, "t") == step && isfinite(value)) values[count++] = value;
  }
  qsort(values, count, sizeof *values, rising);
  return count;
}

static double median(const double *sorted, size_t count) {
  return count ? (sorted[(count - 1) / 2] + sorted[count / 2]) / 2.0 : NAN;
}

static void fill_row(const cJSON *entries, const cJSON *first, double dt, double *row, double *values) {
  const double step = number(first, "t");
  row[0] = step;
  row[1] = step * dt;
  row[2] = cJSON_IsTrue(cJSON_GetObjectItem(first, "train")) ? 1.0 : 0.0;
  for (size_t i = 0; i < MEDIANS; i++) {
    const size_t count = gather(entries, step, names[FIRST_MEDIAN + i], values);
    row[FIRST_MEDIAN + i] = median(values, count);
    if (i > 0) continue;
    row[LEAST] = count ? values[0] : NAN;
    row[MOST] = count ? values[count - 1] : NAN;
  }
}

static bool has_step(const struct run_table *table, double step) {
  for (size_t row = 0; row < table->rows; row++) {
    if (table->values[row * COLUMNS] == step) return true;
  }
  return false;
}

enum vordec_status member_medians_make(const cJSON *metrics, struct run_table *table, struct vordec_error *error) {
  const cJSON *entries = cJSON_GetObjectItem(metrics, "comparison"), *entry = NULL;
  const size_t most = cJSON_IsArray(entries) ? (size_t)cJSON_GetArraySize(entries) : 0;
  *table = (struct run_table){.columns = COLUMNS};
  if (most == 0) return VORDEC_OK;
  double *values = calloc(most, sizeof *values);
  table->values = calloc(most * COLUMNS, sizeof *table->values);
  if (!values || !table->values) {
    free(values);
    run_table_release(table);
    return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the members' medians");
  }
  for (size_t i = 0; i < COLUMNS; i++) memcpy(table->names[i], names[i], strlen(names[i]) + 1);
  cJSON_ArrayForEach(entry, entries) {
    if (!isfinite(number(entry, "t")) || has_step(table, number(entry, "t"))) continue;
    fill_row(entries, entry, number(metrics, "dt"), table->values + table->rows * COLUMNS, values);
    table->rows++;
  }
  free(values);
  return VORDEC_OK;
}
