/* SPDX-License-Identifier: MIT */
/* One object of metrics of several, which ranks or devices made. */
#ifndef VORDEC_CLI_METRICS_JOIN_H
#define VORDEC_CLI_METRICS_JOIN_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* Adds to `root` what another's metrics say: entries and flags, whose lists move over; "gpu" stays only if both say so;
 * counts are sums, memory and the time of steps those of whoever needed most. The rest stays root's own. */
void metrics_join(cJSON *root, cJSON *metrics);

/* Puts entries into the order of their steps and states. False: out of memory. */
bool metrics_sort(cJSON *root);

/* Counts the states of entries from `first` on; ones without a number are of the first. */
void metrics_shift_states(cJSON *metrics, size_t first);

#endif
