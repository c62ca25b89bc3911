/* SPDX-License-Identifier: MIT */
/* How a reading process ended, in words. */
#ifndef VORDEC_FORMATS_READER_END_H
#define VORDEC_FORMATS_READER_END_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define READER_END_MAX 120

enum reader_end {
  READER_ENDED, /* by what it did */
  READER_ENDED_FROM_OUTSIDE,
  READER_KILLED, /* likewise, as the kernel does where memory runs out */
};

/* Waits for the end of a child that has hung up, and ends it if that takes long. text: "ended by a segmentation
 * fault"; without a cause where somebody else took it, as in a process that ignores its children. */
enum reader_end reader_end_wait(pid_t pid, char text[READER_END_MAX]);

/* Ends a child at once. */
void reader_end_force(pid_t pid);

#endif
