/* SPDX-License-Identifier: MIT */
/*
 * Statistics over the members of an ensemble, in an order that depends on the members' numbers alone.
 *
 * Mean; variance with M - 1, NAN of one member; quantiles by linear interpolation between the members in the order of
 * their values (Hyndman and Fan 1996, definition 7, NumPy's default). NAN where a member's value is NAN.
 */
#ifndef VORDEC_CLI_ENSEMBLE_ENSEMBLE_STATISTICS_H
#define VORDEC_CLI_ENSEMBLE_ENSEMBLE_STATISTICS_H

#include <vordec/types.h>

#define ENSEMBLE_QUANTILES 5
extern const double ensemble_quantile_levels[ENSEMBLE_QUANTILES]; /* 0.05, 0.25, 0.5, 0.75, 0.95 */

struct ensemble_statistics {
  size_t count;
  double *mean, *variance; /* count */
  double *quantiles;       /* ENSEMBLE_QUANTILES x count */
};

/* Of `count` values of each member; a member's begin `apart` behind those of the one before. E_NO_MEMORY. */
struct ensemble_sample {
  const double *values;
  size_t members, count, apart;
};
enum vordec_status ensemble_statistics_make(const struct ensemble_sample *sample,
                                            struct ensemble_statistics *statistics, struct vordec_error *error);
/* Accepts a zeroed one. */
void ensemble_statistics_release(struct ensemble_statistics *statistics);

#endif
