/* Checks of what stays behind, and of what a plugin does that is none of its business. */
#ifndef VORDEC_KIT_CHECK_MEMORY_H
#define VORDEC_KIT_CHECK_MEMORY_H

#include "check.h"

void check_decode_allocates_nothing(struct kit *kit);
void check_balance(struct kit *kit);
void check_plan_growth(struct kit *kit);
void check_decode_growth(struct kit *kit);
void check_log_lines(struct kit *kit);
void check_silence(struct kit *kit);

#endif
