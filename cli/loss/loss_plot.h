/* SPDX-License-Identifier: MIT */
/* What 'vordec loss' draws. */
#ifndef VORDEC_CLI_LOSS_LOSS_PLOT_H
#define VORDEC_CLI_LOSS_LOSS_PLOT_H

#include "loss_results.h"

/* Loss against size for all settings, against mid cut, and against width for the request's own k_cut. */
enum vordec_status loss_plot(const char *path, const struct loss_results *results, struct vordec_error *error);

#endif
