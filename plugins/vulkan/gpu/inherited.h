/* SPDX-License-Identifier: MIT */
/*
 * inherited.h - drivers that were opened before this process was forked.
 *
 * A child inherits a driver's memory without its threads and without its place in the kernel. The core calls nothing
 * that was made before the fork. What is left are new instances, which drivers of hardware do not bear, and the exit
 * handlers that drivers have registered, which wait for threads that are not there.
 */
#ifndef VORDEC_VULKAN_INHERITED_H
#define VORDEC_VULKAN_INHERITED_H

#include <vordec/backend.h>

/* E_UNSUPPORTED with REASON_OTHER_PROCESS where a driver of hardware was opened before the fork. Any thread. */
enum vordec_status inherited_check(struct vordec_error *error);

/* An instance was made (1), or it was destroyed and its drivers with it (-1). While there are any, the exit() of a
 * child runs only what the child has registered itself. Any thread. */
void inherited_count_instance(int more);

/* A driver of hardware is loaded, from now on for the life of the process. Any thread. */
void inherited_note_hardware(void);

#endif
