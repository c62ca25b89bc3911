/* SPDX-License-Identifier: MIT */
/* Which process this is, told apart from those that it was forked from. Any thread. */
#ifndef VORDEC_CORE_BASE_PROCESS_H
#define VORDEC_CORE_BASE_PROCESS_H

#include <stdint.h>

/* Never 0. A forked child has another than its parent, and than all that these were forked from, however it was forked.
 * Costs a look at memory. */
uint64_t process_token(void);

#endif
