/* Checks of making plans: what is refused, how, and what it leaves behind. */
#ifndef VORDEC_KIT_CHECK_PLANS_H
#define VORDEC_KIT_CHECK_PLANS_H

#include "check.h"

void check_plan_sizes(struct kit *kit);
void check_plan_fft(struct kit *kit);
void check_plan_too_big(struct kit *kit);
void check_plan_without_memory(struct kit *kit);
void check_plan_after_failure(struct kit *kit);

#endif
