/* SPDX-License-Identifier: MIT */
/* What did the work, for people. Software first: what ran on the CPU is not to be taken for a GPU's. */
#ifndef VORDEC_CLI_RAN_ON_H
#define VORDEC_CLI_RAN_ON_H

#include <vordec/vordec.h>

#define RAN_ON_MAX 400

/* "ran on the CPU: llvmpipe" for a software device; else its name. `decode_device` as reports have it, NULL before
 * there is one: where it is unknown that is said, too. */
void ran_on_device(const struct vordec_device *device, const char *decode_device, char text[RAN_ON_MAX]);

/* "cpu on NAME", and what has to be said before anything else: a software device, and a backend that is not the one
 * that was asked for by name. For titles. */
void ran_on_title(const struct vordec_decoder_info *info, const char *decode_device, char text[RAN_ON_MAX]);

#endif
