/* Checks of the file and of what loading it gives. */
#ifndef VORDEC_KIT_CHECK_LOADING_H
#define VORDEC_KIT_CHECK_LOADING_H

#include "check.h"

void check_file(struct kit *kit);
void check_exports(struct kit *kit);
void check_entry(struct kit *kit);
void check_table(struct kit *kit);
void check_other_abi(struct kit *kit);
void check_interfaces(struct kit *kit);

#endif
