/* SPDX-License-Identifier: MIT */
/* What a run reads back from a decode. */
#ifndef VORDEC_CLI_OUTPUTS_H
#define VORDEC_CLI_OUTPUTS_H

#include <vordec/vordec.h>

/* Whether the observer reads fields: snapshots and visualize do. */
bool outputs_read_fields(const struct vordec_config *config);

/* Whether [metrics] hash names `what`. */
bool outputs_hash(const struct vordec_config *config, const char *what);

/* Whether somebody has set it. */
bool outputs_hash_asked(const struct vordec_config *config);

/* enum vordec_output bits of the fields that it names. */
uint32_t outputs_hashed(const struct vordec_config *config);

/* enum vordec_output bits: what the observer asks for, and the fields that are to be hashed. */
uint32_t outputs_wanted(const struct vordec_config *config);

#endif
