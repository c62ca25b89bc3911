/* SPDX-License-Identifier: MIT */
/*
 * inherited.h - drivers that were opened before this process was forked.
 *
 * A child inherits a driver's memory, but neither its threads nor its place in the kernel. The core calls nothing that
 * was made before the fork. What remains are new instances, which hardware drivers do not survive, and the exit
 * handlers that drivers have registered, which wait for threads that do not exist.
 */
#ifndef VORDEC_VULKAN_INHERITED_H
#define VORDEC_VULKAN_INHERITED_H

#include <vordec/backend.h>

/* E_UNSUPPORTED with REASON_OTHER_PROCESS: a driver of hardware was opened before the fork. Any thread. */
enum vordec_status inherited_check(struct vordec_error *error);

/* Notes that an instance was made (1), or that it was destroyed together with its drivers (-1). While there are any,
 * the exit() of a child runs only what the child itself has registered. Any thread. */
void inherited_count_instance(int more);

/* Notes that a driver of hardware is loaded, from now on for the life of the process. Any thread. */
void inherited_note_hardware(void);

#endif
