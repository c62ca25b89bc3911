/* SPDX-License-Identifier: MIT */
/* The picture of an ensemble's statistics. */
#ifndef VORDEC_CLI_ENSEMBLE_ENSEMBLE_PLOT_H
#define VORDEC_CLI_ENSEMBLE_ENSEMBLE_PLOT_H

#include "ensemble_layout.h"
#include "ensemble_summary.h"

struct ensemble_plot {
  const struct snapshot_request *request;
  const struct ensemble_layout *layout;
  const struct ensemble_summary *summary;
  const char *ran_on; /* what decoded */
};

/* Energy, enstrophy and errors over time and the spectrum of the last snapshot: medians, in bands from the quantile of
 * 5 % to that of 95 %. Errors of plot_figure(). */
enum vordec_status ensemble_plot_draw(const char *path, const struct ensemble_plot *plot, struct vordec_error *error);

#endif
