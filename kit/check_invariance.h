/* Checks that bits depend on nothing but the input, and that nothing but what was asked for is done. */
#ifndef VORDEC_KIT_CHECK_INVARIANCE_H
#define VORDEC_KIT_CHECK_INVARIANCE_H

#include "check.h"

void check_batches(struct kit *kit);
void check_repeats(struct kit *kit);
void check_threads(struct kit *kit);
void check_subsets(struct kit *kit);
void check_two_plans(struct kit *kit);
void check_two_sessions(struct kit *kit);
void check_next_process(struct kit *kit);

#endif
