/* SPDX-License-Identifier: MIT */
/* States in, fields out: what 'vordec decode' does. */
#ifndef VORDEC_CLI_DECODE_RUN_H
#define VORDEC_CLI_DECODE_RUN_H

#include "decode_request.h"

/* Writes all files, whole, or none; then a summary to stderr. */
enum vordec_status decode_run(const struct decode_request *request, struct vordec_error *error);

#endif
