/* SPDX-License-Identifier: MIT */
/*
 * small_commands.h - what is asked of the posed device beside memory: pipelines, descriptors, dispatches, time marks.
 */
#ifndef VORDEC_TEST_SMALL_COMMANDS_H
#define VORDEC_TEST_SMALL_COMMANDS_H

#include "small_device.h"

/* Takes the table's functions over. */
void small_commands_hook(struct vk_table *table);

#endif
