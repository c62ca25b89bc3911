/* Checks of probing, of opening, and of which device is tested. */
#ifndef VORDEC_KIT_CHECK_DEVICES_H
#define VORDEC_KIT_CHECK_DEVICES_H

#include "check.h"

void check_probe(struct kit *kit);
void check_device_choice(struct kit *kit);
void check_open(struct kit *kit);
void check_open_unknown(struct kit *kit);
void check_open_without_memory(struct kit *kit);

#endif
