/* SPDX-License-Identifier: MIT */
/* A word to those who name several devices to a command that uses them for its decodes alone. */
#ifndef VORDEC_CLI_DEVICE_NOTE_H
#define VORDEC_CLI_DEVICE_NOTE_H

#include <vordec/vordec.h>

#include "ranks/ranks.h"

/* Logs a warning where [decode] devices names more than one, of one process; members: of an ensemble, 0: one run. */
void device_note(const struct vordec_config *config, const struct ranks *ranks, size_t members);

#endif
