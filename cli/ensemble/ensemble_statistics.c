/* SPDX-License-Identifier: MIT */
#include "ensemble_statistics.h"

#include <math.h>
#include <stdlib.h>
#include <vordec/error.h>

const double ensemble_quantile_levels[ENSEMBLE_QUANTILES] = {0.05, 0.25, 0.5, 0.75, 0.95};

static int compare(const void *a, const void *b) {
  const double one = *(const double *)a, other = *(const double *)b;
  return one < other ? -1 : one > other;
}

/* Of sorted values. */
static double quantile(const double *sorted, size_t count, double level) {
  const double at = level * (double)(count - 1);
  const size_t below = (size_t)at, above = below + 1 < count ? below + 1 : below;
  return sorted[below] + (at - (double)below) * (sorted[above] - sorted[below]);
}

static double mean_of(const double *values, size_t count) {
  double sum = 0.0;
  for (size_t i = 0; i < count; i++) sum += values[i];
  return sum / (double)count;
}

static double variance_of(const double *values, size_t count, double mean) {
  double sum = 0.0;
  if (count < 2) return NAN;
  for (size_t i = 0; i < count; i++) sum += (values[i] - mean) * (values[i] - mean);
  return sum / (double)(count - 1);
}

/* values: of one entry, by member; sorted on return. */
static void fill(struct ensemble_statistics *statistics, size_t entry, double *values, size_t members) {
  const double mean = mean_of(values, members);
  statistics->mean[entry] = mean;
  statistics->variance[entry] = variance_of(values, members, mean);
  if (!isnan(mean)) qsort(values, members, sizeof *values, compare);
  for (size_t q = 0; q < ENSEMBLE_QUANTILES; q++) {
    statistics->quantiles[q * statistics->count + entry] =
        isnan(mean) ? NAN : quantile(values, members, ensemble_quantile_levels[q]);
  }
}

enum vordec_status ensemble_statistics_make(const struct ensemble_sample *sample,
                                            struct ensemble_statistics *statistics, struct vordec_error *error) {
  const size_t count = sample->count;
  *statistics = (struct ensemble_statistics){.count = count};
  double *values = calloc(sample->members + 1, sizeof *values);
  statistics->mean = calloc(count + 1, sizeof *statistics->mean);
  statistics->variance = calloc(count + 1, sizeof *statistics->variance);
  statistics->quantiles = calloc(count + 1, ENSEMBLE_QUANTILES * sizeof *statistics->quantiles);
  const bool room = values && statistics->mean && statistics->variance && statistics->quantiles;
  for (size_t entry = 0; room && entry < count; entry++) {
    for (size_t i = 0; i < sample->members; i++) values[i] = sample->values[i * sample->apart + entry];
    fill(statistics, entry, values, sample->members);
  }
  free(values);
  if (room) return VORDEC_OK;
  return vordec_fail(error, VORDEC_E_NO_MEMORY, VORDEC_REASON_HOST_MEMORY, "out of memory for the statistics");
}

void ensemble_statistics_release(struct ensemble_statistics *statistics) {
  free(statistics->mean);
  free(statistics->variance);
  free(statistics->quantiles);
  *statistics = (struct ensemble_statistics){0};
}
