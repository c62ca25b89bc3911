/* SPDX-License-Identifier: MIT */
/* What a process that reads somebody else's file does without. */
#ifndef VORDEC_FORMATS_READER_CONFINE_H
#define VORDEC_FORMATS_READER_CONFINE_H

#include <stdint.h>

/* No core files, no signals that are meant for the user of the file; and, where the kernel has Landlock: no file is
 * made, moved, removed or written to (Linux 5.13) or truncated (6.2), no program run, no TCP used (6.7), nothing done
 * to other processes (6.12). Reading stays, and so do changes of the modes, owners and times of files. */
void reader_confine(void);

/* Seconds of computing that an answer may take, with a slab of that size out of a file of that size (parts of a virtual
 * dataset lie in others); and the watch over it, which ends the process by SIGPROF. 0: none. */
unsigned reader_confine_seconds(uint64_t file_bytes, uint64_t slab_bytes);
void reader_confine_watch(unsigned seconds);

#endif
