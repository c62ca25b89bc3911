/* SPDX-License-Identifier: MIT */
/* The metrics of a rollout that several devices shared, as one object (docs/metrics.schema.json). */
#ifndef VORDEC_CLI_KERNEL_METRICS_H
#define VORDEC_CLI_KERNEL_METRICS_H

#include "kernel_lane.h"

/* *json, to be freed with vordec_free(), is what vordec_metrics_json() would say had one device done it all. Times are
 * those of the first, but for those of steps, which are those of the slowest. E_NO_MEMORY. */
enum vordec_status kernel_metrics_json(struct kernel_lane *lanes, size_t count, char **json,
                                       struct vordec_error *error);

#endif
