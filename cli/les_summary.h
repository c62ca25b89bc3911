/* SPDX-License-Identifier: MIT */
/* What a run tells of the simulation that its fields come from. */
#ifndef VORDEC_CLI_LES_SUMMARY_H
#define VORDEC_CLI_LES_SUMMARY_H

#include <vordec/vordec.h>

/* Lines on stderr: what was asked for, what did the work in which precision, and why it was not the former. A run on a
 * software device says first that it ran on the CPU. NULL: nothing. */
void les_summary_print(const struct vordec_simulation *simulation);

#endif
