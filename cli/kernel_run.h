/* SPDX-License-Identifier: MIT */
/* A rollout, timed, with decodes on the way: what 'vordec perf-kernel' does. */
#ifndef VORDEC_CLI_KERNEL_RUN_H
#define VORDEC_CLI_KERNEL_RUN_H

#include "command.h"
#include "kernel_request.h"

/* Rolls out until the end or an interrupt; writes the files, also after a failure on the way, and a summary to stderr.
 * Several states are shared by the devices of [decode] devices. */
enum vordec_status kernel_run(const struct kernel_request *request, struct vordec_error *error);

#endif
