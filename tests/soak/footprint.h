/* SPDX-License-Identifier: MIT */
/* What a process holds, for telling whether it grows. */
#ifndef VORDEC_TESTS_SOAK_FOOTPRINT_H
#define VORDEC_TESTS_SOAK_FOOTPRINT_H

struct memory {
  long resident_pages; /* what the kernel keeps for the process, after the heap's free end was given back */
  long descriptors;    /* open files and the like */
  long heap_bytes;     /* handed out by malloc, to whomever */
  long vulkan_objects; /* made by decode_vulkan.so and not destroyed; 0 where it is not in use */
};

/* Counts Vulkan objects and validation messages of the plugin in `folder` from here on. Before any device is opened;
 * nothing happens where there is no such plugin. */
void memory_watch_vulkan(const char *folder);

struct memory memory_now(void);

/* Messages of validation layers so far; -1: nobody counts them. */
long memory_validation_messages(void);

#endif
