/* SPDX-License-Identifier: MIT */
/* A number that tells this process apart from those that it was forked from. Any thread. */
#ifndef VORDEC_CORE_BASE_PROCESS_H
#define VORDEC_CORE_BASE_PROCESS_H

#include <stdint.h>

/* Returns the number of this process, which is never 0. A forked child, however it was forked, has another number than
 * its parent and all processes before that. A call costs no more than a look at memory. */
uint64_t process_token(void);

#endif
