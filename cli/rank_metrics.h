/* SPDX-License-Identifier: MIT */
/* The metrics of a run that several ranks did, as one object (docs/metrics.schema.json). */
#ifndef VORDEC_CLI_RANK_METRICS_H
#define VORDEC_CLI_RANK_METRICS_H

#include <cjson/cJSON.h>
#include <vordec/vordec.h>

#include "ranks/ranks.h"

/*
 * All ranks. metrics: what this rank did with its states; NULL: there were none for it. On rank 0 *json, to be freed
 * with vordec_free(), is what vordec_metrics_json() would say had one process done it all, with "ranks" at its end:
 * what each asked for and used. Plan and times at its top are those of rank 0, and decode_device and
 * encode_device are "gpu" only if all that worked say so. Elsewhere *json is NULL. E_NO_MEMORY.
 */
enum vordec_status rank_metrics_collect(struct ranks *ranks, const struct vordec_metrics *metrics, size_t states,
                                        char **json, struct vordec_error *error);
/* The same of metrics that a rank has as text; borrowed. NULL: there were no states for it. */
enum vordec_status rank_metrics_collect_text(struct ranks *ranks, const char *metrics, size_t states, char **json,
                                             struct vordec_error *error);

/* The same of metrics that are JSON already: an object, changed and left behind; NULL: there was no work. */
enum vordec_status rank_metrics_collect_json(struct ranks *ranks, cJSON *metrics, size_t states, char **json,
                                             struct vordec_error *error);

#endif
