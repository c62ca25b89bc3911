/* SPDX-License-Identifier: MIT */
/* Of an ensemble, which has no comparison.csv: the same table of medians over the members, from the metrics. */
#ifndef VORDEC_REPORT_MEMBER_MEDIANS_H
#define VORDEC_REPORT_MEMBER_MEDIANS_H

#include <cjson/cJSON.h>

#include "run_table.h"

/* Beside the medians: the least and the largest error of a member. A table without rows: the metrics compare nothing.
 * E_NO_MEMORY. */
enum vordec_status member_medians_make(const cJSON *metrics, struct run_table *table, struct vordec_error *error);

#endif
