/* Checks of every stage against its definition. */
#ifndef VORDEC_KIT_CHECK_FIELDS_H
#define VORDEC_KIT_CHECK_FIELDS_H

#include "check.h"

void check_single_modes(struct kit *kit);
void check_omega_lp(struct kit *kit);
void check_all_modes_low(struct kit *kit);
void check_smoothing(struct kit *kit);
void check_majority(struct kit *kit);
void check_combine(struct kit *kit);
void check_kept_modes(struct kit *kit);
void check_bands(struct kit *kit);
void check_scalars(struct kit *kit);
void check_overflow(struct kit *kit);

#endif
