/* SPDX-License-Identifier: MIT */
/* The tables of 'vordec loss': on the terminal, as CSV and as JSON. */
#ifndef VORDEC_CLI_LOSS_LOSS_REPORT_H
#define VORDEC_CLI_LOSS_LOSS_REPORT_H

#include "loss_results.h"

/* On stdout: the states, then the settings that no smaller one of the table beats, then what the target picks.
 * E_NO_MEMORY. */
enum vordec_status loss_report_print(const struct loss_results *results, struct vordec_error *error);

/* All settings, a line each. */
enum vordec_status loss_report_write_csv(const char *path, const struct loss_results *results,
                                         struct vordec_error *error);

/* One object (docs/loss.schema.json). */
enum vordec_status loss_report_write_json(const char *path, const struct loss_results *results,
                                          struct vordec_error *error);

#endif
